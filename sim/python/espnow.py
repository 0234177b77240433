# MicroPython's `espnow`: what of it is in Python, over `_espnow`.

from _espnow import *


class ESPNow(ESPNowBase):
    _data = [None, bytearray(MAX_DATA_LEN)]
    _none_tuple = (None, None)

    def irecv(self, timeout_ms=None):
        return self._data if self.recvinto(self._data, timeout_ms) else self._none_tuple

    def recv(self, timeout_ms=None):
        if self.recvinto(self._data, timeout_ms):
            return [bytes(part) for part in self._data]
        return self._none_tuple

    def irq(self, callback):
        super().irq(callback, self)

    def __iter__(self):
        return self

    def __next__(self):
        return self.irecv()
