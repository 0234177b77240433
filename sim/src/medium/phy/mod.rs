//! The physical layer in numbers: from a signal-to-noise ratio to lost frames.
//!
//! ```text
//!   signal, noise, interference ─► SINR ─ implementation loss ─► HazardTable ─► hazard of each bit
//!                 mask: what a neighbour channel adds                           Σ bits · hazard ─► exp(−Σ) survive
//! ```
//!
//! | room | what it holds |
//! |---|---|
//! | [`error_rate`] | the bit error probability of each rate over a Gaussian channel |
//! | [`hazard`] | the same as a table, for the hot path |
//! | [`sensitivity`] | what the chips' datasheets promise, and how far the curves are from it |
//! | [`mask`] | how much of a frame reaches the neighbour channels |
//! | [`decibel`] | conversions |
//!
//! Everything is a pure function. Transcendental functions come from the crate `libm`, so that a run is the same on every
//! machine.

pub mod decibel;
pub mod error_rate;
pub mod hazard;
pub mod mask;
pub mod sensitivity;

pub use decibel::{from_db, to_db};
pub use error_rate::{Header, bit_error_probability, header};
pub use hazard::HazardTable;
pub use mask::{decoding_penalty_db, leakage_db};
pub use sensitivity::{Chip, noise_floor_dbm, packet_error_rate, preamble_gain_db, required_sinr_db};
