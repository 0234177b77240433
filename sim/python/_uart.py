# machine.UART: a line that nobody is at the other end of.

import _board
from _chip import chip as _chip
from _convert import integer, octets
from _pins import pin_id
from _strict import ANY, BOOL, INT, MISSING, count, first, parse, writable

_PLACES = (("baudrate", INT, 0), ("bits", INT, 0), ("parity", ANY, MISSING), ("stop", INT, 0))
_LINES = ("tx", "rx", "rts", "cts")
_BY_NAME = tuple((name, ANY, MISSING) for name in _LINES) + tuple(
    (name, INT, -1) for name in ("txbuf", "rxbuf", "timeout", "timeout_char", "invert", "flow")
)
_IRQ = (("handler", ANY, None), ("trigger", INT, 0), ("hard", BOOL, False))
_PARITIES = ("None", "1", "0")
_POLL = 3
_WRITABLE = 4


class irq:
    def __init__(self, uart):
        self._uart = uart
        self._handler = None
        self._trigger = 0

    def __repr__(self):
        return "<irq>"

    def __call__(self):
        if self._handler is not None:
            self._handler(self._uart)

    def flags(self):
        return 0

    def trigger(self, *trigger):
        before = self._trigger
        if trigger:
            self._trigger = integer(trigger[0])
        return before


class UART:
    INV_TX, INV_RX, INV_RTS, INV_CTS = 32, 4, 64, 8
    RTS, CTS = 1, 2
    IRQ_RX, IRQ_RXIDLE, IRQ_BREAK = 1, 0x1000, 2

    _uarts = {}

    def __new__(cls, *places, **keywords):
        id = integer(first(places))
        if not 0 <= id < len(_chip.uart_pins):
            raise ValueError("UART(%d) does not exist" % id)
        if id not in UART._uarts:
            uart = UART._uarts[id] = object.__new__(cls)
            uart._id = id
            uart._irq = None
            uart._baudrate = 115200
            uart._reset()
        return UART._uarts[id]

    def __init__(self, *places, **keywords):
        self.init(*places[1:], **keywords)

    def _reset(self):
        self._works = False
        self._bits, self._parity, self._stop = 8, 0, 1
        self._lines = list(_chip.uart_pins[self._id]) + [-1, -1]
        self._txbuf = self._rxbuf = 256
        self._timeout = self._timeout_char = 0
        self._invert = self._flow = 0

    def __repr__(self):
        words = "UART(%d, baudrate=%d, bits=%d, parity=%s, stop=%d" % (
            self._id,
            self._baudrate,
            self._bits,
            _PARITIES[self._parity],
            self._stop,
        )
        for name, line in zip(_LINES, self._lines):
            words += ", %s=%d" % (name, line)
        words += ", txbuf=%d, rxbuf=%d, timeout=%d, timeout_char=%d" % (
            self._txbuf,
            self._rxbuf,
            self._timeout,
            self._timeout_char,
        )
        words += ", irq=%d" % (self._irq._trigger if self._irq is not None else 0)
        inverted = _bits_of(self._invert, ("INV_TX", "INV_RX", "INV_RTS", "INV_CTS"))
        flow = _bits_of(self._flow, ("RTS", "CTS"))
        return words + (", invert=" + inverted if inverted else "") + (", flow=" + flow if flow else "") + ")"

    def init(self, *places, **keywords):
        values = parse(places, keywords, _PLACES, _BY_NAME)
        baudrate, bits, parity, stop = values[:4]
        txbuf, rxbuf, timeout, timeout_char, invert, flow = values[8:]
        if not self._works:
            self._reset()
        if txbuf >= 0 and txbuf != self._txbuf or rxbuf >= 0 and rxbuf != self._rxbuf:
            if self._id == 0:
                raise ValueError("REPL UART buffer size is fixed")
            self._txbuf = txbuf if txbuf >= 0 else self._txbuf
            self._rxbuf = rxbuf if rxbuf >= 0 else self._rxbuf
        if not self._works:
            self._baudrate = 115200
            self._works = True
        if baudrate > 0:
            self._baudrate = baudrate
        for place, pin in enumerate(values[4:8]):
            if pin is not MISSING:
                self._lines[place] = -1 if pin == -1 else pin_id(pin)
        if bits not in (0, 5, 6, 7, 8):
            raise ValueError("invalid data bits")
        self._bits = bits or self._bits
        if parity is None:
            self._parity = 0
        elif parity is not MISSING:
            self._parity = 1 if integer(parity) & 1 else 2
        if stop not in (0, 1, 2):
            raise ValueError("invalid stop bits")
        self._stop = stop or self._stop
        self._timeout = timeout if timeout != -1 else self._timeout
        self._timeout_char = timeout_char if timeout_char != -1 else self._timeout_char
        if invert != -1:
            if invert & ~(UART.INV_TX | UART.INV_RX | UART.INV_RTS | UART.INV_CTS):
                raise ValueError("invalid inversion mask")
            self._invert = invert
        if flow != -1:
            if flow & ~(UART.RTS | UART.CTS):
                raise ValueError("invalid flow control mask")
            self._flow = flow

    def deinit(self):
        self._works = False

    def any(self):
        _board.look()
        return 0

    def _wait(self):
        if self._timeout:
            _board.wait(_board.now() + self._timeout * 1000)
        else:
            _board.look()

    def read(self, *nbytes):
        count(nbytes, None, 0, 1)
        if nbytes and nbytes[0] is not None and integer(nbytes[0]) == 0:
            return b""
        self._wait()

    readline = read

    def readinto(self, *places):
        count(places, None, 1, 2)
        writable(places[0])
        if len(places) > 1:
            integer(places[1])
        self._wait()

    def write(self, buf):
        return len(octets(buf))

    def flush(self):
        pass

    def txdone(self):
        return True

    def sendbreak(self):
        _board.wait(_board.now() + 13000000 // self._baudrate)

    def irq(self, *places, **keywords):
        handler, trigger, hard = parse(places, keywords, _IRQ)
        if self._id == 0:
            raise ValueError("REPL UART does not support IRQs")
        if self._irq is None:
            self._irq = irq(self)
        if places or keywords:
            if handler is not None and not callable(handler):
                raise ValueError("handler must be None or callable")
            unknown = trigger & ~(UART.IRQ_RX | UART.IRQ_RXIDLE | UART.IRQ_BREAK)
            if unknown:
                raise ValueError("trigger 0x%04x unsupported" % unknown)
            self._irq._handler = handler
            if hard:
                raise ValueError("hard IRQ is not supported")
            self._irq._trigger = trigger
        return self._irq

    def ioctl(self, request, flags):
        return flags & _WRITABLE if request == _POLL else -1


def _bits_of(mask, names):
    return "|".join([name for name in names if mask & getattr(UART, name)])
