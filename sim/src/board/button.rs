//! The board's push button.

use std::future::poll_fn;

use protocol::board::Button;

use super::Shared;

/// See [`Button`]. It is pressed by [`Lab::press`](crate::lab::Lab::press).
#[derive(Debug)]
pub struct VirtualButton {
    hardware: Shared,
}

impl VirtualButton {
    pub(super) fn new(hardware: Shared) -> Self {
        Self { hardware }
    }
}

impl Button for VirtualButton {
    async fn pressed(&mut self) {
        poll_fn(|cx| self.hardware.borrow_mut().poll_pressed(cx)).await;
    }
}
