//! A driver that misbehaves, and what a board makes of its words: the same as the firmware on a chip.
//!
//! ```text
//!    MAC is done ──► lost, doubled, late? ──► Calls ──► Sends ──► when `send` returns, and with what
//!    message came ──► its stamp by a counter that may stand still ──► Arrivals ──► when the program is told that it came
//! ```
//!
//! A board whose driver keeps its rules has none of this: the MAC's word is what its program gets.

use std::task::{Context, Poll};

use protocol::board::WakeWindow;
use protocol::driver::arrival::Arrivals;
use protocol::driver::sends::{Calls, Room, Sends, Settling};
use protocol::espnow::{Delivery, Received};
use protocol::time::Instant;
use rand_core::Rng as _;

use super::faults::{DriverFaults, Timestamps};
use super::hardware::Hardware;
use super::timer::{Timer, TimerId};
use crate::kernel::{Concern, Crystal, Generator, Time, stream, unit};
use crate::medium::WakeWindows;

#[derive(Debug)]
pub(super) struct Driver {
    faults: DriverFaults,
    random: Generator,
    calls: Calls,
    sends: Sends,
    /// Until when whoever sends waits at most.
    pub(super) patience: Timer,
    /// Calls that come late, in their order.
    late: Vec<(Time, bool)>,
    arrivals: Arrivals,
    counter: Counter,
}

impl Driver {
    /// `None` for one that keeps its rules.
    pub(super) fn new(faults: DriverFaults, seed: u64, index: u32) -> Option<Box<Self>> {
        let random = stream(seed, Concern::Driver, index);
        faults
            .concern_the_program()
            .then(|| Box::new(Self::with(faults, random, Time::ZERO)))
    }

    fn with(faults: DriverFaults, mut random: Generator, now: Time) -> Self {
        let calls = Calls::new();
        Self {
            sends: Sends::new(&calls),
            calls,
            patience: Timer::default(),
            late: Vec::new(),
            arrivals: Arrivals::new(),
            counter: Counter {
                kind: faults.timestamps,
                began: now,
                start: random.next_u32(),
                stood_us: 0,
                windows: None,
            },
            faults,
            random,
        }
    }

    /// The board was reset: all that the driver knew is gone.
    pub(super) fn reset(&mut self, now: Time) {
        *self = Self::with(self.faults, self.random.clone(), now);
    }

    /// Whether it takes a frame.
    pub(super) fn has_room(&mut self, uptime: Instant) -> bool {
        self.sends.room(&self.calls, uptime) == Room::Free
    }

    /// It took one.
    pub(super) const fn handed(&mut self) {
        self.sends.handed();
    }

    pub(super) fn settling(&mut self, uptime: Instant) -> Settling {
        self.sends.settling(&self.calls, uptime)
    }

    pub(super) fn delivery(&self) -> Delivery {
        self.sends.delivery(&self.calls)
    }

    /// The MAC is done with a frame. Returns whether the driver says so now.
    pub(super) fn is_done(&mut self, now: Time, was_acknowledged: bool) -> bool {
        let DriverFaults {
            callbacks_lost: lost,
            callbacks_doubled: doubled,
            callbacks_late: late,
            ..
        } = self.faults;
        let draw = unit(&mut self.random);
        let times = if draw < lost {
            0
        } else if draw < lost + doubled {
            2
        } else if draw < lost + doubled + late {
            self.late.push((now + self.faults.callbacks_late_by, was_acknowledged));
            0
        } else {
            1
        };
        for _ in 0..times {
            self.calls.count(was_acknowledged);
        }
        times > 0
    }

    /// When the next late call is due.
    pub(super) fn next_call(&self) -> Option<Time> {
        self.late.first().map(|&(at, _)| at)
    }

    /// Makes the calls that are due. Returns whether there were any.
    pub(super) fn call(&mut self, now: Time) -> bool {
        let due = self.late.partition_point(|&(at, _)| at <= now);
        for (_, was_acknowledged) in self.late.drain(..due) {
            self.calls.count(was_acknowledged);
        }
        due > 0
    }

    /// The receiver sleeps by these windows from now on, or no longer.
    pub(super) fn sleeps(&mut self, now: Time, window: Option<WakeWindow>, crystal: Crystal) {
        let windows =
            window.and_then(|window| WakeWindows::new(now, window, crystal, self.faults.wake_interval_late_by));
        self.arrivals.sleeps(windows.is_some());
        self.counter.sleeps(now, windows);
    }

