//! From where two boards stand to what one hears of the other.
//!
//! ```text
//!   received dBm = sent dBm + gains of both antennas
//!                  − path loss(distance, frequency)        PathLoss
//!                  − walls crossed                         Wall
//!                  + shadowing(this pair)                  Shadowing, the same for good
//!                  + fading(this frame at this receiver)   Fading, new for each frame
//! ```
//!
//! All but fading is the *mean gain* of a pair, [`Environment::mean_gain_db`]: the same in both directions, and worth
//! keeping until one of the two moves. [`Grid`] finds the boards near a place.
//!
//! Random numbers are hashes of what they are for (seed, pair, frame), never the next of a sequence: a value is the same
//! whoever asks for it first, and however often. Transcendental functions come from the crate `libm`, so that a run is the
//! same on every machine.
//!
//! Left out: multipath beyond flat fading of whole frames, reflections, antenna patterns, floors, Doppler.

mod draw;
mod environment;
mod fading;
mod grid;
mod path_loss;
mod position;
mod shadowing;
mod wall;

pub use environment::{Antenna, Environment};
pub use fading::Fading;
pub use grid::Grid;
pub use path_loss::{LogDistance, PathLoss, friis_loss_db};
pub use position::Position;
pub use shadowing::Shadowing;
pub use wall::{Wall, walls_loss_db};
