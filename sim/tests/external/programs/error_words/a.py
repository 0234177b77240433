# What the interpreter itself refuses is told in the words of a chip's firmware.
import sys


def none():
    pass


def two(a, b):
    pass


def optional(a, b=1):
    pass


def named(*, a):
    pass


def local():
    print(late)
    late = 1


class Thing:
    pass


class Own(TypeError):
    pass


def own():
    raise Own("'int' object is not iterable")


def unpack(value):
    a, b = value

import io, os
for attempt in (
    lambda: missing,
    local,
    lambda: 1 + "a",
    lambda: "a" + 1,
    lambda: [] + (),
    lambda: None - 1,
    lambda: 1 < "a",
    lambda: none(1),
    lambda: two(1, 2, 3),
    lambda: optional(1, 2, 3),
    lambda: named(),
    lambda: none(a=1),
    lambda: two(1, a=2),
    lambda: list(5),
    lambda: 5(),
    lambda: 5[0],
    lambda: unpack(5),
    lambda: unpack((1, 2, 3)),
    lambda: unpack((1,)),
    lambda: (1,).__setitem__(0, 1),
    lambda: len(5),
    lambda: sys.nothing,
    lambda: Thing().nothing,
    lambda: Thing.nothing,
    lambda: None.nothing,
    lambda: "a".nothing,
    lambda: "abc"[7],
    lambda: b"abc"[7],
    lambda: [1][7],
    lambda: (1,)[7],
    lambda: bytearray(2)[7],
    lambda: {}["key"],
    lambda: {}[3],
    lambda: 1 // 0,
    lambda: 1 / 0,
    lambda: 1 % 0,
    lambda: 1.0 // 0,
    lambda: int("x"),
    lambda: int("x", 16),
    lambda: int(None),
    lambda: int([]),
    lambda: float("x"),
    lambda: [].pop(),
    lambda: {}.popitem(),
    lambda: [].remove(1),
    lambda: [].index(1),
    lambda: "a".index("b"),
    lambda: exec("from os import nothing"),
    lambda: exec("import nothing"),
    lambda: b"\xff".decode(),
    lambda: bytes("a"),
    lambda: chr(-1),
    lambda: ord("ab"),
    lambda: "%d" % "a",
    lambda: "%d %d" % 1,
    lambda: "%d" % (1, 2),
    lambda: [1, 2][1.5],
    lambda: {[]: 1},
    lambda: next(iter([])),
    lambda: isinstance(1, 2),
    lambda: max([]),
    lambda: exec("1 +"),
    lambda: exec("if 1:\nprint(1)"),
    lambda: exec("  x = 1\n y = 2"),
    lambda: exec("return 1"),
    lambda: exec("x = 'abc"),
    own,
    lambda: "{} {}".format(1),
    lambda: -"a",
    lambda: sum(["a"]),
    lambda: setattr(5, "a", 1),
    lambda: [1,2,3][::0],
    lambda: open("nothing"),
    lambda: exec("raise 5"),
    lambda: exec("for i in 5: pass"),
    lambda: __import__("os").nothing(),
):
    try:
        attempt()
        print("fine")
    except BaseException as error:
        text = io.StringIO()
        sys.print_exception(error, text)
        print(text.getvalue().strip().split("\n")[-1].strip())
