# MicroPython's `vfs`. A virtual board's file system is its folder, already mounted.
__name__ = "vfs"

from os import VfsFat, VfsLfs2, mount, umount
