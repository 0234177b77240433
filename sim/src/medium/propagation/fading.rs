//! Flat fading: the same path carries one frame better than the next, as echoes add up or cancel.
//!
//! The gain is |h|² of a complex normal channel h with E|h|² = 1: without a direct path (Rayleigh) it is exponential with
//! mean 1; with one (Rician), K is the direct path's power by that of all echoes, and the variance (1 + 2K)/(1 + K)².
//! Proakis, *Digital Communications*, section 13.1.
//!
//! It is drawn anew for each frame and receiver, and holds from a frame's first bit to its last. Left out: correlation in
//! time (a board at rest sees its fading change slowly, and an ACK meets what its frame met) and over frequency.

use super::draw::{Draw, Purpose};
use crate::medium::phy::from_db;

/// How the gain of a path changes from frame to frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Fading {
    /// It does not.
    #[default]
    None,
    /// Echoes only.
    Rayleigh,
    /// A direct path and echoes.
    Rician {
        /// Power of the direct path by that of the echoes, dB.
        k_db: f64,
    },
}

impl Fading {
    /// The power gain, a ratio with mean 1, of a frame at a receiver.
    #[must_use]
    pub fn power_gain(self, seed: u64, transmission: u64, receiver: u32) -> f64 {
        let draw = || Draw::new(seed, Purpose::Fading, transmission, receiver.into());
        match self {
            Self::None => 1.0,
            Self::Rayleigh => -libm::log(draw().uniform(0)),
            Self::Rician { k_db } => {
                let k = from_db(k_db);
                if k.is_infinite() {
                    return 1.0;
                }
                let (x, y) = draw().normals();
                let direct = (2.0 * k).sqrt() + x;
                (direct * direct + y * y) / (2.0 * (k + 1.0))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean_and_variance(fading: Fading) -> (f64, f64) {
        let gains: Vec<f64> = (0..40_000)
            .map(|id| fading.power_gain(3, id / 4, (id % 4) as u32))
            .collect();
        let count = gains.len() as f64;
        let mean = gains.iter().sum::<f64>() / count;
        let variance = gains.iter().map(|gain| (gain - mean) * (gain - mean)).sum::<f64>() / count;
        (mean, variance)
    }

    #[test]
    fn a_frame_has_one_gain_at_a_receiver() {
        let gain = |id, receiver| Fading::Rayleigh.power_gain(1, id, receiver);
        let first = gain(5, 2);
        assert_ne!(gain(6, 2), first);
        assert_ne!(gain(5, 3), first);
        assert_eq!(gain(5, 2), first);
        assert_eq!(Fading::None.power_gain(1, 5, 2), 1.0);
    }

    #[test]
    fn without_a_direct_path_power_is_exponential() {
        let (mean, variance) = mean_and_variance(Fading::Rayleigh);
        assert!((mean - 1.0).abs() < 0.02, "{mean}");
        assert!((variance - 1.0).abs() < 0.06, "{variance}");
        for threshold in [0.1, 0.5, 1.0, 3.0] {
            let above = (0..40_000).filter(|id| Fading::Rayleigh.power_gain(3, *id, 0) > threshold);
            let share = above.count() as f64 / 40_000.0;
            assert!(
                (share - libm::exp(-threshold)).abs() < 0.01,
                "{share} above {threshold}"
            );
        }
    }

    #[test]
    fn a_direct_path_steadies_the_gain() {
        for k_db in [-30.0, 0.0, 6.0, 12.0] {
            let k = from_db(k_db);
            let (mean, variance) = mean_and_variance(Fading::Rician { k_db });
            let expected = (1.0 + 2.0 * k) / ((1.0 + k) * (1.0 + k));
            assert!((mean - 1.0).abs() < 0.02, "{mean} at {k_db} dB");
            assert!((variance / expected - 1.0).abs() < 0.06, "{variance} at {k_db} dB");
        }
        assert_eq!(Fading::Rician { k_db: f64::INFINITY }.power_gain(1, 2, 3), 1.0);
    }
}
