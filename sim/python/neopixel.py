# MicroPython's `neopixel`: a strip's colours; only `write` sends them down the wire.

import _wire
from _convert import any_integer as _integer
from machine import bitstream

# What a bit takes at 400 and at 800 kHz: a zero's high and low, a one's (ns).
_TIMINGS = ((800, 1700, 1600, 900), (400, 850, 800, 450))


class NeoPixel:
    ORDER = (1, 0, 2, 3)  # where red, green, blue and white go: the wire wants GRBW

    def __init__(self, pin, n, bpp=3, timing=1):
        self.pin = pin
        self.n = n
        self.bpp = bpp
        self.buf = bytearray(n * bpp)
        self.pin.init(pin.OUT)
        self.timing = _TIMINGS[1 if timing else 0] if isinstance(timing, int) else timing

    def __len__(self):
        return self.n

    def __setitem__(self, index, colour):
        start = index * self.bpp
        for i in range(self.bpp):
            value = colour[i]
            if type(value) is not int:
                value = _integer(value)
            self.buf[start + self.ORDER[i]] = value & 0xFF

    def __getitem__(self, index):
        start = index * self.bpp
        return tuple(self.buf[start + self.ORDER[i]] for i in range(self.bpp))

    def fill(self, colour):
        for i in range(self.n):
            self[i] = colour

    def write(self):
        _wire.send(self.pin._id, self.buf, self.bpp, self.timing)
