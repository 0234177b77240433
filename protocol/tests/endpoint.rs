//! The raw service, situation by situation: every documented error, and who gets what.

mod pair;

use pair::{ALICE, BOB, EVE, NOW, PLACEHOLDER, Pair, RSSI_DBM, accepted, emit, hand_over, lmk, other, read, started};
use pair::{packet_number, try_emit};
use protocol::espnow::{
    Config, Delivery, Endpoint, Error, Interface, LongFrames, Peer, PeerCount, Received, Rejection, Statistics, Version,
};
use protocol::frame::{Ack, ActionFrame, Header, Mpdu, PacketNumber, Payload};
use protocol::{Channel, MacAddress, Rate};

#[track_caller]
fn assert_error<T: std::fmt::Debug>(result: Result<T, Error>, expected: Error, code: u32) {
    let error = result.expect_err("refused");
    assert_eq!((error, error.code()), (expected, code));
}

fn config_of(version: Version, long_frames: LongFrames) -> Config {
    Config {
        version,
        long_frames,
        ..Config::new(BOB)
    }
}

fn access_point_of(MacAddress([a, b, c, d, e, f]): MacAddress) -> MacAddress {
    MacAddress([a, b, c, d, e, f + 1])
}

#[test]
fn not_init_before_the_start_and_after_the_end() {
    let mut endpoint = Endpoint::new(Config::new(BOB));
    for _ in 0..2 {
        assert_error(endpoint.set_pmk(lmk(9)), Error::NotInit, 0x3065);
        assert_error(endpoint.add_peer(Peer::new(ALICE)), Error::NotInit, 0x3065);
        assert_error(endpoint.modify_peer(Peer::new(ALICE)), Error::NotInit, 0x3065);
        assert_error(endpoint.remove_peer(ALICE), Error::NotInit, 0x3065);
        assert_error(try_emit(&mut endpoint, ALICE, b"x"), Error::NotInit, 0x3065);
        let frame = emit(&mut Pair::new().alice, BOB, b"x");
        assert_eq!(hand_over(&mut endpoint, &frame), Err(Rejection::NotInit));
        assert_eq!(endpoint.statistics(), &Statistics::default());
        endpoint.init();
        endpoint.deinit();
    }
}

#[test]
fn deinit_drops_peers_keys_and_messages_but_not_what_the_mac_has() {
    let mut pair = Pair::new();
    let one_in_flight = Config {
        transmit_queue: 1,
        ..Config::new(BOB)
    };
    pair.bob = started(one_in_flight);
    assert_eq!(pair.bob.add_peer(Peer::new(ALICE)), Ok(()));
    assert_eq!(pair.tell(b"unread"), accepted(6));
    pair.answer(b"in flight");

    pair.bob.deinit();
    pair.bob.init();
    assert_eq!((pair.bob.peers().count(), pair.bob.unread()), (0, 0));
    assert_eq!(read(&mut pair.bob), None);
    assert_eq!(pair.bob.add_peer(Peer::new(ALICE)), Ok(()));
    assert_error(try_emit(&mut pair.bob, ALICE, b"x"), Error::NoMem, 0x3067);
    assert_eq!(pair.drive(), [accepted(9)]);
    assert!(try_emit(&mut pair.bob, ALICE, b"x").is_ok());
}

#[test]
fn arg_for_data_that_is_empty_or_too_long_and_for_a_short_buffer() {
    for version in [Version::V1, Version::V2] {
        let mut bob = started(config_of(version, LongFrames::Drop));
        assert_eq!(bob.add_peer(Peer::new(ALICE).with_key(lmk(1))), Ok(()));
        let data = [7; 1471];
        let most = version.max_payload();
        assert_error(try_emit(&mut bob, ALICE, &[]), Error::Arg, 0x3066);
        assert_error(try_emit(&mut bob, ALICE, &data[..most + 1]), Error::Arg, 0x3066);
        assert_error(
            bob.send(ALICE, &data[..most], [0; 4], &mut [0; 100]),
            Error::Arg,
            0x3066,
        );
        assert_eq!(bob.statistics().tx_packets, 0);
        // What was refused took no packet number.
        let frame = emit(&mut bob, ALICE, &data[..most]);
        assert_eq!(packet_number(&frame).map(PacketNumber::get), Some(1));
    }
}

