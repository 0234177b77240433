#!/usr/bin/env bash
# Puts a Rust compiler that can build for the ESP32 chips into a directory of its own, from Debian's
# packages. Neither the system nor rustup is touched.
#
#     eval "$(.ci/setup-toolchain.sh DIR)"
#
# Standard output is the shell code that selects the toolchain, kept in DIR/env.sh too; progress goes
# to standard error. A second run is cheap and changes nothing while what is in DIR works; UPGRADE=1
# replaces it with the newest version that the package lists offer.
#
# The packages are rustc-web, Debian's current rustc (its LLVM has the Xtensa back end), cargo-web,
# rust-web-clippy, and rust-web-src: the library sources that `-Zbuild-std` compiles for the chip. All
# come from one source package, so compiler and library sources match.
#
# Exit status: 0 done; 69 this system's packages can't provide it; anything else is a failure.
set -euo pipefail

readonly packages=(rustc-web cargo-web rust-web-clippy rust-web-src)
# The first LLVM whose Xtensa back end compiles `core` and `alloc`.
readonly oldest_llvm=22
readonly unavailable=69

say() { printf 'setup-toolchain: %s\n' "$*" >&2; }
die() {
    say "$*"
    exit 1
}
give_up() {
    say "$*"
    exit "$unavailable"
}

