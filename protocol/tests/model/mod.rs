//! The endpoint as a list and a few numbers, to compare it with.

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use protocol::espnow::{Config, Endpoint, Error, Interface, Key, Peer, PeerCount, Rejection, Statistics};
use protocol::frame::Mpdu;
use protocol::{Channel, MacAddress};

use crate::pair::{BOB, NOW, RSSI_DBM, emit, lmk, other, read, started, try_emit};

const MAX_ENCRYPTED: usize = 4;
const TRANSMIT_QUEUE: usize = 3;
/// Four messages of one octet.
const QUEUE_LEN: usize = 4;

/// Enough addresses to fill the list; the last one is a group's.
const ADDRESSES: u8 = 24;

fn address(number: u8) -> MacAddress {
    if number + 1 == ADDRESSES {
        MacAddress::BROADCAST
    } else {
        other(number)
    }
}

/// A call of the endpoint's.
#[derive(Clone, Debug)]
pub(crate) enum Call {
    Init,
    Deinit,
    SetPmk(Key),
    SetChannel(Channel),
    SetActive(Interface, bool),
    Add(Peer),
    Modify(Peer),
    Remove(MacAddress),
    Send(MacAddress, usize),
    HandleSent(bool),
    HandleFrame {
        source: MacAddress,
        destination: MacAddress,
    },
    Receive,
}

fn addresses() -> impl Strategy<Value = MacAddress> {
    (0..ADDRESSES).prop_map(address)
}

fn channels() -> impl Strategy<Value = Channel> {
    (1..3_u8).prop_filter_map("1 to 14", Channel::new)
}

fn interfaces() -> impl Strategy<Value = Interface> {
    prop_oneof![4 => Just(Interface::Station), 1 => Just(Interface::AccessPoint)]
}

fn peers() -> impl Strategy<Value = Peer> {
    let keys = prop::option::weighted(0.25, (1..3_u8).prop_map(lmk));
    let channel = prop::option::weighted(0.3, channels());
    (addresses(), channel, interfaces(), keys).prop_map(|(address, channel, interface, lmk)| Peer {
        channel,
        interface,
        lmk,
        ..Peer::new(address)
    })
}

/// Sequences that start with a full list now and then.
pub(crate) fn calls() -> impl Strategy<Value = Vec<Call>> {
    let destinations = prop_oneof![3 => Just(BOB), 1 => Just(MacAddress::BROADCAST), 1 => addresses()];
    let call = prop_oneof![
        1 => Just(Call::Init),
        30 => peers().prop_map(Call::Add),
        8 => peers().prop_map(Call::Modify),
        4 => addresses().prop_map(Call::Remove),
        20 => (addresses(), 0..3_usize).prop_map(|(to, length)| Call::Send(to, length)),
        10 => any::<bool>().prop_map(Call::HandleSent),
        10 => (addresses(), destinations)
            .prop_map(|(source, destination)| Call::HandleFrame { source, destination }),
        8 => Just(Call::Receive),
        2 => channels().prop_map(Call::SetChannel),
        2 => (interfaces(), any::<bool>()).prop_map(|(interface, active)| Call::SetActive(interface, active)),
        2 => (1..3_u8).prop_map(|number| Call::SetPmk(lmk(number))),
    ];
    let crowd = prop_oneof![Just(0), Just(ADDRESSES)];
    let session = (crowd, prop::collection::vec(call, 1..60)).prop_map(|(crowd, calls)| {
        let before = calls.len() / 8;
        let mut session = calls[..before].to_vec();
        session.push(Call::Init);
        session.extend((0..crowd).map(|number| Call::Add(Peer::new(address(number)))));
        session.extend_from_slice(&calls[before..]);
        session.push(Call::Deinit);
        session
    });
    prop::collection::vec(session, 1..3).prop_map(|sessions| sessions.concat())
}

