//! How long messages took.

use hdrhistogram::Histogram;

use crate::kernel::Span;

/// So many are kept one by one.
const MOST: usize = 100_000;

/// Beyond that, a time is right to a thousandth.
const DIGITS: u8 = 3;

/// How long messages took, in memory that does not grow with their number.
#[derive(Clone, Debug)]
pub(super) enum Times {
    Few(Vec<Span>),
    /// Nanoseconds.
    Many(Box<Histogram<u64>>),
}

impl Default for Times {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl Times {
    pub(super) fn add(&mut self, time: Span) {
        if let Self::Few(times) = self
            && times.len() == MOST
        {
            let mut all = Histogram::new(DIGITS).expect("three digits are possible");
            all.auto(true);
            for time in times {
                // It grows as far as 64 bits go.
                let _ = all.record(time.as_nanos());
            }
            *self = Self::Many(Box::new(all));
        }
        match self {
            Self::Few(times) => times.push(time),
            Self::Many(all) => {
                let _ = all.record(time.as_nanos());
            }
        }
    }

    /// The time that so many in a hundred messages do not exceed (nearest rank); `None` if there was none.
    pub(super) fn percentile(&self, percentile: f64) -> Option<Span> {
        match self {
            Self::Few(times) => {
                let mut times = times.clone();
                times.sort_unstable();
                let rank = libm::ceil(percentile / 100.0 * times.len() as f64) as usize;
                times.get(rank.max(1) - 1).copied()
            }
            Self::Many(all) => Some(Span::from_nanos(all.value_at_percentile(percentile))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_times_are_kept_as_a_histogram() {
        let mut times = Times::default();
        assert_eq!(times.percentile(50.0), None);
        for number in 1..=MOST as u64 {
            times.add(Span::from_micros(number));
        }
        assert_eq!(times.percentile(50.0), Some(Span::from_micros(MOST as u64 / 2)));
        for number in 1..=MOST as u64 {
            times.add(Span::from_micros(number));
        }
        assert!(matches!(times, Times::Many(_)));
        let median = times.percentile(50.0).expect("many").as_micros();
        assert!(median.abs_diff(MOST as u64 / 2) <= MOST as u64 / 2_000, "{median}");
    }
}
