# MicroPython's `sys`, as a board has it.
__name__ = "sys"

import _console
import _firmware
import _modules
import _traceback

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


platform = _firmware.PLATFORM
version = "3.4.0; MicroPython v%s on %s" % (_firmware.RELEASE, _firmware.DATE)
version_info = (3, 4, 0)
implementation = _Implementation(
    ("micropython", _firmware.VERSION, _firmware.MACHINE, _firmware.MPY, _firmware.BUILD, "GIL")
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
    import _cpython as _world

    modules = _world.world
    path = _world.path


def exit(status=0):
    raise SystemExit(status)


def print_exception(exception, file=stdout):
    file.write(_traceback.text(exception))
