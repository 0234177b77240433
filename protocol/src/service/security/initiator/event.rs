//! What an initiator has to tell.

use core::fmt;

use crate::MacAddress;
use crate::service::security::packet::{Info, Mode};

/// How far a board came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reached {
    /// It never answered: not there, not listening, keyed already, or in another mode.
    Nothing,
    /// It answered, and then no more. The component's responder does so when the proof of possession is wrong.
    Answer,
    /// It knows the proof of possession. It may have the key; the receipt did not come.
    Proof,
}

/// How it went with a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BoardResult {
    /// It has the key, and said so.
    Succeeded,
    /// The time was over.
    Unfinished {
        /// How far it came.
        reached: Reached,
    },
    /// It refused the proof of possession, three times. Whoever can send under its name can make this up.
    WrongProof,
}

/// A board that answered a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Who.
    pub address: MacAddress,
    /// Its signal in dBm.
    pub rssi_dbm: i8,
    /// Where.
    pub channel: crate::Channel,
    /// What it says of itself.
    pub info: Info,
}

/// What an [`Initiator`](super::Initiator) has to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InitiatorEvent {
    /// It is settled how it went with a board.
    Board {
        /// Which.
        address: MacAddress,
        /// How.
        result: BoardResult,
    },
    /// All boards are settled, or the time is over.
    Finished {
        /// How many have the key.
        succeeded: usize,
        /// How many were asked.
        asked: usize,
    },
    /// A board answered the scan.
    Found(Found),
    /// The scan is over.
    Scanned {
        /// How many answered.
        found: usize,
    },
    /// A board has no key any more, or did not obey.
    Reset {
        /// Which.
        address: MacAddress,
        /// What it says.
        outcome: ResetOutcome,
    },
}

/// What became of the order to forget a key.
///
/// There is no outcome that is certain: a board that has forgotten its key shares none with the initiator, so anybody can send what it
/// says then, under its address. Who has to know looks at the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetOutcome {
    /// Somebody under the board's address says that it has no key. Nothing shows that it was the board.
    Claimed,
    /// It did not say so in time, or the command was stopped.
    Unanswered,
}

impl fmt::Display for ResetOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Claimed => "says that it has no key, which anybody can say for it",
            Self::Unanswered => "did not say that it has no key",
        })
    }
}

impl fmt::Display for BoardResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Succeeded => "has the key",
            Self::Unfinished {
                reached: Reached::Nothing,
            } => "did not answer",
            Self::Unfinished {
                reached: Reached::Answer,
            } => "fell silent when asked for the proof of possession",
            Self::Unfinished {
                reached: Reached::Proof,
            } => "may have the key, its receipt did not come",
            Self::WrongProof => "refused: wrong proof of possession",
        })
    }
}

/// Why a command can't be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InitiatorError {
    /// Something else is being done.
    Busy,
    /// There are more boards than there is room for.
    TooMany {
        /// How many there may be.
        room: usize,
    },
    /// No board was named.
    Nobody,
    /// A group is not a board.
    Group(MacAddress),
}

impl fmt::Display for InitiatorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => f.write_str("something else is being done"),
            Self::TooMany { room } => write!(f, "more than {room} boards"),
            Self::Nobody => f.write_str("no board was named"),
            Self::Group(address) => write!(f, "{address} is a group's address, not a board's"),
        }
    }
}

impl core::error::Error for InitiatorError {}

/// How a key is to be given.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// In which mode. There is no going from one to the other: boards that take no key in this one get none.
    pub mode: Mode,
    /// What the boards' makers told whoever may give them a key.
    pub proof: &'a crate::service::security::ProofOfPossession,
    /// The key.
    pub key: &'a crate::message::AppKey,
}
