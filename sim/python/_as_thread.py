# MicroPython's `_thread`, in lock step: one thread runs at a time, and it gives way where it waits or asks for the time, to the next
# one in a ring that can go on. So a run is the same every time, on both interpreters.
__name__ = "_thread"

import _board
import _modules
import _traceback
import sys as _sys

_host = _modules.host("_thread")
_STACK = 256 * 1024  # of the host's threads


class _Thread:
    def __init__(self, number):
        self.number = number
        self.baton = _host.allocate_lock()  # released for whoever is to run
        self.baton.acquire()
        self.is_chosen = False
        # What it waits for: a time (µs), events of the board's, a lock.
        self.until, self.events, self.lock = 0, 0, None
        self.is_called = False

    def can_go_on(self, at, events):
        return (
            (self.until is not None and self.until <= at)
            or self.events & events
            or self.is_called
            or (self.lock is not None and not self.lock._locked)
        )


class _Turns:
    # Which threads there are, and whose turn it is. `_board` asks here once there is more than one.

    def __init__(self):
        self.main = self.current = _Thread(1)
        self.ring = [self.main]
        self.last_number = 1

    def are_many(self):
        return len(self.ring) > 1

    def start(self, function, arguments, keywords):
        self.last_number += 1
        thread = _Thread(self.last_number)
        # It begins when the others let it.
        thread.until = _board.at()
        _host.stack_size(_STACK)
        _host.start_new_thread(self._run, (thread, function, arguments, keywords))
        self.ring.append(thread)
        _board.take_turns(self)
        return thread.number

    def _run(self, thread, function, arguments, keywords):
        thread.baton.acquire()
        try:
            function(*arguments, **keywords)
        except SystemExit:
            pass
        except BaseException as exception:
            # By its name alone: an address would be another in every run.
            name = getattr(function, "__name__", type(function).__name__)
            _sys.stdout.write("Unhandled exception in thread started by <function %s>\n" % name)
            _sys.stdout.write(_traceback.text(exception))
        place = self.ring.index(thread)
        self.ring.remove(thread)
        if not self.are_many():
            _board.take_turns(None)
        if _board.is_over():
            chosen = self.main
        else:
            self._call_others(None)
            chosen = self._find(place)
        self._give(chosen)

    # Waiting

    def wait(self, until, events):
        """As `_board.wait`."""
        if until is not None and until <= _board.at():
            _board.now()
        return self._wait(until, events, None)

    def wait_for_lock(self, lock, until):
        self._wait(until, 0, lock)

    def pass_on(self):
        """Lets every other thread that can go on have its turn."""
        if self._next(self.ring.index(self.current) + 1) is not self.current:
            self._wait(_board.at(), 0, None)

    def _wait(self, until, events, lock):
        me = self.current
        me.until, me.events, me.lock, me.is_called = until, events, lock, False
        chosen = self._find(self.ring.index(me) + 1)
        if chosen is not me:
            self._call_others(me)
            self._give(chosen)
            me.baton.acquire()
        if me is self.main:
            if _board.is_over():
                raise SystemExit()
            # Ctrl-C is the main thread's.
            _board.let_happen()
        me.until, me.lock = None, None
        return (_board.CALLED if me.is_called else 0) | _board.events() & events

    def _give(self, thread):
        self.current = thread
        thread.baton.release()

    def _call_others(self, me):
        """What a thread has done may be what others wait for, who look at what it changes."""
        for thread in self.ring:
            if thread is not me and thread.events & _board.CALLED:
                thread.is_called = True

    def _next(self, place):
        """The first in the ring from that place on that can go on, or None."""
        at, events = _board.at(), _board.events()
        count = len(self.ring)
        for i in range(count):
            thread = self.ring[(place + i) % count]
            if thread.can_go_on(at, events):
                return thread
        return None

    def _find(self, place):
        """Waits until a thread can go on, and returns it."""
        while True:
            if _board.is_interrupted():
                return self.main
            if _board.let_happen():
                self._call_others(None)
            thread = self._next(place)
            if thread is not None:
                return thread
            times = [thread.until for thread in self.ring if thread.until is not None]
            events = 0
            for thread in self.ring:
                events |= thread.events
            _board.sleep(min(times) if times else None, events)


_turns = _Turns()


class LockType:
    def __init__(self):
        self._locked = False

    def acquire(self, waitflag=1, timeout=-1):
        if self._locked and waitflag:
            until = None if timeout is None or timeout < 0 else _board.now() + int(timeout * 1000000)
            while self._locked and (until is None or _board.at() < until):
                if _turns.are_many():
                    _turns.wait_for_lock(self, until)
                else:
                    # Only what is called by itself can still release it.
                    _board.wait(until, _board.CALLED)
        if self._locked:
            return False
        self._locked = True
        return True

    def release(self):
        if not self._locked:
            raise RuntimeError()
        self._locked = False

    def locked(self):
        return self._locked

    def __enter__(self):
        self.acquire()
        return self

    def __exit__(self, *_):
        self.release()


def allocate_lock():
    return LockType()


def get_ident():
    return _turns.current.number


def stack_size(size=0):
    return 0


def exit():
    raise SystemExit


def start_new_thread(function, arguments, keywords=None):
    if not isinstance(arguments, (tuple, list)):
        raise TypeError("object '%s' isn't a tuple or list" % type(arguments).__name__)
    if keywords is not None and not isinstance(keywords, dict):
        raise TypeError("expecting a dict for keyword args")
    return _turns.start(function, arguments, keywords or {})
