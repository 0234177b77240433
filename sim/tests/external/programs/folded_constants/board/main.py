# MicroPython's compiler puts numbers in place of some modules' constants: the chip's, wherever the program's words are.
import errno
import sys
from micropython import const

import part

_TIMED_OUT = const(errno.ETIMEDOUT)
print(errno.ETIMEDOUT, _TIMED_OUT, part.NUMBERS, part.compared(OSError(116)), "errno.ETIMEDOUT", 'it''s errno.EIO')  # errno.EIO
try:
    raise OSError(118)
except OSError as e:
    print(e.errno == errno.EHOSTUNREACH, e.args[0] == errno.EHOSTUNREACH, errno.errorcode[errno.EHOSTUNREACH])
print(f"{errno.ENOTCONN} {errno.EALREADY:5} {{errno.EALREADY}} {errno.EINPROGRESS!r} {errno.EADDRINUSE=}", r"\"errno.EIO")
print((errno).ECONNABORTED, errno . ETIMEDOUT, [errno.
    ETIMEDOUT, errno \
    .ETIMEDOUT], """errno.ETIMEDOUT
" errno.ETIMEDOUT""", errno.ETIMEDOUT)
print(eval("errno.ETIMEDOUT"), eval("errno.ETIMEDOUT + 1", {"errno": errno}))
exec("made = errno.EHOSTUNREACH")
print(made, part.executed(), eval(compile("errno.ENOTCONN", "words", "eval")))
exec(b"made = errno.EALREADY")
print(made, getattr(errno, "ETIMEDOUT"))
execfile("executed.py")


class Thing:
    errno = 5


def local():
    inner = 7
    return Thing().errno, [errno.ETIMEDOUT for _ in range(2)], inner


print(local())
try:
    errno.ETIMEDOUT
    errno.NOTHING
except AttributeError as error:
    sys.print_exception(error)
try:
    exec("\n\nerrno.ETIMEDOUT()\nerrno.NOTHING")
except TypeError as error:
    print(error)
