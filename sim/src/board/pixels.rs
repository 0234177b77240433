//! The board's NeoPixels.

use protocol::board::{Pixels, Rgb};

use super::Shared;
use super::clock::wait;
use super::timer::TimerId;
use crate::kernel::Span;

/// 24 bits of 1.25 µs a pixel (WS2812B datasheet).
const SPAN_PER_PIXEL: Span = Span::from_micros(30);

/// A low line this long makes the pixels show what was clocked in.
const LATCH: Span = Span::from_micros(50);

/// See [`Pixels`].
#[derive(Debug)]
pub struct VirtualPixels {
    hardware: Shared,
}

impl VirtualPixels {
    pub(super) fn new(hardware: Shared) -> Self {
        Self { hardware }
    }
}

impl Pixels for VirtualPixels {
    fn count(&self) -> usize {
        self.hardware.borrow().pixel_count()
    }

    fn set(&mut self, index: usize, colour: Rgb) {
        self.hardware.borrow_mut().set_pixel(index, colour);
    }

    async fn write(&mut self) {
        let done = {
            let hardware = self.hardware.borrow();
            hardware.now + SPAN_PER_PIXEL * hardware.pixel_count() as u64 + LATCH
        };
        wait(&self.hardware, TimerId::Pixels, done).await;
        self.hardware.borrow_mut().show_pixels();
    }
}
