//! Panels over the screen: help and advice.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::style::Modifier;
use ratatui::text::Line;
use ratatui::widgets::{Block, Clear, Widget};

use super::keys::Motion;
use super::palette::Tone;
use super::state::{Overlay, State};
use super::{advice, help};

/// Wider lines are tiring to read.
const WIDEST: u16 = 76;

impl Overlay {
    const fn top(self) -> usize {
        match self {
            Self::Help { top } | Self::Advice { top } => top,
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Help { .. } => " help ",
            Self::Advice { .. } => " advice ",
        }
    }

    fn rows(self, state: &State, width: usize) -> Vec<Line<'static>> {
        match self {
            Self::Help { .. } => help::rows(state, width),
            Self::Advice { .. } => advice::rows(state, width),
        }
    }
}

/// A panel's place, its rows, and the last of them that may be at the top.
struct Panel {
    area: Rect,
    rows: Vec<Line<'static>>,
    last_top: usize,
}

impl Panel {
    fn of(state: &State, overlay: Overlay, screen: Rect) -> Self {
        let width = screen.width.min(WIDEST);
        // Border and a free cell on both sides.
        let rows = overlay.rows(state, width.saturating_sub(4).into());
        let wanted = u16::try_from(rows.len()).unwrap_or(u16::MAX).saturating_add(2);
        let height = wanted.min(screen.height.saturating_sub(2));
        let area = Rect {
            x: screen.x + (screen.width - width) / 2,
            y: screen.y + (screen.height - height) / 2,
            width,
            height,
        };
        let last_top = rows.len().saturating_sub(height.saturating_sub(2).into());
        Self { area, rows, last_top }
    }
}

/// Draws what covers the screen, if anything does.
pub(super) fn draw(state: &State, screen: Rect, buffer: &mut Buffer) {
    let Some(overlay) = state.overlay else {
        return;
    };
    let panel = Panel::of(state, overlay, screen);
    let (palette, glyphs) = (state.palette, state.palette.charset.glyphs());
    let hint = if panel.last_top > 0 {
        " up/down scroll, Esc close "
    } else {
        " Esc close "
    };
    Clear.render(panel.area, buffer);
    Block::bordered()
        .border_set(glyphs.border)
        .title_top(Line::raw(overlay.title()).style(palette.style(Tone::Key)))
        .title_bottom(Line::styled(hint, palette.style(Tone::Dim)).right_aligned())
        .render(panel.area, buffer);
    let top = overlay.top().min(panel.last_top);
    let inner = panel.area.inner(Margin::new(2, 1));
    for (line, row) in panel.rows.into_iter().skip(top).zip(inner.rows()) {
        line.render(row, buffer);
    }
    // What is beneath must not be taken for a part of it.
    for position in screen.positions().filter(|position| !panel.area.contains(*position)) {
        if let Some(cell) = buffer.cell_mut(position) {
            cell.modifier.insert(Modifier::DIM);
        }
    }
}

/// Moves the panel's text.
pub(super) fn scroll(state: &mut State, motion: Motion) {
    let Some(overlay) = state.overlay else {
        return;
    };
    let panel = Panel::of(state, overlay, state.area());
    let page = usize::from(panel.area.height.saturating_sub(3)).max(1);
    let top = overlay.top().min(panel.last_top);
    let moved = match motion {
        Motion::LineUp => top.saturating_sub(1),
        Motion::LineDown => top + 1,
        Motion::PageUp => top.saturating_sub(page),
        Motion::PageDown => top + page,
        Motion::Home => 0,
        Motion::End => panel.last_top,
    };
    let top = moved.min(panel.last_top);
    state.overlay = Some(match overlay {
        Overlay::Help { .. } => Overlay::Help { top },
        Overlay::Advice { .. } => Overlay::Advice { top },
    });
}
