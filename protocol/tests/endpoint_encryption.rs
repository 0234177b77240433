//! Keys of the raw service: who can read what, and which packet numbers are used and accepted.

mod pair;

use pair::{ALICE, BOB, EVE, Pair, accepted, emit, hand_over, lmk, packet_number, read, started};
use protocol::MacAddress;
use protocol::espnow::{Accepted, Config, Endpoint, Peer, Rejection, Replays, Statistics, Unencrypted};
use protocol::frame::{PacketNumber, Refusal};

const UNAUTHENTIC: Rejection = Rejection::Unauthentic(Refusal::Authentication);

/// Alice after a reset: she counts from 1 again.
fn reset_alice(key: u8) -> Endpoint {
    let mut alice = started(Config::new(ALICE));
    assert_eq!(alice.add_peer(Peer::new(BOB).with_key(lmk(key))), Ok(()));
    alice
}

fn number_of_next(alice: &mut Endpoint, destination: MacAddress) -> Option<u64> {
    let frame = emit(alice, destination, b"x");
    packet_number(&frame).map(PacketNumber::get)
}

#[test]
fn both_read_what_the_other_encrypts() {
    let mut pair = Pair::keyed();
    for endpoint in [&mut pair.alice, &mut pair.bob] {
        assert_eq!(endpoint.set_pmk(lmk(9)), Ok(()));
    }
    let question = b"over there?".repeat(100);
    pair.say(&question);
    pair.answer(b"over here!");
    for mpdu in [&pair.to_bob[0], &pair.to_alice[0]] {
        assert!(packet_number(mpdu).is_some());
        assert!(!mpdu.windows(4).any(|octets| octets == b"over"));
    }
    assert_eq!(pair.drive(), [accepted(1100), accepted(10)]);
    assert_eq!(read(&mut pair.bob).map(|(_, octets)| octets), Some(question));
    assert_eq!(
        read(&mut pair.alice).map(|(_, octets)| octets),
        Some(b"over here!".to_vec())
    );
}

#[test]
fn another_lmk_or_pmk_opens_nothing() {
    let mut wrong_lmk = Pair::keyed();
    assert_eq!(wrong_lmk.bob.modify_peer(Peer::new(ALICE).with_key(lmk(2))), Ok(()));
    let mut wrong_pmk = Pair::keyed();
    assert_eq!(wrong_pmk.bob.set_pmk(lmk(9)), Ok(()));
    for mut pair in [wrong_lmk, wrong_pmk] {
        assert_eq!(pair.tell(b"x"), Err(UNAUTHENTIC));
        let expected = Statistics {
            rx_unauthentic: 1,
            ..Statistics::default()
        };
        assert_eq!((pair.bob.statistics(), pair.bob.unread()), (&expected, 0));
    }
}

#[test]
fn without_a_key_nothing_is_opened() {
    let mut peer_without_key = Pair::keyed();
    assert_eq!(peer_without_key.bob.modify_peer(Peer::new(ALICE)), Ok(()));
    let mut no_peer = Pair::keyed();
    assert_eq!(no_peer.bob.remove_peer(ALICE), Ok(()));
    for mut pair in [peer_without_key, no_peer] {
        assert_eq!(pair.tell(b"x"), Err(Rejection::NoKey));
        let expected = Statistics {
            rx_no_key: 1,
            ..Statistics::default()
        };
        assert_eq!((pair.bob.statistics(), pair.bob.unread()), (&expected, 0));
    }
}

#[test]
fn plaintext_from_a_keyed_peer_is_dropped_where_that_is_configured() {
    let dropping = Config {
        unencrypted: Unencrypted::Drop,
        ..Config::new(BOB)
    };
    let mut pair = Pair::with_peers(Config::new(ALICE), dropping, |address| {
        Peer::new(address).with_key(lmk(1))
    });
    assert_eq!(pair.tell(b"sealed"), accepted(6));
    assert_eq!(pair.alice.modify_peer(Peer::new(BOB)), Ok(()));
    assert_eq!(pair.tell(b"plain"), Err(Rejection::Unencrypted));
    // To a group nobody has a key.
    assert_eq!(pair.alice.add_peer(Peer::new(MacAddress::BROADCAST)), Ok(()));
    let to_all = emit(&mut pair.alice, MacAddress::BROADCAST, b"to all");
    assert_eq!(hand_over(&mut pair.bob, &to_all), accepted(6));
    // Without a key for the sender there is nothing to protect.
    assert_eq!(pair.bob.modify_peer(Peer::new(ALICE)), Ok(()));
    assert_eq!(pair.tell(b"plain"), accepted(5));
    let expected = Statistics {
        rx_packets: 3,
        rx_unencrypted: 1,
        ..Statistics::default()
    };
    assert_eq!(pair.bob.statistics(), &expected);
}

#[test]
fn plaintext_from_a_keyed_peer_is_delivered_as_unprotected() {
    let mut pair = Pair::keyed();
    assert_eq!(pair.alice.modify_peer(Peer::new(BOB)), Ok(()));
    let (length, unprotected) = (5, true);
    assert_eq!(pair.tell(b"plain"), Ok(Accepted { length, unprotected }));
    assert_eq!(read(&mut pair.bob).map(|(_, octets)| octets), Some(b"plain".to_vec()));
}

#[test]
fn broadcast_from_a_keyed_peer_is_as_protected_as_it_can_be() {
    let mut pair = Pair::keyed();
    assert_eq!(pair.alice.add_peer(Peer::new(MacAddress::BROADCAST)), Ok(()));
    let frame = emit(&mut pair.alice, MacAddress::BROADCAST, b"all");
    assert_eq!(packet_number(&frame), None);
    assert_eq!(hand_over(&mut pair.bob, &frame), accepted(3));
}

