//! The peer list, with what encryption remembers of each peer.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::{Error, Key, MAX_ENCRYPTED_PEERS, MAX_PEERS, Peer, PeerCount, Rejection, Replays};
use crate::MacAddress;
use crate::frame::{Packet, PacketNumber, Sealed, TemporalKey};

/// A peer, the key for its frames, and how far it has counted.
#[derive(Debug)]
pub(super) struct Entry {
    peer: Peer,
    /// Derived once and not for every frame.
    key: Option<TemporalKey>,
    /// The highest packet number accepted under `key`.
    last_packet: Option<PacketNumber>,
}

impl Entry {
    fn new(peer: Peer, pmk: &Key) -> Self {
        let mut entry = Self {
            peer,
            key: None,
            last_packet: None,
        };
        entry.rekey(pmk);
        entry
    }

    /// Under another key, packet numbers begin again.
    fn rekey(&mut self, pmk: &Key) {
        self.key = self.peer.lmk.as_ref().map(|lmk| TemporalKey::derive(pmk, lmk));
        self.last_packet = None;
    }

    pub(super) const fn peer(&self) -> &Peer {
        &self.peer
    }

    pub(super) const fn key(&self) -> Option<&TemporalKey> {
        self.key.as_ref()
    }

    /// Opens a frame of this peer's; one that was accepted before is refused if `replays` says so.
    pub(super) fn open<'b>(
        &mut self,
        sealed: &Sealed<'_>,
        replays: Replays,
        scratch: &'b mut [u8],
    ) -> Result<Packet<'b>, Rejection> {
        let key = self.key.as_ref().ok_or(Rejection::NoKey)?;
        let packet = sealed.open(key, scratch).map_err(Rejection::Unauthentic)?;
        // Only an authentic frame has a packet number worth comparing, and only it may move the window: a forger could
        // shut the peer out otherwise.
        let number = sealed.packet_number();
        if replays == Replays::Refuse && self.last_packet.is_some_and(|last| number <= last) {
            return Err(Rejection::Replayed);
        }
        self.last_packet = self.last_packet.max(Some(number));
        Ok(packet)
    }
}

/// The peers in the order in which they were added.
#[derive(Debug)]
pub(super) struct Peers {
    /// As many as there are, as most boards have few. Boxed, so that no list that was outgrown leaves unwiped keys behind.
    #[expect(clippy::vec_box, reason = "keys stay where they are")]
    entries: Vec<Box<Entry>>,
    max_encrypted: usize,
}

impl Peers {
    pub(super) fn new(max_encrypted: usize) -> Self {
        Self {
            entries: Vec::new(),
            max_encrypted: max_encrypted.min(MAX_ENCRYPTED_PEERS),
        }
    }

    pub(super) fn get(&self, address: MacAddress) -> Option<&Entry> {
        let mut entries = self.entries.iter().map(Box::as_ref);
        entries.find(|entry| entry.peer.address == address)
    }

    pub(super) fn get_mut(&mut self, address: MacAddress) -> Option<&mut Entry> {
        let mut entries = self.entries.iter_mut().map(Box::as_mut);
        entries.find(|entry| entry.peer.address == address)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Peer> {
        self.entries.iter().map(|entry| entry.peer())
    }

    pub(super) fn count(&self) -> PeerCount {
        PeerCount {
            total: self.entries.len(),
            encrypted: self.iter().filter(|peer| peer.is_encrypted()).count(),
        }
    }

    pub(super) fn add(&mut self, peer: Peer, pmk: &Key) -> Result<(), Error> {
        check(&peer)?;
        if self.get(peer.address).is_some() {
            return Err(Error::Exist);
        }
        if peer.is_encrypted() {
            self.check_room_for_key()?;
        }
        if self.entries.len() >= MAX_PEERS {
            return Err(Error::Full);
        }
        self.entries.push(Box::new(Entry::new(peer, pmk)));
        Ok(())
    }

    pub(super) fn modify(&mut self, peer: Peer, pmk: &Key) -> Result<(), Error> {
        check(&peer)?;
        let was_encrypted = self.get(peer.address).ok_or(Error::NotFound)?.peer.is_encrypted();
        if peer.is_encrypted() && !was_encrypted {
            self.check_room_for_key()?;
        }
        let entry = self.get_mut(peer.address).ok_or(Error::NotFound)?;
        let same_key = entry.peer.lmk == peer.lmk;
        entry.peer = peer;
        if !same_key {
            entry.rekey(pmk);
        }
        Ok(())
    }

    pub(super) fn remove(&mut self, address: MacAddress) -> Result<(), Error> {
        let index = self
            .entries
            .iter()
            .position(|entry| entry.peer.address == address)
            .ok_or(Error::NotFound)?;
        self.entries.remove(index);
        Ok(())
    }

    /// Derives all keys anew under another PMK.
    pub(super) fn rekey(&mut self, pmk: &Key) {
        for entry in &mut self.entries {
            entry.rekey(pmk);
        }
    }

    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }

    fn check_room_for_key(&self) -> Result<(), Error> {
        if self.count().encrypted < self.max_encrypted {
            Ok(())
        } else {
            Err(Error::Full)
        }
    }
}

fn check(peer: &Peer) -> Result<(), Error> {
    if peer.address.is_group() && peer.is_encrypted() {
        Err(Error::Arg)
    } else {
        Ok(())
    }
}
