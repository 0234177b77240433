//! What a board keeps across resets.

use core::fmt;

/// Octets of the longest key, as in ESP-IDF's non-volatile storage library.
pub const LONGEST_KEY: usize = 15;

/// Octets of the longest value: what fits into a sector of flash with its key and its book-keeping.
pub const LONGEST_VALUE: usize = 2048;

/// Small values under short names, which outlive a reset and a power cut: ESP-IDF's NVS, as far as a program needs it.
///
/// A value is replaced as a whole: after a power cut there is the old one or the new one.
pub trait Storage {
    /// Copies the value of `key` to the beginning of `buffer` and returns its length; `None` if there is none.
    ///
    /// # Errors
    /// [`StorageError::Buffer`] if it is longer than `buffer`, [`StorageError::Key`], [`StorageError::Flash`].
    async fn load(&mut self, key: &str, buffer: &mut [u8]) -> Result<Option<usize>, StorageError>;

    /// Keeps `value` under `key`, in place of what was there.
    ///
    /// # Errors
    /// [`StorageError::Value`] if it is longer than [`LONGEST_VALUE`], [`StorageError::Full`], [`StorageError::Key`],
    /// [`StorageError::Flash`].
    async fn store(&mut self, key: &str, value: &[u8]) -> Result<(), StorageError>;

    /// Forgets the value of `key`, if there is one.
    ///
    /// # Errors
    /// [`StorageError::Key`], [`StorageError::Flash`].
    async fn remove(&mut self, key: &str) -> Result<(), StorageError>;
}

/// Why a value can't be kept or had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StorageError {
    /// The key is empty or longer than [`LONGEST_KEY`].
    Key,
    /// The value is longer than [`LONGEST_VALUE`].
    Value,
    /// The value is longer than the buffer that it is wanted in.
    Buffer {
        /// Octets of the value.
        needed: usize,
    },
    /// No room is left.
    Full,
    /// The flash refused, or what it holds can't be read.
    Flash,
}

impl fmt::Display for StorageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key => write!(f, "a key has 1 to {LONGEST_KEY} octets"),
            Self::Value => write!(f, "a value has at most {LONGEST_VALUE} octets"),
            Self::Buffer { needed } => write!(f, "the value has {needed} octets, the buffer fewer"),
            Self::Full => f.write_str("the storage is full"),
            Self::Flash => f.write_str("the flash refused"),
        }
    }
}

impl core::error::Error for StorageError {}
