//! The vendor elements that carry a payload.
//!
//! The version octet (ESP-IDF, "ESP-NOW", Frame Format):
//!
//! ```text
//!            7   6   5      4       3   2   1   0
//!          ┌───────────┬────────┬─────────────────┐
//!          │ reserved  │  more  │     version     │      (version 1: bit 4 is reserved too)
//!          └───────────┴────────┴─────────────────┘
//! ```
//!
//! Reserved bits are sent as 0 and ignored on reception, as IEEE 802.11-2020 (clause 9.2.2) has it for reserved fields:
//! a later firmware may give them a meaning that does not concern a receiver of today.

use super::octets::Octets;
use super::room::Writer;
use super::{Payload, Refusal, Version};

/// Espressif's organisation identifier.
pub(super) const ESPRESSIF: [u8; 3] = [0x18, 0xfe, 0x34];

/// Octets of an element before its body.
pub(super) const PREFIX_LEN: usize = 7;

/// `ESP_NOW_MAX_IE_DATA_LEN`.
const MAX_BODY: usize = 250;

/// Elements that the longest payload fills.
const MAX_ELEMENTS: usize = Version::V2.max_payload().div_ceil(MAX_BODY);

const ID: u8 = 221;
const TYPE: u8 = 4;
/// Organisation, type and version, which the length octet counts.
const COUNTED_PREFIX: u8 = 5;
const VERSION_BITS: u8 = 0x0f;
const MORE: u8 = 0x10;

/// Octets of all elements around a payload of this length.
pub(super) const fn elements_len(payload: usize) -> usize {
    let elements = if payload == 0 { 1 } else { payload.div_ceil(MAX_BODY) };
    elements * PREFIX_LEN + payload
}

/// Writes the payload in full elements and a last one; an empty payload is one empty element.
pub(super) fn emit_elements(payload: &Payload<'_>, writer: &mut Writer<'_>) {
    let number = payload.version().number();
    let mut rest = payload.bytes();
    loop {
        let (body, after) = rest.split_at(rest.len().min(MAX_BODY));
        let more = if after.is_empty() { 0 } else { MORE };
        let [a, b, c] = ESPRESSIF;
        // At most 250, see MAX_BODY.
        let length = COUNTED_PREFIX + body.len() as u8;
        writer.put(&[ID, length, a, b, c, TYPE, number | more]);
        writer.put(body);
        if after.is_empty() {
            return;
        }
        rest = after;
    }
}

/// One element of a received frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Element<'a> {
    pub(super) version: Version,
    pub(super) more: bool,
    pub(super) body: &'a [u8],
}

impl<'a> Element<'a> {
    pub(super) fn parse(octets: &mut Octets<'a>) -> Result<Self, Refusal> {
        let &[id, length] = octets.array()?;
        if id != ID {
            return Err(Refusal::ElementId { found: id });
        }
        let body_len = length
            .checked_sub(COUNTED_PREFIX)
            .ok_or(Refusal::ElementLength { found: length })?;
        check_organisation(*octets.array()?)?;
        let &[kind, version_octet] = octets.array()?;
        if kind != TYPE {
            return Err(Refusal::ElementType { found: kind });
        }
        let number = version_octet & VERSION_BITS;
        let version = Version::from_number(number).ok_or(Refusal::ElementVersion { found: number })?;
        let more = version == Version::V2 && version_octet & MORE != 0;
        let body = octets.slice(body_len.into())?;
        Ok(Self { version, more, body })
    }
}

pub(super) fn check_organisation(found: [u8; 3]) -> Result<(), Refusal> {
    if found == ESPRESSIF {
        Ok(())
    } else {
        Err(Refusal::Organisation { found })
    }
}

/// The rules that bind the elements of one frame, and what they add up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Survey {
    pub(super) version: Version,
    pub(super) payload_len: usize,
}

/// Checks all elements of a frame up to its end.
pub(super) fn survey(mut octets: Octets<'_>) -> Result<Survey, Refusal> {
    let mut element = Element::parse(&mut octets)?;
    let version = element.version;
    let mut payload_len = element.body.len();
    let mut count = 1;
    while element.more {
        if octets.rest().is_empty() {
            return Err(Refusal::MissingElement);
        }
        if count == MAX_ELEMENTS {
            return Err(Refusal::TooManyElements);
        }
        element = Element::parse(&mut octets)?;
        if element.version != version {
            return Err(Refusal::MixedVersions);
        }
        payload_len += element.body.len();
        count += 1;
    }
    match octets.rest() {
        [] if payload_len > version.max_payload() => Err(Refusal::PayloadTooLong { octets: payload_len }),
        [] => Ok(Survey { version, payload_len }),
        [ID, ..] if version == Version::V1 => Err(Refusal::SeveralElementsInV1),
        trailing => Err(Refusal::TrailingOctets { octets: trailing.len() }),
    }
}
