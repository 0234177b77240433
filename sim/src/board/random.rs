//! The board's random number generator.

use std::convert::Infallible;

use rand_core::{Rng as _, TryRng};

use super::Shared;

/// A chip's generator draws on noise: it goes on over resets and never begins anew.
#[derive(Debug)]
pub struct VirtualRandom {
    hardware: Shared,
}

impl VirtualRandom {
    pub(super) fn new(hardware: Shared) -> Self {
        Self { hardware }
    }
}

impl TryRng for VirtualRandom {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.hardware.borrow_mut().random.next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.hardware.borrow_mut().random.next_u64())
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Infallible> {
        self.hardware.borrow_mut().random.fill_bytes(octets);
        Ok(())
    }
}
