//! Losses that come in bursts: the Gilbert–Elliott channel.
//!
//! ```text
//!            rate 1/good
//!      ┌─────────────────────►┐
//!    good                    bad        a frame is lost with loss_good or loss_bad, by the state at its end
//!      └◄─────────────────────┘
//!            rate 1/bad
//! ```
//!
//! E. N. Gilbert, "Capacity of a burst-noise channel", 1960; E. O. Elliott, "Estimates of error rates for codes on burst-noise
//! channels", 1963. Theirs steps from bit to bit; this is its continuous-time form, so that a burst lasts as long as it lasts
//! and not so many frames: stays are exponential with the means `good` and `bad`. With λ = 1/good + 1/bad and
//! π = bad / (good + bad), a link that was in the state s (1 if bad) is bad a time t later with the probability
//!
//! ```text
//!   π + (s − π) · exp(−λ·t)
//! ```
//!
//! so that nothing happens between two frames: a link's state is drawn when a frame asks for it.
//!
//! Left out: a change of state in the middle of a frame; any likeness between the two directions, or between links.

use std::collections::BTreeMap;

use crate::kernel::{Generator, Span, Time, chance};

/// How a link's losses come in bursts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Burst {
    /// How long the link stays good, in the mean. If zero it is never good, unless `bad` is zero, too.
    pub good: Span,
    /// How long it stays bad, in the mean. If zero it never is.
    pub bad: Span,
    /// The probability, 0 to 1, that a frame is lost in the good state.
    pub loss_good: f64,
    /// The same in the bad state.
    pub loss_bad: f64,
}

impl Burst {
    /// All frames are lost in bursts of this mean length, none between them, and `mean_loss` of the time is burst: 0 to 1;
    /// what is beyond counts as the nearest of these. A burst lasts 1 µs or more.
    ///
    /// ```
    /// use sim::kernel::Span;
    /// use sim::medium::Burst;
    ///
    /// let burst = Burst::new(0.2, Span::from_micros(50_000));
    /// assert_eq!(burst.good, Span::from_micros(200_000));
    /// ```
    #[must_use]
    pub fn new(mean_loss: f64, mean_burst: Span) -> Self {
        let bad = mean_burst.max(Span::from_micros(1));
        let (good, bad) = if mean_loss >= 1.0 {
            (Span::ZERO, bad)
        } else if mean_loss > 0.0 {
            let nanos = bad.as_nanos() as f64 * (1.0 - mean_loss) / mean_loss;
            (Span::from_nanos(libm::round(nanos).max(1.0) as u64), bad)
        } else {
            (bad, Span::ZERO)
        };
        Self {
            good,
            bad,
            loss_good: 0.0,
            loss_bad: 1.0,
        }
    }

    /// The share of time in the bad state.
    #[must_use]
    pub fn share_bad(&self) -> f64 {
        let (good, bad) = (self.good.as_nanos() as f64, self.bad.as_nanos() as f64);
        if bad == 0.0 { 0.0 } else { bad / (good + bad) }
    }

    /// The probability to be bad, so long after a known state.
    fn bad_after(&self, was_bad: bool, span: Span) -> f64 {
        let (good, bad) = (self.good.as_nanos() as f64, self.bad.as_nanos() as f64);
        let share = self.share_bad();
        if good == 0.0 || bad == 0.0 {
            return share;
        }
        let memory = libm::exp(-(span.as_nanos() as f64) * (1.0 / good + 1.0 / bad));
        share + (f64::from(u8::from(was_bad)) - share) * memory
    }
}

/// The states of the links that have bursts.
#[derive(Clone, Debug, Default)]
pub(super) struct Bursts(BTreeMap<(u32, u32), State>);

/// What a link was like when its last frame ended.
#[derive(Clone, Copy, Debug)]
struct State {
    at: Time,
    bad: bool,
}

impl Bursts {
    /// Whether a frame that ends now on this link is lost.
    pub(super) fn strike(&mut self, burst: Burst, now: Time, link: (u32, u32), chances: &mut Generator) -> bool {
        let probability = match self.0.get(&link) {
            Some(last) => burst.bad_after(last.bad, now - last.at),
            None => burst.share_bad(),
        };
        let bad = chance(chances, probability);
        self.0.insert(link, State { at: now, bad });
        chance(chances, if bad { burst.loss_bad } else { burst.loss_good })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Concern, stream};

    /// The fates of frames every `period` on one link.
    fn fates(burst: Burst, period: Span, count: u64) -> Vec<bool> {
        let mut bursts = Bursts::default();
        let mut generator = stream(1, Concern::Link, 0);
        (0..count)
            .map(|frame| bursts.strike(burst, Time::ZERO + period * frame, (0, 1), &mut generator))
            .collect()
    }

