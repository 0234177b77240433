//! The message layer between boards.

mod ether;

use std::collections::VecDeque;

use ether::{Air, Ether};
use proptest::prelude::*;
use protocol::MacAddress;
use protocol::message::{AppKey, FrameHead, GroupChange, Kind, Kinds, Message};
use protocol::service::{Incoming, Input, Outcome, Output, Send, SendError, Service};
use protocol::time::{Duration, Instant};
use rand_core::Rng;

/// Says what it is told to say, and writes down what it hears.
#[derive(Default)]
struct Talker {
    to_say: VecDeque<Words>,
    outcomes: Vec<(u16, Outcome)>,
    heard: Vec<(MacAddress, Vec<u8>)>,
    said: Option<Words>,
}

#[derive(Clone)]
struct Words {
    tag: u16,
    kind: Kind,
    head: FrameHead,
    destination: MacAddress,
    payload: Vec<u8>,
}

impl Words {
    fn new(destination: MacAddress, head: FrameHead, payload: &[u8]) -> Self {
        Self {
            tag: 1,
            kind: Kind::Data,
            head,
            destination,
            payload: payload.to_vec(),
        }
    }
}

impl Service for Talker {
    fn kinds(&self) -> Kinds {
        Kinds::of(&[Kind::Data])
    }

    fn handle(&mut self, _: Instant, input: Input<'_>) {
        match input {
            Input::Message(Incoming { message, .. }) => self.heard.push((message.source, message.payload.to_vec())),
            Input::Sent { tag, outcome } => self.outcomes.push((tag, outcome)),
            _ => {}
        }
    }

    fn poll(&mut self, _: Instant, _: &mut dyn Rng) -> Output<'_> {
        self.said = self.to_say.pop_front();
        let Some(words) = &self.said else {
            return Output::Wait(None);
        };
        Output::Send(Send {
            tag: words.tag,
            kind: words.kind,
            head: words.head,
            destination: words.destination,
            payload: &words.payload,
        })
    }
}

fn ether(boards: usize, seed: u64, air: Air) -> Ether<Talker> {
    let mut ether = Ether::new(seed, air);
    for _ in 0..boards {
        ether.add(Talker::default());
    }
    ether
}

fn say(ether: &mut Ether<Talker>, board: usize, words: Words) {
    ether.tell(board, |talker, _| talker.to_say.push_back(words));
}

fn run(ether: &mut Ether<Talker>, time: Duration) {
    let until = ether.now() + time;
    ether.run_until(until);
}

fn address(index: usize) -> MacAddress {
    Ether::<Talker>::address(index)
}

const RELIABLE: FrameHead = FrameHead {
    ack: true,
    retransmit_count: 31,
    ..FrameHead::UNICAST
};

#[test]
fn a_broadcast_goes_out_ten_times_and_is_heard_once() {
    let mut ether = ether(3, 1, Air::default());
    let words = Words::new(MacAddress::BROADCAST, FrameHead::default(), b"hello");
    say(&mut ether, 0, words);
    run(&mut ether, Duration::from_secs(1));
    assert_eq!(ether.frames.len(), 10);
    let first = Message::parse(&ether.frames[0].2).expect("a message");
    assert!(ether.frames.iter().all(|(_, _, octets)| octets == &ether.frames[0].2));
    assert_ne!(first.head.magic, 0);
    for board in [1, 2] {
        assert_eq!(ether.boards[board].services.heard, [(address(0), b"hello".to_vec())]);
    }
    assert_eq!(ether.boards[0].services.outcomes, [(1, Outcome::Sent)]);
    assert_eq!(ether.boards[1].switchboard.messenger().statistics().repetitions, 9);
}

#[test]
fn unicast_goes_out_once_if_the_mac_acknowledges() {
    let mut ether = ether(3, 1, Air::default());
    let head = FrameHead {
        retransmit_count: 5,
        ..FrameHead::UNICAST
    };
    let words = Words::new(address(1), head, b"you");
    say(&mut ether, 0, words);
    let words = Words::new(MacAddress([2, 0, 0, 0, 0, 9]), head, b"nobody");
    say(&mut ether, 0, words);
    run(&mut ether, Duration::from_secs(1));
    assert_eq!(
        ether.boards[0].services.outcomes,
        [(1, Outcome::Sent), (1, Outcome::Unacknowledged)]
    );
    assert_eq!(ether.boards[1].services.heard.len(), 1);
    assert_eq!(ether.boards[2].services.heard.len(), 0);
    assert_eq!(ether.frames.len(), 1 + 5);
}

