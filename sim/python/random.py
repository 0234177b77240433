# MicroPython's `random`: its generator (Yasmarang, by Ilya Levin), so that a seeded program draws what it draws on a
# chip; the first seed comes from the board.

import _board
from _convert import any_integer as _any_integer, integer as _integer

_WORD = 0xFFFFFFFF

_pad = None  # not seeded yet


def seed(value=None):
    global _pad, _n, _d, _dat
    if value is None:
        value = int.from_bytes(_board.call(_board.RANDOM, b"\x04\x00"), "little")
    _pad, _n, _d, _dat = _any_integer(value) & _WORD, 69, 233, 0


def _word():
    global _pad, _n, _d, _dat
    if _pad is None:
        seed()
    pad = (_pad + _dat + _d * _n) & _WORD
    pad = ((pad << 3) + (pad >> 29)) & _WORD
    _pad = pad
    _n = pad | 2
    _d ^= ((pad << 31) + (pad >> 1)) & _WORD
    _dat = (_dat ^ pad ^ (_d >> 8) ^ 1) & 0xFF
    return (pad ^ (_d << 5) ^ (pad >> 18) ^ (_dat << 1)) & _WORD


def _below(limit):
    limit &= _WORD
    mask = 1
    while mask & limit < limit:
        mask = mask << 1 | 1
    while True:
        drawn = _word() & mask
        if drawn < limit:
            return drawn


def getrandbits(bits):
    bits = _integer(bits)
    if bits < 0 or bits > 32:
        raise ValueError("bits must be 32 or less")
    return _word() & ((1 << bits) - 1) if bits else 0


def randrange(start, stop=None, step=1):
    if stop is None:
        start, stop = 0, start
    start, stop, step = _integer(start), _integer(stop), _integer(step)
    if step > 0:
        count = (stop - start + step - 1) // step
    elif step < 0:
        count = (stop - start + step + 1) // step
    else:
        count = 0
    if count <= 0:
        raise ValueError()
    return start + step * _below(count)


def randint(first, last):
    first, last = _integer(first), _integer(last)
    if first > last:
        raise ValueError()
    return first + _below(last - first + 1)


def choice(sequence):
    if len(sequence) == 0:
        raise IndexError()
    return sequence[_below(len(sequence))]


def random():
    return (_word() & 0x7FFFFF) / 0x800000  # a chip's float has a fraction of 23 bits


def uniform(first, last):
    return first + (last - first) * random()
