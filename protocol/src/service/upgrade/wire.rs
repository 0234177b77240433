//! What initiator and responder say, octet by octet (`espnow_ota_info_t`, `…_packet_t` and `…_status_t`, little-endian).
//!
//! ```text
//! request   0                                                              initiator ─► everybody: who is there?
//! info      1 │ 0 0 0 │ the first 204 octets of the image's description    responder ─► initiator
//! packet    2 │ number u16 │ size u8 │ 224 octets, zeros past the size     initiator ─► group
//! status    3 │ SHA-256, first 16 │ code i16 │ packets u16 │ size u32      initiator ─► group, or one responder: how far?
//!             │ written u32 │ page u8 │ bitmap 200, or nothing             responder ─► initiator
//! ```
//!
//! What the initiator says has the kind [`UpgradeData`](crate::message::Kind::UpgradeData), what a responder answers
//! [`UpgradeStatus`](crate::message::Kind::UpgradeStatus).

use core::fmt;

use super::{Code, Layout};
use crate::image::{Description, ImageError};

/// Octets of a status before its bitmap.
pub const STATUS_LEN: usize = 30;

/// Octets of a packet before its data.
pub const PACKET_HEADER_LEN: usize = 4;

/// Octets of the description that an info has: all but its reserved end.
pub const INFO_DESCRIPTION_LEN: usize = 204;

/// Octets of an info before the description: its type, and what a C compiler puts in front of a 32-bit field.
const INFO_HEADER_LEN: usize = 4;

/// Octets that an info takes.
pub const INFO_LEN: usize = INFO_HEADER_LEN + INFO_DESCRIPTION_LEN;

const REQUEST: u8 = 0;
const INFO: u8 = 1;
const PACKET: u8 = 2;
const STATUS: u8 = 3;

/// Which image: what both sides call it by.
///
/// The hash is ESP-IDF's `esp_partition_get_sha256`: the one that the image ends with, or where there is none, the one over all
/// of it. See [`Checker::hash`](crate::image::Checker::hash).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ImageId {
    /// The first 16 octets of its SHA-256.
    pub hash: [u8; 16],
    /// Octets.
    pub size: u32,
}

/// What an initiator says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command<'a> {
    /// Who is there?
    Request,
    /// A part of the image.
    Packet(Packet<'a>),
    /// How far are you with this image?
    Status(Status<'a>),
}

impl<'a> Command<'a> {
    /// Reads what an initiator says.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn parse(payload: &'a [u8]) -> Result<Self, Malformed> {
        match payload.first() {
            Some(&REQUEST) => Ok(Self::Request),
            Some(&PACKET) => Packet::parse(payload).map(Self::Packet),
            Some(&STATUS) => Status::parse(payload).map(Self::Status),
            Some(&found) => Err(Malformed::Type { found }),
            None => Err(Malformed::TooShort { have: 0, need: 1 }),
        }
    }

    /// The octet of [`Command::Request`].
    pub const REQUEST: [u8; 1] = [REQUEST];
}

/// What a responder answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer<'a> {
    /// What it runs.
    Info(Info<'a>),
    /// How far it is.
    Status(Status<'a>),
}

impl<'a> Answer<'a> {
    /// Reads what a responder answers.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn parse(payload: &'a [u8]) -> Result<Self, Malformed> {
        match payload.first() {
            Some(&INFO) => Info::parse(payload).map(Self::Info),
            Some(&STATUS) => Status::parse(payload).map(Self::Status),
            Some(&found) => Err(Malformed::Type { found }),
            None => Err(Malformed::TooShort { have: 0, need: 1 }),
        }
    }
}

/// What a responder runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Info<'a> {
    /// The first octets of its image's description.
    pub description: &'a [u8],
}

impl<'a> Info<'a> {
    fn parse(payload: &'a [u8]) -> Result<Self, Malformed> {
        let (_, description) = payload
            .split_first_chunk::<INFO_HEADER_LEN>()
            .ok_or(Malformed::TooShort {
                have: payload.len(),
                need: INFO_HEADER_LEN,
            })?;
        Ok(Self { description })
    }

    /// The octets: as much of the description as belongs into them, zeros in place of what is missing.
    #[must_use]
    pub fn to_octets(&self) -> [u8; INFO_LEN] {
        let mut octets = [0; INFO_LEN];
        octets[0] = INFO;
        let length = self.description.len().min(INFO_DESCRIPTION_LEN);
        octets[INFO_HEADER_LEN..][..length].copy_from_slice(&self.description[..length]);
        octets
    }

    /// The description, read.
    ///
    /// # Errors
    /// As [`Description::parse`].
    pub fn description(&self) -> Result<Description, ImageError> {
        let mut octets = [0; Description::LEN];
        let length = self.description.len().min(octets.len());
        octets[..length].copy_from_slice(&self.description[..length]);
        Description::parse(&octets)
    }
}

