//! What the time messages say (`espnow_time_packet_t` in the component's `espnow_time.h`), and what ours add.

use core::fmt;

/// Octets of the component's packet.
pub const PACKET_LEN: usize = 18;

/// Octets of a packet with a [`FollowUp`].
pub const FOLLOW_UP_PACKET_LEN: usize = PACKET_LEN + FOLLOW_UP_LEN;

const FOLLOW_UP_LEN: usize = 12;

/// `ESPNOW_TIME_VERSION`.
const VERSION: u8 = 1;

/// The follow-up's first octet; one that no other addition to the packet is known to have.
const FOLLOW_UP_MARK: u8 = 0xf0;

/// What a time message is (`ESPNOW_TIME_TYPE_…`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum PacketType {
    /// The initiator tells its time.
    Broadcast = 1,
    /// A responder asks for it.
    Request = 2,
}

/// A time message's payload.
///
/// ```text
/// version u8 = 1 │ type u8 │ timestamp i64 µs │ UTC i64 µs or 0 ┆ mark u8 = f0 │ round u8 │ number u16 │ sent at i64 µs
///                                        the component ends here ┆ and ignores what follows
/// ```
///
/// ```
/// use protocol::service::time::{Packet, PacketType};
///
/// let packet = Packet { kind: PacketType::Request, timestamp_us: 1_000_000, utc_us: None, follow_up: None };
/// let octets = packet.to_octets();
/// assert_eq!(octets.len(), 18);
/// assert_eq!(Packet::parse(&octets), Ok(packet));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Whether it tells or asks.
    pub kind: PacketType,
    /// µs since the sender's boot, plus its offset to the initiator: taken when the message was made.
    pub timestamp_us: i64,
    /// The sender's UTC time in µs since 1970; on the air, 0 is that it knows none.
    pub utc_us: Option<i64>,
    /// When the message before this one left the antenna. Not the component's; its responders ignore it.
    pub follow_up: Option<FollowUp>,
}

/// When an earlier message was on the air: what could not be known while it was made (IEEE 1588's two-step clock).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FollowUp {
    /// This message's number.
    pub number: u16,
    /// The number that a clock's start has, so that messages of another start are not taken for its predecessors.
    pub round: u8,
    /// µs of the initiator's clock at the end of message `number` − 1; on the air, −1 is that it is not known.
    pub previous_sent_us: Option<i64>,
}

/// A payload with a packet's octets; shorter without a [`FollowUp`].
pub type PacketOctets = heapless::Vec<u8, FOLLOW_UP_PACKET_LEN>;

impl Packet {
    /// Reads a packet. What follows it is not looked at, unless it is a [`FollowUp`].
    ///
    /// # Errors
    /// [`NotAPacket`].
    pub fn parse(payload: &[u8]) -> Result<Self, NotAPacket> {
        let (packet, rest) = payload
            .split_first_chunk::<PACKET_LEN>()
            .ok_or(NotAPacket::TooShort { have: payload.len() })?;
        let [version, kind, times @ ..] = packet;
        if *version != VERSION {
            return Err(NotAPacket::Version { found: *version });
        }
        let kind = match kind {
            1 => PacketType::Broadcast,
            2 => PacketType::Request,
            found => return Err(NotAPacket::Type { found: *found }),
        };
        let utc_us = integer(&times[8..]);
        Ok(Self {
            kind,
            timestamp_us: integer(times),
            utc_us: (utc_us != 0).then_some(utc_us),
            follow_up: FollowUp::parse(rest),
        })
    }

    /// Its octets: 18, or 30 with a [`FollowUp`].
    #[must_use]
    pub fn to_octets(&self) -> PacketOctets {
        let mut octets = PacketOctets::new();
        // The capacity is that of all parts.
        let _ = octets.extend_from_slice(&[VERSION, self.kind as u8]);
        let _ = octets.extend_from_slice(&self.timestamp_us.to_le_bytes());
        let _ = octets.extend_from_slice(&self.utc_us.unwrap_or(0).to_le_bytes());
        if let Some(follow_up) = self.follow_up {
            let [low, high] = follow_up.number.to_le_bytes();
            let _ = octets.extend_from_slice(&[FOLLOW_UP_MARK, follow_up.round, low, high]);
            let _ = octets.extend_from_slice(&follow_up.previous_sent_us.unwrap_or(-1).to_le_bytes());
        }
        octets
    }
}

impl FollowUp {
    fn parse(octets: &[u8]) -> Option<Self> {
        let [FOLLOW_UP_MARK, round, low, high, sent @ ..] = octets.first_chunk::<FOLLOW_UP_LEN>()? else {
            return None;
        };
        let sent_us = integer(sent);
        Some(Self {
            number: u16::from_le_bytes([*low, *high]),
            round: *round,
            previous_sent_us: (sent_us >= 0).then_some(sent_us),
        })
    }
}

/// The first eight octets, which the callers have.
fn integer(octets: &[u8]) -> i64 {
    i64::from_le_bytes(octets.first_chunk().copied().unwrap_or_default())
}

/// Why a payload is no time packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAPacket {
    /// It ends too early (`ESP_ERR_INVALID_SIZE` in the component).
    TooShort {
        /// Octets that there are.
        have: usize,
    },
    /// Its version is not 1 (`ESP_ERR_NOT_SUPPORTED` in the component).
    Version {
        /// What stands there.
        found: u8,
    },
    /// It neither tells nor asks.
    Type {
        /// What stands there.
        found: u8,
    },
}

impl fmt::Display for NotAPacket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { have } => write!(f, "{have} octets, a time packet has at least {PACKET_LEN}"),
            Self::Version { found } => write!(f, "version {found}, a time packet's is {VERSION}"),
            Self::Type { found } => write!(f, "type {found}, a time packet's is 1 (broadcast) or 2 (request)"),
        }
    }
}

impl core::error::Error for NotAPacket {}
