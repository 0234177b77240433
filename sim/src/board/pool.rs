//! Buffers that are used again, so that a crowd that goes on as it did allocates nothing.

use std::cell::RefCell;
use std::rc::Rc;

use bytes::Bytes;
use protocol::frame::ActionFrame;

/// Buffers kept at most.
const KEPT: usize = 256;

/// Buffers of frames, shared by all boards of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct FramePool(Rc<RefCell<Buffers>>);

#[derive(Debug, Default)]
struct Buffers {
    /// The longest frame fits.
    scratch: Vec<u8>,
    free: Vec<Vec<u8>>,
}

impl FramePool {
    /// Lets `make` write a frame, of the length that it gives, and returns it in a buffer with room for `extra` octets and no
    /// more: without any to spare, it becomes `Bytes` as it is.
    pub(crate) fn frame<E>(
        &self,
        extra: usize,
        make: impl FnOnce(&mut [u8]) -> Result<usize, E>,
    ) -> Result<Vec<u8>, E> {
        let mut buffers = self.0.borrow_mut();
        buffers.scratch.resize(ActionFrame::MAX_LEN, 0);
        let length = make(&mut buffers.scratch)?;
        let mut frame = buffers.take(length + extra);
        frame.extend_from_slice(&buffers.scratch[..length]);
        Ok(frame)
    }

    /// The same octets in another buffer with room for `extra` more.
    pub(crate) fn copy(&self, octets: &[u8], extra: usize) -> Vec<u8> {
        let mut copy = self.0.borrow_mut().take(octets.len() + extra);
        copy.extend_from_slice(octets);
        copy
    }

    /// Takes a frame back, if nobody else has it.
    pub(crate) fn give_back(&self, octets: Bytes) {
        if let Ok(octets) = octets.try_into_mut() {
            self.keep(Vec::from(octets));
        }
    }

    /// Takes a buffer back.
    pub(crate) fn keep(&self, mut buffer: Vec<u8>) {
        let free = &mut self.0.borrow_mut().free;
        if buffer.capacity() > 0 && free.len() < KEPT {
            buffer.clear();
            free.push(buffer);
        }
    }
}

impl Buffers {
    fn take(&mut self, capacity: usize) -> Vec<u8> {
        let fitting = self.free.iter().rposition(|buffer| buffer.capacity() == capacity);
        fitting.map_or_else(|| Vec::with_capacity(capacity), |place| self.free.swap_remove(place))
    }
}
