//! What is below Rust's standard library when the core's tests run on an emulated chip's processor.
//!
//! ```text
//!    cargo's test programs, unchanged        protocol's unit tests, vectors, laws
//!    std, built for "zkvm"                   a machine without system: all it wants are the functions here
//!    this crate                              start, memory, output, end, by system calls of Linux
//!    qemu-riscv32                            executes RV32IMC, the ESP32-C3's instructions, and passes the calls on
//! ```
//!
//! The chips have no `std`, and need none: what is tested is the code that `no_std` crates compile to. The standard library's
//! own port for such a machine (`library/std/src/sys/pal/zkvm/abi.rs` has the list) saves a test harness of our own, and
//! with it every doubt whether that harness runs the same tests. Nothing here is part of the project's libraries.
//!
//! On any other machine this crate is empty.

#![cfg(target_os = "zkvm")]
#![no_std]
#![allow(clippy::missing_safety_doc, reason = "the standard library knows how it calls them")]

use core::arch::{asm, global_asm};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed};

/// Linux's numbers for RISC-V (`asm-generic/unistd.h`).
const WRITE: usize = 64;
const EXIT_GROUP: usize = 94;
const BRK: usize = 214;

/// What a test harness exits with if a test panicked.
const PANICKED: usize = 101;

/// Memory is asked for by so much.
const HEAP_STEP: usize = 1 << 20;

/// What the system left on the stack: argc, then argv.
static ARGUMENTS: AtomicUsize = AtomicUsize::new(0);
static HEAP_NEXT: AtomicUsize = AtomicUsize::new(0);
static HEAP_END: AtomicUsize = AtomicUsize::new(0);
/// Any number but 0: runs are to be alike.
static RANDOM: AtomicU32 = AtomicU32::new(0x2545_f491);

unsafe extern "C" {
    /// The test program's, made by the compiler.
    fn main(argc: isize, argv: *const *const u8) -> isize;
}

global_asm!(
    ".globl _start",
    "_start:",
    ".option push",
    ".option norelax",
    "la gp, __global_pointer$",
    ".option pop",
    "mv a0, sp",
    "andi sp, sp, -16",
    "call {begin}",
    begin = sym begin
);

unsafe extern "C" fn begin(stack: *const usize) -> ! {
    ARGUMENTS.store(stack as usize, Relaxed);
    let status = unsafe { main(*stack as isize, stack.add(1).cast()) };
    exit(status as usize)
}

unsafe fn system_call(number: usize, arguments: [usize; 3]) -> usize {
    let [first, second, third] = arguments;
    let result;
    unsafe {
        asm!("ecall", in("a7") number, inlateout("a0") first => result, in("a1") second, in("a2") third);
    }
    result
}

fn exit(status: usize) -> ! {
    loop {
        unsafe { system_call(EXIT_GROUP, [status, 0, 0]) };
    }
}

#[unsafe(no_mangle)]
extern "C" fn sys_halt() -> ! {
    exit(PANICKED)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn sys_panic(message: *const u8, length: usize) -> ! {
    unsafe { sys_write(2, message, length) };
    exit(PANICKED)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn sys_write(descriptor: u32, octets: *const u8, length: usize) {
    let mut written = 0;
    while written < length {
        let rest = [descriptor as usize, octets as usize + written, length - written];
        // Errors are negative.
        match unsafe { system_call(WRITE, rest) } as isize {
            count @ 1.. => written += count as usize,
            _ => return,
        }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn sys_log(message: *const u8, length: usize) {
    unsafe { sys_write(2, message, length) };
}

/// Nothing is ever typed.
#[unsafe(no_mangle)]
extern "C" fn sys_read(_: u32, _: *mut u8, _: usize) -> usize {
    0
}

/// There is no environment.
#[unsafe(no_mangle)]
extern "C" fn sys_getenv(_: *mut u32, _: usize, _: *const u8, _: usize) -> usize {
    usize::MAX
}

#[unsafe(no_mangle)]
extern "C" fn sys_argc() -> usize {
    unsafe { *(ARGUMENTS.load(Relaxed) as *const usize) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn sys_argv(buffer: *mut u32, words: usize, index: usize) -> usize {
    let argv = (ARGUMENTS.load(Relaxed) + size_of::<usize>()) as *const *const u8;
    let argument = unsafe { *argv.add(index) };
    let mut length = 0;
    loop {
        let octet = unsafe { argument.add(length).read() };
        if octet == 0 {
            return length;
        }
        if length < words * size_of::<u32>() {
            unsafe { buffer.cast::<u8>().add(length).write(octet) };
        }
        length += 1;
    }
}

/// xorshift32 (Marsaglia, 2003).
#[unsafe(no_mangle)]
unsafe extern "C" fn sys_rand(buffer: *mut u32, words: usize) {
    for index in 0..words {
        let mut number = RANDOM.load(Relaxed);
        number ^= number << 13;
        number ^= number >> 17;
        number ^= number << 5;
        RANDOM.store(number, Relaxed);
        unsafe { buffer.add(index).write(number) };
    }
}

#[unsafe(no_mangle)]
extern "C" fn sys_alloc_words(words: usize) -> *mut u32 {
    sys_alloc_aligned(words * size_of::<u32>(), align_of::<u32>()).cast()
}

/// Nothing is ever given back: a program of tests is short.
#[unsafe(no_mangle)]
extern "C" fn sys_alloc_aligned(octets: usize, align: usize) -> *mut u8 {
    if HEAP_END.load(Relaxed) == 0 {
        let start = unsafe { system_call(BRK, [0; 3]) };
        HEAP_NEXT.store(start, Relaxed);
        HEAP_END.store(start, Relaxed);
    }
    let start = HEAP_NEXT.load(Relaxed).next_multiple_of(align);
    let Some(end) = start.checked_add(octets) else {
        return null_mut();
    };
    if end > HEAP_END.load(Relaxed) {
        let wanted = end.next_multiple_of(HEAP_STEP);
        if unsafe { system_call(BRK, [wanted, 0, 0]) } < wanted {
            return null_mut();
        }
        HEAP_END.store(wanted, Relaxed);
    }
    HEAP_NEXT.store(end, Relaxed);
    start as *mut u8
}
