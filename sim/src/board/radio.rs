//! The board's radio: `protocol`'s endpoint in the place of the chip's driver.

use std::future::poll_fn;

use protocol::board::{Radio, WakeWindow};
use protocol::espnow::{Delivery, Error, Key, Peer, Received, Version};
use protocol::{Channel, MacAddress};

use super::Shared;

/// See [`Radio`].
#[derive(Debug)]
pub struct VirtualRadio {
    hardware: Shared,
}

impl VirtualRadio {
    pub(super) fn new(hardware: Shared) -> Self {
        Self { hardware }
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
