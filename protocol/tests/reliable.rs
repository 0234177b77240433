//! Reliable delivery: the packets, and both machines rule by rule in a loop by hand.

use std::collections::VecDeque;

use proptest::prelude::*;
use protocol::message::{FrameHead, Kind, Message};
use protocol::service::reliable::{
    Body, CommandError, LINGER, Loss, Mark, NotAPacket, Packet, Reason, Receiver, ReceiverConfig, ReceiverEvent,
    Sender, SenderConfig, SenderEvent,
};
use protocol::service::{Incoming, Input, Outcome, Output, Service};
use protocol::time::{Duration, Instant};
use protocol::{Channel, MacAddress};
use rand_core::{Rng, SeedableRng as _};
use rand_xoshiro::Xoshiro256PlusPlus;

const A: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);
const B: MacAddress = MacAddress([2, 0, 0, 0, 0, 2]);

type SmallSender = Sender<40, 4, 3>;
type SmallReceiver = Receiver<40, 4, 2>;

/// Payloads on their way: from, to, octets.
type Air = VecDeque<(MacAddress, MacAddress, Vec<u8>)>;

struct World {
    now: Instant,
    random: Xoshiro256PlusPlus,
    sender: SmallSender,
    receivers: Vec<(MacAddress, SmallReceiver, Heard)>,
    air: Air,
    /// Which of the next payloads are lost: one bit each, oldest lowest.
    lose: Box<dyn FnMut(&Packet<'_>) -> bool>,
    /// How many packets were sent.
    sent: usize,
}

/// What a receiver's application has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Heard {
    current: Vec<u8>,
    messages: Vec<Vec<u8>>,
    abandoned: usize,
}

impl Heard {
    fn take(&mut self, receiver: &mut SmallReceiver) {
        while let Some(event) = receiver.poll_event() {
            match event {
                ReceiverEvent::Began { .. } => self.current.clear(),
                ReceiverEvent::Octets { offset, octets, .. } => {
                    assert_eq!(offset as usize, self.current.len(), "in order");
                    self.current.extend_from_slice(octets);
                }
                ReceiverEvent::Finished { length, .. } => {
                    assert_eq!(length as usize, self.current.len());
                    self.messages.push(std::mem::take(&mut self.current));
                }
                ReceiverEvent::Abandoned { .. } => {
                    self.current.clear();
                    self.abandoned += 1;
                }
                _ => unreachable!("no other events"),
            }
        }
    }
}

fn sender() -> SmallSender {
    Sender::new(SenderConfig::new(A))
}

fn receiver(address: MacAddress) -> SmallReceiver {
    Receiver::new(ReceiverConfig::new(address))
}

impl World {
    fn new(members: &[MacAddress]) -> Self {
        Self {
            now: Instant::from_micros(1_000_000),
            random: Xoshiro256PlusPlus::seed_from_u64(1),
            sender: sender(),
            receivers: members
                .iter()
                .map(|&address| (address, receiver(address), Heard::default()))
                .collect(),
            air: Air::new(),
            lose: Box::new(|_| false),
            sent: 0,
        }
    }

    /// Everybody says what they want to; what is heard is answered; time passes by milliseconds. Until `done` or 100 s have passed.
    fn run(&mut self, mut done: impl FnMut(&mut Self) -> bool) -> bool {
        let end = self.now + Duration::from_secs(100);
        while self.now < end {
            if done(self) {
                return true;
            }
            self.step();
            self.now = self.now + Duration::from_millis(1);
        }
        false
    }

