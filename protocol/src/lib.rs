//! ESP-NOW as a `no_std`, sans-IO core.
//!
//! The rooms, from the application down to the octets:
//!
//! - [`app`]: applications, each an `async fn` over a board.
//! - [`board`]: the seam. What an application may ask of its board; a chip and a virtual board both offer it.
//! - [`espnow`]: the raw service, as the chip's driver implements it: peers, keys, channel rule, receive queue.
//! - [`frame`]: what is on the air: 802.11 action frames, vendor elements, CCMP, FCS.
//! - [`image`]: what a chip's boot loader starts, and what it says of itself.
//!
//! Beside them [`bridge`]: the serial line by which a board lends its antenna to a simulator; and [`driver`]: how far a chip's Wi-Fi driver
//! is believed.
//!
//! Nothing here has a clock, a task or a socket: time and random octets are arguments. `alloc` is used in one place, the
//! receive queue, whose size the application chooses.

#![no_std]

extern crate alloc;

pub mod app;
pub mod board;
pub mod bridge;
pub mod driver;
pub mod espnow;
pub mod frame;
pub mod image;
pub mod message;
pub mod node;
pub mod rate;
pub mod service;
pub mod time;

mod address;
mod channel;

pub use address::{MacAddress, ParseMacAddressError};
pub use channel::Channel;
pub use rate::Rate;
