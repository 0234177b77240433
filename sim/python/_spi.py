# machine.SPI and SoftSPI: buses with nothing on them, whose input stays high.

import _chip
import _errors
from _convert import integer, octets
from _pins import pin_id
from _strict import ANY, INT, MISSING, REQUIRED, count, parse, writable

_CLOCK_HZ = 80000000
_PLACES = (("id", INT, REQUIRED), ("baudrate", INT, -1))
_BY_NAME = tuple((name, INT, -1) for name in ("polarity", "phase", "bits", "firstbit"))
_PINS = tuple((name, ANY, MISSING) for name in ("sck", "mosi", "miso"))
_SOFT = (("baudrate", INT, 500000),)
_SOFT_BY_NAME = (("polarity", INT, 0), ("phase", INT, 0), ("bits", INT, 8), ("firstbit", INT, 0))
_SOFT_INIT = (("baudrate", INT, -1), ("polarity", INT, -1), ("phase", INT, -1))
_SOFT_INIT_BY_NAME = (("firstbit", INT, -1),)
_NAMES = ("_baudrate", "_polarity", "_phase", "_bits", "_firstbit")
_DEFAULTS = (500000, 0, 0, 8, 0)


class _Bus:
    # What both kinds have.
    MSB, LSB = 0, 1

    def _require(self, buf):
        pass

    def deinit(self):
        pass

    def read(self, *places):
        count(places, None, 1, 2)
        octets_wanted = bytes([0xFF]) * integer(places[0])
        if len(places) > 1:
            integer(places[1])
        self._require(octets_wanted)
        return octets_wanted

    def readinto(self, *places):
        count(places, None, 1, 2)
        buf = writable(places[0])
        if len(places) > 1:
            integer(places[1])
        self._require(buf)
        _fill(buf)

    def write(self, buf):
        self._require(octets(buf))

    def write_readinto(self, write_buf, read_buf):
        if len(octets(write_buf)) != len(writable(read_buf)):
            raise ValueError("buffers must be the same length")
        self._require(read_buf)
        _fill(read_buf)


class SPI(_Bus):
    _buses = {}

    def __new__(cls, *places, **keywords):
        if not places or places[0] == -1:
            print("Warning: SPI(-1, ...) is deprecated, use SoftSPI(...) instead")
            return SoftSPI(*places[1:], **keywords)
        values = parse(places, keywords, _PLACES, _BY_NAME + _PINS)
        id = values[0]
        if not 1 <= id <= len(_chip.chip.spi_pins):
            raise ValueError("SPI(%d) doesn't exist" % id)
        pins = [
            default if pin is MISSING else -1 if pin is None else pin_id(pin)
            for pin, default in zip(values[6:], _chip.chip.spi_pins[id - 1])
        ]
        settings = [default if value == -1 else value for value, default in zip(values[1:6], _DEFAULTS)]
        if settings[3] <= 0:
            raise ValueError("invalid bits")
        if id not in SPI._buses:
            SPI._buses[id] = object.__new__(cls)
        bus = SPI._buses[id]
        bus._id = id
        bus._set(settings, pins)
        return bus

    def __init__(self, *places, **keywords):
        pass

    def __repr__(self):
        words = "SPI(id=%d, baudrate=%d, polarity=%d, phase=%d, bits=%d, firstbit=%d, sck=%d, mosi=%d, miso=%d)"
        return words % tuple([self._id] + [getattr(self, name) for name in _NAMES] + self._pins)

    def init(self, *places, **keywords):
        values = parse(places, keywords, _PLACES[1:], _BY_NAME + _PINS)
        pins = [
            before if pin is MISSING else -1 if pin is None else pin_id(pin)
            for pin, before in zip(values[5:], self._pins)
        ]
        if values[3] != -1 and values[3] <= 0:
            raise ValueError("invalid bits")
        before = [getattr(self, name) for name in _NAMES]
        self._set([old if value == -1 else value for value, old in zip(values[:5], before)], pins)

    def _set(self, settings, pins):
        self._baudrate, self._polarity, self._phase, self._bits, self._firstbit = settings
        self._baudrate = _actual(self._baudrate)
        self._pins = pins
        self._works = True

    def deinit(self):
        self._works = False

    def _require(self, buf):
        if not self._works:
            raise _errors.OSError("transfer on deinitialized SPI")
        if len(buf) == 0:
            raise ValueError("buffer too short")


def _actual(baudrate):
    """What the two dividers come nearest to, as ESP-IDF chooses them."""
    if baudrate > _CLOCK_HZ // 4 * 3 or baudrate <= 0:
        return _CLOCK_HZ
    best = best_off = None
    for n in range(2, 65):
        before = min(max((_CLOCK_HZ // n + baudrate // 2) // baudrate, 1), _chip.chip.spi_most_divider)
        made = _CLOCK_HZ // (before * n)
        if best is None or abs(made - baudrate) <= best_off:
            best, best_off = made, abs(made - baudrate)
    return best


class SoftSPI(_Bus):
    def __init__(self, *places, **keywords):
        values = parse(places, keywords, _SOFT, _SOFT_BY_NAME + _PINS)
        if values[3] != 8:
            raise ValueError("bits must be 8")
        if MISSING in values[5:]:
            raise ValueError("must specify all of sck/mosi/miso")
        self._baudrate, self._polarity, self._phase, _, self._firstbit = values[:5]
        self._pins = [pin_id(pin) for pin in values[5:]]

    def __repr__(self):
        words = "SoftSPI(baudrate=%d, polarity=%d, phase=%d, firstbit=%d, sck=%d, mosi=%d, miso=%d)"
        return words % tuple([self._possible(), self._polarity, self._phase, self._firstbit] + self._pins)

    def _possible(self):
        most = _chip.mhz() * 1000000 // 200
        return most if self._baudrate >= most else 500000 // -(-500000 // self._baudrate)

    def init(self, *places, **keywords):
        values = parse(places, keywords, _SOFT_INIT, _SOFT_INIT_BY_NAME + _PINS)
        names = ("_baudrate", "_polarity", "_phase", "_firstbit")
        for name, value in zip(names, values):
            if value != -1:
                setattr(self, name, value)
        self._pins = [before if pin is MISSING else pin_id(pin) for pin, before in zip(values[4:], self._pins)]


def _fill(buf):
    for i in range(len(buf)):
        buf[i] = 0xFF
