//! The raw service.

mod error;
mod peer;

pub use crate::frame::Version;
pub use error::Error;
pub use peer::{Interface, Key, MAX_PEERS, Peer};

use crate::MacAddress;
use crate::time::Instant;

/// How the MAC fared with a frame (`esp_now_send_status_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// `ESP_NOW_SEND_SUCCESS`: the peer's MAC acknowledged, or the destination is a group address and the frame was sent.
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
