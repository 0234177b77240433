//! Services that share a board.

mod switchboard;

pub use switchboard::{Step, Switchboard};
