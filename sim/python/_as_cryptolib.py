# MicroPython's `cryptolib`, for CPython: AES as FIPS 197 describes it, with blocks by themselves, chained, or as a counter.

_ECB, _CBC, _CTR = 1, 2, 6
_BLOCK = 16


def _times(value, factor):
    """A product in AES's field."""
    product = 0
    while factor:
        if factor & 1:
            product ^= value
        value = value << 1 ^ (0x11B if value & 0x80 else 0)
        factor >>= 1
    return product


def _tables():
    # Powers of 3 reach every value but zero, so that an inverse is a power, too.
    powers, value = [], 1
    for _ in range(255):
        powers.append(value)
        value = _times(value, 3)
    substitutes = [0x63] * 256
    for power, value in enumerate(powers):
        inverse = powers[-power % 255]
        substitutes[value] = 0x63
        for turn in range(5):
            substitutes[value] ^= (inverse << turn | inverse >> 8 - turn) & 0xFF
    return bytes(substitutes), bytes(substitutes.index(value) for value in range(256))


_SUBSTITUTES, _ORIGINALS = _tables()


def _exclusive(one, other):
    return bytes(a ^ b for a, b in zip(one, other))


def _round_keys(key):
    words = [key[i : i + 4] for i in range(0, len(key), 4)]
    count, constant = len(words), 1
    while len(words) < 4 * (count + 7):
        word = words[-1]
        if len(words) % count == 0:
            word = bytes(_SUBSTITUTES[octet] for octet in word[1:] + word[:1])
            word = bytes((word[0] ^ constant,)) + word[1:]
            constant = _times(constant, 2)
        elif count == 8 and len(words) % 8 == 4:
            word = bytes(_SUBSTITUTES[octet] for octet in word)
        words.append(_exclusive(words[-count], word))
    return [b"".join(words[i : i + 4]) for i in range(0, len(words), 4)]


def _mixed(block, factors):
    """Every column multiplied by the matrix whose first row is `factors`."""
    return bytes(
        _times(block[c], factors[-r % 4])
        ^ _times(block[c + 1], factors[(1 - r) % 4])
        ^ _times(block[c + 2], factors[(2 - r) % 4])
        ^ _times(block[c + 3], factors[(3 - r) % 4])
        for c in range(0, _BLOCK, 4)
        for r in range(4)
    )


class aes:
    def __init__(self, key, mode, IV=None):
        if mode not in (_ECB, _CBC, _CTR):
            raise ValueError("mode")
        key = bytes(key)
        if len(key) not in (16, 32):
            raise ValueError("key")
        if IV is not None and len(IV) != _BLOCK:
            raise ValueError("IV")
        if mode != _ECB and IV is None:
            raise ValueError("IV")
        self._keys, self._mode = _round_keys(key), mode
        self._chain = None if IV is None else bytes(IV)
        self._stream = b""  # of the counter's last block, what is not used yet
        self._direction = None

    def encrypt(self, data, out=None):
        return self._process(data, out, "encrypt")

    def decrypt(self, data, out=None):
        return self._process(data, out, "decrypt")

    def _process(self, data, out, direction):
        data = bytes(data)
        if self._mode != _CTR and len(data) % _BLOCK:
            raise ValueError("blksize % 16")
        if self._direction not in (None, direction):
            raise ValueError("can't encrypt & decrypt")
        if out is not None and len(out) < len(data):
            raise ValueError("output too small")
        self._direction = direction
        result = self._counted(data) if self._mode == _CTR else b"".join(
            self._block(data[i : i + _BLOCK]) for i in range(0, len(data), _BLOCK)
        )
        if out is None:
            return result
        out[: len(result)] = result
        return out

    def _counted(self, data):
        while len(self._stream) < len(data):
            self._stream += self._sealed(self._chain)
            self._chain = ((int.from_bytes(self._chain, "big") + 1) % (1 << 128)).to_bytes(_BLOCK, "big")
        result, self._stream = _exclusive(data, self._stream), self._stream[len(data) :]
        return result

    def _block(self, block):
        if self._direction == "encrypt":
            if self._mode == _CBC:
                self._chain = self._sealed(_exclusive(block, self._chain))
                return self._chain
            return self._sealed(block)
        opened = self._opened(block)
        if self._mode == _CBC:
            opened, self._chain = _exclusive(opened, self._chain), block
        return opened

    def _sealed(self, block):
        block = _exclusive(block, self._keys[0])
        for key in self._keys[1:]:
            # Substituted, and each row shifted by its number.
            block = bytes(_SUBSTITUTES[block[(5 * i) % _BLOCK]] for i in range(_BLOCK))
            if key is not self._keys[-1]:
                block = _mixed(block, (2, 3, 1, 1))
            block = _exclusive(block, key)
        return block

    def _opened(self, block):
        for key in reversed(self._keys[1:]):
            block = _exclusive(block, key)
            if key is not self._keys[-1]:
                block = _mixed(block, (14, 11, 13, 9))
            block = bytes(_ORIGINALS[block[(-3 * i) % _BLOCK]] for i in range(_BLOCK))
        return _exclusive(block, self._keys[0])
