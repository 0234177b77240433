# The board's file system: the folder that its program lies in. Nothing outside of it can be named.

import _errors
import _modules

root = ""  # the folder, as CPython names it
_HIDDEN = (".nvs-", ".modules")  # what esp32.NVS keeps, and our own files: they are in no file on a board
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
    """Where that lies for the interpreter. MicroPython stands in the board's own root and does best with relative names: given two
    absolute ones its `rename` takes them for the same."""
    path = resolved(path)
    return root + path if root else path[1:] or "."


def is_hidden(name):
    return name.startswith(_HIDDEN[0]) or name == _HIDDEN[1]


def current():
    return _current


def set_current(path):
    global _current
    _current = resolved(path)


def open(file, mode="r", *_, **__):
    host_file = on_host(file)
    try:
        if _modules.MICROPYTHON:
            return _host_open(host_file, mode)
        if "b" in mode:
            opened = _host_open(host_file, mode)
        else:
            opened = _host_open(host_file, mode, encoding="utf-8", newline="\n")
    except _modules.HostOSError as error:
        raise _errors.of_host(error)
    return _File(opened)


class _File:
    # An open file of CPython's, whose errors are the board's.

    def __init__(self, file):
        self._file = file

    def _do(self, name, *arguments):
        try:
            return getattr(self._file, name)(*arguments)
        except _modules.HostOSError as error:
            raise _errors.of_host(error)

    def read(self, *count):
        return self._do("read", *count)

    def readinto(self, buffer):
        return self._do("readinto", buffer)

    def readline(self, *count):
        return self._do("readline", *count)

    def readlines(self):
        return self._do("readlines")

    def write(self, data):
        return self._do("write", data)

    def seek(self, *place):
        return self._do("seek", *place)

    def tell(self):
        return self._do("tell")

    def flush(self):
        return self._do("flush")

    def close(self):
        return self._do("close")

    def __iter__(self):
        return self

    def __next__(self):
        line = self.readline()
        if not line:
            raise StopIteration()
        return line

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
