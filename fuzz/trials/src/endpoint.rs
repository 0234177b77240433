//! Two raw ESP-NOW services, every call of theirs, and an air that keeps, repeats and changes what they say.

use std::collections::{BTreeSet, VecDeque};

use arbitrary::{Arbitrary, Unstructured};
use protocol::espnow::{
    Config, Endpoint, Interface, Key, LongFrames, MAX_PEERS, Peer, Rejection, Replays, Unencrypted, Version,
};
use protocol::frame::Mpdu;
use protocol::time::Instant;
use protocol::{Channel, MacAddress, Rate};

/// Frames that the air keeps.
const KEPT: usize = 32;

#[derive(Arbitrary, Clone, Copy, Debug)]
struct Setup {
    second_version: bool,
    truncates: bool,
    delivers_replays: bool,
    /// The highest bit is a setting of its own: kept inputs go on meaning what they meant.
    max_encrypted_peers: u8,
    receive_buffer: u16,
    transmit_queue: u8,
}

#[derive(Arbitrary, Debug)]
struct Step<'a> {
    /// Whose turn it is.
    second: bool,
    call: Call<'a>,
}

#[derive(Arbitrary, Debug)]
enum Call<'a> {
    Init,
    Deinit,
    SetPmk(u8),
    SetChannel(u8),
    SetActive {
        access_point: bool,
        active: bool,
    },
    Add(PeerText),
    Modify(PeerText),
    Remove(u8),
    Send {
        to: u8,
        data: &'a [u8],
        room: u16,
    },
    HandleSent(bool),
    /// One of the frames that were sent, as it was or with an octet changed.
    Hear {
        frame: u8,
        place: u16,
        mask: u8,
    },
    /// Octets that nobody sent.
    HearAnything(&'a [u8]),
    Receive(u16),
}

#[derive(Arbitrary, Clone, Copy, Debug)]
struct PeerText {
    address: u8,
    channel: Option<u8>,
    access_point: bool,
    key: Option<u8>,
    has_rate: bool,
}

/// One of them, and what is known of it.
struct Side {
    endpoint: Endpoint,
    /// What waits to be received, in order.
    waiting: VecDeque<(MacAddress, Vec<u8>)>,
    /// Sealed frames that it accepted since keys or peers were changed.
    accepted: BTreeSet<Vec<u8>>,
}

/// Lists stay within their limits, what is accepted comes out once and in order, no sealed frame is accepted twice, and no frame that
/// was changed on the way opens.
pub fn endpoint(octets: &[u8]) {
    let mut script = Unstructured::new(octets);
    let _ = run(&mut script);
}

fn run(script: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let mut sides = [side(0, script.arbitrary()?), side(1, script.arbitrary()?)];
    let mut air: Vec<Vec<u8>> = Vec::new();
    let mut now = 0;
    while !script.is_empty() {
        let Step { second, call } = script.arbitrary()?;
        now += 1;
        let side = &mut sides[usize::from(second)];
        step(side, call, &mut air, Instant::from_micros(now));
        check(side);
    }
    Ok(())
}

fn address(number: u8) -> MacAddress {
    match number {
        0xff => MacAddress::BROADCAST,
        0xfe => MacAddress([0x33, 0x33, 0, 0, 0, 1]),
        number => MacAddress([0x24, 0x0a, 0xc4, 0, 0, number]),
    }
}

fn key(number: u8) -> Key {
    Key::new([number % 3; 16])
}

fn channel(number: u8) -> Channel {
    Channel::new(number % 14 + 1).expect("1 to 14")
}