/// A part of the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Which part.
    pub number: u16,
    /// Its octets.
    pub data: &'a [u8],
}

impl<'a> Packet<'a> {
    fn parse(payload: &'a [u8]) -> Result<Self, Malformed> {
        let too_short = |need| Malformed::TooShort {
            have: payload.len(),
            need,
        };
        let (&[_, low, high, size], data) = payload
            .split_first_chunk::<PACKET_HEADER_LEN>()
            .ok_or(too_short(PACKET_HEADER_LEN))?;
        let size = usize::from(size);
        let data = data.get(..size).ok_or(too_short(PACKET_HEADER_LEN + size))?;
        Ok(Self {
            number: u16::from_le_bytes([low, high]),
            data,
        })
    }

    /// Writes it to the beginning of `buffer`, filled up with zeros as the layout wants it, and returns its length; `None` if it
    /// does not fit, or has more data than a packet.
    pub fn emit(&self, layout: Layout, buffer: &mut [u8]) -> Option<usize> {
        let length = PACKET_HEADER_LEN + layout.packet_len();
        let size = u8::try_from(self.data.len()).ok()?;
        let buffer = buffer.get_mut(..length)?;
        let [low, high] = self.number.to_le_bytes();
        let (header, rest) = buffer.split_at_mut(PACKET_HEADER_LEN);
        header.copy_from_slice(&[PACKET, low, high, size]);
        let (data, padding) = rest.split_at_mut_checked(self.data.len())?;
        data.copy_from_slice(self.data);
        padding.fill(0);
        Some(length)
    }
}

/// How far an upgrade is; from an initiator, the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status<'a> {
    /// With which image.
    pub image: ImageId,
    /// What is wrong.
    pub code: Code,
    /// Packets of the image.
    pub packets: u16,
    /// Octets of it that are written: all of them only once the image was found whole.
    pub written: u32,
    /// Which page of the bitmap follows: the first with a packet missing.
    pub page: u8,
    /// Bit `k` of octet `k / 8` is set if packet `k` of the page is written. Empty unless some are and some are not.
    pub bitmap: &'a [u8],
}

impl<'a> Status<'a> {
    /// The question about `image`.
    #[must_use]
    pub const fn question(image: ImageId, packets: u16) -> Self {
        Self {
            image,
            code: Code::OK,
            packets,
            written: 0,
            page: 0,
            bitmap: &[],
        }
    }

    fn parse(payload: &'a [u8]) -> Result<Self, Malformed> {
        let (fixed, bitmap) = payload.split_first_chunk::<STATUS_LEN>().ok_or(Malformed::TooShort {
            have: payload.len(),
            need: STATUS_LEN,
        })?;
        let [
            _,
            hash @ ..,
            code0,
            code1,
            packets0,
            packets1,
            size0,
            size1,
            size2,
            size3,
            written0,
            written1,
            written2,
            written3,
            page,
        ] = *fixed;
        Ok(Self {
            image: ImageId {
                hash,
                size: u32::from_le_bytes([size0, size1, size2, size3]),
            },
            code: Code(i16::from_le_bytes([code0, code1])),
            packets: u16::from_le_bytes([packets0, packets1]),
            written: u32::from_le_bytes([written0, written1, written2, written3]),
            page,
            bitmap,
        })
    }

    /// Octets that it takes.
    #[must_use]
    pub const fn buffer_len(&self) -> usize {
        STATUS_LEN + self.bitmap.len()
    }

    /// Writes it to the beginning of `buffer` and returns its length; `None` if it does not fit.
    pub fn emit(&self, buffer: &mut [u8]) -> Option<usize> {
        let length = self.buffer_len();
        let (fixed, bitmap) = buffer.get_mut(..length)?.split_at_mut(STATUS_LEN);
        fixed[0] = STATUS;
        fixed[1..17].copy_from_slice(&self.image.hash);
        fixed[17..19].copy_from_slice(&self.code.0.to_le_bytes());
        fixed[19..21].copy_from_slice(&self.packets.to_le_bytes());
        fixed[21..25].copy_from_slice(&self.image.size.to_le_bytes());
        fixed[25..29].copy_from_slice(&self.written.to_le_bytes());
        fixed[29] = self.page;
        bitmap.copy_from_slice(self.bitmap);
        Some(length)
    }
}

/// Why a payload is no part of an upgrade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// It ends too early.
    TooShort {
        /// Octets that there are.
        have: usize,
        /// Octets that there should be at least.
        need: usize,
    },
    /// It begins with none of the types that this side sends.
    Type {
        /// What stands there.
        found: u8,
    },
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { have, need } => write!(f, "{have} octets, this part of an upgrade has at least {need}"),
            Self::Type { found } => write!(f, "type {found} is none of an upgrade's from this side"),
        }
    }
}

impl core::error::Error for Malformed {}
