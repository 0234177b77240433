//! The MAC header of an action frame (IEEE 802.11-2020, clause 9.3.3.1).

use super::octets::Octets;
use super::room::{BufferTooSmall, Writer};
use super::{Refusal, SequenceNumber};
use crate::MacAddress;

/// Octets of the MAC header.
pub const HEADER_LEN: usize = 24;

/// Management, subtype Action, protocol version 0: the first octet of the frame control field.
pub(super) const ACTION: u8 = 0xd0;

/// The flags in the second octet of the frame control field (clause 9.2.4.1).
pub(super) mod flag {
    pub(crate) const TO_DS: u8 = 0x01;
    pub(crate) const FROM_DS: u8 = 0x02;
    pub(crate) const MORE_FRAGMENTS: u8 = 0x04;
    pub(crate) const RETRY: u8 = 0x08;
    pub(crate) const POWER_MANAGEMENT: u8 = 0x10;
    pub(crate) const MORE_DATA: u8 = 0x20;
    pub(crate) const PROTECTED: u8 = 0x40;
}

/// Who sends to whom, and the fields that the MAC fills.
///
/// The power management, more data and order bits of a received header are ignored; they are emitted as 0. So is the HT
/// Control field that the order bit of an HT frame announces: no chip sends one with ESP-NOW, and with one the frame is
/// refused for its category.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Address 1: a board or a group.
    pub destination: MacAddress,
    /// Address 2: the board that sends.
    pub source: MacAddress,
    /// Address 3: broadcast. Old ESP8266 firmware sends the destination's, so any is accepted.
    pub bssid: MacAddress,
    /// How long the exchange goes on after this frame, in µs: SIFS and ACK for unicast, 0 for a group.
    pub duration_us: u16,
    /// The number of this frame, the same in all its attempts.
    pub sequence: SequenceNumber,
    /// Whether this is not the first attempt.
    pub retry: bool,
}

/// The header fields that belong to the MAC. CCMP protects none of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MacFields {
    /// See [`Header::duration_us`].
    pub duration_us: u16,
    /// See [`Header::sequence`].
    pub sequence: SequenceNumber,
    /// See [`Header::retry`].
    pub retry: bool,
}

impl Header {
    /// A header as the chips send it; the MAC's fields are zero until it [`stamp`]s them.
    #[must_use]
    pub const fn new(destination: MacAddress, source: MacAddress) -> Self {
        Self {
            destination,
            source,
            bssid: MacAddress::BROADCAST,
            duration_us: 0,
            sequence: SequenceNumber::ZERO,
            retry: false,
        }
    }

    pub(super) fn emit(&self, protected: bool, writer: &mut Writer<'_>) {
        let mut flags = 0;
        if protected {
            flags |= flag::PROTECTED;
        }
        if self.retry {
            flags |= flag::RETRY;
        }
        writer.put(&[ACTION, flags]);
        writer.put(&self.duration_us.to_le_bytes());
        writer.put(&self.destination.octets());
        writer.put(&self.source.octets());
        writer.put(&self.bssid.octets());
        writer.put(&self.sequence.control());
    }

    /// The header and its protected bit. The caller has seen [`ACTION`] in the first octet.
    pub(super) fn parse(octets: &mut Octets<'_>) -> Result<(Self, bool), Refusal> {
        let mut header = Octets::new(octets.array::<HEADER_LEN>()?);
        let &[_, flags] = header.array()?;
        let duration_us = u16::from_le_bytes(*header.array()?);
        let destination = MacAddress(*header.array()?);
        let source = MacAddress(*header.array()?);
        let bssid = MacAddress(*header.array()?);
        let sequence = SequenceNumber::from_control(*header.array()?);
        if flags & (flag::TO_DS | flag::FROM_DS) != 0 {
            return Err(Refusal::Flags { found: flags });
        }
        let Some(sequence) = sequence.filter(|_| flags & flag::MORE_FRAGMENTS == 0) else {
            return Err(Refusal::Fragment);
        };
        let header = Self {
            destination,
            source,
            bssid,
            duration_us,
            sequence,
            retry: flags & flag::RETRY != 0,
        };
        Ok((header, flags & flag::PROTECTED != 0))
    }
}

/// Fills the MAC's fields of an emitted MPDU in place, and nothing else.
///
/// A sealed MPDU stays authentic, so that one sealing serves all attempts.
///
/// # Errors
///
/// [`BufferTooSmall`] when `mpdu` is shorter than a MAC header.
pub fn stamp(mpdu: &mut [u8], fields: MacFields) -> Result<(), BufferTooSmall> {
    let have = mpdu.len();
    let header: &mut [u8; HEADER_LEN] = mpdu
        .first_chunk_mut()
        .ok_or(BufferTooSmall { have, need: HEADER_LEN })?;
    if fields.retry {
        header[1] |= flag::RETRY;
    } else {
        header[1] &= !flag::RETRY;
    }
    header[2..4].copy_from_slice(&fields.duration_us.to_le_bytes());
    header[22..24].copy_from_slice(&fields.sequence.control());
    Ok(())
}
