//! Logs with virtual timestamps.

use std::cell::Cell;
use std::fmt;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

use crate::kernel::Time;

thread_local! {
    /// What the log shows. Nothing in a run reads it.
    static NOW: Cell<Time> = const { Cell::new(Time::ZERO) };
}

pub(crate) fn set_virtual_time(now: Time) {
    NOW.set(now);
}

struct VirtualTime;

impl FormatTime for VirtualTime {
    fn format_time(&self, w: &mut Writer<'_>) -> fmt::Result {
        write!(w, "{:>12}", NOW.get())
    }
}

/// Writes logs to standard error as `RUST_LOG` asks: `RUST_LOG=sim=debug`. Nothing is logged unless it asks.
pub fn init() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("off"));
    // A second call, as in tests, changes nothing.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_timer(VirtualTime)
        .with_writer(std::io::stderr)
        .try_init();
}
