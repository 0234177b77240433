//! Room to emit into.

use core::fmt;

/// The caller's buffer is shorter than what is to be written. Nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BufferTooSmall {
    /// Octets there are.
    pub have: usize,
    /// Octets it takes.
    pub need: usize,
}

impl fmt::Display for BufferTooSmall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { have, need } = self;
        write!(
            f,
            "the buffer has {have} octets, the frame takes {need}: pass a longer one"
        )
    }
}

impl core::error::Error for BufferTooSmall {}

/// The first `need` octets of `buffer`.
pub(super) fn reserve(buffer: &mut [u8], need: usize) -> Result<&mut [u8], BufferTooSmall> {
    let have = buffer.len();
    buffer.get_mut(..need).ok_or(BufferTooSmall { have, need })
}

/// Fills reserved room from front to back.
pub(super) struct Writer<'b> {
    rest: &'b mut [u8],
}

impl<'b> Writer<'b> {
    pub(super) fn new(room: &'b mut [u8]) -> Self {
        Self { rest: room }
    }

    /// Whoever reserves the room computes its length from the same fields, so it suffices.
    pub(super) fn put(&mut self, octets: &[u8]) {
        let (here, rest) = core::mem::take(&mut self.rest).split_at_mut(octets.len());
        here.copy_from_slice(octets);
        self.rest = rest;
    }
}
