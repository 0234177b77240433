//! The boards: a box each, or a line each when there are too many.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Widget};

use super::layout::{Boards, Interior, WIDE_TALLY};
use super::list;
use super::palette::Tone;
use super::pixels;
use super::state::{Board, Life, State};
use super::text;
use crate::observe::Ending;

/// Draws the boards.
pub(super) fn draw(state: &State, boards: &Boards, buffer: &mut Buffer) {
    match boards {
        Boards::Grid(boxes) => {
            for (index, area) in boxes.iter().enumerate() {
                draw_box(state, index, *area, buffer);
            }
        }
        Boards::List { list, detail } => {
            list::draw(state, *list, buffer);
            if let Some(area) = detail {
                draw_box(state, state.selected, *area, buffer);
            }
        }
    }
}

pub(super) fn ending(board: &Board) -> (&'static str, Tone) {
    match board.ending {
        None => match board.life {
            Life::Up => ("running", Tone::Dim),
            Life::Starting => ("starting", Tone::Dim),
            Life::Unbootable => ("no image", Tone::Bad),
            Life::Off => ("off", Tone::Faint),
        },
        Some(Ending::Finished) => ("finished", Tone::Good),
        Some(Ending::Failed(_)) => ("failed", Tone::Bad),
    }
}

fn draw_box(state: &State, index: usize, area: Rect, buffer: &mut Buffer) {
    let Some(board) = state.boards.get(index) else {
        return;
    };
    let (palette, glyphs) = (state.palette, state.palette.charset.glyphs());
    let selected = index == state.selected && state.boards.len() > 1;
    let interior = Interior::of(area, board.pixels.len());
    let view = board.console.view(interior.console_text().as_size());

    let (word, tone) = ending(board);
    let (set, edge) = if selected {
        (glyphs.selected_border, palette.style(Tone::Board(index)))
    } else {
        (glyphs.border, palette.style(Tone::Faint))
    };
    let name_room = usize::from(area.width).saturating_sub(word.len() + board.info.chip.len() + 10);
    let name = text::fit(&board.name, name_room, glyphs.ellipsis);
    let mut title = vec![Span::raw(" ")];
    if selected {
        title.push(Span::styled(glyphs.selected, palette.style(Tone::Board(index))));
    }
    title.extend([
        Span::styled(name, palette.style(Tone::Board(index)).add_modifier(Modifier::BOLD)),
        Span::styled(format!(" {} ", board.info.chip), palette.style(Tone::Dim)),
    ]);
    let state_word = Line::styled(format!(" {word} "), palette.style(tone)).right_aligned();
    let mut block = Block::bordered()
        .border_set(set)
        .border_style(edge)
        .title_top(Line::from(title))
        .title_top(state_word);
    if view.newer > 0 {
        let scrolled = format!(" scrolled: {} newer below ", view.newer);
        block = block.title_bottom(Line::styled(scrolled, palette.style(Tone::Warning)).right_aligned());
    }
    block.render(area, buffer);

    pixels::draw(&board.pixels, palette, interior.pixels, buffer);
    let lines = tally_lines(state, board, interior.tally);
    for (line, row) in lines.iter().zip(interior.tally.rows()) {
        line.render(row, buffer);
    }
    for ((start, row), y) in view.rows.iter().zip(interior.console.rows()) {
        if let Some(start) = start.filter(|_| interior.timed()) {
            let time = Span::styled(format!("{:>11}", start.to_string()), palette.style(Tone::Dim));
            time.render(y, buffer);
        }
        let text = interior.console_text();
        Span::raw(*row).render(
            Rect {
                y: y.y,
                height: 1,
                ..text
            },
            buffer,
        );
    }
}

/// Address and counters in the lines that there are.
fn tally_lines<'s>(state: &State, board: &'s Board, area: Rect) -> Vec<Line<'s>> {
    let tally = board.tally;
    let count = |words: String, of: u64, tone| match of {
        0 => Span::raw(words),
        _ => Span::styled(words, state.palette.style(tone)),
    };
    let failed = count(format!("failed {}", tally.failed), tally.failed, Tone::Bad);
    let lost = count(format!("lost {}", tally.lost), tally.lost, Tone::Bad);
    let address = Span::styled(board.info.address.to_string(), state.palette.style(Tone::Dim));
    let gap = Span::raw("  ");
    let acked = Span::raw(format!("acked {}", tally.acked));
    let received = Span::raw(format!("received {}", tally.received));
    let short = Span::raw(format!("sent {}/{}", tally.frames, tally.attempts));
    let long = Span::raw(format!("sent {} in {} attempts", tally.frames, tally.attempts));

    let mut lines = match (area.height, area.width) {
        (0, _) => return Vec::new(),
        (1, ..WIDE_TALLY) => {
            let (acked, received) = (format!("acked {}", tally.acked), format!("recv {}", tally.received));
            vec![Line::from(vec![
                short,
                " ".into(),
                acked.into(),
                " ".into(),
                received.into(),
            ])]
        }
        (2, ..WIDE_TALLY) => {
            let sending = vec![short, gap.clone(), acked, gap.clone(), failed];
            vec![Line::from(sending), Line::from(vec![received, gap, lost])]
        }
        (3 | 4, ..WIDE_TALLY) => {
            let sending = vec![short, gap.clone(), acked, gap.clone(), failed];
            vec![
                address.into(),
                Line::from(sending),
                Line::from(vec![received, gap, lost]),
            ]
        }
        (_, ..WIDE_TALLY) => vec![
            address.into(),
            long.into(),
            Line::from(vec![acked, gap.clone(), failed]),
            Line::from(vec![received, gap, lost]),
        ],
        _ => {
            let parts = [long, acked, failed, received, lost];
            let mut all = Vec::new();
            for part in parts {
                all.extend([part, gap.clone()]);
            }
            vec![Line::from(all), address.into()]
        }
    };
    if let Some(Ending::Failed(words)) = &board.ending {
        // When room is short, why it failed is worth more than its address.
        let line = Line::styled(words.as_str(), state.palette.style(Tone::Bad));
        if lines.len() < usize::from(area.height) {
            lines.push(line);
        } else if area.height >= 3 {
            lines[0] = line;
        }
    }
    lines
}

/// The first of `count` rows in view when `selected` is kept in the middle of `height`.
pub(super) fn first_in_view(selected: usize, count: usize, height: usize) -> usize {
    selected.saturating_sub(height / 2).min(count.saturating_sub(height))
}
