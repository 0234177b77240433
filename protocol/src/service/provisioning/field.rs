//! Texts and secrets, and how secrets are wiped.

use core::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// A text in a field of `N` octets, filled up with NULs; it may fill the field.
///
/// ```
/// use protocol::service::provisioning::Field;
///
/// let name = Field::<16>::new("porch light").expect("it fits");
/// assert_eq!(name.as_str(), Some("porch light"));
/// assert!(Field::<16>::new("the light on the porch").is_none());
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Field<const N: usize>([u8; N]);

impl<const N: usize> Field<N> {
    /// An empty one.
    pub const EMPTY: Self = Self([0; N]);

    /// `text` in a field; `None` if it is longer.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        filled(text.as_bytes()).map(Self)
    }

    /// A field as it came.
    #[must_use]
    pub const fn from_octets(octets: [u8; N]) -> Self {
        Self(octets)
    }

    /// All octets of the field.
    #[must_use]
    pub const fn octets(&self) -> &[u8; N] {
        &self.0
    }

    /// What stands before the first NUL; `None` if that is not UTF-8.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        core::str::from_utf8(until_nul(&self.0)).ok()
    }
}

impl<const N: usize> Default for Field<N> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<const N: usize> fmt::Debug for Field<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_str() {
            Some(text) => text.fmt(f),
            None => self.0.fmt(f),
        }
    }
}

impl<const N: usize> fmt::Display for Field<N> {
    /// Octets that are no text are shown as `?`, control characters too.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for &octet in until_nul(&self.0) {
            let shown = if (b' '..=b'~').contains(&octet) { octet } else { b'?' };
            write!(f, "{}", char::from(shown))?;
        }
        Ok(())
    }
}

/// A secret in a field of `N` octets: never shown, and wiped when it is dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Secret<const N: usize>([u8; N]);

impl<const N: usize> Secret<N> {
    /// `octets` in a field; `None` if they are more.
    #[must_use]
    pub fn new(octets: &[u8]) -> Option<Self> {
        filled(octets).map(Self)
    }

    /// All octets of the field.
    #[must_use]
    pub const fn octets(&self) -> &[u8; N] {
        &self.0
    }

    /// What stands before the first NUL, as of a password.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        until_nul(&self.0)
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|&octet| octet == 0)
    }
}

impl<const N: usize> Default for Secret<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

impl<const N: usize> fmt::Debug for Secret<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() { "none" } else { "secret" })
    }
}

/// A record that is ready to be sent, wiped when it is no longer needed.
#[derive(Default)]
pub(super) struct Wiped<const N: usize>(heapless::Vec<u8, N>);

impl<const N: usize> Wiped<N> {
    pub(super) fn fill(&mut self, emit: impl FnOnce(&mut [u8]) -> Option<usize>) {
        self.wipe();
        // As long as it may be, then as long as it is.
        let _ = self.0.resize(N, 0);
        let length = emit(&mut self.0).unwrap_or(0);
        self.0.truncate(length);
    }

    pub(super) fn wipe(&mut self) {
        let all = self.0.capacity();
        let _ = self.0.resize(all, 0);
        self.0.as_mut_slice().zeroize();
        self.0.clear();
    }

    pub(super) fn octets(&self) -> &[u8] {
        &self.0
    }
}

impl<const N: usize> Drop for Wiped<N> {
    fn drop(&mut self) {
        self.wipe();
    }
}

impl<const N: usize> fmt::Debug for Wiped<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} octets", self.0.len())
    }
}

fn filled<const N: usize>(octets: &[u8]) -> Option<[u8; N]> {
    let mut field = [0; N];
    field.get_mut(..octets.len())?.copy_from_slice(octets);
    Some(field)
}

fn until_nul(octets: &[u8]) -> &[u8] {
    let end = octets.iter().position(|&octet| octet == 0).unwrap_or(octets.len());
    &octets[..end]
}

/// Takes `N` octets off the front of `rest`.
pub(super) fn take<'a, const N: usize>(rest: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (head, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(head)
}
