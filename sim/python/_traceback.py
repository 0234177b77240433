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
    return line.startswith('  File "' + _HERE) or line.startswith('  File "<stdin>"') or line.startswith('  File "<string>"')


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
        if not path.startswith(_HERE) and not path.startswith("<frozen ") and path != "<string>":
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
        if kind.__module__ == "builtins":
            name = "OSError"
        if 0 < len(arguments) < 3 and isinstance(arguments[0], int):
            import errno

            word = errno.errorcode.get(arguments[0])
            if word is not None:
                # CPython's second argument is the same word in prose.
                detail = exception.filename or (arguments[1] if len(arguments) > 1 and not exception.strerror else None)
                return "OSError: [Errno %d] %s" % (arguments[0], word) + (": " + str(detail) if detail else "")
    if isinstance(exception, ImportError):
        missing = str(exception)
        if kind.__name__ == "ModuleNotFoundError":
            missing = "no module named '%s'" % exception.name
        return name + ": " + missing
    if not arguments:
        return name + ": "
    if len(arguments) == 1:
        return name + ": " + str(arguments[0])
    return name + ": " + repr(arguments)
