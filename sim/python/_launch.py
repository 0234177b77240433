# Starts a board's program: `python3 -c "import _launch" MODE NAME [ARGUMENTS]`, in the board's folder, with this file's own folder
# on the path.
#
#   run NAME            boot.py, if there is one, then NAME, as after a reset
#   serve NAME          the same, if it is there, and then the prompt, as on a board with somebody at its console
#   raw NAME            boot.py and the raw prompt, as after a soft reset from there
#   prompt NAME         the prompt alone, after a program that had to be ended
#   file NAME [ARG…]    NAME alone, as the interpreter's own command would run it
#   text [ARG…]         the code in $SIM_CODE, likewise: MicroPython takes no argument that is longer than 255 octets
#   input               what standard input says, likewise
#
# What the program may import is `_modules`' matter.

import sys

import _board
import _errors
import _modules
import _traceback

_os = _modules.host("os")
_micropython = sys.implementation.name == "micropython"
_globals = None  # the main program's
_serve_prompt = None


def _report(exception):
    sys.stdout.write(_traceback.text(exception))


def _exists(name):
    try:
        _os.stat(name)
        return True
    except OSError:
        return False


def _execute(source, name):
    exec(compile(source, name, "exec"), _globals)


def _run_file(name):
    with open(name) as file:
        source = file.read()
    _execute(source, name)


def _source_of(name):
    """A function that gives the text of a file of the host's, which is read now."""
    try:
        with open(name) as file:
            source = file.read()
    except OSError as error:
        number = error.errno

        def fail():
            raise _errors.OSError(number)

        return fail
    return lambda: source


def _run_board(name):
    if name != "boot.py" and _exists("boot.py"):
        try:
            _run_file("boot.py")
        except Exception as exception:
            # As on a board: it is told, and main.py runs all the same.
            _report(exception)
    _run_file(name)


def _serve(mode, name):
    """The prompt, after the board's programs; ends with a soft reset."""
    for file in {"serve": ("boot.py", name), "raw": ("boot.py",), "prompt": ()}[mode]:
        if _exists(file):
            try:
                _run_file(file)
            except SystemExit:
                sys.stdout.write("MPY: soft reboot\n")
                return ""
            except BaseException as exception:
                _report(exception)
    return "raw" if _serve_prompt(_globals, mode == "raw") else ""


def _go_on():
    """What a board does after its program: timers and interrupts go on."""
    while _board.has_work():
        _board.wait(None, _board.CALLED)


def _ended(work):
    """Does the work and returns how it ended: kind and words for people."""
    try:
        work()
        _go_on()
        return _board.FINISHED, ""
    except SystemExit as exception:
        code = exception.args[0] if exception.args else None
        if code is None or code == 0:
            return _board.FINISHED, ""
        return _board.FAILED, "exit status " + str(code)
    except BaseException as exception:
        _report(exception)
        return _board.FAILED, _traceback.last_line(exception)


def _main(mode, arguments):
    global _globals, _serve_prompt
    import __main__

    getattr(__main__, "__dict__").pop("_launch", None)
    if not _micropython:
        sys.stdout.reconfigure(line_buffering=True)
    _board.connect()
    _board.on_unhandled(_report)
    if mode in ("serve", "raw", "prompt"):
        # While our own files are still found.
        import _repl

        _serve_prompt = _repl.serve
    name = arguments[0] if arguments else ""
    # The only file that is named as on the host: a board's program has its own file system from here on.
    source = _source_of(name) if mode == "file" else None
    _globals = _modules.install(_os.getcwd())
    # The firmware's own start leaves it there, and programs have come to rely on it.
    exec("import gc", _globals)
    _board.begin()
    # A board's program has no arguments; one that is run by hand has those that it was given.
    sys.argv[:] = arguments if mode == "file" else []
    if mode == "run":
        kind, words = _ended(lambda: _run_board(name))
    elif mode in ("serve", "raw", "prompt"):
        kind, words = _board.SOFT_RESET, _serve(mode, name)
    elif mode == "file":
        kind, words = _ended(lambda: _execute(source(), name))
    elif mode == "text":
        sys.argv[:] = ["-c"] + arguments
        code = _os.getenv("SIM_CODE") or ""
        kind, words = _ended(lambda: _execute(code, "<stdin>"))
    else:
        kind, words = _ended(lambda: _execute(sys.stdin.read(), "<stdin>"))
    status = 0 if kind == _board.FINISHED else 1
    if words.startswith("exit status "):
        words_status = words[len("exit status ") :]
        status = int(words_status) if words_status.isdigit() else 1
    try:
        _board.exit(kind, words)
    except SystemExit:
        pass
    sys.exit(status)


_main(sys.argv[1], sys.argv[2:])
