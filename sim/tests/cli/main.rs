//! The `sim` command as a shell sees it: what it prints where, what it leaves behind, how it exits.

mod exits;
mod intake;
mod outputs;
mod refusals;
mod replays;
mod runs;
mod scenarios;
mod shell;
mod streams;
mod sweeps;
#[cfg(target_os = "linux")]
mod unread;
