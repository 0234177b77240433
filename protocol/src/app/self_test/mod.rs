//! What of two boards works as it should: the first thing to run on new ones.
//!
//! ```text
//!    initiator                                        responder
//!    hello, to everybody                 ──────────►
//!                                        ◄──────────  welcome
//!    at each rate, in three lengths:
//!      a message, acknowledged           ──────────►
//!                                        ◄──────────  the same again, acknowledged
//!      messages to everybody             ──────────►  counts them
//!    how many?                           ──────────►
//!                                        ◄──────────  so many
//!    sleep by wake windows               ──────────►  does, and counts what it hears then
//!    flash, pixels, button: by itself
//! ```
//!
//! Each finding is a line: as expected, or what was found and what was expected. What is expected is what virtual boards do a metre apart
//! ([`expected`]); a test of the simulator holds the two together. Pixels are for the one who looks at them.

pub mod expected;

mod devices;
mod initiator;
mod link;
mod message;
mod responder;
mod sheet;

pub use initiator::initiator;
pub use responder::responder;

use crate::board::WakeWindow;
use crate::espnow::Version;
use crate::time::Duration;

/// Octets of messages: short ones, and the longest of both versions of ESP-NOW.
pub const LENGTHS: [usize; 3] = [16, Version::V1.max_payload(), Version::V2.max_payload()];

/// Messages of each length at each rate, and messages to everybody.
pub const MESSAGES: u16 = 20;

/// How the responder sleeps.
const WINDOW: WakeWindow = match WakeWindow::new(100, 25) {
    Some(window) => window,
    // Neither is 0.
    None => unreachable!(),
};

/// For how long it sleeps: the calls take less.
const ASLEEP: Duration = Duration::from_secs(3);

/// Calls while it sleeps.
const CALLS: u16 = 100;

/// From one call to the next. It shares no factor with the interval's 100 ms, so that the calls come at all times of an interval alike.
const CALL_EVERY: Duration = Duration::from_millis(23);

const _: () = assert!(CALL_EVERY.as_millis() * (CALLS as u128) < ASLEEP.as_millis());
