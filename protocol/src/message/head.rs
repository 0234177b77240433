//! The frame head, which says how a message travels.

/// Octets of a frame head.
pub(super) const FRAME_HEAD_LEN: usize = 6;

/// The highest [`FrameHead::retransmit_count`] and [`FrameHead::forward_ttl`]: five bits.
pub const MAX_COUNT: u8 = 31;

const FILTER_ADJACENT_CHANNEL: u32 = 1 << 4;
const FILTER_WEAK_SIGNAL: u32 = 1 << 5;
const SECURITY: u32 = 1 << 6;
const RESERVED_SHIFT: u32 = 7;
const BROADCAST: u32 = 1 << 11;
const GROUP: u32 = 1 << 12;
const ACK: u32 = 1 << 13;
const RETRANSMIT_SHIFT: u32 = 14;
const TTL_SHIFT: u32 = 19;

/// On which channels a message is sent: the head's four bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SendChannel {
    /// 0: where the interface is. On the air stands that channel's number.
    #[default]
    Current,
    /// 1 to 14: there.
    On(crate::Channel),
    /// 15: on every channel of the country, one after the other.
    All,
}

impl SendChannel {
    const fn bits(self) -> u32 {
        match self {
            Self::Current => 0,
            Self::On(channel) => channel.number() as u32,
            Self::All => 15,
        }
    }

    const fn from_bits(bits: u32) -> Self {
        match bits & 0x0f {
            0 => Self::Current,
            15 => Self::All,
            number => match crate::Channel::new(number as u8) {
                Some(channel) => Self::On(channel),
                // 1 to 14 are channels.
                None => Self::Current,
            },
        }
    }
}

/// How a message travels (`espnow_frame_head_t` in the component's `espnow.h`).
///
/// ```text
/// magic u16 │ channel 4, filter_adjacent_channel 1, filter_weak_signal 1, security 1, reserved 4, broadcast 1, group 1,
///           │ ack 1, retransmit_count 5, forward_ttl 5 (24 bits, the lowest first) │ forward_rssi i8
/// ```
///
/// ```
/// use protocol::message::FrameHead;
///
/// // The component's default: to everybody, ten times.
/// let head = FrameHead::default();
/// assert!(head.broadcast && head.retransmit_count == 10 && head.forward_ttl == 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FrameHead {
    /// The message's identity: of several with the same type and magic a receiver takes one. 0 asks for a random one.
    pub magic: u16,
    /// Where it is sent.
    pub channel: SendChannel,
    /// Receivers drop it if they heard it on another channel than it was sent on, as happens with neighbours.
    pub filter_adjacent_channel: bool,
    /// Receivers drop it below [`FrameHead::forward_rssi`].
    pub filter_weak_signal: bool,
    /// The payload is sealed under the application's key.
    pub security: bool,
    /// Four bits without a meaning, kept as they came.
    pub reserved: u8,
    /// The raw frame goes to everybody, whatever the message's destination.
    pub broadcast: bool,
    /// The destination is a group's identifier, no address.
    pub group: bool,
    /// The destination answers with an ack message.
    pub ack: bool,
    /// How many times it is sent, 0 to 31; 0 is 1.
    pub retransmit_count: u8,
    /// How many more boards may pass it on, 0 to 31; 31 is never counted down.
    pub forward_ttl: u8,
    /// Boards that hear it weaker than this, in dBm, don't pass it on.
    pub forward_rssi: i8,
}

impl FrameHead {
    /// All zero: to one address, once, without ack, not to be passed on.
    pub const UNICAST: Self = Self {
        magic: 0,
        channel: SendChannel::Current,
        filter_adjacent_channel: false,
        filter_weak_signal: false,
        security: false,
        reserved: 0,
        broadcast: false,
        group: false,
        ack: false,
        retransmit_count: 0,
        forward_ttl: 0,
        forward_rssi: 0,
    };

    /// `ESPNOW_FRAME_CONFIG_DEFAULT`: to everybody, ten times.
    pub const BROADCAST: Self = Self {
        broadcast: true,
        retransmit_count: 10,
        ..Self::UNICAST
    };

    /// Reads a head; every six octets are one.
    #[must_use]
    pub const fn from_octets([m0, m1, b0, b1, b2, rssi]: [u8; FRAME_HEAD_LEN]) -> Self {
        let bits = u32::from_le_bytes([b0, b1, b2, 0]);
        Self {
            magic: u16::from_le_bytes([m0, m1]),
            channel: SendChannel::from_bits(bits),
            filter_adjacent_channel: bits & FILTER_ADJACENT_CHANNEL != 0,
            filter_weak_signal: bits & FILTER_WEAK_SIGNAL != 0,
            security: bits & SECURITY != 0,
            reserved: (bits >> RESERVED_SHIFT & 0x0f) as u8,
            broadcast: bits & BROADCAST != 0,
            group: bits & GROUP != 0,
            ack: bits & ACK != 0,
            retransmit_count: (bits >> RETRANSMIT_SHIFT) as u8 & MAX_COUNT,
            forward_ttl: (bits >> TTL_SHIFT) as u8 & MAX_COUNT,
            forward_rssi: rssi as i8,
        }
    }

    /// Its octets. Counts above 31 are 31, and `reserved` keeps four bits.
    #[must_use]
    pub const fn to_octets(self) -> [u8; FRAME_HEAD_LEN] {
        let bits = self.channel.bits()
            | flag(self.filter_adjacent_channel, FILTER_ADJACENT_CHANNEL)
            | flag(self.filter_weak_signal, FILTER_WEAK_SIGNAL)
            | flag(self.security, SECURITY)
            | ((self.reserved & 0x0f) as u32) << RESERVED_SHIFT
            | flag(self.broadcast, BROADCAST)
            | flag(self.group, GROUP)
            | flag(self.ack, ACK)
            | count(self.retransmit_count) << RETRANSMIT_SHIFT
            | count(self.forward_ttl) << TTL_SHIFT;
        let [m0, m1] = self.magic.to_le_bytes();
        let [b0, b1, b2, _] = bits.to_le_bytes();
        [m0, m1, b0, b1, b2, self.forward_rssi as u8]
    }
}

impl Default for FrameHead {
    /// [`FrameHead::BROADCAST`], as in the component.
    fn default() -> Self {
        Self::BROADCAST
    }
}

const fn flag(set: bool, bit: u32) -> u32 {
    if set { bit } else { 0 }
}

const fn count(count: u8) -> u32 {
    if count > MAX_COUNT {
        MAX_COUNT as u32
    } else {
        count as u32
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_six_octets_are_a_head(octets: [u8; FRAME_HEAD_LEN]) {
            prop_assert_eq!(FrameHead::from_octets(octets).to_octets(), octets);
        }
    }

    #[test]
    fn counts_stop_at_five_bits() {
        let head = FrameHead {
            retransmit_count: 200,
            forward_ttl: 32,
            ..FrameHead::UNICAST
        };
        let read = FrameHead::from_octets(head.to_octets());
        assert_eq!((read.retransmit_count, read.forward_ttl), (31, 31));
        assert!(!read.broadcast && !read.ack);
    }
}
