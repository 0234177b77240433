//! What programs are kept from, and how.
//!
//! ```text
//!    lab ── Confinement::command ──► launcher: this very program, started again
//!                                      │ descriptors, limits, privileges, Landlock, seccomp, in this order
//!                                      ▼ exec, in the same process
//!                                    the interpreter, which can't undo any of it
//! ```
//!
//! A process can give up rights for itself, and only before the interpreter runs in it. The lab can't do that for another process, and
//! between fork and exec nothing but unsafe code could; so a process of the lab's own program does it and then becomes the
//! interpreter. What the system can't enforce is found out by a trial, once for all programs, and told.

#[cfg(target_os = "linux")]
mod calls;
mod confinement;
#[cfg(target_os = "linux")]
mod files;
#[cfg(target_os = "linux")]
mod filter;
mod launcher;
mod limits;
#[cfg(target_os = "linux")]
mod privileges;
mod restriction;

pub use confinement::{Confinement, ConfinementError};
pub use launcher::launch_if_asked;
pub use restriction::{Capabilities, Restriction};