#[test]
fn an_ack_ends_the_repetitions() {
    for broadcast in [false, true] {
        let mut ether = ether(2, 1, Air::default());
        let head = FrameHead { broadcast, ..RELIABLE };
        let words = Words::new(address(1), head, b"sure?");
        say(&mut ether, 0, words);
        run(&mut ether, Duration::from_secs(1));
        assert_eq!(ether.boards[0].services.outcomes, [(1, Outcome::Acknowledged)]);
        assert_eq!(ether.boards[1].services.heard.len(), 1);
        let acks = ether.frames.iter().filter(|(_, from, _)| *from == address(1)).count();
        assert!((1..=2).contains(&acks), "{acks} acks");
    }
}

#[test]
fn silence_is_told_after_the_patience() {
    let mut ether = ether(1, 1, Air::default());
    let head = FrameHead {
        broadcast: true,
        retransmit_count: 3,
        ..RELIABLE
    };
    let words = Words::new(address(7), head, b"anybody?");
    say(&mut ether, 0, words);
    run(&mut ether, Duration::from_secs(3));
    assert_eq!(ether.frames.len(), 3);
    assert!(ether.boards[0].services.outcomes.is_empty());
    run(&mut ether, Duration::from_millis(100));
    assert_eq!(ether.boards[0].services.outcomes, [(1, Outcome::Unacknowledged)]);
}

#[test]
fn groups_are_joined_and_left_by_message() {
    let mut ether = ether(3, 1, Air::default());
    let lamps = MacAddress(*b"lamps\0");
    let to_group = FrameHead {
        group: true,
        ..FrameHead::BROADCAST
    };
    for (join, heard) in [(true, 1), (false, 1)] {
        let mut payload = [0; 64];
        let members = [address(2).octets()];
        let change = GroupChange::new(join, lamps, &members).expect("one member");
        let length = change.emit(&mut payload).expect("room");
        let words = Words {
            kind: Kind::Group,
            ..Words::new(MacAddress::BROADCAST, FrameHead::BROADCAST, &payload[..length])
        };
        say(&mut ether, 0, words);
        say(&mut ether, 0, Words::new(lamps, to_group, b"light!"));
        run(&mut ether, Duration::from_secs(1));
        assert_eq!(ether.boards[1].services.heard.len(), 0);
        assert_eq!(ether.boards[2].services.heard.len(), heard);
    }
}

#[test]
fn what_is_too_long_is_refused() {
    let mut ether = ether(1, 1, Air::default());
    let words = Words::new(MacAddress::BROADCAST, FrameHead::BROADCAST, &[0; 231]);
    say(&mut ether, 0, words);
    run(&mut ether, Duration::from_secs(1));
    assert_eq!(
        ether.boards[0].services.outcomes,
        [(1, Outcome::Refused(SendError::TooLong))]
    );
    assert!(ether.frames.is_empty());
}

#[test]
fn messages_are_passed_on_as_often_as_they_may() {
    let mut ether = ether(2, 1, Air::default());
    for (ttl, forwarded) in [(0, None), (1, Some(0)), (10, Some(9)), (31, Some(31))] {
        let before = ether.frames.len();
        let head = FrameHead {
            forward_ttl: ttl,
            forward_rssi: -60,
            retransmit_count: 1,
            ..FrameHead::BROADCAST
        };
        let words = Words::new(MacAddress::BROADCAST, head, &[ttl]);
        say(&mut ether, 0, words);
        run(&mut ether, Duration::from_secs(1));
        let ttls: Vec<_> = ether.frames[before..]
            .iter()
            .filter(|(_, from, _)| *from == address(1))
            .map(|(_, _, octets)| Message::parse(octets).expect("a message"))
            .inspect(|message| assert_eq!(message.source, address(0)))
            .map(|message| message.head.forward_ttl)
            .collect();
        assert_eq!(ttls, forwarded.into_iter().collect::<Vec<_>>(), "ttl {ttl}");
    }
}

#[test]
fn weak_messages_are_not_passed_on() {
    let air = Air {
        rssi_dbm: -61,
        ..Air::default()
    };
    let mut ether = ether(2, 1, air);
    let head = FrameHead {
        forward_ttl: 3,
        forward_rssi: -60,
        retransmit_count: 1,
        ..FrameHead::BROADCAST
    };
    let words = Words::new(MacAddress::BROADCAST, head, b"far");
    say(&mut ether, 0, words.clone());
    let filtered = FrameHead {
        filter_weak_signal: true,
        ..head
    };
    say(
        &mut ether,
        0,
        Words {
            head: filtered,
            ..words
        },
    );
    run(&mut ether, Duration::from_secs(1));
    assert_eq!(ether.frames.len(), 2);
    assert_eq!(ether.boards[1].services.heard.len(), 1);
}

