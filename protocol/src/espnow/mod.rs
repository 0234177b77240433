//! The raw service, as the chip's driver implements it.
//!
//! ```text
//!    send(peer, data) ──► checks: initialised, length, peer, interface, channel, room in the MAC's queue
//!                         ──► seals if the peer has a key ──► MPDU for the MAC
//!    handle_sent(ack) ──► the account, and what `send` returns to the application
//!    handle_frame     ──► filters: for this board or a group, key, packet number, length, room in the queue
//!                         ──► receive queue ──► receive(buffer)
//! ```
//!
//! [`Endpoint`] is the whole of it. Where the facts are from: ESP-IDF's [ESP-NOW page] and `esp_now.h`, and frames
//! captured from chips.
//!
//! [ESP-NOW page]: https://docs.espressif.com/projects/esp-idf/en/stable/esp32s3/api-reference/network/esp_now.html

mod config;
mod endpoint;
mod error;
mod peer;
mod peers;
mod queue;
mod statistics;

pub use crate::frame::Version;
pub use config::{Config, LongFrames, Replays, Unencrypted};
pub use endpoint::Endpoint;
pub use error::Error;
pub use peer::{Interface, Key, MAX_ENCRYPTED_PEERS, MAX_PEERS, Peer};
pub use queue::{DEFAULT_RECEIVE_BUFFER, queue_octets};
pub use statistics::Statistics;

use core::fmt;

use crate::frame::{PacketNumber, Refusal};
use crate::time::Instant;
use crate::{MacAddress, Rate};

/// A frame for the MAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Octets of MPDU in the caller's buffer, without FCS.
    pub length: usize,
    /// The rate to send it at.
    pub rate: Rate,
    /// Its packet number, if it is encrypted.
    pub packet_number: Option<PacketNumber>,
}

/// How the MAC fared with a frame (`esp_now_send_status_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// `ESP_NOW_SEND_SUCCESS`: the peer's MAC acknowledged, or the destination is a group address and the frame was
    /// sent.
    Acknowledged,
    /// `ESP_NOW_SEND_FAIL`: no acknowledgement came to any attempt.
    Unacknowledged,
}

/// What came with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// Who sent it.
    pub source: MacAddress,
    /// To whom: this board or a group.
    pub destination: MacAddress,
    /// Octets of payload, which may be more than the caller's buffer took.
    pub length: usize,
    /// Signal strength in dBm.
    pub rssi_dbm: i8,
    /// When the driver took it in.
    pub at: Instant,
}

/// A frame whose payload is in the receive queue now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Octets of payload.
    pub length: usize,
    /// It came without encryption from a peer that has a key, and [`Unencrypted::Deliver`] let it through: the key protects nobody.
    pub unprotected: bool,
}

/// Why a frame that the MAC took in does not reach the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// ESP-NOW is not initialised.
    NotInit,
    /// To another board, from no board's address, or no message at all.
    Foreign,
    /// Longer than this version's payload.
    TooLong,
    /// Encrypted by a sender for whom there is no key. The MAC has acknowledged it all the same.
    NoKey,
    /// Encrypted under another key, or damaged, or not ESP-NOW once it is open.
    Unauthentic(Refusal),
    /// Authentic, but its packet number is not above the last one accepted: a replay. Chips are laxer: of replays they
    /// drop the ones with the retry bit set (espressif/esp-idf#9544).
    Replayed,
    /// Plain, from a peer that has a key. The MAC has acknowledged it all the same.
    Unencrypted,
    /// The receive queue is full. The MAC has acknowledged the frame all the same.
    QueueFull,
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInit => f.write_str("ESP-NOW is not initialised"),
            Self::Foreign => f.write_str("not for this board"),
            Self::TooLong => f.write_str("longer than an ESP-NOW v1 payload"),
            Self::NoKey => f.write_str("encrypted, and there is no key for the sender"),
            Self::Unauthentic(refusal) => write!(f, "not authentic: {refusal}"),
            Self::Replayed => f.write_str("a replay: its packet number is not above the last one"),
            Self::Unencrypted => f.write_str("not encrypted, and there is a key for the sender"),
            Self::QueueFull => f.write_str("the receive queue is full"),
        }
    }
}

impl core::error::Error for Rejection {}

/// `esp_now_peer_num_t`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerCount {
    /// All peers.
    pub total: usize,
    /// Of these, the encrypted ones.
    pub encrypted: usize,
}
