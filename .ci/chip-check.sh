#!/usr/bin/env bash
# Builds `protocol` and the firmware for both chips, and weighs them.
#
#     .ci/chip-check.sh TOOLCHAIN_DIR [--write]
#
#     ESP32-C3   riscv32imc-unknown-none-elf, a target that rustc knows; no compare-and-swap. The firmware is
#                linked, linted, read by .ci/chip-program.py, and made into an image whose checksum, hash and description
#                esptool checks. With espflash's boot loader and the partition table it is made into a whole flash,
#                which the project's parsers read.
#     ESP32-S3   .ci/xtensa-esp32s3-none-elf.json: upstream LLVM knows Xtensa's instructions but not the chip's
#                name, so the target lists the instruction set's options. `protocol` becomes machine code. The
#                firmware has inline assembly, which only Espressif's compiler knows for Xtensa; it is
#                type-checked with the S3's names on another machine's target, and linked where espup has
#                installed that compiler.
#
# The sizes are compared with firmware-shim/SIZES.md and its budgets; --write writes that page anew.
# TOOLCHAIN_DIR is set up on first use. Exit status 69: this system's packages have no such compiler.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

[[ $# -eq 1 || ($# -eq 2 && $2 == --write) ]] || { echo "usage: .ci/chip-check.sh TOOLCHAIN_DIR [--write]" >&2 && exit 1; }
# rustup's, if it is there: the toolchain for the chips has a cargo of its own.
rustup_cargo=$(command -v cargo || true)
readonly rustup_cargo
toolchain=$(.ci/setup-toolchain.sh "$1")
eval "$toolchain"

# Apart from the host's: another compiler builds here.
CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/chips
mkdir -p "$CARGO_TARGET_DIR"
CARGO_TARGET_DIR=$(cd "$CARGO_TARGET_DIR" && pwd)
export CARGO_TARGET_DIR
# The workspace's and the firmware's locks name other versions; their builds must not overwrite each other's.
readonly firmware_dir=$CARGO_TARGET_DIR/firmware
readonly riscv=riscv32imc-unknown-none-elf xtensa=xtensa-esp32s3-none-elf
readonly build_std=-Zbuild-std=core,alloc
# Panic messages name source files; a clone's own path must not show in a size.
export CARGO_PROFILE_RELEASE_TRIM_PATHS=all

# Ciphers that are small rather than fast: a message is short. As in firmware-shim/.cargo/config.toml.
readonly small='--cfg aes_backend="soft" --cfg aes_backend_soft="compact" --cfg sha2_backend="soft" --cfg sha2_backend_soft="compact"'

build_protocol() {
    local target=$1 machine=$2 name
    name=$(basename "$target" .json)
    mkdir -p "$CARGO_TARGET_DIR/$name/release"
    echo "--- protocol, $name"
    # As small as firmware is built; one unit for each crate: how code is cut up must not show in its size. Machine
    # code in the libraries, to be weighed: link-time optimisation would leave bitcode there.
    CARGO_PROFILE_RELEASE_OPT_LEVEL=s CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1 CARGO_PROFILE_RELEASE_DEBUG=false \
        CARGO_PROFILE_RELEASE_LTO=false RUSTFLAGS=$small cargo build --locked --release -p protocol -p size-probe \
        --target "$target" "$build_std" -Zjson-target-spec -Ztrim-paths --message-format=json-render-diagnostics \
        >"$CARGO_TARGET_DIR/$name/release/artifacts.json"
    # The compiler must not have fallen back to another machine.
    readelf -h "$CARGO_TARGET_DIR/$name/release/libprotocol.rlib" | grep "Machine: *$machine" >/dev/null ||
        { echo "chip-check: libprotocol.rlib for $name is not code for $machine" >&2 && exit 1; }
}

# In the firmware's directory, whose .cargo/config.toml has the linker's arguments.
firmware() {
    (cd firmware-shim && CARGO_TARGET_DIR=$firmware_dir "$@")
}

# Frame sizes go into a section of their own, which no chip gets.
readonly c3=(--locked --release --no-default-features --features esp32c3 --target "$riscv" "$build_std" -Ztrim-paths
    --config "target.$riscv.rustflags=[\"-Zemit-stack-sizes\"]")

# firmware_image APP: links the firmware for the C3 with one application, or with all for an empty name; prints where.
firmware_image() {
    local app=$1 elf=$firmware_dir/images/${1:-all}
    mkdir -p "$firmware_dir/images"
    if [[ -n $app ]]; then export APP=$app; else unset APP; fi
    # As it is built for the boards that one buys.
    unset PIXELS COUNTRY
    firmware cargo build --quiet "${c3[@]}" >&2
    cp "$firmware_dir/$riscv/release/firmware-shim" "$elf"
    echo "$elf"
}

check_s3() {
    local spec=$firmware_dir/check/$xtensa.json
    echo "--- firmware, type check for the ESP32-S3"
    mkdir -p "$(dirname "$spec")"
    "$RUSTC" -Zunstable-options --print target-spec-json --target thumbv7em-none-eabi >"$spec"
    RUSTFLAGS='--cfg target_arch="xtensa" -A explicit_builtin_cfgs_in_flags -D warnings' \
        firmware cargo check --locked --release --target "$spec" "$build_std" -Zjson-target-spec -Ztrim-paths
}

# Links the firmware for the S3 where Espressif's compiler is.
link_s3() {
    echo "--- firmware, link for the ESP32-S3"
    local tools=${ESPUP_EXPORT_FILE:-${HOME:-}/export-esp.sh} elf=$firmware_dir/images/s3
    if [[ ! -f $tools ]] || ! "$rustup_cargo" +esp --version >/dev/null 2>&1; then
        echo "skipped: Espressif's compiler is not installed (espup install)"
        return
    fi
    (
        # The compiler for the other chips is not to be seen.
        unset RUSTC RUSTDOC RUSTC_BOOTSTRAP LD_LIBRARY_PATH CARGO_PROFILE_RELEASE_TRIM_PATHS
        # shellcheck source=/dev/null
        . "$tools"
        firmware "$rustup_cargo" +esp build --locked --release --target "$xtensa" "$build_std"
    )
    cp "$firmware_dir/$xtensa/release/firmware-shim" "$elf"
    if [[ -x $firmware_dir/esptool/bin/esptool ]]; then
        "$firmware_dir/esptool/bin/esptool" --chip esp32s3 elf2image --flash-mode dio --flash-size 8MB -o "$elf.bin" "$elf" >/dev/null
        "$firmware_dir/esptool/bin/esptool" --chip esp32s3 image-info "$elf.bin" | grep 'Checksum: 0x.. (valid)'
    fi
}

# features CHIP: what each package is built with for a chip.
features() {
    firmware cargo tree --locked --no-default-features --features "$1" --target all --edges normal --prefix none --format '{p}|{f}'
}

check_program() {
    local elf=$1 chip arguments=()
    echo "--- firmware, the linked program for the ESP32-C3"
    for chip in esp32c3 esp32s3; do
        features "$chip" >"$firmware_dir/images/$chip.features"
        arguments+=(--features "$chip=$firmware_dir/images/$chip.features")
    done
    python3 .ci/chip-program.py "${arguments[@]}" --partitions firmware-shim/partitions.csv "$elf"
}

# espflash's boot loader for the C3, from the crate of the version that is named here; prints where.
boot_loader() {
    local crate=espflash-4.5.0 found
    # It downloads and unpacks the crate to look into it.
    (cd / && cargo info --quiet "${crate/-/@}" >/dev/null 2>&1) || true
    for found in "${CARGO_HOME:-${HOME:-}/.cargo}"/registry/src/*/"$crate"/resources/bootloaders/esp32c3-bootloader.bin; do
        [[ -f $found ]] || continue
        echo "$found"
        return
    done
}

# check_flash ESPTOOL IMAGE: a whole flash, as the two commands of firmware-shim/README.md leave it.
check_flash() {
    local tool=$1 image=$2 loader images=$firmware_dir/images
    echo "--- firmware, a whole flash for the ESP32-C3"
    loader=$(boot_loader)
    if [[ -z $loader ]]; then
        echo "skipped: espflash's boot loader can't be had here (crates.io)"
        return
    fi
    firmware cargo run --quiet --locked -Ztrim-paths --no-default-features --example partition-table >"$images/partitions.bin"
    "$tool" --chip esp32c3 merge-bin --format raw --flash-mode dio --flash-size 4MB -o "$images/flash.bin" \
        0x0 "$loader" 0x8000 "$images/partitions.bin" 0x10000 "$image" >/dev/null
    FLASH_IMAGE=$images/flash.bin firmware cargo test --quiet --locked -Ztrim-paths --no-default-features --test flash -- --include-ignored
}

# Needs Python and PyPI; says so where they are not.
check_image() {
    local elf=$1 tool=$firmware_dir/esptool image=$firmware_dir/images/all.bin
    echo "--- firmware, image for the ESP32-C3"
    if [[ ! -x $tool/bin/esptool ]]; then
        if ! { python3 -m venv "$tool" && "$tool/bin/pip" install --quiet 'esptool==5.6.0'; } >/dev/null 2>&1; then
            rm -rf "$tool"
            echo "skipped: esptool can't be had here (python3, venv and PyPI)"
            return
        fi
    fi
    "$tool/bin/esptool" --chip esp32c3 elf2image --flash-mode dio --flash-size 4MB -o "$image" "$elf" >/dev/null
    "$tool/bin/esptool" --chip esp32c3 image-info "$image" >"$image.txt"
    local expected
    for expected in 'Checksum: 0x.. (valid)' 'Validation hash: .* (valid)' 'Project name: firmware-shim' 'App version: 0\.1\.0'; do
        grep "$expected" "$image.txt" || { cat "$image.txt" && echo "chip-check: no \"$expected\" in the image" >&2 && exit 1; }
    done
    check_flash "$tool/bin/esptool" "$image"
}

build_protocol "$riscv" RISC-V
build_protocol ".ci/$xtensa.json" 'Tensilica Xtensa'

echo "--- firmware, lints and link for the ESP32-C3"
firmware cargo clippy "${c3[@]}" -- -D warnings
all=$(firmware_image '')
check_program "$all"
check_image "$all"
check_s3
link_s3

echo "--- sizes"
# The Wi-Fi driver is most of each: a few show how little an application adds, and links take their time.
images=("$all")
for app in hello-receiver light-lamp antenna; do images+=("$(firmware_image "$app")"); done
.ci/chip-sizes.py --mode="${2:-check}" --page firmware-shim/SIZES.md --compiler "$("$RUSTC" -V | cut -d' ' -f1-2)" \
    --riscv "$CARGO_TARGET_DIR/$riscv/release" --xtensa "$CARGO_TARGET_DIR/$xtensa/release" "${images[@]}"
