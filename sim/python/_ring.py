# MicroPython's `micropython.RingIO`, for CPython: a buffer that is a stream.


class RingIO:
    def __init__(self, size):
        """For so many octets, or with a buffer, of which one octet is never used."""
        self._room = size if isinstance(size, int) else len(size) - 1
        if self._room < 1:
            raise ValueError()
        self._kept = b""

    def any(self):
        return len(self._kept)

    def read(self, nbytes=-1):
        count = len(self._kept) if nbytes < 0 else nbytes
        octets, self._kept = self._kept[:count], self._kept[count:]
        return octets

    def readline(self):
        end = self._kept.find(b"\n")
        return self.read(-1 if end < 0 else end + 1)

    def readinto(self, buf, nbytes=-1):
        octets = self.read(len(buf) if nbytes < 0 else min(nbytes, len(buf)))
        buf[: len(octets)] = octets
        return len(octets)

    def write(self, buf):
        octets = bytes(buf.encode() if isinstance(buf, str) else buf)[: self._room - len(self._kept)]
        self._kept += octets
        return len(octets)

    def close(self):
        pass

    def ioctl(self, request, flags):
        if request != 3:
            return -1
        return flags & ((1 if self._kept else 0) | (4 if len(self._kept) < self._room else 0))
