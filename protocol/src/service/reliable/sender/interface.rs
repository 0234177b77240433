//! What a sender is told, and what it tells.

use core::fmt;

use super::member::Loss;
use crate::MacAddress;
use crate::message::FrameHead;
use crate::time::Duration;

/// How a [`Sender`](super::Sender) works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderConfig {
    /// This board.
    pub address: MacAddress,
    /// A receiver is given up when it has owed an answer for so long; `None` is never.
    pub give_up_after: Option<Duration>,
    /// How packets travel: secured or not, on which channel, how often passed on. [`FrameHead::UNICAST`] is right for boards that
    /// hear each other: the MAC repeats.
    pub head: FrameHead,
}

impl SenderConfig {
    /// Plain, from board to board, and giving up after 10 s.
    #[must_use]
    pub const fn new(address: MacAddress) -> Self {
        Self {
            address,
            give_up_after: Some(Duration::from_secs(10)),
            head: FrameHead::UNICAST,
        }
    }
}

/// What a [`Sender`](super::Sender) tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// Messages may be written: every receiver has taken the session, or was given up.
    Opened,
    /// The next message, in the order of their beginning, is with every receiver that is left.
    Delivered,
    /// A receiver was given up; the others go on.
    Lost {
        /// Which.
        address: MacAddress,
        /// Why.
        loss: Loss,
    },
    /// Nobody is left, or nothing can be sent: the session is over. What was begun and not [`Event::Delivered`] is with some, with
    /// none, or in parts.
    Failed,
    /// The session is over, after all was delivered: because [`Sender::close`](super::Sender::close) said so, or because nothing was begun for half a minute.
    Closed,
}

/// Why a command was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommandError {
    /// There is a session already.
    InSession,
    /// There is no session.
    NoSession,
    /// There are more receivers than the sender has places for, or none.
    Members,
    /// The last message is not written to its end.
    Unfinished,
    /// The window is full: after the next [`Event::Delivered`] there is room.
    Full,
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InSession => "there is a session already",
            Self::NoSession => "there is no session",
            Self::Members => "a session needs a receiver, and no more than there are places for",
            Self::Unfinished => "the last message is not written to its end",
            Self::Full => "the window is full",
        })
    }
}

impl core::error::Error for CommandError {}
