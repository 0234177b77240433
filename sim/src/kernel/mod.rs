//! Virtual time: what happens next, and whose turn it is.
//!
//! ```text
//!    schedule(at, event) ──►  Queue  ──► pop: the earliest; of equals, the one scheduled first
//!    waker.wake()        ──►  Tasks  ──► next_ready: boards to poll, in the order of their wake-up
//!    stream(seed, concern, index) ──► a generator of its own for each concern
//!    Crystal::shows(elapsed) ──► what a clock that is not quite right makes of it
//! ```
//!
//! The kernel knows nothing of radios. It never reads the wall clock, and nothing in it depends on anything but what was
//! scheduled in which order: two runs of the same scenario and seed are the same to the last octet.

mod crystal;
mod queue;
mod random;
mod task;
mod time;

pub(crate) use crystal::Crystal;
pub use queue::Queue;
pub use random::{Concern, Generator, chance, stream, unit};
pub use task::{TaskFuture, Tasks};
pub use time::{Span, Time};
