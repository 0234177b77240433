# Exceptions as MicroPython prints them, on both interpreters: the user's own frames, without source lines.

import sys

_HERE = __file__[: __file__.rfind("/") + 1]
_micropython = sys.implementation.name == "micropython"

# What the interpreter's own exceptions are called on a board.
_NAMES = {"ModuleNotFoundError": "ImportError", "RecursionError": "RuntimeError", "IndentationError": "SyntaxError"}


def text(exception):
    """The traceback, with its line ends."""
    if not _micropython:
        return _text(exception)
    import io

    out = io.StringIO()
    sys.print_exception(exception, out)
    return "".join(line + "\n" for line in out.getvalue().split("\n") if line and not _is_ours(line))


def last_line(exception):
    """The exception without its way."""
    return text(exception).rstrip("\n").split("\n")[-1].rstrip()


def _is_ours(line):
    return line.startswith('  File "' + _HERE)


def _text(exception):
    import os

    folder = os.getcwd() + "/"
    lines = ["Traceback (most recent call last):"]
    step = exception.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        path = code.co_filename
        if path.startswith(folder):
            path = path[len(folder) :]
        if not path.startswith(_HERE) and not path.startswith("<frozen "):
            lines.append('  File "%s", line %d, in %s' % (path, step.tb_lineno, code.co_name))
        step = step.tb_next
    if isinstance(exception, SyntaxError) and exception.lineno is not None:
        lines.append('  File "%s", line %d' % (exception.filename, exception.lineno))
    lines.append(_headline(exception))
    return "\n".join(lines) + "\n"


def _headline(exception):
    kind = type(exception)
    name = _NAMES.get(kind.__name__, kind.__name__)
    arguments = exception.args
    if isinstance(exception, SyntaxError):
        return "SyntaxError: " + str(exception.msg)
    if isinstance(exception, OSError):
        return "OSError: " + words(exception)
    if isinstance(exception, ImportError):
        missing = str(exception)
        if kind.__name__ == "ModuleNotFoundError":
            missing = "no module named '%s'" % exception.name
        return name + ": " + missing
    if isinstance(exception, NameError):
        return name + ": " + str(exception).replace("is not defined", "isn't defined")
    if not arguments:
        return name + ": "
    if len(arguments) == 1:
        return name + ": " + str(arguments[0])
    return name + ": " + repr(arguments)


def words(exception):
    """What an OSError says of itself."""
    import errno
    import os

    arguments = exception.args
    if 0 < len(arguments) < 3 and isinstance(arguments[0], int):
        word = errno.errorcode.get(arguments[0])
        if word is not None:
            # The second argument of one of CPython's own is the same word in prose.
            detail = None if type(exception).__init__ is not OSError.__init__ else exception.filename
            if len(arguments) > 1 and arguments[1] != os.strerror(arguments[0]):
                detail = arguments[1]
            return "[Errno %d] %s" % (arguments[0], word) + (": " + str(detail) if detail else "")
    if len(arguments) == 1:
        return str(arguments[0])
    return repr(arguments) if arguments else ""
