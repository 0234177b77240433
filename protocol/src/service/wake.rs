//! When boards that sleep most of the time are awake together: the product page's window synchronisation.
//!
//! ```text
//!   interval T   ├───────────────────────────┼───────────────────────────┼──
//!   receiver     ▓▓▓▓▓▓░░░░░░░░░░░░░░░░░░░░░░▓▓▓▓▓▓░░░░░░░░░░░░░░░░░░░░░░▓▓   listens for a window W of each
//!   sender            ▲ not any more          ▲ a guard after its opening, a frame and a guard before its end
//! ```
//!
//! ESP-IDF's connectionless power save has T (`esp_wifi_connectionless_module_set_wake_interval`) and W (`esp_now_set_wake_window`), which
//! a board's radio takes as a [`WakeWindow`](crate::board::WakeWindow), and leaves it to the application that a sender meets the window:
//! it repeats for a whole T, or both share a clock. With [`super::time`] they do. A [`WakeSchedule`] is arithmetic on that clock, for both
//! sides; [`crate::app::sleep`] is an application of both.
//!
//! What holds: if two boards' clocks differ by no more than `guard`, and frames take no longer than `airtime`, whatever one begins to send at a
//! moment that [`WakeSchedule::next_send`] gives is within the other's window from its first bit to its last.

use core::fmt;

use crate::time::Duration;

/// Windows in the time that a network has in common, in µs.
///
/// ```
/// use protocol::service::wake::WakeSchedule;
/// use protocol::time::Duration;
///
/// let schedule = WakeSchedule::new(Duration::from_millis(500), Duration::from_millis(20))?;
/// assert!(schedule.is_awake(1_019_999) && !schedule.is_awake(1_020_000));
/// assert_eq!(schedule.next_change(1_020_000), Some(1_500_000));
/// // The clocks are within 2 ms, and the longest frame takes 3.
/// let (guard, airtime) = (Duration::from_millis(2), Duration::from_millis(3));
/// assert_eq!(schedule.next_send(1_001_000, guard, airtime), Some(1_002_000));
/// assert_eq!(schedule.next_send(1_015_001, guard, airtime), Some(1_502_000));
/// # Ok::<(), protocol::service::wake::NoSchedule>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WakeSchedule {
    interval_us: i64,
    window_us: i64,
    /// The network time of a window's opening.
    phase_us: i64,
}

/// Why a schedule can't be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoSchedule {
    /// An interval of no time, or of more than 2⁶² µs.
    Interval,
    /// A window of no time, or longer than the interval.
    Window,
}

impl fmt::Display for NoSchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interval => "an interval must be at least a microsecond",
            Self::Window => "a window must be at least a microsecond, and no longer than the interval",
        })
    }
}

impl core::error::Error for NoSchedule {}

impl WakeSchedule {
    /// A window at the beginning of each interval, the first at network time 0.
    ///
    /// # Errors
    /// [`NoSchedule`].
    pub fn new(interval: Duration, window: Duration) -> Result<Self, NoSchedule> {
        let interval_us = i64::try_from(interval.as_micros())
            .ok()
            .filter(|us| (1..1 << 62).contains(us))
            .ok_or(NoSchedule::Interval)?;
        let window_us = i64::try_from(window.as_micros())
            .ok()
            .filter(|us| (1..=interval_us).contains(us))
            .ok_or(NoSchedule::Window)?;
        Ok(Self {
            interval_us,
            window_us,
            phase_us: 0,
        })
    }

    /// The same, with windows that open so much later: boards that talk in pairs need not listen to each other.
    #[must_use]
    pub fn shifted(self, by: Duration) -> Self {
        let by_us = i64::try_from(by.as_micros() % self.interval_us.unsigned_abs() as u128).unwrap_or(0);
        Self {
            phase_us: (self.phase_us + by_us) % self.interval_us,
            ..self
        }
    }

    /// How far into its interval a moment is.
    const fn place(self, network_us: i64) -> i64 {
        // Both terms are within one interval: no overflow.
        (network_us.rem_euclid(self.interval_us) - self.phase_us).rem_euclid(self.interval_us)
    }

    /// Whether the window is open.
    #[must_use]
    pub const fn is_awake(self, network_us: i64) -> bool {
        self.place(network_us) < self.window_us
    }

    /// When the window opens or closes next, after `network_us`; `None` if it is always open, or never again in 292 000 years.
    #[must_use]
    pub fn next_change(self, network_us: i64) -> Option<i64> {
        if self.window_us == self.interval_us {
            return None;
        }
        let place = self.place(network_us);
        let end = if place < self.window_us {
            self.window_us
        } else {
            self.interval_us
        };
        network_us.checked_add(end - place)
    }

