# MicroPython's `asyncio` on virtual time, for both interpreters: its own order of tasks (by wake-up time in ms, then first come,
# first served), its own exceptions. The interpreter's own would look at the wall clock.

import _board
import select
import sys
from time import ticks_add, ticks_diff

_PERIOD = 1 << 30


def ticks():
    # The run loop's look at the clock is what takes time.
    return _board.at() // 1000 % _PERIOD


class CancelledError(BaseException):
    @property
    def value(self):
        return self.args[0] if self.args else None


class TimeoutError(Exception):
    pass


class _Yield:
    # Gives way once: an await for both interpreters, without a generator's costs.

    def __init__(self, prepare):
        self._prepare = prepare

    def __iter__(self):
        return self

    __await__ = __iter__

    def __next__(self):
        prepare, self._prepare = self._prepare, None
        if prepare is None:
            raise StopIteration()
        prepare()


def _before(one, other):
    return (one - other + _PERIOD // 2) % _PERIOD < _PERIOD // 2 and one != other


def _due(wake, now):
    return (now - wake) % _PERIOD < _PERIOD // 2


class TaskQueue:
    def __init__(self):
        self._tasks = []

    def peek(self):
        return self._tasks[0] if self._tasks else None

    def push(self, task, key=None):
        task.data = None
        task.ph_key = ticks() if key is None else key
        place = len(self._tasks)
        while place and _before(task.ph_key, self._tasks[place - 1].ph_key):
            place -= 1
        self._tasks.insert(place, task)

    def pop(self):
        return self._tasks.pop(0)

    def remove(self, task):
        if task in self._tasks:
            self._tasks.remove(task)


class Task:
    def __init__(self, coro, globals=None):
        self.coro = coro
        self.data = None  # what it waits in (something with `remove`), the task that it waits for, what to throw, its result
        # True: runs; a TaskQueue: others wait for its end; a function: is told of it; None: ended, unseen; False: ended.
        self.state = True
        self.ph_key = 0

    def __repr__(self):
        return "<Task>"

    def __iter__(self):
        if not self.state:
            self.state = False
        elif self.state is True:
            self.state = TaskQueue()
        elif not isinstance(self.state, TaskQueue):
            raise RuntimeError("can't wait")
        return self

    __await__ = __iter__

    def __next__(self):
        if not self.state:
            raise self.data
        self.state.push(cur_task)
        cur_task.data = self

    def done(self):
        return not self.state

    def cancel(self):
        if not self.state:
            return False
        if self is cur_task:
            raise RuntimeError("can't cancel self")
        task = self
        while isinstance(task.data, Task):
            task = task.data
        if hasattr(task.data, "remove"):
            task.data.remove(task)
            _task_queue.push(task)
        elif not _due(task.ph_key, ticks()):
            _task_queue.remove(task)
            _task_queue.push(task)
        task.data = CancelledError
        return True


class IOQueue:
    # Streams that tasks wait for.

    def __init__(self):
        self._entries = []  # [stream, events, the task that reads, the task that writes]

    def __bool__(self):
        return bool(self._entries)

    def _enqueue(self, stream, event, place):
        for entry in self._entries:
            if entry[0] is stream:
                assert entry[place] is None
                break
        else:
            entry = [stream, 0, None, None]
            self._entries.append(entry)
        entry[1] |= event
        entry[place] = cur_task
        cur_task.data = self

    def queue_read(self, stream):
        return self._enqueue(stream, select.POLLIN, 2)

    def queue_write(self, stream):
        return self._enqueue(stream, select.POLLOUT, 3)

    def remove(self, task):
        for entry in self._entries:
            self._forget(entry, select.POLLIN, 2, task)
            self._forget(entry, select.POLLOUT, 3, task)
        self._entries = [entry for entry in self._entries if entry[1]]

    def _forget(self, entry, event, place, task):
        if entry[place] is task:
            entry[place] = None
            entry[1] &= ~event

    def wait(self, until):
        """Waits for somebody who can go on until then (µs, None: for ever)."""
        self._wake(select.wait(self._entries, until))

    def poll(self):
        self._wake(select.ready(self._entries))

    def _wake(self, found):
        for entry, events in found:
            if events & ~select.POLLOUT and entry[2] is not None:
                _task_queue.push(entry[2])
                self._forget(entry, select.POLLIN, 2, entry[2])
            if events & ~select.POLLIN and entry[3] is not None:
                _task_queue.push(entry[3])
                self._forget(entry, select.POLLOUT, 3, entry[3])
        self._entries = [entry for entry in self._entries if entry[1]]


def readable(stream):
    """Awaitable: until the stream can be read."""
    return _Yield(lambda: _io_queue.queue_read(stream))


def writable(stream):
    """Awaitable: until the stream can be written."""
    return _Yield(lambda: _io_queue.queue_write(stream))


# Sleeping and running


def sleep_ms(t):
    wake = ticks_add(ticks(), max(0, t))
    return _Yield(lambda: _task_queue.push(cur_task, wake))


def sleep(t):
    return sleep_ms(int(t * 1000))


def create_task(coro):
    if not hasattr(coro, "send"):
        raise TypeError("coroutine expected")
    task = Task(coro)
    _task_queue.push(task)
    return task


def _promote_to_task(aw):
    return aw if isinstance(aw, Task) else create_task(aw)


def _wait_for_next(main_task):
    """Waits until a task can run; returns False when none ever will and nobody waits for one."""
    while True:
        now_us = _board.look()
        if _io_queue:
            # Streams have their turn even when tasks are never idle.
            _io_queue.poll()
        task = _task_queue.peek()
        if task is not None:
            left = (task.ph_key - now_us // 1000 + _PERIOD // 2) % _PERIOD - _PERIOD // 2
            if left <= 0:
                return True
            _io_queue.wait((now_us // 1000 + left) * 1000)
        elif _io_queue or (main_task is not None and main_task.state):
            _io_queue.wait(None)
        else:
            return False


def run_until_complete(main_task=None):
    global cur_task
    while True:
        if not _wait_for_next(main_task):
            cur_task = None
            return None
        task = cur_task = _task_queue.pop()
        exception = task.data
        try:
            if exception is None:
                task.coro.send(None)
            else:
                task.data = None
                task.coro.throw(exception)
        except (CancelledError, Exception) as ended:
            if task is main_task:
                cur_task = None
            _end(task, ended, exception, task is main_task)
            if task is main_task:
                if isinstance(ended, StopIteration):
                    return ended.value
                raise


def _end(task, ended, thrown, awaited):
    """What follows from a task's end: whoever waits for it goes on."""
    if task.state is None:
        # Nobody has asked for this exception: it was thrown once more to get here.
        task.data = thrown
        Loop.call_exception_handler(
            {"message": "Task exception wasn't retrieved", "exception": thrown, "future": task}
        )
        return
    if not task.state:
        task.data = thrown
        return
    if task.state is True:
        task.state = False if awaited else None
    elif isinstance(task.state, TaskQueue):
        while task.state.peek():
            _task_queue.push(task.state.pop())
            awaited = True
        task.state = False
    else:
        task.state(task, ended)
        task.state = False
        awaited = True
    if not awaited and not isinstance(ended, (CancelledError, StopIteration)):
        _task_queue.push(task)
    task.data = ended


def run(coro):
    return run_until_complete(create_task(coro))


async def _nothing():
    pass


class Loop:
    _exc_handler = None
    _stop_task = None

    @staticmethod
    def create_task(coro):
        return create_task(coro)

    @staticmethod
    def run_forever():
        Loop._stop_task = Task(_nothing())
        run_until_complete(Loop._stop_task)

    @staticmethod
    def run_until_complete(aw):
        return run_until_complete(_promote_to_task(aw))

    @staticmethod
    def stop():
        if Loop._stop_task is not None:
            _task_queue.push(Loop._stop_task)
            Loop._stop_task = None

    @staticmethod
    def close():
        pass

    @staticmethod
    def set_exception_handler(handler):
        Loop._exc_handler = handler

    @staticmethod
    def get_exception_handler():
        return Loop._exc_handler

    @staticmethod
    def default_exception_handler(loop, context):
        # By its name alone: an address would be another in every run.
        coro = repr(context["future"].coro).split(" ")[2].strip("'")
        print(context["message"], file=sys.stderr)
        print("future:", context["future"], "coro= <generator object '%s'>" % coro, file=sys.stderr)
        sys.print_exception(context["exception"], sys.stderr)

    @staticmethod
    def call_exception_handler(context):
        (Loop._exc_handler or Loop.default_exception_handler)(Loop, context)


def get_event_loop(runq_len=0, waitq_len=0):
    return Loop


def current_task():
    if cur_task is None:
        raise RuntimeError("no running event loop")
    return cur_task


def new_event_loop():
    global _task_queue, _io_queue, cur_task
    _task_queue = TaskQueue()
    _io_queue = IOQueue()
    cur_task = None
    return Loop


SingletonGenerator = _Yield
# A board has them in files of their own.
for _part in ("core", "event", "funcs", "lock", "stream"):
    globals()[_part] = sys.modules["asyncio." + _part] = sys.modules["asyncio"]
new_event_loop()

# What takes the tasks from here.
from _asyncio_streams import Server, Stream, StreamReader, StreamWriter, open_connection, start_server, stream_awrite
from _asyncio_waiting import Event, Lock, ThreadSafeFlag, gather, wait_for, wait_for_ms