    fn share(fates: &[bool]) -> f64 {
        fates.iter().filter(|&&lost| lost).count() as f64 / fates.len() as f64
    }

    const MILLISECOND: Span = Span::from_micros(1_000);

    #[test]
    fn the_mean_loss_is_kept_in_the_long_run() {
        for loss in [0.05, 0.2, 0.7] {
            let measured = share(&fates(Burst::new(loss, MILLISECOND * 5), MILLISECOND, 200_000));
            assert!((measured - loss).abs() < 0.01, "{measured} for {loss}");
        }
        let burst = Burst {
            good: MILLISECOND * 30,
            bad: MILLISECOND * 10,
            loss_good: 0.1,
            loss_bad: 0.5,
        };
        assert!((share(&fates(burst, MILLISECOND, 200_000)) - 0.2).abs() < 0.01);
    }

    #[test]
    fn bursts_are_as_long_as_asked_for() {
        // Frames far closer than bursts are long see nearly all of them.
        let fates = fates(Burst::new(0.25, MILLISECOND * 20), MILLISECOND, 400_000);
        let bursts = fates.chunk_by(|a, b| a == b).filter(|run| run[0]);
        let lengths: Vec<_> = bursts.map(<[bool]>::len).collect();
        let mean = lengths.iter().sum::<usize>() as f64 / lengths.len() as f64;
        // In ms. A stay of the chain as seen at each ms has the mean 1/(1 − P(bad → bad)).
        let expected = 1.0 / (0.75 * (1.0 - libm::exp(-1.0 / 15.0)));
        assert!((mean - expected).abs() < 0.05 * expected, "{mean}, expected {expected}");
        assert!((expected - 20.0).abs() < 1.0, "nearly the 20 ms asked for: {expected}");
    }

    #[test]
    fn neighbouring_frames_share_their_fate_and_distant_ones_do_not() {
        let burst = Burst::new(0.5, MILLISECOND * 20);
        let correlation = |period: Span| {
            let fates = fates(burst, period, 100_000);
            let mean = share(&fates);
            let number = |lost: bool| f64::from(u8::from(lost)) - mean;
            let products = fates.windows(2).map(|pair| number(pair[0]) * number(pair[1]));
            products.sum::<f64>() / (fates.len() as f64 * mean * (1.0 - mean))
        };
        // exp(−λ·t), λ = 2/20 ms.
        for millis in [1, 5, 10] {
            let expected = libm::exp(-0.1 * millis as f64);
            let measured = correlation(MILLISECOND * millis);
            assert!(
                (measured - expected).abs() < 0.02,
                "{millis} ms: {measured}, expected {expected}"
            );
        }
        assert!(correlation(MILLISECOND * 1_000).abs() < 0.02);
    }

    #[test]
    fn each_link_has_its_own_bursts() {
        let burst = Burst::new(0.5, MILLISECOND * 1_000_000);
        let mut bursts = Bursts::default();
        let mut generator = stream(1, Concern::Link, 0);
        let fates: Vec<_> = (0..64)
            .map(|to| bursts.strike(burst, Time::ZERO, (0, to), &mut generator))
            .collect();
        assert!(fates.contains(&true) && fates.contains(&false));
        // The same moment is the same state.
        for (to, fate) in (0..).zip(fates) {
            assert_eq!(bursts.strike(burst, Time::ZERO, (0, to), &mut generator), fate);
        }
    }

    #[test]
    fn the_ends_of_the_range_are_certain() {
        let all = |burst, lost| fates(burst, MILLISECOND, 100).iter().all(|&fate| fate == lost);
        let length = MILLISECOND * 50;
        assert!(all(Burst::new(0.0, length), false));
        assert!(all(Burst::new(-1.0, length), false));
        assert!(all(Burst::new(f64::NAN, length), false));
        assert!(all(Burst::new(1.0, length), true));
        assert!(all(Burst::new(2.0, Span::ZERO), true));
        let endless = Span::from_nanos(u64::MAX);
        assert_eq!(Burst::new(1e-300, endless).good, endless);
        let never = Burst {
            good: Span::ZERO,
            bad: Span::ZERO,
            loss_good: 0.0,
            loss_bad: 1.0,
        };
        assert!(all(never, false));
        // No length to speak of: each frame for itself.
        let measured = share(&fates(Burst::new(0.3, Span::ZERO), MILLISECOND, 50_000));
        assert!((measured - 0.3).abs() < 0.01, "{measured}");
    }
}
