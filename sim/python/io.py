# MicroPython's `io`.

import _files
import _modules

_host = _modules.host("io")
BytesIO, StringIO = _host.BytesIO, _host.StringIO
open = _files.open

if _modules.MICROPYTHON:
    IOBase = _host.IOBase
else:

    class IOBase:
        pass


class BufferedWriter:
    def __init__(self, stream, size):
        if size < 1:
            raise ValueError()
        self._stream, self._size, self._kept = stream, size, b""

    def write(self, data):
        data = data.encode() if isinstance(data, str) else bytes(data)
        self._kept += data
        while len(self._kept) >= self._size:
            self._stream.write(self._kept[: self._size])
            self._kept = self._kept[self._size :]
        return len(data)

    def flush(self):
        if self._kept:
            self._stream.write(self._kept)
        self._kept = b""
