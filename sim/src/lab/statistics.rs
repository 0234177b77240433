//! What a run counts, observed or not.

use serde::{Deserialize, Serialize};

use crate::kernel::Span;
use crate::medium::interferer::InterfererStatistics;
use crate::observe::Losses;

/// Counters of a board.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardStatistics {
    /// Frames that the driver took from the application.
    pub tx_frames: u64,
    /// MPDUs put on the air, repetitions included, ACKs not.
    pub tx_attempts: u64,
    /// Unicast frames that were acknowledged.
    pub tx_acked: u64,
    /// Unicast frames that the MAC gave up.
    pub tx_failed: u64,
    /// Messages put into the receive queue.
    pub rx_frames: u64,
    /// Messages lost because the receive queue was full.
    pub rx_dropped: u64,
    /// Time with its transmitter on, ACKs included.
    pub airtime: Span,
    /// Time outside its wake windows: its receiver was off, but for the ACKs of what it sent.
    pub asleep: Span,
}

/// Counters of the air. A pair is a data transmission and a board in its range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediumStatistics {
    /// Frames on the air, ACKs included.
    pub transmissions: u64,
    /// Of these, the ACKs.
    pub acks: u64,
    /// Pairs.
    pub in_range: u64,
    /// Pairs in which the board got the frame.
    pub receptions: u64,
    /// Pairs in which it did not, by cause.
    pub lost: Losses,
}

/// All counters of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statistics {
    /// A row a board.
    pub boards: Vec<BoardStatistics>,
    /// The air.
    pub medium: MediumStatistics,
    /// A row an interferer.
    pub interferers: Vec<InterfererStatistics>,
    /// Events that the kernel scheduled.
    pub events: u64,
}
