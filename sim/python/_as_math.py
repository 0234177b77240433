# MicroPython's `math`, for CPython: what is too large to be a float is out of the function's domain there.

import _modules

_host = _modules.host("math")
_SAME = (
    "acos acosh asin asinh atan atan2 atanh ceil copysign cos degrees e erf erfc fabs floor fmod frexp inf isclose isfinite isinf isnan "
    "log log10 log2 modf nan pi radians sin sqrt tan tanh tau trunc"
)
globals().update({_name: getattr(_host, _name) for _name in _SAME.split()})


def _bounded(function):
    def bounded(*arguments):
        try:
            return function(*arguments)
        except OverflowError:
            raise ValueError("math domain error")

    return bounded


globals().update({_name: _bounded(getattr(_host, _name)) for _name in "cosh exp expm1 gamma lgamma pow sinh".split()})


def ldexp(x, exp):
    try:
        return _host.ldexp(x, exp)
    except OverflowError:
        return _host.copysign(inf, x)


def factorial(x):
    if isinstance(x, int) and x < 0:
        raise ValueError("negative factorial")
    return _host.factorial(x)
