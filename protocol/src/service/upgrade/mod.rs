//! Firmware upgrade of many boards at once, as Espressif's `esp-now` component does it (v2.6: `espnow_ota_initiator.c`,
//! `espnow_ota_responder.c`), octet by octet.
//!
//! ```text
//!    initiator                                        every responder
//!    request            ── broadcast ──►              who is there?
//!                       ◄── unicast ────              info: version, project …
//!    join "OTA"         ── broadcast ──►
//!    status: which image── group or unicast ──►       another than runs: erase the other slot
//!                       ◄── unicast ────              status: written, and a page of 1600 packets' bits
//!    packets that anybody misses
//!                       ── group ──►                  write, set a bit, keep the record now and then
//!    status …           until all have all            whole? check, switch, restart, confirm
//! ```
//!
//! [`Responder`] is the board that is upgraded, [`Initiator`] the one that has the image. Each understands the component's other side.
//! [`InitiatorConfig::COMPONENT`] is the component's own algorithm; [`InitiatorConfig::THRIFTY`] sends less and asks in turn.
//!
//! # What it takes on the air
//!
//! A packet of 224 octets is a frame of 291, 2520 µs at 1 Mbit/s, and about 2615 µs with what lies between frames. 1 MiB is 4682
//! packets: 12.2 s, if nothing is lost. A packet has to be repeated until the last board has it: with `n` boards that lose a frame by
//! chance `p` each, Σ(1 − (1 − pᵏ)ⁿ) times, k from 0 on. For 50 boards and 10 % that is 2.44 times, 29.9 s. No way of sending packets
//! of the component's takes less. The demo `upgrade` shows this bound beside what is measured.
//!
//! # What survives
//!
//! Either the new image is whole and is the one that was announced, by its SHA-256, or the old one runs: see [`Responder`].

use crate::time::Duration;

mod bitmap;
mod code;
mod initiator;
mod layout;
mod responder;
mod wire;

pub use code::Code;
pub use initiator::{
    Asking, Copies, End, Found, Initiator, InitiatorConfig, InitiatorEvent, Source, StartError, Summary, Target,
    TargetState,
};
pub use layout::{LONGEST_PACKET, LONGEST_PAGE, Layout};
pub use responder::{Failure, Pages, Phase, RECORD_HEAD_LEN, Responder, ResponderConfig, ResponderEvent, TooLate};
pub use wire::{
    Answer, Command, INFO_DESCRIPTION_LEN, INFO_LEN, ImageId, Info, Malformed, PACKET_HEADER_LEN, Packet, STATUS_LEN,
    Status,
};

/// The shortest wait there is. Where one thing follows the other, as sectors when a slot is erased, messages and the application
/// have their turn in between.
const TURN: Duration = Duration::from_micros(1);
