//! The seam: what an application may ask of the board it runs on.
//!
//! ```text
//!    app (async fn)  ──►  Board::parts()  ──►  radio     ESP-NOW as the chip's driver offers it
//!                                              clock     now, sleep
//!                                              pixels    NeoPixels
//!                                              random    rand_core::Rng
//!                                              console   core::fmt::Write
//!                                              button    pressed
//!                                              storage   what outlives a reset
//!                                              firmware  two slots for images, restart
//! ```
//!
//! The same application runs on a chip (`firmware-shim`) and on a virtual board (`sim`) and can't tell which. The traits
//! are plain `async fn` traits: a future is a value of the caller's, nothing is boxed and nothing need be `Send`, since a
//! chip's executor polls it where it stands. Where the field has a trait of its own, the seam uses it: random numbers are
//! [`rand_core::Rng`], a console is anything that is [`core::fmt::Write`].

#![allow(
    async_fn_in_trait,
    reason = "no Send bound is wanted: boards are polled on one thread, as chips are"
)]

mod firmware;
mod pixels;
mod radio;
mod storage;
mod wake_window;

use core::fmt;
use core::time::Duration;

use rand_core::Rng;

pub use firmware::{Firmware, FirmwareError, ImageState, SECTOR, Slot};
pub use pixels::{Pixels, Rgb};
pub use radio::{Radio, TRANSMIT_POWER_DBM, receive_until, receive_within};
pub use storage::{LONGEST_KEY, LONGEST_VALUE, Storage, StorageError};
pub use wake_window::WakeWindow;

use crate::time::Instant;

/// A board: its devices, lent together so that an application can await several at once.
pub trait Board {
    /// The chip's ESP-NOW driver.
    type Radio: Radio;
    /// The chip's timer.
    type Clock: Clock;
    /// The board's strip or matrix of NeoPixels.
    type Pixels: Pixels;
    /// The chip's random number generator.
    type Random: Rng;
    /// Where `print` goes: USB serial on a chip.
    type Console: Console;
    /// The board's push button.
    type Button: Button;
    /// Small values that outlive a reset.
    type Storage: Storage;
    /// The images that the board can run.
    type Firmware: Firmware;

    /// Lends every device, each on its own.
    fn parts(&mut self) -> Parts<'_, Self>;
}

/// The devices of a [`Board`], borrowed side by side.
#[expect(missing_docs, reason = "the types say all")]
pub struct Parts<'b, B: Board + ?Sized> {
    pub radio: &'b mut B::Radio,
    pub clock: &'b mut B::Clock,
    pub pixels: &'b mut B::Pixels,
    pub random: &'b mut B::Random,
    pub console: &'b mut B::Console,
    pub button: &'b mut B::Button,
    pub storage: &'b mut B::Storage,
    pub firmware: &'b mut B::Firmware,
}

/// The board's timer.
pub trait Clock {
    /// Time since start.
    fn now(&self) -> Instant;

    /// Waits until `deadline`; returns at once if that has passed.
    async fn sleep_until(&mut self, deadline: Instant);

    /// Waits for `duration`.
    async fn sleep(&mut self, duration: Duration) {
        let deadline = self.now() + duration;
        self.sleep_until(deadline).await;
    }
}

/// Where a program's lines go.
pub trait Console: fmt::Write {
    /// Prints a line. A console that nobody reads is no reason to fail.
    fn line(&mut self, text: fmt::Arguments<'_>) {
        let _ = writeln!(self, "{text}");
    }
}

impl<W: fmt::Write> Console for W {}

/// A push button.
pub trait Button {
    /// Waits for the next press. One that came since the last call and that nobody waited for counts; more than one are one.
    async fn pressed(&mut self);
}
