//! The air as lanes: time runs to the right and ends now.
//!
//! ```text
//!    sender    ──█████─────▓▓▓▓▓──────
//!    receiver  ──────✗──────────▄▄────
//! ```
//!
//! A block is as long as its frame's airtime, one cell at least. The lanes show the last two seconds of the wall clock: two
//! virtual seconds at 1x, 20 ms at 0.01x. When time stands, they show as little as has the newest message in it with all its
//! attempts, so that its ACKs can be told from its data.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::boards::first_in_view;
use super::interference;
use super::palette::Tone;
use super::state::State;
use super::text;
use super::traffic::Frame;
use crate::kernel::{Span as Duration, Time};
use crate::observe::{BoardId, TransmissionKind};
use crate::pace::Pace;

/// What a lane shows in one cell; what comes later hides what comes before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    Idle,
    Interference,
    Ack,
    Data,
    Retry,
    Lost,
}

/// The windows that are shown, in ms.
const WINDOWS: [u64; 12] = [10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 60_000];

/// Of the wall clock.
const SHOWN_SECONDS: f64 = 2.0;

/// No frame lasts longer: 2000 octets at 250 kbit/s are 65 ms.
const LONGEST_FRAME: Duration = Duration::from_micros(100_000);

/// How much virtual time the lanes show.
fn window(state: &State) -> Duration {
    let wanted_ms = match state.pace {
        _ if state.over => standing_ms(state),
        Pace::Paused => standing_ms(state),
        Pace::Times(factor) => factor * SHOWN_SECONDS * 1e3,
        Pace::Max => f64::MAX,
    };
    let [.., longest] = WINDOWS;
    // 1 ns of grace, so that 0.01x is 20 ms in spite of the fraction.
    let shown = WINDOWS.into_iter().find(|ms| *ms as f64 + 1e-6 >= wanted_ms);
    Duration::from_micros(shown.unwrap_or(longest) * 1_000)
}

fn standing_ms(state: &State) -> f64 {
    let newest = state.traffic.newest_message();
    newest.map_or(0.0, |start| (state.now - start).as_nanos() as f64 / 1e6)
}

/// A grid of cells that is fixed to virtual time, so that blocks move as a whole.
#[derive(Clone, Copy)]
struct Grid {
    cell: u64,
    columns: u16,
    last: u64,
}

impl Grid {
    fn new(now: Time, window: Duration, columns: u16) -> Self {
        let cell = (window.as_nanos() / u64::from(columns.max(1))).max(1);
        Self {
            cell,
            columns,
            last: now.as_nanos() / cell,
        }
    }

    /// The column of a moment; negative if that is further back than the lanes reach.
    fn column(self, at: Time) -> i64 {
        let age = self.last.saturating_sub(at.as_nanos() / self.cell);
        i64::from(self.columns) - 1 - i64::try_from(age).unwrap_or(i64::MAX - i64::from(u16::MAX))
    }

    /// The start of what the lanes show.
    fn start(self) -> Time {
        let cells = self.last.saturating_sub(u64::from(self.columns));
        Time::from_nanos(cells.saturating_mul(self.cell))
    }
}

/// The last moment of a frame that is on the air.
fn last_moment(frame: &Frame, now: Time) -> Time {
    let end = frame.end.min(now);
    Time::from_nanos(end.as_nanos().saturating_sub(1)).max(frame.start)
}

/// The marks of the lane of `board`.
fn marks(state: &State, board: BoardId, grid: Grid) -> Vec<Mark> {
    let mut marks = vec![Mark::Idle; grid.columns.into()];
    let mut put = |from: i64, to: i64, mark: Mark| {
        for column in from.max(0)..=to {
            let column = usize::try_from(column).ok();
            if let Some(cell) = column.and_then(|column| marks.get_mut(column)) {
                *cell = mark.max(*cell);
            }
        }
    };
    for frame in state.traffic.newest_first() {
        if frame.start + LONGEST_FRAME < grid.start() {
            break;
        }
        let end = grid.column(last_moment(frame, state.now));
        if frame.sender == board {
            let mark = match frame.kind {
                TransmissionKind::Ack { .. } => Mark::Ack,
                TransmissionKind::Data { attempt: 0 | 1, .. } => Mark::Data,
                TransmissionKind::Data { .. } => Mark::Retry,
            };
            put(grid.column(frame.start), end, mark);
        }
        if frame.losses.iter().any(|(receiver, _)| *receiver == board) {
            put(end, end, Mark::Lost);
        }
    }
    marks
}

