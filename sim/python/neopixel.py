# MicroPython's `neopixel`: a strip's colours; only `write` sends them down the wire.

import _board

_PIXELS = 0x30
_BYTE_US = (20, 10)  # a byte down the wire, at 400 and at 800 kHz


class NeoPixel:
    ORDER = (1, 0, 2, 3)  # where red, green, blue and white go: the wire wants GRBW

    def __init__(self, pin, n, bpp=3, timing=1):
        self.pin = pin
        self.n = n
        self.bpp = bpp
        self.buf = bytearray(n * bpp)
        self.timing = timing
        self.pin.init(pin.OUT)

    def __len__(self):
        return self.n

    def __setitem__(self, index, colour):
        start = index * self.bpp
        for i in range(self.bpp):
            self.buf[start + self.ORDER[i]] = colour[i] & 0xFF

    def __getitem__(self, index):
        start = index * self.bpp
        return tuple(self.buf[start + self.ORDER[i]] for i in range(self.bpp))

    def fill(self, colour):
        for i in range(self.n):
            self[i] = colour

    def write(self):
        transmit(self.pin, self.buf, self.bpp, self.timing)


def transmit(pin, octets, octets_a_pixel, timing):
    """Sends octets as they are, and waits while the wire is busy."""
    _board.call(_PIXELS, bytes((pin._id, octets_a_pixel)) + octets)
    if isinstance(timing, int):
        octet_us = _BYTE_US[1 if timing else 0]
    else:
        octet_us = 8 * (timing[0] + timing[1]) // 1000
    _board.wait(_board.now() + len(octets) * octet_us)
