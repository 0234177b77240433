# MicroPython's `gc`, with a chip's figures: an interpreter on the host counts its memory in another way.
__name__ = "gc"

import _modules

_ALLOCATED, _FREE = 20256, 2052576
_enabled = True
_host = _modules.host("gc")


def collect():
    if _modules.MICROPYTHON:
        # CPython does so by itself, and takes its time when it is asked.
        _host.collect()


def enable():
    global _enabled
    _enabled = True
    _host.enable()


def disable():
    global _enabled
    _enabled = False
    _host.disable()


def isenabled():
    return _enabled


def mem_alloc():
    return _ALLOCATED


def mem_free():
    return _FREE


def threshold(*amount):
    return None if amount else -1
