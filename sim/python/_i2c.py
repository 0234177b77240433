# machine.I2C and SoftI2C: buses with nothing on them.

import _errors
from _chip import chip as _chip
from _convert import integer, octets
from _pins import pin_id
from _strict import ANY, INT, MISSING, REQUIRED, count, items, parse, writable

_PLACE = (("id", INT, 0),)
_BY_NAME = (("scl", ANY, MISSING), ("sda", ANY, MISSING), ("freq", INT, -1), ("timeout", INT, -1))
_SOFT = (("scl", ANY, REQUIRED), ("sda", ANY, REQUIRED))
_SOFT_BY_NAME = (("freq", INT, 400000), ("timeout", INT, 50000))
_MEMORY = (("addr", INT, REQUIRED), ("memaddr", INT, REQUIRED), ("arg", ANY, REQUIRED))
_MEMORY_BY_NAME = (("addrsize", INT, 8),)


def _nobody():
    raise _errors.OSError(_errors.ENODEV)


def _fill(buf):
    buf = writable(buf)
    for i in range(len(buf)):
        buf[i] = 0xFF


class _Bus:
    # What both kinds have.

    def deinit(self):
        pass

    def scan(self):
        return []

    def readfrom(self, *places):
        count(places, None, 2, 3)
        integer(places[0])
        integer(places[1])
        _nobody()

    def readfrom_into(self, *places):
        count(places, None, 2, 3)
        integer(places[0])
        writable(places[1])
        _nobody()

    def writeto(self, *places):
        count(places, None, 2, 3)
        integer(places[0])
        octets(places[1])
        _nobody()

    def writevto(self, *places):
        count(places, None, 2, 3)
        integer(places[0])
        for buffer in items(places[1]):
            octets(buffer)
        _nobody()

    def readfrom_mem(self, *places, **keywords):
        integer(_memory(places, keywords))
        _nobody()

    def readfrom_mem_into(self, *places, **keywords):
        writable(_memory(places, keywords))
        _nobody()

    def writeto_mem(self, *places, **keywords):
        octets(_memory(places, keywords))
        _nobody()


def _memory(places, keywords):
    _, _, argument, bits = parse(places, keywords, _MEMORY, _MEMORY_BY_NAME)
    if bits & 7 or not 0 <= bits <= 32:
        raise ValueError("invalid addrsize")
    return argument


class I2C(_Bus):
    _buses = {}

    def __new__(cls, *places, **keywords):
        if places and places[0] == -1:
            print("Warning: I2C(-1, ...) is deprecated, use SoftI2C(...) instead")
            return SoftI2C(*places[1:], **keywords)
        id, scl, sda, freq, timeout = parse(places, keywords, _PLACE, _BY_NAME)
        if not 0 <= id < len(_chip.i2c_pins):
            raise ValueError("I2C(%d) doesn't exist" % id)
        if id not in I2C._buses:
            bus = I2C._buses[id] = object.__new__(cls)
            bus._id = id
            bus._scl, bus._sda = _chip.i2c_pins[id]
            bus._freq = 400000
            bus._timeout = 50000
        bus = I2C._buses[id]
        bus._scl = bus._scl if scl is MISSING else pin_id(scl)
        bus._sda = bus._sda if sda is MISSING else pin_id(sda)
        bus._freq = bus._freq if freq == -1 else freq
        bus._timeout = bus._timeout if timeout == -1 else timeout
        return bus

    def __init__(self, *places, **keywords):
        pass

    def __repr__(self):
        words = "I2C(%d, scl=%d, sda=%d, freq=%d, timeout=%d)"
        return words % (self._id, self._scl, self._sda, self._freq, self._timeout)

    def _not_supported(self, *_, **__):
        raise _errors.OSError("I2C operation not supported")

    init = start = stop = readinto = write = _not_supported


class SoftI2C(_Bus):
    def __init__(self, *places, **keywords):
        self.init(*places, **keywords)

    def __repr__(self):
        return "SoftI2C(scl=%d, sda=%d, freq=%d)" % (self._scl, self._sda, 500000 // self._half_us)

    def init(self, *places, **keywords):
        scl, sda, freq, _ = parse(places, keywords, _SOFT, _SOFT_BY_NAME)
        self._scl, self._sda = pin_id(scl), pin_id(sda)
        self._half_us = max(500000 // freq, 1)

    def start(self):
        pass

    def stop(self):
        pass

    def readinto(self, buf, nack=True):
        _fill(buf)

    def write(self, buf):
        octets(buf)
        return 0  # acknowledgements
