//! Recordings shown again: forwards, backwards, from anywhere, and one beside another.
//!
//! ```text
//!    Recording ─► Cursor ─► Player ─► screen::State      checkpoints of the state make going back cheap
//!                   ├─────► search                       consoles and frames by their words
//!                   └─────► compare                      the first difference of two recordings
//! ```

mod compare;
mod moment;
mod player;
mod search;

pub use compare::{Comparison, Difference, Side, compare};
pub use moment::{Moment, ParseMomentError};
pub use player::Player;
pub use search::Needle;
