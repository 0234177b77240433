# MicroPython's `micropython`.
__name__ = "micropython"

import _board
import _modules

_level = 0


def const(value):
    return value


def schedule(function, argument):
    _board.schedule(function, argument)


def _same(function):
    return function


native = viper = asm_thumb = asm_xtensa = _same


def opt_level(*level):
    global _level
    if not level:
        return _level
    _level = level[0]


def mem_info(*_):
    print("stack: 736 out of 15360")
    print("GC: total: 2072832, used: 20256, free: 2052576, max new split: 253952")
    print(" No. of 1-blocks: 322, 2-blocks: 71, max blk sz: 32, max free sz: 128202")


def qstr_info(*_):
    print("qstr pool: n_pool=1, n_qstr=10, n_str_data_bytes=100, n_total_bytes=1200")


def stack_use():
    return 736


def alloc_emergency_exception_buf(size):
    pass


def kbd_intr(character):
    pass


def heap_lock():
    pass


def heap_unlock():
    return 0


if _modules.MICROPYTHON:
    RingIO = _modules.host("micropython").RingIO
else:
    from _ring import RingIO
