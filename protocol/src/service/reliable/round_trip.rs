//! How long an answer takes (RFC 6298).

use crate::time::Duration;

/// Until the first sample.
const INITIAL: Duration = Duration::from_millis(100);

/// Boards have other things to do; the RFC's second is for the internet.
const LEAST: Duration = Duration::from_millis(10);

const MOST: Duration = Duration::from_secs(1);

/// Doublings at most.
const MOST_BACKOFF: u32 = 6;

/// Smoothed round trip, its deviation, and the timeout that follows from them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RoundTrip {
    /// µs.
    smoothed: Option<(u32, u32)>,
    backoff: u32,
}

impl RoundTrip {
    pub(super) const fn new() -> Self {
        Self {
            smoothed: None,
            backoff: 0,
        }
    }

    pub(super) fn sample(&mut self, round_trip: Duration) {
        let sample = u32::try_from(round_trip.as_micros()).unwrap_or(u32::MAX).min(1 << 24);
        self.smoothed = Some(match self.smoothed {
            None => (sample, sample / 2),
            Some((smoothed, deviation)) => (
                smoothed - smoothed / 8 + sample / 8,
                deviation - deviation / 4 + smoothed.abs_diff(sample) / 4,
            ),
        });
    }

    /// Nobody answered in time.
    pub(super) fn back_off(&mut self) {
        self.backoff = (self.backoff + 1).min(MOST_BACKOFF);
    }

    /// Something got on.
    pub(super) const fn progress(&mut self) {
        self.backoff = 0;
    }

    pub(super) fn smoothed(&self) -> Option<Duration> {
        self.smoothed
            .map(|(smoothed, _)| Duration::from_micros(u64::from(smoothed)))
    }

    pub(super) fn timeout(&self) -> Duration {
        let timeout = self.smoothed.map_or(INITIAL, |(smoothed, deviation)| {
            Duration::from_micros(u64::from(smoothed) + 4 * u64::from(deviation))
        });
        (timeout.max(LEAST) * (1 << self.backoff)).min(MOST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_round_trip_gives_a_short_timeout_and_silence_doubles_it() {
        let mut round_trip = RoundTrip::new();
        assert_eq!(round_trip.timeout(), INITIAL);
        for _ in 0..50 {
            round_trip.sample(Duration::from_millis(20));
        }
        let timeout = round_trip.timeout();
        assert!(timeout < Duration::from_millis(22), "{timeout:?}");
        round_trip.back_off();
        assert_eq!(round_trip.timeout(), timeout * 2);
        for _ in 0..20 {
            round_trip.back_off();
        }
        assert_eq!(round_trip.timeout(), MOST);
        round_trip.progress();
        assert_eq!(round_trip.timeout(), timeout);
    }

    #[test]
    fn wild_samples_saturate() {
        let mut round_trip = RoundTrip::new();
        round_trip.sample(Duration::MAX);
        round_trip.sample(Duration::ZERO);
        assert_eq!(round_trip.timeout(), MOST);
    }
}