/// The marks of the interferers' lane.
fn interference_marks(state: &State, grid: Grid) -> Vec<Mark> {
    let mut marks = vec![Mark::Idle; grid.columns.into()];
    for (from, to) in state.interference.since(grid.start(), state.now) {
        let columns = grid.column(from).max(0)..=grid.column(to.min(state.now));
        for column in columns.filter_map(|column| usize::try_from(column).ok()) {
            if let Some(cell) = marks.get_mut(column) {
                *cell = Mark::Interference;
            }
        }
    }
    marks
}

fn milliseconds(nanos: u64) -> String {
    match nanos {
        0..1_000_000 => format!("{} µs", nanos / 1_000),
        1_000_000..1_000_000_000 => format!("{} ms", nanos / 1_000_000),
        _ => format!("{} s", nanos / 1_000_000_000),
    }
}

/// Draws a title with the key to the marks, and a lane a board as far as there is room, the selected one among them.
pub(super) fn draw(state: &State, area: Rect, buffer: &mut Buffer) {
    if area.height < 2 {
        return;
    }
    let (palette, glyphs) = (state.palette, state.palette.charset.glyphs());
    let sources = interference::name(&state.interferers);
    let source_width = state.has_interference().then(|| text::width(sources));
    let names = state.boards.iter().map(|board| text::width(&board.name));
    let names = names.chain(source_width).max().unwrap_or(0);
    let name_width = u16::try_from(names).unwrap_or(u16::MAX).min(area.width / 5).min(16);
    let columns = area.width.saturating_sub(name_width + 3);
    let window = window(state);
    let grid = Grid::new(state.now, window, columns);

    let own_lane = u16::from(state.has_interference() && area.height > 2);
    let shown = usize::from(area.height - 1 - own_lane);
    let first = first_in_view(state.selected, state.boards.len(), shown);
    draw_title(state, area, grid, window, first..first + shown, buffer);
    let mut draw_marks = |marks: Vec<Mark>, index: usize, row: Rect| {
        for (mark, x) in marks.into_iter().zip(row.x + name_width + 2..) {
            let (glyph, tone) = match mark {
                Mark::Idle => (glyphs.idle, Tone::Faint),
                Mark::Interference => (glyphs.interference, Tone::Warning),
                Mark::Ack => (glyphs.ack, Tone::Good),
                Mark::Data => (glyphs.data, Tone::Board(index)),
                Mark::Retry => (glyphs.retry, Tone::Board(index)),
                Mark::Lost => (glyphs.lost, Tone::Bad),
            };
            if let Some(cell) = buffer.cell_mut((x, row.y)) {
                cell.set_symbol(glyph).set_style(palette.style(tone));
            }
        }
    };
    let boards = state.boards.iter().enumerate().skip(first);
    let mut lanes = Vec::new();
    for ((index, board), row) in boards.zip(area.rows().skip(1).take(shown)) {
        let mark = if index == state.selected { glyphs.selected } else { " " };
        let id = BoardId(u32::try_from(index).unwrap_or(u32::MAX));
        draw_marks(marks(state, id, grid), index, row);
        lanes.push((row, mark, &*board.name, Tone::Board(index)));
    }
    if let Some(row) = area.rows().next_back().filter(|_| own_lane > 0) {
        draw_marks(interference_marks(state, grid), 0, row);
        lanes.push((row, " ", sources, Tone::Warning));
    }
    for (row, mark, name, tone) in lanes {
        let name = text::fit(name, name_width.into(), glyphs.ellipsis);
        let name = Span::styled(name, palette.style(tone));
        Line::from(vec![Span::raw(mark), name]).render(row, buffer);
    }
}

