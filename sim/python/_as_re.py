# MicroPython's `re`, for CPython: what a board has of it, and its words for what it does not take.

import _modules
from _convert import integer as _integer

_host = _modules.host("re")


def _text(value):
    if isinstance(value, (str, bytes)):
        return value
    raise TypeError("can't convert '%s' object to str implicitly" % type(value).__name__)


class _Match:
    def __init__(self, found):
        self._found = found

    def __repr__(self):
        return "<match num=%d>" % (self._found.re.groups + 1)

    def group(self, number):
        if not 0 <= _integer(number) <= self._found.re.groups:
            raise IndexError(number)
        return self._found.group(number)


def _match(found):
    return None if found is None else _Match(found)


class _Re:
    def __init__(self, pattern):
        pattern = _text(pattern)
        text = pattern.decode() if isinstance(pattern, bytes) else pattern
        try:
            self._text = _host.compile(text)
            self._octets = None
        except _host.error as error:
            raise ValueError("error in regex" if "unbalanced" in str(error) else "regex too complex")
        # Of what begins with a question mark in brackets, a board knows groups that don't count.
        plain = text.replace("\\\\", "").replace("\\(", "").replace("[(", "[")
        if plain.count("(?") != plain.count("(?:"):
            raise ValueError("regex too complex")

    def __repr__(self):
        return "<re %x>" % id(self)

    def _of(self, subject):
        """The pattern for a `str`, or for octets."""
        if isinstance(_text(subject), str):
            return self._text
        if self._octets is None:
            self._octets = _host.compile(self._text.pattern.encode())
        return self._octets

    def match(self, subject, *places):
        return _match(self._of(subject).match(subject, *[_integer(place) for place in places[:2]]))

    def search(self, subject, *places):
        return _match(self._of(subject).search(subject, *[_integer(place) for place in places[:2]]))

    def split(self, subject, maxsplit=0):
        found = self._of(subject)
        if found.groups and found.search(subject):
            raise NotImplementedError("splitting with sub-captures")
        return found.split(subject, _integer(maxsplit))

    def sub(self, replacement, subject, count=0, *_):
        like = type(_text(subject))

        def replaced(found):
            wanted = _text(replacement(_Match(found)) if callable(replacement) else replacement)
            wanted = wanted.decode() if isinstance(wanted, bytes) else wanted
            filled = _host.sub(r"\\(?:g<(\d+)>|(\d+)|(\\)|)", lambda place: _group(found, place, like), wanted)
            return filled if like is str else filled.encode()

        return self._of(subject).sub(replaced, subject, max(0, _integer(count)))


def _group(found, place, like):
    number = place.group(1) or place.group(2)
    if number is None:
        return place.group(3) or ""
    number = int(number)
    if number > found.re.groups:
        raise IndexError(number)
    value = found.group(number)
    return "" if value is None else value if like is str else value.decode()


_Re.__name__, _Match.__name__ = "re", "match"


def compile(pattern, flags=0):
    return _Re(pattern)


def _compiled(pattern):
    return pattern if isinstance(pattern, _Re) else _Re(pattern)


def match(pattern, subject, *_):
    return _compiled(pattern).match(subject)


def search(pattern, subject, *_):
    return _compiled(pattern).search(subject)


def sub(pattern, replacement, subject, count=0, *_):
    return _compiled(pattern).sub(replacement, subject, count)
