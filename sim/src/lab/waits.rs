//! What is left when a run is over: programs that still wait, and lines that were begun.

use std::fmt;

use super::Lab;
use super::life::Life;
use crate::board::Hardware;
use crate::kernel::Time;
use crate::observe::{BoardId, Event};

/// What a program waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaited {
    /// That a time comes.
    Time,
    /// A message, or the outcome of one.
    Radio,
    /// That its button is pressed.
    Button,
    /// Its pins, or somebody at its console.
    Pins,
    /// A pin that wakes its board from deep sleep.
    Waking,
    /// Nothing that can come.
    Nothing,
}

impl fmt::Display for Awaited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Time => "a time",
            Self::Radio => "a message",
            Self::Button => "its button",
            Self::Pins => "its pins or its console",
            Self::Waking => "a pin that wakes it",
            Self::Nothing => "nothing that can come",
        })
    }
}

impl Lab {
    /// The boards whose programs have not ended, those in deep sleep included, and what each waits for. A run that nothing can happen in any more is over although
    /// they wait.
    #[must_use]
    pub fn waiting(&self) -> Vec<(BoardId, Awaited)> {
        let boards = (0..).zip(&self.seats);
        let waiting = boards.filter_map(|(index, seat)| {
            let hardware = seat.hardware.look();
            let awaited = match seat.life {
                Life::Up if self.tasks.is_alive(index) && !hardware.rests() => hardware.awaited(),
                Life::Asleep(until) if until < Time::MAX => Awaited::Time,
                Life::Asleep(_) if hardware.can_be_woken() => Awaited::Waking,
                Life::Asleep(_) => Awaited::Nothing,
                _ => return None,
            };
            Some((BoardId(index), awaited))
        });
        waiting.collect()
    }

    /// Nothing more is done to the run: what programs have printed without a line end is a line now. A run that is over can go on if
    /// somebody does something to a board, and then its program goes on in that line.
    pub fn conclude(&mut self) {
        let now = self.queue.now();
        for index in 0..self.seats.len() as u32 {
            if !self.seats[index as usize].hardware.look().has_unfinished_line() {
                continue;
            }
            self.touch(now, index, Hardware::flush_console);
            let lines = self.take_requests(now, index).into_iter().flat_map(|asked| asked.lines);
            for line in lines {
                let board = BoardId(index);
                self.report(now, || Event::Console { board, line });
            }
        }
    }
}
