//! Traps that the run walked into: the newest in a bar until it is read, all of them in a panel.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::palette::Tone;
use super::state::State;
use super::text;
use crate::observe::Advice;

/// More of an advice is read in the panel.
const BAR_ROWS: u16 = 3;

/// The newest advice that was not read in the panel.
fn newest(state: &State) -> Option<&Advice> {
    state.advice.last().filter(|_| state.unread_advice() > 0)
}

/// The newest advice, and whether there are others.
fn words(state: &State, advice: &Advice) -> String {
    let name = state.name(advice.board);
    match state.unread_advice() {
        0 | 1 => format!("! {name}: {}", advice.text),
        unread => format!("! {name} (a: {} more): {}", unread - 1, advice.text),
    }
}

/// Rows that the bar wants at this width, 0 to 3.
pub(super) fn bar_rows(state: &State, width: u16) -> u16 {
    let rows = newest(state).map_or(0, |advice| text::wrap(&words(state, advice), bar_width(width)).len());
    u16::try_from(rows).unwrap_or(BAR_ROWS).min(BAR_ROWS)
}

/// A cell is left free on both sides.
fn bar_width(width: u16) -> usize {
    usize::from(width).saturating_sub(2)
}

/// Draws the newest advice.
pub(super) fn draw_bar(state: &State, area: Rect, buffer: &mut Buffer) {
    let Some(advice) = newest(state) else {
        return;
    };
    let style = state.palette.style(Tone::Warning);
    let width = bar_width(area.width);
    let mut rows = text::wrap(&words(state, advice), width);
    if rows.len() > area.height.into() {
        let more = format!("{} (a: all of it)", state.palette.charset.glyphs().ellipsis);
        rows.truncate(area.height.into());
        if let Some(last) = rows.last_mut() {
            let room = width.saturating_sub(text::width(&more));
            *last = format!("{}{more}", text::fit(last, room, "").trim_end());
        }
    }
    for (row, y) in rows.into_iter().zip(area.rows()) {
        Line::from(vec![Span::raw(" "), Span::styled(row, style)]).render(y, buffer);
    }
}

/// The panel's rows: all advice, the newest first.
pub(super) fn rows(state: &State, width: usize) -> Vec<Line<'static>> {
    if state.advice.is_empty() {
        return vec![Line::raw("No traps were met so far.")];
    }
    let mut rows = Vec::new();
    for advice in state.advice.iter().rev() {
        let name = state
            .palette
            .style(Tone::Board(advice.board.index()))
            .add_modifier(Modifier::BOLD);
        rows.push(Line::from(vec![
            Span::styled(state.name(advice.board).to_owned(), name),
            Span::styled(format!(": {}", advice.trap), state.palette.style(Tone::Warning)),
        ]));
        rows.extend(text::wrap(&advice.text, width).into_iter().map(Line::raw));
        rows.push(Line::default());
    }
    rows.pop();
    rows
}
