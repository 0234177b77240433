//! Counters of the raw service.

use super::Rejection;

/// What an endpoint has counted since it was made.
///
/// Every frame from the MAC while ESP-NOW is initialised is in one of the `rx_` counters; those in `rx_truncated` are
/// in `rx_packets` as well.
///
/// The first five are MicroPython's `ESPNow.stats()`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Frames handed to the MAC.
    pub tx_packets: u64,
    /// Frames that the MAC is done with.
    pub tx_responses: u64,
    /// Of these, the ones that nobody acknowledged.
    pub tx_failures: u64,
    /// Messages put into the receive queue.
    pub rx_packets: u64,
    /// Messages lost because the receive queue was full, although the MAC had acknowledged them.
    pub rx_dropped: u64,
    /// Messages of which only the first element was kept.
    pub rx_truncated: u64,
    /// Frames to somebody else, from a group address, or without a message.
    pub rx_foreign: u64,
    /// Frames longer than this version takes.
    pub rx_too_long: u64,
    /// Frames encrypted by a sender that has no key here.
    pub rx_no_key: u64,
    /// Frames encrypted, but not under the sender's key, or damaged.
    pub rx_unauthentic: u64,
    /// Authentic frames whose packet number is not above the last one accepted.
    pub rx_replayed: u64,
    /// Plain frames from peers that have a key, where those are dropped.
    pub rx_unencrypted: u64,
}

impl Statistics {
    pub(super) fn count(&mut self, rejection: Rejection) {
        *match rejection {
            Rejection::NotInit => return,
            Rejection::Foreign => &mut self.rx_foreign,
            Rejection::TooLong => &mut self.rx_too_long,
            Rejection::NoKey => &mut self.rx_no_key,
            Rejection::Unauthentic(_) => &mut self.rx_unauthentic,
            Rejection::Replayed => &mut self.rx_replayed,
            Rejection::Unencrypted => &mut self.rx_unencrypted,
            Rejection::QueueFull => &mut self.rx_dropped,
        } += 1;
    }
}
