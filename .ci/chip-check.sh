#!/usr/bin/env bash
# Compiles `protocol` to the machine code of both chips, without an operating system, and weighs it.
#
#     .ci/chip-check.sh TOOLCHAIN_DIR
#
#     ESP32-C3   riscv32imc-unknown-none-elf, a target that rustc knows; no compare-and-swap
#     ESP32-S3   .ci/xtensa-esp32s3-none-elf.json: upstream LLVM knows Xtensa's instructions but not
#                the chip's name, so the target lists the instruction set's options
#
# TOOLCHAIN_DIR is set up on first use. Exit status 69: this system's packages have no such compiler.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

[[ $# -eq 1 ]] || { echo "usage: .ci/chip-check.sh TOOLCHAIN_DIR" >&2 && exit 1; }
toolchain=$(.ci/setup-toolchain.sh "$1")
eval "$toolchain"

# Apart from the host's: another compiler builds here.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/chips
# As small as firmware is built. One unit for each crate: how code is cut up must not show in its size.
export CARGO_PROFILE_RELEASE_OPT_LEVEL=s CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1 CARGO_PROFILE_RELEASE_DEBUG=false
# Machine code in the libraries, to be weighed: link-time optimisation leaves bitcode there.
export CARGO_PROFILE_RELEASE_LTO=false
# Panic messages name source files; a clone's own path must not show in its size either.
export CARGO_PROFILE_RELEASE_TRIM_PATHS=all

built() { echo "$CARGO_TARGET_DIR/$1/release"; }

build() {
    local target=$1 machine=$2 name
    name=$(basename "$target" .json)
    echo "--- $name"
    cargo build --locked --release -p protocol -p size-probe --target "$target" \
        -Zbuild-std=core,alloc -Zjson-target-spec -Ztrim-paths
    # The compiler must not have fallen back to another machine.
    readelf -h "$(built "$name")/libprotocol.rlib" | grep "Machine: *$machine" >/dev/null ||
        { echo "chip-check: libprotocol.rlib for $name is not code for $machine" >&2 && exit 1; }
}

# A row of the table from `size`, whose last line is the only one or the total.
row() {
    local what=$1 file=$2
    size --totals "$file" 2>/dev/null |
        awk -v what="$what" 'END { printf "%-56s %7d %7d %7d\n", what, $1, $2, $3 }'
}

# Links what the probe's functions that match the pattern reach, as a firmware's linker would, and
# weighs that. The allocator and the panic handler are the firmware's, so they stay unresolved.
linked_row() {
    local what=$1 pattern=$2 in roots
    in=$(built riscv32imc-unknown-none-elf)
    mapfile -t roots < <(nm --defined-only --extern-only --format=posix "$in/libsize_probe.rlib" 2>/dev/null |
        awk -v pattern="size_probe[0-9]+($pattern)\$" '$1 ~ pattern { print "--undefined=" $1 }')
    [[ ${#roots[@]} -gt 0 ]] || { echo "chip-check: the size probe has no $pattern" >&2 && exit 1; }
    rust-lld -flavor gnu -m elf32lriscv --entry=0 --gc-sections --strip-debug --unresolved-symbols=ignore-all \
        "${roots[@]}" "$in/libsize_probe.rlib" "$in"/deps/*.rlib -o "$in/probe.elf"
    row "$what" "$in/probe.elf"
}

build riscv32imc-unknown-none-elf RISC-V
build .ci/xtensa-esp32s3-none-elf.json 'Tensilica Xtensa'

echo "--- size in octets, opt-level s (for information)"
printf '%-56s %7s %7s %7s\n' '' text data bss
linked_row 'RISC-V, linked: parse a frame' parse
linked_row 'RISC-V, linked: endpoint with keys; bss is one Endpoint' 'start|transmit|take|ENDPOINT'
row 'RISC-V, the crate unlinked' "$(built riscv32imc-unknown-none-elf)/libprotocol.rlib"
row 'Xtensa, the crate unlinked' "$(built xtensa-esp32s3-none-elf)/libprotocol.rlib"
