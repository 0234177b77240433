//! Guarded messages: what is repeated, changed or redirected does not come through, whatever restarts meanwhile.

mod ether;
mod post;

use std::collections::BTreeSet;

use ether::{Air, Ether, Services};
use post::{Counting, Guard, Post, guard, key};
use proptest::prelude::*;
use protocol::message::{AppKey, FrameHead, HEADER_LEN, Kind, Kinds, Message, SendChannel};
use protocol::service::security::{AHEAD, Guarded, QUIET, TagLength, WINDOW};
use protocol::service::{Input, Outcome, Output, Send, SendError, Service};
use protocol::time::{Duration, Instant};
use protocol::{Channel, MacAddress};
use rand_core::{Rng, SeedableRng as _};
use rand_xoshiro::Xoshiro256PlusPlus;

#[derive(Clone, Debug)]
enum Happening {
    Say,
    /// The message with this index, of all that were sent, comes (again).
    Hear(prop::sample::Index),
    FlashDone {
        sender: bool,
    },
    Reset {
        sender: bool,
        written: bool,
    },
    Pass(u64),
    FlashRefuses(bool),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        6 => Just(Happening::Say),
        12 => any::<prop::sample::Index>().prop_map(Happening::Hear),
        8 => any::<bool>().prop_map(|sender| Happening::FlashDone { sender }),
        1 => any::<(bool, bool)>().prop_map(|(sender, written)| Happening::Reset { sender, written }),
        1 => (0..3000_u64).prop_map(Happening::Pass),
        1 => any::<bool>().prop_map(Happening::FlashRefuses),
    ]
}

proptest! {
    /// In whatever order messages come, however often, whenever either board restarts, also in the middle of a write: none is
    /// taken twice, and none that was not said.
    #[test]
    fn nothing_is_taken_twice(seed: u64, happenings in prop::collection::vec(happening(), 1..300)) {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let (mut sender, mut receiver) = (Post::new(1, TagLength::Eight), Post::new(2, TagLength::Eight));
        let mut now = Instant::START;
        let mut said = 0_u32;
        for happening in happenings {
            match happening {
                Happening::Say => {
                    sender.say(&said.to_le_bytes());
                    said += 1;
                }
                Happening::Hear(index) if !sender.sent.is_empty() => {
                    let octets = sender.sent[index.index(sender.sent.len())].clone();
                    receiver.hear(now, &octets);
                }
                Happening::Hear(_) => {}
                Happening::FlashDone { sender: true } => sender.finish_flash(now),
                Happening::FlashDone { sender: false } => receiver.finish_flash(now),
                Happening::Reset { sender: true, written } => sender.reset(written),
                Happening::Reset { sender: false, written } => receiver.reset(written),
                Happening::Pass(ms) => now = now + Duration::from_millis(ms),
                Happening::FlashRefuses(refuses) => receiver.refuses = refuses,
            }
            sender.run(now, &mut random);
            receiver.run(now, &mut random);
        }
        let mut numbers = BTreeSet::new();
        for (source, payload) in receiver.heard() {
            prop_assert_eq!(*source, sender.address);
            prop_assert!(numbers.insert(payload.clone()), "{:?} was taken twice", payload);
            prop_assert!(u32::from_le_bytes(payload[..].try_into().expect("a number")) < said);
        }
        // No two messages under one number, either: that would give away both.
        let mut envelopes = BTreeSet::new();
        for octets in &sender.sent {
            prop_assert!(envelopes.insert(octets[HEADER_LEN..HEADER_LEN + 9].to_vec()));
        }
    }

    /// Whatever octet is changed, in whatever way, nothing comes through; what may change on the way changes nothing.
    #[test]
    fn whatever_is_changed_is_refused(
        seed: u64,
        long: bool,
        text in prop::collection::vec(any::<u8>(), 0..100),
        head: [u8; 6],
        changes in prop::collection::vec((any::<prop::sample::Index>(), 1_u8..), 1..4),
    ) {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let tag = if long { TagLength::Sixteen } else { TagLength::Eight };
        let (mut sender, mut receiver) = (Post::new(1, tag), Post::new(2, tag));
        sender.guard.get_mut().head = Some(FrameHead::from_octets(head));
        sender.say(&text);
        sender.settle(Instant::START, &mut random);
        receiver.settle(Instant::START, &mut random);
        let [octets] = &sender.sent[..] else { panic!("one message was said") };
        let mut changed = octets.clone();
        for (place, by) in changes {
            changed[place.index(octets.len())] ^= by;
        }
        let neutral = |octets: &[u8]| {
            let message = Message::parse(octets).ok()?;
            let head = FrameHead { channel: SendChannel::Current, forward_ttl: 0, ..message.head };
            Some((message.kind, head, message.destination, message.source, message.payload.to_vec()))
        };
        let expected = usize::from(neutral(&changed) == neutral(octets));
        receiver.hear(Instant::START, &changed);
        receiver.settle(Instant::START, &mut random);
        prop_assert_eq!(receiver.heard().len(), expected);
        // The real one comes through, unless it just did.
        receiver.hear(Instant::START, octets);
        receiver.settle(Instant::START, &mut random);
        prop_assert_eq!(receiver.heard(), [(sender.address, text)]);
    }

    #[test]
    fn arbitrary_payloads_are_refused(seed: u64, payload in prop::collection::vec(any::<u8>(), 0..230)) {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut receiver = Post::new(2, TagLength::Eight);
        receiver.settle(Instant::START, &mut random);
        let message = Message {
            kind: Kind::SecurityData,
            head: FrameHead::BROADCAST,
            destination: MacAddress::BROADCAST,
            source: MacAddress([2; 6]),
            payload: &payload,
        };
        let mut octets = [0; 250];
        let length = message.emit(&mut octets).expect("room");
        receiver.hear(Instant::START, &octets[..length]);
        receiver.settle(Instant::START, &mut random);
        prop_assert_eq!(receiver.heard(), []);
    }

    /// Within the window and without restarts, the order does not matter: each comes through, once.
    #[test]
    fn what_is_out_of_order_comes_through_once(seed: u64, order in Just((0..WINDOW as usize).collect::<Vec<_>>()).prop_shuffle()) {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let (mut sender, mut receiver) = (Post::new(1, TagLength::Eight), Post::new(2, TagLength::Eight));
        for number in 0..=WINDOW as u8 {
            sender.say(&[number]);
        }
        sender.settle(Instant::START, &mut random);
        receiver.settle(Instant::START, &mut random);
        // The first says where the window is.
        for index in std::iter::once(0).chain(order.iter().map(|index| index + 1)) {
            for _ in 0..2 {
                receiver.hear(Instant::START, &sender.sent[index]);
                receiver.settle(Instant::START, &mut random);
            }
        }
        let heard: BTreeSet<_> = receiver.heard().iter().map(|(_, payload)| payload[0]).collect();
        prop_assert_eq!(heard.len(), receiver.heard().len());
        prop_assert_eq!(heard.len(), WINDOW as usize + 1);
    }
}

