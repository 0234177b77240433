# The prompt at a board's console, as MicroPython has it: friendly, raw, raw with flow control (raw paste), and paste mode.

import sys

import _board
import _console
import _modules
import _traceback

_CTRL_A, _CTRL_B, _CTRL_C, _CTRL_D, _CTRL_E = b"\x01", b"\x02", b"\x03", b"\x04", b"\x05"
# Below 128, so that it is one octet in UTF-8, too.
_WINDOW = 127
_COMPOUND = ("if ", "while ", "for ", "try", "with ", "def ", "class ", "async ", "@")

_globals = None


class _SoftReset(Exception):
    pass


class _Raw(Exception):
    pass


def serve(namespace, raw):
    """Serves whoever types, until a soft reset; returns whether it was asked for at the raw prompt."""
    global _globals
    _globals = namespace
    if not raw:
        _banner()
    while True:
        try:
            if raw:
                _serve_raw()
                raw = False
                _banner()
            else:
                _serve_friendly()
        except _Raw:
            raw = True
        except _SoftReset:
            _say("MPY: soft reboot\n")
            return raw


def _say(text):
    sys.stdout.write(text)


def _banner():
    system = _modules.MICROPYTHON and sys.modules["sys"] or _world("sys")
    name = system.version.split("; ")[-1]
    _say("\n%s; %s\nType \"help()\" for more information.\n" % (name, system.implementation._machine))


def _world(name):
    import _cpython

    return _cpython.world.get(name) or _cpython._import(name)


def _octet():
    """The next octet that is typed; Ctrl-C is one, too."""
    while True:
        try:
            octet = _console.Stdin.buffer.read(1)
        except KeyboardInterrupt:
            return _CTRL_C
        if octet:
            return octet


def _execute(source, kind):
    """Returns the traceback, if there is one."""
    try:
        exec(compile(source, "<stdin>", kind), _globals)
        return ""
    except SystemExit:
        raise _SoftReset()
    except BaseException as exception:
        return _traceback.text(exception)


# ---- raw ----


def _serve_raw():
    _say("raw REPL; CTRL-B to exit\n>")
    typed = b""
    while True:
        octet = _octet()
        if octet == _CTRL_A:
            if typed == _CTRL_E + b"A":
                _execute_raw(_paste())
            elif typed[:1] == _CTRL_E and len(typed) == 2:
                # Nothing else can be done in this way.
                _say("R\x00")
                typed = b""
                continue
            else:
                _say("raw REPL; CTRL-B to exit\n")
        elif octet == _CTRL_B:
            _say("\n")
            return
        elif octet == _CTRL_C:
            typed = b""
            continue
        elif octet == _CTRL_D:
            _say("OK")
            if not typed:
                _say("\n")
                raise _SoftReset()
            _execute_raw(typed)
        else:
            typed += octet
            continue
        typed = b""
        _say(">")


def _execute_raw(source):
    if source is None:
        return
    reset = False
    try:
        error = _execute(source.decode(), "exec")
    except _SoftReset:
        error, reset = "", True
    except UnicodeError:
        error = "UnicodeError: \n"
    _say("\x04" + error + "\x04")
    if reset:
        raise _SoftReset()


def _paste():
    """Takes a program in windows, so that whoever sends it never sends more than there is room for."""
    _say("R\x01" + chr(_WINDOW) + "\x00\x01")
    source, left = b"", _WINDOW
    while True:
        octet = _octet()
        if octet in (_CTRL_C, _CTRL_D):
            _say("\x04")
            return None if octet == _CTRL_C else source
        source += octet
        left -= 1
        if left == 0:
            _say("\x01")
            left = _WINDOW


# ---- friendly ----


def _serve_friendly():
    source = _line(">>> ", True)
    if source is None:
        return
    while _goes_on(source):
        line = _line("... ", False)
        if line is None:
            return
        source += "\n" + line
    if source.strip():
        _say(_execute(source + "\n", "single"))


def _line(prompt, first):
    """A line that is typed, without its end; None if it is given up."""
    _say(prompt)
    typed = b""
    escape = 0
    while True:
        octet = _octet()
        if escape:
            # Arrows and their like: ESC [ digits letter.
            if octet.isalpha() or octet == b"~":
                escape = 0
        elif octet == b"\x1b":
            escape = 1
        elif octet in b"\r\n":
            _say("\n")
            return typed.decode()
        elif octet == _CTRL_C:
            _say("\n")
            return None
        elif octet in (b"\x7f", b"\x08"):
            if typed:
                text = typed.decode()[:-1]
                typed = text.encode()
                _say("\b \b")
        elif octet == b"\t":
            typed += b"    "
            _say("    ")
        elif octet == _CTRL_A and first and not typed:
            _say("\n")
            raise _Raw()
        elif octet == _CTRL_B and first and not typed:
            _say("\n")
            _banner()
            return None
        elif octet == _CTRL_D and first and not typed:
            _say("\n")
            raise _SoftReset()
        elif octet == _CTRL_E and first and not typed:
            _paste_mode()
            return None
        elif octet >= b" ":
            typed += octet
            try:
                typed.decode()
            except UnicodeError:
                # The rest of the character is yet to come.
                continue
            _say(_last_character(typed))


def _last_character(octets):
    return octets.decode()[-1]


def _paste_mode():
    _say("\npaste mode; Ctrl-C to cancel, Ctrl-D to finish\n=== ")
    typed = b""
    while True:
        octet = _octet()
        if octet == _CTRL_C:
            _say("\n")
            return
        if octet == _CTRL_D:
            _say("\n")
            _say(_execute(typed.decode(), "exec"))
            return
        if octet == b"\r":
            octet = b"\n"
        typed += octet
        _say("\n=== " if octet == b"\n" else octet.decode())


def _goes_on(source):
    """Whether more lines are to come: an open bracket or string, a backslash, or a compound statement without its empty line."""
    if not source:
        return False
    depth, quote, place = 0, "", 0
    while place < len(source):
        letter = source[place]
        if quote:
            if letter == "\\":
                place += 1
            elif source[place : place + len(quote)] == quote:
                place += len(quote) - 1
                quote = ""
        elif letter in "'\"":
            quote = letter * 3 if source[place : place + 3] == letter * 3 else letter
            place += len(quote) - 1
        elif letter == "#":
            end = source.find("\n", place)
            place = len(source) if end < 0 else end
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
        place += 1
    if depth > 0 or len(quote) == 3 or source.endswith("\\"):
        return True
    first = source.split("\n")[0].strip()
    if first.startswith(_COMPOUND) or first.endswith(":"):
        return not source.endswith("\n")
    return False
