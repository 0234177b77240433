# The board under this program: a client of the protocol in EXTERNAL-BOARDS.md, for MicroPython and for Python 3.9 or newer.
#
# The program computes in no time. Its clock goes on by COST with every question, and by waiting. Up to the time that the lab
# has granted, nothing can happen to this board, so that until then the clock is kept here and nobody is asked.
#
# Everything that happens "by itself" (timers, interrupts, scheduled functions) happens in look(), wait() and call(), which
# is where this program lets time pass.

import struct
import sys

# What a question costs, in µs.
COST = 10

# Operations.
HELLO = 0x01
WAIT = 0x02
EXIT = 0x03
RESTART = 0x04
CONSOLE_READ = 0x05
RANDOM = 0x06
OUTSIDE = 0x07
RTC_MEMORY = 0x08
WIFI_ACTIVE = 0x10
WIFI_CHANNEL = 0x11
WIFI_SETTING = 0x12
ESPNOW_INIT = 0x20
ESPNOW_DEINIT = 0x21
ESPNOW_PMK = 0x22
ESPNOW_ADD_PEER = 0x23
ESPNOW_MODIFY_PEER = 0x24
ESPNOW_REMOVE_PEER = 0x25
ESPNOW_GET_PEER = 0x26
ESPNOW_PEERS = 0x27
ESPNOW_SEND = 0x28
ESPNOW_RECEIVE = 0x29
ESPNOW_STATISTICS = 0x2A
ESPNOW_RATE = 0x2B
PIXELS = 0x30
PIXELS_AHEAD = 0x38
PIN_MODE = 0x31
PIN_WRITE = 0x32
PIN_READ = 0x33
PIN_WATCH = 0x34
PIN_EDGES = 0x35
ADC_READ = 0x36
PWM = 0x37

# Events.
RECEIVED = 1
SENT = 2
PIN = 4
CONSOLE = 8
INTERRUPT = 16
ARRIVED = 32

# What `wait` says when it has called a function, if that was asked for.
CALLED = 64

# What `wait` says when a pin has ended a light sleep.
WOKEN = 128

# How a program ends (EXIT), and how its board restarts (RESTART).
FINISHED, FAILED, SOFT_RESET = 0, 1, 2
HARD_RESET, DEEP_SLEEP, WATCHDOG = 0, 1, 2

FOR_EVER = 0xFFFFFFFFFFFFFFFF

_ERRORS = ("NOT_INIT", "ARG", "NO_MEM", "FULL", "NOT_FOUND", "INTERNAL", "EXIST", "IF", "CHAN")
_DESCRIPTOR = 3
_SCHEDULED_AT_MOST = 8
_BODY_AT_MOST = 0xFFFF - 9  # of a request, whose length has 16 bits
_WORDS_AT_MOST = 4000


class Info:
    """What does not change about the board while its program runs."""

    def __init__(self, reply):
        self.reset_cause, self.chip = reply[0], reply[1]
        self.address = bytes(reply[2:8])
        self.pixels = struct.unpack("<H", reply[8:10])[0]
        end = 11 + reply[10]
        self.name = str(bytes(reply[11:end]), "utf-8")
        length = struct.unpack("<H", reply[end : end + 2])[0]
        self.rtc_memory = bytes(reply[end + 2 : end + 2 + length])
        woken = reply[end + 2 + length :]
        self.woken = struct.unpack("<BQ", woken) if woken else (0, 0)


info = None

_reader = _writer = None
_micropython = sys.implementation.name == "micropython"
_at = 0
_grant = 0
_events = 0
_arrived = 0
_interrupted = False
_scheduled = []
_timers = []
_on_arrival = None
_on_pin = None
_unhandled = None
_sources = b""  # what ends the light sleep that there is
_woken = b""  # what has ended the last one
_busy = False
_turns = None  # of threads, once there are several
_is_over = False

# What is printed goes to a UART: ten bits a character at 115200 baud are 3125/36 µs, and 128 characters find room in its FIFO.
_PARTS, _CHARACTER, _FIFO = 36, 3125, 128
_printed_at = 0  # when the last character is out, in parts of a µs
_has_printed = False  # since the last request


