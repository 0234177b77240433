//! What is on the air.

mod version;

pub use version::Version;
