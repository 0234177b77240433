# MicroPython's `esp`.

import _errors
import _firmware

LOG_NONE, LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG, LOG_VERBOSE = 0, 1, 2, 3, 4, 5

_FLASH = 4 * 1024 * 1024


def osdebug(*_):
    pass


def flash_size():
    return _FLASH


def flash_user_start():
    return 0x200000


def gpio_matrix_in(*_):
    pass


def gpio_matrix_out(*_):
    pass


def _no_flash(*_):
    raise _errors.OSError(_errors.EPERM)  # a virtual board's flash is its folder


flash_read = flash_write = flash_erase = _no_flash


if _firmware.PLATFORM == "esp8266":
    SLEEP_NONE, SLEEP_LIGHT, SLEEP_MODEM = 0, 1, 2

    def flash_id():
        return 0

    def sleep_type(*_):
        return SLEEP_NONE
