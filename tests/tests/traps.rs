//! The traps of ESP-NOW: what happens in each is what real boards do, and the user is told once.

use protocol::board::{Board as _, Button as _, Clock as _, Parts, Radio as _};
use protocol::espnow::{Delivery, Error, Key, Peer, Unencrypted};
use protocol::time::Duration;
use protocol::{Channel, MacAddress};
use rand_core::Rng as _;
use sim::board::{Profile, VirtualBoard};
use sim::kernel::Time;
use sim::lab::{Intervention, Lab};
use sim::observe::Ending;
use sim::record::Report;
use tests::run;

const A: MacAddress = MacAddress([0x34, 0x85, 0x18, 0, 0, 1]);
const B: MacAddress = MacAddress([0x34, 0x85, 0x18, 0, 0, 2]);
const KEY: Key = Key::new(*b"0123456789abcdef");
const OTHER_KEY: Key = Key::new(*b"fedcba9876543210");

/// Two boards for a second of virtual time.
fn desk(
    a: impl AsyncFn(VirtualBoard) -> Ending + 'static,
    b: impl AsyncFn(VirtualBoard) -> Ending + 'static,
) -> Report {
    let builder = Lab::builder("desk", 1)
        .until(Time::from_micros(1_000_000))
        .board("a", Profile::ESP32_S3, A, a)
        .board("b", Profile::ESP32_S3, B, b);
    run(builder).1
}

/// Sends `count` messages to `peer`, one a ms, and prints how each went.
async fn send(mut board: VirtualBoard, peer: Peer, count: usize) -> Ending {
    let Parts {
        radio, clock, console, ..
    } = board.parts();
    let address = peer.address;
    radio.add_peer(peer).expect("a new peer");
    for _ in 0..count {
        let delivery = radio.send(address, b"hello").await.expect("a legal payload");
        protocol::board::Console::line(console, format_args!("{}", delivery == Delivery::Acknowledged));
        clock.sleep(Duration::from_millis(1)).await;
    }
    Ending::Finished
}

/// Adds `peers` and prints what comes.
async fn listen(mut board: VirtualBoard, peers: Vec<Peer>) -> Ending {
    let Parts { radio, console, .. } = board.parts();
    for peer in peers {
        radio.add_peer(peer).expect("a new peer");
    }
    let mut buffer = [0; 250];
    loop {
        let received = radio.receive(&mut buffer).await;
        protocol::board::Console::line(console, format_args!("{} octets", received.length));
    }
}

fn traps(report: &Report) -> Vec<(&str, &str)> {
    report
        .advice
        .iter()
        .map(|advice| (advice.board.as_str(), advice.trap))
        .collect()
}

#[test]
fn a_group_address_as_a_boards_address() {
    let peer = Peer::new(MacAddress([0xbb; 6]));
    let report = desk(move |board| send(board, peer.clone(), 5), |board| listen(board, vec![]));
    assert_eq!(traps(&report), [("a", "group-address")]);
    assert!(
        report.boards[0].console.iter().all(|line| line == "true"),
        "success, whatever happens"
    );
    assert_eq!(report.boards[1].console.len(), 5);
    // Broadcast is meant as such.
    let peer = Peer::new(MacAddress::BROADCAST);
    let report = desk(move |board| send(board, peer.clone(), 5), |board| listen(board, vec![]));
    assert!(traps(&report).is_empty());
}

#[test]
fn an_overrun_of_the_receive_queue() {
    // 2968 octets of queue and 19 octets a message: 156 fit.
    let report = desk(
        |board| send(board, Peer::new(B), 200),
        async |mut board| {
            board.parts().button.pressed().await;
            Ending::Finished
        },
    );
    assert_eq!(traps(&report), [("b", "queue-overrun")]);
    assert_eq!((report.boards[1].rx.frames, report.boards[1].rx.dropped), (156, 44));
    assert!(
        report.boards[0].console.iter().all(|line| line == "true"),
        "the MAC acknowledged all of them"
    );
}

#[test]
fn boards_on_different_channels() {
    let report = desk(
        |board| send(board, Peer::new(B), 3),
        async |mut board| {
            board
                .parts()
                .radio
                .set_channel(Channel::new(6).expect("a channel"))
                .expect("an idle radio");
            listen(board, vec![]).await
        },
    );
    assert_eq!(traps(&report), [("a", "channel-mismatch")]);
    assert!(report.advice[0].text.contains("channel 1") && report.advice[0].text.contains("channel 6"));
    assert_eq!(report.boards[0].tx.failed, 3);
    assert!(report.boards[1].console.is_empty());
}

