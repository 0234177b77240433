# MicroPython's `esp32`.

import _board
import _errors
import _files
from _convert import integer as _integer, octets as _octets, text as _text
from _partition import Partition
from _pins import Pin as _Pin

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


class _Waking:
    # What wakes the board from its sleep.
    ext0 = None  # a pin
    ext0_level = False
    ext1 = []
    ext1_level = False
    gpio = []
    gpio_level = False
    by_other = False  # a touch, or the low-power processor


def _waking_pins():
    """[(pin, level)] that wake the board from its sleep."""
    pins = [(_Waking.ext0, int(_Waking.ext0_level))] if _Waking.ext0 is not None else []
    pins += [(pin, int(_Waking.ext1_level)) for pin in _Waking.ext1]
    return pins + [(pin, int(_Waking.gpio_level)) for pin in _Waking.gpio]


def _require_no_pins():
    if _Waking.ext0 is not None or _Waking.gpio:
        raise ValueError("no resources")


def _require_no_other():
    if _Waking.by_other:
        raise ValueError("no resources")


def wake_on_gpio(pins=None, level=None):
    _require_no_other()
    if pins is not None:
        _Waking.gpio = [_Pin(pin) for pin in pins]
    if level is not None:
        _Waking.gpio_level = bool(level)


# An ESP32-C3 has none of these. Of an ESP32's pins not all belong to the clock that goes on in sleep.
if _board.info.chip != 1:
    _WAKING = {0, 2, 4, 12, 13, 14, 15, 25, 26, 27} | set(range(32, 40)) if _board.info.chip == 2 else set(range(22))

    def _waking_pin(pin):
        pin = _Pin(pin)
        if pin._id not in _WAKING:
            raise ValueError("invalid pin")
        return pin

    def wake_on_ext0(pin=-1, level=None):
        _require_no_other()
        if pin is None:
            _Waking.ext0 = None
        elif pin != -1:
            _Waking.ext0 = _waking_pin(pin)
        if level is not None:
            _Waking.ext0_level = bool(level)

    def wake_on_ext1(pins=None, level=None):
        if pins is not None:
            _Waking.ext1 = [_waking_pin(pin) for pin in pins]
        if level is not None:
            _Waking.ext1_level = bool(level)

    def wake_on_touch(wake):
        _require_no_pins()
        _Waking.by_other = bool(wake)

    def wake_on_ulp(wake):
        _require_no_pins()
        _Waking.by_other = bool(wake)


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
