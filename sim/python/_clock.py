# The board's calendar: what its real-time clock says, as an offset from the time since its start.
#
# Times are microseconds, dates count from 2000-01-01 as on every ESP32.

import _board

_offset_us = 0
_DAYS_FROM_YEAR_ZERO = 730425  # of 2000-01-01, in a calendar whose years begin in March


def now_us():
    """Microseconds since 2000-01-01, as the board believes."""
    return _board.look() + _offset_us


def set_us(us):
    global _offset_us
    _offset_us = us - _board.now()


def days(year, month, day):
    """Days from 2000-01-01 to a date."""
    year += (month - 1) // 12
    month = (month - 1) % 12 + 1
    if month <= 2:
        year -= 1
        month += 12
    leaps = year // 4 - year // 100 + year // 400
    return 365 * year + leaps + (153 * (month - 3) + 2) // 5 + day - 1 - _DAYS_FROM_YEAR_ZERO


def date(day):
    """(year, month, day of the month, weekday from Monday = 0, day of the year from 1)."""
    weekday = (day + 5) % 7  # 2000-01-01 was a Saturday
    era_day = day + _DAYS_FROM_YEAR_ZERO
    era = era_day // 146097
    rest = era_day - era * 146097
    year = (rest - rest // 1460 + rest // 36524 - rest // 146096) // 365
    rest -= 365 * year + year // 4 - year // 100
    month = (5 * rest + 2) // 153
    month_day = rest - (153 * month + 2) // 5 + 1
    year += era * 400
    month += 3
    if month > 12:
        month -= 12
        year += 1
    return year, month, month_day, weekday, day - days(year, 1, 1) + 1
