# The board's file system: the folder that its program lies in, with the rules and the errors of a board's LittleFS and of
# MicroPython above it. Nothing outside of it can be named.

import _errors
import _modules

root = ""  # the folder, as CPython names it
disk = None  # the folder, as MicroPython has it: what it mounts elsewhere is not in there
NOTHING, FILE, FOLDER = 0, 1, 2
_HIDDEN = ".nvs-"  # what esp32.NVS keeps: it is in no file on a board
_NAME_AT_MOST = 255
_host_open = open
_host_os = _modules.host("os")
_current = "/"


def current():
    return _current


def is_root(path):
    """Whether that is the root of all file systems, which MicroPython serves itself."""
    return path == "/" or (path == "" and _current == "/")


def text(path):
    """A path as the C functions take it: up to a NUL."""
    if isinstance(path, bytes):
        path = path.decode()
    if not isinstance(path, str):
        raise TypeError("can't convert '%s' object to str implicitly" % type(path).__name__)
    return path.split("\0")[0]


def find(path):
    """What there is at a path that is not the root of all: (its name for the host, NOTHING, FILE or FOLDER, its size)."""
    parts = _parts(path)
    name = _on_host(parts)
    if any(len(part.encode()) > _NAME_AT_MOST for part in parts):
        return name, NOTHING, 0
    try:
        status = (disk or _host_os).stat(name)
    except _modules.HostOSError as error:
        error = _errors.of_host(error)
        if error.args[0] != _errors.ENOENT:
            raise error
        return name, NOTHING, 0
    if status[0] & 0x4000:
        return name, FOLDER, 0
    if path.endswith("/"):
        raise _errors.OSError(_errors.ENOTDIR)
    if _is_hidden(parts):
        return name, NOTHING, 0
    return name, FILE, status[6]


def found(path):
    """The same, of what has to be there."""
    at = find(path)
    if at[1] == NOTHING:
        raise _errors.OSError(_errors.ENOENT)
    return at


def is_top(path):
    """Whether a path leads to the file system's own root in a roundabout way."""
    return not _parts(path)


def check_new(path):
    """Refuses a name that nothing can be given."""
    parts = _parts(path)
    if len(parts[-1].encode()) > _NAME_AT_MOST:
        raise _errors.OSError(_errors.ENAMETOOLONG)
    if _is_hidden(parts):
        raise _errors.OSError(_errors.EPERM)


def names(path):
    """What is in a folder, in LittleFS's order."""
    parts = () if is_root(path) else _parts(path)
    name = _on_host(parts)
    try:
        if disk is None:
            listed = _host_os.listdir(name)
        else:
            listed = [entry[0] for entry in disk.ilistdir(name)]
    except _modules.HostOSError as error:
        raise _errors.of_host(error)
    return sorted(entry for entry in listed if parts or not _is_hidden((entry,)))


def do(action, *names):
    """An action of the host's on files that the host has these names for."""
    try:
        getattr(disk or _host_os, action)(*names)
    except _modules.HostOSError as error:
        raise _errors.of_host(error)


def change(path):
    """Makes a folder the current one; that it is one, is known."""
    global _current
    _current = "/" + "/".join(_parts(path))


def on_host(path):
    """Where CPython finds what `sys.path` names; what leads above the root stays there."""
    parts = []
    for part in path.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return _on_host(parts)


def _parts(path):
    """The names on the way to a path."""
    parts = []
    for part in (path if path.startswith("/") else _current + "/" + path).split("/"):
        if part == "..":
            if not parts:
                # Above the root there is nothing.
                raise _errors.OSError(_errors.EINVAL)
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return parts


def _on_host(parts):
    # MicroPython stands in the board's own root, and does best with relative names: given two absolute ones its `rename` takes
    # them for the same.
    return root + "/" + "/".join(parts) if root else "/".join(parts) or "."


def _is_hidden(parts):
    return len(parts) == 1 and parts[0].startswith(_HIDDEN)


def _mode(mode):
    """The host's for a mode: of letters that mean nothing a board takes no notice."""
    mode = text(mode)
    kind = plus = ""
    for letter in mode:
        if letter in "rwxa":
            if kind or plus:
                raise ValueError()
            kind = letter
        elif letter == "+":
            plus = "+"
    return (kind or "r") + plus + ("b" if "b" in mode else "")


def open(file, mode="r", *_, **__):
    file = text(file)
    mode = _mode(mode)
    if is_root(file):
        raise _errors.OSError(_errors.EPERM)
    name, kind, _ = find(file)
    if kind == NOTHING:
        if mode[0] == "r":
            raise _errors.OSError(_errors.ENOENT)
        if file.endswith("/"):
            raise _errors.OSError(_errors.ENOTDIR)
        check_new(file)
    elif mode[0] == "x":
        raise _errors.OSError(_errors.EEXIST)
    elif kind == FOLDER:
        raise _errors.OSError(_errors.EISDIR)
    return _opened(name, mode)


def open_hidden(name, mode):
    """A file in the root that programs don't see."""
    return _opened(_on_host((_HIDDEN + name,)), mode)


def _opened(name, mode):
    mode = mode.replace("x", "w")
    try:
        if disk is not None:
            return disk.open(name, mode)
        if "b" in mode:
            opened = _host_open(name, mode)
        else:
            opened = _host_open(name, mode, encoding="utf-8", newline="\n")
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
