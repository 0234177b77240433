//! A message's octets.

use core::fmt;

use super::head::{FRAME_HEAD_LEN, FrameHead};
use super::kind::Kind;
use crate::MacAddress;

/// Octets before the payload.
pub const HEADER_LEN: usize = 20;

/// The component's version on the air.
const VERSION: u8 = 2;

/// A message: one raw ESP-NOW payload (`espnow_data_t` in the component's `espnow.c`).
///
/// ```text
/// type 4 bits, version 2 bits │ payload length mod 256 │ frame head 6 │ destination 6 │ source 6 │ payload
/// ```
///
/// ```
/// use protocol::MacAddress;
/// use protocol::message::{FrameHead, Kind, Message};
///
/// let message = Message {
///     kind: Kind::Data,
///     head: FrameHead::default(),
///     destination: MacAddress::BROADCAST,
///     source: MacAddress([0x24, 0x0a, 0xc4, 0, 0, 1]),
///     payload: b"hello",
/// };
/// let mut buffer = [0; 250];
/// let length = message.emit(&mut buffer).expect("there is room");
/// assert_eq!(Message::parse(&buffer[..length]), Ok(message));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// What it is about.
    pub kind: Kind,
    /// How it travels.
    pub head: FrameHead,
    /// For whom: a board, everybody, or with [`FrameHead::group`] a group.
    pub destination: MacAddress,
    /// Who made it; a forwarded message keeps its source.
    pub source: MacAddress,
    /// What it says.
    pub payload: &'a [u8],
}

impl<'a> Message<'a> {
    /// Reads a message.
    ///
    /// # Errors
    /// [`NotAMessage`]. The length octet is not looked at, as in the component: the frame tells the length.
    pub fn parse(octets: &'a [u8]) -> Result<Self, NotAMessage> {
        let (header, payload) = octets
            .split_first_chunk::<HEADER_LEN>()
            .ok_or(NotAMessage::TooShort { have: octets.len() })?;
        let [first, _length, rest @ ..] = header;
        let version = first >> 4 & 0b11;
        if version != VERSION {
            return Err(NotAMessage::Version { found: version });
        }
        let (head, addresses) = rest.split_at(FRAME_HEAD_LEN);
        let (destination, source) = addresses.split_at(6);
        Ok(Self {
            kind: Kind::from_low_bits(*first),
            head: FrameHead::from_octets(array(head)),
            destination: MacAddress(array(destination)),
            source: MacAddress(array(source)),
            payload,
        })
    }

    /// Octets that it takes.
    #[must_use]
    pub const fn buffer_len(&self) -> usize {
        HEADER_LEN + self.payload.len()
    }

    /// Writes it to the beginning of `buffer` and returns its length; `None` if it does not fit.
    pub fn emit(&self, buffer: &mut [u8]) -> Option<usize> {
        let length = self.buffer_len();
        let (header, payload) = buffer.get_mut(..length)?.split_at_mut(HEADER_LEN);
        header.copy_from_slice(&self.header());
        payload.copy_from_slice(self.payload);
        Some(length)
    }

    /// Writes the length octet anew after the payload has got longer or shorter.
    pub(super) fn set_length_octet(octets: &mut [u8]) {
        let length = octets.len().saturating_sub(HEADER_LEN);
        if let Some(place) = octets.get_mut(1) {
            *place = length.to_le_bytes()[0];
        }
    }

    fn header(&self) -> [u8; HEADER_LEN] {
        let mut header = [0; HEADER_LEN];
        header[0] = self.kind.number() | VERSION << 4;
        header[1] = self.payload.len().to_le_bytes()[0];
        header[2..8].copy_from_slice(&self.head.to_octets());
        header[8..14].copy_from_slice(&self.destination.octets());
        header[14..].copy_from_slice(&self.source.octets());
        header
    }

    /// Whether it is for everybody.
    #[must_use]
    pub fn is_for_everybody(&self) -> bool {
        !self.head.group && self.destination == MacAddress::BROADCAST
    }
}

/// `octets` has `N`, its splitting saw to that.
fn array<const N: usize>(octets: &[u8]) -> [u8; N] {
    octets.first_chunk().copied().unwrap_or([0; N])
}

/// Why a raw payload is none of the component's messages. Programs that don't use it send such payloads: they are no error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAMessage {
    /// It ends within the header.
    TooShort {
        /// Octets that there are.
        have: usize,
    },
    /// Its version is not 2.
    Version {
        /// What stands there.
        found: u8,
    },
}

impl fmt::Display for NotAMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { have } => write!(f, "{have} octets, a message has at least {HEADER_LEN}"),
            Self::Version { found } => write!(f, "version {found}, a message's is {VERSION}"),
        }
    }
}

impl core::error::Error for NotAMessage {}
