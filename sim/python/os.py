# MicroPython's `os` on a virtual board, whose file system is a folder.

import _board
import _errors
import _files
import _firmware
import struct as _struct

sep = "/"
_BLOCK, _BLOCKS = 4096, 512
_DIRECTORY, _FILE = 0x4000, 0x8000


class _Uname(tuple):
    sysname = property(lambda self: self[0])
    nodename = property(lambda self: self[1])
    release = property(lambda self: self[2])
    version = property(lambda self: self[3])
    machine = property(lambda self: self[4])

    def __repr__(self):
        return "(sysname='%s', nodename='%s', release='%s', version='%s', machine='%s')" % tuple(self)

    __str__ = __repr__


def uname():
    platform, release = _firmware.PLATFORM, _firmware.RELEASE
    version = "v%s on %s" % (release, _firmware.DATE)
    return _Uname((platform, platform, release, version, _firmware.MACHINE))


def urandom(count):
    if not isinstance(count, int):
        raise TypeError("can't convert %s to int" % type(count).__name__)
    if count < 0:
        raise ValueError()
    octets = b""
    while len(octets) < count:
        octets += _board.call(_board.RANDOM, _struct.pack("<H", min(count - len(octets), 1024)))
    return octets


def getcwd():
    return _files.current()


def chdir(path):
    path = _files.text(path)
    if not _files.is_root(path):
        try:
            kind = _files.find(path)[1]
        except OSError:
            kind = _files.NOTHING
        if kind != _files.FOLDER:
            raise _errors.OSError(_errors.ENOENT)
    _files.change(path)


def listdir(path=""):
    return [entry[0] for entry in ilistdir(path)]


def ilistdir(path=""):
    named, folder = path, _files.text(path)
    _check_folder(folder)
    entries = []
    for name in _files.names(folder):
        _, kind, size = _files.find(folder + "/" + name if folder else name)
        # Octets for octets; the root is not asked in the program's own words.
        shown = name.encode() if isinstance(named, bytes) and not _files.is_root(folder) else name
        entries.append((shown, _DIRECTORY if kind == _files.FOLDER else _FILE, 0, size))
    return iter(entries)


def _check_folder(path):
    if not _files.is_root(path) and _files.found(path)[1] != _files.FOLDER:
        raise _errors.OSError(_errors.ENOTDIR)


def stat(path):
    path = _files.text(path)
    kind, size = (_files.FOLDER, 0) if _files.is_root(path) else _files.found(path)[1:]
    return _DIRECTORY if kind == _files.FOLDER else _FILE, 0, 0, 0, 0, 0, size, 0, 0, 0


def statvfs(path):
    # Whatever is there: it is about the whole file system.
    _files.text(path)
    used = 2 + _blocks_under("/")
    free = max(0, _BLOCKS - used)
    return _BLOCK, _BLOCK, _BLOCKS, free, free, 0, 0, 0, 0, 255


def _blocks_under(path):
    blocks = 0
    for name, kind, _, size in ilistdir(path):
        blocks += _blocks_under(path + "/" + name) + 2 if kind == _DIRECTORY else (size + _BLOCK - 1) // _BLOCK
    return blocks


def mkdir(path):
    path = _files.text(path)
    if _files.is_root(path):
        raise _errors.OSError(_errors.EEXIST)
    name, kind, _ = _files.find(path)
    if kind != _files.NOTHING:
        raise _errors.OSError(_errors.EEXIST)
    _files.check_new(path)
    _files.do("mkdir", name)


def remove(path):
    # LittleFS takes a folder as it takes a file, if nothing is in it.
    path = _files.text(path)
    if _files.is_root(path):
        raise _errors.OSError(_errors.EPERM)
    name, kind, _ = _files.found(path)
    if _files.is_top(path):
        raise _errors.OSError(_errors.EINVAL)
    _files.do("rmdir" if kind == _files.FOLDER else "remove", name)


rmdir = unlink = remove


def rename(old, new):
    old, new = _files.text(old), _files.text(new)
    if _files.is_root(old) or _files.is_root(new):
        raise _errors.OSError(_errors.EPERM)
    old_name, old_kind, _ = _files.found(old)
    if _files.is_top(old):
        raise _errors.OSError(_errors.EINVAL)
    new_name, new_kind, _ = _files.find(new)
    if _files.is_top(new):
        raise _errors.OSError(_errors.EINVAL)
    if new_kind == _files.NOTHING:
        if old_kind == _files.FILE and new.endswith("/"):
            raise _errors.OSError(_errors.ENOTDIR)
        _files.check_new(new)
    elif new_kind != old_kind:
        raise _errors.OSError(_errors.EISDIR if new_kind == _files.FOLDER else _errors.ENOTDIR)
    _files.do("rename", old_name, new_name)


def sync():
    pass


def dupterm(stream=None, index=0):
    return None


def dupterm_notify(stream):
    return None


def mount(*_, **__):
    raise _errors.OSError(_errors.EPERM)  # a virtual board has its folder and nothing else


umount = mount


class VfsLfs2:
    # A board's start-up code makes one of its flash. Here the file system is there already, and there is no flash to put another on.

    def __init__(self, *_, **__):
        raise _errors.OSError(_errors.EPERM)

    @staticmethod
    def mkfs(*_, **__):
        raise _errors.OSError(_errors.EPERM)


class VfsFat(VfsLfs2):
    pass