    /// When a message that is read now came, as the board works it out.
    pub(super) fn arrived(&mut self, came: Time, uptime: Instant) -> Instant {
        let stamp = self.counter.shows(came);
        self.arrivals.arrived(stamp, uptime)
    }
}

/// What a board does that can't believe its driver.
impl Hardware {
    /// Whether a send's outcome has to be worked out from what the driver says.
    pub(super) fn has_doubtful_driver(&self) -> bool {
        self.driver.is_some()
    }

    /// Waits until such a driver is done with all frames, or can't be expected to be.
    pub(super) fn poll_settled(&mut self, cx: &Context<'_>) -> Poll<Settling> {
        let uptime = self.uptime();
        let settling = self
            .driver
            .as_mut()
            .map_or(Settling::Done, |driver| driver.settling(uptime));
        let Settling::Until(deadline) = settling else {
            return Poll::Ready(settling);
        };
        self.await_sent(cx);
        let deadline = self.time_of(deadline);
        self.poll_timer(TimerId::Driver, deadline, cx)
            .map(|()| Settling::WrittenOff)
    }

    /// How the last frame fared, which was handed over alone and is settled.
    pub(super) fn delivery(&self) -> Delivery {
        self.driver
            .as_ref()
            .map_or(Delivery::Acknowledged, |driver| driver.delivery())
    }

    /// Puts what the board makes of a message's stamp in the place of when it came.
    pub(super) fn doubt_arrival(&mut self, received: &mut Received) {
        let (came, uptime) = (self.time_of(received.at), self.uptime());
        if let Some(driver) = &mut self.driver {
            received.at = driver.arrived(came, uptime);
        }
    }
}

/// The MAC's counter of microseconds.
#[derive(Debug)]
struct Counter {
    kind: Timestamps,
    began: Time,
    /// What it showed then.
    start: u32,
    /// For how long it stood still, by windows that are no more, µs.
    stood_us: u64,
    windows: Option<WakeWindows>,
}

impl Counter {
    fn sleeps(&mut self, now: Time, windows: Option<WakeWindows>) {
        if let Some(before) = &self.windows {
            match self.kind {
                Timestamps::Running => {}
                Timestamps::Stalled => self.stood_us += before.closed_for(now).as_micros(),
                Timestamps::Restarted => self.began = before.last_opening(now),
            }
        }
        self.windows = windows;
    }

    fn shows(&self, at: Time) -> u32 {
        let opened = self.windows.as_ref().filter(|_| self.kind == Timestamps::Restarted);
        let began = opened.map_or(self.began, |windows| windows.last_opening(at));
        let stands = self.windows.as_ref().filter(|_| self.kind == Timestamps::Stalled);
        let stood_us = self.stood_us + stands.map_or(0, |windows| windows.closed_for(at).as_micros());
        let ran_us = if at < began { 0 } else { (at - began).as_micros() };
        // It turns over.
        self.start.wrapping_add(ran_us.saturating_sub(stood_us) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Span;

    fn counter(kind: Timestamps) -> Counter {
        Counter {
            kind,
            began: Time::ZERO,
            start: u32::MAX,
            stood_us: 0,
            windows: None,
        }
    }

    fn at(micros: u64) -> Time {
        Time::from_micros(micros)
    }

    #[test]
    fn counters_do_while_the_radio_sleeps_as_they_are_told() {
        let windows = || {
            WakeWindow::new(100, 10)
                .and_then(|window| WakeWindows::new(at(1_000_000), window, Crystal::default(), Span::ZERO))
        };
        for (kind, asleep, after) in [
            (Timestamps::Running, 1_205_000, 2_000_000),
            // Two windows of 10 ms and half of the third; at the end three whole ones.
            (Timestamps::Stalled, 1_025_000, 1_030_000 + 760_000),
            // 5 ms after the third opened; at the end the third opened 760 ms and some ago.
            (Timestamps::Restarted, 5_000, 800_000),
        ] {
            let mut counter = counter(kind);
            assert_eq!(counter.shows(at(1)), 0, "{kind:?}");
            counter.sleeps(at(1_000_000), windows());
            assert_eq!(counter.shows(at(1_205_000)).wrapping_add(1), asleep, "{kind:?}");
            counter.sleeps(at(1_240_000), None);
            assert_eq!(counter.shows(at(2_000_000)).wrapping_add(1), after, "{kind:?}");
        }
    }
}
