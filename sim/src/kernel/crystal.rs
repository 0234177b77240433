//! What a board's timer counts by.
//!
//! ```text
//!   virtual time  ──┬────────────────────────────►          boards agree on nothing:
//!                   │ start                                  each counts from its own start,
//!   board's time    0 ──────(1 + deviation)──────►           a little too fast or too slow
//! ```
//!
//! Only what a program sees of time goes through here: its clock, its deadlines, the times of arrival. The MAC's slots and the
//! host's latencies are virtual time's, as a few parts in a million of a microsecond are nothing.

use protocol::time::Instant;

use super::{Concern, Span, stream, unit};

const PPB: i128 = 1_000_000_000;

/// A board's crystal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Crystal {
    /// By how much it is too fast, in parts per thousand million; below zero if it is too slow.
    pub(crate) deviation_ppb: i32,
}

impl Crystal {
    /// One that is wrong by `tolerance_ppm` at most, drawn from the seed: any deviation is as likely as any other.
    pub(crate) fn drawn(tolerance_ppm: f64, seed: u64, index: u32) -> Self {
        let draw = 2.0 * unit(&mut stream(seed, Concern::Crystal, index)) - 1.0;
        Self {
            deviation_ppb: (draw * tolerance_ppm * 1000.0) as i32,
        }
    }

    /// What the board's timer shows so long after its start.
    pub(crate) fn shows(self, elapsed: Span) -> Instant {
        if self.deviation_ppb == 0 {
            return Instant::from_micros(elapsed.as_micros());
        }
        let elapsed = i128::from(elapsed.as_nanos());
        let shown = elapsed + (elapsed * i128::from(self.deviation_ppb)).div_euclid(PPB);
        Instant::from_micros(u64::try_from(shown / 1000).unwrap_or_default())
    }

    /// How long after its start the board's timer first shows `instant`.
    pub(crate) fn until(self, instant: Instant) -> Span {
        if self.deviation_ppb == 0 {
            return Span::from_micros(instant.as_micros());
        }
        let shown = i128::from(instant.as_micros()) * 1000 * PPB;
        let rate = PPB + i128::from(self.deviation_ppb);
        let elapsed = shown.div_euclid(rate) + i128::from(shown.rem_euclid(rate) > 0);
        Span::from_nanos(u64::try_from(elapsed).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ten_parts_in_a_million_are_ten_microseconds_a_second() {
        let crystal = Crystal { deviation_ppb: 10_000 };
        assert_eq!(
            crystal.shows(Span::from_micros(1_000_000)),
            Instant::from_micros(1_000_010)
        );
    }

    #[test]
    fn deviations_are_drawn_within_the_tolerance_and_differ() {
        let drawn: Vec<_> = (0..100)
            .map(|index| Crystal::drawn(10.0, 1, index).deviation_ppb)
            .collect();
        assert!(drawn.iter().all(|ppb| (-10_000..=10_000).contains(ppb)));
        assert!(drawn.iter().any(|ppb| *ppb > 5_000) && drawn.iter().any(|ppb| *ppb < -5_000));
        assert_eq!(Crystal::drawn(0.0, 1, 0), Crystal::default());
    }

    proptest! {
        /// Nobody wakes too early, nor a microsecond too late.
        #[test]
        fn a_deadline_is_when_the_timer_first_shows_it(deviation_ppb in -100_000_i32..100_000, micros in 1_u64..1 << 50) {
            let crystal = Crystal { deviation_ppb };
            let instant = Instant::from_micros(micros);
            let at = crystal.until(instant);
            prop_assert_eq!(crystal.shows(at), instant);
            let before = Span::from_nanos(at.as_nanos() - 1);
            prop_assert!(crystal.shows(before) < instant);
        }
    }
}
