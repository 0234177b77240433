# What CPython's own exceptions say, in MicroPython's words: the commonest.

import _errors
import _modules

# What the interpreter's own exceptions are called on a board.
_NAMES = {
    "ModuleNotFoundError": "ImportError",
    "RecursionError": "RuntimeError",
    "UnboundLocalError": "NameError",
    "UnicodeDecodeError": "UnicodeError",
    "UnicodeEncodeError": "UnicodeError",
}
_OPERATORS = {
    "+": "add",
    "-": "sub",
    "*": "mul",
    "/": "truediv",
    "//": "floordiv",
    "%": "mod",
    "@": "matmul",
    "**": "pow",
    "** or pow()": "pow",
    "<<": "lshift",
    ">>": "rshift",
    "&": "and",
    "|": "or",
    "^": "xor",
    "<": "lt",
    ">": "gt",
    "<=": "le",
    ">=": "ge",
}


def _operator(found):
    operator = found.group(1)
    if operator.endswith("=") and operator[:-1] in _OPERATORS and operator not in ("<=", ">="):
        name = "i" + _OPERATORS[operator[:-1]]
    else:
        name = _OPERATORS.get(operator, operator)
    return "unsupported types for __%s__: '%s', '%s'" % (name, found.group(2), found.group(3))


# Of signs before one value.
_UNARY = {"-": "neg", "+": "pos", "~": "invert"}


def _unary(found):
    return "unsupported type for __%s__: '%s'" % (_UNARY.get(found.group(1), found.group(1)), found.group(2))


# (what CPython says, what MicroPython says), the whole of it.
_SAYINGS = (
    (r"name '(\w+)' is not defined.*", r"name '\1' isn't defined"),
    (r"(?:cannot access )?local variable '(\w+)' .*", "local variable referenced before assignment"),
    (r"unsupported operand type\(s\) for ([^:]+): '([^']+)' and '([^']+)'.*", _operator),
    (r"'([^']+)' not supported between instances of '([^']+)' and '([^']+)'", _operator),
    (r'can only concatenate (\w+) \(not "([^"]+)"\) to \w+', r"unsupported types for __add__: '\1', '\2'"),
    (r"[\w.<>]+\(\) missing (\d+) required positional arguments?: .*", r"function missing \1 required positional arguments"),
    (r"[\w.<>]+\(\) missing \d+ required keyword-only arguments?: .*", "function missing keyword-only argument"),
    (
        r"[\w.<>]+\(\) takes (?:exactly )?(\d+) positional arguments? but (\d+) (?:was|were) given",
        r"function takes \1 positional arguments but \2 were given",
    ),
    (
        r"[\w.<>]+\(\) takes from \d+ to (\d+) positional arguments but (\d+) (?:was|were) given",
        r"function takes \1 positional arguments but \2 were given",
    ),
    (r"[\w.<>]+\(\) got an unexpected keyword argument '(\w+)'.*", r"unexpected keyword argument '\1'"),
    (r"[\w.<>]+\(\) got multiple values for argument '(\w+)'", r"function got multiple values for argument '\1'"),
    (r"'([^']+)' object is not iterable", r"'\1' object isn't iterable"),
    (r"cannot unpack non-iterable (\w+) object", r"'\1' object isn't iterable"),
    (r"'([^']+)' object is not callable", r"'\1' object isn't callable"),
    (r"'([^']+)' object is not subscriptable", r"'\1' object isn't subscriptable"),
    (r"'([^']+)' object does not support item assignment", r"'\1' object doesn't support item assignment"),
    (r"object of type '([^']+)' has no len\(\)", r"object of type '\1' has no len()"),
    (r"too many values to unpack \(expected (\d+)\)", r"too many values to unpack (expected \1)"),
    (r"not enough values to unpack \(expected (?:at least )?\d+, got (\d+)\)", r"need more than \1 values to unpack"),
    (r"module '([^']+)' has no attribute '(\w+)'.*", r"'module' object has no attribute '\2'"),
    (r"('[^']+' object has no attribute '\w+')\. Did you mean.*", r"\1"),
    (r"type object '([^']+)' has no attribute '(\w+)'.*", r"type object '\1' has no attribute '\2'"),
    (r"cannot import name '(\w+)' from .*", r"can't import name \1"),
    (r"index out of range", "bytes index out of range"),
    (r"Replacement index \d+ out of range for positional args tuple", "tuple index out of range"),
    (r"(\w+) indices must be integers or slices, not (\w+)", r"\1 indices must be integers, not \2"),
    (r"list\.remove\(x\): x not in list|.* is not in list|tuple\.index\(x\): x not in tuple", "object not in sequence"),
    (r"(?:max|min)\(\) (?:arg|iterable argument) is (?:an )?empty(?: sequence)?", "arg is an empty sequence"),
    (r"unhashable type: '([^']+)'", r"unsupported type for __hash__: '\1'"),
    (r"bad operand type for unary ([-+~]): '([^']+)'", _unary),
    (r"%\w format: .* required, not (\w+)", r"can't convert \1 to int"),
    (r"not enough arguments for format string", "format string needs more arguments"),
    (r"not all arguments converted during string formatting", "format string didn't convert all arguments"),
    (r"isinstance\(\) arg 2 must be .*", "issubclass() arg 2 must be a class or a tuple of classes"),
    (r"slice step cannot be zero", "slice step can't be zero"),
    (r"(list) assignment index out of range", r"\1 index out of range"),
    (r"(?:integer |float )?division(?: or modulo)? by zero", "divide by zero"),
    (r"(?:integer )?modulo by zero", "divide by zero"),
    (r"float (?:floor division|modulo)(?: by zero)?", "divide by zero"),
    (r"invalid literal for int\(\) with base (\d+): .*", r"invalid syntax for integer with base \1"),
    (r"could not convert string to float: .*", "invalid syntax for number"),
    (r"pop from an empty deque", "empty"),
    (r"bad typecode \(.*", "bad typecode"),
    (r"'(\w+)' object cannot be interpreted as an integer", r"can't convert \1 to int"),
    (r"must be real number, not (\w+)", r"can't convert \1 to float"),
    (r"cannot convert float infinity to integer", "can't convert inf to int"),
    (r"cannot convert float NaN to integer", "can't convert NaN to int"),
    (r"int\(\) argument must be .*, not '(\w+)'", r"can't convert \1 to int"),
)