#[test]
fn packet_numbers_rise_whatever_becomes_of_the_key() {
    let mut alice = reset_alice(1);
    let keyed = |number| Peer::new(BOB).with_key(lmk(number));
    assert_eq!(number_of_next(&mut alice, BOB), Some(1));
    // Two peers that share a key share its packet numbers: under one key, each encrypts one frame.
    assert_eq!(alice.add_peer(Peer::new(EVE).with_key(lmk(1))), Ok(()));
    assert_eq!(number_of_next(&mut alice, EVE), Some(2));
    // Removed and added.
    assert_eq!(alice.remove_peer(BOB), Ok(()));
    assert_eq!(alice.add_peer(keyed(1)), Ok(()));
    assert_eq!(number_of_next(&mut alice, BOB), Some(3));
    // Another key and back.
    assert_eq!(alice.modify_peer(keyed(2)), Ok(()));
    assert_eq!(alice.modify_peer(keyed(1)), Ok(()));
    assert_eq!(number_of_next(&mut alice, BOB), Some(4));
    // Stopped and started.
    alice.deinit();
    alice.init();
    assert_eq!(alice.add_peer(keyed(1)), Ok(()));
    assert_eq!(number_of_next(&mut alice, BOB), Some(5));
}

#[test]
fn replays_are_refused_and_counted() {
    let mut pair = Pair::keyed();
    let first = emit(&mut pair.alice, BOB, b"1");
    let second = emit(&mut pair.alice, BOB, b"2");
    assert_eq!(hand_over(&mut pair.bob, &second), accepted(1));
    for frame in [&first, &second] {
        assert_eq!(hand_over(&mut pair.bob, frame), Err(Rejection::Replayed));
    }
    let expected = Statistics {
        rx_packets: 1,
        rx_replayed: 2,
        ..Statistics::default()
    };
    assert_eq!(pair.bob.statistics(), &expected);
}

#[test]
fn chips_deliver_replays_and_so_can_this() {
    let bob = Config {
        replays: Replays::Deliver,
        ..Config::new(BOB)
    };
    let mut pair = Pair::with_peers(Config::new(ALICE), bob, |address| Peer::new(address).with_key(lmk(1)));
    let frame = emit(&mut pair.alice, BOB, b"x");
    for _ in 0..2 {
        assert_eq!(hand_over(&mut pair.bob, &frame), accepted(1));
    }
    assert_eq!(pair.bob.unread(), 2);
}

#[test]
fn under_the_same_key_replays_stay_refused() {
    let mut pair = Pair::keyed();
    let frame = emit(&mut pair.alice, BOB, b"x");
    assert_eq!(hand_over(&mut pair.bob, &frame), accepted(1));

    let same_key = Peer::new(ALICE).with_key(lmk(1));
    assert!(pair.bob.add_peer(same_key.clone()).is_err());
    assert_eq!(hand_over(&mut pair.bob, &frame), Err(Rejection::Replayed));
    let elsewhere = same_key.on_channel(pair.bob.channel());
    assert_eq!(pair.bob.modify_peer(elsewhere), Ok(()));
    assert_eq!(hand_over(&mut pair.bob, &frame), Err(Rejection::Replayed));
    assert_eq!(pair.bob.set_pmk(lmk(0)), Ok(()));
    assert_eq!(hand_over(&mut pair.bob, &frame), Err(Rejection::Replayed));
    assert_eq!(pair.tell(b"x"), accepted(1));
}

#[test]
fn a_reset_peer_is_heard_again_under_another_key_or_as_a_new_peer() {
    let mut pair = Pair::keyed();
    assert_eq!(pair.tell(b"x"), accepted(1));
    assert_eq!(pair.tell(b"x"), accepted(1));

    pair.alice = reset_alice(1);
    assert_eq!(pair.tell(b"x"), Err(Rejection::Replayed));

    pair.alice = reset_alice(2);
    assert_eq!(pair.tell(b"x"), Err(UNAUTHENTIC));
    assert_eq!(pair.bob.modify_peer(Peer::new(ALICE).with_key(lmk(2))), Ok(()));
    pair.alice = reset_alice(2);
    assert_eq!(pair.tell(b"x"), accepted(1));

    pair.alice = reset_alice(2);
    assert_eq!(pair.alice.set_pmk(lmk(9)), Ok(()));
    assert_eq!(pair.bob.set_pmk(lmk(9)), Ok(()));
    assert_eq!(pair.tell(b"x"), accepted(1));

    pair.alice = reset_alice(2);
    assert_eq!(pair.alice.set_pmk(lmk(9)), Ok(()));
    assert_eq!(pair.bob.remove_peer(ALICE), Ok(()));
    assert_eq!(pair.bob.add_peer(Peer::new(ALICE).with_key(lmk(2))), Ok(()));
    assert_eq!(pair.tell(b"x"), accepted(1));
}

#[test]
fn a_frame_lost_to_a_full_queue_is_not_accepted_later() {
    let mut pair = Pair::keyed();
    pair.bob = started(Config {
        receive_buffer: 15,
        ..Config::new(BOB)
    });
    assert_eq!(pair.bob.add_peer(Peer::new(ALICE).with_key(lmk(1))), Ok(()));
    assert_eq!(pair.tell(b"1"), accepted(1));
    let second = emit(&mut pair.alice, BOB, b"2");
    assert_eq!(hand_over(&mut pair.bob, &second), Err(Rejection::QueueFull));
    assert!(read(&mut pair.bob).is_some());
    // The MAC has acknowledged it, so the sender won't repeat it: whoever does is not the sender.
    assert_eq!(hand_over(&mut pair.bob, &second), Err(Rejection::Replayed));
}
