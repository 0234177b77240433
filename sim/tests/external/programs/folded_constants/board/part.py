import errno

NUMBERS = (errno.ETIMEDOUT, errno.EHOSTUNREACH)


def compared(error):
    return error.errno == errno.ETIMEDOUT


made = "of the module"


def executed():
    exec("made = errno.ENOTCONN")
    return made