#[test]
fn arg_for_a_group_with_a_key() {
    let mut bob = started(Config::new(BOB));
    for group in [MacAddress::BROADCAST, PLACEHOLDER] {
        assert_error(bob.add_peer(Peer::new(group).with_key(lmk(1))), Error::Arg, 0x3066);
        assert_eq!(bob.add_peer(Peer::new(group)), Ok(()));
        assert_error(bob.modify_peer(Peer::new(group).with_key(lmk(1))), Error::Arg, 0x3066);
        assert_eq!(bob.peer(group), Some(&Peer::new(group)));
    }
}

#[test]
fn no_mem_while_32_frames_wait() {
    let mut pair = Pair::new();
    for _ in 0..32 {
        pair.say(b"x");
    }
    for _ in 0..3 {
        assert_error(try_emit(&mut pair.alice, BOB, b"x"), Error::NoMem, 0x3067);
        assert_eq!(pair.alice.handle_sent(false), Delivery::Unacknowledged);
        assert!(try_emit(&mut pair.alice, BOB, b"x").is_ok());
    }
    let statistics = pair.alice.statistics();
    let counts = [statistics.tx_packets, statistics.tx_responses, statistics.tx_failures];
    assert_eq!(counts, [35, 3, 3]);
}

#[test]
fn a_report_without_a_frame_is_not_counted() {
    let mut pair = Pair::new();
    assert_eq!(pair.alice.handle_sent(true), Delivery::Acknowledged);
    assert_eq!(pair.alice.handle_sent(false), Delivery::Unacknowledged);
    assert_eq!(pair.alice.statistics(), &Statistics::default());
}

#[test]
fn full_at_20_peers() {
    let mut bob = started(Config::new(BOB));
    for number in 0..20 {
        assert_eq!(bob.add_peer(Peer::new(other(number))), Ok(()));
    }
    assert_error(bob.add_peer(Peer::new(ALICE)), Error::Full, 0x3068);
    assert_eq!(bob.remove_peer(other(3)), Ok(()));
    assert_eq!(bob.add_peer(Peer::new(ALICE)), Ok(()));
    let mut expected: Vec<_> = (0..20).filter(|&number| number != 3).map(other).collect();
    expected.push(ALICE);
    assert_eq!(bob.peers().map(|peer| peer.address).collect::<Vec<_>>(), expected);
}

#[test]
fn full_at_the_configured_number_of_keys() {
    for (max_encrypted_peers, most) in [(0, 0), (2, 2), (7, 7), (17, 17), (18, 17), (usize::MAX, 17)] {
        let mut bob = started(Config {
            max_encrypted_peers,
            ..Config::new(BOB)
        });
        for number in 0..most {
            assert_eq!(bob.add_peer(Peer::new(other(number)).with_key(lmk(1))), Ok(()));
        }
        assert_error(bob.add_peer(Peer::new(ALICE).with_key(lmk(1))), Error::Full, 0x3068);
        assert_eq!(bob.add_peer(Peer::new(ALICE)), Ok(()));
        assert_error(bob.modify_peer(Peer::new(ALICE).with_key(lmk(1))), Error::Full, 0x3068);
        let encrypted = usize::from(most);
        let total = encrypted + 1;
        assert_eq!(bob.peer_count(), PeerCount { total, encrypted });
        if most > 0 {
            // One key for another takes no more room, and one that goes makes some.
            assert_eq!(bob.modify_peer(Peer::new(other(0)).with_key(lmk(2))), Ok(()));
            assert_eq!(bob.modify_peer(Peer::new(other(0))), Ok(()));
            assert_eq!(bob.modify_peer(Peer::new(ALICE).with_key(lmk(1))), Ok(()));
        }
    }
    assert_eq!(Config::new(BOB).max_encrypted_peers, 7);
}

