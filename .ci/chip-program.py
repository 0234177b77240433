#!/usr/bin/env python3
"""Reads the firmware that was linked for the ESP32-C3, and says what in it would fail on a chip.

Called by .ci/chip-check.sh. `--features CHIP=FILE` is what `cargo tree --prefix none --format '{p}|{f}'` says of a chip's build.
"""

import argparse
import re
import sys

import elf

# Where the C3's instructions lie in RAM: code that runs while the flash is written, or faster than the flash is read.
IRAM = range(0x4037_C000, 0x403E_0000)

# What has to lie there, as it is mangled; each is there at least once.
IN_RAM = {
    "esp-storage's access to the flash": r"esp_storage13chip_specific\d+spiflash_(?:read|write|erase_sector|erase_block|unlock)$",
    "the pulses' interrupt": r"esp_hal3rmt.*async_interrupt_handler$",
    "the pulses' refill": r"esp_hal3rmt6writer.*RmtWriter5write$",
    "the task that refills": r"esp_hal3rmtNtB\d+_8TxFuture.*Future4poll$",
}

# What keeps a board going, and is easily left out without any other test noticing: firmware's `main` has no test.
LINKED = {
    "a panic restarts the board": r"^custom_halt$",
    "an image on trial is kept by itself": r"13firmware_shim8firmware9end_trial$",
    "a radio that does not start restarts the board": r"13firmware_shim7restart18after_failed_start",
}

# The heap in the RAM that the boot loader leaves behind, as firmware-shim/src/heap.rs counts with it.
RECLAIMED = 64 * 1024

# The main stack at least, as firmware-shim/.cargo/config.toml asks the linker for it.
STACK = 64 * 1024
# A function's frame at most, and what the four largest have together: were each to call the next, there would be room for interrupts
# and for the rest.
FRAME = 24 * 1024
FRAMES, FRAMES_TOGETHER = 4, 48 * 1024

# For each crate: features that it must have, and must not.
FEATURES = {
    # A panic that is printed and restarts. Without `custom-halt` the handler loops with all interrupts off.
    "esp-backtrace": ({"panic-handler", "println", "custom-halt", "custom-pre-backtrace"}, {"halt-cores", "semihosting"}),
    # To the only socket that the boards have.
    "esp-println": ({"jtag-serial", "critical-section"}, {"auto", "uart", "no-op"}),
    # The flash is busy for whoever interrupts, and its code is away.
    "esp-storage": ({"critical-section"}, set()),
    # An exception is a panic.
    "esp-hal": ({"exception-handler"}, set()),
}


def slot_size(table):
    """Octets of the smaller slot in `partitions.csv`."""
    with open(table, encoding="utf-8") as file:
        rows = [[cell.strip() for cell in line.split(",")] for line in file if not line.startswith("#")]
    return min(int(row[4], 0) for row in rows if len(row) > 4 and row[1] == "app")


def frames(section):
    """Sizes of frames by address (LLVM, `-stack-size-section`)."""
    octets, at, found = section.octets, 0, {}
    while at + 4 < len(octets):
        address, size, shift = int.from_bytes(octets[at:at + 4], "little"), 0, 0
        at += 4
        while True:
            size |= (octets[at] & 0x7f) << shift
            shift += 7
            at += 1
            if not octets[at - 1] & 0x80:
                break
        found[address] = size
    return found


def faults_of_features(chip, file):
    with open(file, encoding="utf-8") as tree:
        lines = [line.strip().removesuffix(" (*)").split("|") for line in tree if "|" in line]
    for crate, (wanted, unwanted) in FEATURES.items():
        features = {name for package, names in lines if package.split(" ")[0] == crate for name in names.split(",")}
        if not features:
            yield f"{chip}: {crate} is not linked"
        for name in sorted(wanted - features):
            yield f"{chip}: {crate} lacks its feature `{name}`: see firmware-shim/Cargo.toml"
        for name in sorted(unwanted & features):
            yield f"{chip}: {crate} has the feature `{name}`: something turns it on; `cargo tree -e features -i {crate}`"


def faults_of_places(symbols):
    for what, pattern in IN_RAM.items():
        places = {name: address for name, address in symbols.items() if re.search(pattern, name)}
        if not places:
            yield f"{what}: no symbol matches {pattern}; has the crate changed its names?"
        for name, address in sorted(places.items()):
            if address not in IRAM:
                yield f"{what}: {name} lies at {address:#x}, which is in the flash"


def faults_of_parts(sections, symbols):
    for what, pattern in LINKED.items():
        if not any(re.search(pattern, name) for name in symbols):
            yield f"nothing shows that {what}: no symbol matches {pattern}"
    reclaimed = sum(section.size for section in sections if section.name == ".dram2_uninit")
    if reclaimed < RECLAIMED:
        yield f"the heap has {reclaimed} octets in the boot loader's RAM, and {RECLAIMED} are counted with"


def faults_of_stack(sections, symbols):
    stack = symbols["_stack_start_cpu0"] - symbols["_stack_end_cpu0"]
    print(f"main stack: {stack} octets")
    if stack < STACK:
        yield f"the main stack has {stack} octets, and {STACK} are asked for: something in RAM has grown"
    measured = [section for section in sections if section.name == ".stack_sizes"]
    if not measured:
        yield "no frame sizes: the program was built without -Zemit-stack-sizes"
        return
    functions = {address: name for name, address in symbols.items()}
    largest = sorted(((size, functions.get(address, hex(address))) for address, size in frames(measured[0]).items()), reverse=True)
    for size, name in largest[:FRAMES]:
        print(f"frame of {size:6} octets: {name}")
        if size > FRAME:
            yield f"{name} has a frame of {size} octets, at most {FRAME} are allowed: put what it holds into a static or in pieces"
    together = sum(size for size, _ in largest[:FRAMES])
    if together > FRAMES_TOGETHER:
        yield f"the {FRAMES} largest frames have {together} octets together, at most {FRAMES_TOGETHER} are allowed"


def faults_of_image(sections, slot):
    size = sum(section.size for section in sections if section.is_loaded)
    print(f"loaded: {size} of {slot} octets of a slot")
    # Headers, padding and the hash take less than a page more.
    if size + 4096 > slot:
        yield f"the image has {size} octets, and a slot has {slot}: leave applications out with APP=, or lay out partitions.csv anew"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--features", action="append", default=[], metavar="CHIP=FILE")
    parser.add_argument("--partitions", required=True)
    parser.add_argument("program")
    arguments = parser.parse_args()
    sections, symbols = elf.sections(arguments.program), elf.symbols(arguments.program)
    faults = []
    for chip in arguments.features:
        faults += faults_of_features(*chip.split("=", 1))
    faults += faults_of_places(symbols)
    faults += faults_of_parts(sections, symbols)
    faults += faults_of_stack(sections, symbols)
    faults += faults_of_image(sections, slot_size(arguments.partitions))
    if faults:
        sys.exit("\n".join(f"chip-program: {fault}" for fault in faults))


main()