def connect():
    """Says hello to the lab. To be called once, before anything else."""
    global _reader, _writer, info
    _reader = open(_DESCRIPTOR, "rb", 0)
    # One of the two has to close it.
    _writer = open(_DESCRIPTOR, "wb", 0) if _micropython else open(_DESCRIPTOR, "wb", 0, closefd=False)
    info = Info(call(HELLO, struct.pack("<H", 1)))


def begin():
    """Says that all is loaded, and the program begins."""
    _wait(_at, 0)


def call(op, body=b""):
    """A request; returns the body of its reply."""
    global _at
    _at += COST
    status, reply = _exchange(op, body)
    if status == 0:
        return reply
    if status <= len(_ERRORS):
        # ESP-IDF's number, negative as MicroPython has it on a chip.
        raise OSError(-(0x3064 + status), "ESP_ERR_ESPNOW_" + _ERRORS[status - 1])
    if status == 65:
        raise OSError(19)
    raise ValueError("the lab can't read request %d" % op)


def now():
    """µs since the board's start."""
    global _at
    # What was printed gets the time of the next request: the clock does not go on before the lab has heard of it.
    if _at + COST <= _grant and not _has_printed:
        _at += COST
    else:
        _wait(_at + COST, 0)
    return _at


def at():
    """The time at the last question (µs since the board's start). It is no question itself, and not for loops that ask until the
    answer changes."""
    return _at


def look():
    """Lets happen what is due, and returns µs since the board's start."""
    now()
    _let_happen()
    if _turns is not None and not _busy:
        _turns.pass_on()
    return _at


def wait(until=None, events=0):
    """Waits until then (µs, None: for ever) or for one of the events, and lets happen what becomes due meanwhile."""
    if _turns is not None and not _busy:
        return _turns.wait(until, events)
    if until is not None and until <= _at:
        # A loop that waits for nothing takes its time, too.
        now()
    called = 0
    while True:
        if _let_happen():
            called = events & CALLED
        if called or _events & events:
            return called | _events & events
        if until is not None and until <= _at:
            return 0
        sleep(until, events)


def sleep(until, events):
    """Waits once: until then, for one of the events, or for what becomes due by itself, which is not called yet."""
    global _events, _woken
    stop = FOR_EVER if until is None else until
    if not _busy and _timers and _timers[0][0] < stop:
        stop = _timers[0][0]
    wanted = events & ~(CALLED | WOKEN)
    if not _busy:
        if _on_arrival is not None:
            wanted |= ARRIVED
        if _on_pin is not None:
            wanted |= PIN
    woken = _wait(stop, wanted, _sources)
    if woken:
        _woken = woken
        _events |= WOKEN


def doze(until, sources):
    """Sleeps until then (µs, None: for ever), or until one of the sources wakes: then it returns which (a number) and the bits of its pins.
    What happens by itself goes on happening."""
    global _events, _sources, _woken
    _sources, _woken = sources, b""
    _events &= ~WOKEN
    try:
        wait(until, WOKEN)
    finally:
        _sources = b""
    return struct.unpack("<BQ", _woken) if _woken else None


def let_happen():
    """Calls what is due; whether there was anything."""
    return _let_happen()


def is_interrupted():
    """Whether somebody has pressed Ctrl-C, and nobody has heard of it yet."""
    return _interrupted


def take_turns(turns):
    """From here on several threads wait, and `turns` says which of them goes on."""
    global _turns
    _turns = turns


def is_over():
    """Whether the program has said its last word to the lab, or the lab is gone."""
    return _is_over


def printed(characters):
    """Waits until what was printed is out or in the UART's FIFO, as a board does, and lets happen what becomes due meanwhile."""
    global _has_printed, _printed_at
    _has_printed = True
    _printed_at = max(_printed_at, _at * _PARTS) + characters * _CHARACTER
    room_at = (_printed_at - _FIFO * _CHARACTER + _PARTS - 1) // _PARTS
    if room_at > _at:
        wait(room_at)


def events():
    """The events that were true at the last reply."""
    return _events


def arrived():
    """How many messages had been put into the receive buffer at the last reply."""
    return _arrived


def schedule(function, argument):
    """Has function(argument) called soon."""
    if len(_scheduled) >= _SCHEDULED_AT_MOST:
        raise RuntimeError("schedule queue full")
    _scheduled.append((function, argument))


