# MicroPython's `esp32`.

import _board
from _pins import Pin

WAKEUP_ALL_LOW, WAKEUP_ANY_HIGH = False, True
HEAP_DATA, HEAP_EXEC = 4, 1

_NVS_NOT_FOUND = -0x1102
_NVS_INVALID_LENGTH = -0x110C

_waking = []  # [(pin, level)]


def waking_pins():
    """[(pin, level)] that wake the board from its sleep."""
    return list(_waking)


def _wake(pins, level):
    global _waking
    _waking = [(Pin(pin), 1 if level else 0) for pin in pins]


def wake_on_ext0(pin=None, level=False):
    _wake([] if pin is None else [pin], level)


def wake_on_ext1(pins=None, level=False):
    _wake(pins or (), level)


def wake_on_gpio(pins=None, level=False):
    _wake(pins or (), level)


def wake_on_touch(wake):
    pass


def wake_on_ulp(wake):
    pass


def gpio_deep_sleep_hold(enable):
    pass


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


class NVS:
    """Values that outlast a reset: a file of the board's folder a namespace."""

    def __init__(self, namespace):
        if len(namespace) > 15:
            raise OSError(_NVS_INVALID_LENGTH, "ESP_ERR_NVS_INVALID_LENGTH")
        self._file = ".nvs-" + namespace
        self._values = {}
        try:
            with open(self._file) as file:
                for line in file.read().split("\n"):
                    if line:
                        kind, key, value = line.split(" ", 2)
                        self._values[key] = int(value) if kind == "i32" else bytes.fromhex(value)
        except OSError:
            pass

    def _get(self, key, kind):
        if not isinstance(self._values.get(key), kind):
            raise OSError(_NVS_NOT_FOUND, "ESP_ERR_NVS_NOT_FOUND")
        return self._values[key]

    def get_i32(self, key):
        return self._get(key, int)

    def set_i32(self, key, value):
        self._values[key] = int(value)

    def get_blob(self, key, buffer):
        value = self._get(key, bytes)
        if len(value) > len(buffer):
            raise OSError(_NVS_INVALID_LENGTH, "ESP_ERR_NVS_INVALID_LENGTH")
        buffer[: len(value)] = value
        return len(value)

    def set_blob(self, key, value):
        self._values[key] = value.encode() if isinstance(value, str) else bytes(value)

    def erase_key(self, key):
        if key not in self._values:
            raise OSError(_NVS_NOT_FOUND, "ESP_ERR_NVS_NOT_FOUND")
        del self._values[key]

    def commit(self):
        with open(self._file, "w") as file:
            for key in sorted(self._values):
                value = self._values[key]
                if isinstance(value, int):
                    file.write("i32 %s %d\n" % (key, value))
                else:
                    file.write("blob %s %s\n" % (key, value.hex()))


class Partition:
    BOOT, RUNNING, TYPE_APP, TYPE_DATA = 0, 1, 0, 1

    def __init__(self, id):
        raise OSError(-0x105, "ESP_ERR_NOT_FOUND")

    @staticmethod
    def mark_app_valid_cancel_rollback():
        pass
