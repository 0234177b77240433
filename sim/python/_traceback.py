# Exceptions as MicroPython prints them on a board, on both interpreters: the program's own frames, without source lines, and with
# the names that files have there.

import sys

import _errors

_HERE = __file__[: __file__.rfind("/") + 1]
_MODULES = "/.modules/"  # where MicroPython finds our files, once a board's program runs
_micropython = sys.implementation.name == "micropython"
# CPython says that there is no memory when there is none, and what is told of that takes some: this much is given back then.
_reserve = [] if _micropython else [bytes(4 << 20)]


def text(exception):
    """The traceback, with its line ends."""
    if isinstance(exception, MemoryError):
        _reserve.clear()
    if not _micropython:
        return _text(exception)
    import io

    out = io.StringIO()
    sys.print_exception(exception, out)
    lines = [line for line in out.getvalue().split("\n") if line and not _is_ours(line)]
    if isinstance(exception, OSError):
        # The interpreter looks its numbers up among the host's. The last line begins with the exception's class.
        lines[-1] = lines[-1].split(":")[0] + ": " + _errors.words(exception)
    else:
        lines[-1] = _as_on_chips(lines[-1])
    return "".join(line + "\n" for line in lines)


def last_line(exception):
    """The exception without its way."""
    return text(exception).rstrip("\n").split("\n")[-1].rstrip()


def said(exception):
    """What an exception says of itself when it is printed."""
    kind = type(exception)
    if kind is OSError:
        return _errors.words(exception)
    if kind is MemoryError:
        _reserve.clear()
    if not _micropython and kind.__module__ == "builtins" and kind is not _errors.OSError:
        import _cpython

        return _cpython.load("_words").said(exception)
    if _micropython and kind in (AttributeError, TypeError, ValueError):
        return _as_on_chips("%s: %s" % (kind.__name__, exception)).partition(": ")[2]
    return str(exception)


def _is_ours(line):
    return line.startswith('  File "' + _HERE) or line.startswith('  File "' + _MODULES)


def _as_on_chips(line):
    """The Unix port tells more of some errors than a chip's firmware does."""
    before, takes, after = line.partition("() takes ")
    if takes and line.startswith("TypeError: ") and after.endswith(" were given"):
        return "TypeError: function takes " + after
    if line.startswith("AttributeError: module '"):
        return "AttributeError: 'module' object has" + line.partition(" has")[2]
    before, base, after = line.partition(" for integer with base ")
    if base and line.startswith("ValueError: "):
        return before + base + after.split(":")[0]
    return line


def _text(exception):
    import _cpython

    lines = ["Traceback (most recent call last):"]
    step = exception.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        # What is CPython's own sees other builtins than a board's program does.
        if step.tb_frame.f_globals.get("__builtins__") is _cpython.names and not code.co_filename.startswith(_HERE):
            lines.append('  File "%s", line %d, in %s' % (code.co_filename, step.tb_lineno, code.co_name))
        step = step.tb_next
    if isinstance(exception, SyntaxError) and exception.lineno is not None:
        lines.append('  File "%s", line %d' % (exception.filename, exception.lineno))
    # Read only when something has gone wrong: a program's start has better things to do.
    lines.append(_cpython.load("_words").headline(exception))
    return "\n".join(lines) + "\n"
