# MicroPython's `gc`, for CPython, which counts its memory in another way.

_ALLOCATED, _FREE = 20256, 2052576
_enabled = True


def collect():
    pass


def enable():
    global _enabled
    _enabled = True


def disable():
    global _enabled
    _enabled = False


def isenabled():
    return _enabled


def mem_alloc():
    return _ALLOCATED


def mem_free():
    return _FREE


def threshold(*amount):
    return None if amount else -1
