# MicroPython's `struct` with the chip's sizes: a long and a pointer have four octets there, and eight on most hosts.
__name__ = "struct"

import _modules

_host = _modules.host("struct")
_TYPES = "0123456789xsbBhHiIlLqQPOSefd"
_sized_formats = {}


def _sized(format):
    if isinstance(format, bytes):
        format = format.decode()
    sized = _sized_formats.get(format)
    if sized is None:
        if not isinstance(format, str):
            raise TypeError("can't convert '%s' object to str implicitly" % type(format).__name__)
        if format[:1] in ("<", ">", "!"):
            sized = format.replace("P", "I")
        else:
            sized = format.replace("l", "i").replace("L", "I").replace("P", "I")
        # With "=" for the byte order, a board knows no values.
        types = "0123456789xs" if format[:1] == "=" else _TYPES
        for letter in format[1:] if format[:1] in ("<", ">", "!", "=", "@") else format:
            if letter not in types:
                raise ValueError("bad typecode")
        _sized_formats[format] = sized
    return sized


if _modules.MICROPYTHON:

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

else:
    # What CPython refuses, a board often takes: fewer values or more, a number that is too long, a buffer that is. So it is done in
    # its own way then.
    _REFUSALS = (_host.error, TypeError, OverflowError)

    def _in_its_way(name, *arguments):
        import _binary

        return getattr(_binary, name)(*arguments)

    def calcsize(format):
        format = _sized(format)
        try:
            return _host.calcsize(format)
        except _REFUSALS:
            pass
        return _in_its_way("calcsize", format)

    def pack(format, *values):
        format = _sized(format)
        try:
            return _host.pack(format, *values)
        except _REFUSALS:
            pass
        return _in_its_way("pack", format, values)

    def pack_into(format, buffer, offset, *values):
        format = _sized(format)
        try:
            return _host.pack_into(format, buffer, offset, *values)
        except _REFUSALS:
            pass
        return _in_its_way("pack_into", format, buffer, offset, values)

    def unpack(format, data):
        return unpack_from(format, data)

    def unpack_from(format, data, offset=0):
        format = _sized(format)
        try:
            return _host.unpack_from(format, data, offset)
        except _REFUSALS:
            pass
        return _in_its_way("unpack_from", format, data, offset)
