//! Random octets that a vector prescribes.

use std::collections::VecDeque;
use std::convert::Infallible;

use rand_core::TryRng;

/// Gives these octets and no others: panics when they are used up.
pub(crate) struct Scripted(VecDeque<u8>);

impl Scripted {
    pub(crate) fn new(octets: &[u8]) -> Self {
        Self(octets.iter().copied().collect())
    }
}

impl TryRng for Scripted {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut octets = [0; 4];
        self.try_fill_bytes(&mut octets)?;
        Ok(u32::from_le_bytes(octets))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut octets = [0; 8];
        self.try_fill_bytes(&mut octets)?;
        Ok(u64::from_le_bytes(octets))
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Infallible> {
        for octet in octets {
            *octet = self.0.pop_front().expect("no more random octets than the vector has");
        }
        Ok(())
    }
}
