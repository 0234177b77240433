//! When a receiver is on that sleeps most of the time.
//!
//! ```text
//!   opened
//!     │▓▓▓▓▓▓░░░░░░░░░░░░░░░░│▓▓▓▓▓▓░░░░░░░░░░░░░░░░│▓▓▓▓▓▓          by the board's own crystal
//!         ▄▄ heard     ▄▄ ▄▄ ▄▄ lost     ▄▄▄▄▄ lost
//! ```
//!
//! ESP-IDF keeps RF, PHY and baseband on for the window, and no longer (Wi-Fi Driver, Connectionless Modules RX); a frame of which a part falls
//! outside is no frame. Nothing is scheduled: whether a receiver was on is worked out when a frame is at its antenna.
//!
//! Left out: the time that RF takes to come on; that a real radio would follow a frame to its end, or stay on after it has
//! sent, which nobody has documented.

use protocol::board::WakeWindow;
use protocol::time::Instant;

use crate::kernel::{Crystal, Span, Time};

/// A board's windows, of which the first opened at a moment of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WakeWindows {
    opened: Time,
    pub(crate) window: WakeWindow,
    crystal: Crystal,
    /// By how much each interval is longer than it should be.
    late_by: Span,
}

impl WakeWindows {
    /// `None` if they never close.
    pub(crate) fn new(opened: Time, window: WakeWindow, crystal: Crystal, late_by: Span) -> Option<Self> {
        (!window.is_always_open()).then_some(Self {
            opened,
            window,
            crystal,
            late_by,
        })
    }

    const fn interval_us(&self) -> u64 {
        self.window.interval_ms() as u64 * 1000 + self.late_by.as_micros()
    }

    const fn window_us(&self) -> u64 {
        self.window.window_ms() as u64 * 1000
    }

    /// What the board has counted since the first opening, µs.
    fn counted(&self, at: Time) -> Option<u64> {
        (at >= self.opened).then(|| self.crystal.shows(at - self.opened).as_micros())
    }

    /// Whether both moments are within one window.
    fn contain(&self, from: Time, to: Time) -> bool {
        let (Some(from), Some(to)) = (self.counted(from), self.counted(to)) else {
            return false;
        };
        let place = from % self.interval_us();
        place < self.window_us() && place + (to - from) <= self.window_us()
    }

    /// When the last of them opened.
    pub(crate) fn last_opening(&self, now: Time) -> Time {
        let counted = self.counted(now).unwrap_or(0);
        self.opened
            + self
                .crystal
                .until(Instant::from_micros(counted - counted % self.interval_us()))
    }

    /// How much of the time until now they were closed.
    pub(crate) fn closed_for(&self, now: Time) -> Span {
        let counted = self.counted(now).unwrap_or(0);
        let closed = self.interval_us() - self.window_us();
        let last = (counted % self.interval_us()).saturating_sub(self.window_us());
        let counted = Instant::from_micros(counted / self.interval_us() * closed + last);
        self.crystal.until(counted)
    }
}

/// When a receiver is on.
#[derive(Debug)]
pub(super) struct Nap {
    pub(super) windows: WakeWindows,
    /// Something that it waits for keeps it on, whatever its windows.
    pub(super) kept_awake_since: Option<Time>,
}

impl Nap {
    pub(super) const fn new(windows: WakeWindows) -> Self {
        Self {
            windows,
            kept_awake_since: None,
        }
    }

    pub(super) fn is_on(&self, from: Time, to: Time) -> bool {
        self.kept_awake_since.is_some_and(|since| since <= from) || self.windows.contain(from, to)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn windows(opened: u64, interval_ms: u16, window_ms: u16, deviation_ppb: i32) -> Option<WakeWindows> {
        let window = WakeWindow::new(interval_ms, window_ms)?;
        WakeWindows::new(Time::from_micros(opened), window, Crystal { deviation_ppb }, Span::ZERO)
    }

    fn at(micros: u64) -> Time {
        Time::from_micros(micros)
    }

    #[test]
    fn what_is_partly_outside_is_outside() {
        let windows = windows(7_000, 100, 10, 0).expect("they close");
        let contain = |from, to| windows.contain(at(from), at(to));
        assert!(contain(7_000, 17_000) && contain(107_000, 107_500) && contain(116_000, 117_000));
        assert!(!contain(6_999, 7_500), "before the call");
        assert!(!contain(116_000, 117_001) && !contain(106_900, 107_100) && !contain(17_000, 17_000));
        assert!(!contain(8_000, 108_000), "from one window to the next");
    }

    #[test]
    fn windows_move_with_the_crystal() {
        // After 100 s, 10 ppm are a millisecond.
        let windows = windows(0, 100, 10, 10_000).expect("they close");
        assert!(windows.contain(at(99_999_100), at(100_008_900)));
        assert!(!windows.contain(at(100_009_100), at(100_009_100)));
    }

    #[test]
    fn windows_of_a_late_timer_are_later_each_time() {
        let window = WakeWindow::new(100, 10).expect("neither is 0");
        let late = WakeWindows::new(at(0), window, Crystal::default(), Span::from_micros(200)).expect("they close");
        assert!(late.contain(at(0), at(500)) && late.contain(at(109_900), at(110_100)));
        assert!(!late.contain(at(1_000_000), at(1_000_500)), "ten of them are 2 ms");
        assert!(late.contain(at(1_002_000), at(1_012_000)));
        assert_eq!(late.last_opening(at(1_003_000)), at(1_002_000));
        assert_eq!(late.closed_for(at(1_002_000)), Span::from_micros(10 * 90_200));
    }

    #[test]
    fn what_never_closes_is_no_window() {
        assert_eq!(windows(0, 100, 100, 0), None);
    }

    proptest! {
        /// The account of the time agrees with what is asked moment by moment.
        #[test]
        fn closed_time_is_what_is_not_within(interval in 2..200_u16, part in 1..200_u16, ms in 0..2_000_u64, opened in 0..5_000_u64) {
            let window = part.min(interval - 1);
            let windows = windows(opened, interval, window, 0).expect("they close");
            let now = at(opened + ms * 1000);
            let closed = (0..ms).filter(|ms| {
                let from = opened + ms * 1000;
                !windows.contain(at(from), at(from + 1))
            });
            prop_assert_eq!(windows.closed_for(now).as_micros(), closed.count() as u64 * 1000);
        }
    }
}
