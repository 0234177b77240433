# MicroPython's `_asyncio`: what of `asyncio` is in C.
__name__ = "_asyncio"

from asyncio import Task, TaskQueue
