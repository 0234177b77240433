//! What can happen to a board.

use arbitrary::Arbitrary;
use protocol::board::{FirmwareError, StorageError};
use protocol::espnow;
use protocol::service::{Outcome, SendError};

/// How the world is.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) struct Setup {
    /// What the flash did is not told at once, but by [`Happening::Finish`].
    pub(super) slow_flash: bool,
    /// What stands in the other slot before the first start: nothing, or the image that runs.
    pub(super) other_image: bool,
    /// The running image has not confirmed itself.
    pub(super) on_trial: bool,
    /// In which of its ways the service works.
    pub(super) way: u8,
}

/// Something happens to one of the boards.
#[derive(Arbitrary, Debug)]
pub(super) struct Turn<'a> {
    pub(super) board: u8,
    /// More happens before the board is asked what it wants.
    pub(super) hurried: bool,
    pub(super) happening: Happening<'a>,
}

#[derive(Arbitrary, Debug)]
pub(super) enum Happening<'a> {
    /// µs pass.
    Wait(u32),
    /// Time passes to the moment that the board waits for.
    WaitForDeadline,
    /// The message with this number among those that were sent comes to the board.
    Deliver {
        letter: u8,
        rssi_dbm: i8,
        change: Change<'a>,
    },
    /// A message that nobody sent, of one of the kinds that the board wants.
    Inject(Injected<'a>),
    /// One of the messages under way has gone out, or not.
    Sent { which: u8, how: SentHow },
    /// The flash is done with its oldest command.
    Finish(FinishHow<'a>),
    /// The application does something; what, follows in the script.
    Command,
    /// The power is cut.
    Restart { tear: u8 },
    /// For so many rounds all goes well: everything arrives, every moment that is waited for comes.
    GoWell { rounds: u8 },
}

/// What is done to a message on its way.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) enum Change<'a> {
    Nothing,
    Octet {
        place: u8,
        mask: u8,
    },
    /// The payload ends there.
    Cut(u8),
    /// These octets follow.
    Longer(&'a [u8]),
    /// Somebody else says it.
    Source(u8),
}

#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) struct Injected<'a> {
    /// Which of the kinds that the board wants.
    pub(super) kind: u8,
    pub(super) head: [u8; 6],
    pub(super) source: u8,
    /// To the board itself, or to that address.
    pub(super) destination: Option<u8>,
    pub(super) secured: bool,
    pub(super) rssi_dbm: i8,
    pub(super) channel: u8,
    pub(super) payload: &'a [u8],
}

#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) enum SentHow {
    Sent,
    Acknowledged,
    Unacknowledged,
    TooLong,
    NoKey,
    NoRoom,
    Radio,
}

impl SentHow {
    pub(super) const fn outcome(self) -> Outcome {
        match self {
            Self::Sent => Outcome::Sent,
            Self::Acknowledged => Outcome::Acknowledged,
            Self::Unacknowledged => Outcome::Unacknowledged,
            Self::TooLong => Outcome::Refused(SendError::TooLong),
            Self::NoKey => Outcome::Refused(SendError::NoKey),
            Self::NoRoom => Outcome::Refused(SendError::NoRoom),
            Self::Radio => Outcome::Refused(SendError::Radio(espnow::Error::NoMem)),
        }
    }
}

#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) enum FinishHow<'a> {
    /// As flash does.
    Well,
    /// It refuses.
    Badly { full: bool },
    /// What is read was written by somebody else, or has rotted.
    Reads(Option<&'a [u8]>),
}

impl FinishHow<'_> {
    pub(super) const fn errors(full: bool) -> (StorageError, FirmwareError) {
        if full {
            (StorageError::Full, FirmwareError::OnTrial)
        } else {
            (StorageError::Flash, FirmwareError::Flash)
        }
    }
}
