//! Programs that compute: virtual time stands until they have asked their boards for something.
//!
//! ```text
//!    task: "I compute" ──► at the end of those that are ready ──► its turn: done? ── yes ──► polled
//!                                                                   │ no
//!                                      the moment is unfinished ◄───┘   await_programs: sockets and consoles, for so long
//! ```
//!
//! Who goes on first is decided by the queue alone: by the order in which tasks began to compute, not by which program was ready first.

use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::Lab;
use crate::board::Computation;

/// How long the program whose turn it is is watched alone: most ask for something sooner, and a look at one costs the same however many
/// boards there are.
const ALONE: Duration = Duration::from_millis(2);

/// Between two looks at whether a run is to be stopped.
const SLICE: Duration = Duration::from_millis(50);

/// Events between two such looks.
const EVENTS_A_LOOK: usize = 512;

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// The next thing has happened.
    Happened,
    /// It has not happened to its end, since a program computes: [`Lab::await_programs`].
    Computing,
    /// The run is over.
    Over,
}

impl Lab {
    /// Whether virtual time stands, as a program computes.
    pub(crate) fn is_computing(&self) -> bool {
        self.unfinished
    }

    /// Runs to the end and [concludes](Self::conclude), or until somebody says stop. Returns whether it came to its end.
    pub fn run_unless(&mut self, stop: &AtomicBool) -> bool {
        while !stop.load(Ordering::Relaxed) {
            for _ in 0..EVENTS_A_LOOK {
                match self.try_step() {
                    Progress::Happened => {}
                    Progress::Over => {
                        self.conclude();
                        return true;
                    }
                    Progress::Computing => {
                        self.await_programs(SLICE);
                        break;
                    }
                }
            }
        }
        false
    }

    /// Whether a board's task is not to be polled yet.
    pub(super) fn still_computes(&mut self, index: u32) -> bool {
        let computation = &mut self.seats[index as usize].computation;
        match computation {
            Some(program) if !program.is_done() => true,
            _ => {
                *computation = None;
                false
            }
        }
    }

    /// Waits until the program whose turn it is has asked for something, or has lost its patience; for so much real time at most, or until a
    /// signal comes. Meanwhile the others that compute are attended to as well, so that none of them waits for the lab.
    ///
    /// Patience is for all of them together: it is over when none has asked for anything for so long. What one has computed lately is added
    /// up as well: what is waited counts against the one whose request ends it, and only what is waited, so that neither what the lab does by
    /// itself nor what the others compute does.
    pub(crate) fn await_programs(&mut self, at_most: Duration) {
        let Some(first) = self.tasks.first_ready() else { return };
        let Some(program) = self.seats[first as usize].computation.clone() else {
            return;
        };
        let began = Instant::now();
        let mut watched = vec![Rc::clone(&program)];
        let mut is_alone = true;
        while !program.is_done() {
            let now = Instant::now();
            let Some(left) = at_most.checked_sub(now - began).filter(|left| !left.is_zero()) else {
                return;
            };
            let since = self
                .asked_at
                .map_or(program.began(), |asked| asked.max(program.began()));
            let patience = program.patience().saturating_sub(now - since);
            let patience = patience.min(program.patience_left());
            let timeout = if is_alone { left.min(ALONE) } else { left };
            let waiting = Instant::now();
            let waited = wait(&watched, timeout.min(patience));
            let took = waiting.elapsed();
            match waited {
                Waited::Ready => {}
                Waited::Signal => {
                    program.charge(took);
                    return;
                }
                Waited::Nothing if is_alone => {
                    is_alone = false;
                    let seats = self.tasks.ready().map(|index| &self.seats[index as usize]);
                    watched = seats.filter_map(|seat| seat.computation.clone()).collect();
                }
                Waited::Nothing => {}
            }
            let mut waited_for = None;
            for other in &watched {
                let was_done = other.is_done();
                other.attend();
                if !was_done && other.is_done() {
                    self.asked_at = Some(Instant::now());
                    waited_for.get_or_insert(other);
                }
            }
            waited_for.unwrap_or(&program).charge(took);
            if patience.is_zero() && !program.is_done() {
                program.give_up();
            }
        }
    }
}

enum Waited {
    Ready,
    /// Nothing came.
    Nothing,
    /// Somebody else wants something.
    Signal,
}

#[cfg(unix)]
fn wait(programs: &[Rc<dyn Computation>], at_most: Duration) -> Waited {
    use rustix::event::{Timespec, poll};

    let mut descriptors = Vec::with_capacity(2 * programs.len());
    for program in programs {
        program.watch(&mut descriptors);
    }
    let timeout = Timespec {
        tv_sec: i64::try_from(at_most.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(at_most.subsec_nanos()),
    };
    match poll(&mut descriptors, Some(&timeout)) {
        Ok(0) => Waited::Nothing,
        Ok(_) => Waited::Ready,
        Err(rustix::io::Errno::INTR) => Waited::Signal,
        // For want of memory; a look at each does no harm.
        Err(_) => {
            std::thread::sleep(at_most.min(Duration::from_millis(1)));
            Waited::Nothing
        }
    }
}

#[cfg(not(unix))]
fn wait(_: &[Rc<dyn Computation>], at_most: Duration) -> Waited {
    std::thread::sleep(at_most.min(Duration::from_millis(1)));
    Waited::Nothing
}
