//! What initiator and responder say to each other.
//!
//! ```text
//!    0     2         3      4        6       8      9           10
//!    │ "st"│ version │ kind │ number │ value │ rate │ RSSI, dBm │ 0 …
//! ```
//!
//! Numbers have their low octet first. What follows the head is there for its length only.

use crate::Rate;

const MAGIC: [u8; 2] = *b"st";

/// Of this format: boards with another one do not understand each other.
const VERSION: u8 = 1;

/// Octets of the head.
pub(super) const LEN: usize = 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Who tests with me? The value is the sender's version of ESP-NOW.
    Hello,
    /// I do; the value likewise.
    Welcome,
    /// Say this again, at this rate.
    Echo,
    /// What was asked for; the RSSI is how the question was heard.
    Echoed,
    /// Count me among those with this number.
    Count,
    /// How many did you count?
    Ask,
    /// So many; the RSSI is the last one's.
    Counted,
    /// Let your radio sleep for a while.
    Sleep,
    /// It will, from now on.
    Asleep,
}

impl Kind {
    const ALL: [Self; 9] = [
        Self::Hello,
        Self::Welcome,
        Self::Echo,
        Self::Echoed,
        Self::Count,
        Self::Ask,
        Self::Counted,
        Self::Sleep,
        Self::Asleep,
    ];
}

/// The head of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) kind: Kind,
    pub(super) number: u16,
    pub(super) value: u16,
    pub(super) rate: Rate,
    pub(super) rssi_dbm: i8,
}

impl Message {
    pub(super) const fn new(kind: Kind, number: u16) -> Self {
        Self {
            kind,
            number,
            value: 0,
            rate: Rate::Dsss1M,
            rssi_dbm: 0,
        }
    }

    pub(super) const fn emit(self) -> [u8; LEN] {
        let [number_low, number_high] = self.number.to_le_bytes();
        let [value_low, value_high] = self.value.to_le_bytes();
        let [rssi] = self.rssi_dbm.to_le_bytes();
        [
            MAGIC[0],
            MAGIC[1],
            VERSION,
            self.kind as u8,
            number_low,
            number_high,
            value_low,
            value_high,
            self.rate.code(),
            rssi,
        ]
    }

    /// The head that `octets` begin with; `None` if they are no message of ours.
    pub(super) fn parse(octets: &[u8]) -> Option<Self> {
        let [
            magic_0,
            magic_1,
            VERSION,
            kind,
            number_low,
            number_high,
            value_low,
            value_high,
            rate,
            rssi,
        ] = *octets.first_chunk::<LEN>()?
        else {
            return None;
        };
        if [magic_0, magic_1] != MAGIC {
            return None;
        }
        Some(Self {
            kind: *Kind::ALL.get(usize::from(kind))?,
            number: u16::from_le_bytes([number_low, number_high]),
            value: u16::from_le_bytes([value_low, value_high]),
            rate: Rate::from_code(rate)?,
            rssi_dbm: i8::from_le_bytes([rssi]),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_understood() {
        for (code, kind) in (0..).zip(Kind::ALL) {
            assert_eq!(kind as u8, code);
            let message = Message {
                value: 0x1234,
                rate: Rate::LongRange500K,
                rssi_dbm: -77,
                ..Message::new(kind, 0xfedc)
            };
            assert_eq!(Message::parse(&message.emit()), Some(message));
        }
    }

    #[test]
    fn what_others_say_is_not() {
        let message = Message::new(Kind::Echo, 7).emit();
        assert_eq!(Message::parse(&message[..LEN - 1]), None);
        // Magic, version, kind and rate.
        for index in [0, 1, 2, 3, 8] {
            let mut other = message;
            other[index] = 0xff;
            assert_eq!(Message::parse(&other), None, "{index}");
        }
    }
}
