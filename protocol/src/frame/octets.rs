//! Octets of a received frame, taken from front to back.

use super::Refusal;

/// What is left of an MPDU, and how much was taken before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Octets<'a> {
    rest: &'a [u8],
    taken: usize,
}

impl<'a> Octets<'a> {
    pub(super) const fn new(mpdu: &'a [u8]) -> Self {
        Self::after(0, mpdu)
    }

    /// The part of an MPDU that follows its first `taken` octets.
    pub(super) const fn after(taken: usize, rest: &'a [u8]) -> Self {
        Self { rest, taken }
    }

    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<&'a [u8; N], Refusal> {
        let (array, rest) = self.rest.split_first_chunk().ok_or(self.too_short(N))?;
        self.advance(N, rest);
        Ok(array)
    }

    pub(super) fn slice(&mut self, length: usize) -> Result<&'a [u8], Refusal> {
        let (slice, rest) = self.rest.split_at_checked(length).ok_or(self.too_short(length))?;
        self.advance(length, rest);
        Ok(slice)
    }

    fn advance(&mut self, length: usize, rest: &'a [u8]) {
        self.taken += length;
        self.rest = rest;
    }

    const fn too_short(&self, missing: usize) -> Refusal {
        Refusal::TooShort {
            have: self.taken + self.rest.len(),
            need: self.taken + missing,
        }
    }
}
