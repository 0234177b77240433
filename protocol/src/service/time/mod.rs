//! One time for all boards: the component's time synchronisation, and a more precise one within its messages.
//!
//! ```text
//!   initiator                                          responder
//!      │ ◄──────────── request ×3 (when it likes) ───────│      after deep sleep, say
//!      │──────────── broadcast(timestamp) ×3 ──────────► │      offset = timestamp − own time,
//!      │                 …every sync interval            │      if it was wrong by more than 100 ms
//! ```
//!
//! That is the component: good for log lines. The timestamp is taken when the message is made; then come the host, the wait for the air,
//! repetitions, the frame itself: a millisecond at the least, tens where the air is crowded. [`Discipline::Line`] does better in two ways,
//! and finds out by itself which one an initiator allows:
//!
//! - **One-step**, with any initiator, Espressif's too: what a message takes at the least is known (host and airtime,
//!   [`one_step_latency`]), whatever it took longer makes it late. Nothing is early, so the line above the last 16 readings is the
//!   clock.
//! - **Two-step**, if the initiator does it ([`InitiatorConfig::two_step`]): each message says when the one before it left the antenna. Both
//!   boards saw that moment, and neither host nor contention is part of it. A broadcast is three such messages instead of three repetitions: the
//!   same airtime, and the component's responders take them as they take its own.
//!
//! ```text
//!   #7 timestamp ─── host ─ contention ─ ▓▓▓▓▓▓▓│◄─ sent_us ─┐  #8 (follow-up: #7 was sent at sent_us)
//!                                         frame │◄─ at        ├─►  reading: sent_us − at
//!                                               └────────────┘
//! ```
//!
//! Either way the line's slope is what the two crystals differ, so that a clock stays right between messages: ±10 ppm each would be 20 µs
//! in every second.
//!
//! What is left out: how long forwarded messages took is not known, so they are no readings. One-step readings are all late where
//! something else on the air keeps the initiator's very period; then they are wrong by what that takes.
//!
//! A plain time is believed, whoever says it. [`ResponderConfig::security`] believes only what is sealed under the application's key; a sealed
//! message that was recorded tells an old time, until [`Guarded`](crate::service::security::Guarded) refuses what was said before.

mod initiator;
mod line;
mod packet;
mod responder;

pub use initiator::{Initiator, InitiatorConfig};
pub use packet::{FOLLOW_UP_PACKET_LEN, FollowUp, NotAPacket, PACKET_LEN, Packet, PacketOctets, PacketType};
pub use responder::{Discipline, Event, Responder, ResponderConfig};

use crate::Rate;
use crate::message::{FrameHead, HEADER_LEN};
use crate::time::Duration;

/// `max_drift_ms` unless told otherwise.
pub const DEFAULT_MAX_DRIFT_MS: u32 = 100;

/// How often the component sends a time message (`retransmit_count`).
const REPETITIONS: u8 = 3;

/// The time that an ESP32's driver takes for a frame before it contends: what a board manages at 54 Mbit/s, where the driver is the
/// limit, gives 260 µs a frame.
pub const HOST_LATENCY: Duration = Duration::from_micros(260);

/// MAC header, vendor element and FCS around a raw payload.
const FRAME_OVERHEAD: usize = 43;

/// From the timestamp of a one-step message to its arrival, at least: host and the frame at `rate`. Air that has been idle for a while
/// is not waited for.
#[must_use]
pub fn one_step_latency(rate: Rate, host: Duration) -> Duration {
    host + rate.airtime(FRAME_OVERHEAD + HEADER_LEN + PACKET_LEN)
}

/// How time messages travel: to everybody, three times.
const fn head(security: bool) -> FrameHead {
    FrameHead {
        retransmit_count: REPETITIONS,
        security,
        ..FrameHead::BROADCAST
    }
}

mod unix {
    /// 1 January 2020, the component's sign of a clock that somebody has set.
    const REFERENCE_S: i64 = 1_577_808_000;

    /// Whether a UTC time in µs is that of a clock that was set.
    pub(super) const fn is_set(utc_us: i64) -> bool {
        utc_us / 1_000_000 > REFERENCE_S
    }
}