#[test]
fn secured_messages_are_read_with_the_key_only() {
    let mut ether = ether(4, 1, Air::default());
    for (board, key) in [(0, 7), (1, 7), (2, 8)] {
        ether.boards[board]
            .switchboard
            .set_key(Some(AppKey::new([key; AppKey::LEN])));
    }
    let head = FrameHead {
        security: true,
        retransmit_count: 1,
        ..FrameHead::BROADCAST
    };
    let words = Words::new(MacAddress::BROADCAST, head, b"between us");
    say(&mut ether, 0, words.clone());
    say(&mut ether, 3, words);
    run(&mut ether, Duration::from_secs(1));
    assert_eq!(ether.frames.len(), 1);
    let octets = &ether.frames[0].2;
    assert_eq!(octets.len(), 20 + 10 + 12);
    assert_eq!(octets[1], 10 + 12);
    assert!(!octets.windows(10).any(|part| part == b"between us"));
    let heard: Vec<_> = ether.boards.iter().map(|board| board.services.heard.len()).collect();
    assert_eq!(heard, [0, 1, 0, 0]);
    assert_eq!(
        ether.boards[3].services.outcomes,
        [(1, Outcome::Refused(SendError::NoKey))]
    );
}

#[test]
fn a_board_without_the_key_passes_secured_messages_on_as_they_are() {
    let mut ether = ether(2, 1, Air::default());
    ether.boards[0].switchboard.set_key(Some(AppKey::new([7; AppKey::LEN])));
    let head = FrameHead {
        security: true,
        retransmit_count: 1,
        forward_ttl: 1,
        forward_rssi: -90,
        ..FrameHead::BROADCAST
    };
    say(&mut ether, 0, Words::new(MacAddress::BROADCAST, head, b"between us"));
    run(&mut ether, Duration::from_secs(1));
    let [first, second] = &ether.frames[..] else {
        panic!("{} frames", ether.frames.len())
    };
    assert_eq!(first.2[8..], second.2[8..]);
    assert!(ether.boards[1].services.heard.is_empty());
}

proptest! {
    #[test]
    fn with_acks_every_message_is_heard_once_unless_told_otherwise(
        seed: u64,
        loss in 0.0..0.5,
        duplication in 0.0..0.5,
        jitter_ms in 0_u64..8,
        count in 1_usize..20,
        broadcast: bool,
    ) {
        let air = Air { loss, duplication, jitter: Duration::from_millis(jitter_ms), ..Air::default() };
        let mut ether = ether(3, seed, air);
        let head = FrameHead { broadcast, ..RELIABLE };
        for tag in 0..count {
            let words = Words {
                tag: u16::try_from(tag).expect("small"),
                ..Words::new(address(1), head, &tag.to_le_bytes())
            };
            say(&mut ether, 0, words);
        }
        run(&mut ether, Duration::from_secs(200));
        let outcomes = &ether.boards[0].services.outcomes;
        prop_assert_eq!(outcomes.len(), count);
        for tag in 0..count {
            let heard = ether.boards[1].services.heard.iter().filter(|(_, octets)| **octets == tag.to_le_bytes()).count();
            let outcome = outcomes.iter().find(|(of, _)| usize::from(*of) == tag).expect("one each").1;
            // 32 messages are remembered, and no more than eight are on their way at once.
            prop_assert!(heard <= 1, "heard {} times", heard);
            prop_assert!(outcome != Outcome::Acknowledged || heard == 1);
        }
        prop_assert!(ether.boards[2].services.heard.is_empty());
    }

    #[test]
    fn hostile_octets_leave_it_working(
        seed: u64,
        hostile in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..250), 0..40),
        version in any::<bool>(),
    ) {
        let mut ether = ether(2, seed, Air::default());
        for mut octets in hostile {
            if let (true, Some(first)) = (version, octets.first_mut()) {
                *first = *first & 0x0f | 0x20;
            }
            ether.inject(MacAddress([6; 6]), protocol::Channel::DEFAULT, &octets);
        }
        run(&mut ether, Duration::from_secs(4));
        let before = ether.boards[1].services.heard.len();
        let words = Words::new(address(1), RELIABLE, b"still there?");
        say(&mut ether, 0, words);
        run(&mut ether, Duration::from_secs(8));
        prop_assert_eq!(ether.boards[0].services.outcomes.len(), 1);
        prop_assert_eq!(ether.boards[1].services.heard.len(), before + 1);
    }

    #[test]
    fn the_same_seed_gives_the_same_frames(seed: u64, loss in 0.0..0.9) {
        let frames = || {
            let mut ether = ether(3, seed, Air { loss, ..Air::default() });
            for tag in 0..4_u8 {
                let words = Words::new(address(1), RELIABLE, &[tag]);
                say(&mut ether, 0, words);
            }
            run(&mut ether, Duration::from_secs(20));
            ether.frames
        };
        prop_assert_eq!(frames(), frames());
    }
}
