# What a board's program imports: MicroPython's modules as an ESP32 has them, ours before the interpreter's own.
#
# A program may bring modules of its own; those come first, but for the few that MicroPython has built in for good (FIXED).

import sys

import _board

HERE = __file__[: __file__.rfind("/")]
MICROPYTHON = sys.implementation.name == "micropython"
HostOSError = OSError

# Modules in files of another name, since the interpreter would never look for a file of theirs.
FILES = {
    "sys": "_as_sys",
    "micropython": "_as_micropython",
    "_thread": "_as_thread",
    "vfs": "_as_vfs",
    "_asyncio": "_as_asyncio",
    "tls": "_as_tls",
    "gc": "_as_gc",
    "struct": "_as_struct",
}
if MICROPYTHON:
    FILES["uctypes"] = "_as_uctypes"
# What a program may still ask for by its old name, with a `u` before it: the modules that MicroPython calls extensible, which are
# then the firmware's own, whatever the program has put before them; `sys`; and two whose old names are files of the firmware.
OLD = (
    "time",
    "random",
    "os",
    "select",
    "socket",
    "io",
    "bluetooth",
    "machine",
    "errno",
    "platform",
    "struct",
    "sys",
)
OLD_FILES = ("asyncio", "requests")
# Where MicroPython finds our files while a board's program runs; its own file system is the board's by then.
_MODULES = "/.modules"


def host(name):
    """The interpreter's own module of that name."""
    # MicroPython takes an empty path as a wish for what is built in, even where ours is loaded. CPython's library must find
    # neither our files nor the program's.
    path = sys.path
    before = path[:]
    path[:] = [] if MICROPYTHON else [entry for entry in before if entry not in ("", HERE)]
    try:
        return __import__(name)
    finally:
        path[:] = before


_loaded = {}


def _ours(name):
    """One of our own modules on MicroPython, whatever the program has put where."""
    if name in _loaded:
        return _loaded[name]
    modules, path = sys.modules, sys.path
    known = modules.get(name)
    if known is not None and getattr(known, "__file__", _MODULES).startswith(_MODULES):
        return known
    before = path[:]
    path[:] = [_MODULES]
    modules.pop(name, None)
    try:
        _loaded[name] = __import__(name)
        return _loaded[name]
    finally:
        path[:] = before
        if known is not None:
            modules[name] = known


class _Later:
    # One of our modules, which is read when it is used.

    def __init__(self, name):
        self._name = name

    def __getattr__(self, attribute):
        module = _ours(self._name)
        if attribute == "__all__":
            # `from … import *` of what is no real module asks for it.
            return [name for name in dir(module) if name[0] != "_"]
        value = getattr(module, attribute)
        if callable(value):
            # The next look finds it at once.
            setattr(self, attribute, value)
        return value


class _Sources:
    # The board's folder for MicroPython's own `import` and `execfile`: `_files` goes to the folder itself.

    def __init__(self, disk):
        self._disk = disk
        self.stat = disk.stat

    def __getattr__(self, name):
        return getattr(self._disk, name)

    def open(self, path, mode):
        file = self._disk.open(path, mode)
        if not path.endswith(".py"):
            return file
        with file:
            source = file.read()
        if _concerns(source):
            source = _ours("_fold").octets_of(source)
        return host("io").BytesIO(source)


def _concerns(source):
    """Whether a program may have constants in it that MicroPython's compiler knows of its host: `_fold` is read only then."""
    return b"errno" in source or b"uctypes" in source


def _folded(arguments):
    source = arguments[0] if arguments else None
    if isinstance(source, str) and _concerns(source.encode()):
        source = _ours("_fold").text(source)
    elif isinstance(source, bytes) and _concerns(source):
        source = _ours("_fold").octets_of(source)
    else:
        return arguments
    return (source,) + arguments[1:]


# A native function that asks for no globals runs in those of its caller, where `exec` and `eval` look for theirs.
_BOUND = """
def bind(function, folded):
    @micropython.native
    def bound(*arguments):
        return function(*folded(arguments))
    return bound
"""


def _fold_strings(builtins):
    """Has what a program compiles by itself folded as well."""
    compile = builtins.compile
    builtins.compile = lambda *arguments: compile(*_folded(arguments))
    names = {}
    try:
        exec(_BOUND, names)
    except SyntaxError:
        # This processor's MicroPython compiles no native code.
        return
    builtins.exec, builtins.eval = names["bind"](exec, _folded), names["bind"](eval, _folded)


def _mount(folder):
    """Has MicroPython see the board's folder as its file system, so that no path of the host's is in what a program sees. Returns
    the folder."""
    vfs = host("vfs")
    disk = vfs.VfsPosix(folder)
    vfs.umount("/")
    vfs.mount(_Sources(disk), "/")
    vfs.mount(vfs.VfsPosix(HERE), _MODULES)
    host("os").chdir("/")
    return disk


def install(folder):
    """Puts our modules before the interpreter's. Returns the globals of the main program."""
    import _files

    if not MICROPYTHON:
        import _cpython

        _files.root = folder
        return _cpython.install(folder)
    import builtins
    import _console

    _files.disk = _mount(folder)
    _fold_strings(builtins)
    sys.path[:] = ["", _MODULES, ".frozen", "/lib"]
    for name in FILES:
        sys.modules[name] = __import__(FILES[name]) if name == "sys" else _Later(FILES[name])
    for name in OLD:
        sys.modules["u" + name] = sys.modules[name] if name in FILES else _Later(name)
    for name in OLD_FILES:
        sys.modules["u" + name] = _Later(name)
    builtins.open = _files.open
    builtins.input = _console.input
    builtins.print = _console.print
    import __main__

    return __main__.__dict__
