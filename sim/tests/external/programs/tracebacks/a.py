import asyncio
import micropython
import sys
import time
from machine import Timer


def divide(number):
    return number // (number - 5)


def deeper():
    try:
        divide(5)
    except ZeroDivisionError as error:
        print("caught", type(error).__name__)
    raise RuntimeError("first", "second")


try:
    deeper()
except RuntimeError as error:
    sys.print_exception(error)


def in_timer(timer):
    raise OSError(116)


Timer(0).init(mode=Timer.ONE_SHOT, period=10, callback=in_timer)
time.sleep_ms(20)


async def main():
    raise ValueError("in a task")


try:
    asyncio.run(main())
except ValueError as error:
    sys.print_exception(error)
try:
    raise SystemExit(3)
except SystemExit as error:
    print("exit", error.args)
print(missing)
