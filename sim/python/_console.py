# The board's console: what its program reads is typed there. A program that `sim python` runs reads its own standard input.

import builtins
import sys

import _board
import _modules
import _traceback

_input = sys.stdin
_output = sys.stdout
_print = builtins.print
_pending = b""  # read, but not asked for yet
_STREAM_POLL = 3


def _is_attached():
    # Found out when it matters, and only once.
    global _attached
    if _attached is None:
        _attached = _modules.host("os").getenv("SIM_ATTACHED") == "1"
    return _attached


_attached = None


def _more(until=None):
    """Waits for input; returns whether any came before then (µs, None: for ever)."""
    global _pending
    if _is_attached():
        _board.call(_board.OUTSIDE)
        line = _input.readline()
        _board.look()
        _pending += line.encode()
        return bool(line)
    if not _board.wait(until, _board.CONSOLE):
        return False
    octets = _board.call(_board.CONSOLE_READ, b"\x00\x04")
    _pending += octets
    return bool(octets)


def _take(count):
    global _pending
    taken, _pending = _pending[:count], _pending[count:]
    return taken


def _read(count):
    """So many octets, or all there will ever be if count < 0; fewer at the end of the input."""
    while count < 0 or len(_pending) < count:
        if not _more():
            break
    return _take(len(_pending) if count < 0 else count)


def _read_line():
    """A line with its end, which is sent as a carriage return by a terminal's return key."""
    global _pending
    start = 0
    while True:
        for place in range(start, len(_pending)):
            if _pending[place] in b"\r\n":
                line = _take(place + 1)
                if line[-1:] == b"\r" and _pending[:1] == b"\n":
                    _take(1)
                return line[:-1] + b"\n"
        start = len(_pending)
        if not _more():
            return _take(len(_pending))


def _shown(value):
    return _traceback.said(value) if isinstance(value, Exception) else str(value)


def print(*values, sep=" ", end="\n", file=None):
    if file is None or file is stdout:
        stdout.write(sep.join([_shown(value) for value in values]) + end)
    else:
        _print(*values, sep=sep, end=end, file=file)


def input(prompt=""):
    _output.write(str(prompt))
    if _is_attached():
        line = _read_line()
        if not line:
            raise EOFError()
        return line.decode().rstrip("\n")
    return _edited_line()


def _edited_line():
    """A line as it is typed: shown, and mended with backspace."""
    line, character = "", b""
    while True:
        octet = _read(1)
        if octet in (b"", b"\x04") and not line:
            raise EOFError()
        if octet in (b"\r", b"\n"):
            if octet == b"\r" and _pending[:1] == b"\n":
                _take(1)
            _output.write("\n")
            return line
        if octet in (b"\b", b"\x7f"):
            if line:
                line = line[:-1]
                _output.write("\b \b")
        elif octet >= b" ":
            character += octet
            try:
                shown = character.decode()
            except UnicodeError:
                character = character if len(character) < 4 else b""
                continue
            _output.write(shown)
            line, character = line + shown, b""


class _Octets:
    def read(self, count=-1):
        return _read(count)

    def readline(self, *_):
        return _read_line()

    def readinto(self, buffer, count=-1):
        octets = _read(len(buffer) if count < 0 else min(count, len(buffer)))
        buffer[: len(octets)] = octets
        return len(octets)

    def close(self):
        pass

    def ioctl(self, request, flags):
        if request != _STREAM_POLL:
            return -1
        if _is_attached() or _pending or _board.events() & _board.CONSOLE:
            return flags & 1
        return 0

    def _wakes(self, flags):
        return _board.CONSOLE if flags & 1 else 0


class Stdin(_Octets):
    buffer = _Octets()

    def read(self, count=-1):
        return _read(count).replace(b"\r", b"\n").decode()

    def readline(self, *_):
        return _read_line().decode()

    def readlines(self):
        return [line + "\n" for line in self.read().split("\n")]

    def __iter__(self):
        return self

    def __next__(self):
        line = self.readline()
        if not line:
            raise StopIteration()
        return line


class Stdout(_modules.host("io").IOBase if _modules.MICROPYTHON else object):
    # What is written takes the UART's time.

    def write(self, text):
        if isinstance(text, str):
            octets = text.encode()
            _output.write(text)
        else:
            octets = bytes(text)
            if _modules.MICROPYTHON:
                _output.write(octets)
            else:
                _output.flush()
                _output.buffer.write(octets)
        # A line's end is two characters on the line.
        _board.printed(len(octets) + octets.count(b"\n"))
        return len(octets)

    def flush(self):
        pass

    def ioctl(self, request, flags):
        return flags & 4 if request == _STREAM_POLL else -1

    @property
    def buffer(self):
        return self

    def __getattr__(self, name):
        return getattr(_output, name)


stdout = Stdout()
