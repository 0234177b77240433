//! The terminal: taken over, and always given back.

use std::io::{self, Stdout};
use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::{Hide, Show};
use crossterm::execute;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use ratatui::backend::CrosstermBackend;

use crate::undo::Undo;

/// ratatui's terminal on standard output.
pub type Terminal = ratatui::Terminal<CrosstermBackend<Stdout>>;

/// Whether the terminal is taken over. There is only one, so there is only one of this.
static TAKEN: AtomicBool = AtomicBool::new(false);

static PANIC_HOOK: Once = Once::new();

/// Gives the terminal back when dropped.
#[derive(Debug)]
pub struct TerminalGuard {
    _undo: Undo,
}

impl TerminalGuard {
    /// Takes the terminal over: raw mode, the alternate screen, no cursor.
    ///
    /// A panic gives it back before the panic hook of before speaks, so that its message is seen.
    ///
    /// # Errors
    /// If standard output is no terminal, or can't be set up. What was changed is undone.
    pub fn enter() -> io::Result<(Terminal, Self)> {
        PANIC_HOOK.call_once(|| {
            let previous = panic::take_hook();
            panic::set_hook(Box::new(move |info| {
                restore();
                previous(info);
            }));
        });
        enable_raw_mode()?;
        // From here on, an error drops the guard.
        TAKEN.store(true, Ordering::SeqCst);
        // Where nobody reads, nothing can be written: what was there before can't be shown again, but the mode can be as it was.
        let guard = Self {
            _undo: Undo::new(|| {
                if TAKEN.swap(false, Ordering::SeqCst) {
                    let _ = disable_raw_mode();
                }
            }),
        };
        execute!(io::stdout(), EnterAlternateScreen, Hide)?;
        let terminal = Terminal::new(CrosstermBackend::new(io::stdout()))?;
        Ok((terminal, guard))
    }
}

impl Drop for TerminalGuard {
    fn drop(&mut self) {
        restore();
    }
}

/// Gives the terminal back if it is taken over; for signals that end the program without unwinding.
///
/// Writes to standard output, so it may be called from a task that was told of a signal but not from a signal handler.
/// Errors are ignored: there is nobody left to be told.
pub fn restore() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let _ = execute!(io::stdout(), LeaveAlternateScreen, Show);
        let _ = disable_raw_mode();
    }
}
