# MicroPython's `struct` with the chip's sizes: a long and a pointer have four octets there, and eight on most hosts.
__name__ = "struct"

import _modules

_host = _modules.host("struct")


def _sized(format):
    if isinstance(format, (bytes, bytearray)):
        format = format.decode()
    if format[:1] in ("<", ">", "!", "="):
        return format
    return format.replace("l", "i").replace("L", "I").replace("P", "I")


def calcsize(format):
    return _host.calcsize(_sized(format))


def pack(format, *values):
    return _host.pack(_sized(format), *values)


def pack_into(format, buffer, offset, *values):
    return _host.pack_into(_sized(format), buffer, offset, *values)


def unpack(format, data):
    return _host.unpack(_sized(format), data)


def unpack_from(format, data, offset=0):
    return _host.unpack_from(_sized(format), data, offset)
