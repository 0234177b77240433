//! Stations whose turn comes by a countdown that began for all of them at once.
//!
//! When a frame ends, the air becomes idle for everybody around, and in a crowd nearly everybody waits for that. Yet only
//! one of them, or the few of one slot, will have a turn: when it sends, the others stop counting. So they are kept
//! together, and only the earliest is in the queue of events. When it has had its turn, those who heard it are crossed out.

use super::{Happening, Lab};
use crate::kernel::Time;

/// Stations that count down together.
#[derive(Debug, Default)]
pub(super) struct Countdown {
    /// In the order in which their air became idle.
    turns: Vec<Turn>,
    /// The place of the one that is in the queue of events.
    earliest: usize,
}

#[derive(Clone, Copy, Debug)]
struct Turn {
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
        let mut turns = std::mem::take(&mut self.countdowns.all[place as usize].turns);
        for &index in idle {
            if let Some(at) = self.next_turn(index) {
                turns.push(Turn { at, index });
            }
        }
        self.countdowns.all[place as usize].turns = turns;
        self.await_earliest(place);
    }

    /// The earliest turn of a countdown has come.
    pub(super) fn count_down(&mut self, now: Time, place: u32) {
        let Countdown { turns, earliest } = &mut self.countdowns.all[place as usize];
        let turn = turns.remove(*earliest);
        self.access(now, turn.index);
        let mut turns = std::mem::take(&mut self.countdowns.all[place as usize].turns);
        turns.retain(|&Turn { at, index }| {
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
        });
        self.countdowns.all[place as usize].turns = turns;
        self.await_earliest(place);
    }

    fn await_earliest(&mut self, place: u32) {
        let countdown = &mut self.countdowns.all[place as usize];
        let earliest = countdown.turns.iter().enumerate().min_by_key(|(_, turn)| turn.at);
        match earliest {
            Some((earliest, &Turn { at, .. })) => {
                countdown.earliest = earliest;
                self.queue.schedule(at, Happening::Countdown(place));
            }
            None => self.countdowns.free.push(place),
        }
    }
}
