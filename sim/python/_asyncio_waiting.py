# What tasks wait in for each other: `wait_for`, `gather`, events, flags and locks of `asyncio`, which has the tasks.

import asyncio as _core
import io


async def _relay(waiter, aw):
    try:
        status, result = True, await aw
    except BaseException as error:
        status, result = error, None
    if waiter.data is None and waiter.cancel():
        waiter.data = _core.CancelledError(status, result)


async def wait_for(aw, timeout, sleep=_core.sleep):
    aw = _core._promote_to_task(aw)
    if timeout is None:
        return await aw
    relay = _core.create_task(_relay(_core.cur_task, aw))
    try:
        await sleep(timeout)
    except _core.CancelledError as error:
        if not error.args:
            relay.cancel()
            raise
        if error.args[0] is True:
            return error.args[1]
        raise error.args[0]
    relay.cancel()
    await relay
    raise _core.TimeoutError


def wait_for_ms(aw, timeout):
    return wait_for(aw, timeout, _core.sleep_ms)


class _Gathering:
    # What a task waits in while others run for it.

    def __init__(self, task):
        self.task = task
        self.running = 0
        self.error = None

    def remove(self, task):
        pass

    def begin(self):
        self.task.data = self

    def ended(self, return_exceptions, error):
        if self.task.data is not self:
            return  # it goes on already: another failed, or it was cancelled
        if not return_exceptions and not isinstance(error, StopIteration):
            self.error = error
        else:
            self.running -= 1
            if self.running:
                return
        _core._task_queue.push(self.task)


async def gather(*aws, return_exceptions=False):
    gathering = _Gathering(_core.cur_task)

    def told(_, error):
        gathering.ended(return_exceptions, error)

    tasks = [_core._promote_to_task(aw) for aw in aws]
    failed = False
    for task in tasks:
        if task.state is True:
            task.state = told
            gathering.running += 1
        elif task.state:
            raise RuntimeError("can't gather")
        elif not isinstance(task.data, StopIteration) and not return_exceptions:
            failed = True
    cancelled = False
    if gathering.running and not failed:
        try:
            await _core._Yield(gathering.begin)
        except _core.CancelledError as error:
            cancelled = True
            gathering.error = error
    results = []
    for task in tasks:
        if task.state is told:
            task.state = True
            if cancelled:
                task.cancel()
        elif isinstance(task.data, StopIteration):
            results.append(task.data.value)
        elif return_exceptions:
            results.append(task.data)
        elif gathering.error is None:
            gathering.error = task.data
    if gathering.error is not None:
        raise gathering.error
    return results


class Event:
    def __init__(self):
        self.state = False
        self.waiting = _core.TaskQueue()

    def is_set(self):
        return self.state

    def set(self):
        while self.waiting.peek():
            _core._task_queue.push(self.waiting.pop())
        self.state = True

    def clear(self):
        self.state = False

    async def wait(self):
        if not self.state:
            await _core._Yield(lambda: _wait_in(self.waiting))
        return True


def _wait_in(queue):
    queue.push(_core.cur_task)
    _core.cur_task.data = queue


class ThreadSafeFlag(io.IOBase):
    def __init__(self):
        self.state = 0

    def ioctl(self, request, flags):
        return self.state * flags if request == 3 else -1

    def set(self):
        self.state = 1

    def clear(self):
        self.state = 0

    async def wait(self):
        if not self.state:
            await _core.readable(self)
        self.state = 0


class Lock:
    def __init__(self):
        self.state = 0  # 1: locked; a task: free, but for the one that has been woken for it
        self.waiting = _core.TaskQueue()

    def locked(self):
        return self.state == 1

    def release(self):
        if self.state != 1:
            raise RuntimeError("Lock not acquired")
        self.state = 0
        if self.waiting.peek():
            self.state = self.waiting.pop()
            _core._task_queue.push(self.state)

    async def acquire(self):
        if self.state != 0:
            try:
                await _core._Yield(lambda: _wait_in(self.waiting))
            except _core.CancelledError:
                if self.state == _core.cur_task:
                    self.state = 1
                    self.release()
                raise
        self.state = 1
        return True

    async def __aenter__(self):
        return await self.acquire()

    async def __aexit__(self, kind, exception, traceback):
        return self.release()
