# MicroPython's `sys`, as a board has it.

import _console
import _modules
import _traceback
import os as _os

_host = _modules.host("sys")


class _Implementation(tuple):
    name = property(lambda self: self[0])
    version = property(lambda self: self[1])
    _machine = property(lambda self: self[2])
    _mpy = property(lambda self: self[3])
    _build = property(lambda self: self[4])
    _thread = property(lambda self: self[5])

    def __repr__(self):
        return "(name='%s', version=%r, _machine='%s', _mpy=%d, _build='%s', _thread='%s')" % tuple(self)

    __str__ = __repr__


platform = _os.platform
version = "3.4.0; MicroPython " + _os.uname().version
version_info = (3, 4, 0)
implementation = _Implementation(
    ("micropython", (1, 27, 0, ""), _os.machine, 11014, _os.machine.split(" with ")[-1] + "_GENERIC", "GIL")
)
byteorder = "little"
maxsize = 0x7FFFFFFF
argv = _host.argv
stdin = _console.Stdin()
stdout = _console.stdout
stderr = stdout  # a board has one console
ps1, ps2 = ">>> ", "... "

if _modules.MICROPYTHON:
    modules = _host.modules
    path = _host.path
else:
    import _cpython

    modules = _cpython.world
    path = _cpython.path


def exit(status=0):
    raise SystemExit(status)


def print_exception(exception, file=stdout):
    file.write(_traceback.text(exception))


def exc_info():
    return _host.exc_info()


def atexit(function):
    return None


def settrace(function):
    pass
