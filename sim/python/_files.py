# The board's file system: the folder that its program lies in. Nothing outside of it can be named.

import _modules

root = ""  # the folder, on the host
_host_open = open
_current = "/"


def resolved(path):
    """The board's own absolute path."""
    if not isinstance(path, str):
        raise TypeError("can't convert '%s' object to str implicitly" % type(path).__name__)
    if not path.startswith("/"):
        path = _current + "/" + path
    parts = []
    for part in path.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(parts)


def on_host(path):
    """Where that lies on the host."""
    return root + resolved(path)


def current():
    return _current


def set_current(path):
    global _current
    _current = resolved(path)


def open(file, mode="r", *_, **__):
    host_file = on_host(file)
    try:
        if _modules.MICROPYTHON or "b" in mode:
            return _host_open(host_file, mode)
        return _host_open(host_file, mode, encoding="utf-8", newline="\n")
    except _modules.HostOSError as error:
        raise OSError(error.errno)
