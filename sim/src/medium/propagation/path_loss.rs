//! What distance takes off a signal.
//!
//! - **Friis**: 20·log₁₀(4π·d/λ) dB, free space between isotropic antennas (Friis, "A note on a simple transmission
//!   formula", 1946). 40.095 dB at 1 m on channel 1 (2412 MHz).
//! - **Log-distance**: L₀ + 10·n·log₁₀(d/d₀) dB beyond the reference distance d₀ (Rappaport, *Wireless Communications*,
//!   section 4.9). The exponent n is 2 in free space, 1.6 to 1.8 along corridors, 3 to 4 where walls and people stand
//!   between. Unless given, L₀ is Friis' loss at d₀.
//!
//! Within the reference distance the field is taken for that of free space: 20·log₁₀(d₀/d) dB less than L₀. ns-3 keeps L₀
//! there; boards on one desk would hear each other no louder than at 1 m. Beyond the reference distance the two are equal.
//!
//! Loss is never below 0 dB, so that no antenna receives more than was sent.
//!
//! Left out: reflection from the ground, the antennas' near field.

use core::f64::consts::PI;

/// m/s.
const SPEED_OF_LIGHT: f64 = 299_792_458.0;

/// How loss grows with distance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PathLoss {
    /// The same at any distance.
    Fixed {
        /// dB.
        loss_db: f64,
    },
    /// Free space.
    Friis,
    /// A power law.
    LogDistance(LogDistance),
}

/// The log-distance law.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogDistance {
    /// Tenths of the dB that ten times the distance costs; 2 in free space.
    pub exponent: f64,
    /// Where the law begins, in metres.
    pub reference_m: f64,
    /// The loss there; `None` for free space's.
    pub reference_loss_db: Option<f64>,
}

impl LogDistance {
    /// The law from 1 m on, with free space's loss there.
    #[must_use]
    pub const fn from_1_m(exponent: f64) -> Self {
        Self {
            exponent,
            reference_m: 1.0,
            reference_loss_db: None,
        }
    }

    fn reference_loss_db(self, frequency_mhz: u16) -> f64 {
        self.reference_loss_db
            .unwrap_or_else(|| unbounded_friis_db(self.reference_m, frequency_mhz))
    }
}

/// Free space's loss in dB at a distance.
///
/// ```
/// use sim::medium::propagation::friis_loss_db;
///
/// assert!((friis_loss_db(1.0, 2412) - 40.095).abs() < 0.001);
/// ```
#[must_use]
pub fn friis_loss_db(distance_m: f64, frequency_mhz: u16) -> f64 {
    unbounded_friis_db(distance_m, frequency_mhz).max(0.0)
}

fn unbounded_friis_db(distance_m: f64, frequency_mhz: u16) -> f64 {
    20.0 * libm::log10(4.0 * PI * distance_m * f64::from(frequency_mhz) * 1e6 / SPEED_OF_LIGHT)
}

/// The distance that costs so many dB at `exponent`, relative to the one that costs none.
fn distance_ratio(loss_db: f64, exponent: f64) -> f64 {
    libm::exp10(loss_db / (10.0 * exponent))
}

impl PathLoss {
    /// The same law, with what depends on frequency alone worked out: for many distances at one frequency.
    #[must_use]
    pub fn at(self, frequency_mhz: u16) -> Self {
        match self {
            Self::LogDistance(law) => Self::LogDistance(LogDistance {
                reference_loss_db: Some(law.reference_loss_db(frequency_mhz)),
                ..law
            }),
            Self::Fixed { .. } | Self::Friis => self,
        }
    }

    /// The loss over a distance, dB; at least 0, and 0 at no distance (a fixed loss apart).
    #[must_use]
    pub fn loss_db(self, distance_m: f64, frequency_mhz: u16) -> f64 {
        let loss = match self {
            Self::Fixed { loss_db } => loss_db,
            Self::Friis => unbounded_friis_db(distance_m, frequency_mhz),
            Self::LogDistance(law) => {
                let exponent = if distance_m < law.reference_m {
                    2.0
                } else {
                    law.exponent
                };
                let reference = law.reference_loss_db(frequency_mhz);
                reference + 10.0 * exponent * libm::log10(distance_m / law.reference_m)
            }
        };
        loss.max(0.0)
    }

