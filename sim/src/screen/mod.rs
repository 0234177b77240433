//! The live view in a terminal.
//!
//! ```text
//!    observe::Event ──►┐
//!    keys ────────────►├ State ──► draw(&State, &mut Frame)
//!    the clock ───────►┘   │
//!                          └─► Command, for the host
//! ```
//!
//! The screen is a function of its [`State`]: events, keys and the clock change the state, [`draw`] reads it. Neither touches
//! the run. What a key asks of the run comes back from [`State::on_key`] as a [`Command`].
//!
//! From top to bottom it shows where the run is, the boards with their NeoPixels, counters and consoles, the air as lanes
//! over time, the newest exchanges on it, and advice on traps.

mod advice;
mod boards;
mod console;
mod exchanges;
mod glyphs;
mod help;
mod interference;
mod keys;
mod lanes;
mod layout;
mod list;
mod overlay;
mod palette;
mod pixels;
mod replay;
mod state;
mod status;
#[cfg(test)]
mod story;
pub mod terminal;
#[cfg(test)]
mod tests;
mod text;
mod traffic;

pub use keys::Command;
pub use palette::{Charset, ColourDepth, Palette};
pub use replay::{ReplayCommand, ReplayPlace};
pub(crate) use state::Seen;
pub use state::State;

use ratatui::Frame;
use ratatui::text::Line;
use ratatui::widgets::Widget;

use self::layout::{Layout, SMALLEST};

/// Draws the whole screen.
pub fn draw(state: &State, frame: &mut Frame<'_>) {
    let area = frame.area();
    let buffer = frame.buffer_mut();
    let Some(layout) = Layout::of(state, area) else {
        let size = format!("need {}x{}", SMALLEST.width, SMALLEST.height);
        for (words, row) in ["terminal too small", &size].into_iter().zip(area.rows()) {
            Line::raw(words).render(row, buffer);
        }
        return;
    };
    status::draw(state, layout.status, buffer);
    boards::draw(state, &layout.boards, buffer);
    lanes::draw(state, layout.lanes, buffer);
    exchanges::draw(state, layout.exchanges, buffer);
    advice::draw_bar(state, layout.advice, buffer);
    status::draw_keys(state, layout.keys, buffer);
    overlay::draw(state, area, buffer);
}