def on_arrival(function):
    """Has function() called soon after a message has come; None: nothing is."""
    global _on_arrival, _events
    _on_arrival = function
    _events &= ~ARRIVED


def on_pin(function):
    """Has function() called when there are edges to be read, which it has to read; None: nothing is."""
    global _on_pin
    _on_pin = function


def on_unhandled(function):
    """Has function(exception) told what a timer or a scheduled function raised."""
    global _unhandled
    _unhandled = function


def has_work():
    """Whether something may still happen by itself: timers, interrupts, scheduled functions."""
    if _turns is not None and _turns.are_many():
        return True
    return bool(_timers or _scheduled or _on_arrival or _on_pin)


def add_timer(at, function):
    """Has function() called at that time (µs); returns a handle for cancel_timer."""
    timer = [at, function]
    place = len(_timers)
    while place > 0 and _timers[place - 1][0] > at:
        place -= 1
    _timers.insert(place, timer)
    return timer


def cancel_timer(timer):
    """Forgets a timer; one that has been is no error."""
    for place, other in enumerate(_timers):
        if other is timer:
            del _timers[place]
            return


def exit(kind, text=""):
    """Ends the program. Its console has said all; the text is for people, who need no more than its beginning."""
    global _is_over
    _is_over = True
    if len(text) > _WORDS_AT_MOST:
        text = text[:_WORDS_AT_MOST] + "…"
    _send(EXIT, bytes((kind,)) + text.encode())
    raise SystemExit


def restart(kind, for_us=0, sources=b""):
    """Ends the program and has its board start anew, after a sleep of so many µs (None: for ever) or when one of the sources wakes it."""
    _send(RESTART, struct.pack("<BQ", kind, FOR_EVER if for_us is None else for_us) + sources)
    _read(2)


def _wait(until, events, sources=b""):
    return _exchange(WAIT, struct.pack("<QH", min(until, FOR_EVER), events | INTERRUPT) + sources)[1]


def _let_happen():
    """Calls what is due, and says whether it called anything. What is called must not be disturbed by others of its kind."""
    global _busy, _events, _interrupted
    if _interrupted:
        _interrupted = False
        raise KeyboardInterrupt
    if _busy:
        return False
    _busy = True
    called = False
    try:
        if _on_arrival is not None and _events & ARRIVED:
            _events &= ~ARRIVED
            _guarded(_on_arrival)
            called = True
        if _on_pin is not None and _events & PIN:
            _guarded(_on_pin)
            called = True
        while _timers and _timers[0][0] <= _at:
            _guarded(_timers.pop(0)[1])
            called = True
        # What they schedule is for the next time.
        for _ in range(len(_scheduled)):
            function, argument = _scheduled.pop(0)
            _guarded(function, argument)
            called = True
    finally:
        _busy = False
    return called


def _guarded(function, *arguments):
    try:
        function(*arguments)
    except Exception as exception:
        if _unhandled is None:
            raise
        _unhandled(exception)


def _exchange(op, body):
    global _at, _grant, _events, _arrived, _has_printed, _interrupted
    _has_printed = False
    _send(op, body)
    head = _read(2)
    reply = _read(struct.unpack("<H", head)[0])
    status, _at, _grant, events, _arrived = struct.unpack("<BQQHI", reply[:23])
    # Whether a message has come is told once, and what has ended a light sleep.
    _events = events | (_events & (ARRIVED | WOKEN))
    if events & INTERRUPT:
        _interrupted = True
    return status, reply[23:]


def _send(op, body):
    if len(body) > _BODY_AT_MOST:
        raise ValueError("the lab can't read request %d: it is too long" % op)
    if not _micropython:
        # What was printed is read before the request.
        sys.stdout.flush()
        sys.stderr.flush()
    request = struct.pack("<HBQ", 9 + len(body), op, _at) + body
    sent = _writer.write(request)
    while sent < len(request):
        sent += _writer.write(request[sent:])


def _read(length):
    global _is_over
    octets = _reader.read(length)
    while octets is None or len(octets) < length:
        more = _reader.read(length - len(octets))
        if not more:
            # The lab is gone, and nobody is left to tell.
            _is_over = True
            raise SystemExit
        octets += more
    return octets
