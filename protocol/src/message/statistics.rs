//! What became of messages.

use core::fmt;

use super::NotAMessage;

/// Why a raw message does not reach a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// It is none of the component's.
    NotAMessage(NotAMessage),
    /// This board's own, come back from a board that passed it on.
    Echo,
    /// No service wants its kind. It may have been passed on.
    Unwanted,
    /// Heard on another channel than it was sent on, and it asks not to be taken then.
    AdjacentChannel,
    /// Weaker than it asks to be.
    Weak,
    /// Secured, and there is no key, or another one.
    Unreadable,
    /// Of a kind and magic that was taken before.
    Repetition,
    /// For another board or group. It may have been passed on.
    Foreign,
    /// An ack for a message that nobody waits for any more.
    LateAck,
    /// A group message that ends before its addresses do.
    Malformed,
    /// There is no room for one more group.
    TooManyGroups,
    /// An ack or a group message, which the messenger itself has heeded. Not counted as dropped.
    Handled,
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAMessage(why) => why.fmt(f),
            Self::Echo => f.write_str("this board's own message, passed on by another"),
            Self::Unwanted => f.write_str("no service here wants this kind"),
            Self::AdjacentChannel => f.write_str("sent on another channel"),
            Self::Weak => f.write_str("weaker than it asks to be"),
            Self::Unreadable => f.write_str("secured, and the key is not here"),
            Self::Repetition => f.write_str("taken before"),
            Self::Foreign => f.write_str("for another board or group"),
            Self::LateAck => f.write_str("an ack that nobody waits for"),
            Self::Malformed => f.write_str("ends too early"),
            Self::TooManyGroups => f.write_str("no room for one more group"),
            Self::Handled => f.write_str("heeded by the message layer itself"),
        }
    }
}

/// Counters since start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MessageStatistics {
    /// Raw frames handed to the radio, without acks.
    pub transmissions: u64,
    /// Ack messages handed to the radio.
    pub acks_sent: u64,
    /// Ack messages that there was no room for.
    pub acks_missed: u64,
    /// Messages given to services.
    pub delivered: u64,
    /// Messages taken to be passed on.
    pub forwarded: u64,
    /// Messages that should have been passed on, and there was no room for.
    pub forwards_missed: u64,
    /// Repetitions of what was taken before.
    pub repetitions: u64,
    /// Messages that were dropped for another reason.
    pub dropped: u64,
}

impl MessageStatistics {
    pub(super) const fn new() -> Self {
        Self {
            transmissions: 0,
            acks_sent: 0,
            acks_missed: 0,
            delivered: 0,
            forwarded: 0,
            forwards_missed: 0,
            repetitions: 0,
            dropped: 0,
        }
    }

    pub(super) const fn count(&mut self, dropped: Dropped) {
        match dropped {
            Dropped::Handled => {}
            Dropped::Repetition => self.repetitions += 1,
            _ => self.dropped += 1,
        }
    }
}
