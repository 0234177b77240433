//! The radio of a board.

use core::time::Duration;

use embassy_futures::select::{Either, select};

use super::{Clock, WakeWindow};
use crate::espnow::{Delivery, Error, Key, Peer, Received, Version};
use crate::time::Instant;
use crate::{Channel, MacAddress};

/// dBm at the antenna: what boards send with, virtual ones and, as the firmware tells the driver, chips. The ESP32-S3's datasheet gives it
/// for 1 Mbit/s; at higher rates the chip itself may send with less.
pub const TRANSMIT_POWER_DBM: i8 = 20;

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

    /// Lets the receiver sleep outside these windows, the first of which opens now; `None` lets it listen all the time, as it does after
    /// a reset. Frames that are not on the air within a window from their first bit to their last are lost on this board, and
    /// nothing is acknowledged that it does not hear. It can send at any time, and hears the ACK for what it sends.
    ///
    /// Intervals are counted by the board's own crystal. Setting the same windows again moves them: the first opens with the call.
    ///
    /// # Errors
    /// [`Error::NotInit`] before the radio was started, [`Error::Internal`] where the driver can't.
    fn set_wake_window(&mut self, window: Option<WakeWindow>) -> Result<(), Error>;

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
