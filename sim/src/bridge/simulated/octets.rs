//! A direction of the line, between a virtual board's program and the host.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use embedded_io_async::ErrorType;

/// Octets that a port holds before its writer has to wait.
const CAPACITY: usize = 1024;

#[derive(Debug, Default)]
pub(super) struct Octets {
    queue: VecDeque<u8>,
    /// The program, if it waits.
    program: Option<Waker>,
    was_used: bool,
}

impl Octets {
    pub(super) fn shared() -> Rc<RefCell<Self>> {
        Rc::default()
    }

    /// Whether anything ever came.
    pub(super) const fn was_used(&self) -> bool {
        self.was_used
    }

    pub(super) fn extend(&mut self, octets: impl Iterator<Item = u8>) {
        self.was_used = true;
        self.queue.extend(octets);
        self.wake();
    }

    pub(super) fn take_all(&mut self) -> VecDeque<u8> {
        self.wake();
        std::mem::take(&mut self.queue)
    }

    fn wake(&mut self) {
        if let Some(program) = self.program.take() {
            program.wake();
        }
    }
}

/// What the program reads from.
#[derive(Clone, Debug)]
pub(super) struct Reader(pub(super) Rc<RefCell<Octets>>);

impl ErrorType for Reader {
    type Error = Infallible;
}

impl embedded_io_async::Read for Reader {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        poll_fn(|cx| {
            let mut octets = self.0.borrow_mut();
            if octets.queue.is_empty() {
                octets.program = Some(cx.waker().clone());
                return Poll::Pending;
            }
            let length = octets.queue.len().min(buffer.len());
            for (place, octet) in buffer.iter_mut().zip(octets.queue.drain(..length)) {
                *place = octet;
            }
            Poll::Ready(Ok(length))
        })
        .await
    }
}

/// What the program writes to.
#[derive(Clone, Debug)]
pub(super) struct Writer(pub(super) Rc<RefCell<Octets>>);

impl ErrorType for Writer {
    type Error = Infallible;
}

impl embedded_io_async::Write for Writer {
    async fn write(&mut self, buffer: &[u8]) -> Result<usize, Infallible> {
        poll_fn(|cx| {
            let mut octets = self.0.borrow_mut();
            let room = CAPACITY.saturating_sub(octets.queue.len());
            if room == 0 {
                octets.program = Some(cx.waker().clone());
                return Poll::Pending;
            }
            let length = room.min(buffer.len());
            octets.queue.extend(&buffer[..length]);
            Poll::Ready(Ok(length))
        })
        .await
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
