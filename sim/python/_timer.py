# machine.Timer: a chip's own by number, and virtual ones without.

import _board
from _chip import chip as _chip
from _convert import integer
from _strict import ANY, BOOL, INT, parse

_BY_NAME = (
    ("mode", INT, 1),
    ("callback", ANY, None),
    ("period", INT, 0xFFFFFFFF),
    ("tick_hz", INT, 1000),
    ("freq", ANY, None),
    ("hard", BOOL, False),
)

_WORD = 0xFFFFFFFFFFFFFFFF
_LONGEST_US = 1 << 62


class Timer:
    ONE_SHOT, PERIODIC = 0, 1

    _hardware = {}

    def __new__(cls, *places, **keywords):
        id = integer(places[0]) if places else -1
        if id >= _chip.hardware_timers:
            raise ValueError("Timer(%d) doesn't exist, there are only %d hardware timers" % (id, _chip.hardware_timers))
        timer = Timer._hardware.get(id) if id >= 0 else None
        if timer is None:
            timer = object.__new__(cls)
            timer._id = id
            timer._pending = None
            timer._started = timer._stopped = 0
            timer._clear()
            if id >= 0:
                Timer._hardware[id] = timer
        return timer

    def __init__(self, *places, **keywords):
        if len(places) > 1 or keywords:
            self.init(*places[1:], **keywords)

    def _clear(self):
        self._period_us = 0
        self._periodic = False
        self._callback = None

    def __repr__(self):
        # The other way round, as the firmware has it.
        mode = "ONE_SHOT" if self._periodic else "PERIODIC"
        return "Timer(%d, mode=%s, period=%d)" % (self._id, mode, self._period_us // 1000)

    def init(self, *places, **keywords):
        self.deinit()
        mode, callback, period, tick_hz, freq, hard = parse(places, keywords, (), _BY_NAME)
        if hard:
            raise ValueError("hard Timers are not implemented")
        if freq is not None:
            if not isinstance(freq, (int, float)):
                raise TypeError("can't convert %s to float" % type(freq).__name__)
            period_us = 1000000 / freq if freq else float("inf")
            # C converts what is too long to the most there is, and what is no number to none.
            period_us = _LONGEST_US if period_us >= _LONGEST_US else int(period_us) if period_us > 0 else 0
        else:
            # Without a sign: what is negative is very long.
            period_us = ((period & _WORD) * 1000000 & _WORD) // tick_hz
        if period_us <= 0:
            raise ValueError("Timer period is too short for this timer")
        self._period_us, self._periodic, self._callback = period_us, bool(mode), callback
        self._begin(_board.now())

    def _begin(self, at):
        self._started = at
        self._pending = _board.add_timer(at + self._period_us, self._fire)

    def _fire(self):
        at = self._started + self._period_us
        if self._periodic:
            now = _board.now()
            if at + self._period_us <= now:
                at = now - (now - at) % self._period_us  # those that nobody handled are skipped
            self._begin(at)
        else:
            self._pending = None
            self._stopped = at
        if self._callback is not None:
            self._callback(self)

    def deinit(self):
        if self._pending is not None:
            _board.cancel_timer(self._pending)
            self._pending = None
            self._stopped = _board.now()
        if self._id < 0:
            self._started = self._stopped = 0  # a chip's own timer keeps its count
        self._clear()

    def value(self):
        end = self._stopped if self._pending is None else _board.now()
        return (end - self._started) // 1000
