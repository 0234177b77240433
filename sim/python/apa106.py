# MicroPython's `apa106`: a NeoPixel whose wire wants red first.

from neopixel import NeoPixel


class APA106(NeoPixel):
    ORDER = (0, 1, 2, 3)
