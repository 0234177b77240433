# MicroPython's `os` on a virtual board, whose file system is a folder.

import _board
import _files
import _modules
import struct

_host = _modules.host("os")

sep = "/"
_RELEASE = "1.27.0"
_BLOCK, _BLOCKS = 4096, 512
_DIRECTORY, _FILE = 0x4000, 0x8000
_NAMES = ("ESP32S3", "ESP32C3", "ESP32", "ESP8266")
_MACHINES = ("Generic ESP32S3 module with ESP32S3", "ESP32C3 module with ESP32C3", "Generic ESP32 module with ESP32")
machine = (_MACHINES + ("ESP module with ESP8266",))[_board.info.chip]
platform = "esp8266" if _board.info.chip == 3 else "esp32"


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
    return _Uname((platform, platform, _RELEASE, "v%s on 2025-12-09" % _RELEASE, machine))


def urandom(count):
    octets = b""
    while len(octets) < count:
        octets += _board.call(_board.RANDOM, struct.pack("<H", min(count - len(octets), 1024)))
    return octets


def _do(function, *paths):
    try:
        return function(*[_files.on_host(path) for path in paths])
    except _modules.HostOSError as error:
        raise OSError(error.errno)


def getcwd():
    return _files.current()


def chdir(path):
    if path != "/" and stat(path)[0] != _DIRECTORY:
        raise OSError(2)
    _files.set_current(path)


def listdir(path="."):
    # What esp32.NVS keeps is in no file on a board.
    return sorted(name for name in _do(_host.listdir, path) if not name.startswith(".nvs-"))


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


def mount(*_, **__):
    raise OSError(1)  # EPERM: a virtual board has its folder and nothing else


umount = mount
