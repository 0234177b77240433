# MicroPython's `os` on a virtual board, whose file system is a folder.

import _board
import _errors
import _files
import _firmware
import _modules
import struct as _struct

_host = _modules.host("os")

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


def _do(function, *paths):
    try:
        return function(*[_files.on_host(path) for path in paths])
    except _modules.HostOSError as error:
        raise _errors.of_host(error)


def getcwd():
    return _files.current()


def chdir(path):
    if path != "/" and stat(path)[0] != _DIRECTORY:
        raise _errors.OSError(_errors.ENOENT)
    _files.set_current(path)


def listdir(path="."):
    return sorted(name for name in _do(_host.listdir, path) if not _files.is_hidden(name))


def ilistdir(path="."):
    for name in listdir(path):
        status = stat(path + "/" + name)
        yield name, status[0], 0, status[6]


def stat(path):
    status = _do(_host.stat, path)
    if status[0] & _DIRECTORY:
        return _DIRECTORY, 0, 0, 0, 0, 0, 0, 0, 0, 0
    return _FILE, 0, 0, 0, 0, 0, status[6], 0, 0, 0


def statvfs(path):
    stat(path)
    used = 2 + _blocks_under("/")
    free = max(0, _BLOCKS - used)
    return _BLOCK, _BLOCK, _BLOCKS, free, free, 0, 0, 0, 0, 255


def _blocks_under(path):
    blocks = 0
    for name, kind, _, size in ilistdir(path):
        blocks += _blocks_under(path + "/" + name) + 2 if kind == _DIRECTORY else (size + _BLOCK - 1) // _BLOCK
    return blocks


def mkdir(path):
    _do(_host.mkdir, path)


def rmdir(path):
    _do(_host.rmdir, path)


def remove(path):
    if stat(path)[0] == _DIRECTORY:
        return rmdir(path)
    _do(_host.remove, path)


unlink = remove


def rename(old, new):
    _do(_host.rename, old, new)


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
