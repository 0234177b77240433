#!/usr/bin/env python3
"""Weighs what was built for the chips, and keeps firmware-shim/SIZES.md true.

Called by .ci/chip-check.sh. In mode `check` the page must agree with what is measured and the budgets must hold; in mode
`--write` the page is written anew. Another version of the compiler makes other code: then only the budgets are checked.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

import elf

# Figures may differ by this much: a clone's path changes the order of symbols, and with it the padding.
TOLERANCE_PERCENT = 1
TOLERANCE_OCTETS = 64

# A board that is looked after by others, with all that such a board can have.
DEVICE = "control_responder provisioning_initiator upgrade_responder security_responder guarded_data debug_agent " \
         "time_responder reliable_receiver"

# What Espressif's component has, too; there without the strong mode, lines through times, and images that are not sent again.
COMPONENT = "control_initiator control_responder provisioning_initiator provisioning_responder upgrade_initiator " \
            "upgrade_responder security_initiator security_responder debug_operator debug_agent time_initiator time_responder"

# What it should be, and what it may be: where the second is more, it is what there is, and only goes down. On the ESP32-C3;
# Espressif's C component compiled with -Os for the same instructions has 45.1 KB without its crypto.
BUDGETS = {
    "text of all services with what they share": (64 * 1024, 218 * 1024),
    "the same without cryptography": (45_000, 184_000),
    "RAM of a board that is looked after": (8 * 1024, 18 * 1024),
}

# Crates that are cryptography or only there for it.
CRYPTO = "aead aes ccm cipher cmov cpubits crypto_bigint ctr ctutils curve25519_dalek digest elliptic_curve ff ghash group hkdf " \
         "hmac hybrid_array inout p256 polyval primefield primeorder sec1 sha2 subtle universal_hash x25519_dalek zeroize"
# In a mangled name a crate's name stands behind its length (RFC 2603).
CRYPTO_SYMBOL = re.compile(r"Cs[0-9A-Za-z]*_(?:%s)" % "|".join(f"{len(name)}{name}" for name in CRYPTO.split()))


def run(*command):
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout


def image_size(path):
    """text, data and bss of a chip's program. What has no octets in the file takes no flash: `size` counts the gaps that the linker
    script leaves in the address space as text, and the stack. The heap in the boot loader's RAM is bss."""
    text = data = bss = 0
    for section in elf.sections(path):
        if section.is_loaded:
            if section.flags & elf.WRITE:
                data += section.size
            else:
                text += section.size
        elif section.flags & elf.ALLOC and not section.name.endswith("_dummy") and section.name != ".stack":
            bss += section.size
    return text, data, bss


def size(path):
    """text, data and bss of a program, or of all of a library."""
    text, data, bss = run("size", "--totals", path).splitlines()[-1].split()[:3]
    return int(text), int(data), int(bss)


def identifiers(path):
    """The names in a mangled path: each behind its length (RFC 2603)."""
    while path:
        length = re.match(r"(\d+)_?", path)
        if not length:
            break
        end = length.end() + int(length[1])
        yield path[length.end():end]
        path = path[end:]


class Probe:
    """The size probe: links what its modules reach, as a firmware's linker would."""

    def __init__(self, release):
        self.release = release
        self.library = f"{release}/libsize_probe.rlib"
        # What cargo just made, and nothing that an earlier build left beside it. Allocator and panic handler are the
        # firmware's, so they stay unresolved.
        with open(f"{release}/artifacts.json", encoding="utf-8") as artifacts:
            made = [name for line in artifacts for name in json.loads(line).get("filenames", [])]
        self.others = sorted({name for name in made if name.endswith(".rlib") and name.startswith(f"{release}/")} - {self.library})
        self.roots = {}
        for line in run("nm", "--defined-only", "--extern-only", "--format=posix", self.library).splitlines():
            symbol = line.split(" ")[0]
            path = re.search(r"Cs[0-9A-Za-z]*_10size_probe(\d.*)$", symbol)
            if path:
                *module, _ = identifiers(path[1])
                self.roots.setdefault("/".join(module), []).append(symbol)

    def services(self):
        return sorted(module for module in self.roots if module.startswith("services/"))

    def link_services(self, names):
        """Some of them with what they share."""
        return self.link("messages", *(f"services/{name}" for name in names.split()))

    def link(self, *modules):
        """text, data, bss, and the part of text that is cryptography."""
        undefined = []
        for module in modules:
            if module not in self.roots:
                sys.exit(f"chip-sizes: the size probe has no module {module}")
            undefined += [f"--undefined={symbol}" for symbol in sorted(self.roots[module])]
        with tempfile.NamedTemporaryFile(suffix=".elf") as program:
            run("rust-lld", "-flavor", "gnu", "-m", "elf32lriscv", "--entry=0", "--gc-sections", "--strip-debug",
                "--unresolved-symbols=ignore-all", *undefined, self.library, *self.others, "-o", program.name)
            crypto = 0
            for line in run("nm", "--defined-only", "--print-size", program.name).splitlines():
                fields = line.split()
                if len(fields) == 4 and fields[2] in "tTrR" and CRYPTO_SYMBOL.search(fields[3]):
                    crypto += int(fields[1], 16)
            return *size(program.name), crypto


