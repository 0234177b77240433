# machine.ADC, PWM, DAC and TouchPad. What an input reads is the scenario's: a sensor's value, by pin.

import _board
import struct
from _pins import Pin, pin_id

_ADC_PINS = (range(1, 21), range(0, 6), (0, 2, 4, 12, 13, 14, 15, 25, 26, 27) + tuple(range(32, 40)), (0, 17))[_board.info.chip]
_TOUCH_PINS = (range(1, 15), (), (0, 2, 4, 12, 13, 14, 15, 27, 32, 33), ())[_board.info.chip]
_FULL_SCALE_MV = ((950, 1250, 1750, 3100), (750, 1050, 1300, 2500), (950, 1250, 1750, 2450), (1000,) * 4)[_board.info.chip]


class ADC:
    ATTN_0DB, ATTN_2_5DB, ATTN_6DB, ATTN_11DB = 0, 1, 2, 3
    WIDTH_9BIT, WIDTH_10BIT, WIDTH_11BIT, WIDTH_12BIT = 9, 10, 11, 12

    def __init__(self, pin, *, atten=-1, sample_ns=0):
        self._id = pin if _board.info.chip == 3 else pin_id(pin)
        if self._id not in _ADC_PINS:
            raise ValueError("invalid pin")
        self._atten = atten if atten >= 0 else self.ATTN_0DB
        self._bits = 12

    def __repr__(self):
        return "ADC(Pin(%d), atten=%d)" % (self._id, self._atten)

    def init(self, *, atten=-1):
        if atten >= 0:
            self._atten = atten

    def deinit(self):
        pass

    def read_u16(self):
        return struct.unpack("<H", _board.call(_board.ADC_READ, bytes((self._id,))))[0]

    def read(self):
        return self.read_u16() >> (16 - self._bits)

    def read_uv(self):
        return self.read_u16() * _FULL_SCALE_MV[self._atten] * 1000 // 65535

    def atten(self, atten):
        self._atten = atten

    def width(self, bits):
        if not 9 <= bits <= 13:
            raise ValueError("invalid bits")
        self._bits = bits


class PWM:
    def __init__(self, dest, freq=None, duty=None, *, duty_u16=None, duty_ns=None, invert=False):
        self._id = pin_id(dest)
        self._freq = 5000
        self._duty = 32768
        self._active = True
        self.init(freq=freq, duty=duty, duty_u16=duty_u16, duty_ns=duty_ns)

    def __repr__(self):
        return "PWM(Pin(%d), freq=%d, duty_u16=%d)" % (self._id, self._freq, self._duty)

    def init(self, *, freq=None, duty=None, duty_u16=None, duty_ns=None, invert=False):
        self._active = True
        self._set(freq, duty, duty_u16, duty_ns)

    def _set(self, freq=None, duty=None, duty_u16=None, duty_ns=None):
        if not self._active:
            raise RuntimeError("PWM is inactive")
        if freq is not None:
            self._freq = _checked_frequency(freq)
        if duty is not None:
            self._duty = _checked(duty, 1023, "duty must be from 0 to %d") * 65535 // 1023
        if duty_u16 is not None:
            self._duty = _checked(duty_u16, 65535, "duty_u16 must be from 0 to %d")
        if duty_ns is not None:
            self._duty = _checked(duty_ns, 1000000000 // self._freq, "duty_ns must be from 0 to %d ns")
            self._duty = self._duty * self._freq * 65535 // 1000000000
        _board.call(_board.PWM, struct.pack("<BIH", self._id, self._freq, self._duty))

    def deinit(self):
        if self._active:
            _board.call(_board.PWM, struct.pack("<BIH", self._id, self._freq, 0))
            self._active = False

    def freq(self, *freq):
        if not freq:
            return self._freq
        self._set(freq=freq[0])

    def duty(self, *duty):
        if not duty:
            return (self._duty * 1023 + 32767) // 65535
        self._set(duty=duty[0])

    def duty_u16(self, *duty):
        if not duty:
            return self._duty
        self.init(duty_u16=duty[0])

    def duty_ns(self, *duty):
        if not duty:
            return self._duty * 1000000000 // (self._freq * 65535)
        self.init(duty_ns=duty[0])


def _checked(value, most, words):
    if not 0 <= value <= most:
        raise ValueError(words % most)
    return int(value)


def _checked_frequency(freq):
    if not 1 <= freq <= 40000000:
        raise ValueError("frequency must be from 1Hz to 40MHz")
    return int(freq)


class DAC:
    def __init__(self, pin):
        self._id = pin_id(pin)
        if _board.info.chip != 2 or self._id not in (25, 26):
            raise ValueError("invalid Pin for DAC")
        Pin(pin).init(Pin.OUT)

    def write(self, value):
        if not 0 <= value <= 255:
            raise ValueError("value out of range")
        _board.call(_board.PWM, struct.pack("<BIH", self._id, 5000, value * 257))


class TouchPad:
    def __init__(self, pin):
        self._id = pin_id(pin)
        if self._id not in _TOUCH_PINS:
            raise ValueError("invalid pin for touchpad")

    def read(self):
        return struct.unpack("<H", _board.call(_board.ADC_READ, bytes((self._id,))))[0]

    def config(self, value):
        pass
