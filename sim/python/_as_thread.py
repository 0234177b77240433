# MicroPython's `_thread`. A virtual board's program is one thread, so that a run is the same every time.


class error(Exception):
    pass


class LockType:
    def __init__(self):
        self._locked = False

    def acquire(self, waitflag=1, timeout=-1):
        if self._locked and waitflag:
            raise RuntimeError("deadlock: a virtual board has one thread")
        taken = not self._locked
        self._locked = True
        return taken

    def release(self):
        if not self._locked:
            raise RuntimeError("release unlocked lock")
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
    return 1


def stack_size(*_):
    return 0


def exit():
    raise SystemExit


def start_new_thread(function, arguments, keywords=None):
    raise OSError("can't create thread: a virtual board has one; use asyncio")
