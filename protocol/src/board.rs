//! The seam: what an application may ask of the board it runs on.
//!
//! ```text
//!    app (async fn)  ──►  Board::parts()  ──►  radio   ESP-NOW as the chip's driver offers it
//!                                              clock   now, sleep
//!                                              pixels  NeoPixels
//!                                              random  rand_core::Rng
//!                                              console core::fmt::Write
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

use core::fmt;
use core::time::Duration;

use embassy_futures::select::{Either, select};
use rand_core::Rng;

use crate::espnow::{Delivery, Error, Key, Peer, Received, Version};
use crate::time::Instant;
use crate::{Channel, MacAddress};

/// A board: five devices, lent together so that an application can await several at once.
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
}

/// ESP-NOW as a chip's driver offers it ([ESP-IDF, ESP-NOW]); errors are its documented ones.
///
/// [ESP-IDF, ESP-NOW]: https://docs.espressif.com/projects/esp-idf/en/stable/esp32s3/api-reference/network/esp_now.html
pub trait Radio {
    /// The address of the station interface.
    fn address(&self) -> MacAddress;

    /// The highest ESP-NOW version spoken, which decides how long a payload may be.
    fn version(&self) -> Version;

    /// The channel the interface is on.
    fn channel(&self) -> Channel;

    /// Moves the interface to another channel.
    ///
    /// # Errors
    /// [`Error::Chan`] if the chip can't go there now.
    fn set_channel(&mut self, channel: Channel) -> Result<(), Error>;

    /// Sets the primary master key, under which the peers' local master keys are used.
    ///
    /// # Errors
    /// [`Error::NotInit`] before the radio was started.
    fn set_pmk(&mut self, pmk: Key) -> Result<(), Error>;

    /// Adds a peer. Only peers can be sent to.
    ///
    /// # Errors
    /// [`Error::Exist`], [`Error::Full`], or [`Error::Arg`] for a group address with a key.
    fn add_peer(&mut self, peer: Peer) -> Result<(), Error>;

    /// Replaces the entry of a peer with the same address.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Full`] (too many keys), or [`Error::Arg`].
    fn modify_peer(&mut self, peer: Peer) -> Result<(), Error>;

    /// Removes a peer.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    fn remove_peer(&mut self, address: MacAddress) -> Result<(), Error>;

    /// Sends `data` to a peer and waits until the MAC is done with it.
    ///
    /// [`Delivery::Acknowledged`] means that the peer's MAC acknowledged; its application may never see the data. To a
    /// group address it means that the frame left the antenna.
    ///
    /// # Errors
    /// [`Error::NotFound`] if `destination` is no peer, [`Error::Arg`] for data too long or empty, [`Error::Chan`] if the
    /// peer's channel is not the current one, [`Error::NoMem`] if the driver's queue is full.
    async fn send(&mut self, destination: MacAddress, data: &[u8]) -> Result<Delivery, Error>;

    /// Hands `data` to the driver and does not wait: MicroPython's `send(…, sync=False)`. How it went is not told.
    ///
    /// # Errors
    /// As [`Radio::send`]. After [`Error::NoMem`] wait a while: the driver's queue is full.
    fn enqueue(&mut self, destination: MacAddress, data: &[u8]) -> Result<(), Error>;

    /// Waits for the next message and copies it into `buffer`.
    ///
    /// A message longer than `buffer` is cut; [`Received::length`] still tells the whole. Dropping the future loses nothing.
    async fn receive(&mut self, buffer: &mut [u8]) -> Received;

    /// Takes the next message if there is one, as [`Radio::receive`] does.
    fn try_receive(&mut self, buffer: &mut [u8]) -> Option<Received>;
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

/// Waits for the next message, but no longer than `timeout`.
pub async fn receive_within<R: Radio, C: Clock>(
    radio: &mut R,
    clock: &mut C,
    timeout: Duration,
    buffer: &mut [u8],
) -> Option<Received> {
    let deadline = clock.now() + timeout;
    receive_until(radio, clock, deadline, buffer).await
}

/// Waits for the next message, but no longer than until `deadline`.
pub async fn receive_until<R: Radio, C: Clock>(
    radio: &mut R,
    clock: &mut C,
    deadline: Instant,
    buffer: &mut [u8],
) -> Option<Received> {
    match select(radio.receive(buffer), clock.sleep_until(deadline)).await {
        Either::First(received) => Some(received),
        Either::Second(()) => None,
    }
}

/// A colour as NeoPixels take it: 0 (off) to 255 for each LED.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say all")]
pub struct Rgb {
    pub red: u8,
    pub green: u8,
    pub blue: u8,
}

impl Rgb {
    /// All LEDs off.
    pub const OFF: Self = Self::new(0, 0, 0);

    /// A colour from its parts.
    #[must_use]
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue }
    }
}

/// A strip of NeoPixels (WS2812). Colours are set in a buffer; only [`Pixels::write`] shows them.
pub trait Pixels {
    /// How many there are.
    fn count(&self) -> usize;

    /// Sets one in the buffer; an index past the strip's end is ignored, as its LED is not there.
    fn set(&mut self, index: usize, colour: Rgb);

    /// Sets all in the buffer.
    fn fill(&mut self, colour: Rgb) {
        for index in 0..self.count() {
            self.set(index, colour);
        }
    }

    /// Clocks the buffer out to the strip: 30 µs a pixel at 800 kHz.
    async fn write(&mut self);
}
