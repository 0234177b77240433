# Arguments as MicroPython's C functions parse them, and its words where they refuse some: names that don't exist, too many, none
# where one is needed, a float for an integer.

from _convert import integer

# What becomes of an argument.
INT, BOOL, ANY = 0, 1, 2
# In place of a default: there must be one.
REQUIRED = ("required",)
# In place of a default: the argument was not given, which is not the same as None.
MISSING = ("missing",)


def parse(places, keywords, allowed, by_name=()):
    """The value of each in `allowed` and then in `by_name`, which are (name, kind, default); those of `by_name` have no place."""
    values = []
    used = 0
    count = len(places)
    for index, (name, kind, default) in enumerate(allowed + by_name):
        if index < count:
            if index >= len(allowed):
                raise TypeError("extra positional arguments given")
            value = places[index]
        elif name in keywords:
            used += 1
            value = keywords[name]
        elif default is REQUIRED:
            raise TypeError("'%s' argument required" % name)
        else:
            values.append(default)
            continue
        if kind == INT:
            value = integer(value)
        elif kind == BOOL:
            value = bool(value)
        values.append(value)
    if count > len(allowed):
        raise TypeError("extra positional arguments given")
    if used < len(keywords):
        raise TypeError("extra keyword arguments given")
    return values


def count(places, keywords, least, most):
    """Refuses all but so many arguments that have no names."""
    if keywords:
        raise TypeError("function doesn't take keyword arguments")
    given = len(places)
    if least == most and given != least:
        raise TypeError("function takes %d positional arguments but %d were given" % (least, given))
    if given < least:
        raise TypeError("function missing %d required positional arguments" % (least - given))
    if given > most:
        raise TypeError("function expected at most %d arguments, got %d" % (most, given))


def first(places):
    """The first argument, which has no name."""
    if not places:
        raise TypeError("function missing 1 required positional arguments")
    return places[0]


def items(value, length=None):
    """A tuple or a list, of that length."""
    if not isinstance(value, (tuple, list)):
        raise TypeError("object '%s' isn't a tuple or list" % type(value).__name__)
    if length is not None and len(value) != length:
        raise ValueError("requested length %d but object has length %d" % (length, len(value)))
    return value


def writable(value):
    """What can be read into."""
    if isinstance(value, (bytearray, memoryview)) or type(value).__name__ == "array":
        return value
    raise TypeError("object with buffer protocol required")
