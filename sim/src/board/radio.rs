//! The board's radio: `protocol`'s endpoint in the place of the chip's driver.

use std::future::poll_fn;

use protocol::board::{Radio, WakeWindow};
use protocol::driver::sends::Settling;
use protocol::espnow::{Delivery, Error, Key, Peer, Received, Version};
use protocol::{Channel, MacAddress};

use super::clock::Cancel;
use super::{Shared, TimerId};

/// See [`Radio`].
#[derive(Debug)]
pub struct VirtualRadio {
    hardware: Shared,
}

impl VirtualRadio {
    pub(super) fn new(hardware: Shared) -> Self {
        Self { hardware }
    }

    /// As the firmware on a chip does.
    async fn send_by_a_doubtful_driver(&self, destination: MacAddress, data: &[u8]) -> Result<Delivery, Error> {
        // Frames of earlier calls, enqueued or given up, would count as this one's.
        self.settled().await;
        self.hardware.borrow_mut().submit(destination, data)?;
        Ok(match self.settled().await {
            Settling::Done => self.hardware.borrow().delivery(),
            Settling::WrittenOff | Settling::Until(_) => Delivery::Unacknowledged,
        })
    }

    /// Waits until the driver is done with all frames, or can't be expected to be.
    async fn settled(&self) -> Settling {
        let _cancel = Cancel(&self.hardware, TimerId::Driver);
        poll_fn(|cx| self.hardware.borrow_mut().poll_settled(cx)).await
    }
}

impl Radio for VirtualRadio {
    fn address(&self) -> MacAddress {
        self.hardware.borrow().endpoint.address()
    }

    fn version(&self) -> Version {
        self.hardware.borrow().endpoint.config().version
    }

    fn channel(&self) -> Channel {
        self.hardware.borrow().endpoint.channel()
    }

    fn set_channel(&mut self, channel: Channel) -> Result<(), Error> {
        self.hardware.borrow_mut().set_channel(channel);
        Ok(())
    }

    fn set_pmk(&mut self, pmk: Key) -> Result<(), Error> {
        self.hardware.borrow_mut().endpoint.set_pmk(pmk)
    }

    fn add_peer(&mut self, peer: Peer) -> Result<(), Error> {
        self.hardware.borrow_mut().endpoint.add_peer(peer)
    }

    fn modify_peer(&mut self, peer: Peer) -> Result<(), Error> {
        self.hardware.borrow_mut().endpoint.modify_peer(peer)
    }

    fn remove_peer(&mut self, address: MacAddress) -> Result<(), Error> {
        self.hardware.borrow_mut().endpoint.remove_peer(address)
    }

    fn set_wake_window(&mut self, window: Option<WakeWindow>) -> Result<(), Error> {
        self.hardware.borrow_mut().set_wake_window(window);
        Ok(())
    }

    async fn send(&mut self, destination: MacAddress, data: &[u8]) -> Result<Delivery, Error> {
        if self.hardware.borrow().has_doubtful_driver() {
            return self.send_by_a_doubtful_driver(destination, data).await;
        }
        let ticket = self.hardware.borrow_mut().submit(destination, data)?;
        Ok(poll_fn(|cx| self.hardware.borrow_mut().poll_sent(ticket, cx)).await)
    }

    fn enqueue(&mut self, destination: MacAddress, data: &[u8]) -> Result<(), Error> {
        self.hardware.borrow_mut().submit(destination, data).map(|_ticket| ())
    }

    async fn receive(&mut self, buffer: &mut [u8]) -> Received {
        poll_fn(|cx| self.hardware.borrow_mut().poll_receive(buffer, cx)).await
    }

    fn try_receive(&mut self, buffer: &mut [u8]) -> Option<Received> {
        self.hardware.borrow_mut().receive(buffer)
    }
}
