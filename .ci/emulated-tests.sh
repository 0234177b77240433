#!/usr/bin/env bash
# Runs the core's tests (units, vectors, laws, endpoints) as the ESP32-C3's instructions, under emulation.
#
#     .ci/emulated-tests.sh TOOLCHAIN_DIR
#
# The test programs are cargo's own, built for RV32IMC with the standard library that .ci/emulator-runtime
# carries; qemu-riscv32 of Debian's qemu-user executes them. Their random numbers begin the same every time.
#
# TOOLCHAIN_DIR is set up on first use. Exit status 69: this system's packages have no such compiler.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

[[ $# -eq 1 ]] || { echo "usage: .ci/emulated-tests.sh TOOLCHAIN_DIR" >&2 && exit 1; }
command -v qemu-riscv32 >/dev/null || { echo "emulated-tests: no qemu-riscv32: install qemu-user" >&2 && exit 1; }
toolchain=$(.ci/setup-toolchain.sh "$1")
eval "$toolchain"

# Apart from the host's: another compiler builds here.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/chips
mkdir -p "$CARGO_TARGET_DIR"
CARGO_TARGET_DIR=$(cd "$CARGO_TARGET_DIR" && pwd)
# Emulation is slow enough; overflows are to be noticed all the same.
export CARGO_PROFILE_DEV_OPT_LEVEL=1 CARGO_PROFILE_DEV_DEBUG=false

readonly name=riscv32imc-emulated
build=(--locked --target ".ci/$name.json" -Zjson-target-spec
    -Zbuild-std="core,alloc,std,panic_abort,test" -Zbuild-std-features=compiler-builtins-mem)
export CARGO_TARGET_RISCV32IMC_EMULATED_RUNNER=qemu-riscv32
readonly runtime=$CARGO_TARGET_DIR/$name/debug/libemulator_runtime.rlib
# The C3 has no atomic instructions; one thread needs none. The runtime's own build links nothing, so that it can have the
# same flags, and the standard library is built once.
flags="'-Cpasses=lower-atomic','-Clink-arg=--entry=_start','-Clink-arg=$runtime'"
build+=(--config "target.$name.rustflags=[$flags]")

cargo build -p emulator-runtime "${build[@]}"
# Unit tests, vectors, and the laws of single formats and machines. The services' laws let whole airs of boards run for hours of virtual
# time, which takes as long emulated as it sounds.
tests=()
for test in vectors message_vectors frame_laws message_laws refusals endpoint endpoint_encryption endpoint_laws secured_payloads image; do
    tests+=(--test "$test")
done
cargo test -p protocol --lib "${tests[@]}" "${build[@]}" -Zpanic-abort-tests
