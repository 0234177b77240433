# machine.ADC, DAC and TouchPad. What an input reads is the scenario's: a sensor's value, by pin.

import _board
import _errors
import struct
from _chip import chip as _chip
from _convert import integer
from _pins import Pin, pin_id
from _strict import INT, count, first, parse

_LEAST_BITS, _MOST_BITS = _chip.adc_bits
_ATTEN_AT_MOST = 3
_ADC = (("atten", INT, -1),)
_ADC_BLOCK = (("bits", INT, -1),)


class ADCBlock:
    _blocks = []

    def __new__(cls, *places, **keywords):
        unit = integer(first(places))
        if not 0 <= unit < len(_chip.adc_blocks):
            raise ValueError("invalid block id")
        return _block(unit)

    def __init__(self, *places, **keywords):
        self.init(*places[1:], **keywords)

    def __repr__(self):
        return "ADCBlock(%d, bits=%d)" % (self._unit, self._bits)

    def init(self, *places, **keywords):
        self._set_bits(parse(places, keywords, (), _ADC_BLOCK)[0])

    def _set_bits(self, bits):
        if not _LEAST_BITS <= bits <= _MOST_BITS:
            raise ValueError("invalid bit-width")
        self._bits = bits

    def connect(self, *places, **keywords):
        channel = pin = None
        if len(places) == 1:
            if isinstance(places[0], int):
                channel = places[0]
            else:
                pin = pin_id(places[0])
        elif len(places) == 2:
            channel, pin = integer(places[0]), pin_id(places[1])
        else:
            raise TypeError("too many positional args")
        for number, id in enumerate(_chip.adc_blocks[self._unit]):
            if channel in (None, number) and pin in (None, id):
                return ADC(id, **keywords)
        raise ValueError("no matching ADC")


def _block(unit):
    if not ADCBlock._blocks:
        for number in range(len(_chip.adc_blocks)):
            block = object.__new__(ADCBlock)
            block._unit = number
            block._bits = _MOST_BITS
            block._works = False
            ADCBlock._blocks.append(block)
    return ADCBlock._blocks[unit]


class ADC:
    ATTN_0DB, ATTN_2_5DB, ATTN_6DB, ATTN_11DB = 0, 1, 2, 3
    if _LEAST_BITS <= 9:
        WIDTH_9BIT, WIDTH_10BIT, WIDTH_11BIT = 9, 10, 11
    WIDTH_12BIT = 12

    _channels = {}

    def __new__(cls, *places, **keywords):
        pin = first(places)
        id = pin if _board.info.chip == 3 and isinstance(pin, int) else pin_id(pin)
        if id not in ADC._channels:
            for unit, pins in enumerate(_chip.adc_blocks):
                if id in pins:
                    adc = ADC._channels[id] = object.__new__(cls)
                    adc._id = id
                    adc._block = _block(unit)
                    break
            else:
                raise ValueError("invalid pin")
        return ADC._channels[id]

    def __init__(self, *places, **keywords):
        self.init(*places[1:], **keywords)

    def __repr__(self):
        return "ADC(Pin(%d), atten=%d)" % (self._id, self._atten)

    def init(self, *places, **keywords):
        atten = parse(places, keywords, (), _ADC)[0]
        self._block._works = True
        self._set_atten(atten if atten != -1 else _ATTEN_AT_MOST)
        self._block._bits = _MOST_BITS

    def _set_atten(self, atten):
        if not 0 <= atten <= _ATTEN_AT_MOST:
            raise ValueError("invalid attenuation")
        self._atten = atten

    def deinit(self):
        # That of all pins of its converter.
        self._block._works = False

    def block(self):
        return self._block

    def _require_works(self):
        if not self._block._works:
            raise _errors.OSError(_errors.EPERM)

    def read(self):
        self._require_works()
        return struct.unpack("<H", _board.call(_board.ADC_READ, bytes((self._id,))))[0] >> 16 - self._block._bits

    def read_u16(self):
        raw, bits = self.read(), self._block._bits
        return raw << 16 - bits | raw >> 2 * bits - 16

    def read_uv(self):
        # The calibration is for all bits, and in whole millivolts.
        raw = self.read() << _MOST_BITS - self._block._bits
        return raw * _chip.adc_full_scale_mv[self._atten] // ((1 << _MOST_BITS) - 1) * 1000

    def atten(self, atten):
        self._set_atten(integer(atten))
        self._require_works()

    def width(self, bits):
        self._block._set_bits(integer(bits))
        self._require_works()


class DAC:
    def __init__(self, *places, **keywords):
        count(places, keywords, 1, 1)
        self._id = pin_id(places[0])
        if self._id not in _chip.dac_pins:
            raise ValueError("invalid Pin for DAC")
        Pin(self._id).init(Pin.OUT)

    def __repr__(self):
        return "DAC(Pin(%d))" % self._id

    def write(self, value):
        value = integer(value)
        if not 0 <= value <= 255:
            raise ValueError("value out of range")
        _board.call(_board.PWM, struct.pack("<BIH", self._id, 5000, value * 257))


class TouchPad:
    def __init__(self, *places, **keywords):
        count(places, keywords, 1, 1)
        self._id = pin_id(places[0])
        if self._id not in _chip.touch_pins:
            raise ValueError("invalid pin for touchpad")

    def __repr__(self):
        return "<TouchPad>"

    def read(self):
        return struct.unpack("<H", _board.call(_board.ADC_READ, bytes((self._id,))))[0]

    def config(self, value):
        integer(value)
