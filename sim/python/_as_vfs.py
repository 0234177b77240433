# MicroPython's `vfs`. A virtual board's file system is its folder, already mounted.

from os import mount, umount


class VfsLfs2:
    def __init__(self, *_, **__):
        raise OSError(1)

    mkfs = __init__


VfsFat = VfsLfs1 = VfsRom = VfsLfs2
