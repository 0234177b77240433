# MicroPython's `time` on a virtual board: every sleep and every tick is the simulator's time.

import _board
import _chip
import _clock
from _convert import any_integer as _any_integer, integer as _integer, milliseconds as _milliseconds
from _strict import items as _items

_TICKS_PERIOD = 1 << 30  # what the ESP32's ticks wrap at
_LONGEST = 0x7FFFFFFF  # of a chip's word


def _pause(us):
    if us > 0:
        _board.wait(_board.now() + us)
    else:
        _board.look()


def sleep(_seconds):
    _pause(_milliseconds(_seconds) * 1000)


def sleep_ms(_ms):
    if type(_ms) is not int or not -_LONGEST < _ms < _LONGEST:
        _ms = _integer(_ms)
    _pause(_ms * 1000)


def sleep_us(_us):
    if type(_us) is not int or not -_LONGEST < _us < _LONGEST:
        _us = _integer(_us)
    _pause(_us)


def ticks_us():
    return _board.look() % _TICKS_PERIOD


def ticks_ms():
    return _board.look() // 1000 % _TICKS_PERIOD


def ticks_cpu():
    return _chip.cycles(_board.look()) % _TICKS_PERIOD


def ticks_add(ticks, delta):
    if type(delta) is not int or not -_LONGEST < delta < _LONGEST:
        delta = _integer(delta)
    half = _TICKS_PERIOD // 2
    if delta >= half or delta <= -half:
        raise OverflowError("ticks interval overflow")
    return (ticks + delta) % _TICKS_PERIOD


def ticks_diff(end, start):
    half = _TICKS_PERIOD // 2
    return (end - start + half) % _TICKS_PERIOD - half


def time():
    return _clock.now_us() // 1000000


def time_ns():
    return _clock.now_us() * 1000


def gmtime(seconds=None):
    if seconds is None:
        seconds = time()
    elif isinstance(seconds, float):
        seconds = int(seconds)
    else:
        seconds = _any_integer(seconds)
    year, month, day, weekday, year_day = _clock.date(seconds // 86400)
    rest = seconds % 86400
    return year, month, day, rest // 3600, rest // 60 % 60, rest % 60, weekday, year_day


localtime = gmtime


def mktime(date):
    if not 8 <= len(_items(date)) <= 9:
        raise TypeError("mktime needs a tuple of length 8 or 9")
    year, month, day, hour, minute, second = [_integer(part) for part in date[:6]]
    return _clock.days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second
