# MicroPython's `upysh`: commands for whoever sits at the prompt.

import os as _os


class LS:
    def __repr__(self):
        self()
        return ""

    def __call__(self, path="."):
        for name, kind, _, size in sorted(_os.ilistdir(path)):
            print("   <dir> %s" % name if kind == 0x4000 else "% 8d %s" % (size, name))


class PWD:
    def __repr__(self):
        return _os.getcwd()

    def __call__(self):
        return self.__repr__()


class CLEAR:
    def __repr__(self):
        return "\x1b[2J\x1b[H"

    def __call__(self):
        return self.__repr__()


class Man:
    def __repr__(self):
        return (
            "upysh is imported by: from upysh import *\n"
            "pwd, cd(path), ls, ls(path), head(file), cat(file), cp(from, to), mv(from, to), newfile(path),\n"
            "rm(path), rm(path, recursive=True), mkdir(path), rmdir(path), clear, man"
        )


pwd, ls, clear, man = PWD(), LS(), CLEAR(), Man()
cd, mkdir, mv, rmdir = _os.chdir, _os.mkdir, _os.rename, _os.rmdir


def head(f, n=10):
    with open(f) as file:
        for _ in range(n):
            line = file.readline()
            if not line:
                break
            print(line, end="")


def cat(f):
    head(f, 1 << 30)


def cp(s, t):
    if _is_folder(t):
        t = t + "/" + s.split("/")[-1]
    with open(s, "rb") as source, open(t, "wb") as target:
        while True:
            octets = source.read(512)
            if not octets:
                break
            target.write(octets)


def newfile(path):
    print("Type file contents line by line, finish with EOF (Ctrl+D).")
    with open(path, "w") as file:
        while True:
            try:
                line = input()
            except EOFError:
                break
            file.write(line + "\n")


def rm(d, recursive=False):
    if recursive and _is_folder(d):
        for entry in _os.ilistdir(d):
            rm(d + "/" + entry[0], True)
    _os.remove(d)


def _is_folder(path):
    try:
        return _os.stat(path)[0] == 0x4000
    except OSError:
        return False
