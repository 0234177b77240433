# MicroPython's `esp32`.

import _board
import _errors
from _chip import chip as _chip
import _files
from _convert import integer as _integer, octets as _octets, text as _text
from _partition import Partition
from _pins import pin_id as _pin_id
from _strict import ANY as _ANY, BOOL as _BOOL, MISSING as _MISSING, items as _items, parse as _parse
from _waking import DEEPSLEEP as _DEEPSLEEP, SLEEP as _SLEEP, refuse as _refuse, waking as _waking

WAKEUP_ALL_LOW, WAKEUP_ANY_HIGH = False, True
HEAP_DATA, HEAP_EXEC = 4, 1

_NVS_NOT_FOUND = 0x1102
_NVS_INVALID_NAME = 0x1106
_NVS_KEY_TOO_LONG = 0x1109
_NVS_INVALID_LENGTH = 0x110C
_NVS_NAMES = {
    _NVS_NOT_FOUND: "NOT_FOUND",
    _NVS_INVALID_NAME: "INVALID_NAME",
    _NVS_KEY_TOO_LONG: "KEY_TOO_LONG",
    _NVS_INVALID_LENGTH: "INVALID_LENGTH",
}
_NAME_AT_MOST = 15  # characters of a namespace and of a key


_ONE = (("pin", _ANY, _MISSING), ("level", _BOOL, _MISSING))
_SEVERAL = (("pins", _ANY, None), ("level", _BOOL, _MISSING))


def _bits(pins, allowed=None):
    bits = 0
    for pin in _items(pins):
        pin = _pin_id(pin)
        if allowed is not None and pin not in allowed:
            raise ValueError("invalid pin")
        bits |= 1 << pin
    return bits


def wake_on_gpio(*places, **keywords):
    pins, level = _parse(places, keywords, _SEVERAL)
    _refuse(_waking.on_ulp, _waking.on_touch)
    # Whether a pin can wake from deep sleep is asked when that begins.
    bits = _waking.gpio if pins is None else _bits(pins)
    _waking.gpio = bits
    if level is not _MISSING:
        _waking.gpio_level = level


if _chip.has_ext:

    def wake_on_ext0(*places, **keywords):
        _refuse(_waking.on_touch)
        pin, level = _parse(places, keywords, _ONE)
        if pin is None:
            _waking.ext0 = -1
        else:
            pin = _pin_id(_waking.ext0 if pin is _MISSING else pin)
            if pin not in _chip.rtc_pins:
                raise ValueError("invalid pin")
            _waking.ext0 = pin
        if level is not _MISSING:
            _waking.ext0_level = level
        _waking.ext0_kinds = _SLEEP | _DEEPSLEEP

    def wake_on_ext1(*places, **keywords):
        pins, level = _parse(places, keywords, _SEVERAL)
        if pins is not None:
            _waking.ext1 = _bits(pins, _chip.rtc_pins)
        if level is not _MISSING:
            _waking.ext1_level = level

    # Nobody touches a pad here, and the low-power processor has no program: these wake nobody, but are in each other's way as on a board.

    def wake_on_touch(wake):
        _refuse(_waking.ext0 != -1, _waking.gpio)
        _waking.on_touch = bool(wake)

    def wake_on_ulp(wake):
        _refuse(_waking.ext0 != -1, _waking.gpio)
        _waking.on_ulp = bool(wake)


if _board.info.chip == 2:

    def raw_temperature():
        return 128  # °F

else:

    def mcu_temperature():
        return 41  # °C


def idf_heap_info(capabilities):
    # Total, free, largest free block, least free so far: those of a board after its start.
    if capabilities == HEAP_EXEC:
        return [(113840, 98036, 90112, 98036)]
    return [(7288, 0, 0, 0), (277272, 174548, 126976, 174276), (21504, 20632, 20480, 20632)]


def _nvs_error(number):
    return OSError(-number, "ESP_ERR_NVS_" + _NVS_NAMES[number])


class NVS:
    """Values that outlast a reset: a file of the board's folder a namespace."""

    def __init__(self, namespace):
        namespace = _text(namespace)
        if len(namespace) > _NAME_AT_MOST:
            raise _nvs_error(_NVS_KEY_TOO_LONG)
        if not namespace:
            raise _nvs_error(_NVS_INVALID_NAME)
        self._file = "".join("%02x" % octet for octet in namespace.encode())
        self._values = {}
        try:
            with _files.open_hidden(self._file, "r") as file:
                for line in file.read().split("\n"):
                    if line:
                        kind, key, value = line.split(" ")
                        value = int(value) if kind == "i32" else bytes.fromhex(value)
                        self._values[bytes.fromhex(key).decode()] = value
        except OSError:
            pass

    def __repr__(self):
        return "<NVS namespace>"

    def _key(self, key):
        key = _text(key)
        if len(key) > _NAME_AT_MOST:
            raise _nvs_error(_NVS_KEY_TOO_LONG)
        if not key:
            raise _nvs_error(_NVS_INVALID_NAME)
        return key

    def _get(self, key, kind):
        value = self._values.get(self._key(key))
        if not isinstance(value, kind):
            raise _nvs_error(_NVS_NOT_FOUND)
        return value

    def get_i32(self, key):
        return self._get(key, int)

    def set_i32(self, key, value):
        key, value = _text(key), _integer(value)
        if not -0x80000000 <= value <= 0x7FFFFFFF:
            raise OverflowError("overflow converting long int to machine word")
        self._values[self._key(key)] = value

    def get_blob(self, key, buffer):
        value = self._get(key, bytes)
        if len(value) > len(buffer):
            raise _nvs_error(_NVS_INVALID_LENGTH)
        buffer[: len(value)] = value
        return len(value)

    def set_blob(self, key, value):
        self._values[self._key(key)] = _octets(value)

    def erase_key(self, key):
        key = self._key(key)
        if key not in self._values:
            raise _nvs_error(_NVS_NOT_FOUND)
        del self._values[key]

    def commit(self):
        with _files.open_hidden(self._file, "w") as file:
            for key in sorted(self._values):
                value = self._values[key]
                name = "".join("%02x" % octet for octet in key.encode())
                if isinstance(value, int):
                    file.write("i32 %s %d\n" % (name, value))
                else:
                    file.write("blob %s %s\n" % (name, "".join("%02x" % octet for octet in value)))