    fn step(&mut self) {
        while let Output::Send(send) = self.sender.poll(self.now, &mut self.random) {
            self.air.push_back((A, send.destination, send.payload.to_vec()));
            let tag = send.tag;
            self.sent += 1;
            self.sender.handle(
                self.now,
                Input::Sent {
                    tag,
                    outcome: Outcome::Sent,
                },
            );
        }
        for (address, receiver, _) in &mut self.receivers {
            while let Output::Send(send) = receiver.poll(self.now, &mut self.random) {
                self.air.push_back((*address, send.destination, send.payload.to_vec()));
                let tag = send.tag;
                receiver.handle(
                    self.now,
                    Input::Sent {
                        tag,
                        outcome: Outcome::Sent,
                    },
                );
            }
        }
        while let Some((source, destination, payload)) = self.air.pop_front() {
            let packet = Packet::parse(&payload, source, destination).expect("its own");
            if (self.lose)(&packet) {
                continue;
            }
            if destination == A {
                self.sender.handle(self.now, message(source, destination, &payload));
            }
            for (address, receiver, heard) in &mut self.receivers {
                if destination == *address || destination.is_group() {
                    receiver.handle(self.now, message(source, destination, &payload));
                    heard.take(receiver);
                }
            }
        }
    }

    fn send(&mut self, data: &[u8]) {
        assert!(self.run(|world| world.sender.begin(data.len() as u32).is_ok()));
        let mut rest = data;
        assert!(self.run(|world| {
            rest = &rest[world.sender.write(rest)..];
            rest.is_empty()
        }));
    }

    fn events(&mut self) -> Vec<SenderEvent> {
        std::iter::from_fn(|| self.sender.poll_event()).collect()
    }
}

fn message(source: MacAddress, destination: MacAddress, payload: &[u8]) -> Input<'_> {
    Input::Message(Incoming {
        message: Message {
            kind: Kind::Reserved,
            head: FrameHead::UNICAST,
            destination,
            source,
            payload,
        },
        secured: false,
        transmitter: source,
        rssi_dbm: -40,
        channel: Channel::DEFAULT,
        at: Instant::START,
    })
}

fn octets(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index * 7 + index / 251) as u8).collect()
}

#[test]
fn messages_of_any_length_come_whole_and_in_order() {
    let mut world = World::new(&[B]);
    world.sender.open(world.now, B).expect("there is none");
    let lengths = [0, 1, 15, 16, 17, 19, 20, 21, 24, 40, 48, 500];
    for length in lengths {
        world.send(&octets(length));
        assert!(world.run(|world| world.sender.begin(0).is_ok()), "length {length}");
    }
    assert!(world.run(|world| world.receivers[0].2.messages.len() == 2 * lengths.len()));
    let heard: Vec<_> = world.receivers[0].2.messages.iter().map(Vec::len).collect();
    let expected: Vec<_> = lengths.iter().flat_map(|&length| [length, 0]).collect();
    assert_eq!(heard, expected);
    world.sender.close();
    assert!(world.run(|world| !world.sender.is_open()));
    let events = world.events();
    assert_eq!(
        (events.first(), events.last()),
        (Some(&SenderEvent::Opened), Some(&SenderEvent::Closed))
    );
    assert_eq!(
        events.iter().filter(|event| **event == SenderEvent::Delivered).count(),
        2 * lengths.len()
    );
    world.step();
    assert_eq!(world.receivers[0].1.senders().count(), 0);
}

#[test]
fn commands_out_of_turn_are_refused() {
    let mut sender = sender();
    assert_eq!(sender.begin(1), Err(CommandError::NoSession));
    assert_eq!(
        sender.open(Instant::START, MacAddress::BROADCAST),
        Err(CommandError::Members)
    );
    assert_eq!(
        sender.open_group(Instant::START, MacAddress::BROADCAST, &[]),
        Err(CommandError::Members)
    );
    assert_eq!(
        sender.open_group(Instant::START, MacAddress::BROADCAST, &[B; 4]),
        Err(CommandError::Members)
    );
    sender.open(Instant::START, B).expect("a board");
    assert_eq!(sender.open(Instant::START, B), Err(CommandError::InSession));
    sender.begin(1000).expect("there is room");
    assert_eq!(sender.begin(1), Err(CommandError::Unfinished));
    assert_eq!(sender.write(&octets(1000)), 4 * 24 - 4, "the window's worth");
    assert_eq!(sender.wanted(), 1000 - 92);
}

