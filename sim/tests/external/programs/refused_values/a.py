# What modules refuse is refused with a board's exceptions and words, and what a board takes is taken.
import array, binascii, builtins, collections, hashlib, heapq, json, math, re, struct


def attempt(name, function, *arguments):
    try:
        print(name, function(*arguments))
    except ValueError as error:
        print(name, "is a ValueError:", type(error).__name__, error)
    except Exception as error:
        print(name, type(error).__name__, error)


for f in ("e", " B", "n", "p", "Z", "2Z", "c", "?", "3x", "0s", "s", "B2", "", "<l", "@l", "q", "Bq", "P", "=P", "<P", "!H", "><", 5, b"<H", "2000000000B"):
    attempt("calcsize %r" % (f,), struct.calcsize, f)
for a in (("B", 300), ("B", -1), ("b", 200), ("H",), ("H", 1, 2), ("HH", 1), ("<I", 2**40), ("<Q", 2**70), ("<q", -1), ("B", 1.5), ("B", "1"), ("f", 1), ("f", "1"), ("d", 1e400), ("f", 1e40), ("4s", "ab"), ("4s", b"abcdef"), ("s", 5), ("c", b"a"), ("c", 65), ("?", 5), ("?", 0), ("2x", ), ("xB", 5), ("3B", 1, 2), ("<P", 7), ("Z", 1), ("", 1), ("B", None), ("B", True), ("0B",), ("0BH", 5)):
    attempt("pack %r" % (a,), struct.pack, *a)
for a in (("B", b""), ("H", b"a"), ("B", b"abc"), ("B", "a"), ("<HB", b"ab"), ("B", 5), ("Z", b""), ("4s", b"abc"), ("c", b"a"), ("?", b"\x02"), ("2x", b"a"), ("xB", b"ab"), ("f", b"\0\0\x80\x3f"), ("B", bytearray(b"x")), ("B", memoryview(b"x")), ("B", None)):
    attempt("unpack %r" % (a if a[1].__class__ is not memoryview else 0,), struct.unpack, *a)
for a in (("B", b"abc", 1), ("B", b"abc", -1), ("B", b"abc", -4), ("B", b"abc", 3), ("H", b"abc", 1.5)):
    attempt("unpack_from %r" % (a,), struct.unpack_from, *a)
b = bytearray(4)
for a in (("B", b, 0, 300), ("B", b, 4, 1), ("I", b, 1, 1), ("H", b, -1, 1), ("H", b, -2, 1), ("B", b"abc", 0, 1), ("H", b, 0), ("HH", b, 0, 5), ("B", b, -5, 5)):
    attempt("pack_into %r" % (a,), struct.pack_into, *a); print(b)
for s in ("{", "[1,2", "", "nul", "tru", "1 2", "'a'", "+1", "NaN", "Infinity", b"[1]", bytearray(b"{}"), 5, None, "  3 ", "[1]]", "[]x", b'"\xff"', '"\\'):
    attempt("loads %r" % (s,), json.loads, s)
for v in ((1, 2), {1: 2}, b"x", b"\xff", 1.0, None, [1, [2, {"a": ()}]], 2**70, {"k": b"v"}, {b"k": 1}):
    attempt("dumps %r" % (v,), json.dumps, v)
attempt("dump", json.dump, 1, 5)
attempt("load", json.load, 5)
attempt("separators", lambda: json.dumps([1,{"a":2}], separators=(",", ":")))
attempt("separators", lambda: json.dumps([1,{"a":2}], separators=(",",)))
for r in ("(", ")", "[", "*", "+a", "a**", "a{2}", "(?P<n>a)", "(?:a)", "\\", "[a", "a|*", "x" * 300, "(a", "\\d+", "\\b", "a??", "(?=a)", b"a", 5):
    attempt("re %r" % (r,), lambda: re.compile(r) and 1)
m = re.match("(a)(b)?", "ac")
attempt("group", m.group, 0)
attempt("group", m.group, 2)
attempt("group", m.group, 3)
attempt("group", m.group, "x"); 

