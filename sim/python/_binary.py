# Values in octets as MicroPython's `struct` has them, for CPython, where that refuses what a board takes or says it in other words.

import _modules
from _convert import any_integer, integer, octets
from _strict import writable

_host = _modules.host("struct")
_FLOATS = "efd"


def _items(format):
    """(byte order, [(count, letter)]) of a format."""
    order = format[:1]
    if order in ("<", ">", "!", "=", "@"):
        format = format[1:]
    else:
        order = "@"
    items, count = [], ""
    for letter in format:
        if letter.isdigit():
            count += letter
        else:
            items.append((int(count) if count else 1, letter))
            count = ""
    if count:
        raise ValueError("bad typecode")
    return order, [(count, "I" if letter in "OS" else letter) for count, letter in items]


def _size(letter):
    return _host.calcsize("<" + letter)


def _aligned(order, at, letter):
    size = _size(letter)
    return (at + size - 1) // size * size if order == "@" else at


def calcsize(format):
    order, items = _items(format)
    size = 0
    for count, letter in items:
        if letter in "xs":
            size += count
        elif count:
            size = _aligned(order, size, letter) + count * _size(letter)
    return size


def _value(order, letter, value):
    order = ">" if order in (">", "!") else "<"
    if letter in _FLOATS:
        if not isinstance(value, (int, float)):
            raise TypeError("can't convert %s to float" % type(value).__name__)
        try:
            return _host.pack(order + letter, value)
        except OverflowError:
            return _host.pack(order + letter, float("inf") if value > 0 else float("-inf"))
    # What does not fit is cut.
    return _host.pack(order + letter.upper(), any_integer(value) & ((1 << 8 * _size(letter)) - 1))


def pack(format, values):
    order, items = _items(format)
    packed = bytearray(calcsize(format))
    _put(order, items, packed, values)
    return bytes(packed)


def _put(order, items, packed, values):
    at, values = 0, list(values)
    for count, letter in items:
        if not values:
            return
        if letter == "x":
            packed[at : at + count] = bytes(count)
            at += count
        elif letter == "s":
            packed[at : at + count] = octets(values.pop(0))[:count].ljust(count, b"\0")
            at += count
        else:
            for _ in range(min(count, len(values))):
                at = _aligned(order, at, letter)
                packed[at : at + _size(letter)] = _value(order, letter, values.pop(0))
                at += _size(letter)


def _place(length, offset, size):
    offset = integer(offset)
    if offset < 0:
        offset += length
    if offset < 0 or offset + size > length:
        raise ValueError("buffer too small")
    return offset


def pack_into(format, buffer, offset, values):
    view = memoryview(writable(buffer)).cast("B")
    size = calcsize(format)
    offset = _place(len(view), offset, size)
    order, items = _items(format)
    # What no value is for stays as it is.
    packed = bytearray(view[offset : offset + size])
    _put(order, items, packed, values)
    view[offset : offset + size] = packed


def unpack_from(format, data, offset):
    data, size = octets(data), calcsize(format)
    offset = _place(len(data), offset, size)
    return _host.unpack_from(format.replace("O", "I").replace("S", "I"), data, offset)