#[test]
fn an_application_that_does_not_read_stops_the_sender_and_loses_nothing() {
    let mut world = World::new(&[B]);
    world.sender.open(world.now, B).expect("there is none");
    let data = octets(24 * 20);
    world.sender.begin(data.len() as u32).expect("there is room");
    let mut written = 0;
    // A loop of its own, that reads nothing of what comes.
    for _ in 0..20_000 {
        written += world.sender.write(&data[written..]);
        while let Output::Send(send) = world.sender.poll(world.now, &mut world.random) {
            let (tag, payload) = (send.tag, send.payload.to_vec());
            world.sent += 1;
            world.sender.handle(
                world.now,
                Input::Sent {
                    tag,
                    outcome: Outcome::Sent,
                },
            );
            world.receivers[0].1.handle(world.now, message(A, B, &payload));
        }
        while let Output::Send(send) = world.receivers[0].1.poll(world.now, &mut world.random) {
            let payload = send.payload.to_vec();
            world.sender.handle(world.now, message(B, A, &payload));
        }
        world.now = world.now + Duration::from_millis(1);
    }
    assert_eq!(world.sender.acknowledged(), 4, "the receiver's window");
    assert!(
        world.sent < 60,
        "{} packets in 20 s: it asks ever more seldom",
        world.sent
    );
    let (_, receiver, heard) = &mut world.receivers[0];
    heard.take(receiver);
    let mut rest = &data[written..];
    assert!(world.run(|world| {
        rest = &rest[world.sender.write(rest)..];
        world.receivers[0].2.messages == [data.clone()]
    }));
}

#[test]
fn a_receiver_that_started_anew_is_noticed_and_given_nothing_twice() {
    let mut world = World::new(&[B]);
    world.sender.open(world.now, B).expect("there is none");
    world.send(b"the first");
    assert!(world.run(|world| world.receivers[0].2.messages.len() == 1));
    assert!(world.run(|world| world.sender.poll_event() == Some(SenderEvent::Delivered)));
    world.receivers[0].1 = receiver(B);
    world.send(b"the second");
    assert!(world.run(|world| !world.sender.is_open()));
    assert_eq!(
        world.events(),
        [
            SenderEvent::Lost {
                address: B,
                loss: Loss::Restarted
            },
            SenderEvent::Failed
        ]
    );
    world.sender.open(world.now, B).expect("it is over");
    world.send(b"the second");
    assert!(world.run(|world| world.receivers[0].2.messages.len() == 2));
    assert_eq!(
        world.receivers[0].2.messages,
        [b"the first".to_vec(), b"the second".to_vec()]
    );
}

#[test]
fn a_sender_that_started_anew_leaves_half_a_message_void() {
    let mut world = World::new(&[B]);
    world.sender.open(world.now, B).expect("there is none");
    world.sender.begin(1000).expect("there is room");
    world.sender.write(&octets(70));
    assert!(world.run(|world| !world.receivers[0].2.current.is_empty()));
    world.sender = sender();
    world.sender.open(world.now, B).expect("there is none");
    world.send(b"whole");
    assert!(world.run(|world| !world.receivers[0].2.messages.is_empty()));
    assert_eq!(
        world.receivers[0].2,
        Heard {
            messages: vec![b"whole".to_vec()],
            abandoned: 1,
            current: vec![],
        }
    );
}

