//! Log-normal shadowing: what stands between two boards and isn't drawn as a wall.
//!
//! A pair's gain in dB is normal with mean 0 and standard deviation σ, drawn once for a pair and the same in both
//! directions (Rappaport, *Wireless Communications*, section 4.9.2). σ is 0 in free space, 4 dB in an open office, up to
//! 12 dB in buildings.
//!
//! It is cut at 3 σ, which touches one pair in 370, so that a farthest range exists ([`Shadowing::MOST_SIGMAS`]).
//!
//! Left out: correlation between neighbouring places. A board that moves keeps its pairs' shadowing.

use super::draw::{Draw, Purpose};

/// Log-normal shadowing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Shadowing {
    /// Standard deviation, dB. 0 switches it off.
    pub sigma_db: f64,
}

impl Shadowing {
    /// No pair gains or loses more than so many standard deviations.
    pub const MOST_SIGMAS: f64 = 3.0;

    /// The gain, dB, of the pair of these boards' antennas. The order of the two does not matter.
    #[must_use]
    pub fn gain_db(self, seed: u64, a: u32, b: u32) -> f64 {
        if self.sigma_db == 0.0 {
            return 0.0;
        }
        let draw = Draw::new(seed, Purpose::Shadowing, a.min(b).into(), a.max(b).into());
        let (sigmas, _) = draw.normals();
        self.sigma_db * sigmas.clamp(-Self::MOST_SIGMAS, Self::MOST_SIGMAS)
    }

    /// The most that any pair can gain, dB.
    #[must_use]
    pub const fn most_gain_db(self) -> f64 {
        self.sigma_db.abs() * Self::MOST_SIGMAS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_has_one_gain() {
        let shadowing = Shadowing { sigma_db: 6.0 };
        assert_eq!(shadowing.gain_db(1, 3, 9), shadowing.gain_db(1, 9, 3));
        assert_ne!(shadowing.gain_db(1, 3, 9), shadowing.gain_db(1, 3, 8));
        assert_ne!(shadowing.gain_db(1, 3, 9), shadowing.gain_db(2, 3, 9));
        assert_eq!(Shadowing::default().gain_db(1, 3, 9), 0.0);
    }

    #[test]
    fn pairs_spread_as_sigma_says() {
        let shadowing = Shadowing { sigma_db: 8.0 };
        let pairs = (0..200).flat_map(|a| (0..a).map(move |b| (a, b)));
        let gains: Vec<f64> = pairs.map(|(a, b)| shadowing.gain_db(7, a, b)).collect();
        let count = gains.len() as f64;
        let mean = gains.iter().sum::<f64>() / count;
        let deviation = (gains.iter().map(|gain| gain * gain).sum::<f64>() / count).sqrt();
        assert!(mean.abs() < 0.25, "{mean}");
        // The cut takes 1.3 % off.
        assert!((deviation - 8.0 * 0.987).abs() < 0.2, "{deviation}");
        assert!(gains.iter().all(|gain| gain.abs() <= shadowing.most_gain_db()));
    }
}
