//! What the transport's messages say.

use core::fmt;

use crc::{CRC_32_ISO_HDLC, Crc};

use crate::MacAddress;

/// Octets around a segment in a [`Body::Data`] packet.
pub const DATA_OVERHEAD: usize = DATA_HEADER_LEN + CHECK_LEN;

pub(super) const DATA_HEADER_LEN: usize = HEADER_LEN + 4;
const HEADER_LEN: usize = 8;
pub(super) const CHECK_LEN: usize = 4;

/// Octets of the longest packet without a segment.
pub(super) const LONGEST_CONTROL: usize = HEADER_LEN + 9 + CHECK_LEN;

const VERSION: u8 = 1;

const FIRST: u8 = 1;
const LAST: u8 = 2;
const POLL: u8 = 4;

/// The same polynomial as a frame's check sequence.
pub(super) static CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// A packet of the transport: a message of kind [`crate::message::Kind::Reserved`].
///
/// ```text
///  octets  1                1      2       4        …     4
///        ┌────────────────┬──────┬───────┬────────┬──────┬──────┐
///        │ version 4,     │flags │number │session │ body │check │    little-endian
///        │ type 4 (low)   │      │       │        │      │      │
///        └────────────────┴──────┴───────┴────────┴──────┴──────┘
///
///  sender → receiver            body                             number: the packet's own
///    0 open                     segment u16
///    1 confirm                  token u32, place u8, slot u8 (ms)
///    2 data                     sequence u32, segment …          flags: first 1, last 2 (of a message), poll 4
///    3 poll                     next u32
///    4 close                    –
///  receiver → sender                                             number: the one that it answers
///    8 accept                   token u32, room u8
///    9 report                   next u32, room u8, held u32
///   10 reset                    reason u8
/// ```
///
/// The check is the CRC-32 of source, destination and all that stands before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// From the sender: which packet this is. From the receiver: which it answers.
    pub number: u16,
    /// Which session it belongs to.
    pub session: u32,
    /// What it says.
    pub body: Body<'a>,
}

/// What a [`Packet`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body<'a> {
    /// The sender wants a session.
    Open {
        /// Octets of its segments.
        segment: u16,
    },
    /// The sender has the receiver's token: its wish was no echo of an old one.
    Confirm {
        /// The receiver's.
        token: u32,
        /// When it is a group that is polled, this one answers after `place` × `slot`.
        place: u8,
        /// In ms.
        slot_ms: u8,
    },
    /// A piece of a message.
    Data {
        /// Counted from 0 in a session.
        sequence: u32,
        /// Where it stands in its message.
        mark: Mark,
        /// Whether a report is wanted.
        poll: bool,
        /// Its octets.
        segment: &'a [u8],
    },
    /// A report is wanted.
    Poll {
        /// The sequence number after the last that was sent.
        next: u32,
    },
    /// The session is over.
    Close,
    /// The receiver takes the session, once it is confirmed.
    Accept {
        /// Random, and good for this session alone.
        token: u32,
        /// Segments that it has room for.
        room: u8,
    },
    /// What has come.
    Report {
        /// All before this one have.
        next: u32,
        /// Segments from `next` on that it has room for.
        room: u8,
        /// Bit n is set if `next` + 1 + n has come.
        held: u32,
    },
    /// There is no such session.
    Reset {
        /// Why.
        reason: Reason,
    },
}

/// Where a segment stands in its message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// At its beginning.
    pub first: bool,
    /// At its end.
    pub last: bool,
}

/// Why a receiver has no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Reason {
    /// It knows of none: it started anew, or waited for too long.
    Unknown = 0,
    /// It has as many as it can.
    Busy = 1,
    /// Its buffers are too small for the sender's segments.
    TooLong = 2,
    /// What came can't be a message.
    Malformed = 3,
}

impl<'a> Packet<'a> {
    /// Reads a packet that came from `source` for `destination`.
    ///
    /// # Errors
    /// [`NotAPacket`].
    pub fn parse(payload: &'a [u8], source: MacAddress, destination: MacAddress) -> Result<Self, NotAPacket> {
        let too_short = NotAPacket::TooShort { have: payload.len() };
        let (octets, check) = payload.split_last_chunk::<CHECK_LEN>().ok_or(too_short)?;
        let (header, body) = octets.split_first_chunk::<HEADER_LEN>().ok_or(too_short)?;
        let [first, flags, n0, n1, s0, s1, s2, s3] = *header;
        if first >> 4 != VERSION {
            return Err(NotAPacket::Version { found: first >> 4 });
        }
        if u32::from_le_bytes(*check) != checksum(octets, source, destination) {
            return Err(NotAPacket::Check);
        }
        Ok(Self {
            number: u16::from_le_bytes([n0, n1]),
            session: u32::from_le_bytes([s0, s1, s2, s3]),
            body: Body::parse(first & 0x0f, flags, body)?,
        })
    }