#[test]
fn a_recording_of_an_old_session_is_not_taken_again() {
    let mut world = World::new(&[B]);
    let mut recorded = Air::new();
    world.sender.open(world.now, B).expect("there is none");
    world.sender.begin(9).expect("there is room");
    world.sender.write(b"only once");
    for _ in 0..200 {
        while let Output::Send(send) = world.sender.poll(world.now, &mut world.random) {
            let tag = send.tag;
            recorded.push_back((A, send.destination, send.payload.to_vec()));
            world.sender.handle(
                world.now,
                Input::Sent {
                    tag,
                    outcome: Outcome::Sent,
                },
            );
        }
        world.air.extend(recorded.iter().cloned());
        world.step();
        world.now = world.now + Duration::from_millis(10);
    }
    assert_eq!(world.receivers[0].2.messages, [b"only once".to_vec()]);
    // A board that has forgotten everything, for which the tokens of the recording are not good.
    world.sender = sender();
    world.receivers[0].1 = receiver(B);
    for _ in 0..200 {
        world.air.extend(recorded.iter().cloned());
        world.step();
        world.now = world.now + Duration::from_millis(10);
    }
    assert_eq!(world.receivers[0].2.messages.len(), 1);
}

#[test]
fn a_group_is_served_at_once_and_each_gap_repaired_for_all() {
    let members: Vec<_> = (2..5).map(|last| MacAddress([2, 0, 0, 0, 0, last])).collect();
    let mut world = World::new(&members);
    world
        .sender
        .open_group(world.now, MacAddress::BROADCAST, &members)
        .expect("there is none");
    let mut count = 0;
    world.lose = Box::new(move |packet| {
        count += 1;
        matches!(packet.body, Body::Data { .. }) && count % 5 == 0
    });
    let data = octets(24 * 40);
    world.send(&data);
    assert!(world.run(|world| world.receivers.iter().all(|(_, _, heard)| heard.messages.len() == 1)));
    for (_, _, heard) in &world.receivers {
        assert_eq!(heard.messages, std::slice::from_ref(&data));
    }
    assert!(world.run(|world| world.events().contains(&SenderEvent::Delivered)));
    let segments = SmallSender::segments(data.len() as u32) as usize;
    assert!(
        world.sent < 2 * segments + 20,
        "{} packets for {segments} segments and three boards",
        world.sent
    );
}

#[test]
fn a_silent_member_is_lost_and_the_others_go_on() {
    let silent = MacAddress([2, 0, 0, 0, 0, 9]);
    let mut world = World::new(&[B]);
    world
        .sender
        .open_group(world.now, MacAddress::BROADCAST, &[silent, B])
        .expect("there is none");
    world.send(b"hear, hear");
    assert!(world.run(|world| world.receivers[0].2.messages.len() == 1));
    let lost = SenderEvent::Lost {
        address: silent,
        loss: Loss::Silent,
    };
    assert_eq!(world.events(), [SenderEvent::Opened, lost]);
}

#[test]
fn a_sender_that_is_to_close_while_it_pauses_waits_for_the_end_of_the_pause() {
    let mut world = World::new(&[B]);
    world.sender.open(world.now, B).expect("there is none");
    world.send(b"all there is");
    assert!(world.run(|world| world.events().contains(&SenderEvent::Delivered)));
    let Output::Wait(Some(idle_until)) = world.sender.poll(world.now, &mut world.random) else {
        panic!("nothing is to be said");
    };
    let outcome = Outcome::Unacknowledged;
    let shortly_before = idle_until - Duration::from_micros(1);
    world.sender.handle(shortly_before, Input::Sent { tag: 0, outcome });
    let Output::Wait(Some(pause_until)) = world.sender.poll(idle_until, &mut world.random) else {
        panic!("it pauses");
    };
    assert!(pause_until > idle_until, "nobody waits for the past");
    assert!(matches!(
        world.sender.poll(pause_until, &mut world.random),
        Output::Send(_)
    ));
    assert_eq!(world.events(), [SenderEvent::Closed]);
}

