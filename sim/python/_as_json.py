# MicroPython's `json`, for CPython, which knows no octets there.

import _modules
from _convert import octets as _octets
from _strict import items as _items

_host = _modules.host("json")


def _no_number(name):
    raise ValueError("syntax error in JSON")


def loads(text):
    try:
        text = _octets(text).decode()
    except UnicodeError:
        raise UnicodeError()
    try:
        return _host.loads(text, parse_constant=_no_number)
    except _host.JSONDecodeError:
        pass
    raise ValueError("syntax error in JSON")


def load(stream):
    return loads(_stream(stream, "read").read())


def _stream(stream, action):
    if not hasattr(stream, action):
        raise OSError("stream operation not supported")
    return stream


def _plain(value):
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, dict):
        return {_plain(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    return value


def dumps(value, separators=None):
    if separators is not None:
        separators = tuple(_items(separators, 2))
    return _host.dumps(_plain(value), separators=separators, ensure_ascii=False)


def dump(value, stream, separators=None):
    _stream(stream, "write").write(dumps(value, separators))
