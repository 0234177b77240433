//! Telling received frames apart.

use super::header::ACTION;
use super::octets::Octets;
use super::{Ack, Header, Packet, Refusal, Sealed};

/// A received MPDU that concerns ESP-NOW.
#[derive(Clone, Copy, Debug)]
pub enum Mpdu<'a> {
    /// An acknowledgement.
    Ack(Ack),
    /// An ESP-NOW frame in the clear.
    Plain(Packet<'a>),
    /// An encrypted action frame: ESP-NOW if a peer's key opens it.
    Sealed(Sealed<'a>),
}

impl<'a> Mpdu<'a> {
    /// Reads an MPDU without its FCS.
    ///
    /// # Errors
    ///
    /// The [`Refusal`] that names the first broken rule, in the order of the octets.
    pub fn parse(mpdu: &'a [u8]) -> Result<Self, Refusal> {
        let mut octets = Octets::new(mpdu);
        match mpdu.first() {
            Some(&Ack::FRAME_CONTROL) => Ack::parse(octets).map(Self::Ack),
            Some(&ACTION) => {
                let (header, protected) = Header::parse(&mut octets)?;
                if protected {
                    Sealed::parse(header, octets).map(Self::Sealed)
                } else {
                    Packet::parse(header, octets.rest()).map(Self::Plain)
                }
            }
            Some(&other) if other & 0b11 != 0 => Err(Refusal::ProtocolVersion { found: other & 0b11 }),
            Some(&other) => Err(Refusal::FrameType {
                kind: other >> 2 & 0b11,
                subtype: other >> 4,
            }),
            None => Err(Refusal::TooShort {
                have: 0,
                need: Ack::LEN,
            }),
        }
    }
}
