//! The acknowledgement that a station sends SIFS after a unicast frame (IEEE 802.11-2020, clause 9.3.1.4).

use super::header::flag;
use super::octets::Octets;
use super::{FCS_LEN, Refusal};
use crate::MacAddress;

/// An ACK. It names only its receiver: who sent it follows from when it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ack {
    /// The sender of the acknowledged frame.
    pub receiver: MacAddress,
}

impl Ack {
    /// Octets without FCS.
    pub const LEN: usize = 10;

    /// Octets on the air.
    pub const LEN_WITH_FCS: usize = Self::LEN + FCS_LEN;

    /// Control, subtype ACK, protocol version 0: the first octet of the frame control field.
    pub(super) const FRAME_CONTROL: u8 = 0xd4;

    /// The MPDU without FCS. The duration is 0: no fragment follows.
    #[must_use]
    pub const fn emit(&self) -> [u8; Self::LEN] {
        let [a, b, c, d, e, f] = self.receiver.octets();
        [Self::FRAME_CONTROL, 0, 0, 0, a, b, c, d, e, f]
    }

    /// The caller has seen [`Self::FRAME_CONTROL`] in the first octet. The duration is not looked at.
    pub(super) fn parse(mut octets: Octets<'_>) -> Result<Self, Refusal> {
        let &[_, flags, _, _] = octets.array()?;
        let receiver = MacAddress(*octets.array()?);
        if flags & !(flag::POWER_MANAGEMENT | flag::MORE_DATA) != 0 {
            return Err(Refusal::Flags { found: flags });
        }
        match octets.rest() {
            [] => Ok(Self { receiver }),
            trailing => Err(Refusal::TrailingOctets { octets: trailing.len() }),
        }
    }
}
