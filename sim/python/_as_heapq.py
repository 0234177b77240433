# MicroPython's `heapq`, for CPython.

import _modules

_host = _modules.host("heapq")


def _heap(heap):
    if not isinstance(heap, list):
        raise TypeError("heap must be a list")
    return heap


def heapify(x):
    _host.heapify(_heap(x))


def heappush(heap, item):
    _host.heappush(_heap(heap), item)


def heappop(heap):
    if not _heap(heap):
        raise IndexError("empty heap")
    return _host.heappop(heap)
