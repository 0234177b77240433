//! Texts in fields of fixed length.

use core::{fmt, str};

use super::ImageError;

/// A text in `N` octets, filled up with zeros.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Text<const N: usize>([u8; N]);

impl<const N: usize> Text<N> {
    /// `text`, if it is shorter than the field and has no zero in it.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        if text.len() >= N || text.bytes().any(|octet| octet == 0) {
            return None;
        }
        let mut octets = [0; N];
        octets[..text.len()].copy_from_slice(text.as_bytes());
        Some(Self(octets))
    }

    /// What is in the field up to the first zero.
    pub(super) fn parse(field: [u8; N]) -> Result<Self, ImageError> {
        let length = field.iter().position(|&octet| octet == 0).unwrap_or(N);
        let mut octets = [0; N];
        octets[..length].copy_from_slice(&field[..length]);
        str::from_utf8(&octets[..length]).map_err(|_| ImageError::Text)?;
        Ok(Self(octets))
    }

    pub(super) const fn octets(&self) -> &[u8; N] {
        &self.0
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let length = self.0.iter().position(|&octet| octet == 0).unwrap_or(N);
        str::from_utf8(&self.0[..length]).unwrap_or_default()
    }
}

impl<const N: usize> Default for Text<N> {
    /// Empty.
    fn default() -> Self {
        Self([0; N])
    }
}

impl<const N: usize> fmt::Display for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}
