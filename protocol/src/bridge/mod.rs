//! The serial line by which a board lends its antenna to a simulator.
//!
//! ```text
//!     simulator                                                    board
//!     Command ──► Host ──► frames ──► octets ═══ serial ═══ octets ──► frames ──► Antenna ──► Command
//!     Report  ◄── Host ◄── frames ◄── octets ═══  line  ═══ octets ◄── frames ◄── Antenna ◄── Report
//! ```
//!
//! [`Host`] and [`Antenna`] are the two ends, sans-IO: octets and the time go in, messages and octets come out.
//! [`app::antenna`](crate::app::antenna) is the application that runs an [`Antenna`] on a board.
//!
//! # Octets
//!
//! A frame is encoded with COBS (Cheshire and Baker, "Consistent Overhead Byte Stuffing", 1999), so that no octet in it
//! is zero, and has a zero on either side. The first zero ends whatever garbage came before: a boot loader's greeting,
//! half a frame. Zeros in a row are nothing. Numbers are little-endian; the check is the CRC-32 of IEEE 802.3 over all
//! before it.
//!
//! ```text
//!                1       4       4    4        n       4
//!             ┌──────┬─────────┬────┬─────┬─────────┬─────┐
//!    data     │ kind │ session │ no │ ack │ message │ CRC │      n ≤ 1492
//!             └──────┴─────────┴────┴─────┴─────────┴─────┘
//!                1       4       4     1       4
//!             ┌──────┬─────────┬─────┬──────┬─────┐
//!    ack      │ kind │ session │ ack │ gap  │ CRC │
//!             └──────┴─────────┴─────┴──────┴─────┘
//!                1        1        4      4
//!             ┌──────┬─────────┬───────┬─────┐
//!    open     │ kind │ version │ nonce │ CRC │
//!             └──────┴─────────┴───────┴─────┘
//!                1        1        4       4        6         1        4
//!             ┌──────┬─────────┬───────┬─────────┬─────────┬─────────┬─────┐
//!    opened   │ kind │ version │ nonce │ session │ address │ channel │ CRC │
//!             └──────┴─────────┴───────┴─────────┴─────────┴─────────┴─────┘
//! ```
//!
//! | kind | host to antenna | antenna to host |
//! |---|---|---|
//! | open | `01` | |
//! | opened | | `81` |
//! | data | `02` | `82` |
//! | ack | `03` | `83` |
//!
//! The highest bit tells the direction, so that a line which echoes harms nobody.
//!
//! # Sessions
//!
//! The host opens with a nonce of its own, every quarter of a second until it is answered. The antenna answers with the
//! session's name. For a nonce it has answered last it gives the same name again; for any other it begins a new
//! session, whose name is the last one's plus one. The first is drawn at random when the antenna starts. All else
//! carries the session's name, and of another session nothing is taken: the antenna answers such a frame with an ack
//! that has its own session's name, by which a host learns that the board was started anew. Either end takes silence of
//! three seconds for the end of the session. The host then opens another one, with another nonce.
//!
//! # Reliability
//!
//! Each end numbers its data from 0 and keeps up to [`WINDOW`] of them until they are acknowledged: `ack` is the number
//! expected next. Only that one is taken; for others the ack is said again. A frame that came broken or out of turn is
//! answered with `gap` set, every 50 ms at most, and the other end goes back to it at once (HDLC's REJ, ISO/IEC 13239).
//! If that is lost too, the other end goes back after a timeout of 100 ms, doubled up to 800 ms while nothing gets
//! through. Numbers do not wrap: a session ends before.
//!
//! So a message is delivered once and in order, or its session ends. A command whose session ended may have been
//! carried out or not, but never twice: nobody sends it again.
//!
//! # Messages
//!
//! See [`Command`] and [`Report`]. Every `Send` is answered by a `Sent` with its ticket, every `SetChannel` by a
//! `Tuned`; at most [`WINDOW`] commands may be unanswered at a time, as the antenna keeps no more. It says how it is
//! (`Status`) every second, which is the line's heartbeat.

mod antenna;
mod conversation;
mod deframer;
mod frame;
mod host;
mod message;
mod wire;

pub use antenna::Antenna;
pub use deframer::LineStatistics;
pub use host::{Ended, Greeting, Host, HostEvent};
pub use message::{Command, Malformed, Report, SendOutcome, Status};

use crate::time::Duration;

/// The version of this protocol. Both ends must speak the same.
pub const VERSION: u8 = 1;

/// Messages on the way at a time, in each direction; commands without an answer.
pub const WINDOW: usize = 4;

/// Octets of the longest message: a [`Report::Received`] with a full payload.
pub const MAX_MESSAGE: usize = 22 + crate::espnow::Version::V2.max_payload();

/// Octets of the longest frame on the line, its zeros included.
pub const MAX_FRAME: usize = cobs::max_encoding_length(frame::MAX_BODY + deframer::CHECK_LEN) + 2;

/// How often the antenna says how it is.
pub const STATUS_EVERY: Duration = Duration::from_secs(1);

/// A session in which nothing was heard for so long is over.
pub const SILENCE: Duration = Duration::from_secs(3);