def measure(arguments):
    """Tables: title, columns, rows; and what breaks a budget."""
    probe = Probe(arguments.riscv)
    shared = probe.link("messages")
    everything = probe.link("messages", *probe.services())
    text, _, _, crypto = everything
    device = probe.link_services(DEVICE)
    core = [
        ["reading a frame", *probe.link("frames")],
        ["the raw service, which a chip's driver has itself", *probe.link("endpoint")],
        ["what services share: messages, their key, whose turn it is", *shared],
    ]
    for service in probe.services():
        added = [with_it - without for with_it, without in zip(probe.link("messages", service), shared)]
        core.append([f"+ {service.removeprefix('services/').replace('_', ' ')}", *added])
    core.append(["a board that is looked after, with what they share", *device])
    core.append(["services that Espressif's component has, too, with what they share", *probe.link_services(COMPONENT)])
    core.append(["all services with what they share", *everything])
    found = [text, text - crypto, device[1] + device[2]]
    budgets = [[name, octets, *limits] for (name, limits), octets in zip(BUDGETS.items(), found)]
    unlinked = [
        ["RISC-V", *size(f"{arguments.riscv}/libprotocol.rlib")],
        ["Xtensa", *size(f"{arguments.xtensa}/libprotocol.rlib")],
    ]
    images = [[os.path.basename(image), *image_size(image)] for image in arguments.images]
    tables = [
        ("The core on the ESP32-C3, linked", ["", "text", "data", "bss", "of text: cryptography"], core),
        ("Budgets", ["", "octets", "should be", "at most"], budgets),
        ("`protocol` as a library, all of it, not linked", ["", "text", "data", "bss"], unlinked),
        ("Firmware for the ESP32-C3, with the Wi-Fi driver and all else", ["application", "text", "data", "bss"], images),
    ]
    broken = [f"{name}: {octets} octets, at most {most} are allowed" for name, octets, _, most in budgets if octets > most]
    return tables, broken


PREFACE = """# Sizes

In octets, measured by `.ci/chip-check.sh`, which keeps this page true: CI fails if a figure is off by more than {percent} %
(and {octets} octets), or if a budget is exceeded. `.ci/chip-check.sh DIR --write` writes it anew. Optimised for size, without
debugging information; made by {compiler}.

RAM is what is there for as long as the program runs: `bss` of the core is the state of one of each. The receive queue of the raw
service is on the heap. A row with a + is what the service adds to what all of them share; the cryptography of services that
use the same is in each of their rows, and once in a sum.

An endpoint, whose RAM has a budget, is a board that is looked after: it can be controlled, provisioned, upgraded, given a key, debugged,
told the time and sent data, all at once. The other side is seldom on the same board, and is as large as its operator's fleet: these are the
initiators for 100 boards (security) and 50 (upgrade).

Of the firmware, `text` and `data` are what the image has; sections that only leave room, for the stack among others, are not counted. Its `bss` has
the heap of 136 KiB in it, 64 of them in RAM that the boot loader leaves behind.
"""


def page(tables, compiler):
    lines = [PREFACE.format(percent=TOLERANCE_PERCENT, octets=TOLERANCE_OCTETS, compiler=compiler)]
    for title, columns, rows in tables:
        lines.append(f"## {title}\n")
        lines.append("| " + " | ".join(columns) + " |")
        lines.append("|" + "---|" + "---:|" * (len(columns) - 1))
        lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
        lines.append("")
    return "\n".join(lines)


def rows(text):
    """Rows of a page's tables under their titles: name and figures."""
    found, title = {}, ""
    for line in text.splitlines():
        if line.startswith("## "):
            title = line[3:]
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("| ") else []
        if len(cells) > 1 and all(re.fullmatch(r"-?\d+", cell) for cell in cells[1:]):
            found[title, cells[0]] = [int(cell) for cell in cells[1:]]
    return found


def differences(kept, measured):
    kept, measured = rows(kept), rows(measured)
    for row in sorted(kept.keys() | measured.keys()):
        old, new = kept.get(row), measured.get(row)
        if old is None or new is None:
            yield f"{': '.join(row)}: {'is not on the page' if old is None else 'is gone'}"
        elif len(old) != len(new) or any(abs(a - b) > max(TOLERANCE_OCTETS, abs(a) * TOLERANCE_PERCENT / 100)
                                         for a, b in zip(old, new)):
            yield f"{': '.join(row)}: the page says {old}, measured {new}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mode", choices=["check", "--write"], required=True)
    parser.add_argument("--page", required=True)
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--riscv", required=True)
    parser.add_argument("--xtensa", required=True)
    parser.add_argument("images", nargs="+")
    arguments = parser.parse_args()
    tables, wrong = measure(arguments)
    measured = page(tables, arguments.compiler)
    print(measured[measured.index("## "):])
    if arguments.mode == "--write":
        with open(arguments.page, "w", encoding="utf-8") as file:
            file.write(measured)
    else:
        with open(arguments.page, encoding="utf-8") as file:
            kept = file.read()
        if f"made by {arguments.compiler}." in kept:
            wrong += differences(kept, measured)
        else:
            print(f"{arguments.page} was made by another compiler than {arguments.compiler}: only the budgets are checked")
    if wrong:
        print("\n".join(f"chip-sizes: {line}" for line in wrong), file=sys.stderr)
        sys.exit(f"chip-sizes: if that is as it should be, `.ci/chip-check.sh DIR --write` writes {arguments.page} anew")


main()
