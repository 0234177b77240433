import asyncio
import machine
import time


async def steps(name, period, count=3):
    for step in range(count):
        print(name, step, time.ticks_ms())
        await asyncio.sleep_ms(period)
    return name


async def fails():
    await asyncio.sleep_ms(1)
    raise ValueError("on purpose")


async def stubborn():
    try:
        await asyncio.sleep(10)
    except asyncio.CancelledError:
        print("cancelled")
        raise
    finally:
        print("cleaned up")


async def holder(lock, name):
    async with lock:
        print(name, "has the lock", lock.locked())
        await asyncio.sleep_ms(5)


async def waiter(event, name):
    print(name, await event.wait())


async def main():
    print(await asyncio.gather(steps("a", 10), steps("b", 10), steps("c", 7)))
    print(await asyncio.gather(steps("d", 1, 1), fails(), return_exceptions=True) == 0)
    try:
        await asyncio.gather(fails(), steps("e", 5, 2))
    except ValueError as error:
        print("gather:", error)
    await asyncio.sleep_ms(20)

    task = asyncio.create_task(stubborn())
    await asyncio.sleep_ms(0)
    print(task.done(), task.cancel())
    try:
        await task
    except asyncio.CancelledError:
        print("awaited", task.done(), task.cancel())
    print(await asyncio.wait_for(steps("f", 1, 1), 1), await asyncio.wait_for_ms(steps("g", 1, 1), 500))
    try:
        await asyncio.wait_for_ms(stubborn(), 20)
    except asyncio.TimeoutError:
        print("timed out", time.ticks_ms())
    try:
        await asyncio.wait_for(fails(), 1)
    except ValueError as error:
        print("wait_for:", error)

    lock = asyncio.Lock()
    await asyncio.gather(*[holder(lock, name) for name in "xyz"])
    try:
        lock.release()
    except RuntimeError as error:
        print(error)
    event = asyncio.Event()
    waiting = [asyncio.create_task(waiter(event, name)) for name in ("one", "two", "three")]
    await asyncio.sleep_ms(1)
    event.set()
    print(event.is_set())
    await asyncio.gather(*waiting)
    event.clear()

    flag = asyncio.ThreadSafeFlag()
    machine.Timer(0).init(mode=machine.Timer.ONE_SHOT, period=30, callback=lambda _: flag.set())
    before = time.ticks_ms()
    await flag.wait()
    print("flag", time.ticks_ms() - before)

    asyncio.create_task(fails())  # nobody asks for it
    await asyncio.sleep_ms(5)
    asyncio.get_event_loop().set_exception_handler(lambda _, context: print("handler:", context["exception"]))
    asyncio.create_task(fails())
    await asyncio.sleep_ms(5)
    print(asyncio.current_task() is not None)
    return "the end"


print(asyncio.run(main()))
try:
    asyncio.current_task()
except RuntimeError as error:
    print(error)
try:
    asyncio.create_task(5)
except TypeError as error:
    print(error)
try:
    asyncio.run(fails())
except ValueError as error:
    print("run:", error)
loop = asyncio.new_event_loop()
loop.create_task(steps("loop", 10, 2))
print(loop.run_until_complete(steps("until", 10, 3)))


async def stopper():
    await asyncio.sleep_ms(25)
    loop.stop()


loop.create_task(stopper())
loop.create_task(steps("forever", 10, 100))
loop.run_forever()
