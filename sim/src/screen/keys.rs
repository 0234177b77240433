//! What each key does.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::layout::Layout;
use super::overlay;
use super::state::{Overlay, State};

/// What the host has to do about a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Stop virtual time, or let it run on.
    TogglePause,
    /// Run to the next frame or console line, then stand.
    Step,
    /// The next step of [`Pace::STEPS`](crate::pace::Pace::STEPS) up.
    Faster,
    /// The next step down.
    Slower,
    /// 5 % more loss on every link.
    LossUp,
    /// 5 % less.
    LossDown,
    /// The same scenario from the start, with the next seed.
    Restart,
    /// Leave.
    Quit,
    /// Leave as Ctrl-C does: in raw mode it is a key and no signal.
    Interrupt,
}

/// How a view is moved over its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Motion {
    LineUp,
    LineDown,
    PageUp,
    PageDown,
    Home,
    End,
}

impl Motion {
    const fn of(key: KeyCode) -> Option<Self> {
        Some(match key {
            KeyCode::Up => Self::LineUp,
            KeyCode::Down => Self::LineDown,
            KeyCode::PageUp => Self::PageUp,
            KeyCode::PageDown => Self::PageDown,
            KeyCode::Home => Self::Home,
            KeyCode::End => Self::End,
            _ => return None,
        })
    }
}

/// Does what `key` means to the screen, or returns what it means to the host.
pub(super) fn on_key(state: &mut State, key: KeyEvent) -> Option<Command> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return (key.code == KeyCode::Char('c')).then_some(Command::Interrupt);
    }
    if let Some(motion) = Motion::of(key.code) {
        scroll(state, motion);
        return None;
    }
    match key.code {
        KeyCode::Char(' ') => Some(Command::TogglePause),
        KeyCode::Char('s' | 'n') => Some(Command::Step),
        // Without Shift on the usual layouts.
        KeyCode::Char('+' | '=') => Some(Command::Faster),
        KeyCode::Char('-' | '_') => Some(Command::Slower),
        KeyCode::Char(']') => Some(Command::LossUp),
        KeyCode::Char('[') => Some(Command::LossDown),
        KeyCode::Char('r') => Some(Command::Restart),
        KeyCode::Char('q') => Some(Command::Quit),
        KeyCode::Esc if state.overlay.is_none() => Some(Command::Quit),
        KeyCode::Esc => {
            show(state, None);
            None
        }
        KeyCode::Char('?' | 'h') => {
            let open = matches!(state.overlay, Some(Overlay::Help { .. }));
            show(state, (!open).then_some(Overlay::Help { top: 0 }));
            None
        }
        KeyCode::Char('a') => {
            let open = matches!(state.overlay, Some(Overlay::Advice { .. }));
            show(state, (!open).then_some(Overlay::Advice { top: 0 }));
            None
        }
        KeyCode::Tab | KeyCode::Right => {
            select(state, 1);
            None
        }
        KeyCode::BackTab | KeyCode::Left => {
            select(state, state.boards.len().saturating_sub(1));
            None
        }
        _ => None,
    }
}

fn show(state: &mut State, overlay: Option<Overlay>) {
    // What came while the panel was open was seen there too.
    if [state.overlay, overlay]
        .iter()
        .any(|shown| matches!(shown, Some(Overlay::Advice { .. })))
    {
        state.advice_read = state.advice.len();
    }
    state.overlay = overlay;
}

/// Selects the board `steps` further, around the end.
fn select(state: &mut State, steps: usize) {
    state.selected = (state.selected + steps).checked_rem(state.boards.len()).unwrap_or(0);
}

/// Moves the overlay's text, or else the selected board's console.
fn scroll(state: &mut State, motion: Motion) {
    if state.overlay.is_some() {
        overlay::scroll(state, motion);
        return;
    }
    let Some(layout) = Layout::of(state, state.area()) else {
        return;
    };
    let size = layout.console_size(state);
    if let Some(board) = state.boards.get_mut(state.selected) {
        board.console.scroll(motion, size);
    }
}