[[ $# -eq 1 ]] || die "usage: setup-toolchain.sh DIR"
for tool in apt-get apt-cache dpkg dpkg-deb; do
    command -v "$tool" >/dev/null || give_up "no $tool: this needs Debian"
done
for tool in cc flock ldd; do
    command -v "$tool" >/dev/null || die "$tool is not on the PATH"
done

mkdir -p "$1"
dir=$(cd "$1" && pwd -P)
root=$dir/root
libraries=$root/usr/lib/$(dpkg --print-architecture | sed 's/^amd64$/x86_64/; s/^arm64$/aarch64/')-linux-gnu

# One set-up at a time: several clones may share DIR.
exec 9>"$dir/.lock"
flock 9

candidate() {
    apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: //p' | grep -vxF '(none)'
}

refresh_lists() {
    local as_root=()
    [[ $EUID -eq 0 ]] || as_root=(sudo -n)
    say "updating the package lists"
    "${as_root[@]}" apt-get update -qq >&2
}

# What has to be unpacked, as PACKAGE=VERSION: the packages and the libraries they need that this
# system lacks. apt works it out; nothing is installed.
closure() {
    local wanted
    wanted=$(printf '^(%s|lib.*)$' "$(IFS='|' && echo "${packages[*]}")")
    apt-get install --simulate --no-install-recommends "${packages[@]}" 2>&1 |
        awk -v wanted="$wanted" '$1 == "Inst" && $2 ~ wanted {
            version = ($3 ~ /^\[/) ? $4 : $3; sub(/^\(/, "", version); print $2 "=" version }'
}

download() {
    local into=$1
    shift
    # As root, apt would fetch as a user who can't write here, and warn about it.
    (cd "$into" && apt-get download -qq -o APT::Sandbox::User=root -o Acquire::Retries=3 "$@" >&2)
}

unpack() {
    local archive=$1 into=$2
    case ${archive##*/} in
        # Of the compiler's sources only the standard library is needed: a tenth of the whole.
        rust-web-src_*) dpkg-deb --fsys-tarfile "$archive" |
            tar -x -C "$into" --wildcards './usr/lib/rustlib/src/*' './usr/src/rustc-*/library/*' ;;
        *) dpkg-deb -x "$archive" "$into" ;;
    esac
}

missing_libraries() {
    local binary
    for binary in "$root"/usr/bin/{rustc,cargo,clippy-driver} "$libraries"/librustc_driver-*.so; do
        [[ -e $binary ]] || continue
        LD_LIBRARY_PATH=$libraries ldd "$binary" | awk '/=> not found/ { print $1 }'
    done | sort -u
}

# A field of `rustc -vV`: `release` or `LLVM version`.
compiler() {
    LD_LIBRARY_PATH=$libraries "$root/usr/bin/rustc" -vV | sed -n "s/^$1: //p"
}

# Why the toolchain in DIR does not work; nothing if it does.
fault() {
    local release lacking
    [[ -x $root/usr/bin/rustc && -x $root/usr/bin/cargo ]] || { echo "not installed" && return; }
    lacking=$(missing_libraries)
    [[ -z $lacking ]] || { echo "libraries not found:" "$lacking" && return; }
    release=$(compiler release) || { echo "rustc does not run" && return; }
    [[ -f $root/usr/lib/rustlib/src/rust/library/core/src/lib.rs ]] ||
        { echo "no library sources for rustc $release" && return; }
    [[ $(readlink "$root/usr/lib/rustlib/src/rust") == *"rustc-$release" ]] ||
        { echo "the library sources are not those of rustc $release" && return; }
}

# rustup ships rust-lld beside its compiler; Debian's lld is the same program.
link_linker() {
    local sysroot lld
    # Outside the project, so that no override of its own applies.
    sysroot=$(unset RUSTUP_TOOLCHAIN && cd / && rustc --print sysroot 2>/dev/null) || sysroot=
    for lld in "$sysroot"/lib/rustlib/*/bin/rust-lld "$(command -v lld || true)" /usr/bin/lld-[0-9]*; do
        if [[ -x $lld ]]; then
            mkdir -p "$dir/bin"
            ln -sfn "$lld" "$dir/bin/rust-lld"
            return
        fi
    done
    die "no rust-lld: install rustup's toolchain or Debian's lld"
}

install_toolchain() {
    local wanted fresh archive
    [[ -n $(candidate rustc-web) ]] || refresh_lists
    [[ -n $(candidate rustc-web) ]] || give_up "the package lists have no rustc-web"
    fresh=$dir/root.new
    rm -rf "$fresh" "$dir/packages"
    mkdir -p "$fresh" "$dir/packages"
    mapfile -t wanted < <(closure)
    [[ ${#wanted[@]} -gt 0 ]] || give_up "apt cannot resolve ${packages[*]}"
    say "downloading ${wanted[*]}"
    if ! download "$dir/packages" "${wanted[@]}"; then
        # The lists may name a version that a security update has since replaced.
        refresh_lists
        mapfile -t wanted < <(closure)
        download "$dir/packages" "${wanted[@]}"
    fi
    for archive in "$dir"/packages/*.deb; do unpack "$archive" "$fresh"; done
    rm -rf "$root" "$dir/packages"
    mv "$fresh" "$root"
    printf '%s\n' "${wanted[@]}" >"$dir/packages.txt"
}

reason=$(fault)
if [[ -n $reason || ${UPGRADE:-0} == 1 ]]; then
    say "${reason:-upgrading}"
    install_toolchain
    reason=$(fault)
    [[ -z $reason ]] || die "$reason"
fi
llvm=$(compiler 'LLVM version')
[[ ${llvm%%.*} -ge $oldest_llvm ]] ||
    give_up "the package lists offer a rustc with LLVM $llvm; Xtensa needs $oldest_llvm, which Debian's security updates have"
link_linker

# RUSTC_BOOTSTRAP turns on the unstable flags (-Zbuild-std, JSON targets) of a release compiler.
cat >"$dir/env.sh" <<ENVIRONMENT
export PATH='$dir/bin:$root/usr/bin':"\$PATH"
export LD_LIBRARY_PATH='$libraries'
export RUSTC='$root/usr/bin/rustc' RUSTDOC='$root/usr/bin/rustdoc' RUSTC_BOOTSTRAP=1
unset RUSTUP_TOOLCHAIN RUSTC_WRAPPER RUSTC_WORKSPACE_WRAPPER CARGO
ENVIRONMENT
say "rustc $(compiler release), LLVM $llvm, in $dir"
cat "$dir/env.sh"