fn side(number: u8, setup: Setup) -> Side {
    let config = Config {
        version: if setup.second_version { Version::V2 } else { Version::V1 },
        long_frames: if setup.truncates {
            LongFrames::Truncate
        } else {
            LongFrames::Drop
        },
        replays: if setup.delivers_replays {
            Replays::Deliver
        } else {
            Replays::Refuse
        },
        unencrypted: if setup.max_encrypted_peers & 0x80 == 0 {
            Unencrypted::Deliver
        } else {
            Unencrypted::Drop
        },
        max_encrypted_peers: setup.max_encrypted_peers.into(),
        receive_buffer: setup.receive_buffer.into(),
        transmit_queue: setup.transmit_queue.into(),
        ..Config::new(address(number))
    };
    let mut endpoint = Endpoint::new(config);
    endpoint.init();
    Side {
        endpoint,
        waiting: VecDeque::new(),
        accepted: BTreeSet::new(),
    }
}

impl PeerText {
    fn peer(self) -> Peer {
        Peer {
            channel: self.channel.map(channel),
            interface: interface(self.access_point),
            lmk: self.key.map(key),
            rate: self.has_rate.then_some(Rate::LongRange250K),
            ..Peer::new(address(self.address))
        }
    }
}

const fn interface(access_point: bool) -> Interface {
    if access_point {
        Interface::AccessPoint
    } else {
        Interface::Station
    }
}

fn step(side: &mut Side, call: Call<'_>, air: &mut Vec<Vec<u8>>, now: Instant) {
    let endpoint = &mut side.endpoint;
    match call {
        Call::Init => endpoint.init(),
        Call::Deinit => {
            endpoint.deinit();
            side.waiting.clear();
            side.accepted.clear();
        }
        Call::SetPmk(number) => {
            let _ = endpoint.set_pmk(key(number));
            side.accepted.clear();
        }
        Call::SetChannel(number) => endpoint.set_channel(channel(number)),
        Call::SetActive { access_point, active } => endpoint.set_active(interface(access_point), active),
        Call::Add(text) => {
            let before = endpoint.peer_count();
            let added = endpoint.add_peer(text.peer()).is_ok();
            assert_eq!(endpoint.peer_count().total, before.total + usize::from(added));
            assert!(!added || endpoint.peer(address(text.address)) == Some(&text.peer()));
        }
        Call::Modify(text) => {
            if endpoint.modify_peer(text.peer()).is_ok() {
                assert_eq!(endpoint.peer(address(text.address)), Some(&text.peer()));
                side.accepted.clear();
            }
        }
        Call::Remove(number) => {
            let there = endpoint.peer(address(number)).is_some();
            assert_eq!(endpoint.remove_peer(address(number)).is_ok(), there);
            assert!(endpoint.peer(address(number)).is_none());
            side.accepted.clear();
        }
        Call::Send { to, data, room } => {
            let mut buffer = vec![0; room.into()];
            if let Ok(outgoing) = endpoint.send(address(to), data, [1, 2, 3, 4], &mut buffer) {
                let frame = &buffer[..outgoing.length];
                let sealed = match Mpdu::parse(frame).expect("what an endpoint sends is ESP-NOW") {
                    Mpdu::Ack(_) => panic!("an endpoint sends no ACK"),
                    Mpdu::Plain(packet) => {
                        assert_eq!(packet.segments().collect::<Vec<_>>().concat(), data);
                        false
                    }
                    Mpdu::Sealed(_) => true,
                };
                let peer = endpoint.peer(address(to)).expect("one sends to peers");
                assert_eq!(peer.is_encrypted(), sealed, "what has a key is sealed");
                if air.len() < KEPT {
                    air.push(frame.to_vec());
                }
            }
        }
        Call::HandleSent(acknowledged) => {
            let _ = endpoint.handle_sent(acknowledged);
        }
        Call::Hear { frame, place, mask } => {
            if air.is_empty() {
                return;
            }
            let mut frame = air[usize::from(frame) % air.len()].clone();
            let place = usize::from(place) % frame.len();
            frame[place] ^= mask;
            hear(side, &frame, now, is_guarded(place) && mask != 0);
        }
        Call::HearAnything(octets) => hear(side, octets, now, false),
        Call::Receive(room) => {
            let mut buffer = vec![0; room.into()];
            let received = endpoint.receive(&mut buffer);
            let expected = side.waiting.pop_front();
            assert_eq!(received.is_some(), expected.is_some());
            if let (Some(received), Some((source, payload))) = (received, expected) {
                assert_eq!((received.source, received.length), (source, payload.len()));
                let copied = payload.len().min(buffer.len());
                assert_eq!(buffer[..copied], payload[..copied]);
            }
        }
    }
}

