//! How late things are.

use std::fmt;
use std::time::Duration;

/// Times, of which the mean and the longest are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    count: u32,
    sum: Duration,
    longest: Duration,
}

impl Times {
    pub(crate) fn add(&mut self, time: Duration) {
        self.count = self.count.saturating_add(1);
        self.sum = self.sum.saturating_add(time);
        self.longest = self.longest.max(time);
    }

    /// How many there were.
    #[must_use]
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// The mean; zero if there were none.
    #[must_use]
    pub fn mean(&self) -> Duration {
        self.sum.checked_div(self.count).unwrap_or_default()
    }

    /// The longest.
    #[must_use]
    pub const fn longest(&self) -> Duration {
        self.longest
    }
}

impl fmt::Display for Times {
    /// `1.2 ms, at most 3.4 ms`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [mean, longest] = [self.mean(), self.longest].map(|time| time.as_secs_f64() * 1e3);
        write!(f, "{mean:.1} ms, at most {longest:.1} ms")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_and_the_longest_are_told() {
        let mut times = Times::default();
        assert_eq!(times.to_string(), "0.0 ms, at most 0.0 ms");
        times.add(Duration::from_millis(1));
        times.add(Duration::from_millis(4));
        assert_eq!(times.to_string(), "2.5 ms, at most 4.0 ms");
        assert_eq!(times.count(), 2);
    }
}