#[test]
fn a_reset_costs_nothing_when_it_is_quiet_and_little_in_a_burst() {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    let (mut sender, mut receiver) = (Post::new(1, TagLength::Eight), Post::new(2, TagLength::Eight));
    let mut now = Instant::START;
    let mut stores = 0;
    let mut said = 0_u8;
    receiver.settle(now, &mut random);
    for quiet in [true, false] {
        for _ in 0..40 {
            sender.say(&[said]);
            said += 1;
            sender.settle(now, &mut random);
            receiver.hear(now, sender.sent.last().expect("it was said"));
            receiver.run(now, &mut random);
            stores += u32::from(receiver.pending.is_some());
            receiver.settle(now, &mut random);
            now = now + Duration::from_millis(20);
        }
        if quiet {
            now = now + QUIET;
            receiver.settle(now, &mut random);
        }
        assert_eq!(receiver.heard().len(), usize::from(said));
        receiver.reset(false);
        receiver.settle(now, &mut random);
        // How many are refused after that?
        let mut lost = 0;
        loop {
            sender.say(&[said]);
            said += 1;
            sender.settle(now, &mut random);
            let before = receiver.heard().len();
            receiver.hear(now, sender.sent.last().expect("it was said"));
            receiver.settle(now, &mut random);
            if receiver.heard().len() > before {
                break;
            }
            lost += 1;
        }
        if quiet {
            assert_eq!(lost, 0);
        } else {
            assert!((1..=AHEAD).contains(&lost), "{lost} were lost");
        }
        receiver.guard.get_mut().heard.clear();
        for number in 0..said {
            receiver.guard.get_mut().heard.push((sender.address, vec![number]));
        }
    }
    assert!(stores < 10, "{stores} writes for 80 messages");
}

