//! Peers as they are needed.

use crate::MacAddress;
use crate::board::Radio;
use crate::espnow::{Delivery, Error, MAX_PEERS, Peer};
use crate::message::Transmit;

/// The peers that the node has added, the one used longest ago first. The application's own are left alone.
#[derive(Debug)]
pub(super) struct NodePeers {
    added: heapless::Vec<MacAddress, MAX_PEERS>,
}

impl NodePeers {
    pub(super) const fn new() -> Self {
        Self {
            added: heapless::Vec::new(),
        }
    }

    /// The peers, the one used longest ago first.
    pub(super) fn added(&self) -> &[MacAddress] {
        &self.added
    }

    /// Sends a frame, on its channel, to a peer that is made if need be.
    pub(super) async fn send<R: Radio>(&mut self, radio: &mut R, transmit: Transmit<'_>) -> Result<Delivery, Error> {
        let Transmit {
            destination,
            channel,
            octets,
        } = transmit;
        if radio.channel() != channel {
            radio.set_channel(channel)?;
        }
        let result = radio.send(destination, octets).await;
        if result != Err(Error::NotFound) {
            self.touch(destination);
            return result;
        }
        self.add(radio, destination)?;
        radio.send(destination, octets).await
    }

    /// Puts `address` last among those that may be evicted.
    fn touch(&mut self, address: MacAddress) {
        if let Some(place) = self.added.iter().position(|&added| added == address) {
            self.added[place..].rotate_left(1);
        }
    }

    fn add<R: Radio>(&mut self, radio: &mut R, address: MacAddress) -> Result<(), Error> {
        self.added.retain(|&added| added != address);
        loop {
            match radio.add_peer(Peer::new(address)) {
                Ok(()) => break,
                Err(Error::Full) if !self.added.is_empty() => {
                    // Everything goes through the broadcast peer: it is always wanted.
                    let oldest = self.added.iter().position(|&added| added != MacAddress::BROADCAST);
                    let oldest = self.added.remove(oldest.ok_or(Error::Full)?);
                    // It may have been removed by the application meanwhile.
                    let _ = radio.remove_peer(oldest);
                }
                Err(error) => return Err(error),
            }
        }
        // There are no more than the radio has places for.
        let _ = self.added.push(address);
        Ok(())
    }
}
