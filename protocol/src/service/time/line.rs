//! The straight line that two clocks' readings lie on.
//!
//! ```text
//!   initiator − board, µs
//!      │         ·               ·        a message that waited for the air is late: its reading lies below
//!      │ ·    ·      ·    ·  ─ ─ ─ ─ ─ ─  the highest line that readings touch: nothing was ever early
//!      │          ·          ·            (one-step)
//!      │    ·
//!      └──────────────────────────► board's time
//! ```
//!
//! One-step readings are wrong in one direction only, so the line is the lowest that has none above it: an edge of the upper
//! convex hull, the one with the least distance to all (Moon, Skelly and Towsley, *Estimation and removal of clock skew from network delay
//! measurements*, INFOCOM 1999). Two-step readings are wrong in both directions and seldom by much: slope and height are medians
//! (Theil and Sen), which three bad readings in ten do not move.

/// Readings that are kept.
pub(super) const READINGS: usize = 16;

/// Readings closer together say nothing about the slope: a microsecond in a tenth of a second is ten parts in a million.
const SHORTEST_RUN_US: u64 = 100_000;

/// A slope of more is a mistake: two crystals of ±10 ppm, and much for age and heat.
const STEEPEST_PPB: i64 = 100_000;

const PPB: i64 = 1_000_000_000;

/// What the initiator's clock showed when the board's own did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    /// The board's own clock, µs since its boot.
    pub(super) local_us: i64,
    /// The initiator's less the board's.
    pub(super) offset_us: i64,
}

/// The initiator's time as a function of the board's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// The board's time that the offset is for.
    origin_us: i64,
    /// The initiator's less the board's, there.
    offset_us: i64,
    /// By how much the initiator's clock is faster, in parts per thousand million.
    slope_ppb: i64,
}

impl Line {
    /// One that does not slope.
    pub(super) const fn level(offset_us: i64) -> Self {
        Self {
            origin_us: 0,
            offset_us,
            slope_ppb: 0,
        }
    }

    pub(super) const fn slope_ppb(self) -> i64 {
        self.slope_ppb
    }

    /// The initiator's less the board's, when the board's clock shows `local_us`.
    pub(super) fn offset_at(self, local_us: i64) -> i64 {
        let run = local_us.saturating_sub(self.origin_us);
        // In two parts, neither of which leaves 64 bits: wider numbers cost a 32-bit chip kilobytes of code.
        let rise = run / PPB * self.slope_ppb + rounded(run % PPB * self.slope_ppb, PPB);
        self.offset_us.saturating_add(rise)
    }

    /// The line through a reading.
    fn through(reading: Reading, slope_ppb: i64) -> Self {
        Self {
            origin_us: reading.local_us,
            offset_us: reading.offset_us,
            slope_ppb,
        }
    }

    /// How far below the line a reading lies.
    fn above(self, reading: Reading) -> i64 {
        self.offset_at(reading.local_us).saturating_sub(reading.offset_us)
    }

    /// The lowest line that no reading lies above; level with fewer than two.
    pub(super) fn over(readings: &[Reading]) -> Option<Self> {
        let mut best: Option<(i64, Self)> = None;
        for (a, b) in pairs(readings) {
            let Some(slope_ppb) = slope_ppb(a, b) else { continue };
            for touched in [a, b] {
                let line = Self::through(touched, slope_ppb);
                // Lines are rounded to the microsecond.
                if readings.iter().any(|&reading| line.above(reading) < -1) {
                    continue;
                }
                let distance = readings
                    .iter()
                    .fold(0_i64, |sum, &reading| sum.saturating_add(line.above(reading)));
                if best.is_none_or(|(least, _)| distance < least) {
                    best = Some((distance, line));
                }
            }
        }
        // Readings at one moment, or wilder than any crystal: the earliest of the messages is the best that there is.
        let highest = || readings.iter().copied().max_by_key(|reading| reading.offset_us);
        best.map(|(_, line)| line)
            .or_else(|| highest().map(|reading| Self::through(reading, 0)))
    }

    /// The line with the median of all slopes, at the median of all heights.
    pub(super) fn amid(readings: &[Reading]) -> Option<Self> {
        const PAIRS: usize = READINGS * (READINGS - 1) / 2;
        let last = *readings.last()?;
        let slopes: heapless::Vec<i64, PAIRS> = pairs(readings).filter_map(|(a, b)| slope_ppb(a, b)).collect();
        let slope = median(&slopes).unwrap_or(0);
        let line = Self::through(last, slope);
        let heights: heapless::Vec<i64, READINGS> = readings
            .iter()
            .map(|&reading| line.above(reading).saturating_neg())
            .collect();
        let height = median(&heights)?;
        Some(Self {
            offset_us: last.offset_us.saturating_add(height),
            ..line
        })
    }
}

fn pairs(readings: &[Reading]) -> impl Iterator<Item = (Reading, Reading)> {
    let after = |index: usize| readings.get(index + 1..).unwrap_or_default();
    readings
        .iter()
        .enumerate()
        .flat_map(move |(index, &a)| after(index).iter().map(move |&b| (a, b)))
}