    /// Writes it to the beginning of `buffer` and returns its length; `None` if it does not fit.
    pub fn emit(&self, buffer: &mut [u8], source: MacAddress, destination: MacAddress) -> Option<usize> {
        let mut writer = Writer { buffer, length: 0 };
        let (kind, flags) = self.body.kind_and_flags();
        writer.put(&[VERSION << 4 | kind, flags])?;
        writer.put(&self.number.to_le_bytes())?;
        writer.put(&self.session.to_le_bytes())?;
        match self.body {
            Body::Open { segment } => writer.put(&segment.to_le_bytes())?,
            Body::Confirm { token, place, slot_ms } => {
                writer.put(&token.to_le_bytes())?;
                writer.put(&[place, slot_ms])?;
            }
            Body::Data { sequence, segment, .. } => {
                writer.put(&sequence.to_le_bytes())?;
                writer.put(segment)?;
            }
            Body::Poll { next } => writer.put(&next.to_le_bytes())?,
            Body::Close => {}
            Body::Accept { token, room } => {
                writer.put(&token.to_le_bytes())?;
                writer.put(&[room])?;
            }
            Body::Report { next, room, held } => {
                writer.put(&next.to_le_bytes())?;
                writer.put(&[room])?;
                writer.put(&held.to_le_bytes())?;
            }
            Body::Reset { reason } => writer.put(&[reason as u8])?,
        }
        let check = checksum(&writer.buffer[..writer.length], source, destination);
        writer.put(&check.to_le_bytes())?;
        Some(writer.length)
    }
}

impl<'a> Body<'a> {
    fn parse(kind: u8, flags: u8, octets: &'a [u8]) -> Result<Self, NotAPacket> {
        let mut reader = Reader(octets);
        let body = match kind {
            0 => Self::Open { segment: reader.u16()? },
            1 => Self::Confirm {
                token: reader.u32()?,
                place: reader.u8()?,
                slot_ms: reader.u8()?,
            },
            2 => Self::Data {
                sequence: reader.u32()?,
                mark: Mark {
                    first: flags & FIRST != 0,
                    last: flags & LAST != 0,
                },
                poll: flags & POLL != 0,
                segment: core::mem::take(&mut reader.0),
            },
            3 => Self::Poll { next: reader.u32()? },
            4 => Self::Close,
            8 => Self::Accept {
                token: reader.u32()?,
                room: reader.u8()?,
            },
            9 => Self::Report {
                next: reader.u32()?,
                room: reader.u8()?,
                held: reader.u32()?,
            },
            10 => Self::Reset {
                reason: match reader.u8()? {
                    0 => Reason::Unknown,
                    1 => Reason::Busy,
                    2 => Reason::TooLong,
                    3 => Reason::Malformed,
                    found => return Err(NotAPacket::Reason { found }),
                },
            },
            found => return Err(NotAPacket::Type { found }),
        };
        if reader.0.is_empty() {
            Ok(body)
        } else {
            Err(NotAPacket::TooLong)
        }
    }

    const fn kind_and_flags(&self) -> (u8, u8) {
        match self {
            Self::Open { .. } => (0, 0),
            Self::Confirm { .. } => (1, 0),
            Self::Data { mark, poll, .. } => (2, mark.flags() | if *poll { POLL } else { 0 }),
            Self::Poll { .. } => (3, 0),
            Self::Close => (4, 0),
            Self::Accept { .. } => (8, 0),
            Self::Report { .. } => (9, 0),
            Self::Reset { .. } => (10, 0),
        }
    }
}

impl Mark {
    const fn flags(self) -> u8 {
        (if self.first { FIRST } else { 0 }) | (if self.last { LAST } else { 0 })
    }
}

fn checksum(octets: &[u8], source: MacAddress, destination: MacAddress) -> u32 {
    let mut digest = CRC.digest();
    digest.update(&source.octets());
    digest.update(&destination.octets());
    digest.update(octets);
    digest.finalize()
}

struct Writer<'b> {
    buffer: &'b mut [u8],
    length: usize,
}

impl Writer<'_> {
    fn put(&mut self, octets: &[u8]) -> Option<()> {
        let end = self.length + octets.len();
        self.buffer.get_mut(self.length..end)?.copy_from_slice(octets);
        self.length = end;
        Some(())
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], NotAPacket> {
        let (field, rest) = self
            .0
            .split_first_chunk()
            .ok_or(NotAPacket::TooShort { have: self.0.len() })?;
        self.0 = rest;
        Ok(*field)
    }

    fn u8(&mut self) -> Result<u8, NotAPacket> {
        self.take().map(u8::from_le_bytes)
    }

    fn u16(&mut self) -> Result<u16, NotAPacket> {
        self.take().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32, NotAPacket> {
        self.take().map(u32::from_le_bytes)
    }
}

/// Why a payload is no packet of the transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAPacket {
    /// It ends too early.
    TooShort {
        /// Octets that there are where there should be more.
        have: usize,
    },
    /// It goes on after its end.
    TooLong,
    /// Its version is not 1.
    Version {
        /// What stands there.
        found: u8,
    },
    /// It is none of the types.
    Type {
        /// What stands there.
        found: u8,
    },
    /// It is none of the reasons.
    Reason {
        /// What stands there.
        found: u8,
    },
    /// It is broken, or not from where or to where it says.
    Check,
}

impl fmt::Display for NotAPacket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { have } => write!(f, "{have} octets where there should be more"),
            Self::TooLong => f.write_str("octets after the packet's end"),
            Self::Version { found } => write!(f, "version {found}, the transport's is {VERSION}"),
            Self::Type { found } => write!(f, "type {found}, known are 0 to 4 and 8 to 10"),
            Self::Reason { found } => write!(f, "reason {found}, known are 0 to 3"),
            Self::Check => f.write_str("the check does not fit the octets and addresses"),
        }
    }
}

impl core::error::Error for NotAPacket {}