#[test]
fn without_a_key_nothing_goes_out_and_nothing_comes_in() {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    let (mut sender, mut receiver) = (Post::new(1, TagLength::Eight), Post::new(2, TagLength::Eight));
    sender.say(b"on");
    sender.settle(Instant::START, &mut random);
    receiver.guard.set_key(None);
    receiver.say(b"off");
    receiver.hear(Instant::START, &sender.sent[0]);
    let mut now = Instant::START;
    for _ in 0..3 {
        now = now + Duration::from_millis(1);
        receiver.settle(now, &mut random);
    }
    assert!(receiver.sent.is_empty() && receiver.heard().is_empty());
    assert_eq!(receiver.guard.get().outcomes, [Outcome::Refused(SendError::NoKey)]);
    assert_eq!(receiver.guard.statistics().not_ready, 1);
    // Another key is as good as none.
    receiver.guard.set_key(Some(&AppKey::new([1; 32])));
    receiver.settle(now, &mut random);
    receiver.hear(now, &sender.sent[0]);
    assert_eq!(receiver.guard.statistics().forged, 1);
    // The other length of tag, too.
    let mut other = Post::new(3, TagLength::Sixteen);
    other.settle(now, &mut random);
    other.hear(now, &sender.sent[0]);
    assert_eq!(other.guard.statistics().forged, 1);
    // What is too long by what guarding adds is refused.
    sender.say(&[0; 230 - 17 + 1]);
    sender.say(&[0; 230 - 17]);
    for _ in 0..3 {
        now = now + Duration::from_millis(1);
        sender.settle(now, &mut random);
    }
    assert_eq!(sender.guard.get().outcomes, [Outcome::Refused(SendError::TooLong)]);
    assert_eq!(sender.sent.len(), 2);
}

/// A switch or a lamp, guarded or as in the component.
enum Station {
    Guarded(Box<Guard>),
    Plain(Sealing),
}

impl Services for Station {
    fn list(&mut self) -> Vec<&mut dyn Service> {
        match self {
            Self::Guarded(guard) => vec![&mut **guard],
            Self::Plain(sealing) => vec![sealing],
        }
    }
}

/// Has its messages sealed by the message layer.
#[derive(Default)]
struct Sealing(Counting);

impl Service for Sealing {
    fn kinds(&self) -> Kinds {
        self.0.kinds()
    }

    fn handle(&mut self, now: Instant, input: Input<'_>) {
        match input {
            Input::Message(incoming) if !incoming.secured => {}
            input => self.0.handle(now, input),
        }
    }

    fn poll(&mut self, now: Instant, random: &mut dyn Rng) -> Output<'_> {
        match self.0.poll(now, random) {
            Output::Send(send) => {
                let head = FrameHead {
                    security: true,
                    ..send.head
                };
                Output::Send(Send { head, ..send })
            }
            other => other,
        }
    }
}

impl Station {
    fn counting(&mut self) -> &mut Counting {
        match self {
            Self::Guarded(guard) => guard.get_mut(),
            Self::Plain(sealing) => &mut sealing.0,
        }
    }
}

