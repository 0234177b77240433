//! Random numbers: one generator for each concern, all from the run's seed.

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::{SplitMix64, Xoshiro256PlusPlus};

/// The generator of the simulator. Fast and the same on every machine; not for keys that protect anything.
pub type Generator = Xoshiro256PlusPlus;

/// What random numbers are for. Numbers drawn for one concern never shift those of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concern {
    /// A station's backoff.
    Backoff,
    /// Losses and jitter on the links towards a station.
    Link,
    /// A board's own generator, which its application sees.
    Board,
    /// The random octets in a board's frames.
    Frame,
    /// Where boards are put.
    Place,
    /// When an interferer is on.
    Interferer,
    /// What a simulated serial line does to octets.
    Line,
    /// By how much a board's crystal is wrong.
    Crystal,
    /// The octets of an image.
    Image,
    /// What a driver does wrong.
    Driver,
}

/// The generator for a concern of the board with this index.
#[must_use]
pub fn stream(seed: u64, concern: Concern, index: u32) -> Generator {
    // Seeds are small numbers side by side; SplitMix spreads them, so that no two seeds' streams are each other's neighbours.
    let spread = SplitMix64::seed_from_u64(seed).next_u64();
    let place = (concern as u64) << 32 | u64::from(index);
    Generator::seed_from_u64(spread.wrapping_add(place))
}

/// Uniform from 0 on, below 1.
pub fn unit(generator: &mut Generator) -> f64 {
    // 53 bits are what a f64 holds between 0 and 1.
    const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
    ((generator.next_u64() >> 11) as f64) * STEP
}

/// True with `probability`; draws nothing where the answer is certain.
pub fn chance(generator: &mut Generator, probability: f64) -> bool {
    if probability <= 0.0 {
        return false;
    }
    if probability >= 1.0 {
        return true;
    }
    unit(generator) < probability
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_their_own() {
        let first = |seed, concern, index| stream(seed, concern, index).next_u64();
        let all = [
            first(1, Concern::Backoff, 0),
            first(1, Concern::Backoff, 1),
            first(1, Concern::Link, 0),
            first(2, Concern::Backoff, 0),
            first(0, Concern::Backoff, 0),
        ];
        for (index, number) in all.iter().enumerate() {
            assert!(!all[..index].contains(number), "stream {index} repeats another");
        }
        assert_eq!(first(1, Concern::Link, 7), first(1, Concern::Link, 7));
    }

    #[test]
    fn chances_are_kept() {
        let mut generator = stream(1, Concern::Link, 0);
        let hits = (0..100_000).filter(|_| chance(&mut generator, 0.3)).count();
        assert!((29_000..31_000).contains(&hits), "{hits} of 100 000 at 0.3");
        assert!(!chance(&mut generator, 0.0));
        assert!(chance(&mut generator, 1.0));
    }
}