#[derive(Debug)]
pub(crate) struct Model {
    initialised: bool,
    channel: Channel,
    station: bool,
    access_point: bool,
    peers: Vec<Peer>,
    in_flight: usize,
    /// Who sent the messages that wait.
    unread: Vec<MacAddress>,
    statistics: Statistics,
}

impl Model {
    pub(crate) fn new() -> Self {
        Self {
            initialised: false,
            channel: Channel::DEFAULT,
            station: true,
            access_point: false,
            peers: Vec::new(),
            in_flight: 0,
            unread: Vec::new(),
            statistics: Statistics::default(),
        }
    }

    pub(crate) fn config(&self) -> Config {
        Config {
            max_encrypted_peers: MAX_ENCRYPTED,
            transmit_queue: TRANSMIT_QUEUE,
            receive_buffer: QUEUE_LEN * 15,
            ..Config::new(BOB)
        }
    }

    /// Makes the call on both and compares what comes of it.
    pub(crate) fn check(&mut self, endpoint: &mut Endpoint, call: &Call) -> Result<(), TestCaseError> {
        match call.clone() {
            Call::Init => {
                endpoint.init();
                self.initialised = true;
            }
            Call::Deinit => {
                endpoint.deinit();
                self.initialised = false;
                self.peers.clear();
                self.unread.clear();
            }
            Call::SetPmk(pmk) => {
                let expected = if self.initialised { Ok(()) } else { Err(Error::NotInit) };
                prop_assert_eq!(endpoint.set_pmk(pmk), expected);
            }
            Call::SetChannel(channel) => {
                endpoint.set_channel(channel);
                self.channel = channel;
            }
            Call::SetActive(interface, active) => {
                endpoint.set_active(interface, active);
                match interface {
                    Interface::Station => self.station = active,
                    Interface::AccessPoint => self.access_point = active,
                }
            }
            Call::Add(peer) => prop_assert_eq!(endpoint.add_peer(peer.clone()), self.add(peer)),
            Call::Modify(peer) => prop_assert_eq!(endpoint.modify_peer(peer.clone()), self.modify(peer)),
            Call::Remove(address) => prop_assert_eq!(endpoint.remove_peer(address), self.remove(address)),
            Call::Send(to, length) => {
                let sent = try_emit(endpoint, to, &[7, 7, 7][..length]);
                prop_assert_eq!(sent.map(drop), self.send(to, length));
            }
            Call::HandleSent(acknowledged) => {
                endpoint.handle_sent(acknowledged);
                if self.in_flight > 0 {
                    self.in_flight -= 1;
                    self.statistics.tx_responses += 1;
                    self.statistics.tx_failures += u64::from(!acknowledged);
                }
            }
            Call::HandleFrame { source, destination } => {
                let frame = plain(source, destination);
                let mpdu = Mpdu::parse(&frame).expect("what an endpoint sends is ESP-NOW");
                let result = endpoint.handle_frame(&mpdu, RSSI_DBM, NOW);
                let unprotected = result.map(|accepted| accepted.unprotected);
                prop_assert_eq!(unprotected, self.handle_frame(source, destination));
            }
            Call::Receive => {
                let expected = (!self.unread.is_empty()).then(|| self.unread.remove(0));
                prop_assert_eq!(read(endpoint).map(|(received, _)| received.source), expected);
            }
        }
        self.compare(endpoint)
    }

    fn compare(&self, endpoint: &Endpoint) -> Result<(), TestCaseError> {
        prop_assert!(endpoint.peers().eq(&self.peers));
        let (total, encrypted) = (self.peers.len(), self.encrypted());
        prop_assert_eq!(endpoint.peer_count(), PeerCount { total, encrypted });
        prop_assert!(total <= 20 && encrypted <= MAX_ENCRYPTED);
        prop_assert_eq!(endpoint.unread(), self.unread.len());
        prop_assert_eq!(endpoint.channel(), self.channel);
        let statistics = endpoint.statistics();
        prop_assert_eq!(statistics, &self.statistics);
        let in_flight = statistics.tx_packets - statistics.tx_responses;
        prop_assert!(in_flight <= TRANSMIT_QUEUE as u64);
        prop_assert!(statistics.tx_failures <= statistics.tx_responses);
        Ok(())
    }

