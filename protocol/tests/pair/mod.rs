//! Two endpoints and a wire of octets between them: no clock, no air, no MAC.

#![allow(dead_code, reason = "every test file uses its own part")]

use std::collections::VecDeque;

use protocol::MacAddress;
use protocol::espnow::{Accepted, Config, Endpoint, Error, Key, Peer, Received, Rejection};
use protocol::frame::{ActionFrame, Mpdu, PacketNumber};
use protocol::time::Instant;

pub(crate) const ALICE: MacAddress = MacAddress([0x24, 0x0a, 0xc4, 0, 0, 0x0a]);
pub(crate) const BOB: MacAddress = MacAddress([0x24, 0x0a, 0xc4, 0, 0, 0xb0]);
pub(crate) const EVE: MacAddress = MacAddress([0x24, 0x0a, 0xc4, 0, 0, 0xee]);

/// Examples all over the web use it for a board, but it is a group.
pub(crate) const PLACEHOLDER: MacAddress = MacAddress([0xbb; 6]);

pub(crate) const RSSI_DBM: i8 = -40;
pub(crate) const NOW: Instant = Instant::from_micros(1_000);

/// Alice, Bob and what is under way between them.
pub(crate) struct Pair {
    pub(crate) alice: Endpoint,
    pub(crate) bob: Endpoint,
    pub(crate) to_alice: VecDeque<Vec<u8>>,
    pub(crate) to_bob: VecDeque<Vec<u8>>,
}

impl Pair {
    /// Each is the other's peer, without keys.
    pub(crate) fn new() -> Self {
        Self::with_peers(Config::new(ALICE), Config::new(BOB), Peer::new)
    }

    /// Each is the other's peer and has the same key.
    pub(crate) fn keyed() -> Self {
        Self::with_peers(Config::new(ALICE), Config::new(BOB), |address| {
            Peer::new(address).with_key(lmk(1))
        })
    }

    pub(crate) fn with_peers(alice: Config, bob: Config, peer: impl Fn(MacAddress) -> Peer) -> Self {
        let [alice, bob] = [(alice, BOB), (bob, ALICE)].map(|(config, other)| {
            let mut endpoint = started(config);
            assert_eq!(endpoint.add_peer(peer(other)), Ok(()));
            endpoint
        });
        Self {
            alice,
            bob,
            to_alice: VecDeque::new(),
            to_bob: VecDeque::new(),
        }
    }

    /// Alice sends to Bob; the frame stays on the wire.
    pub(crate) fn say(&mut self, data: &[u8]) {
        self.to_bob.push_back(emit(&mut self.alice, BOB, data));
    }

    /// Bob sends to Alice; the frame stays on the wire.
    pub(crate) fn answer(&mut self, data: &[u8]) {
        self.to_alice.push_back(emit(&mut self.bob, ALICE, data));
    }

    /// Empties the wire: Bob's first, in the order of sending. Everything is acknowledged, as a MAC does.
    pub(crate) fn drive(&mut self) -> Vec<Result<Accepted, Rejection>> {
        let mut results = Vec::new();
        for mpdu in self.to_bob.drain(..) {
            results.push(hand_over(&mut self.bob, &mpdu));
            self.alice.handle_sent(true);
        }
        for mpdu in self.to_alice.drain(..) {
            results.push(hand_over(&mut self.alice, &mpdu));
            self.bob.handle_sent(true);
        }
        results
    }

    /// Alice sends to Bob, who gets it at once.
    pub(crate) fn tell(&mut self, data: &[u8]) -> Result<Accepted, Rejection> {
        self.say(data);
        self.drive().pop().expect("a frame was on the wire")
    }
}

pub(crate) fn started(config: Config) -> Endpoint {
    let mut endpoint = Endpoint::new(config);
    endpoint.init();
    endpoint
}

pub(crate) fn lmk(number: u8) -> Key {
    Key::new([number; 16])
}

/// A board's address that is nobody's above.
pub(crate) fn other(number: u8) -> MacAddress {
    MacAddress([0x24, 0x0a, 0xc4, 0, 1, number])
}

pub(crate) fn accepted(length: usize) -> Result<Accepted, Rejection> {
    let unprotected = false;
    Ok(Accepted { length, unprotected })
}

pub(crate) fn try_emit(endpoint: &mut Endpoint, destination: MacAddress, data: &[u8]) -> Result<Vec<u8>, Error> {
    let mut mpdu = vec![0; ActionFrame::MAX_LEN];
    let outgoing = endpoint.send(destination, data, [1, 2, 3, 4], &mut mpdu)?;
    mpdu.truncate(outgoing.length);
    Ok(mpdu)
}

#[track_caller]
pub(crate) fn emit(endpoint: &mut Endpoint, destination: MacAddress, data: &[u8]) -> Vec<u8> {
    try_emit(endpoint, destination, data).expect("the peer is there and the MAC has room")
}

#[track_caller]
pub(crate) fn hand_over(endpoint: &mut Endpoint, mpdu: &[u8]) -> Result<Accepted, Rejection> {
    let mpdu = Mpdu::parse(mpdu).expect("what an endpoint sends is ESP-NOW");
    endpoint.handle_frame(&mpdu, RSSI_DBM, NOW)
}

pub(crate) fn read(endpoint: &mut Endpoint) -> Option<(Received, Vec<u8>)> {
    let mut buffer = vec![0; 1470];
    let received = endpoint.receive(&mut buffer)?;
    buffer.truncate(received.length);
    Some((received, buffer))
}

/// The packet number of a sealed frame; `None` of a plain one.
#[track_caller]
pub(crate) fn packet_number(mpdu: &[u8]) -> Option<PacketNumber> {
    match Mpdu::parse(mpdu).expect("what an endpoint sends is ESP-NOW") {
        Mpdu::Sealed(sealed) => Some(sealed.packet_number()),
        Mpdu::Plain(_) => None,
        Mpdu::Ack(_) => panic!("no endpoint sends an ACK"),
    }
}