fn draw_title(state: &State, area: Rect, grid: Grid, window: Duration, boards: Range<usize>, buffer: &mut Buffer) {
    let (palette, glyphs) = (state.palette, state.palette.charset.glyphs());
    let dim = palette.style(Tone::Dim);
    let total = state.boards.len();
    let mut title = format!(
        " air: last {}, a cell is {}",
        milliseconds(window.as_nanos()),
        milliseconds(grid.cell)
    );
    if boards.len() < total {
        title.push_str(&format!(", boards {} to {} of {total}", boards.start + 1, boards.end));
    }
    if palette.charset == super::Charset::Ascii {
        title = title.replace('µ', "u");
    }
    let mut key = Line::from(vec![
        Span::raw(format!("{} data ", glyphs.data)),
        Span::raw(format!("{} retry ", glyphs.retry)),
        Span::styled(glyphs.ack, palette.style(Tone::Good)),
        Span::styled(" ACK ", dim),
        Span::styled(glyphs.lost, palette.style(Tone::Bad)),
        Span::styled(" lost ", dim),
    ]);
    if state.has_interference() {
        key.push_span(Span::styled(glyphs.interference, palette.style(Tone::Warning)));
        key.push_span(Span::styled(" others ", dim));
    }
    let row = Rect { height: 1, ..area };
    if text::width(&title) + key.width() + 2 <= usize::from(area.width) {
        key.style(dim).right_aligned().render(row, buffer);
    }
    Span::styled(title, dim).render(row, buffer);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::story::{self, Story};

    fn lanes(state: &State, columns: u16) -> Vec<String> {
        let grid = Grid::new(state.now, window(state), columns);
        let letter = |mark| match mark {
            Mark::Idle => '-',
            Mark::Interference => 'i',
            Mark::Ack => 'a',
            Mark::Data => '#',
            Mark::Retry => '%',
            Mark::Lost => 'x',
        };
        let lane = |board| marks(state, BoardId(board), grid).into_iter().map(letter).collect();
        (0..2).map(lane).collect()
    }

    #[test]
    fn the_window_follows_the_pace() {
        let mut state = story::state(2);
        let mut shown = |pace| {
            state.set_clock(Time::from_micros(5_000_000), pace, false);
            window(&state).as_micros()
        };
        assert_eq!(shown(Pace::Times(0.01)), 20_000);
        assert_eq!(shown(Pace::Times(0.2)), 500_000);
        assert_eq!(shown(Pace::Times(1.0)), 2_000_000);
        assert_eq!(shown(Pace::Max), 60_000_000);
        assert_eq!(shown(Pace::Paused), 10_000);
    }

    #[test]
    fn standing_shows_the_newest_message_with_all_its_attempts() {
        let mut story = Story::new(2);
        story.lost_once(Time::from_micros(1_000), b"hello 1");
        let mut state = story.state;
        state.set_clock(Time::from_micros(11_000), Pace::Paused, false);
        // A cell is 1 ms.
        assert_eq!(window(&state).as_micros(), 10_000);
        state.set_clock(Time::from_micros(11_001), Pace::Paused, false);
        assert_eq!(window(&state).as_micros(), 20_000);
    }

    #[test]
    fn blocks_are_as_long_as_their_airtime() {
        let mut story = Story::new(2);
        story.lost_once(Time::from_micros(1_000), b"hello 1");
        let mut state = story.state;
        state.set_clock(Time::from_micros(10_000), Pace::Paused, false);
        // A cell is 0.2 ms: each attempt of 50 octets lasts 592 µs, an ACK 304 µs.
        assert_eq!(
            lanes(&state, 50),
            [
                "----###--------%%%%-------------------------------",
                "------x-----------aa------------------------------",
            ]
        );
        // They move as a whole.
        state.set_clock(Time::from_micros(10_200), Pace::Times(0.005), false);
        assert!(lanes(&state, 50)[0].starts_with("---###--------%%%%--"));
    }
}
