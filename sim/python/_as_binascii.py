# MicroPython's `binascii`, for CPython.

import _modules
from _convert import any_integer as _any_integer, octets as _octets, text as _text

_host = _modules.host("binascii")
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def hexlify(data, *separator):
    if len(separator) > 1:
        raise TypeError("function expected at most 2 arguments, got %d" % (1 + len(separator)))
    pairs = ["%02x" % octet for octet in _octets(data)]
    # Of a separator the first letter, or the end of C's string.
    return ((_text(separator[0])[:1] or "\0") if separator and pairs else "").join(pairs).encode()


def unhexlify(data):
    try:
        return bytes.fromhex(_octets(data).decode("latin-1"))
    except ValueError:
        raise ValueError("non-hex digit")


def a2b_base64(data):
    out, bits, count, had_pad = bytearray(), 0, 0, False
    for octet in _octets(data):
        if octet == 61:
            if count == 2 or (count == 4 and had_pad):
                count = 0
                break
            had_pad = True
        value = _ALPHABET.find(octet)
        if value < 0:
            continue
        had_pad = False
        bits, count = bits << 6 | value, count + 6
        if count >= 8:
            count -= 8
            out.append(bits >> count & 0xFF)
            bits &= (1 << count) - 1
    if count:
        raise ValueError("incorrect padding")
    return bytes(out)


def b2a_base64(data, newline=True):
    return _host.b2a_base64(_octets(data), newline=bool(newline))


def crc32(data, crc=0):
    return _host.crc32(_octets(data), _any_integer(crc) & 0xFFFFFFFF)
