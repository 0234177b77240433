//! Fields, taken from and put to octets.

use super::Malformed;
use crate::MacAddress;

/// What is left of a message.
pub(super) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub(super) const fn new(octets: &'a [u8]) -> Self {
        Self(octets)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (array, rest) = self.0.split_first_chunk().ok_or(Malformed::Short)?;
        self.0 = rest;
        Ok(*array)
    }

    pub(super) fn octet(&mut self) -> Result<u8, Malformed> {
        self.array().map(|[octet]| octet)
    }

    pub(super) fn u16(&mut self) -> Result<u16, Malformed> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Malformed> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, Malformed> {
        self.array().map(u64::from_le_bytes)
    }

    pub(super) fn address(&mut self) -> Result<MacAddress, Malformed> {
        self.array().map(MacAddress)
    }

    pub(super) const fn rest(self) -> &'a [u8] {
        self.0
    }

    /// Nothing may follow.
    pub(super) const fn end(self) -> Result<(), Malformed> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Malformed::Long)
        }
    }
}

/// Fills a buffer from front to back. What does not fit makes the whole not fit.
pub(super) struct Writer<'b> {
    buffer: &'b mut [u8],
    length: usize,
}

impl<'b> Writer<'b> {
    pub(super) const fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, length: 0 }
    }

    #[must_use]
    pub(super) fn put(mut self, octets: &[u8]) -> Self {
        let end = self.length.saturating_add(octets.len());
        if let Some(room) = self.buffer.get_mut(self.length..end) {
            room.copy_from_slice(octets);
        }
        self.length = end;
        self
    }

    /// Octets written; `None` if the buffer is too short.
    pub(super) const fn finish(self) -> Option<usize> {
        if self.length <= self.buffer.len() {
            Some(self.length)
        } else {
            None
        }
    }
}
