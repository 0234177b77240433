//! What holds for every sequence of calls and frames.

mod model;
mod pair;

use std::collections::BTreeSet;

use model::{Model, calls};
use pair::{ALICE, BOB, EVE, NOW, PLACEHOLDER, Pair, RSSI_DBM, emit, hand_over, lmk, packet_number, read, started};
use proptest::prelude::*;
use proptest::sample::Index;
use protocol::MacAddress;
use protocol::espnow::{Config, Endpoint, Key, Peer, Rejection, Statistics, Version};
use protocol::frame::{ActionFrame, Header, Mpdu, PacketNumber, Payload, Refusal, TemporalKey};

/// What an attacker, or the air, does with the frames that Alice sealed for Bob.
#[derive(Clone, Debug)]
enum Deed {
    Deliver(Index),
    /// One bit of one octet flips.
    Damage(Index, Index, u8),
    /// A frame of the attacker's own, under another key.
    Forge(u64),
}

fn deeds() -> impl Strategy<Value = Deed> {
    prop_oneof![
        3 => any::<Index>().prop_map(Deed::Deliver),
        1 => (any::<Index>(), any::<Index>(), 0..8_u8).prop_map(|(frame, octet, bit)| Deed::Damage(frame, octet, bit)),
        1 => (1..1_u64 << 48).prop_map(Deed::Forge),
    ]
}

/// Everything that CCMP protects in an MPDU: all but frame control, duration and sequence control.
fn protected_octet(mpdu: &[u8], index: Index) -> usize {
    let protected: Vec<usize> = (4..22).chain(24..mpdu.len()).collect();
    protected[index.index(protected.len())]
}

fn seal(header: Header, key: &Key, number: u64, data: &[u8]) -> Vec<u8> {
    let frame = ActionFrame {
        header,
        random: [0; 4],
        payload: Payload::new(Version::V2, data).expect("short"),
    };
    let mut mpdu = vec![0; frame.sealed_len()];
    let key = TemporalKey::derive(&Key::new([0; 16]), key);
    let number = PacketNumber::new(number).expect("48 bits");
    assert!(frame.emit_sealed(&key, number, &mut mpdu).is_ok());
    mpdu
}

/// Frames with all sorts of addresses and endings, plain and sealed, with a few octets changed.
fn almost_frames() -> impl Strategy<Value = Vec<u8>> {
    let addresses = || prop::sample::select(vec![ALICE, BOB, EVE, MacAddress::BROADCAST, PLACEHOLDER]);
    let destinations = prop_oneof![3 => Just(BOB), 2 => addresses()];
    let keys = prop::option::of(1..3_u8);
    let data = prop::collection::vec(any::<u8>(), 0..300);
    let changes = prop::collection::vec((any::<Index>(), any::<u8>()), 0..3);
    (destinations, addresses(), keys, 0..4_u64, data, changes).prop_map(
        |(destination, source, key, number, data, changes)| {
            let header = Header::new(destination, source);
            let mut mpdu = match key.filter(|_| !destination.is_group()) {
                Some(key) => seal(header, &lmk(key), number, &data),
                None => {
                    let frame = ActionFrame {
                        header,
                        random: [0; 4],
                        payload: Payload::new(Version::V2, &data).expect("short"),
                    };
                    let mut mpdu = vec![0; frame.buffer_len()];
                    assert!(frame.emit(&mut mpdu).is_ok());
                    mpdu
                }
            };
            for (index, octet) in changes {
                let at = index.index(mpdu.len());
                mpdu[at] = octet;
            }
            mpdu
        },
    )
}

fn octets() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![4 => almost_frames(), 1 => prop::collection::vec(any::<u8>(), 0..80)]
}

/// Every frame that is taken in is in exactly one of these.
fn frames_counted(statistics: &Statistics) -> u64 {
    let Statistics {
        tx_packets: _,
        tx_responses: _,
        tx_failures: _,
        rx_packets,
        rx_dropped,
        rx_truncated: _,
        rx_foreign,
        rx_too_long,
        rx_no_key,
        rx_unauthentic,
        rx_replayed,
        rx_unencrypted,
    } = statistics;
    rx_packets + rx_dropped + rx_foreign + rx_too_long + rx_no_key + rx_unauthentic + rx_replayed + rx_unencrypted
}

