//! A received frame, readable.

use super::action::CATEGORY;
use super::element::{Element, Survey, check_organisation, survey};
use super::octets::Octets;
use super::{HEADER_LEN, Header, Refusal, Version};

/// A plain or opened ESP-NOW frame in which every rule of the format holds.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    header: Header,
    random: [u8; 4],
    survey: Survey,
    elements: Octets<'a>,
}

impl<'a> Packet<'a> {
    /// `body` is what follows the MAC header of a plain frame.
    pub(super) fn parse(header: Header, body: &'a [u8]) -> Result<Self, Refusal> {
        let mut octets = Octets::after(HEADER_LEN, body);
        let &[category] = octets.array()?;
        if category != CATEGORY {
            return Err(Refusal::Category { found: category });
        }
        check_organisation(*octets.array()?)?;
        let random = *octets.array()?;
        Ok(Self {
            header,
            random,
            survey: survey(octets)?,
            elements: octets,
        })
    }

    /// The MAC header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The random octets.
    #[must_use]
    pub const fn random(&self) -> [u8; 4] {
        self.random
    }

    /// The version that all elements carry.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.survey.version
    }

    /// Octets of payload, all elements together.
    #[must_use]
    pub const fn payload_len(&self) -> usize {
        self.survey.payload_len
    }

    /// The payload in the parts that the elements carry, in order.
    #[must_use]
    pub const fn segments(&self) -> Segments<'a> {
        Segments {
            elements: self.elements,
        }
    }

    /// What the first element carries: all that some version 1 receivers keep of a longer payload.
    #[must_use]
    pub fn first_element(&self) -> &'a [u8] {
        self.segments().next().unwrap_or_default()
    }

    /// Copies as much of the payload as fits into `buffer`; gives how much that was.
    pub fn copy_payload(&self, buffer: &mut [u8]) -> usize {
        let mut copied = 0;
        for segment in self.segments() {
            let Some(room) = buffer.get_mut(copied..) else { break };
            let length = segment.len().min(room.len());
            for (to, from) in room.iter_mut().zip(segment) {
                *to = *from;
            }
            copied += length;
        }
        copied
    }
}

/// The parts of a [`Packet`]'s payload.
#[derive(Clone, Debug)]
pub struct Segments<'a> {
    elements: Octets<'a>,
}

impl<'a> Iterator for Segments<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<Self::Item> {
        // The elements were surveyed, so the only refusal is that they are at their end.
        Element::parse(&mut self.elements).ok().map(|element| element.body)
    }
}
