from .part import NAME


def __getattr__(name):
    # As in MicroPython's own asyncio.
    return getattr(__import__("late", None, None, True, 1), name)
