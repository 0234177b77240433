//! tokio's part: pace a run against the wall clock, and stop it when the user says so.
//!
//! Nothing here decides what happens in a run, only when the wall clock lets it happen.

use std::io;
use std::time::Duration;

use tokio::time::Instant;

use crate::bridge::Bridge;
use crate::kernel::{Span, Time};
use crate::lab::{Lab, Progress};
use crate::pace::Pace;
use crate::signals::Signals;
pub use crate::signals::Stop;

/// Between two looks at the signals, when there is no pace to keep or a program computes.
const SLICE: Duration = Duration::from_millis(20);

/// Events between two looks at the wall clock.
const EVENTS_A_LOOK: usize = 256;

/// How a hosted run came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was left to happen, or its time was over.
    Over,
    /// The user stopped it.
    Interrupted(Stop),
    /// Nobody was left who watched it.
    Unwatched,
}

/// Runs a lab to its end at a pace, or until a signal.
///
/// # Errors
/// If the signals can't be listened to.
pub async fn run(lab: &mut Lab, pace: Pace) -> io::Result<Outcome> {
    Ok(run_until(lab, pace, None, &mut Signals::listen()?).await)
}

/// Runs a lab that has a bridge to real boards to its end, at the pace of the wall clock, or until a signal. What happens
/// depends on when it happens out there: no two such runs are the same.
///
/// # Errors
/// If the signals can't be listened to.
pub async fn run_bridged(lab: &mut Lab, bridge: &mut Bridge) -> io::Result<Outcome> {
    Ok(run_until(lab, Pace::default(), Some(bridge), &mut Signals::listen()?).await)
}

/// Somebody outside who has to do with a lab's boards: programs that are attached, people at terminals.
#[cfg(unix)]
pub(crate) trait Attendance {
    /// Waits until there is something for [`Attendance::pump`] to do. Given up in the middle, it loses nothing.
    fn ready(&mut self) -> impl Future<Output = ()>;

    /// Brings to the lab what came, and takes from it what is to go.
    fn pump(&mut self, lab: &mut Lab);
}

/// Runs a lab with somebody outside, at the pace of the wall clock, until one of these signals.
#[cfg(unix)]
pub(crate) async fn run_attended(lab: &mut Lab, attendance: &mut impl Attendance, signals: &mut Signals) -> Outcome {
    let mut metronome = Metronome::new(Pace::default(), lab.now());
    loop {
        if !metronome.advance(lab) {
            return Outcome::Over;
        }
        // Whoever read its lines may have left: it is there for its programs.
        attendance.pump(lab);
        tokio::select! {
            biased;
            stop = signals.received() => return Outcome::Interrupted(stop),
            () = attendance.ready() => {}
            () = metronome.wait(lab) => {}
        }
    }
}

/// Runs a lab at a pace, with its bridge if it has one, until one of these signals: it may have come since they are listened to.
pub(crate) async fn run_until(
    lab: &mut Lab,
    pace: Pace,
    mut bridge: Option<&mut Bridge>,
    signals: &mut Signals,
) -> Outcome {
    let mut metronome = Metronome::new(pace, lab.now());
    loop {
        let goes_on = metronome.advance_bridged(lab, bridge.as_deref_mut());
        if !goes_on {
            return Outcome::Over;
        }
        if lab.is_unwatched() {
            return Outcome::Unwatched;
        }
        tokio::select! {
            biased;
            stop = signals.received() => return Outcome::Interrupted(stop),
            () = ready(bridge.as_deref_mut()) => {}
            () = metronome.wait(lab) => {}
        }
    }
}

/// Waits for the bridge, for ever if there is none.
pub(crate) async fn ready(bridge: Option<&mut Bridge>) {
    match bridge {
        Some(bridge) => bridge.ready().await,
        None => std::future::pending().await,
    }
}

/// Keeps virtual time in step with the wall clock.
#[derive(Debug)]
pub(crate) struct Metronome {
    pace: Pace,
    /// A moment on both clocks.
    wall: Instant,
    virtual_time: Time,
    /// How late the first thing was that [`Metronome::advance`] let happen last; zero if there was none.
    lateness: Duration,
}

impl Metronome {
    pub(crate) fn new(pace: Pace, now: Time) -> Self {
        Self {
            pace,
            wall: Instant::now(),
            virtual_time: now,
            lateness: Duration::ZERO,
        }
    }

    /// Goes on at another pace from here.
    pub(crate) fn set_pace(&mut self, pace: Pace, now: Time) {
        *self = Self::new(pace, now);
    }

    /// Lets happen what is due by now, for a few ms of the host's time at most, programs that compute included. Returns `false` when the run is over.
    pub(crate) fn advance(&mut self, lab: &mut Lab) -> bool {
        let target = match self.pace {
            Pace::Paused => return true,
            Pace::Max => Time::MAX,
            Pace::Times(factor) => {
                let nanos = self.wall.elapsed().as_secs_f64() * factor * 1e9;
                self.virtual_time + Span::from_nanos(nanos as u64)
            }
        };
        let began = Instant::now();
        let late = lab.next_at().filter(|at| *at <= target && self.pace != Pace::Max);
        self.lateness = late.map_or(Duration::ZERO, |at| Duration::from(target - at));
        loop {
            for _ in 0..EVENTS_A_LOOK {
                if lab.next_at().is_none_or(|at| at > target) {
                    return lab.run_until(target);
                }
                if lab.try_step() == Progress::Computing {
                    lab.await_programs(SLICE.saturating_sub(began.elapsed()));
                    if lab.is_computing() && began.elapsed() >= SLICE {
                        break;
                    }
                }
            }
            if began.elapsed() >= SLICE {
                // The host can't keep the pace: what is late is not made up for in one go.
                if self.pace != Pace::Max {
                    let lateness = self.lateness;
                    self.set_pace(self.pace, lab.now());
                    self.lateness = lateness;
                }
                return true;
            }
        }
    }

    /// The same, and what came from real boards, and what goes to them.
    pub(crate) fn advance_bridged(&mut self, lab: &mut Lab, bridge: Option<&mut Bridge>) -> bool {
        let goes_on = self.advance(lab);
        if let Some(bridge) = bridge {
            if self.lateness > Duration::ZERO {
                bridge.note_lag(self.lateness);
            }
            bridge.pump(lab);
        }
        goes_on
    }

    /// Waits until the next event is due on the wall clock.
    pub(crate) async fn wait(&self, lab: &Lab) {
        if lab.is_computing() {
            // That has been waited for already.
            return tokio::task::yield_now().await;
        }
        match (self.pace, lab.next_at()) {
            (Pace::Times(factor), Some(at)) => {
                let ahead = Duration::from(at - self.virtual_time).as_secs_f64() / factor;
                // A day is as good as for ever, and keeps the sum in range.
                let due = self.wall + Duration::from_secs_f64(ahead.min(86_400.0));
                tokio::time::sleep_until(due).await;
            }
            (Pace::Paused, _) => std::future::pending().await,
            _ => tokio::task::yield_now().await,
        }
    }
}
