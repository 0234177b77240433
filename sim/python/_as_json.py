# MicroPython's `json`, for CPython, which knows no octets there.

import _modules

_host = _modules.host("json")


def loads(text):
    try:
        return _host.loads(text)
    except _host.JSONDecodeError:
        raise ValueError("syntax error in JSON")


def load(stream):
    return loads(stream.read())


def _plain(value):
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode()
    if isinstance(value, dict):
        return {_plain(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    return value


def dumps(value, separators=None):
    return _host.dumps(_plain(value), separators=separators, ensure_ascii=False)


def dump(value, stream, separators=None):
    stream.write(dumps(value, separators))
