//! Random numbers by counter: each is a hash of what it is for.
//!
//! The mixer is SplitMix64's (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014), applied once
//! for each word of the key.

use core::f64::consts::TAU;

/// What a number is drawn for. Numbers for one purpose tell nothing of another's.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    Shadowing,
    Fading,
}

/// Random bits that belong to a seed, a purpose and two counters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draw(u64);

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

fn mix(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

impl Draw {
    pub(super) fn new(seed: u64, purpose: Purpose, a: u64, b: u64) -> Self {
        let state = [purpose as u64 + 1, a, b]
            .into_iter()
            .fold(mix(seed.wrapping_add(GOLDEN)), |state, word| {
                mix(state.wrapping_add(GOLDEN) ^ word)
            });
        Self(state)
    }

    fn word(self, index: u64) -> u64 {
        mix(self.0.wrapping_add(GOLDEN.wrapping_mul(index + 1)))
    }

    /// Uniform, above 0 and at most 1.
    pub(super) fn uniform(self, index: u64) -> f64 {
        const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
        ((self.word(index) >> 11) + 1) as f64 * STEP
    }

    /// Two independent standard normal numbers (Box and Muller).
    pub(super) fn normals(self) -> (f64, f64) {
        let radius = (-2.0 * libm::log(self.uniform(0))).sqrt();
        let (sine, cosine) = libm::sincos(TAU * self.uniform(1));
        (radius * cosine, radius * sine)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_of_the_key_counts() {
        let draws = [
            Draw::new(1, Purpose::Fading, 2, 3),
            Draw::new(1, Purpose::Shadowing, 2, 3),
            Draw::new(2, Purpose::Fading, 2, 3),
            Draw::new(1, Purpose::Fading, 3, 3),
            Draw::new(1, Purpose::Fading, 2, 4),
            Draw::new(1, Purpose::Fading, 3, 2),
        ];
        for (index, draw) in draws.iter().enumerate() {
            assert!(draws[..index].iter().all(|other| other.0 != draw.0), "{index} repeats");
        }
        assert_eq!(draws[0].0, Draw::new(1, Purpose::Fading, 2, 3).0);
    }

    #[test]
    fn a_draw_is_the_same_on_every_machine() {
        let draw = Draw::new(42, Purpose::Fading, 7, 1);
        let bits = [draw.uniform(0), draw.normals().0, draw.normals().1].map(f64::to_bits);
        assert_eq!(
            bits,
            [0x3fee_50bd_cc7a_c06d, 0x3fb6_7259_12c6_e39f, 0xbfd4_494b_441b_254c]
        );
    }

    #[test]
    fn neighbouring_counters_are_independent() {
        let count = 40_000;
        let number = |a| Draw::new(1, Purpose::Fading, a, 0).uniform(0) - 0.5;
        let covariance: f64 = (0..count).map(|a| number(a) * number(a + 1)).sum::<f64>() / count as f64;
        // Its standard deviation is 1/(12·√40 000).
        assert!(covariance.abs() < 4.0 / (12.0 * 200.0), "{covariance}");
    }

    #[test]
    fn normals_have_mean_0_and_variance_1() {
        let count = 40_000;
        let numbers: Vec<f64> = (0..count)
            .flat_map(|a| {
                let (x, y) = Draw::new(1, Purpose::Shadowing, a, a).normals();
                [x, y]
            })
            .collect();
        let total = numbers.len() as f64;
        let mean = numbers.iter().sum::<f64>() / total;
        let variance = numbers.iter().map(|number| number * number).sum::<f64>() / total;
        let inside = numbers.iter().filter(|number| number.abs() < 1.0).count() as f64 / total;
        assert!(mean.abs() < 0.015, "{mean}");
        assert!((variance - 1.0).abs() < 0.02, "{variance}");
        assert!((inside - 0.6827).abs() < 0.007, "{inside}");
    }
}
