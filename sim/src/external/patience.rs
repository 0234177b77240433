//! How much real time a program may compute.
//!
//! A program computes in no virtual time, so one that computes for long and then waits for a microsecond, again and again, would never be
//! silent for long, and would keep the lab at nearly one moment for ever. So what it has computed is added up as long as its board's clock
//! has hardly gone on.

use std::collections::VecDeque;
use std::time::Duration;

/// What a program computes within so much of its board's time is one computation, µs. It is the shortest that a program sleeps with
/// `sleep_ms`, and a hundred requests that follow each other at once: a program that asks in a loop computes that often.
const TOGETHER: u64 = 1_000;

/// A program's patience, and what it has used of it.
#[derive(Debug, Default)]
pub(super) struct Patience {
    limit: Duration,
    /// What the board's clock shows, µs.
    now: u64,
    /// What was computed lately: when, by the board's clock, and for how long.
    lately: VecDeque<(u64, Duration)>,
}

impl Patience {
    /// The program may compute at this moment of its board's clock.
    pub(super) fn begin(&mut self, limit: Duration, now: u64) {
        (self.limit, self.now) = (limit, now);
        while self
            .lately
            .front()
            .is_some_and(|(at, _)| now.saturating_sub(*at) >= TOGETHER)
        {
            self.lately.pop_front();
        }
    }

    /// What was computed until now does not count any more.
    pub(super) fn forget(&mut self) {
        self.lately.clear();
    }

    /// The lab has waited so long for the program.
    pub(super) fn charge(&mut self, waited: Duration) {
        match self.lately.back_mut() {
            Some((at, sum)) if *at == self.now => *sum = sum.saturating_add(waited),
            _ => self.lately.push_back((self.now, waited)),
        }
    }

    pub(super) fn limit(&self) -> Duration {
        self.limit
    }

    pub(super) fn left(&self) -> Duration {
        let used = self.lately.iter().map(|(_, waited)| *waited);
        used.fold(self.limit, Duration::saturating_sub)
    }

    /// Whether all of it was used, but not at once.
    pub(super) fn is_used_bit_by_bit(&self) -> bool {
        self.left().is_zero() && self.lately.iter().any(|(at, _)| *at != self.now)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_computed_within_a_millisecond_is_added_up() {
        let mut patience = Patience::default();
        let limit = Duration::from_secs(1);
        let computes = Duration::from_millis(600);
        patience.begin(limit, 0);
        patience.charge(computes);
        patience.begin(limit, 1);
        assert_eq!(patience.left(), Duration::from_millis(400));
        patience.charge(computes);
        assert!(patience.left().is_zero() && patience.is_used_bit_by_bit());
        patience.begin(limit, 1_000);
        assert_eq!(patience.left(), Duration::from_millis(400));
        patience.begin(limit, 1_001);
        assert_eq!(patience.left(), limit);
        patience.charge(limit);
        assert!(patience.left().is_zero() && !patience.is_used_bit_by_bit());
    }

    proptest! {
        /// A program is given as much as it has left, and takes it; whatever it does in between.
        #[test]
        fn no_millisecond_has_more_than_a_patience(steps in prop::collection::vec((1_u64..700, 0_u64..1_200), 1..200)) {
            let limit = Duration::from_millis(1_000);
            let mut patience = Patience::default();
            let mut all = Vec::new();
            let mut now = 0;
            for (passes, wants) in steps {
                now += passes;
                patience.begin(limit, now);
                let waited = Duration::from_millis(wants).min(patience.left());
                patience.charge(waited);
                all.push((now, waited));
                let lately = all.iter().filter(|(at, _)| now - at < TOGETHER).map(|(_, waited)| *waited);
                prop_assert!(lately.sum::<Duration>() <= limit);
                prop_assert!(patience.lately.len() <= TOGETHER as usize);
            }
        }
    }
}
