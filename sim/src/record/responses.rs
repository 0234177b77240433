//! How soon boards do what one of them tells them.
//!
//! A line on the commander's console, `key_1: power 1`, is a command to all who have said that they are `bound to key_1`. A line of
//! theirs that begins in the same way, `key_1: on, 50 %`, is the answer; the first one counts, until the next command under that key.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::kernel::{Span, Time};
use crate::observe::{BoardId, Event, Observer};

/// Watches consoles for commands and answers.
#[derive(Debug)]
pub struct Responses {
    commander: BoardId,
    bound: BTreeMap<Box<str>, BTreeSet<BoardId>>,
    commands: Vec<Command>,
}

#[derive(Debug)]
struct Command {
    line: Arc<str>,
    at: Time,
    asked: BTreeSet<BoardId>,
    answers: BTreeMap<BoardId, Span>,
}

/// How a command was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResponseReport {
    /// The commander's line.
    pub command: String,
    /// How many boards it was for.
    pub asked: usize,
    /// How many of them answered.
    pub answered: usize,
    /// Until half of those who did had answered, µs.
    pub median_us: Option<u64>,
    /// Until nine tenths had, µs.
    pub p90_us: Option<u64>,
    /// Until the last one had, µs.
    pub last_us: Option<u64>,
}

impl Responses {
    /// What becomes of this board's commands.
    #[must_use]
    pub const fn to(commander: BoardId) -> Self {
        Self {
            commander,
            bound: BTreeMap::new(),
            commands: Vec::new(),
        }
    }

    /// All commands, in their order.
    #[must_use]
    pub fn report(&self) -> Vec<ResponseReport> {
        let of = |command: &Command| {
            let mut times: Vec<_> = command.answers.values().copied().collect();
            times.sort_unstable();
            ResponseReport {
                command: command.line.to_string(),
                asked: command.asked.len(),
                answered: times.len(),
                median_us: within(&times, 50),
                p90_us: within(&times, 90),
                last_us: within(&times, 100),
            }
        };
        self.commands.iter().map(of).collect()
    }

    fn heard(&mut self, at: Time, board: BoardId, line: &Arc<str>) {
        if let Some(key) = line.strip_prefix("bound to ").and_then(|rest| rest.split(' ').next()) {
            self.bound.entry(key.into()).or_default().insert(board);
            return;
        }
        let Some((key, _)) = line.split_once(": ") else { return };
        if board == self.commander {
            if let Some(asked) = self.bound.get(key) {
                self.commands.push(Command {
                    line: Arc::clone(line),
                    at,
                    asked: asked.clone(),
                    answers: BTreeMap::new(),
                });
            }
            return;
        }
        let of_key = |command: &&mut Command| command.line.split_once(": ").is_some_and(|(other, _)| other == key);
        if let Some(command) = self.commands.iter_mut().rev().find(of_key)
            && command.asked.contains(&board)
        {
            let took = at - command.at;
            command.answers.entry(board).or_insert(took);
        }
    }
}

/// The time within which so many hundredths of all came.
fn within(sorted: &[Span], percent: usize) -> Option<u64> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).map(|time| time.as_micros())
}

impl Observer for Responses {
    fn watches_air(&self) -> bool {
        false
    }

    fn observe(&mut self, at: Time, event: &Event) {
        if let Event::Console { board, line } = event {
            self.heard(at, *board, line);
        }
    }
}

impl fmt::Display for Responses {
    /// `commands obeyed: 24 of 24, half within 12.4 ms, nine tenths within 12.4 ms, all within 12.5 ms`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = |command: &Command| command.answers.values().copied().collect::<Vec<_>>();
        let mut times: Vec<_> = self.commands.iter().flat_map(all).collect();
        times.sort_unstable();
        let asked: usize = self.commands.iter().map(|command| command.asked.len()).sum();
        write!(f, "commands obeyed: {} of {asked}", times.len())?;
        for (who, percent) in [("half", 50), ("nine tenths", 90), ("all", 100)] {
            if let Some(micros) = within(&times, percent) {
                write!(f, ", {who} within {:.1} ms", micros as f64 / 1e3)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SWITCH: BoardId = BoardId(0);

    fn say(responses: &mut Responses, millis: u64, board: u32, line: &str) {
        let event = Event::Console {
            board: BoardId(board),
            line: line.into(),
        };
        responses.observe(Time::from_micros(1000 * millis), &event);
    }

    #[test]
    fn the_first_answer_of_each_board_counts_for_the_last_command() {
        let mut responses = Responses::to(SWITCH);
        say(&mut responses, 0, 0, "bind key_1");
        for light in 1..=3 {
            say(&mut responses, 1, light, "bound to key_1 of 34:85:18:10:00:00, -25 dBm");
        }
        say(&mut responses, 100, 0, "key_1: power 1");
        say(&mut responses, 110, 1, "key_1: on, 50 %, white");
        say(&mut responses, 120, 2, "key_1: on, 50 %, white");
        say(&mut responses, 130, 1, "key_1: on, 50 %, white");
        say(&mut responses, 130, 4, "key_1: on, though never bound");
        say(&mut responses, 130, 3, "key_2: on, another key's");
        say(&mut responses, 200, 0, "key_1: power 0");
        say(&mut responses, 205, 3, "key_1: off");
        let report = responses.report();
        let line = |at: usize| {
            (
                report[at].asked,
                report[at].answered,
                report[at].median_us,
                report[at].last_us,
            )
        };
        assert_eq!(line(0), (3, 2, Some(10_000), Some(20_000)));
        assert_eq!(line(1), (3, 1, Some(5_000), Some(5_000)));
        assert_eq!(
            responses.to_string(),
            "commands obeyed: 3 of 6, half within 10.0 ms, nine tenths within 20.0 ms, all within 20.0 ms"
        );
    }

    #[test]
    fn a_command_to_nobody_is_none() {
        let mut responses = Responses::to(SWITCH);
        say(&mut responses, 100, 0, "key_1: power 1");
        assert_eq!(responses.report(), []);
        assert_eq!(responses.to_string(), "commands obeyed: 0 of 0");
    }
}
