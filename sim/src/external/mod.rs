//! Boards whose programs are processes of their own, in any language: the lab's side of `EXTERNAL-BOARDS.md`.
//!
//! ```text
//!    Programs ── app(name, profile, path) ──► what a LabBuilder's board runs
//!                  │ a BoardFolder, and as often as the board starts a Process in it
//!                  ▼
//!    Process ═══ Line ═══► Session ── Requests, one at a time, at their time ──► the board's Hardware
//!    (sandbox)   (wire)     (patience)
//! ```
//!
//! A program computes in no virtual time. While it does, the lab's time stands, so that a run depends on its scenario and seed alone,
//! however slow the machine is; the lab watches the lines of all that compute, and its host goes on with everything else.

mod dock;
mod execute;
mod folder;
mod interpreter;
mod line;
mod own_socket;
mod patience;
mod process;
mod program;
mod rehearsal;
mod sandbox;
mod session;
mod terminal;
mod uart;
mod wire;

pub use dock::{AttachError, Dock, attach};
pub use folder::SourceError;
pub use interpreter::{Interpreter, InterpreterError};
pub use program::{Programs, ProgramsError};
pub use rehearsal::{Dialogue, rehearse};
pub use sandbox::{Capabilities, Confinement, ConfinementError, Restriction, launch_if_asked};
pub use terminal::Terminals;
