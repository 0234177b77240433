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
//! of the component's takes less. The demo `upgrade` prints this bound beside what it took; seeds 1 to 3, 1 MiB, boards on a desk, 11.5 s
//! of it for erasing 256 sectors in all boards at once:
//!
//! | boards | loss | bound | thrifty | its initiator, the component's boards | all the component's |
//! |--:|--:|--:|--:|--:|--:|
//! | 50 | 0 | 12.2 s | 26.4–26.5 s | | |
//! | 50 | 10 % | 29.9 s | 46.6–46.7 s | 53.8–55.1 s | 64.9–73.3 s |
//! | 50 | 30 % | 51.9 s | 74.9–75.6 s | | 114–116 s |
//! | 10 | 10 % | 21.5 s | 35.6–35.9 s | | 41.4–51.6 s |
//! | 1 | 10 % | 13.6 s | 26.4 s | | 38.6–39.7 s |
//! | 50, packets at 11 Mbit/s | 10 % | 5.7 s | 22.2–22.5 s | | |
//!
//! The component's boards, which answer a scan within a few milliseconds, are not all found by it: 47 to 50 of 50.
//!
//! What [`Asking::Each`] saves is not the repetitions, of which the component needs few more, but the answers: asked as a group, 50
//! boards send 500 broadcasts of a page at once, most of which meet others; and if the initiator hears none of them in three
//! questions, it gives up. [`Copies::UpTo`] saves a second copy of everything where there are few boards or few losses.
//!
//! # What survives
//!
//! Either the new image is whole and is the one that was announced, by its SHA-256, or the old one runs: see [`Responder`].
//!
//! # Who is believed
//!
//! Plain, anybody: the SHA-256 of an image is announced by whoever sends it, and [`TargetState::Succeeded`] is what somebody said under a board's
//! address. [`ResponderConfig::security`] and [`InitiatorConfig::security`] hear only what is sealed under the application's key. Whether an image is
//! the maker's only a signature can tell, which the chip's boot loader checks (secure boot).

mod bitmap;
mod code;
mod initiator;
mod layout;
mod responder;
mod wire;

use crate::time::Duration;

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
