# MicroPython's `hashlib`, for CPython: what a board can hash with, each once.

import _modules
from _convert import octets as _octets

_host = _modules.host("hashlib")


class _Hash:
    def __init__(self, *data):
        self._hash = getattr(_host, type(self).__name__)()
        for octets in data:
            self.update(octets)

    def _open(self):
        if self._hash is None:
            raise ValueError("hash is final")
        return self._hash

    def update(self, data):
        self._open().update(_octets(data))

    def digest(self):
        digest, self._hash = self._open().digest(), None
        return digest


class md5(_Hash):
    pass


class sha1(_Hash):
    pass


class sha256(_Hash):
    pass