def headline(exception):
    """The last line of a traceback."""
    kind = type(exception)
    name = _NAMES.get(kind.__name__, kind.__name__)
    if isinstance(exception, SyntaxError):
        return _syntax(str(exception.msg))
    if isinstance(exception, _modules.HostOSError) and kind.__module__ in ("builtins", "io"):
        name = "OSError"
    return name + ": " + said(exception)


def said(exception):
    """What an exception says of itself."""
    kind = type(exception)
    arguments = exception.args
    if isinstance(exception, SyntaxError):
        return _syntax(str(exception.msg)).split(": ", 1)[1]
    if isinstance(exception, _modules.HostOSError):
        return _errors.words(exception)
    if kind.__name__ == "ModuleNotFoundError":
        return "no module named '%s'" % exception.name
    if kind is MemoryError and not arguments:
        # How much was wanted isn't known.
        return "memory allocation failed"
    if not arguments or (isinstance(exception, UnicodeError) and len(arguments) > 1):
        return ""
    if len(arguments) == 1:
        words = str(arguments[0])
        # A program's own exceptions say what the program has them say.
        return _in_words(words) if kind.__module__ == "builtins" else words
    return repr(arguments)


def _syntax(said):
    if said in ("unexpected indent", "unindent does not match any outer indentation level"):
        return "IndentationError: " + said.replace("does not match any outer indentation", "doesn't match any outer indent")
    for known in ("'return' outside function", "'yield' outside function", "'await' outside function"):
        if said == known:
            return "SyntaxError: " + said
    return "SyntaxError: invalid syntax"


def _in_words(words):
    re = _modules.host("re")
    for pattern, saying in _SAYINGS:
        found = re.fullmatch(pattern, words)
        if found:
            return saying(found) if callable(saying) else found.expand(saying)
    return words
