# MicroPython's `select`, in virtual time: for ESPNow objects, the console and whatever has an `ioctl`.

import _board
import _errors
from _convert import integer as _integer, milliseconds as _milliseconds

POLLIN = 1
POLLOUT = 4
POLLERR = 8
POLLHUP = 16

_STREAM_POLL = 3


def _ready(entry):
    return entry[0].ioctl(_STREAM_POLL, entry[1] | POLLERR | POLLHUP) & (entry[1] | POLLERR | POLLHUP)


def ready(entries):
    """Which of the entries [object, events] are ready as of now: [(entry, events)]."""
    found = []
    for entry in entries:
        events = _ready(entry)
        if events:
            found.append((entry, events))
    return found


def wait(entries, until):
    """Waits until one of the entries is ready, or until then (µs, None: for ever). Time passes only where none is ready yet."""
    found = ready(entries)
    while not found:
        # What has no event of the board's can change only where a function is called: a timer's, an interrupt's.
        wakes = _board.CALLED
        for entry in entries:
            if hasattr(entry[0], "_wakes"):
                wakes |= entry[0]._wakes(entry[1])
        is_over = not _board.wait(until, wakes)
        found = ready(entries)
        if is_over:
            break
    return found


class poll:
    def __init__(self):
        self._entries = []

    def __repr__(self):
        return "<poll>"

    def _find(self, obj):
        for entry in self._entries:
            if entry[0] is obj:
                return entry
        return None

    def register(self, obj, eventmask=POLLIN | POLLOUT):
        if not hasattr(obj, "ioctl"):
            raise OSError("stream operation not supported")
        entry = self._find(obj)
        if entry is None:
            self._entries.append([obj, eventmask, 0])
        else:
            entry[1] = eventmask

    def unregister(self, obj):
        entry = self._find(obj)
        if entry is not None:
            self._entries.remove(entry)

    def modify(self, obj, eventmask):
        entry = self._find(obj)
        if entry is None:
            raise _errors.OSError(_errors.ENOENT)
        entry[1] = eventmask

    def poll(self, timeout=-1):
        return [(entry[0], events) for entry, events in self._wait(timeout)]

    def ipoll(self, timeout=-1, flags=0):
        for entry, events in self._wait(timeout):
            if flags & 1:
                entry[1] = 0  # one shot: until `modify`
            yield entry[0], events

    def _wait(self, timeout):
        now = _board.look()
        if timeout == 0:
            return ready(self._entries)
        return wait(self._entries, None if timeout is None or timeout < 0 else now + _integer(timeout) * 1000)


def select(readers, writers, others, timeout=None):
    streams = poll()
    for obj in readers:
        streams.register(obj, POLLIN)
    for obj in writers:
        entry = streams._find(obj)
        streams.register(obj, POLLOUT | (entry[1] if entry else 0))
    found = streams.poll(-1 if timeout is None else _milliseconds(timeout))
    ready = [obj for obj, events in found if events & (POLLIN | POLLHUP)]
    writable = [obj for obj, events in found if events & POLLOUT]
    return ready, writable, [obj for obj, events in found if events & POLLERR]
