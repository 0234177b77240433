//! Decibels and the ratios they stand for; with dBm, milliwatts.

/// The power ratio of so many decibels; for dBm, milliwatts.
///
/// ```
/// use sim::medium::phy::from_db;
///
/// assert_eq!(from_db(20.0), 100.0);
/// ```
#[must_use]
pub fn from_db(decibels: f64) -> f64 {
    libm::exp10(decibels / 10.0)
}

/// A power ratio in decibels; for milliwatts, dBm. Minus infinity for nothing at all.
#[must_use]
pub fn to_db(ratio: f64) -> f64 {
    10.0 * libm::log10(ratio)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversions_are_inverse() {
        for decibels in [-120.0, -98.4, -3.0, 0.0, 0.1, 20.0, 60.0] {
            assert!((to_db(from_db(decibels)) - decibels).abs() < 1e-12);
        }
        assert_eq!(to_db(0.0), f64::NEG_INFINITY);
        assert_eq!(from_db(f64::NEG_INFINITY), 0.0);
    }
}
