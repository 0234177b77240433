//! What is kept of boards' consoles: of each its first lines and its last ones, and how many came between.
//!
//! A run can print for as long as it goes on. What is kept does not grow with it: every board has so many lines and so many octets,
//! and all boards together have a limit, too.

use std::collections::VecDeque;
use std::sync::Arc;

/// Lines of a board that are kept from its beginning.
const FIRST: Limit = Limit {
    lines: 200,
    octets: 16 << 10,
};

/// Lines of a board that are kept up to its end.
const LAST: Limit = Limit {
    lines: 800,
    octets: 112 << 10,
};

/// Octets of all boards together.
const ALL: usize = 64 << 20;

/// A longer line is cut: a board's own are 4096 octets at most, a recording's may be anything.
const LONGEST: usize = 8 << 10;

/// What a kept line costs besides its text.
const LINE: usize = 48;

#[derive(Clone, Copy, Debug)]
struct Limit {
    lines: usize,
    octets: usize,
}

/// The consoles of all boards.
#[derive(Debug, Default)]
pub(super) struct Consoles {
    boards: Vec<Console>,
    octets: usize,
}

/// What is kept of one.
#[derive(Clone, Debug, Default)]
pub(super) struct Console {
    first: Kept,
    /// Empty until a line did not fit into `first`.
    last: Kept,
    left_out: u64,
}

#[derive(Clone, Debug, Default)]
struct Kept {
    lines: VecDeque<Arc<str>>,
    octets: usize,
}

impl Kept {
    fn has_room(&self, octets: usize, limit: Limit) -> bool {
        self.lines.len() < limit.lines && self.octets + octets <= limit.octets
    }

    fn push(&mut self, line: Arc<str>) {
        self.octets += cost(&line);
        self.lines.push_back(line);
    }

    /// Forgets the oldest line, and says what it cost.
    fn pop(&mut self) -> Option<usize> {
        let octets = cost(&self.lines.pop_front()?);
        self.octets -= octets;
        Some(octets)
    }
}

fn cost(line: &str) -> usize {
    line.len() + LINE
}

impl Consoles {
    /// A board has printed a line.
    pub(super) fn print(&mut self, board: usize, line: &Arc<str>) {
        if self.boards.len() <= board {
            self.boards.resize(board + 1, Console::default());
        }
        let Some(console) = self.boards.get_mut(board) else {
            return;
        };
        let line = shortened(line);
        let octets = cost(&line);
        let is_beginning = console.last.lines.is_empty() && console.left_out == 0;
        if is_beginning && console.first.has_room(octets, FIRST) && self.octets + octets <= ALL {
            console.first.push(line);
            self.octets += octets;
            return;
        }
        while !console.last.has_room(octets, LAST) || self.octets + octets > ALL {
            console.left_out += 1;
            match console.last.pop() {
                Some(freed) => self.octets -= freed,
                // All that may be kept are other boards' lines.
                None => return,
            }
        }
        console.last.push(line);
        self.octets += octets;
    }

    /// What is kept of a board's.
    pub(super) fn of(&self, board: usize) -> Option<&Console> {
        self.boards.get(board)
    }
}

impl Console {
    /// The lines, oldest first.
    pub(super) fn lines(&self) -> impl Iterator<Item = &str> {
        self.first.lines.iter().chain(&self.last.lines).map(|line| &**line)
    }

    /// After how many of the lines some are left out, and how many; `None` if all are there.
    pub(super) fn left_out(&self) -> Option<(usize, u64)> {
        (self.left_out > 0).then_some((self.first.lines.len(), self.left_out))
    }
}

/// As much of a line as is kept.
fn shortened(line: &Arc<str>) -> Arc<str> {
    if line.len() <= LONGEST {
        return Arc::clone(line);
    }
    let kept = line.get(..line.floor_char_boundary(LONGEST)).unwrap_or_default();
    format!("{kept}…").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_run_is_kept_as_it_is() {
        let mut consoles = Consoles::default();
        let lines: Vec<Arc<str>> = (0..900).map(|number| format!("line {number}").into()).collect();
        for line in &lines {
            consoles.print(3, line);
        }
        let console = consoles.of(3).expect("it printed");
        assert!(console.lines().eq(lines.iter().map(|line| &**line)));
        assert_eq!(console.left_out(), None);
        assert!(consoles.of(4).is_none());
    }

    #[test]
    fn a_long_run_has_a_beginning_and_an_end() {
        let mut consoles = Consoles::default();
        for number in 0..1_000_000 {
            consoles.print(0, &format!("line {number}").into());
        }
        let console = consoles.of(0).expect("it printed");
        let lines: Vec<_> = console.lines().collect();
        let (first, left_out) = console.left_out().expect("many lines");
        assert_eq!(lines.len() as u64 + left_out, 1_000_000);
        assert_eq!(
            (lines[0], lines[first - 1]),
            ("line 0", &*format!("line {}", first - 1))
        );
        assert_eq!(lines[first], format!("line {}", first as u64 + left_out));
        assert_eq!(lines.last(), Some(&"line 999999"));
        assert_eq!(lines.len(), FIRST.lines + LAST.lines);
    }

    #[test]
    fn long_lines_and_many_boards_are_bounded_too() {
        let mut consoles = Consoles::default();
        let line: Arc<str> = "é".repeat(1 << 20).into();
        for number in 0..40_000 {
            consoles.print(number % 2_000, &line);
        }
        let kept: usize = consoles
            .boards
            .iter()
            .map(|console| console.first.octets + console.last.octets)
            .sum();
        assert_eq!(kept, consoles.octets);
        assert!(kept <= ALL && kept > ALL / 2, "{kept}");
        let console = consoles.of(1_999).expect("it printed");
        assert_eq!(
            console.lines().count() as u64 + console.left_out().map_or(0, |(_, count)| count),
            20
        );
        assert!(console.lines().all(|line| line.len() <= LONGEST + 3));
    }
}