/// Whether CCMP authenticates this octet of a sealed frame: not the MAC's own fields, and the first octets decide what frame it is.
fn is_guarded(place: usize) -> bool {
    place >= 24 || (4..22).contains(&place)
}

fn hear(side: &mut Side, octets: &[u8], now: Instant, was_changed: bool) {
    let Ok(mpdu) = Mpdu::parse(octets) else { return };
    let endpoint = &mut side.endpoint;
    let before = (endpoint.unread(), endpoint.statistics().rx_packets);
    let result = endpoint.handle_frame(&mpdu, -40, now);
    let after = (endpoint.unread(), endpoint.statistics().rx_packets);
    let Ok(accepted) = result else {
        assert_eq!(before, after, "nothing is kept of what is refused");
        assert!(!matches!(result, Err(Rejection::Unencrypted)) || endpoint.config().unencrypted == Unencrypted::Drop);
        assert!(!matches!(result, Err(Rejection::Replayed)) || endpoint.config().replays == Replays::Refuse);
        return;
    };
    assert_eq!((before.0 + 1, before.1 + 1), after);
    let source = match mpdu {
        Mpdu::Ack(_) => panic!("an ACK is no message"),
        Mpdu::Plain(packet) => {
            let mut payload = packet.segments().collect::<Vec<_>>().concat();
            payload.truncate(accepted.length);
            side.waiting.push_back((packet.header().source, payload));
            return;
        }
        Mpdu::Sealed(sealed) => sealed.header().source,
    };
    assert!(!was_changed, "a changed frame is not authentic");
    let peer = endpoint.peer(source).expect("there is a key for the sender");
    assert!(peer.is_encrypted() && !accepted.unprotected);
    // The MAC's own fields do not make it another frame.
    let is_new = side.accepted.insert(octets[24..].to_vec());
    assert!(
        is_new || endpoint.config().replays == Replays::Deliver,
        "accepted twice"
    );
    // What it says is only known to the endpoint; a look at the queue would take it out.
    let mut payload = vec![0; accepted.length];
    let mut others = Vec::new();
    let mut rest = endpoint.unread();
    while rest > 1 {
        let mut buffer = [0; 1470];
        others.push(
            endpoint
                .receive(&mut buffer)
                .map(|received| buffer[..received.length].to_vec()),
        );
        rest -= 1;
    }
    let received = endpoint.receive(&mut payload).expect("it was accepted last");
    assert_eq!((received.source, received.length), (source, accepted.length));
    let expected: Vec<_> = side.waiting.drain(..).map(|(_, payload)| Some(payload)).collect();
    assert_eq!(others, expected);
}

fn check(side: &Side) {
    let endpoint = &side.endpoint;
    let count = endpoint.peer_count();
    assert!(count.total <= MAX_PEERS && count.encrypted <= endpoint.config().max_encrypted_peers);
    assert_eq!(endpoint.peers().count(), count.total);
    assert_eq!(
        endpoint.peers().filter(|peer| peer.is_encrypted()).count(),
        count.encrypted
    );
    assert_eq!(endpoint.unread(), side.waiting.len());
    assert!(endpoint.receive_room() <= endpoint.config().receive_buffer);
    let statistics = endpoint.statistics();
    assert!(statistics.tx_responses <= statistics.tx_packets && statistics.tx_failures <= statistics.tx_responses);
}