attempt("match", re.match, "a", 5)
attempt("match", re.match, "a", b"a")
attempt("search", re.search, "b", "abc")
attempt("sub", re.sub, "a", "\\5", "abc")
attempt("sub", re.sub, "a", "\\g<0>x", "abca")
attempt("sub", re.sub, "a", lambda m: 5, "abc")
attempt("sub", re.sub, "(", "", "abc")
c = re.compile("a")
attempt("split", c.split, "bab")
attempt("split", c.split, "bab", 1)
attempt("split", re.compile("(a)").split, "bab")

attempt("sub count", lambda: re.sub("a", "b", "aaa", 2))
attempt("findall", lambda: re.findall("a", "aa"))
attempt("pos", lambda: c.match("ba", 1))
attempt("fullmatch", lambda: c.fullmatch(5))
for s in ("0", "zz", "0g", "01 02", b"0102", 5, bytearray(b"01"), b"0", " 01", "0 1", ""):
    attempt("unhexlify %r" % (s,), binascii.unhexlify, s)
for s in (b"a", "a", b"YQ=", b"YQ==", "YQ==", b"Y", b"YQ", b"!!!!", b"YW==YQ==", b"Y Q==", 5, b"====", b"YWI=", b"YW=J"):
    attempt("a2b %r" % (s,), binascii.a2b_base64, s)
for a in ((b"ab",), ("ab",), (b"ab", ":"), (b"ab", b":"), (5,), (b"",), (b"ab", 5), (b"abcd", ":", 2), (b"ab", "--"), (b"ab", "")):
    attempt("hexlify %r" % (a,), binascii.hexlify, *a)
attempt("b2a", binascii.b2a_base64, "ab")
attempt("b2a", lambda: binascii.b2a_base64(b"ab", newline=False))
attempt("b2a", lambda: binascii.b2a_base64(5))
attempt("b2a", lambda: binascii.b2a_base64(b"a" * 100))
attempt("crc", binascii.crc32, b"a")
attempt("crc", binascii.crc32, "a")
attempt("crc", binascii.crc32, b"a", 5)
attempt("crc", binascii.crc32, 5)
numbers = collections.deque((), 2)
attempt("deque", numbers.pop)
for heap in ([], 5, (1,)):
    attempt("heap", heapq.heappop, heap)
    attempt("heap", heapq.heapify, heap)
attempt("array", array.array, "Z")
attempt("array", array.array, "i", ["a"])
attempt("array", array.array, "i", [1.5])
for name, arguments in (
    ("sqrt", (-1,)), ("log", (0,)), ("log", (8, 1)), ("exp", (1e5,)), ("cosh", (1e5,)), ("pow", (0, -1)), ("pow", (1e300, 2)),
    ("floor", (float("nan"),)), ("ceil", (float("inf"),)), ("gamma", (0,)), ("sin", ("a",)), ("ldexp", (1, 100000)), ("factorial", (-1,)),
):
    attempt("math.%s%r" % (name, arguments), getattr(math, name), *arguments)
attempt("hash", hashlib.md5, 5)
attempt("hash", lambda: hashlib.md5("a").digest())
print(sorted(name for name in dir(builtins) if name[0].isupper()))
for name in ("ascii", "vars", "format", "breakpoint", "FileNotFoundError", "UnicodeDecodeError", "Warning", "ModuleNotFoundError"):
    attempt(name, lambda: eval(name))
for kinds in (
    (ArithmeticError, OverflowError, ZeroDivisionError), (LookupError, IndexError, KeyError), (ValueError, UnicodeError),
    (RuntimeError, NotImplementedError), (SyntaxError, IndentationError), (TypeError, ViperTypeError),
    (BaseException, KeyboardInterrupt, SystemExit, GeneratorExit), (Exception, StopIteration, StopAsyncIteration, OSError, ImportError),
):
    print([kind.__name__ for kind in kinds], [issubclass(kind, kinds[0]) for kind in kinds], [issubclass(kind, Exception) for kind in kinds])
for module in (struct, binascii, re, json):
    print(module.__name__, [name for name in ("error", "Error", "JSONDecodeError", "Incomplete") if hasattr(module, name)])
builtins.twice = lambda number: 2 * number
print(twice(4))
