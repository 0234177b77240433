//! The number of the next message, which never comes twice.
//!
//! ```text
//! version 1 │ epoch 4 │ reserved 4 │ CRC-32 of all before              little-endian
//! ```
//!
//! An epoch is drawn when there is no count in the flash, or a damaged one. Its 32 bits are enough: a number can come twice under one key
//! only if the same sender draws an epoch that it had before under that key, which after n lost counts has happened with a probability of
//! about n² / 2³³, 1 in 9 million after 31. Other senders' epochs are no matter, as each has keys of its own; and each takes a place at
//! every receiver, so that a board that loses its count again and again is not heard long before.
//!
//! The flash is ahead: no number from `reserved` on was used before a higher one stood there. So after a reset it begins there.

use rand_core::Rng;

use crate::service::security::record::checksum;

const VERSION: u8 = 1;

/// How many numbers are reserved at a time.
pub const RESERVED: u32 = 64;

const CHECKED_LEN: usize = 9;

/// Octets of the counter in the flash.
pub(super) const COUNTER_LEN: usize = CHECKED_LEN + 4;

#[derive(Debug, Default)]
pub(super) struct Counter {
    epoch: u32,
    next: u32,
    /// What the flash has.
    reserved: u32,
    /// What it is about to have.
    wanted: u32,
}

impl Counter {
    /// Begins with what the flash has. Returns whether it could be read: if not, or if there was nothing, it counts in an epoch of
    /// its own from then on.
    pub(super) fn start(&mut self, value: Option<&[u8]>, random: &mut dyn Rng) -> bool {
        let kept = value.and_then(parse);
        let (epoch, next) = kept.unwrap_or_else(|| (random.next_u32(), 0));
        *self = Self {
            epoch,
            next,
            reserved: next,
            wanted: next,
        };
        kept.is_some() || value.is_none()
    }

    /// What is to be kept, if the flash should go ahead.
    pub(super) fn wants_to_reserve(&mut self) -> Option<[u8; COUNTER_LEN]> {
        if self.reserved - self.next > RESERVED / 2 || self.is_exhausted() {
            return None;
        }
        self.wanted = self.reserved.saturating_add(RESERVED);
        Some(emit(self.epoch, self.wanted))
    }

    /// What was to be kept is kept.
    pub(super) const fn handle_reserved(&mut self) {
        self.reserved = self.wanted;
    }

    /// All numbers are used; that takes 136 years at one a second.
    pub(super) const fn is_exhausted(&self) -> bool {
        self.reserved == u32::MAX && self.next == u32::MAX
    }

    pub(super) const fn is_ready(&self) -> bool {
        self.next < self.reserved
    }

    /// Epoch and number of the next message; `None` before the flash has gone ahead.
    pub(super) fn take(&mut self) -> Option<(u32, u32)> {
        let counter = self.next;
        self.is_ready().then(|| {
            self.next += 1;
            (self.epoch, counter)
        })
    }
}

fn emit(epoch: u32, reserved: u32) -> [u8; COUNTER_LEN] {
    let mut octets = [0; COUNTER_LEN];
    octets[0] = VERSION;
    octets[1..5].copy_from_slice(&epoch.to_le_bytes());
    octets[5..9].copy_from_slice(&reserved.to_le_bytes());
    let check = checksum(&octets[..CHECKED_LEN]);
    octets[CHECKED_LEN..].copy_from_slice(&check);
    octets
}

fn parse(value: &[u8]) -> Option<(u32, u32)> {
    let octets: &[u8; COUNTER_LEN] = value.try_into().ok()?;
    if octets[0] != VERSION || checksum(&octets[..CHECKED_LEN]) != octets[CHECKED_LEN..] {
        return None;
    }
    let epoch = u32::from_le_bytes(*octets[1..].first_chunk()?);
    Some((epoch, u32::from_le_bytes(*octets[5..].first_chunk()?)))
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::collections::BTreeSet;
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    struct Epoch(u32);

    impl rand_core::TryRng for Epoch {
        type Error = core::convert::Infallible;

        fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
            self.0 += 1;
            Ok(self.0)
        }

        fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
            self.try_next_u32().map(u64::from)
        }

        fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Self::Error> {
            octets.fill(0);
            Ok(())
        }
    }

    proptest! {
        /// Whenever the power goes, also while the flash is written, also when it is lost: no number comes twice.
        #[test]
        fn no_number_comes_twice(lives in prop::collection::vec((0..200_u32, any::<bool>(), 0..20_u8), 1..20)) {
            let mut flash: Option<Vec<u8>> = None;
            let mut random = Epoch(0);
            let mut used = BTreeSet::new();
            for (messages, last_store_counts, damage) in lives {
                let mut counter = Counter::default();
                let good = counter.start(flash.as_deref(), &mut random);
                prop_assert!(good || damage < 20);
                for _ in 0..messages {
                    if let Some(value) = counter.wants_to_reserve() {
                        flash = Some(value.to_vec());
                        counter.handle_reserved();
                    }
                    prop_assert!(used.insert(counter.take().expect("it is reserved")));
                }
                if let Some(value) = counter.wants_to_reserve() && last_store_counts {
                    flash = Some(value.to_vec());
                }
                if damage == 0 && let Some(value) = &mut flash {
                    value[3] ^= 0x40;
                }
            }
        }

        #[test]
        fn arbitrary_flash_never_panics(value in prop::collection::vec(any::<u8>(), 0..20)) {
            Counter::default().start(Some(&value), &mut Epoch(0));
        }
    }

    #[test]
    fn it_ends() {
        let mut counter = Counter::default();
        counter.start(Some(&emit(1, u32::MAX - 1)), &mut Epoch(0));
        assert!(counter.wants_to_reserve().is_some());
        assert_eq!(counter.take(), None);
        counter.handle_reserved();
        assert_eq!(counter.take(), Some((1, u32::MAX - 1)));
        assert_eq!(counter.take(), None);
        assert!(counter.is_exhausted());
        assert_eq!(counter.wants_to_reserve(), None);
    }
}