#[test]
fn not_found_without_a_peer_broadcast_included() {
    let mut bob = started(Config::new(BOB));
    for address in [ALICE, MacAddress::BROADCAST] {
        assert_error(try_emit(&mut bob, address, b"x"), Error::NotFound, 0x3069);
        assert_error(bob.modify_peer(Peer::new(address)), Error::NotFound, 0x3069);
        assert_error(bob.remove_peer(address), Error::NotFound, 0x3069);
        assert_eq!(bob.peer(address), None);
    }
}

#[test]
fn exist_for_a_peer_twice() {
    let mut bob = Pair::new().bob;
    assert_error(bob.add_peer(Peer::new(ALICE).with_key(lmk(1))), Error::Exist, 0x306b);
    assert_eq!(bob.peer(ALICE), Some(&Peer::new(ALICE)));
}

#[test]
fn if_for_an_interface_that_is_not_active() {
    let mut pair = Pair::new();
    let through_access_point = Peer {
        interface: Interface::AccessPoint,
        ..Peer::new(BOB)
    };
    assert_eq!(pair.alice.modify_peer(through_access_point), Ok(()));
    assert_error(try_emit(&mut pair.alice, BOB, b"x"), Error::If, 0x306c);

    pair.alice.set_active(Interface::AccessPoint, true);
    pair.alice.set_active(Interface::Station, false);
    assert_eq!(pair.tell(b"x"), accepted(1));
    let source = read(&mut pair.bob).map(|(received, _)| received.source);
    assert_eq!(source, Some(access_point_of(ALICE)));

    assert_eq!(pair.alice.modify_peer(Peer::new(BOB)), Ok(()));
    assert_error(try_emit(&mut pair.alice, BOB, b"x"), Error::If, 0x306c);
}

#[test]
fn chan_for_a_peer_on_another_channel() {
    let mut pair = Pair::new();
    let six = Channel::new(6).expect("1 to 14");
    assert_eq!(pair.alice.modify_peer(Peer::new(BOB).on_channel(six)), Ok(()));
    assert_error(try_emit(&mut pair.alice, BOB, b"x"), Error::Chan, 0x306d);
    pair.alice.set_channel(six);
    assert_eq!(pair.tell(b"x"), accepted(1));
}

#[test]
fn frames_go_at_the_peers_rate_or_the_interfaces() {
    let mut alice = Pair::new().alice;
    let mut buffer = [0; ActionFrame::MAX_LEN];
    let mut rate = |alice: &mut Endpoint| alice.send(BOB, b"x", [0; 4], &mut buffer).map(|outgoing| outgoing.rate);
    assert_eq!(rate(&mut alice), Ok(Rate::Dsss1M));
    assert_eq!(alice.modify_peer(Peer::new(BOB).at_rate(Rate::LongRange250K)), Ok(()));
    assert_eq!(rate(&mut alice), Ok(Rate::LongRange250K));
}

#[test]
fn a_v1_device_takes_short_v2_frames_and_drops_long_ones() {
    let mut pair = Pair::new();
    pair.bob = started(config_of(Version::V1, LongFrames::Drop));
    assert_eq!(pair.tell(&[7; 250]), accepted(250));
    assert_eq!(pair.tell(&[7; 251]), Err(Rejection::TooLong));
    let expected = Statistics {
        rx_packets: 1,
        rx_too_long: 1,
        ..Statistics::default()
    };
    assert_eq!(pair.bob.statistics(), &expected);
    assert_eq!(pair.bob.unread(), 1);
}

#[test]
fn a_v1_device_may_keep_the_first_element_of_long_frames() {
    let mut pair = Pair::new();
    pair.bob = started(config_of(Version::V1, LongFrames::Truncate));
    let data: Vec<u8> = (0..=250).collect();
    assert_eq!(pair.tell(&data[..250]), accepted(250));
    assert_eq!(pair.tell(&data), accepted(250));
    for _ in 0..2 {
        let (received, message) = read(&mut pair.bob).expect("a message waits");
        assert_eq!((received.length, &message[..]), (250, &data[..250]));
    }
    let expected = Statistics {
        rx_packets: 2,
        rx_truncated: 1,
        ..Statistics::default()
    };
    assert_eq!(pair.bob.statistics(), &expected);
}

