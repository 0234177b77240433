# Numbers and words of errors as the chip's C library (newlib) has them, whatever the host's are.
#
# What modules raise of their own is this OSError. On MicroPython it is a subclass of the interpreter's, whose words come from a
# table of the host's numbers that can't be changed; the class of what is built in stays what programs catch.

import sys

EPERM, ENOENT, EIO, EBADF, EAGAIN, ENOMEM, EACCES, EEXIST = 1, 2, 5, 9, 11, 12, 13, 17
ENODEV, EISDIR, EINVAL, EOPNOTSUPP, ECONNRESET, ENOBUFS, ECONNREFUSED = 19, 21, 22, 95, 104, 105, 111
EADDRINUSE, ECONNABORTED, ETIMEDOUT, EHOSTUNREACH, EINPROGRESS, EALREADY, ENOTCONN = 112, 113, 116, 118, 119, 120, 128

# The 22 that a board's `errno` has.
WORDS = {
    EPERM: "EPERM",
    ENOENT: "ENOENT",
    EIO: "EIO",
    EBADF: "EBADF",
    EAGAIN: "EAGAIN",
    ENOMEM: "ENOMEM",
    EACCES: "EACCES",
    EEXIST: "EEXIST",
    ENODEV: "ENODEV",
    EISDIR: "EISDIR",
    EINVAL: "EINVAL",
    EOPNOTSUPP: "EOPNOTSUPP",
    EADDRINUSE: "EADDRINUSE",
    ECONNABORTED: "ECONNABORTED",
    ECONNRESET: "ECONNRESET",
    ENOBUFS: "ENOBUFS",
    ENOTCONN: "ENOTCONN",
    ETIMEDOUT: "ETIMEDOUT",
    ECONNREFUSED: "ECONNREFUSED",
    EHOSTUNREACH: "EHOSTUNREACH",
    EALREADY: "EALREADY",
    EINPROGRESS: "EINPROGRESS",
}
# LittleFS has numbers of its own for what newlib numbers otherwise, and a board no words for them.
ENOTDIR, ENAMETOOLONG, ENOTEMPTY = 20, 36, 39
_OF_FILES = {"ENOTDIR": ENOTDIR, "EFBIG": 27, "ENOSPC": 28, "ENAMETOOLONG": ENAMETOOLONG, "ENOTEMPTY": ENOTEMPTY}

_micropython = sys.implementation.name == "micropython"
_HostOSError = OSError


def words(exception):
    """What an OSError says of itself on a board."""
    arguments = exception.args
    if 0 < len(arguments) < 3 and isinstance(arguments[0], int) and arguments[0] in WORDS:
        text = "[Errno %d] %s" % (arguments[0], WORDS[arguments[0]])
        return text if len(arguments) == 1 else text + ": " + str(arguments[1])
    if len(arguments) == 1:
        return str(arguments[0])
    return repr(tuple(arguments)) if arguments else ""


if _micropython:

    class OSError(_HostOSError):
        def __str__(self):
            return words(self)

else:

    class OSError(_HostOSError):
        # It has its number whatever else it has, and prints like on a board.

        @property
        def errno(self):
            return self.args[0] if self.args else None

        @property
        def value(self):
            return self.errno

        def __str__(self):
            return words(self)

        def __repr__(self):
            return "OSError(%s)" % (repr(self.args)[1:-1])

    OSError.__module__ = "builtins"
    OSError.__qualname__ = "OSError"


def of_host(error):
    """The board's error for one of the host's file system."""
    number = error.errno
    word = _host_words().get(number)
    if word is None:
        return OSError(EBADF if number is None else number)
    for ours, name in WORDS.items():
        if name == word:
            return OSError(ours)
    return OSError(_OF_FILES.get(word, number))


def _host_words():
    import _modules

    return _modules.host("errno").errorcode