/// `None` if they are too close, or if no crystal is so wrong: by hours, where the product leaves 64 bits.
fn slope_ppb(a: Reading, b: Reading) -> Option<i64> {
    let run = b.local_us.saturating_sub(a.local_us);
    let rise = b.offset_us.saturating_sub(a.offset_us);
    if run.unsigned_abs() < SHORTEST_RUN_US {
        return None;
    }
    let slope = rounded(rise.checked_mul(PPB)?, run);
    (-STEEPEST_PPB..=STEEPEST_PPB).contains(&slope).then_some(slope)
}

/// The one that has its place when they are in order. There are few: a sort would be more code than the rest of the room.
fn median(values: &[i64]) -> Option<i64> {
    let place = values.len() / 2;
    values.iter().copied().find(|value| {
        let below = values.iter().filter(|other| *other < value).count();
        let alike = values.iter().filter(|other| *other == value).count();
        (below..below + alike).contains(&place)
    })
}

/// The quotient, rounded to the nearest.
const fn rounded(dividend: i64, divisor: i64) -> i64 {
    let (size, divided_by) = (dividend.unsigned_abs(), divisor.unsigned_abs());
    // Of a size that fits: it is at most the dividend's.
    let quotient = ((size + divided_by / 2) / divided_by) as i64;
    if (dividend < 0) == (divisor < 0) {
        quotient
    } else {
        -quotient
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const SECOND: i64 = 1_000_000;

    /// What a clock that is `ppb` too fast and `offset_us` ahead would show, `late_us` late.
    fn reading(second: i64, offset_us: i64, ppb: i64, late_us: i64) -> Reading {
        let local_us = second * SECOND;
        Reading {
            local_us: local_us + late_us,
            offset_us: offset_us + second * ppb / 1000 - late_us,
        }
    }

    #[test]
    fn late_messages_do_not_pull_the_line_over_down() {
        let late = [0, 2_500, 7_000, 0, 900, 3_000, 12_000, 0];
        let readings: heapless::Vec<_, READINGS> = (0..)
            .zip(late)
            .map(|(second, late_us)| reading(second, 5_000_000, 14_000, late_us))
            .collect();
        let line = Line::over(&readings).expect("there are readings");
        assert!((13_000..=15_000).contains(&line.slope_ppb), "{line:?}");
        let expected = 5_000_000 + 8 * 14;
        assert!((line.offset_at(8 * SECOND) - expected).abs() <= 5, "{line:?}");
    }

    #[test]
    fn a_few_wild_readings_do_not_move_the_line_amid() {
        let wrong = [0, 3, -40_000, 1, -2, 0, 90_000, 2, 0, -1];
        let readings: heapless::Vec<_, READINGS> = (0..)
            .zip(wrong)
            .map(|(second, wrong_us)| reading(second, -700, -20_000, wrong_us))
            .collect();
        let line = Line::amid(&readings).expect("there are readings");
        let expected = -700 - 10 * 20;
        assert!((line.offset_at(10 * SECOND) - expected).abs() <= 10, "{line:?}");
    }

    #[test]
    fn one_reading_gives_a_level_line_and_none_gives_none() {
        let only = reading(3, 1_000, 0, 0);
        assert_eq!(Line::over(&[only]).map(|line| line.offset_at(0)), Some(1_000));
        assert_eq!(Line::amid(&[only]).map(|line| line.offset_at(0)), Some(1_000));
        assert_eq!((Line::over(&[]), Line::amid(&[])), (None, None));
    }

    proptest! {
        #[test]
        fn the_median_is_the_middle_of_what_is_in_order(mut values in vec(-5_i64..5, 1..40)) {
            let found = median(&values);
            values.sort_unstable();
            prop_assert_eq!(found, Some(values[values.len() / 2]));
        }

        /// Against numbers that are wide enough.
        #[test]
        fn heights_are_exact(origin_us: i32, offset_us: i32, slope_ppb in -STEEPEST_PPB..=STEEPEST_PPB, at in -1_i64 << 60..1 << 60) {
            let line = Line { origin_us: origin_us.into(), offset_us: offset_us.into(), slope_ppb };
            let run = i128::from(at) - i128::from(origin_us);
            let rise = run * i128::from(slope_ppb);
            let rounded = (rise.abs() + 500_000_000) / 1_000_000_000 * rise.signum();
            prop_assert_eq!(i128::from(line.offset_at(at)), i128::from(offset_us) + rounded);
        }

        /// Whatever the readings, hostile ones included: a line there is, never a panic, and never steeper than a crystal.
        #[test]
        fn any_readings_have_a_line(all in vec((any::<i64>(), any::<i64>()), 1..=READINGS), at: i64) {
            let readings: heapless::Vec<_, READINGS> = all
                .iter()
                .map(|&(local_us, offset_us)| Reading { local_us, offset_us })
                .collect();
            for line in [Line::over(&readings), Line::amid(&readings)] {
                let line = line.expect("there are readings");
                prop_assert!(line.slope_ppb.abs() <= STEEPEST_PPB);
                let _ = line.offset_at(at);
            }
        }
    }
}
