//! One line a board, for more boards than there is room for boxes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::boards::{ending, first_in_view};
use super::palette::Tone;
use super::pixels;
use super::state::{Board, State};
use super::text;
use crate::observe::Ending;

/// The widths of the columns; 0 for those that are left out.
struct Columns {
    name: usize,
    chip: usize,
    sent: usize,
    count: usize,
    state: usize,
}

impl Columns {
    fn of(state: &State, width: u16) -> Self {
        let names = state
            .boards
            .iter()
            .map(|board| text::width(&board.name))
            .max()
            .unwrap_or(0);
        let name = names.min(usize::from(width / 5)).min(16);
        let (chip, sent, count, state) = match width {
            ..64 => (0, 8, 5, 0),
            64..100 => (0, 11, 7, 9),
            _ => (9, 13, 8, 9),
        };
        Self {
            name,
            chip,
            sent,
            count,
            state,
        }
    }

    /// Mark, name, mark, two cells for the pixel, and a gap.
    fn head(&self) -> usize {
        1 + self.name + 1 + 2 + 1
    }
}

/// Draws titles, and as many boards as fit, the selected one among them.
pub(super) fn draw(state: &State, mut area: Rect, buffer: &mut Buffer) {
    let columns = Columns::of(state, area.width);
    if area.height > 3 {
        draw_titles(state, &columns, area, buffer);
        area.y += 1;
        area.height -= 1;
    }
    let first = first_in_view(state.selected, state.boards.len(), area.height.into());
    for ((index, board), row) in state.boards.iter().enumerate().skip(first).zip(area.rows()) {
        draw_line(state, index, board, &columns, row, buffer);
    }
}

fn draw_titles(state: &State, columns: &Columns, area: Rect, buffer: &mut Buffer) {
    let Columns {
        chip,
        sent,
        count,
        state: ending,
        ..
    } = *columns;
    let short = count < 6;
    let [acked, failed, received] = if short {
        ["ack", "fail", "recv"]
    } else {
        ["acked", "failed", "recv"]
    };
    let sent_of = if short { "sent/try" } else { "sent/tries" };
    let head = format!(" {:<width$}", "board", width = columns.head() - 1);
    let head = text::fit(&head, columns.head(), "");
    let counts = format!(
        "{sent_of:>sent$}{acked:>count$}{failed:>count$}{received:>count$}{:>count$}",
        "lost"
    );
    let state_title = if ending == 0 { "" } else { "state" };
    let chip_title = if chip == 0 { "" } else { "chip" };
    let titles = format!("{head}{chip_title:<chip$}{counts}  {state_title:<ending$}");
    Line::styled(titles, state.palette.style(Tone::Dim)).render(area, buffer);
}

fn draw_line(state: &State, index: usize, board: &Board, columns: &Columns, area: Rect, buffer: &mut Buffer) {
    let (palette, glyphs) = (state.palette, state.palette.charset.glyphs());
    let own = palette.style(Tone::Board(index));
    let (mark, name_style) = match index == state.selected {
        true => (glyphs.selected, own.add_modifier(Modifier::BOLD | Modifier::UNDERLINED)),
        false => (" ", own),
    };
    let name = text::fit(&board.name, columns.name, glyphs.ellipsis);
    let padding = " ".repeat(columns.name - text::width(&name));
    let (word, tone) = ending(board);
    let end_mark = match board.ending {
        None => " ",
        Some(Ending::Finished) => glyphs.received,
        Some(Ending::Failed(_)) => glyphs.lost,
    };

    let tally = board.tally;
    let Columns {
        chip,
        sent,
        count,
        state: state_width,
        ..
    } = *columns;
    let number = |of: u64| Span::raw(format!("{of:>count$}"));
    let bad = |of: u64| match of {
        0 => number(of),
        _ => number(of).style(palette.style(Tone::Bad)),
    };
    let mut spans = vec![
        Span::styled(mark, own),
        Span::styled(name, name_style),
        Span::raw(padding),
        Span::styled(end_mark, palette.style(tone)),
        // The pixel is drawn over it.
        Span::raw("   "),
        Span::styled(
            text::fit(&format!("{:<chip$}", board.info.chip), chip, ""),
            palette.style(Tone::Dim),
        ),
        Span::raw(format!("{:>sent$}", format!("{}/{}", tally.frames, tally.attempts))),
        number(tally.acked),
        bad(tally.failed),
        number(tally.received),
        bad(tally.lost),
    ];
    if state_width > 0 {
        spans.push(Span::styled(format!("  {word:<state_width$}"), palette.style(tone)));
        spans.push(Span::styled(
            board.console.last().unwrap_or_default(),
            palette.style(Tone::Dim),
        ));
    }
    Line::from(spans).render(area, buffer);
    if let Some(colour) = pixels::brightest(&board.pixels) {
        let x = u16::try_from(columns.head() - 3).unwrap_or(0);
        pixels::draw_pixel(colour, palette, area.x + x, area.y, 2, buffer);
    }
}
