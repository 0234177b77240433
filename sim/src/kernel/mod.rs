//! Virtual time and the order of events.

mod time;

pub use time::{Span, Time};
