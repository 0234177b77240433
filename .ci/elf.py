"""What the checks of the chips' programs read of an ELF file of 32 bits."""

import re
import struct
import subprocess
from typing import NamedTuple

PROGBITS, NOBITS = 1, 8
WRITE, ALLOC = 1, 2


class Section(NamedTuple):
    """A section: its name, where it lies, and what it holds, which is nothing for `NOBITS`."""
    name: str
    kind: int
    flags: int
    address: int
    size: int
    octets: bytes

    @property
    def is_loaded(self):
        """Whether it is in the image."""
        return bool(self.flags & ALLOC) and self.kind != NOBITS


def sections(path):
    """The sections of a program."""
    with open(path, "rb") as file:
        octets = file.read()
    if octets[:6] != b"\x7fELF\x01\x01":
        raise SystemExit(f"{path}: no ELF file of 32 bits, little endian")
    at, = struct.unpack_from("<I", octets, 0x20)
    entry, count, names = struct.unpack_from("<HHH", octets, 0x2e)
    headers = [struct.unpack_from("<10I", octets, at + entry * number) for number in range(count)]

    def name(offset):
        start = headers[names][4] + offset
        return octets[start:octets.index(b"\0", start)].decode()

    return [Section(name(header[0]), header[1], header[2], header[3], header[5],
                    b"" if header[1] == NOBITS else octets[header[4]:header[4] + header[5]]) for header in headers]


def symbols(path):
    """Addresses of a program's symbols by name."""
    done = subprocess.run(["nm", "--defined-only", "--format=posix", path], check=True, capture_output=True, text=True)
    # A name may have spaces in it.
    lines = (re.fullmatch(r"(.*) [A-Za-z?] ([0-9a-f]+)(?: [0-9a-f]*)?", line) for line in done.stdout.splitlines())
    return {line[1]: int(line[2], 16) for line in lines if line}
