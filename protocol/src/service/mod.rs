//! What ESP-NOW is used for, each service in a room of its own: machines without a clock, a radio or a flash.
//!
//! ```text
//!              ┌──────────────┐   Input: a message, how a send went, what the flash did
//!    node ────►│ a service    │
//!         ◄────│              │   Output: send, tune, keep, read or write an image, restart, wait until
//!              └──────────────┘
//!                 ▲        │
//!      commands   │        ▼  events          the application calls the one and takes the others
//! ```
//!
//! A service is given what happens ([`Service::handle`]) and asked what it wants ([`Service::poll`]) until it wants to wait. It
//! allocates nothing after its making, reads no clock and never sleeps: the same machine runs on a chip, on a virtual board, and in a
//! test that turns its time by hand. Several share a board's radio: each wants its kinds of message.
//!
//! ```text
//!    loop {
//!        while let Output::… = service.poll(now, random) { carry it out }      // until Output::Wait(deadline)
//!        while let Some(event) = service.poll_event() { tell the application }  // each service has its own
//!        wait for a message, a result, or the deadline; service.handle(now, input)
//!    }
//! ```

mod check;
pub mod control;
pub mod data;
pub mod debug;
pub mod provisioning;
pub mod reliable;
pub mod security;
pub mod time;
pub mod upgrade;
pub mod wake;

use core::fmt;

use rand_core::Rng;

use crate::board::{FirmwareError, Slot, StorageError};
use crate::espnow;
use crate::message::{FrameHead, Kind, Kinds, Message};
use crate::time::Instant;
use crate::{Channel, MacAddress};

/// A machine behind a service. Events and commands are the concrete type's own: `poll_event` and methods.
pub trait Service {
    /// The messages that it wants.
    fn kinds(&self) -> Kinds;

    /// Whether messages had better stay with the radio for as long as this service sends: it has no room for what they would ask of it.
    fn is_busy(&self) -> bool {
        false
    }

    /// Something has happened.
    fn handle(&mut self, now: Instant, input: Input<'_>);

    /// What it wants next. To be asked again until it is [`Output::Wait`]; an output given is carried out before the next
    /// question, and where it has a result, that comes as an [`Input`] some time later.
    fn poll(&mut self, now: Instant, random: &mut dyn Rng) -> Output<'_>;
}

/// What happens to a service.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Input<'a> {
    /// A message of a kind that it wants, for this board.
    Message(Incoming<'a>),
    /// The outcome of [`Output::Send`].
    Sent {
        /// The number that it was sent under.
        tag: u16,
        /// How it went.
        outcome: Outcome,
    },
    /// The value that [`Output::Load`] asked for.
    Loaded {
        /// Under which name.
        key: &'static str,
        /// What was kept. `Ok(None)` says that there is no value, and only this means that a board is new; an error says that
        /// nobody knows, and a service whose value keeps somebody out keeps them out then.
        value: Result<Option<&'a [u8]>, StorageError>,
    },
    /// The outcome of [`Output::Store`] or [`Output::Remove`].
    Stored {
        /// Under which name.
        key: &'static str,
        /// How it went.
        result: Result<(), StorageError>,
    },
    /// The outcome of [`Output::Image`].
    Image(Result<ImageDone<'a>, FirmwareError>),
}

/// A message that has come in.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    /// The message, opened if it was sealed.
    pub message: Message<'a>,
    /// Whether it was sealed under the application's key; then that is who sent it.
    pub secured: bool,
    /// The MAC address that it was received from: the last forwarder's, or the source's.
    pub transmitter: MacAddress,
    /// Signal strength in dBm.
    pub rssi_dbm: i8,
    /// The channel that the board was on.
    pub channel: Channel,
    /// When the driver took it in.
    pub at: Instant,
}

/// What a service wants.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Output<'a> {
    /// A message is to go out. How it went comes as [`Input::Sent`].
    Send(Send<'a>),
    /// The interface is to go to this channel and stay there.
    Tune(Channel),
    /// The value under this name is wanted: comes as [`Input::Loaded`].
    Load {
        /// Under which name; of [`crate::board::LONGEST_KEY`] octets at most.
        key: &'static str,
    },
    /// A value is to outlive a reset: [`Input::Stored`].
    Store {
        /// Under which name.
        key: &'static str,
        /// The whole of it.
        value: &'a [u8],
    },
    /// A value is to be forgotten: [`Input::Stored`].
    Remove {
        /// Under which name.
        key: &'static str,
    },
    /// Something is to be done with an image: [`Input::Image`].
    Image(ImageTask<'a>),
    /// The board is to start anew. There is no next question.
    Restart,
    /// Nothing, until something happens or this moment comes; `None` is for ever.
    Wait(Option<Instant>),
}

/// Something to be done with an image, one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "as crate::board::Firmware has them")]
pub enum ImageTask<'a> {
    Length { slot: Slot },
    Read { slot: Slot, offset: u32, length: u16 },
    Erase { offset: u32, length: u32 },
    Write { offset: u32, data: &'a [u8] },
    Switch,
    Confirm,
    RollBack,
}

/// What an [`ImageTask`] gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageDone<'a> {
    /// How long the image is; `None` if there is no whole one.
    Length(Option<u32>),
    /// What stands there.
    Read(&'a [u8]),
    /// It was done.
    Done,
}

/// A message to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Send<'a> {
    /// The service's own number for it.
    pub tag: u16,
    /// What it is about.
    pub kind: Kind,
    /// How it travels.
    pub head: FrameHead,
    /// To whom: a board, a group, everybody.
    pub destination: MacAddress,
    /// What it says.
    pub payload: &'a [u8],
}

/// How a message's sending went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every repetition went out; to a single board, its MAC acknowledged one of them.
    Sent,
    /// The ack message came.
    Acknowledged,
    /// The MAC of the destination acknowledged nothing, or its ack message did not come.
    Unacknowledged,
    /// The radio, or the message layer, refused.
    Refused(SendError),
}

/// Why a message can't be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendError {
    /// The payload is longer than one frame takes.
    TooLong,
    /// It is to be secured and there is no key.
    NoKey,
    /// It is to be secured, and which numbers were used before can't be read.
    Mute,
    /// The channel is not one of the country's.
    Channel,
    /// As many messages are on their way as there is room for.
    NoRoom,
    /// What the radio said.
    Radio(espnow::Error),
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => f.write_str("longer than a frame takes"),
            Self::NoKey => f.write_str("to be secured, and there is no key"),
            Self::Mute => f.write_str("to be secured, and the last number can't be read from the flash"),
            Self::Channel => f.write_str("on a channel that the country does not have"),
            Self::NoRoom => f.write_str("as many messages are on their way as there is room for"),
            Self::Radio(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for SendError {}
