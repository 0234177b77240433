//! Boards whose radios sleep most of the time, and somebody who calls them when they are awake.
//!
//! ```text
//!    caller    ▲ time, call 7              ▲ call 8                    ▲ call 9
//!    sleeper   ▓▓▓▓▓░░░░░░░░░░░░░░░░░░░░░░░▓▓▓▓▓░░░░░░░░░░░░░░░░░░░░░░░▓▓▓▓▓░░░░░░     one clock: all calls are heard
//!    another   ░░░░░░░░░░░▓▓▓▓▓░░░░░░░░░░░░░░░░░░░░░░▓▓▓▓▓░░░░░░░░░░░░░░░░░░░░░░▓▓     its own: few are
//! ```
//!
//! A sleeper listens until it has been told the time, then sleeps by the windows that all have in common. Whenever it is told again it
//! sets them anew, as its crystal and the caller's differ. One that was told nothing for long listens again.

use core::convert::Infallible;

use crate::board::{Board, Clock, Console as _, Parts, Pixels, Radio, Rgb, WakeWindow};
use crate::espnow::Error;
use crate::message::FrameHead;
use crate::node::Node;
use crate::service::data::{Data, Datum, Event};
use crate::service::time::{
    Discipline, Event as TimeEvent, HOST_LATENCY, Initiator, InitiatorConfig, Responder, ResponderConfig,
    one_step_latency,
};
use crate::service::wake::WakeSchedule;
use crate::time::{Duration, Instant};
use crate::{MacAddress, Rate};

/// By how much a chip's interval may be longer than it was told: Espressif's driver sets its timer anew when the last one has been
/// served, so each window opens later than the one before by the time that took.
const LATENESS: Duration = Duration::from_micros(200);

/// Clocks differ by less, and windows that were set with the last time that was told are late by less.
const GUARD: Duration = Duration::from_millis(2);

const _: () = assert!(LATENESS.as_micros() * TOLD_EVERY as u128 + 400 <= GUARD.as_micros());

/// Three messages with the time and a call, each of which may have to wait for another board.
const AIRTIME: Duration = Duration::from_millis(8);

/// The time is told with every so manieth call.
const TOLD_EVERY: u16 = 8;

/// As many intervals without being told the time, and a sleeper listens again.
const PATIENCE: u32 = 5 * TOLD_EVERY as u32;

/// Windows that are set within this of their opening are close enough, µs.
const IN_STEP_US: i64 = 50;

const EVEN: Rgb = Rgb::new(0, 40, 0);
const ODD: Rgb = Rgb::new(0, 0, 40);
const LISTENS: Rgb = Rgb::new(40, 20, 0);

/// When sleepers are awake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rhythm {
    /// Their windows.
    pub window: WakeWindow,
    /// Whether they are counted by the caller's clock. If not, each sleeper counts by its own, and the caller calls at any moment.
    pub shared: bool,
}

impl Rhythm {
    /// The shared windows; `None` if they never close.
    fn schedule(&self) -> Option<WakeSchedule> {
        if self.window.is_always_open() {
            return None;
        }
        WakeSchedule::new(self.window.interval(), self.window.window()).ok()
    }

    const fn interval_us(&self) -> i64 {
        self.window.interval_ms() as i64 * 1000
    }
}

/// When a window opens next.
fn next_opening(schedule: WakeSchedule, network_us: i64) -> Option<i64> {
    let change = schedule.next_change(network_us)?;
    if schedule.is_awake(change) {
        return Some(change);
    }
    schedule.next_change(change)
}

/// Calls in every interval, and tells the time. Goes on for ever.
pub async fn caller<B: Board>(board: &mut B, rhythm: Rhythm) -> Infallible {
    let mut parts = board.parts();
    let mut node = Node::<8, 250>::of(&mut parts);
    let mut initiator = Initiator::new(InitiatorConfig {
        two_step: true,
        ..InitiatorConfig::default()
    });
    let mut data = Data::<2>::new();
    let mut number: u16 = 0;
    let mut interval = parts.clock.now();
    // Whoever is up already listens.
    initiator.broadcast();
    loop {
        let at = match rhythm.schedule().filter(|_| rhythm.shared) {
            Some(schedule) => moment_within(schedule, parts.clock.now()),
            None => {
                interval = interval + rhythm.window.interval();
                let wait_us = rand_core::Rng::next_u64(parts.random) % rhythm.interval_us().unsigned_abs();
                interval + Duration::from_micros(wait_us)
            }
        };
        while parts.clock.now() < at {
            node.turn(&mut parts, &mut [&mut initiator, &mut data], Some(at)).await;
        }
        if number.is_multiple_of(TOLD_EVERY) {
            initiator.broadcast();
        }
        number = number.wrapping_add(1);
        // There is room: the last one is long gone.
        let _ = data.send(MacAddress::BROADCAST, once(), &number.to_le_bytes());
        node.work(&mut parts, &mut [&mut initiator, &mut data]).await;
        while data.poll_event().is_some() {}
        parts.pixels.paint(colour(number)).await;
    }
}