/// What somebody without the key can do with one message that it heard: the weaknesses that the documentation names, and that
/// they are mended.
#[test]
fn an_eavesdropper_turns_the_component_s_lamps_and_not_the_guarded_ones() {
    for guarded in [false, true] {
        let mut ether = Ether::new(1, Air::default());
        for index in 0..3 {
            let address = Ether::<Station>::address(index);
            let index = if guarded {
                ether.add(Station::Guarded(Box::new(guard(address, TagLength::Eight))))
            } else {
                ether.add(Station::Plain(Sealing::default()))
            };
            ether.boards[index].switchboard.set_key((!guarded).then(key));
        }
        ether.run_until(Instant::from_micros(100_000));
        let lamp = Ether::<Station>::address(1);
        ether.tell(0, |station, _| {
            let counting = station.counting();
            // By broadcast, as lamps may be far away; for one of them.
            counting.head = Some(FrameHead {
                retransmit_count: 1,
                ..FrameHead::BROADCAST
            });
            counting.destination = Some(lamp);
            counting.to_say.push_back(b"on".to_vec());
        });
        ether.run_until(Instant::from_micros(200_000));
        let [(_, _, recorded)] = &ether.frames[..] else {
            panic!("one frame")
        };
        let recorded = recorded.clone();
        assert_eq!(ether.boards[1].services.counting().heard.len(), 1);
        assert_eq!(ether.boards[2].services.counting().heard.len(), 0);
        // With another magic, in another's name, for the other lamp.
        let change = |change: &dyn Fn(&mut Vec<u8>)| {
            let mut octets = recorded.clone();
            change(&mut octets);
            octets
        };
        let attacks = [
            change(&|octets| octets[2] ^= 1),
            change(&|octets| octets[14..20].copy_from_slice(&[0x24, 9, 9, 9, 9, 9])),
            change(&|octets| {
                octets[2] ^= 2;
                octets[8..14].copy_from_slice(&Ether::<Station>::address(2).octets());
            }),
        ];
        for octets in attacks {
            ether.inject(MacAddress([0x24, 9, 9, 9, 9, 9]), Channel::DEFAULT, &octets);
            let until = ether.now() + Duration::from_millis(50);
            ether.run_until(until);
        }
        let heard: Vec<_> = (1..3)
            .map(|index| ether.boards[index].services.counting().heard.len())
            .collect();
        // The second has a magic that was heard already: the component's only protection.
        assert_eq!(heard, if guarded { [1, 0] } else { [2, 1] });
        // And after a reset the message as it was.
        let fresh = if guarded {
            Station::Guarded(Box::new(guard(lamp, TagLength::Eight)))
        } else {
            Station::Plain(Sealing::default())
        };
        ether.power_on(1, fresh);
        ether.boards[1].switchboard.set_key((!guarded).then(key));
        let until = ether.now() + Duration::from_millis(50);
        ether.run_until(until);
        ether.inject(Ether::<Station>::address(0), Channel::DEFAULT, &recorded);
        let until = ether.now() + Duration::from_millis(50);
        ether.run_until(until);
        assert_eq!(ether.boards[1].services.counting().heard.len(), usize::from(!guarded));
        // The switch itself still works.
        ether.tell(0, |station, _| station.counting().to_say.push_back(b"off".to_vec()));
        let until = ether.now() + Duration::from_millis(50);
        ether.run_until(until);
        let last = ether.boards[1].services.counting().heard.last().cloned();
        assert_eq!(last.map(|(_, payload)| payload), Some(b"off".to_vec()));
    }
}

/// Over an air that loses, repeats and reorders, by way of boards that pass messages on: each message is taken at most once, and
/// without loss or restarts each is.
#[test]
fn guarded_messages_go_through_the_message_layer() {
    for (loss, duplication) in [(0.0, 0.0), (0.3, 0.3)] {
        let jitter = Duration::from_millis(if loss > 0.0 { 20 } else { 0 });
        let mut ether = Ether::new(
            7,
            Air {
                loss,
                duplication,
                jitter,
                ..Air::default()
            },
        );
        for index in 0..4 {
            let address = Ether::<Station>::address(index);
            ether.add(Station::Guarded(Box::new(guard(address, TagLength::Sixteen))));
        }
        ether.run_until(Instant::from_micros(100_000));
        for number in 0..50_u8 {
            ether.tell(usize::from(number % 2), |station, _| {
                let counting = station.counting();
                counting.head = Some(FrameHead {
                    forward_ttl: 3,
                    forward_rssi: -90,
                    ..FrameHead::BROADCAST
                });
                counting.to_say.push_back(vec![number]);
            });
            let until = ether.now() + Duration::from_millis(60);
            ether.run_until(until);
        }
        for index in 2..4 {
            let heard = &ether.boards[index].services.counting().heard;
            let numbers: BTreeSet<_> = heard.iter().map(|(_, payload)| payload[0]).collect();
            assert_eq!(numbers.len(), heard.len(), "none twice");
            assert!(
                numbers.len() >= if loss > 0.0 { 45 } else { 50 },
                "{} of 50",
                numbers.len()
            );
        }
    }
}

#[test]
fn a_guard_is_light() {
    let of_a_switch = size_of::<Guarded<(), 4, 230>>();
    assert!(of_a_switch <= 1200, "{of_a_switch} octets");
    let of_a_gateway = size_of::<Guarded<(), 100, 230>>();
    assert!(of_a_gateway <= 7000, "{of_a_gateway} octets");
}
