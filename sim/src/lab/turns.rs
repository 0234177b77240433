//! Stations whose turn comes by a countdown that began for all of them at once.
//!
//! When a frame ends, the air becomes idle for everybody around, and in a crowd nearly everybody waits for that. Yet only
//! one of them, or the few of one slot, will have a turn: when it sends, the others stop counting. So they are kept
//! together, and only the earliest is in the queue of events. When it has had its turn, those who heard it are crossed out.

use super::{Happening, Lab};
use crate::kernel::Time;

/// Whose backoff may be over.
#[derive(Clone, Copy, Debug)]
pub(super) enum Turn {
    /// That of a station.
    Station(u32),
    /// The earliest of those that are counted down together.
    Countdown(u32),
}

/// Stations that count down together.
#[derive(Debug, Default)]
pub(super) struct Countdown {
    /// In the order in which their air became idle.
    waiting: Vec<Waiting>,
    /// The place of the one whose turn is in the queue of events.
    earliest: usize,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    at: Time,
    index: u32,
}

/// All countdowns of a run; places are used again, with the room that their lists have got.
#[derive(Debug, Default)]
pub(super) struct Countdowns {
    all: Vec<Countdown>,
    free: Vec<u32>,
}

impl Countdowns {
    fn place(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.all.push(Countdown::default());
            (self.all.len() - 1) as u32
        })
    }
}

impl Lab {
    /// Sees to it that the turns of stations whose air has become idle are in the queue.
    pub(super) fn arm_all(&mut self, idle: &[u32]) {
        if let &[index] = idle {
            self.arm_access(index);
        }
        if idle.len() < 2 {
            return;
        }
        let place = self.countdowns.place();
        let mut waiting = std::mem::take(&mut self.countdowns.all[place as usize].waiting);
        for &index in idle {
            if let Some(at) = self.next_turn(index) {
                waiting.push(Waiting { at, index });
            }
        }
        self.countdowns.all[place as usize].waiting = waiting;
        self.await_earliest(place);
    }

    /// Lets a station take its turn, and then all others whose turn is in this moment: their frames begin together.
    pub(super) fn take_turns(&mut self, now: Time, first: Turn) {
        let mut next = Some(first);
        while let Some(turn) = next {
            match turn {
                Turn::Station(index) => self.access(now, index),
                Turn::Countdown(place) => self.count_down(now, place),
            }
            next = self.queue.pop_now(Happening::as_turn);
        }
        self.settle_air(now);
    }

    /// The earliest turn of a countdown has come.
    fn count_down(&mut self, now: Time, place: u32) {
        let Countdown { waiting, earliest } = &mut self.countdowns.all[place as usize];
        let Waiting { index, .. } = waiting.remove(*earliest);
        self.access(now, index);
        let mut waiting = std::mem::take(&mut self.countdowns.all[place as usize].waiting);
        let is_last = waiting.iter().all(|other| other.at != now);
        if is_last {
            self.settle_air(now);
            waiting.retain(|&waiting| self.still_counts(waiting));
        }
        self.countdowns.all[place as usize].waiting = waiting;
        self.await_earliest(place);
    }

    /// Whether a station that waits still counts down as it did.
    fn still_counts(&mut self, Waiting { at, index }: Waiting) -> bool {
        let seat = &mut self.seats[index as usize];
        let due = seat.station.access_at(self.medium.carrier(index));
        if due == Some(at) {
            return true;
        }
        if seat.access_armed == Some(at) {
            seat.access_armed = None;
        }
        // Whose air is busy is armed again when it becomes idle.
        if due.is_some() {
            self.arm_access(index);
        }
        false
    }

    fn await_earliest(&mut self, place: u32) {
        let countdown = &mut self.countdowns.all[place as usize];
        let earliest = countdown
            .waiting
            .iter()
            .enumerate()
            .min_by_key(|(_, waiting)| waiting.at);
        match earliest {
            Some((earliest, &Waiting { at, .. })) => {
                countdown.earliest = earliest;
                self.queue.schedule(at, Happening::Turn(Turn::Countdown(place)));
            }
            None => self.countdowns.free.push(place),
        }
    }
}
