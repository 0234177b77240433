# machine.Pin and machine.Signal: a board's pins, as the scenario and the program set them.

import _board
import struct

# By chip: which numbers are pins, and which of those can't drive anything.
_S3 = set(range(22)) | set(range(26, 49))
_C3 = set(range(22))
_ESP32 = (set(range(6)) | set(range(12, 24)) | {25, 26, 27} | set(range(32, 40))) - {24}
_ESP8266 = {0, 1, 2, 3, 4, 5, 12, 13, 14, 15, 16}
_EXISTING = (_S3, _C3, _ESP32, _ESP8266)[_board.info.chip]
_INPUT_ONLY = {34, 35, 36, 37, 38, 39} if _board.info.chip == 2 else set()

_MODES = {1: 0, 3: 1, 7: 2}  # Pin's to the board's


class _Irq:
    def __init__(self, pin):
        self._pin = pin

    def __call__(self):
        self._pin._interrupted()

    def trigger(self, *trigger):
        before = self._pin._trigger
        if trigger:
            self._pin._watch(self._pin._handler, trigger[0])
        return before


class _Board:
    # Names that a board gives to its pins: none here.
    pass


class Pin:
    IN, OUT, OPEN_DRAIN = 1, 3, 7
    PULL_DOWN, PULL_UP = 1, 2
    PULL_HOLD = 4
    IRQ_RISING, IRQ_FALLING = 1, 2
    WAKE_LOW, WAKE_HIGH = 4, 5
    DRIVE_0, DRIVE_1, DRIVE_2, DRIVE_3 = 0, 1, 2, 3
    board = _Board

    _pins = {}

    def __new__(cls, id, *_, **__):
        if isinstance(id, Pin):
            return id
        if not isinstance(id, int) or id not in _EXISTING:
            raise ValueError("invalid pin")
        if id not in Pin._pins:
            pin = Pin._pins[id] = object.__new__(cls)
            pin._id = id
            pin._mode = None
            pin._pull = 0
            pin._output = 0
            pin._handler = None
            pin._trigger = 0
            pin._irq = _Irq(pin)
            pin._wake = None
        return Pin._pins[id]

    def __init__(self, id, mode=None, pull=-1, *, value=None, drive=None, hold=None, alt=-1):
        if mode is not None or pull != -1 or value is not None:
            self.init(mode, pull, value=value, drive=drive, hold=hold)

    def __repr__(self):
        return "Pin(%d)" % self._id

    def init(self, mode=None, pull=-1, *, value=None, drive=None, hold=None, alt=-1):
        if mode is not None and mode not in _MODES:
            raise ValueError("invalid pin mode")
        if mode is not None and mode != self.IN and self._id in _INPUT_ONLY:
            raise ValueError("pin can only be input")
        if value is not None:
            self._write(value)
        if mode is None and pull == -1:
            return
        if mode is not None:
            self._mode = mode
        if pull != -1:
            self._pull = pull or 0
        pull = 1 if self._pull & self.PULL_UP else 2 if self._pull & self.PULL_DOWN else 0
        _board.call(_board.PIN_MODE, bytes((self._id, _MODES[self._mode or self.IN], pull)))

    def _write(self, level):
        self._output = 1 if level else 0
        _board.call(_board.PIN_WRITE, bytes((self._id, self._output)))

    def value(self, *level):
        if level:
            return self._write(level[0])
        level = _board.call(_board.PIN_READ, bytes((self._id,)))[0]
        _board.look()  # the handler of an edge that was just seen comes before the program goes on
        return level

    __call__ = value

    def on(self):
        self._write(1)

    def off(self):
        self._write(0)

    high, low = on, off

    def toggle(self):
        self._write(1 - self._output)

    def irq(self, handler=None, trigger=IRQ_RISING | IRQ_FALLING, priority=1, wake=None, hard=False):
        if trigger in (self.WAKE_LOW, self.WAKE_HIGH):
            if wake is not None and not 2 <= wake <= 7:
                raise ValueError("bad wake value")
            self._wake = trigger == self.WAKE_HIGH
        else:
            self._watch(handler, trigger if handler is not None else 0)
        return self._irq

    def _watch(self, handler, trigger):
        self._handler, self._trigger = handler, trigger
        if any(pin._trigger for pin in Pin._pins.values()):
            _board.on_pin(_edges)
        _board.call(_board.PIN_WATCH, bytes((self._id, trigger & 3)))

    def _interrupted(self):
        if self._handler is not None:
            _board.schedule(self._handler, self)


def _edges():
    octets = _board.call(_board.PIN_EDGES)
    for start in range(0, len(octets), 10):
        pin, _level, _when = struct.unpack("<BBQ", octets[start : start + 10])
        if pin in Pin._pins:
            try:
                Pin._pins[pin]._interrupted()
            except RuntimeError:
                pass  # the scheduler's queue is full: this edge is lost, as on a chip


class Signal:
    def __init__(self, pin, *arguments, invert=False, **values):
        self._pin = pin if hasattr(pin, "value") else Pin(pin, *arguments, **values)
        self._invert = invert

    def value(self, *level):
        if level:
            return self._pin.value(bool(level[0]) != bool(self._invert))
        return self._pin.value() ^ (1 if self._invert else 0)

    __call__ = value

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)


def pin_id(pin):
    return Pin(pin)._id
