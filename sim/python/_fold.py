# Constants of modules, as MicroPython's compiler folds them: it puts a number in place of `errno.ETIMEDOUT` and `uctypes.LONG`
# before any module of ours is asked, and the Unix port puts its host's. So what it compiles has the chip's in their place already.
#
# Lines stay where they are. What is read are octets, since finding a place in a MicroPython `str` takes as long as it is far.

import _errors

# INT32 and UINT32 of `uctypes`: a chip's long has four octets.
LONG, ULONG = 671088640, 536870912
_NUMBERS = {
    b"errno": {name.encode(): number for number, name in _errors.WORDS.items()},
    b"uctypes": {b"LONG": LONG, b"ULONG": ULONG},
}
_MARKS = tuple(_NUMBERS) + (b'"', b"'", b"#")
_BLANKS = b" \t\r\n\\"


def text(source):
    return octets_of(source.encode()).decode()


def octets_of(source):
    """A program, or a part of one, with the chip's numbers."""
    parts = []
    done = at = 0
    places = {}
    while True:
        place, mark = len(source), None
        for wanted in _MARKS:
            found = places.get(wanted, -1)
            if found is not None and found < at:
                found = source.find(wanted, at)
                found = places[wanted] = None if found < 0 else found
            if found is not None and found < place:
                place, mark = found, wanted
        if mark is None:
            return b"".join(parts) + source[done:] if parts else source
        if mark == b"#":
            at = source.find(b"\n", place)
            at = len(source) if at < 0 else at
            continue
        if mark in _NUMBERS:
            at, instead = _attribute(source, place, mark)
        else:
            at, instead = _string(source, place, mark)
        if instead is not None:
            parts += (source[done:place], instead)
            done = at


def _attribute(source, place, name):
    """Where `name` and what belongs to it end, and what is to stand there instead, or None."""
    end = place + len(name)
    before = _last_before(source, place)
    if _is_in_name(source, place - 1) or _is_in_name(source, end) or before == b".":
        return end, None
    dot = _after_blanks(source, end)
    if before == b"(" and source[dot : dot + 1] == b")":
        # Brackets around a name are folded away. What is no name alone is asked when it runs.
        after = _after_blanks(source, dot + 1)
        return end, name + b" if 1 else 0" if source[after : after + 1] == b"." else None
    if source[dot : dot + 1] != b".":
        return end, None
    start = stop = _after_blanks(source, dot + 1)
    while _is_in_name(source, stop):
        stop += 1
    number = _NUMBERS[name].get(source[start:stop])
    behind = stop
    while source[behind : behind + 1] in (b" ", b"\t"):
        behind += 1
    # With more behind it, MicroPython looks it up when it runs.
    if number is None or source[behind : behind + 1] in (b".", b"(", b"["):
        return end, None
    return stop, b"%d" % number + source[end:dot] + source[dot + 1 : start]


def _is_in_name(source, place):
    octet = source[place] if 0 <= place < len(source) else 32
    return octet > 127 or octet == 95 or 48 <= octet <= 57 or 65 <= octet & ~32 <= 90


def _after_blanks(source, place):
    while place < len(source) and source[place] in _BLANKS:
        place += 1
    return place


def _last_before(source, place):
    while place > 0 and source[place - 1] in _BLANKS:
        place -= 1
    return source[place - 1 : place]


def _string(source, place, quote):
    """Where a string ends, and what is to stand there instead, or None."""
    begin = place
    while begin > 0 and source[begin - 1] in b"rRbBuUfFtT" and place - begin < 2:
        begin -= 1
    prefix = b"" if _is_in_name(source, begin - 1) else source[begin:place]
    if source[place : place + 3] == quote * 3:
        quote = quote * 3
    start = place + len(quote)
    for letter in b"fFtT":
        if letter in prefix:
            return _formatted(source, place, start, quote)
    end = start
    while True:
        end = source.find(quote, end)
        if end < 0:
            return len(source), None
        escapes = end
        while escapes > start and source[escapes - 1 : escapes] == b"\\":
            escapes -= 1
        if (end - escapes) % 2 == 0:
            return end + len(quote), None
        end += 1


def _formatted(source, place, at, quote):
    """A string with expressions in braces. As MicroPython reads them, an expression goes to the next brace or colon that is in no
    bracket, whatever quotes are in it."""
    parts = []
    done = place
    while at < len(source) and source[at : at + len(quote)] != quote:
        octet = source[at : at + 1]
        if octet == b"\\" or source[at : at + 2] == b"{{":
            at += 2
            continue
        at += 1
        if octet != b"{":
            continue
        end, depth = at, 0
        while end < len(source) and (depth or not _ends_expression(source, end)):
            depth += (source[end] in b"[{") - (source[end] in b"]}")
            end += 1
        expression = source[at:end]
        folded = octets_of(expression)
        if folded is not expression:
            if expression[-1:] == b"=":
                # It says its own words before its value.
                parts += (source[done : at - 1], expression, b"{", folded[:-1])
            else:
                parts += (source[done:at], folded)
            done = end
        at = end
    end = min(at + len(quote), len(source))
    return end, b"".join(parts) + source[done:end] if parts else None


def _ends_expression(source, place):
    octet = source[place : place + 1]
    return octet in (b":", b"}") or (
        octet == b"!" and source[place + 1 : place + 2] in (b"r", b"s") and source[place + 2 : place + 3] in (b":", b"}")
    )
