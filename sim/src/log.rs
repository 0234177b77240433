//! Logs with virtual timestamps.

use std::cell::Cell;
use std::fmt;
use std::io::{self, IsTerminal as _, Stderr};
use std::sync::atomic::{AtomicBool, Ordering};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::fmt::writer::OptionalWriter;

use crate::kernel::Time;

thread_local! {
    /// What the log shows. Nothing in a run reads it.
    static NOW: Cell<Time> = const { Cell::new(Time::ZERO) };
}

/// Whether the terminal shows something that lines would spoil.
static OFF_TERMINAL: AtomicBool = AtomicBool::new(false);

/// From now on nothing is logged to a terminal; a file or pipe is written to as before.
pub(crate) fn keep_off_terminal() {
    OFF_TERMINAL.store(true, Ordering::Relaxed);
}

fn destination() -> OptionalWriter<Stderr> {
    let stderr = io::stderr();
    match OFF_TERMINAL.load(Ordering::Relaxed) && stderr.is_terminal() {
        true => OptionalWriter::none(),
        false => OptionalWriter::some(stderr),
    }
}

pub(crate) fn set_virtual_time(now: Time) {
    NOW.set(now);
}

struct VirtualTime;

impl FormatTime for VirtualTime {
    fn format_time(&self, w: &mut Writer<'_>) -> fmt::Result {
        write!(w, "{:>12}", NOW.get().to_string())
    }
}

/// Writes logs to standard error as `RUST_LOG` asks: `RUST_LOG=sim=debug`. Nothing is logged unless it asks.
pub fn init() {
    let Ok(filter) = EnvFilter::try_from_default_env() else {
        return;
    };
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    // A second call, as in tests, changes nothing.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_timer(VirtualTime)
        .with_ansi(!no_colour && io::stderr().is_terminal())
        .with_writer(destination)
        .try_init();
}