    /// The distance in metres up to which the loss is at most `max_loss_db`: 0 where it is more everywhere, infinite where
    /// it never is. It is a part in 10⁹ too long rather than too short, so that nobody in range is overlooked.
    #[must_use]
    pub fn range_m(self, max_loss_db: f64, frequency_mhz: u16) -> f64 {
        if max_loss_db < 0.0 {
            return 0.0;
        }
        let range = match self {
            Self::Fixed { loss_db } if loss_db <= max_loss_db => f64::INFINITY,
            Self::Fixed { .. } => 0.0,
            Self::Friis => distance_ratio(max_loss_db - unbounded_friis_db(1.0, frequency_mhz), 2.0),
            Self::LogDistance(law) => {
                let beyond_reference = max_loss_db - law.reference_loss_db(frequency_mhz);
                let exponent = if beyond_reference < 0.0 { 2.0 } else { law.exponent };
                law.reference_m * distance_ratio(beyond_reference, exponent)
            }
        };
        range * (1.0 + 1e-9)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CHANNEL_1: u16 = 2412;

    fn is_near(value: f64, expected: f64) -> bool {
        (value - expected).abs() < 0.001
    }

    #[test]
    fn free_space_has_its_textbook_values() {
        assert!(is_near(PathLoss::Friis.loss_db(1.0, CHANNEL_1), 40.095));
        assert!(is_near(PathLoss::Friis.loss_db(10.0, CHANNEL_1), 60.095));
        assert!(is_near(PathLoss::Friis.loss_db(100.0, CHANNEL_1), 80.095));
        assert!(is_near(PathLoss::Friis.loss_db(1.0, 2484), 40.351));
    }

    #[test]
    fn the_power_law_begins_at_free_space() {
        let law = PathLoss::LogDistance(LogDistance::from_1_m(3.0));
        assert!(is_near(law.loss_db(1.0, CHANNEL_1), 40.095));
        assert!(is_near(law.loss_db(100.0, CHANNEL_1), 100.095));
        assert!(is_near(law.loss_db(0.1, CHANNEL_1), 20.095));
        let measured = PathLoss::LogDistance(LogDistance {
            exponent: 3.5,
            reference_m: 2.0,
            reference_loss_db: Some(50.0),
        });
        assert!(is_near(measured.loss_db(20.0, CHANNEL_1), 85.0));
    }

    #[test]
    fn a_board_on_top_of_another_loses_nothing() {
        for law in [PathLoss::Friis, PathLoss::LogDistance(LogDistance::from_1_m(3.0))] {
            assert_eq!(law.loss_db(0.0, CHANNEL_1), 0.0);
            assert_eq!(law.loss_db(1e-6, CHANNEL_1), 0.0);
        }
    }

    #[test]
    fn a_fixed_loss_reaches_everybody_or_nobody() {
        let fixed = PathLoss::Fixed { loss_db: 60.0 };
        assert_eq!(fixed.loss_db(0.0, CHANNEL_1), 60.0);
        assert_eq!(fixed.loss_db(1e6, CHANNEL_1), 60.0);
        assert_eq!(fixed.range_m(60.0, CHANNEL_1), f64::INFINITY);
        assert_eq!(fixed.range_m(59.9, CHANNEL_1), 0.0);
    }

    fn laws() -> impl Strategy<Value = PathLoss> {
        let power_law = (1.5..6.0, 0.1..10.0, proptest::option::of(10.0..80.0)).prop_map(
            |(exponent, reference_m, reference_loss_db)| {
                PathLoss::LogDistance(LogDistance {
                    exponent,
                    reference_m,
                    reference_loss_db,
                })
            },
        );
        prop_oneof![Just(PathLoss::Friis), power_law]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn range_is_the_inverse_of_loss(law in laws(), loss in 0.1..150.0) {
            let range = law.range_m(loss, CHANNEL_1);
            prop_assert!((law.loss_db(range, CHANNEL_1) - loss).abs() < 1e-6);
            prop_assert!(law.loss_db(range * (1.0 - 2e-9), CHANNEL_1) <= loss);
        }

        #[test]
        fn a_law_made_for_a_frequency_is_the_same_there(law in laws(), distance in 0.0..1000.0) {
            let made = law.at(CHANNEL_1);
            prop_assert_eq!(made.loss_db(distance, CHANNEL_1).to_bits(), law.loss_db(distance, CHANNEL_1).to_bits());
            prop_assert_eq!(made.range_m(distance, CHANNEL_1).to_bits(), law.range_m(distance, CHANNEL_1).to_bits());
        }

        #[test]
        fn loss_never_falls_with_distance(law in laws(), near in 0.0..1000.0, more in 0.0..1000.0) {
            prop_assert!(law.loss_db(near, CHANNEL_1) <= law.loss_db(near + more, CHANNEL_1));
        }
    }
}
