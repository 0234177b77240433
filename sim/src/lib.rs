//! A desk full of virtual ESP32 boards that talk ESP-NOW.
//!
//! The rooms, from the inside out:
//!
//! - [`kernel`]: virtual time, the queue of events, tasks, random numbers.
//! - [`medium`]: who hears what.
//! - [`station`]: the 802.11 MAC of a board.
//! - [`board`]: the virtual hardware under an application.
//! - [`lab`]: all of them as one run.
//! - [`observe`]: what can be seen of a run.

pub mod board;
pub mod demo;
pub mod kernel;
pub mod lab;
pub mod log;
pub mod medium;
pub mod observe;
pub mod station;

mod advice;