#[test]
fn a_peer_bound_to_another_channel_is_refused() {
    let report = desk(
        async |mut board| {
            let radio = board.parts().radio;
            radio
                .add_peer(Peer::new(B).on_channel(Channel::new(6).expect("a channel")))
                .expect("a new peer");
            assert_eq!(radio.send(B, b"hello").await, Err(Error::Chan));
            Ending::Finished
        },
        |board| listen(board, vec![]),
    );
    assert_eq!(report.boards[0].program, "finished");
}

#[test]
fn a_plain_frame_where_a_key_is_set() {
    let report = desk(
        |board| send(board, Peer::new(B), 3),
        |board| listen(board, vec![Peer::new(A).with_key(KEY)]),
    );
    assert_eq!(traps(&report), [("b", "unencrypted-frame")]);
    assert_eq!(report.boards[1].console.len(), 3, "chips deliver it all the same");
    // Where a profile says that they don't, the program sees nothing, and the sender can't know.
    let strict = Profile {
        unencrypted: Unencrypted::Drop,
        ..Profile::ESP32_S3
    };
    let builder = Lab::builder("desk", 1)
        .until(Time::from_micros(1_000_000))
        .board("a", Profile::ESP32_S3, A, |board| send(board, Peer::new(B), 3))
        .board("b", strict, B, |board| listen(board, vec![Peer::new(A).with_key(KEY)]));
    let (_, report, _) = run(builder);
    assert_eq!(traps(&report), [("b", "unencrypted-frame")]);
    assert!(
        report.advice[0].text.starts_with("dropped"),
        "{}",
        report.advice[0].text
    );
    assert!(report.boards[0].console.iter().all(|line| line == "true"));
    assert!(report.boards[1].console.is_empty());
}

/// Sends three messages under a key after each start, of which there are three.
fn resets(key_of: impl Fn(&mut VirtualBoard) -> Option<Key> + Copy + 'static) -> Report {
    let second = |second: u64| Time::from_micros(second * 1_000_000);
    let builder = Lab::builder("desk", 1)
        .until(second(3))
        .board("b", Profile::ESP32_S3, B, |board| listen(board, vec![]))
        .board("a", Profile::ESP32_S3, A, async move |mut board| {
            let key = key_of(&mut board);
            let peer = key.into_iter().fold(Peer::new(B), Peer::with_key);
            send(board, peer, 3).await
        })
        .intervene_at(second(1), Intervention::Restart)
        .intervene_at(second(2), Intervention::PowerOff)
        .intervene_at(second(2), Intervention::PowerOn);
    let mut report = run(builder).1;
    // That the other has no key is told as well.
    report.advice.retain(|advice| advice.board == "a");
    assert_eq!(report.boards[1].console.len(), 9);
    report
}

#[test]
fn packet_numbers_that_come_again_under_an_old_key() {
    let report = resets(|_| Some(KEY));
    assert_eq!(traps(&report), [("a", "nonce-reuse")], "once");
    // A key that is drawn anew is a new one, and without a key nothing is sealed.
    let drawn = |board: &mut VirtualBoard| {
        let mut octets = [0; 16];
        board.parts().random.fill_bytes(&mut octets);
        Some(Key::new(octets))
    };
    assert!(traps(&resets(drawn)).is_empty());
    assert!(traps(&resets(|_| None)).is_empty());
}

#[test]
fn an_encrypted_frame_without_the_key_or_with_another() {
    for (peers, trap) in [
        (vec![], "missing-key"),
        (vec![Peer::new(A)], "missing-key"),
        (vec![Peer::new(A).with_key(OTHER_KEY)], "wrong-key"),
    ] {
        let report = desk(
            |board| send(board, Peer::new(B).with_key(KEY), 3),
            move |board| listen(board, peers.clone()),
        );
        assert_eq!(traps(&report), [("b", trap)]);
        assert!(
            report.boards[0].console.iter().all(|line| line == "true"),
            "the MAC acknowledged all of them"
        );
        assert!(report.boards[1].console.is_empty());
    }
}

#[test]
fn the_same_key_on_both_sides_is_no_trap() {
    let report = desk(
        |board| send(board, Peer::new(B).with_key(KEY), 3),
        |board| listen(board, vec![Peer::new(A).with_key(KEY)]),
    );
    assert!(traps(&report).is_empty());
    assert_eq!(report.boards[1].console, ["5 octets", "5 octets", "5 octets"]);
}
