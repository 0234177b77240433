//! Debugging: the logs of boards that nobody can plug a cable into, and commands to them (`espnow_log.c`, `espnow_console.c` and the
//! commands of the component).
//!
//! ```text
//!    board (agent)                                            operator
//!    log ─┬─► its console
//!         ├─► everybody, or a chosen board ── a line ──►      lines of the boards that it has chosen, in order
//!         └─► flash: a ring of four segments
//!    command: parsed, carried out        ◄── a command ──     to a board, a group, everybody
//!    answer                                ── lines ────►
//!    ping, throughput ◄────────────────────────────────► any other agent
//! ```
//!
//! A line is text as ESP-IDF's logging library writes it, so that the component's monitors read it; a command is a console's line. What
//! only the application knows ([`Question`]) it is asked.

mod agent;
mod command;
mod history;
mod line;
mod operator;
mod outbox;
mod probe;

pub use agent::{Agent, AgentConfig, AgentEvent, Question, Thresholds};
pub use command::{Command, CommandLineError, HelpLine, Sink};
pub use history::{LEAST_INTERVAL, LONGEST_WAIT, SEGMENT_LEN, SEGMENTS};
pub use line::{Level, Line, Threshold, UnknownLevel};
pub use operator::{MAX_WATCHED, Operator, OperatorError, OperatorEvent, Recipient};
pub use probe::{
    NotAProbe, PROBE_LEN, PingReport, Probe, ProbeKind, ProbeResponder, Prober, ProberBusy, ProberEvent,
    ProbesReceived, ThroughputReport,
};

/// Octets of the longest line: what a frame of ESP-NOW v1 takes when it is secured, less line feed and NUL.
pub const LONGEST_LINE: usize = 216;

/// The bits of a tag that its maker counts with; the others say whose it is.
const TAGS: u16 = 0x3fff;
