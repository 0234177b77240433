# MicroPython's `_asyncio`: what of `asyncio` is in C.

from asyncio import Task, TaskQueue
