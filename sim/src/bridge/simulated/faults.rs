//! What a bad line does to octets.

use rand_core::Rng as _;

use crate::kernel::{Generator, chance};

/// What happens to each octet, in both directions.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LineFaults {
    /// The probability that it is lost.
    pub loss: f64,
    /// The probability that it becomes another one.
    pub corruption: f64,
}

impl LineFaults {
    pub(super) fn apply(self, octet: u8, generator: &mut Generator) -> Option<u8> {
        if chance(generator, self.loss) {
            return None;
        }
        if chance(generator, self.corruption) {
            // Any bits but none.
            let bits = 1 + (generator.next_u32() % 255) as u8;
            return Some(octet ^ bits);
        }
        Some(octet)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Concern, stream};

    #[test]
    fn octets_are_lost_and_changed_as_often_as_said() {
        let mut generator = stream(1, Concern::Line, 0);
        let faults = LineFaults {
            loss: 0.1,
            corruption: 0.2,
        };
        let after: Vec<_> = (0..10_000).map(|_| faults.apply(7, &mut generator)).collect();
        let lost = after.iter().filter(|octet| octet.is_none()).count();
        let whole = after.iter().filter(|octet| **octet == Some(7)).count();
        assert!((900..1100).contains(&lost), "{lost}");
        assert!((7000..7400).contains(&whole), "{whole}");
        assert_eq!(LineFaults::default().apply(7, &mut generator), Some(7));
    }
}
