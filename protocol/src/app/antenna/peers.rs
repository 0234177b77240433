//! The driver's list of peers, kept for a host that does not know of it.

use heapless::Deque;

use crate::board::Radio;
use crate::espnow::{Error, MAX_PEERS, Peer};
use crate::{MacAddress, Rate};

/// Peers that were added here, the oldest first.
#[derive(Default)]
pub(super) struct Peers(Deque<(MacAddress, Option<Rate>), MAX_PEERS>);

impl Peers {
    /// Sees to it that `destination` is a peer at that rate.
    pub(super) fn prepare<R: Radio>(
        &mut self,
        radio: &mut R,
        destination: MacAddress,
        rate: Option<Rate>,
    ) -> Result<(), Error> {
        let peer = Peer {
            rate,
            ..Peer::new(destination)
        };
        if let Some((_, known)) = self.0.iter_mut().find(|(address, _)| *address == destination) {
            if *known != rate {
                radio.modify_peer(peer)?;
                *known = rate;
            }
            return Ok(());
        }
        match radio.add_peer(peer.clone()) {
            // A chip's driver may have the broadcast address from the start.
            Err(Error::Exist) => radio.modify_peer(peer)?,
            Err(Error::Full) => {
                let (oldest, _) = self.0.pop_front().ok_or(Error::Full)?;
                radio.remove_peer(oldest)?;
                radio.add_peer(peer)?;
            }
            result => result?,
        }
        if self.0.is_full()
            && let Some((oldest, _)) = self.0.pop_front()
        {
            // It has room for more peers than a driver is known to have.
            radio.remove_peer(oldest)?;
        }
        let _ = self.0.push_back((destination, rate));
        Ok(())
    }
}
