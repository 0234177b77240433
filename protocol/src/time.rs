//! Time as a board knows it. The core never reads a clock: time is an argument.

use core::ops::{Add, Sub};

pub use core::time::Duration;

/// Microseconds since the board started, as ESP-IDF's `esp_timer_get_time` counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant {
    micros: u64,
}

impl Instant {
    /// The moment of start.
    pub const START: Self = Self { micros: 0 };

    /// `micros` µs after the start.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self { micros }
    }

    /// µs since the start.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.micros
    }

    /// Whole ms since the start.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.micros / 1000
    }

    /// The time since `earlier`; zero if that is not earlier.
    #[must_use]
    pub const fn saturating_since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.micros.saturating_sub(earlier.micros))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    /// Saturates at the end of time, some 584 000 years after the start. Parts of a microsecond are rounded up, so that
    /// nobody wakes too early.
    fn add(self, duration: Duration) -> Self {
        // Not by way of `as_nanos`: its 128 bits cost a chip 1 KiB of code.
        let parts = u64::from(duration.subsec_nanos().div_ceil(1000));
        let micros = duration.as_secs().saturating_mul(1_000_000).saturating_add(parts);
        Self {
            micros: self.micros.saturating_add(micros),
        }
    }
}

impl Sub<Duration> for Instant {
    type Output = Self;

    /// Saturates at the start. Parts of a microsecond are cut off.
    fn sub(self, duration: Duration) -> Self {
        let parts = u64::from(duration.subsec_micros());
        let micros = duration.as_secs().saturating_mul(1_000_000).saturating_add(parts);
        Self {
            micros: self.micros.saturating_sub(micros),
        }
    }
}

impl Sub for Instant {
    type Output = Duration;

    /// The same as [`Instant::saturating_since`].
    fn sub(self, earlier: Self) -> Duration {
        self.saturating_since(earlier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adding_rounds_up_and_saturates() {
        assert_eq!(
            Instant::from_micros(1) + Duration::from_nanos(1),
            Instant::from_micros(2)
        );
        assert_eq!(
            Instant::from_micros(u64::MAX) + Duration::MAX,
            Instant::from_micros(u64::MAX)
        );
        assert_eq!(Instant::START - Instant::from_micros(5), Duration::ZERO);
    }
}
