# machine.Pin and machine.Signal: a board's pins, as the scenario and the program set them.

import _board
import struct
from _chip import chip as _chip
from _convert import integer
from _strict import ANY, INT, MISSING, first, parse
from _waking import refuse, waking

# Bits of a mode, as ESP-IDF has them.
_OUTPUT, _OPEN_DRAIN = 2, 4
_FLOATING, _DRIVEN, _PULLED_LOW = 0, 1, 2  # the board's modes
_DEFAULT_DRIVE = 2

_INIT = (("mode", ANY, None), ("pull", ANY, -1))
_INIT_BY_NAME = (("value", ANY, MISSING), ("drive", ANY, MISSING), ("hold", ANY, MISSING))
_IRQ = (("handler", ANY, None), ("trigger", INT, 3), ("wake", ANY, None))


class IRQ:
    def __init__(self, pin):
        self._pin = pin

    def __repr__(self):
        return "<IRQ>"

    def __call__(self):
        self._pin._interrupted()

    def trigger(self, *trigger):
        before = self._pin._trigger
        if trigger:
            self._pin._watch(self._pin._handler, integer(trigger[0]))
        return before


class _Board:
    # Names that a board gives to its pins: none here.
    pass


class Pin:
    IN, OUT, OPEN_DRAIN = 1, 3, 7
    PULL_DOWN, PULL_UP = 1, 2
    IRQ_RISING, IRQ_FALLING = 1, 2
    WAKE_LOW, WAKE_HIGH = 4, 5
    DRIVE_0, DRIVE_1, DRIVE_2, DRIVE_3 = 0, 1, 2, 3
    board = _Board

    _pins = {}

    def __new__(cls, *places, **keywords):
        id = first(places)
        if isinstance(id, Pin):
            return id
        if type(id) is not int or id not in _chip.pins:
            raise ValueError("invalid pin")
        if id not in Pin._pins:
            pin = Pin._pins[id] = object.__new__(cls)
            pin._id = id
            pin._mode = None
            pin._pull = 0
            pin._drive = _DEFAULT_DRIVE
            pin._output = 0
            pin._handler = None
            pin._trigger = 0
            pin._irq = IRQ(pin)
        return Pin._pins[id]

    def __init__(self, *places, **keywords):
        if len(places) > 1 or keywords:
            self.init(*places[1:], **keywords)

    def __repr__(self):
        mode = self._mode or Pin.IN
        # The firmware asks for the output first: an open drain is one, too.
        words = "Pin(%d, mode=Pin.%s" % (self._id, "OUT" if mode & _OUTPUT else "OPEN_DRAIN" if mode & _OPEN_DRAIN else "IN")
        if self._pull:
            words += ", pull=Pin.PULL_%s" % ("UP" if self._pull & Pin.PULL_UP else "DOWN")
        if self._drive != _DEFAULT_DRIVE:
            words += ", drive=Pin.DRIVE_%d" % self._drive
        return words + ")"

    def init(self, *places, **keywords):
        mode, pull, value, drive, _ = parse(places, keywords, _INIT, _INIT_BY_NAME)
        if value is not MISSING:
            self._write(value)
        if drive is not MISSING and self._id not in _chip.input_only:
            drive = integer(drive)
            self._drive = drive if 0 <= drive <= 3 else self._drive
        if mode is not None:
            mode = integer(mode)
            if mode & _OUTPUT and self._id in _chip.input_only:
                raise ValueError("pin can only be input")
            self._mode = mode
        if pull != -1:
            self._pull = 0 if pull is None else integer(pull) & 3
        if mode is None and pull == -1:
            return
        mode = self._mode or Pin.IN
        mode = (_PULLED_LOW if mode & _OPEN_DRAIN else _DRIVEN) if mode & _OUTPUT else _FLOATING
        pull = 1 if self._pull & self.PULL_UP else 2 if self._pull else 0
        _board.call(_board.PIN_MODE, bytes((self._id, mode, pull)))

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

    def toggle(self):
        self._write(1 - self._output)

    def irq(self, *places, **keywords):
        handler, trigger, wake = parse(places, keywords, _IRQ)
        if not places and not keywords:
            return self._irq
        if trigger in (self.WAKE_LOW, self.WAKE_HIGH) and wake is not None:
            self._wake_on(trigger == self.WAKE_HIGH, wake)
            return self._irq
        if waking.ext0 == self._id:
            waking.ext0 = -1
        self._watch(handler, trigger if handler is not None else 0)
        return self._irq

    def _wake_on(self, level, kinds):
        if not isinstance(kinds, int) or not 2 <= kinds <= 7:
            raise ValueError("bad wake value")
        refuse(waking.on_touch)
        if self._id not in _chip.rtc_pins:
            raise ValueError("invalid pin for wake")
        if _chip.has_ext:
            refuse(waking.ext0 not in (-1, self._id))
            waking.ext0, waking.ext0_level, waking.ext0_kinds = self._id, level, int(kinds)

    def _watch(self, handler, trigger):
        self._handler, self._trigger = handler, trigger
        if any(pin._trigger for pin in Pin._pins.values()):
            _board.on_pin(_edges)
        # A level is told when it comes, not again and again.
        edges = {self.WAKE_LOW: self.IRQ_FALLING, self.WAKE_HIGH: self.IRQ_RISING}.get(trigger, trigger & 3)
        _board.call(_board.PIN_WATCH, bytes((self._id, edges)))

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
    def __init__(self, *places, **keywords):
        invert = bool(keywords.pop("invert", False))
        if places and hasattr(places[0], "value"):
            if len(places) > 1 or keywords:
                raise TypeError()
            self._pin = places[0]
        else:
            # The first value is the signal's, not the pin's.
            if invert and "value" in keywords:
                keywords["value"] = not keywords["value"]
            self._pin = Pin(*places, **keywords)
        self._invert = invert

    def __repr__(self):
        return "<Signal>"

    def value(self, *level):
        if level:
            return self._pin.value(bool(level[0]) != self._invert)
        return self._pin.value() ^ (1 if self._invert else 0)

    __call__ = value

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)


def pin_id(pin):
    return pin._id if isinstance(pin, Pin) else Pin(pin)._id
