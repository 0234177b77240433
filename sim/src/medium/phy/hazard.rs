//! Bit error curves as tables.
//!
//! The hazard of a bit is h = −ln(1 − p), where p is its error probability. Hazards of independent bits add up: a frame
//! whose bits met different SINRs survives with exp(−Σ bits·h).
//!
//! ```text
//!   SINR as f32:  0 eeeeeeee mmmmmmm mmmmmmmmmmmmmmmm
//!                   └──── place ───┘ └─ way to the ─┘
//!                     in the table      next sample
//! ```
//!
//! The upper bits of a float count in steps of equal size within an octave, so they are the place in the table as they
//! stand, and what remains says how far to go to the next sample. With 128 steps an octave a straight line between two
//! samples is within 1 % of the curve wherever the hazard is above 10⁻⁹.

use std::sync::OnceLock;

use protocol::Rate;

use super::error_rate::Curve;

/// −42 dB. Below, the value here holds.
const LOWEST: f32 = 1.0 / 16_384.0;
/// 30 dB. Above, the value here holds.
const HIGHEST: f32 = 1_024.0;
const OCTAVES: usize = 24;
/// Mantissa bits that are part of the place.
const PLACE_BITS: u32 = 7;
const REST_BITS: u32 = f32::MANTISSA_DIGITS - 1 - PLACE_BITS;
/// One for the highest SINR and one to go towards from there.
const SAMPLES: usize = (OCTAVES << PLACE_BITS) + 2;

/// A rate's hazard of a bit by SINR.
#[derive(Debug)]
pub struct HazardTable {
    samples: Box<[f32; SAMPLES]>,
}

impl HazardTable {
    /// The table of a rate. It is made when it is first asked for; rates with one curve share it. 12 KiB each.
    #[must_use]
    pub fn for_rate(rate: Rate) -> &'static Self {
        static TABLES: [OnceLock<HazardTable>; Curve::ALL.len()] = [const { OnceLock::new() }; Curve::ALL.len()];
        let curve = Curve::of(rate);
        TABLES[curve as usize].get_or_init(|| Self::new(curve))
    }

    fn new(curve: Curve) -> Self {
        let mut samples = Box::new([0.0; SAMPLES]);
        for (place, sample) in (0..).zip(samples.iter_mut()) {
            let sinr = f32::from_bits(LOWEST.to_bits() + (place << REST_BITS));
            let hazard = curve.hazard(f64::from(sinr)) as f32;
            // Subnormal numbers are slow, and nothing hangs on them.
            if hazard < f32::MIN_POSITIVE {
                // It only falls: the rest is zero as it is.
                break;
            }
            *sample = hazard;
        }
        Self { samples }
    }

    /// The hazard of a bit at this SINR (a ratio, not dB). A SINR that is not a number counts as none.
    ///
    /// ```
    /// use protocol::Rate;
    /// use sim::medium::phy::HazardTable;
    ///
    /// // A frame of 100 octets, half of it disturbed.
    /// let table = HazardTable::for_rate(Rate::Dsss1M);
    /// let hazard = 400.0 * table.hazard(10.0) + 400.0 * table.hazard(0.3);
    /// let survives = (-hazard).exp();
    /// assert!((0.7..0.8).contains(&survives));
    /// ```
    #[must_use]
    #[inline]
    #[expect(clippy::manual_clamp, reason = "clamp lets what is not a number through")]
    pub fn hazard(&self, sinr: f32) -> f32 {
        let bits = sinr.max(LOWEST).min(HIGHEST).to_bits() - LOWEST.to_bits();
        let place = (bits >> REST_BITS) as usize;
        let way = (bits & ((1 << REST_BITS) - 1)) as f32 * (1.0 / (1_u32 << REST_BITS) as f32);
        let (here, next) = (self.samples[place], self.samples[place + 1]);
        here + (next - here) * way
    }
}

#[cfg(test)]
mod tests {
    use super::super::error_rate::every_rate;
    use super::*;
    use protocol::rate::{GuardInterval, Mcs, Ofdm};

    #[test]
    fn a_table_is_close_to_its_curve() {
        for rate in every_rate() {
            let table = HazardTable::for_rate(rate);
            // 7 001 places, none of them a sample.
            for hundredth in -4_000..=3_000 {
                let sinr = libm::exp10(f64::from(hundredth) / 1_000.0) as f32;
                let exact = Curve::of(rate).hazard(f64::from(sinr));
                let off = (f64::from(table.hazard(sinr)) - exact).abs();
                assert!(
                    off < (0.01 * exact).max(1e-9),
                    "{rate} at {sinr}: off by {off} of {exact}"
                );
            }
        }
    }

    #[test]
    fn the_ends_hold_beyond_them() {
        for rate in every_rate() {
            let table = HazardTable::for_rate(rate);
            for nothing in [0.0, -1.0, f32::NAN, f32::NEG_INFINITY] {
                assert_eq!(table.hazard(nothing), table.hazard(LOWEST));
            }
            assert!((table.hazard(0.0) - core::f32::consts::LN_2).abs() < 0.01);
            assert_eq!(table.hazard(f32::INFINITY), table.hazard(HIGHEST));
            assert!(table.hazard(f32::MAX) < 1e-9);
        }
    }

    #[test]
    fn more_signal_never_hurts() {
        for rate in every_rate() {
            let table = HazardTable::for_rate(rate);
            let hazards = (0..20_000).map(|step| table.hazard(1e-3 * 1.001_f32.powi(step)));
            assert!(hazards.is_sorted_by(|a, b| a >= b), "{rate}");
        }
    }

    #[test]
    fn rates_with_one_curve_share_a_table() {
        let mcs0 = Mcs::new(0).expect("0 is a scheme");
        let [long, short] =
            [GuardInterval::Long, GuardInterval::Short].map(|guard| HazardTable::for_rate(Rate::Ht20(mcs0, guard)));
        assert!(core::ptr::eq(long, short));
        assert!(core::ptr::eq(long, HazardTable::for_rate(Rate::Ofdm(Ofdm::M6))));
        assert!(size_of::<[f32; SAMPLES]>() <= 16 * 1024);
    }
}
