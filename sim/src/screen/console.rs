//! A board's console: its newest lines, and which of them are in view.

use std::collections::VecDeque;
use std::sync::Arc;

use ratatui::layout::Size;

use super::keys::Motion;
use super::text;
use crate::kernel::Time;

/// Lines that are kept.
const KEPT: usize = 2_000;

/// A line and when it was written.
#[derive(Clone, Debug)]
struct Line {
    at: Time,
    text: Arc<str>,
}

/// A board's console.
#[derive(Clone, Debug, Default)]
pub(super) struct Console {
    lines: VecDeque<Line>,
    /// Lines that were dropped: the number of the first that is kept.
    dropped: usize,
    /// The number of the line after the last in view; `None` follows the newest.
    end: Option<usize>,
}

/// What a console shows in a given size.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct View<'c> {
    /// From top to bottom, with the time where a line begins.
    pub(super) rows: Vec<(Option<Time>, &'c str)>,
    /// Lines below the view.
    pub(super) newer: usize,
}

impl Console {
    /// The number of the line that will come next.
    fn total(&self) -> usize {
        self.dropped + self.lines.len()
    }

    pub(super) fn push(&mut self, at: Time, text: Arc<str>) {
        if self.lines.len() == KEPT {
            self.lines.pop_front();
            self.dropped += 1;
        }
        self.lines.push_back(Line { at, text });
    }

    /// How many lines are kept.
    pub(super) fn kept(&self) -> usize {
        self.lines.len()
    }

    /// Shows the lines that another moment's console shows, as far as there are any.
    pub(super) fn scroll_as(&mut self, other: &Self) {
        self.end = other.end;
    }

    /// The newest line.
    pub(super) fn last(&self) -> Option<&str> {
        self.lines.back().map(|line| &*line.text)
    }

    /// The number of the line after the last in view when the first is at the top.
    fn first_end(&self, size: Size) -> usize {
        let mut rows = 0;
        for (index, line) in self.lines.iter().enumerate() {
            rows += text::chop(&line.text, size.width.into()).len();
            if rows >= size.height.into() {
                return self.dropped + index + 1;
            }
        }
        self.total()
    }

    fn end(&self, size: Size) -> usize {
        match self.end {
            None => self.total(),
            Some(end) => end.clamp(self.first_end(size), self.total()),
        }
    }

    /// What is in view in `size`, the time not counted.
    pub(super) fn view(&self, size: Size) -> View<'_> {
        let (height, end) = (usize::from(size.height), self.end(size));
        let mut rows = Vec::with_capacity(height);
        for line in self.lines.iter().take(end - self.dropped).rev() {
            for (index, row) in text::chop(&line.text, size.width.into()).into_iter().enumerate().rev() {
                if rows.len() < height {
                    rows.push(((index == 0).then_some(line.at), row));
                }
            }
            if rows.len() >= height {
                break;
            }
        }
        rows.reverse();
        View {
            rows,
            newer: self.total() - end,
        }
    }

    /// Moves the view.
    pub(super) fn scroll(&mut self, motion: Motion, size: Size) {
        let end = self.end(size);
        // A page leaves one line of the old one in view.
        let lines = self.view(size).rows.iter().filter(|(start, _)| start.is_some()).count();
        let page = lines.saturating_sub(1).max(1);
        let moved = match motion {
            Motion::LineUp => end.saturating_sub(1),
            Motion::LineDown => end + 1,
            Motion::PageUp => end.saturating_sub(page),
            Motion::PageDown => end + page,
            Motion::Home => 0,
            Motion::End => usize::MAX,
        };
        self.end = (moved < self.total()).then_some(moved.max(self.first_end(size)));
        if self.end == Some(self.total()) {
            self.end = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size::new(10, 3);

    fn console(lines: usize) -> Console {
        let mut console = Console::default();
        for line in 0..lines {
            console.push(Time::from_micros(line as u64), line.to_string().into());
        }
        console
    }

    fn rows(console: &Console) -> Vec<&str> {
        console.view(SIZE).rows.into_iter().map(|(_, row)| row).collect()
    }

    #[test]
    fn it_follows_the_newest() {
        assert_eq!(rows(&console(0)), [""; 0]);
        assert_eq!(rows(&console(2)), ["0", "1"]);
        assert_eq!(rows(&console(9)), ["6", "7", "8"]);
    }

    #[test]
    fn every_motion_stops_at_the_ends() {
        let mut console = console(9);
        let mut after = |motion| {
            console.scroll(motion, SIZE);
            let view = console.view(SIZE);
            (view.rows.first().map_or("", |(_, row)| row).to_owned(), view.newer)
        };
        assert_eq!(after(Motion::LineUp), ("5".into(), 1));
        assert_eq!(after(Motion::PageUp), ("3".into(), 3));
        assert_eq!(after(Motion::Home), ("0".into(), 6));
        assert_eq!(after(Motion::LineUp), ("0".into(), 6));
        assert_eq!(after(Motion::LineDown), ("1".into(), 5));
        assert_eq!(after(Motion::PageDown), ("3".into(), 3));
        assert_eq!(after(Motion::End), ("6".into(), 0));
        assert_eq!(after(Motion::LineDown), ("6".into(), 0));
        assert_eq!(after(Motion::PageUp), ("4".into(), 2));
        assert_eq!(after(Motion::PageDown), ("6".into(), 0));
    }

    #[test]
    fn what_is_in_view_stays_when_lines_come() {
        let mut console = console(9);
        console.scroll(Motion::LineUp, SIZE);
        console.push(Time::ZERO, "new".into());
        assert_eq!(rows(&console), ["5", "6", "7"]);
        for line in 0..2 * KEPT {
            console.push(Time::ZERO, line.to_string().into());
        }
        // Its lines are gone: the oldest that are kept come in their place.
        assert_eq!(rows(&console), ["2000", "2001", "2002"]);
    }

    #[test]
    fn a_few_lines_can_not_be_scrolled() {
        let mut console = console(2);
        console.scroll(Motion::Home, SIZE);
        assert_eq!(rows(&console), ["0", "1"]);
        assert_eq!(console.view(SIZE).newer, 0);
    }

    #[test]
    fn long_lines_go_on_in_the_next_row() {
        let mut console = console(1);
        console.push(Time::ZERO, "received hello 1".into());
        assert_eq!(rows(&console), ["0", "received ", "hello 1"]);
        assert_eq!(console.view(SIZE).rows.last(), Some(&(None, "hello 1")));
    }
}
