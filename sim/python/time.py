# MicroPython's `time` on a virtual board: every sleep and every tick is the simulator's time.

import _board
import _clock

_TICKS_PERIOD = 1 << 30  # what the ESP32's ticks wrap at
_CYCLES_PER_US = 240


def _pause(us):
    if us > 0:
        _board.wait(_board.now() + us)
    else:
        _board.look()


def sleep(seconds):
    _pause(int(seconds * 1000000))


def sleep_ms(ms):
    _pause(int(ms) * 1000)


def sleep_us(us):
    _pause(int(us))


def ticks_us():
    return _board.look() % _TICKS_PERIOD


def ticks_ms():
    return _board.look() // 1000 % _TICKS_PERIOD


def ticks_cpu():
    return _board.look() * _CYCLES_PER_US % _TICKS_PERIOD


def ticks_add(ticks, delta):
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
    seconds = time() if seconds is None else int(seconds)
    year, month, day, weekday, year_day = _clock.date(seconds // 86400)
    rest = seconds % 86400
    return year, month, day, rest // 3600, rest // 60 % 60, rest % 60, weekday, year_day


localtime = gmtime


def mktime(date):
    if len(date) < 8 or len(date) > 9:
        raise TypeError("mktime needs a tuple of length 8 or 9 (%d given)" % len(date))
    year, month, day, hour, minute, second = date[:6]
    return _clock.days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second
