//! What is on the air.
//!
//! An ESP-NOW frame is an IEEE 802.11 management frame, subtype Action (ESP-IDF, "ESP-NOW", Frame Format):
//!
//! ```text
//!    24        1      3        4       7 + n    7 + n       4
//! ┌────────┬──────┬──────────┬────────┬─────────┬────────┬─────┐
//! │ header │  127 │ 18:fe:34 │ random │ element │ ...    │ FCS │     plain
//! └────────┴──────┴──────────┴────────┴─────────┴────────┴─────┘
//!    24         8        the same, encrypted        8       4
//! ┌────────┬─────────┬──────────────────────────┬─────┬─────┐
//! │ header │  CCMP   │ 127 ... last element     │ MIC │ FCS │        sealed
//! └────────┴─────────┴──────────────────────────┴─────┴─────┘
//!
//!             1      1         3       1       1          n ≤ 250
//!          ┌─────┬───────┬──────────┬──────┬─────────┬──────────────┐
//! element: │ 221 │ 5 + n │ 18:fe:34 │   4  │ version │ payload part │
//!          └─────┴───────┴──────────┴──────┴─────────┴──────────────┘
//!
//!             2         2         6      6      6        2
//!          ┌─────────┬──────────┬──────┬──────┬──────┬──────────┐
//! header:  │ control │ duration │  A1  │  A2  │  A3  │ sequence │
//!          └─────────┴──────────┴──────┴──────┴──────┴──────────┘
//! ```
//!
//! Outward: a [`Payload`] in an [`ActionFrame`] is emitted plain or sealed under a [`TemporalKey`], then the MAC
//! [`stamp`]s its own header fields and [`append_fcs`] ends the frame. Inward: [`check_fcs`], then [`Mpdu::parse`] gives
//! an [`Ack`], a [`Packet`] or a [`Sealed`] that [`Sealed::open`] turns into a [`Packet`]. What breaks a rule is refused
//! with a [`Refusal`].

mod ack;
mod action;
mod ccmp;
mod element;
mod fcs;
mod header;
mod mpdu;
mod octets;
mod packet;
mod payload;
mod refusal;
mod room;
mod sealed;
mod sequence;
mod version;

pub use ack::Ack;
pub use action::{ActionFrame, SealError};
pub use ccmp::{PacketNumber, TemporalKey};
pub use fcs::{FCS_LEN, append_fcs, check_fcs, fcs};
pub use header::{HEADER_LEN, Header, MacFields, stamp};
pub use mpdu::Mpdu;
pub use packet::{Packet, Segments};
pub use payload::{Payload, PayloadTooLong};
pub use refusal::Refusal;
pub use room::BufferTooSmall;
pub use sealed::Sealed;
pub use sequence::SequenceNumber;
pub use version::Version;