    /// The first moment from `network_us` on at which a frame that is on the air within `airtime` meets a window of boards whose clocks are
    /// within `guard` of this one. `airtime` has to include what the frame may wait for the air. `None` if the window is too short.
    #[must_use]
    pub fn next_send(self, network_us: i64, guard: Duration, airtime: Duration) -> Option<i64> {
        if self.window_us == self.interval_us {
            return Some(network_us);
        }
        let guard_us = i64::try_from(guard.as_micros()).ok()?;
        let airtime_us = i64::try_from(airtime.as_micros()).ok()?;
        let latest = self.window_us.checked_sub(guard_us)?.checked_sub(airtime_us)?;
        if latest < guard_us {
            return None;
        }
        let place = self.place(network_us);
        let wait = if place < guard_us {
            guard_us - place
        } else if place <= latest {
            0
        } else {
            self.interval_us - place + guard_us
        };
        network_us.checked_add(wait)
    }

    /// For how long a sender that does not share the clock has to repeat, so that one of its repetitions meets a window: an interval and a
    /// frame. It may pause between repetitions for [`WakeSchedule::longest_pause`].
    #[must_use]
    pub fn repeat_for(self, airtime: Duration) -> Duration {
        Duration::from_micros(self.interval_us.unsigned_abs()) + airtime
    }

    /// From the end of one repetition to the start of the next at most, so that no window falls between; `None` if a frame does not fit
    /// twice into the window.
    #[must_use]
    pub fn longest_pause(self, airtime: Duration) -> Option<Duration> {
        Duration::from_micros(self.window_us.unsigned_abs()).checked_sub(airtime * 2)
    }

    /// The part of time that a board is awake, in ‰.
    #[must_use]
    pub fn duty_per_mille(self) -> u16 {
        // At most 1000.
        (i128::from(self.window_us) * 1000 / i128::from(self.interval_us)) as u16
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn us(micros: i64) -> Duration {
        Duration::from_micros(micros.unsigned_abs())
    }

    fn schedules() -> impl Strategy<Value = WakeSchedule> {
        (1_i64..10_000_000)
            .prop_flat_map(|interval| (Just(interval), 1..=interval, 0..interval))
            .prop_map(|(interval, window, shift)| {
                WakeSchedule::new(us(interval), us(window))
                    .expect("it fits")
                    .shifted(us(shift))
            })
    }

    #[test]
    fn what_is_no_schedule_says_why() {
        let refused = |interval, window| WakeSchedule::new(us(interval), us(window)).expect_err("it is none");
        assert_eq!(refused(0, 0), NoSchedule::Interval);
        assert_eq!(refused(10, 0), NoSchedule::Window);
        assert_eq!(refused(10, 11), NoSchedule::Window);
    }

    #[test]
    fn a_window_as_long_as_the_interval_is_always_open() {
        let schedule = WakeSchedule::new(us(10), us(10)).expect("it fits");
        assert_eq!(schedule.next_change(7), None);
        assert_eq!(schedule.next_send(7, us(100), us(100)), Some(7));
        assert_eq!(schedule.duty_per_mille(), 1000);
    }

    proptest! {
        /// Both are awake from the first bit to the last, whichever way the other's clock is wrong.
        #[test]
        fn what_is_sent_at_a_good_moment_is_heard(
            schedule in schedules(),
            now in -1_i64 << 50..1_i64 << 50,
            guard in 0_i64..100_000,
            airtime in 0_i64..100_000,
            wrong in -1.0..1.0_f64,
        ) {
            let wrong = (wrong * guard as f64) as i64;
            if let Some(at) = schedule.next_send(now, us(guard), us(airtime)) {
                prop_assert!(at >= now && at - now < 2 * schedule.interval_us);
                let first = at + wrong;
                prop_assert!(schedule.is_awake(first));
                let closes = schedule.next_change(first);
                prop_assert!(closes.is_none_or(|closes| first + airtime <= closes));
            } else {
                prop_assert!(schedule.window_us < 2 * guard + airtime, "it would fit");
            }
        }

        #[test]
        fn windows_open_and_close_in_turn(schedule in schedules(), now in -1_i64 << 50..1_i64 << 50) {
            if let Some(change) = schedule.next_change(now) {
                prop_assert!(change > now);
                prop_assert_eq!(schedule.is_awake(change - 1), schedule.is_awake(now));
                prop_assert_ne!(schedule.is_awake(change), schedule.is_awake(now));
            }
        }

        /// Without a clock in common, whatever the phase.
        #[test]
        fn repetitions_for_an_interval_meet_a_window(schedule in schedules(), start in 0_i64..1 << 40, airtime in 1_i64..10_000) {
            let Some(pause) = schedule.longest_pause(us(airtime)) else { return Ok(()) };
            let pause = i64::try_from(pause.as_micros()).expect("short");
            let end = start + i64::try_from(schedule.repeat_for(us(airtime)).as_micros()).expect("short");
            let step = usize::try_from(airtime + pause).expect("short");
            let heard = (start..=end).step_by(step).any(|at| {
                schedule.is_awake(at) && schedule.next_change(at).is_none_or(|closes| at + airtime <= closes)
            });
            prop_assert!(heard);
        }

        #[test]
        fn any_moment_has_an_answer(schedule in schedules(), now: i64, guard: u64, airtime: u64) {
            let _ = (schedule.is_awake(now), schedule.next_change(now));
            let _ = schedule.next_send(now, Duration::from_micros(guard), Duration::from_micros(airtime));
        }
    }
}
