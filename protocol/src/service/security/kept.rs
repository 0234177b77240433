//! Why what a board keeps for its security can't be relied on.

use core::fmt;

use crate::board::StorageError;

/// Why a kept value can't be relied on: it is there, or may be there, and nobody knows what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeptError {
    /// The flash does not give it.
    Unreadable(StorageError),
    /// Its check does not fit what it says, or this firmware does not know its version.
    Damaged,
}

impl fmt::Display for KeptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => write!(f, "it can't be read: {error}"),
            Self::Damaged => f.write_str("it is damaged"),
        }
    }
}

impl core::error::Error for KeptError {}
