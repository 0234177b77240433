# Arguments as MicroPython's C functions take them, and its words where they refuse one.


_MS_AT_MOST = 0xFFFFFFFF
_EPSILON = 1e-6  # a product of decimals that is a hair less than a whole number of ms means that number


def integer(value):
    value = any_integer(value)
    if -0x80000000 <= value <= 0x7FFFFFFF:
        return value
    raise OverflowError("overflow converting long int to machine word")


def any_integer(value):
    """Where the C function keeps what fits of a number that is too long."""
    # A bool is no int for MicroPython, and as good as one for its C functions.
    if isinstance(value, (int, bool)):
        return int(value)
    raise TypeError("can't convert %s to int" % type(value).__name__)


def milliseconds(seconds):
    """Whole ms, as a number of 32 bits: what is more, and what is no number, is the most there is; what is less is none."""
    if isinstance(seconds, (int, bool)):
        ms = seconds * 1000
    elif isinstance(seconds, float):
        ms = seconds * 1000 + _EPSILON
    else:
        raise TypeError("can't convert %s to float" % type(seconds).__name__)
    if not ms < _MS_AT_MOST:
        return _MS_AT_MOST
    return int(ms) if ms > 0 else 0


def text(value):
    """What a C function makes of a `str`: octets are as good."""
    if isinstance(value, str):
        return value
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode()
    raise TypeError("can't convert '%s' object to str implicitly" % type(value).__name__)


def octets(value):
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, (bytes, bytearray, memoryview)) or type(value).__name__ == "array":
        return bytes(value)
    raise TypeError("object with buffer protocol required")


def octets_of_length(value, length):
    value = octets(value)
    if len(value) != length:
        raise ValueError("invalid buffer length")
    return value


def parsed(arguments, keywords, by_place, by_name=()):
    """What each name was given, in the order of by_place and by_name: None where nothing was. The names of by_place that begin with
    an underscore have none for who calls."""
    names = by_place + by_name
    values = [None] * len(names)
    if len(arguments) > len(by_place):
        raise TypeError("extra positional arguments given")
    values[: len(arguments)] = arguments
    for name, value in keywords.items():
        if name not in names or name[0] == "_" or names.index(name) < len(arguments):
            raise TypeError("extra keyword arguments given")
        values[names.index(name)] = value
    return values
