//! What the fuzz targets do with their octets.
//!
//! ```text
//!    cargo fuzz run frame ─► fuzz_targets/frame.rs ─► frame(octets) ◄─ tests/corpus.rs ◄─ corpus/frame/*
//! ```
//!
//! A trial is a function that takes any octets and panics if a documented promise is broken. cargo-fuzz looks for octets that make one
//! panic; `cargo test` runs the octets that it kept. Decoders take their octets as they are. State machines take them as a script of
//! steps, read with [`arbitrary`].

#[cfg(unix)]
mod board;
mod bridge;
mod capture;
mod endpoint;
mod frame;
mod guarded;
mod image;
mod message;
mod messenger;
mod recording;
mod scenario;
mod service;
mod words;

#[cfg(unix)]
pub use board::board;
pub use bridge::{line, line_messages};
pub use capture::capture;
pub use endpoint::endpoint;
pub use frame::frame;
pub use guarded::guarded;
pub use image::{image, small_image};
pub use message::message;
pub use messenger::messenger;
pub use recording::{in_blocks, of_blocks, recording, screen};
pub use scenario::scenario;
pub use service::{control, data, debug, provisioning, reliable, security, time, upgrade};
pub use words::words;

/// A name, which is that of its target and of its corpus, and what it does.
pub type Trial = (&'static str, fn(&[u8]));

/// All trials.
pub const TRIALS: &[Trial] = &[
    #[cfg(unix)]
    ("board", board),
    ("capture", capture),
    ("data", data),
    ("control", control),
    ("provisioning", provisioning),
    ("debug", debug),
    ("security", security),
    ("reliable", reliable),
    ("time", time),
    ("endpoint", endpoint),
    ("frame", frame),
    ("guarded", guarded),
    ("image", image),
    ("line", line),
    ("line_messages", line_messages),
    ("message", message),
    ("messenger", messenger),
    ("recording", recording),
    ("scenario", scenario),
    ("screen", screen),
    ("upgrade", upgrade),
    ("words", words),
];
