//! What `sim new` writes.

/// A scenario to begin with: it passes `sim check` and `sim test`, and its comments say what else there is.
pub const STARTER: &str = include_str!("starter.toml");
