//! A desk full of virtual ESP32 boards that talk ESP-NOW.
//!
//! The rooms, from the inside out:
//!
//! - [`kernel`]: virtual time, the queue of events, tasks, random numbers.
//! - [`medium`]: who hears what.
//! - [`station`]: the 802.11 MAC of a board.
//! - [`board`]: the virtual hardware under an application.
//! - [`lab`]: all of them as one run.
//! - [`observe`]: what can be seen of a run. [`record`] writes it down, [`replay`] shows it again.
//! - [`screen`]: the live view in a terminal.
//! - [`scenario`]: runs described, in Rust or in files.
//! - [`sweep`]: many runs, a row each.
//! - [`demo`]: the runs that come with the simulator.
//! - [`harness`]: testing: expectations judged, many seeds, a run in a test's hands.
//! - `external`: boards whose programs are processes of their own: MicroPython, Python.
//! - [`host`]: tokio, which paces a run against the wall clock and listens to keys and signals.
//! - [`capture`]: reading captures, of virtual and of real boards. [`decode`] explains their frames.
//! - `intake`: what comes in from files, up to a limit. `legible`: what goes out to people, escaped.
//! - [`cli`]: the command line.

pub mod board;
pub mod bridge;
pub mod capture;
pub mod cli;
pub mod decode;
pub mod demo;
#[cfg(unix)]
pub mod external;
pub mod harness;
pub mod host;
pub mod kernel;
pub mod lab;
pub mod log;
pub mod medium;
pub mod observe;
pub mod pace;
pub mod record;
pub mod replay;
pub mod scenario;
pub mod screen;
pub mod station;
pub mod sweep;

mod advice;
mod intake;
mod legible;
mod outlet;
#[cfg(unix)]
mod own_folder;
#[cfg(unix)]
mod pty;
mod signals;
mod temporary;
mod undo;

/// The README's example is compiled and run with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

/// So are the guide's.
#[cfg(doctest)]
#[doc = include_str!("../GUIDE.md")]
struct Guide;
