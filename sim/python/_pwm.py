# machine.PWM: a chip has so many channels, which share so many timers, a frequency each.

import _board
import struct
from _chip import chip as _chip
from _convert import integer
from _pins import pin_id
from _strict import BOOL, INT, MISSING, first, parse

_MAX_U10, _MAX_U16 = 1 << 10, 1 << 16
_DEFAULT_FREQ = 5000
_MOST_FREQ = 40000000
_CLOCK_HZ = 80000000
_SLOW_CLOCK_HZ = 1000000  # an ESP32's, for what is slower than _SLOW
_SLOW = 10
_MOST_DIVIDER = 1 << 18

_FREQ = (("freq", INT, -1),)
_BY_NAME = (
    ("duty", INT, -1),
    ("duty_u16", INT, -1),
    ("duty_ns", INT, -1),
    ("invert", BOOL, MISSING),
    ("lightsleep", BOOL, MISSING),
)

_channels = {}  # of a pin: its channel


class _Channel:
    def __init__(self):
        self.freq = None
        self.bits = 0
        self.raw = 0

    def set_freq(self, freq):
        self.freq = freq
        self.clock = _SLOW_CLOCK_HZ if _board.info.chip == 2 and freq < _SLOW else _CLOCK_HZ
        divider = (self.clock + freq // 2) // freq
        bits = 0
        while divider >> bits + 1:
            bits += 1
        # All bits at once can't be high all the time, which is an error of the hardware.
        bits = min(bits, 16)
        self.bits = bits if bits < _chip.pwm_bits else _chip.pwm_bits - 1

    def true_freq(self):
        """What comes out: the divider has 8 bits after its point."""
        step = self.freq << self.bits
        divider = ((self.clock << 8) + step // 2) // step
        if not 256 <= divider < _MOST_DIVIDER:
            return self.freq
        step = divider << self.bits
        return ((self.clock << 8) + step // 2) // step

    def duty_u16(self):
        duty = self.raw << 16 - self.bits
        return duty if duty < _MAX_U16 else _MAX_U16 - 1


class PWM:
    def __init__(self, *places, **keywords):
        if len(places) > 2:
            raise TypeError("function expected at most 2 arguments, got %d" % len(places))
        self._id = pin_id(first(places))
        self._reset()
        self.init(*places[1:], **keywords)

    def _reset(self):
        self._channel = None
        self._scale = None  # how the duty was said: "duty", "duty_u16" or "duty_ns"
        self._said = 0
        self._invert = self._lightsleep = False

    def __repr__(self):
        if self._channel is None:
            return "PWM(Pin(%d))" % self._id
        words = "PWM(Pin(%d), freq=%d, %s=%d" % (self._id, self.freq(), self._scale, getattr(self, self._scale)())
        return words + (", invert=True" if self._invert else "") + (", lightsleep=True" if self._lightsleep else "") + ")"

    def init(self, *places, **keywords):
        freq, duty, duty_u16, duty_ns, invert, lightsleep = parse(places, keywords, _FREQ, _BY_NAME)
        if lightsleep is not MISSING:
            self._lightsleep = lightsleep
        if freq != -1:
            _check_freq(freq)
        if duty_u16 >= 0:
            self._say_u16(duty_u16)
        elif duty_ns >= 0:
            self._say_ns(duty_ns)
        elif duty >= 0:
            self._say_u10(duty)
        elif self._scale is None:
            self._scale, self._said = "duty_u16", _MAX_U16 // 2
        if invert is not MISSING:
            self._invert = invert
        channel = _channels.get(self._id)
        if channel is None and len(_channels) >= _chip.pwm_channels:
            raise RuntimeError("out of PWM channels:%d" % _chip.pwm_channels)
        if freq == -1:
            freq = channel.freq if channel is not None else _DEFAULT_FREQ
        self._set_freq(freq)

    def _set_freq(self, freq):
        others = set(channel.freq for pin, channel in _channels.items() if pin != self._id)
        if freq not in others and len(others) >= _chip.pwm_timers:
            raise RuntimeError("out of PWM timers:%d" % _chip.pwm_timers)
        if self._id not in _channels:
            _channels[self._id] = _Channel()
        self._channel = _channels[self._id]
        self._channel.set_freq(freq)
        self._apply()

    def _require_active(self):
        if self._channel is None:
            raise RuntimeError("PWM is inactive")
        return self._channel

    def _apply(self):
        channel = self._require_active()
        duty = self._said
        if self._scale == "duty":
            duty <<= 6
        elif self._scale == "duty_ns":
            duty = min((self._said * _MAX_U16 * channel.freq + 500000000) // 1000000000, _MAX_U16)
            if self._said > 0 and duty == 0:
                duty = 1
        channel.raw = duty >> 16 - channel.bits
        seen = channel.duty_u16()
        seen = _MAX_U16 - 1 - seen if self._invert else seen
        _board.call(_board.PWM, struct.pack("<BIH", self._id, channel.freq, seen))

    def _ns(self, duty):
        freq = self._require_active().freq
        return (duty * 1000000000 + freq * (_MAX_U16 // 2)) // (freq * _MAX_U16)

    def _say_u10(self, duty):
        if not 0 <= duty < _MAX_U10:
            raise ValueError("duty must be from 0 to %d" % (_MAX_U10 - 1))
        self._scale, self._said = "duty", _MAX_U10 if duty == _MAX_U10 - 1 else duty

    def _say_u16(self, duty):
        if not 0 <= duty < _MAX_U16:
            raise ValueError("duty_u16 must be from 0 to %d" % _MAX_U16)
        self._scale, self._said = "duty_u16", _MAX_U16 if duty == _MAX_U16 - 1 else duty

    def _say_ns(self, duty):
        if duty < 0 or duty > self._ns(_MAX_U16):
            raise ValueError("duty_ns must be from 0 to %d ns" % self._ns(_MAX_U16))
        self._scale, self._said = "duty_ns", duty

    def deinit(self):
        if self._channel is not None:
            idle = _MAX_U16 - 1 if self._invert else 0
            _board.call(_board.PWM, struct.pack("<BIH", self._id, self._channel.freq, idle))
            _channels.pop(self._id, None)
        self._reset()

    def freq(self, *freq):
        if not freq:
            return self._require_active().true_freq()
        freq = integer(freq[0])
        self._require_active()
        _check_freq(freq)
        if freq != self._channel.freq:
            self._set_freq(freq)

    def duty(self, *duty):
        if not duty:
            return self.duty_u16() >> 6
        self._say_u10(integer(duty[0]))
        self._apply()

    def duty_u16(self, *duty):
        if not duty:
            return self._require_active().duty_u16()
        self._say_u16(integer(duty[0]))
        self._apply()

    def duty_ns(self, *duty):
        if not duty:
            return self._ns(self.duty_u16())
        self._say_ns(integer(duty[0]))
        self._apply()


def _check_freq(freq):
    if not 1 <= freq <= _MOST_FREQ:
        raise ValueError("frequency must be from 1Hz to %dMHz" % (_MOST_FREQ // 1000000))