    fn encrypted(&self) -> usize {
        self.peers.iter().filter(|peer| peer.lmk.is_some()).count()
    }

    fn position(&self, address: MacAddress) -> Option<usize> {
        self.peers.iter().position(|peer| peer.address == address)
    }

    fn add(&mut self, peer: Peer) -> Result<(), Error> {
        match self.position(peer.address) {
            _ if !self.initialised => Err(Error::NotInit),
            _ if peer.lmk.is_some() && peer.address == MacAddress::BROADCAST => Err(Error::Arg),
            Some(_) => Err(Error::Exist),
            None if self.peers.len() == 20 => Err(Error::Full),
            None if peer.lmk.is_some() && self.encrypted() == MAX_ENCRYPTED => Err(Error::Full),
            None => {
                self.peers.push(peer);
                Ok(())
            }
        }
    }

    fn modify(&mut self, peer: Peer) -> Result<(), Error> {
        match self.position(peer.address) {
            _ if !self.initialised => Err(Error::NotInit),
            _ if peer.lmk.is_some() && peer.address == MacAddress::BROADCAST => Err(Error::Arg),
            None => Err(Error::NotFound),
            Some(at) => {
                let old = std::mem::replace(&mut self.peers[at], peer);
                if self.encrypted() > MAX_ENCRYPTED {
                    self.peers[at] = old;
                    return Err(Error::Full);
                }
                Ok(())
            }
        }
    }

    fn remove(&mut self, address: MacAddress) -> Result<(), Error> {
        match self.position(address) {
            _ if !self.initialised => Err(Error::NotInit),
            None => Err(Error::NotFound),
            Some(at) => {
                self.peers.remove(at);
                Ok(())
            }
        }
    }

    fn send(&mut self, to: MacAddress, length: usize) -> Result<(), Error> {
        if !self.initialised {
            return Err(Error::NotInit);
        }
        if length == 0 {
            return Err(Error::Arg);
        }
        let peer = &self.peers[self.position(to).ok_or(Error::NotFound)?];
        let active = match peer.interface {
            Interface::Station => self.station,
            Interface::AccessPoint => self.access_point,
        };
        if !active {
            return Err(Error::If);
        }
        if peer.channel.is_some_and(|channel| channel != self.channel) {
            return Err(Error::Chan);
        }
        if self.in_flight == TRANSMIT_QUEUE {
            return Err(Error::NoMem);
        }
        self.in_flight += 1;
        self.statistics.tx_packets += 1;
        Ok(())
    }

    /// A plain frame of one octet: whether it is unprotected, or why it is refused.
    fn handle_frame(&mut self, source: MacAddress, destination: MacAddress) -> Result<bool, Rejection> {
        if !self.initialised {
            return Err(Rejection::NotInit);
        }
        let group = destination == MacAddress::BROADCAST;
        let taken = (destination == BOB && self.station) || (group && (self.station || self.access_point));
        if !taken || source == MacAddress::BROADCAST {
            self.statistics.rx_foreign += 1;
            return Err(Rejection::Foreign);
        }
        if self.unread.len() == QUEUE_LEN {
            self.statistics.rx_dropped += 1;
            return Err(Rejection::QueueFull);
        }
        self.unread.push(source);
        self.statistics.rx_packets += 1;
        let keyed = self.position(source).is_some_and(|at| self.peers[at].lmk.is_some());
        Ok(keyed && !group)
    }
}

/// One octet from an endpoint at `source`.
fn plain(source: MacAddress, destination: MacAddress) -> Vec<u8> {
    let mut endpoint = started(Config::new(source));
    assert_eq!(endpoint.add_peer(Peer::new(destination)), Ok(()));
    emit(&mut endpoint, destination, &[7])
}
