//! Received power, in a unit whose sums are exact.

use std::f64::consts::LOG2_10;
use std::ops::{AddAssign, SubAssign};

/// Power in attowatts (10⁻¹⁸ W): −150 dBm is 1, 10 dBm is 10¹⁶. What is stronger counts as 10 dBm, which no receiver stands.
///
/// Whole numbers, so that a sum does not depend on the order of its parts, and is zero when all parts are gone again. Sums wrap
/// round: the parts of one may be 922 of the strongest, and 92 million of −40 dBm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Power(i64);

const ATTOWATTS_PER_MILLIWATT: f64 = 1e15;

/// dBm.
const STRONGEST_DBM: f64 = 10.0;

impl Power {
    pub(crate) const ZERO: Self = Self(0);

    pub(crate) fn from_dbm(dbm: f64) -> Self {
        // `from_db` is right for whole decades, this is half the work: one is made for each pair of boards.
        let milliwatts = libm::exp2(dbm.min(STRONGEST_DBM) * (LOG2_10 / 10.0));
        Self((milliwatts * ATTOWATTS_PER_MILLIWATT) as i64)
    }

    pub(crate) const fn scaled(self, factor: f32) -> Self {
        Self((self.0 as f64 * factor as f64) as i64)
    }

    pub(crate) const fn less(self, other: Self) -> Self {
        Self(self.0.wrapping_sub(other.0))
    }

    pub(crate) const fn plus(self, other: Self) -> Self {
        Self(self.0.wrapping_add(other.0))
    }

    /// Whether this is `factor` times `other` or more.
    pub(crate) const fn exceeds(self, other: Self, factor: f32) -> bool {
        self.0 as f32 >= other.0 as f32 * factor
    }

    /// A power that [exceeds](Power::exceeds) this by `factor`, as does all above it.
    pub(crate) fn at_least(self, factor: f32) -> Self {
        Self((self.0 as f32 * factor).ceil() as i64)
    }

    /// As a floating-point number, in aW.
    pub(crate) const fn rounded(self) -> f32 {
        self.0 as f32
    }

    /// How often `other` this is.
    pub(crate) const fn over(self, other: Self) -> f32 {
        self.0 as f32 / other.0 as f32
    }
}

impl AddAssign for Power {
    fn add_assign(&mut self, other: Self) {
        *self = self.plus(other);
    }
}

impl SubAssign for Power {
    fn sub_assign(&mut self, other: Self) {
        debug_assert!(self.0 >= other.0, "only what was added is taken away");
        *self = self.less(other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::medium::phy::to_db;

    #[test]
    fn decibels_and_back() {
        for dbm in [10.0, 0.0, -40.0, -98.0, -112.0] {
            let ratio = f64::from(Power::from_dbm(dbm).over(Power::from_dbm(0.0)));
            assert!((to_db(ratio) - dbm).abs() < 0.01, "{dbm}");
        }
        assert_eq!(Power::from_dbm(-200.0), Power::ZERO);
        assert_eq!(Power::from_dbm(30.0), Power::from_dbm(10.0));
    }

    #[test]
    fn sums_are_exact() {
        let parts = [-40.0, -98.0, -71.3, -112.0].map(Power::from_dbm);
        let mut sum = Power::ZERO;
        for part in parts {
            sum += part;
        }
        for part in parts {
            sum -= part;
        }
        assert_eq!(sum, Power::ZERO);
    }
}