/// In the next window, so that a call is over before anybody's closes.
fn moment_within(schedule: WakeSchedule, now: Instant) -> Instant {
    let now_us = i64::try_from(now.as_micros()).unwrap_or(i64::MAX);
    let opening = next_opening(schedule, now_us).unwrap_or(now_us);
    // A window that is too short for that is called at its opening.
    let at_us = schedule.next_send(opening, GUARD, AIRTIME).unwrap_or(opening);
    Instant::from_micros(at_us.unsigned_abs())
}

const fn once() -> FrameHead {
    FrameHead {
        retransmit_count: 1,
        ..FrameHead::BROADCAST
    }
}

const fn colour(number: u16) -> Rgb {
    if number.is_multiple_of(2) { EVEN } else { ODD }
}

/// Sleeps, and says which calls it hears. Goes on for ever.
///
/// # Errors
/// If the radio can't sleep.
pub async fn sleeper<B: Board>(board: &mut B, rhythm: Rhythm) -> Result<Infallible, Error> {
    let mut parts = board.parts();
    let mut node = Node::<8, 250>::of(&mut parts);
    let mut responder = Responder::new(ResponderConfig {
        discipline: Discipline::Line {
            latency: one_step_latency(Rate::default(), HOST_LATENCY),
        },
        ..ResponderConfig::default()
    });
    let mut data = Data::<4>::new();
    let mut calls = Calls::default();
    let schedule = rhythm.schedule().filter(|_| rhythm.shared);
    // When it was told the time, while it sleeps by that.
    let mut told_at: Option<Instant> = None;
    let mut is_to_set = false;
    if schedule.is_some() {
        parts.pixels.paint(LISTENS).await;
        responder.request();
    } else {
        parts.radio.set_wake_window(Some(rhythm.window))?;
    }
    loop {
        while let Some(event) = responder.poll_event() {
            match event {
                TimeEvent::Synchronised { .. } => {
                    told_at = Some(parts.clock.now());
                    is_to_set = schedule.is_some();
                }
                TimeEvent::Unanswered => responder.request(),
            }
        }
        while let Some(event) = data.poll_event() {
            if let Event::Received(datum) = event {
                calls.take(&mut parts, &datum).await;
            }
        }
        let now = parts.clock.now();
        let mut deadline = None;
        if let Some(schedule) = schedule {
            let network_us = responder.network_us(now);
            if is_to_set && is_opening(&rhythm, network_us) {
                parts.radio.set_wake_window(Some(rhythm.window))?;
                is_to_set = false;
            }
            if is_to_set {
                deadline = next_opening(schedule, network_us + IN_STEP_US).map(|at| responder.local(at).max(now));
            }
            if let Some(told) = told_at {
                let lost_at = told + rhythm.window.interval() * PATIENCE;
                if lost_at <= now {
                    parts.console.line(format_args!("nobody tells the time: listening"));
                    parts.radio.set_wake_window(None)?;
                    responder.request();
                    told_at = None;
                    is_to_set = false;
                } else {
                    deadline = Some(deadline.map_or(lost_at, |deadline| deadline.min(lost_at)));
                }
            }
        }
        node.turn(&mut parts, &mut [&mut responder, &mut data], deadline).await;
    }
}

/// Whether a window opens just now.
const fn is_opening(rhythm: &Rhythm, network_us: i64) -> bool {
    (network_us + IN_STEP_US).rem_euclid(rhythm.interval_us()) <= 2 * IN_STEP_US
}

/// Calls that were heard, of those that there were since the first.
#[derive(Default)]
struct Calls {
    first: Option<u16>,
    heard: u16,
}

impl Calls {
    async fn take<B: Board + ?Sized>(&mut self, parts: &mut Parts<'_, B>, datum: &Datum) {
        let Some(number) = datum.payload.first_chunk().map(|octets| u16::from_le_bytes(*octets)) else {
            return;
        };
        let first = *self.first.get_or_insert(number);
        self.heard = self.heard.wrapping_add(1);
        let called = number.wrapping_sub(first).wrapping_add(1);
        parts
            .console
            .line(format_args!("call {number}: heard {} of {called}", self.heard));
        parts.pixels.paint(colour(number)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_over_before_windows_close() {
        let schedule = WakeSchedule::new(Duration::from_millis(500), Duration::from_millis(20)).expect("it fits");
        for (now_us, at_us) in [(0, 502_000), (700, 502_000), (499_999, 502_000), (20_000, 502_000)] {
            let at = moment_within(schedule, Instant::from_micros(now_us));
            assert_eq!(at, Instant::from_micros(at_us), "{now_us}");
        }
    }

    #[test]
    fn a_window_too_short_for_a_guard_is_called_at_its_opening() {
        let schedule = WakeSchedule::new(Duration::from_millis(500), Duration::from_millis(5)).expect("it fits");
        let at = moment_within(schedule, Instant::from_micros(1_000));
        assert_eq!(at, Instant::from_micros(500_000));
    }
}