#[test]
fn everybody_takes_group_frames_and_nobody_anothers() {
    let mut pair = Pair::new();
    assert_eq!(pair.alice.add_peer(Peer::new(EVE)), Ok(()));
    let foreign = emit(&mut pair.alice, EVE, b"x");
    assert_eq!(hand_over(&mut pair.bob, &foreign), Err(Rejection::Foreign));
    for group in [MacAddress::BROADCAST, PLACEHOLDER] {
        assert_eq!(pair.alice.add_peer(Peer::new(group)), Ok(()));
        let frame = emit(&mut pair.alice, group, b"all");
        assert_eq!(hand_over(&mut pair.bob, &frame), accepted(3));
        let (received, message) = read(&mut pair.bob).expect("a message waits");
        let expected = Received {
            source: ALICE,
            destination: group,
            length: 3,
            rssi_dbm: RSSI_DBM,
            at: NOW,
        };
        assert_eq!((received, &message[..]), (expected, &b"all"[..]));
        // A device whose interfaces are all stopped hears nothing.
        pair.bob.set_active(Interface::Station, false);
        assert_eq!(hand_over(&mut pair.bob, &frame), Err(Rejection::Foreign));
        pair.bob.set_active(Interface::Station, true);
    }
    assert_eq!(pair.bob.statistics().rx_foreign, 3);
}

#[test]
fn frames_to_the_access_point_are_taken_while_it_is_active() {
    let mut pair = Pair::new();
    let access_point = access_point_of(BOB);
    assert_eq!(pair.alice.add_peer(Peer::new(access_point)), Ok(()));
    let frame = emit(&mut pair.alice, access_point, b"x");
    assert_eq!(hand_over(&mut pair.bob, &frame), Err(Rejection::Foreign));
    pair.bob.set_active(Interface::AccessPoint, true);
    assert_eq!(hand_over(&mut pair.bob, &frame), accepted(1));
}

#[test]
fn no_message_comes_from_a_group_or_an_ack() {
    let mut bob = started(Config::new(BOB));
    let frame = ActionFrame {
        header: Header::new(BOB, PLACEHOLDER),
        random: [0; 4],
        payload: Payload::new(Version::V1, b"x").expect("one octet"),
    };
    let mut mpdu = vec![0; frame.buffer_len()];
    assert!(frame.emit(&mut mpdu).is_ok());
    assert_eq!(hand_over(&mut bob, &mpdu), Err(Rejection::Foreign));
    let ack = Mpdu::Ack(Ack { receiver: BOB });
    assert_eq!(bob.handle_frame(&ack, RSSI_DBM, NOW), Err(Rejection::Foreign));
    assert_eq!((bob.unread(), bob.statistics().rx_foreign), (0, 2));
}

#[test]
fn a_full_queue_drops_the_new_and_keeps_the_old() {
    let mut pair = Pair::new();
    // Three messages of 86 octets, each with 14 around it, and no more.
    pair.bob = started(Config {
        receive_buffer: 300,
        ..Config::new(BOB)
    });
    let message = |number: u8| [number; 86];
    for number in 0..3 {
        assert_eq!(pair.tell(&message(number)), accepted(86));
    }
    assert_eq!(pair.tell(b"x"), Err(Rejection::QueueFull));
    assert_eq!((pair.bob.unread(), pair.bob.statistics().rx_dropped), (3, 1));
    // Read as far as the caller's buffer goes, the first is gone and leaves room for exactly one.
    let mut start = [9; 2];
    let length = pair.bob.receive(&mut start).map(|received| received.length);
    assert_eq!((length, start), (Some(86), [0; 2]));
    assert_eq!(pair.tell(&message(3)), accepted(86));
    assert_eq!(pair.tell(b"x"), Err(Rejection::QueueFull));
    for number in 1..4 {
        assert_eq!(
            read(&mut pair.bob).map(|(_, octets)| octets),
            Some(message(number).to_vec())
        );
    }
    assert_eq!(read(&mut pair.bob), None);
    assert_eq!(
        (pair.bob.statistics().rx_packets, pair.bob.statistics().rx_dropped),
        (4, 2)
    );
}