#[test]
fn too_many_senders_are_told_that_it_is_busy_until_one_falls_silent() {
    let mut receiver: Receiver<40, 4, 1> = Receiver::new(ReceiverConfig::new(B));
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut say = |receiver: &mut Receiver<40, 4, 1>, now, from: MacAddress, number, session, body: Body<'_>| {
        let mut buffer = [0; 40];
        let length = Packet { number, session, body }
            .emit(&mut buffer, from, B)
            .expect("it fits");
        receiver.handle(now, message(from, B, &buffer[..length]));
        match receiver.poll(now, &mut random) {
            Output::Send(send) => Some(Packet::parse(send.payload, B, from).map(|packet| match packet.body {
                Body::Accept { token, .. } => (packet.session, Ok(token)),
                Body::Reset { reason } => (packet.session, Err(reason)),
                _ => (packet.session, Ok(0)),
            })),
            _ => None,
        }
    };
    let (one, other) = (A, MacAddress([2, 0, 0, 0, 0, 7]));
    let start = Instant::START;
    let Some(Ok((1, Ok(token)))) = say(&mut receiver, start, one, 0, 1, Body::Open { segment: 24 }) else {
        panic!("accepted");
    };
    let confirm = Body::Confirm {
        token,
        place: 0,
        slot_ms: 0,
    };
    assert_eq!(say(&mut receiver, start, one, 1, 1, confirm), Some(Ok((1, Ok(0)))));
    let busy = say(&mut receiver, start, other, 0, 2, Body::Open { segment: 24 });
    assert_eq!(busy, Some(Ok((2, Err(Reason::Busy)))));
    let too_long = say(&mut receiver, start, other, 0, 2, Body::Open { segment: 25 });
    assert_eq!(too_long, Some(Ok((2, Err(Reason::TooLong)))));
    let unknown = say(&mut receiver, start, other, 0, 3, Body::Poll { next: 7 });
    assert_eq!(unknown, Some(Ok((3, Err(Reason::Unknown)))));
    let later = start + LINGER;
    // It forgets when it is asked.
    let _ = receiver.poll(later, &mut Xoshiro256PlusPlus::seed_from_u64(2));
    let taken = say(&mut receiver, later, other, 0, 2, Body::Open { segment: 24 });
    assert!(matches!(taken, Some(Ok((2, Ok(_))))), "{taken:?}");
}

#[test]
fn what_is_no_packet_says_why() {
    let packet = Packet {
        number: 1,
        session: 2,
        body: Body::Open { segment: 200 },
    };
    let mut buffer = [0; 40];
    let length = packet.emit(&mut buffer, A, B).expect("it fits");
    assert_eq!(length, 14);
    assert_eq!(Packet::parse(&buffer[..length], A, B), Ok(packet));
    assert_eq!(
        Packet::parse(&buffer[..length], B, A),
        Err(NotAPacket::Check),
        "not from there"
    );
    assert_eq!(
        Packet::parse(&buffer[..11], A, B),
        Err(NotAPacket::TooShort { have: 11 })
    );
    buffer[0] = 0x20;
    assert_eq!(
        Packet::parse(&buffer[..length], A, B),
        Err(NotAPacket::Version { found: 2 })
    );
}

#[test]
fn machines_weigh_what_their_windows_do() {
    // 16 segments of 200 octets are 3200.
    assert!(size_of::<Sender>() <= 4800, "{}", size_of::<Sender>());
    assert!(size_of::<Receiver>() <= 4200, "{}", size_of::<Receiver>());
    assert!(size_of::<SmallReceiver>() <= 900, "{}", size_of::<SmallReceiver>());
}

fn bodies() -> impl Strategy<Value = (Vec<u8>, u8, u32, u8, u32, bool, bool, bool)> {
    (
        prop::collection::vec(any::<u8>(), 0..30),
        0_u8..8,
        any::<u32>(),
        any::<u8>(),
        any::<u32>(),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
    )
}

