//! What the firmware has to think about and needs no chip for, so that it is checked on a laptop:
//! `cargo test --no-default-features`.
//!
//! - [`arrival`]: when a message came, from the radio's 32 bits.
//! - [`sends`]: how frames fared, from a driver's calls that may be lost.
//! - [`heap`]: what may be on the heap at once.
//! - [`power`], [`country`]: how strongly and where the radio sends.
//! - [`strip`]: a strip's pixels, and whether they are clocked out in time.
//! - [`trial`]: when a new image is kept.
//! - [`keep`]: values under short names, in a partition of flash.
//! - [`invocation`]: which application to run, in words.
//!
//! The devices themselves are in the program, `main.rs`. None of it is ESP-NOW or an application: those are `protocol`'s.

#![no_std]

#[cfg(test)]
extern crate std;

pub mod arrival;
pub mod country;
pub mod heap;
pub mod invocation;
pub mod keep;
pub mod power;
pub mod sends;
pub mod strip;
pub mod trial;
