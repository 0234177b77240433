//! How long an image is tried, and how it is watched meanwhile.
//!
//! ```text
//!    start ─ on trial? ─► watchdog on ─► radio up ─► runs for KEPT_AFTER, fed all the while ─► kept, watchdog off
//!                             │               └─ panics ─► restart ─┐
//!                             └─ hangs ─► reset ────────────────────┴─► the image before it runs
//! ```
//!
//! What counts is that the image starts, that its radio does, and that its tasks take turns: any application does that, so any image is
//! kept that works, whatever it was built for. What an application knows better it says itself, sooner
//! (`protocol::app::upgrade`).

use protocol::time::{Duration, Instant};

/// From the radio's start to the end of the trial.
pub const KEPT_AFTER: Duration = Duration::from_secs(5);

/// How long an image on trial may do nothing else than one thing. To erase what is kept, which is done in one go where another
/// program left something else there, takes 16 sectors of at most 400 ms.
pub const WATCHDOG: Duration = Duration::from_secs(15);

/// From one feeding to the next.
const FED_EVERY: Duration = Duration::from_secs(1);

const _: () = assert!(WATCHDOG.as_millis() > 16 * 400 + KEPT_AFTER.as_millis());

/// What is to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Feed the watchdog, and look again then.
    Feed(Instant),
    /// The image is to be kept, and the watchdog to be switched off.
    Keep,
}

/// The trial of an image whose radio is up.
#[derive(Clone, Copy, Debug)]
pub struct Trial {
    ends: Instant,
}

impl Trial {
    /// The radio is up.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self { ends: now + KEPT_AFTER }
    }

    /// What is to be done now.
    #[must_use]
    pub fn step(&self, now: Instant) -> Step {
        if now >= self.ends {
            return Step::Keep;
        }
        Step::Feed((now + FED_EVERY).min(self.ends))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trial_is_fed_and_ends() {
        let mut now = Instant::from_micros(700_000);
        let (trial, began) = (Trial::new(now), now);
        let mut feedings = 0;
        while let Step::Feed(next) = trial.step(now) {
            assert!(next > now && next - now < WATCHDOG / 2);
            now = next;
            feedings += 1;
        }
        assert_eq!((now - began, feedings), (KEPT_AFTER, 5));
    }

    #[test]
    fn a_task_that_is_late_ends_the_trial_too() {
        let began = Instant::from_micros(700_000);
        assert_eq!(Trial::new(began).step(began + KEPT_AFTER * 2), Step::Keep);
    }
}