proptest! {
    #[test]
    fn any_octets_are_a_packet_or_say_why(octets in prop::collection::vec(any::<u8>(), 0..60)) {
        if let Ok(packet) = Packet::parse(&octets, A, B) {
            let mut buffer = [0; 60];
            let length = packet.emit(&mut buffer, A, B).expect("it was that long");
            prop_assert_eq!(Packet::parse(&buffer[..length], A, B), Ok(packet));
        }
    }

    #[test]
    fn packets_read_as_they_were_written_and_not_with_a_bit_wrong(
        (segment, kind, word, octet, other, first, last, poll) in bodies(),
        number: u16,
        session: u32,
        wrong: prop::sample::Index,
    ) {
        let body = match kind {
            0 => Body::Open { segment: number },
            1 => Body::Confirm { token: word, place: octet, slot_ms: 2 },
            2 => Body::Data { sequence: word, mark: Mark { first, last }, poll, segment: &segment },
            3 => Body::Poll { next: word },
            4 => Body::Close,
            5 => Body::Accept { token: word, room: octet },
            6 => Body::Report { next: word, room: octet, held: other },
            _ => Body::Reset { reason: Reason::Busy },
        };
        let packet = Packet { number, session, body };
        let mut buffer = [0; 60];
        let length = packet.emit(&mut buffer, A, B).expect("it fits");
        prop_assert_eq!(Packet::parse(&buffer[..length], A, B), Ok(packet));
        let bit = wrong.index(length * 8);
        buffer[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(Packet::parse(&buffer[..length], A, B).is_err());
    }

    /// Octets that anybody may send, well-formed packets of made-up sessions included: nothing of them is ever heard, and the message
    /// between them comes whole.
    #[test]
    fn forgeries_with_made_up_sessions_change_nothing(seed: u64, forgeries in prop::collection::vec(bodies(), 1..60)) {
        let mut world = World::new(&[B]);
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        world.sender.open(world.now, B).expect("there is none");
        let data = octets(24 * 12);
        world.sender.begin(data.len() as u32).expect("there is room");
        let mut written = 0;
        for (segment, kind, word, octet, other, first, last, poll) in forgeries {
            written += world.sender.write(&data[written..]);
            let body = match kind {
                0 => Body::Confirm { token: word, place: octet, slot_ms: 2 },
                1 | 2 => Body::Data { sequence: word % 16, mark: Mark { first, last }, poll, segment: &segment },
                3 => Body::Poll { next: word },
                4 => Body::Close,
                5 => Body::Accept { token: word, room: octet },
                6 => Body::Report { next: word % 16, room: octet, held: other },
                _ => Body::Reset { reason: Reason::Unknown },
            };
            let mut buffer = [0; 60];
            let packet = Packet { number: word as u16, session: random.next_u32(), body };
            let (from, to) = if kind < 5 { (A, B) } else { (B, A) };
            let length = packet.emit(&mut buffer, from, to).expect("it fits");
            world.air.push_back((from, to, buffer[..length].to_vec()));
            world.step();
            world.now = world.now + Duration::from_millis(1);
        }
        let mut rest = &data[written..];
        let whole = world.run(|world| {
            rest = &rest[world.sender.write(rest)..];
            !world.receivers[0].2.messages.is_empty()
        });
        prop_assert!(whole);
        prop_assert_eq!(&world.receivers[0].2.messages, &[data]);
    }
}

/// Its `open` came to it again, late, after the receiver had started anew.
#[test]
fn another_token_for_the_same_session_is_a_receiver_that_started_anew() {
    let mut sender = sender();
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    sender.open(Instant::START, B).expect("there is none");
    let Output::Send(send) = sender.poll(Instant::START, &mut random) else {
        panic!("it opens");
    };
    let opening = send.payload.to_vec();
    let session = Packet::parse(&opening, A, B).expect("its own").session;
    for token in [1, 2] {
        let body = Body::Accept { token, room: 4 };
        let mut buffer = [0; 40];
        let packet = Packet {
            number: 0,
            session,
            body,
        };
        let length = packet.emit(&mut buffer, B, A).expect("it fits");
        sender.handle(Instant::START, message(B, A, &buffer[..length]));
    }
    let events: Vec<_> = std::iter::from_fn(|| sender.poll_event()).collect();
    let lost = SenderEvent::Lost {
        address: B,
        loss: Loss::Restarted,
    };
    assert_eq!(events, [SenderEvent::Opened, lost, SenderEvent::Failed]);
}