fn keyed_bob(version: Version) -> Endpoint {
    let mut bob = started(Config {
        version,
        ..Config::new(BOB)
    });
    assert_eq!(bob.add_peer(Peer::new(ALICE).with_key(lmk(1))), Ok(()));
    bob
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_sealed_frame_is_accepted_once_and_only_forwards(
        sealed in 1..10_usize,
        deeds in prop::collection::vec(deeds(), 1..40),
    ) {
        let mut pair = Pair::keyed();
        let frames: Vec<_> = (0..sealed).map(|n| emit(&mut pair.alice, BOB, &[n as u8; 30])).collect();
        let mut last = 0;
        for deed in deeds {
            match deed {
                Deed::Deliver(index) => {
                    let index = index.index(sealed);
                    let number = packet_number(&frames[index]).expect("sealed").get();
                    let result = hand_over(&mut pair.bob, &frames[index]);
                    if number > last {
                        prop_assert!(result.is_ok(), "{number} after {last}: {result:?}");
                        last = number;
                        let message = read(&mut pair.bob).map(|(_, octets)| octets);
                        prop_assert_eq!(message, Some(vec![index as u8; 30]));
                    } else {
                        prop_assert_eq!(result, Err(Rejection::Replayed));
                    }
                }
                Deed::Damage(index, octet, bit) => {
                    let mut mpdu = frames[index.index(sealed)].clone();
                    let at = protected_octet(&mpdu, octet);
                    mpdu[at] ^= 1 << bit;
                    if let Ok(mpdu) = Mpdu::parse(&mpdu) {
                        let result = pair.bob.handle_frame(&mpdu, RSSI_DBM, NOW);
                        prop_assert!(result.is_err(), "octet {at}: {result:?}");
                    }
                }
                Deed::Forge(number) => {
                    let forged = seal(Header::new(BOB, ALICE), &lmk(2), number, b"forged");
                    let expected = Err(Rejection::Unauthentic(Refusal::Authentication));
                    prop_assert_eq!(hand_over(&mut pair.bob, &forged), expected);
                }
            }
            prop_assert_eq!(read(&mut pair.bob), None);
        }
        // Whatever was done, the window is where the last accepted frame left it.
        prop_assert!(pair.tell(b"next").is_ok());
    }

    #[test]
    fn no_packet_number_is_used_twice(steps in prop::collection::vec((0..5_u8, 1..4_u8), 1..40)) {
        let mut alice = started(Config::new(ALICE));
        let mut used = BTreeSet::new();
        for (step, key) in steps {
            let peer = Peer::new(BOB).with_key(lmk(key));
            // Some of these are refused, which is as good as any.
            let _ = match step {
                0 => alice.add_peer(peer),
                1 => alice.modify_peer(peer),
                2 => alice.remove_peer(BOB),
                3 => alice.set_pmk(lmk(key)),
                _ => {
                    alice.deinit();
                    alice.init();
                    alice.add_peer(peer)
                }
            };
            if alice.peer(BOB).is_some() {
                let number = packet_number(&emit(&mut alice, BOB, b"x"));
                alice.handle_sent(true);
                prop_assert!(used.insert(number.expect("sealed")), "{number:?} twice");
            }
        }
    }

    #[test]
    fn an_overrun_loses_the_new_messages_only(
        lengths in prop::collection::vec(1..400_usize, 1..20),
        room in 0..1500_usize,
    ) {
        let mut pair = Pair::new();
        pair.bob = started(Config { receive_buffer: room, ..Config::new(BOB) });
        let mut kept = Vec::new();
        let mut used = 0;
        for (n, &length) in lengths.iter().enumerate() {
            let data = vec![n as u8; length];
            let result = pair.tell(&data);
            if used + 14 + length <= room {
                used += 14 + length;
                kept.push(data);
                prop_assert!(result.is_ok());
            } else {
                prop_assert_eq!(result, Err(Rejection::QueueFull));
            }
        }
        prop_assert_eq!(pair.bob.statistics().rx_dropped, (lengths.len() - kept.len()) as u64);
        for data in kept {
            prop_assert_eq!(read(&mut pair.bob).map(|(_, octets)| octets), Some(data));
        }
        prop_assert_eq!(read(&mut pair.bob), None);
        if room > 14 {
            prop_assert!(pair.tell(&vec![0; (room - 14).min(1470)]).is_ok());
        }
    }

    #[test]
    fn calls_do_what_the_model_does(calls in calls()) {
        let mut model = Model::new();
        let mut endpoint = Endpoint::new(model.config());
        for call in calls {
            model.check(&mut endpoint, &call)?;
        }
    }

    #[test]
    fn nobody_gets_anothers_frames(
        frames in prop::collection::vec(octets(), 1..20),
        version in prop::sample::select(vec![Version::V1, Version::V2]),
    ) {
        let mut bob = keyed_bob(version);
        let mut handled = 0;
        for octets in frames {
            let Ok(mpdu) = Mpdu::parse(&octets) else { continue };
            let result = bob.handle_frame(&mpdu, RSSI_DBM, NOW);
            handled += 1;
            let message = read(&mut bob);
            let delivered = message.as_ref().map(|(_, data)| data.len());
            prop_assert_eq!(delivered, result.ok().map(|accepted| accepted.length));
            if let Some((received, _)) = message {
                let MacAddress(destination) = received.destination;
                prop_assert_eq!(&octets[4..10], &destination);
                prop_assert!(received.destination == BOB || received.destination.is_group());
                prop_assert!(!received.source.is_group());
                prop_assert!(received.length <= version.max_payload());
            }
            prop_assert_eq!(frames_counted(bob.statistics()), handled);
        }
    }
}
