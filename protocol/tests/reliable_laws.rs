//! Reliable delivery on an air that loses, repeats, reorders and lies, between boards that are reset: exactly once, in order, to the end.

use std::collections::BTreeMap;

use proptest::prelude::*;
use protocol::service::Service;
use protocol::service::reliable::{Packet, Receiver, ReceiverConfig, ReceiverEvent, Sender, SenderConfig, SenderEvent};
use protocol::time::{Duration, Instant};
use protocol::{Channel, MacAddress};

use ether::{Air, Ether, Services};

mod ether;

/// Short segments, so that messages have many.
type Out = Sender<56, 8, 4>;
type In = Receiver<56, 8, 2>;

/// What a board does.
enum Role {
    Sends(Box<Out>),
    Listens(Box<In>),
}

impl Services for Role {
    fn list(&mut self) -> Vec<&mut dyn Service> {
        match self {
            Self::Sends(sender) => vec![sender.as_mut()],
            Self::Listens(receiver) => vec![receiver.as_mut()],
        }
    }
}

/// A message that says which one it is, in every octet.
fn message(number: u32, length: usize) -> Vec<u8> {
    let head = number.to_le_bytes();
    let rest =
        (0..length as u32).map(|place| (number.wrapping_mul(2_654_435_761).wrapping_add(place * place) >> 5) as u8);
    head.into_iter().chain(rest).collect()
}

/// The sender is board 0, all others listen.
struct World {
    ether: Ether<Role>,
    listeners: usize,
    lengths: Vec<usize>,
    /// The message that is begun next.
    next: u32,
    /// What is being written.
    rest: Vec<u8>,
    /// Begun in this session and not delivered, the oldest first.
    open: Vec<u32>,
    /// With the listeners that were given up before.
    delivered: Vec<(u32, Vec<MacAddress>)>,
    /// Listeners that are given up in this session.
    lost: Vec<MacAddress>,
    given_up: Vec<u32>,
    current: BTreeMap<(usize, MacAddress), Vec<u8>>,
    heard: Vec<Vec<u32>>,
}

impl World {
    fn new(seed: u64, air: Air, listeners: usize, lengths: Vec<usize>) -> Self {
        let mut ether = Ether::new(seed, air);
        ether.add(Self::sender());
        for index in 1..=listeners {
            ether.add(Self::listener(index));
        }
        Self {
            ether,
            listeners,
            lengths,
            next: 0,
            rest: Vec::new(),
            open: Vec::new(),
            delivered: Vec::new(),
            lost: Vec::new(),
            given_up: Vec::new(),
            current: BTreeMap::new(),
            heard: vec![Vec::new(); listeners + 1],
        }
    }

    fn sender() -> Role {
        Role::Sends(Box::new(Sender::new(SenderConfig {
            give_up_after: None,
            ..SenderConfig::new(Ether::<Role>::address(0))
        })))
    }

    fn listener(index: usize) -> Role {
        Role::Listens(Box::new(Receiver::new(ReceiverConfig::new(Ether::<Role>::address(
            index,
        )))))
    }

    /// What the application of board 0 does: one message after the other.
    fn write(&mut self) {
        let members: Vec<_> = (1..=self.listeners).map(Ether::<Role>::address).collect();
        let (next, rest, open, lengths) = (&mut self.next, &mut self.rest, &mut self.open, &self.lengths);
        let (delivered, given_up, lost) = (&mut self.delivered, &mut self.given_up, &mut self.lost);
        self.ether.tell(0, |role, now| {
            let Role::Sends(sender) = role else { return };
            while let Some(event) = sender.poll_event() {
                match event {
                    SenderEvent::Delivered => delivered.push((open.remove(0), lost.clone())),
                    SenderEvent::Lost { address, .. } => lost.push(address),
                    SenderEvent::Failed => {
                        given_up.append(open);
                        rest.clear();
                    }
                    _ => {}
                }
            }
            if !sender.is_open() && (*next as usize) < lengths.len() {
                let to = if members.len() == 1 {
                    members[0]
                } else {
                    MacAddress::BROADCAST
                };
                sender.open_group(now, to, &members).expect("there is none");
                lost.clear();
            }
            loop {
                let taken = sender.write(rest);
                rest.drain(..taken);
                let Some(&length) = lengths.get(*next as usize).filter(|_| rest.is_empty()) else {
                    return;
                };
                let message = message(*next, length);
                if sender.begin(message.len() as u32).is_err() {
                    return;
                }
                *rest = message;
                open.push(*next);
                *next += 1;
            }
        });
    }

    /// What the listeners' applications do, and what they check.
    fn read(&mut self) {
        for index in 1..=self.listeners {
            let (current, heard, lengths) = (&mut self.current, &mut self.heard[index], &self.lengths);
            self.ether.tell(index, |role, _| {
                let Role::Listens(receiver) = role else { return };
                while let Some(event) = receiver.poll_event() {
                    match event {
                        ReceiverEvent::Began { source, .. } => {
                            current.insert((index, source), Vec::new());
                        }
                        ReceiverEvent::Octets { source, offset, octets } => {
                            let message = current.get_mut(&(index, source)).expect("it began");
                            assert_eq!(offset as usize, message.len(), "in order, without gaps");
                            message.extend_from_slice(octets);
                        }
                        ReceiverEvent::Finished { source, length } => {
                            let octets = current.remove(&(index, source)).expect("it began");
                            assert_eq!(octets.len(), length as usize);
                            let number = u32::from_le_bytes(*octets.first_chunk().expect("its number"));
                            assert_eq!(octets, message(number, lengths[number as usize]), "octet by octet");
                            heard.push(number);
                        }
                        ReceiverEvent::Abandoned { source } => {
                            current.remove(&(index, source));
                        }
                        _ => {}
                    }
                }
            });
        }
        for (index, heard) in self.heard.iter().enumerate().skip(1) {
            assert!(
                heard.is_sorted_by(|a, b| a < b),
                "board {index}: each once, in order: {heard:?}"
            );
            for (number, lost) in &self.delivered {
                let is_left = !lost.contains(&Ether::<Role>::address(index));
                assert!(
                    heard.contains(number) || !is_left,
                    "{number} was delivered, but not to board {index}"
                );
            }
        }
    }

    fn step(&mut self) {
        let next = self.ether.now() + Duration::from_millis(5);
        self.ether.run_until(next);
        self.read();
        self.write();
    }

    fn is_done(&self) -> bool {
        self.delivered.len() + self.given_up.len() == self.lengths.len()
    }

    /// Goes on until all is delivered, or this much time has passed.
    fn run(&mut self, limit: Duration) -> bool {
        let end = self.ether.now() + limit;
        while !self.is_done() && self.ether.now() < end {
            self.step();
        }
        self.is_done()
    }
}

/// Air of every kind but a dead one.
fn airs(most_loss: f64) -> impl Strategy<Value = Air> {
    (0.0..most_loss, 0.0..0.5, prop_oneof![Just(0), 0_u64..50]).prop_map(|(loss, duplication, jitter_ms)| Air {
        loss,
        duplication,
        jitter: Duration::from_millis(jitter_ms),
        ..Air::default()
    })
}

fn all_of(lengths: &[usize]) -> Vec<u32> {
    (0..lengths.len() as u32).collect()
}

#[derive(Clone, Debug)]
enum Accident {
    Wait(u64),
    ResetSender,
    Reset(usize),
    Hostile(Vec<u8>),
    /// A frame that was on the air, again; with a bit changed if there is one.
    Echo(prop::sample::Index, Option<prop::sample::Index>),
    /// The same, but with a check that fits: somebody means it.
    Forgery(prop::sample::Index, u8, u8),
}

fn accidents() -> impl Strategy<Value = Vec<Accident>> {
    let accident = prop_oneof![
        4 => (1_u64..400).prop_map(Accident::Wait),
        1 => Just(Accident::ResetSender),
        1 => (1_usize..3).prop_map(Accident::Reset),
        2 => prop::collection::vec(any::<u8>(), 0..60).prop_map(Accident::Hostile),
        3 => (any::<prop::sample::Index>(), any::<Option<prop::sample::Index>>()).prop_map(|(frame, bit)| Accident::Echo(frame, bit)),
        1 => (any::<prop::sample::Index>(), 0_u8..12, any::<u8>()).prop_map(|(frame, place, octet)| Accident::Forgery(frame, place, octet)),
    ];
    prop::collection::vec(accident, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_the_air_does_messages_to_a_board_come_once_and_in_order(
        seed: u64,
        air in airs(0.75),
        lengths in prop::collection::vec(0_usize..700, 1..6),
    ) {
        let mut world = World::new(seed, air, 1, lengths.clone());
        prop_assert!(world.run(Duration::from_secs(3600)), "{} of {} after an hour", world.delivered.len(), lengths.len());
        prop_assert_eq!(&world.heard[1], &all_of(&lengths));
        prop_assert!(world.given_up.is_empty());
    }

    #[test]
    fn whatever_the_air_does_messages_to_a_group_come_once_and_in_order_to_each(
        seed: u64,
        air in airs(0.6),
        lengths in prop::collection::vec(0_usize..700, 1..4),
        listeners in 2_usize..5,
    ) {
        let mut world = World::new(seed, air, listeners, lengths.clone());
        prop_assert!(world.run(Duration::from_secs(3600)), "{} of {} after an hour", world.delivered.len(), lengths.len());
        for heard in &world.heard[1..] {
            prop_assert_eq!(heard, &all_of(&lengths));
        }
    }

    /// The laws are in [`World::read`]: nothing twice, nothing out of order, no wrong octet, nothing delivered that was not heard. And
    /// once it is quiet again, what is begun then is delivered.
    #[test]
    fn resets_and_lies_break_sessions_but_no_promise(
        seed: u64,
        air in airs(0.4),
        lengths in prop::collection::vec(0_usize..700, 3..12),
        listeners in 1_usize..3,
        accidents in accidents(),
    ) {
        let mut world = World::new(seed, air, listeners, lengths.clone());
        for accident in accidents {
            match accident {
                Accident::Wait(millis) => {
                    for _ in 0..millis.div_ceil(5) {
                        world.step();
                    }
                }
                Accident::ResetSender => {
                    world.given_up.append(&mut world.open);
                    world.rest.clear();
                    world.ether.power_on(0, World::sender());
                }
                Accident::Reset(index) => {
                    let index = index.min(listeners);
                    world.current.retain(|&(board, _), _| board != index);
                    world.ether.power_on(index, World::listener(index));
                }
                Accident::Hostile(octets) => world.ether.inject(Ether::<Role>::address(0), Channel::DEFAULT, &octets),
                Accident::Echo(frame, bit) => {
                    let Some((source, mut octets)) = pick(&world, &frame) else { continue };
                    if let Some(bit) = bit {
                        let bit = bit.index(octets.len() * 8);
                        octets[bit / 8] ^= 1 << (bit % 8);
                    }
                    // Another magic, or it would be taken for a repetition.
                    octets[2] ^= seed as u8 | 1;
                    world.ether.inject(source, Channel::DEFAULT, &octets);
                }
                Accident::Forgery(frame, place, octet) => {
                    let Some((source, mut octets)) = pick(&world, &frame) else { continue };
                    forge(&mut octets, usize::from(place), octet);
                    octets[3] ^= seed as u8 | 1;
                    world.ether.inject(source, Channel::DEFAULT, &octets);
                }
            }
        }
        let quiet_from = world.next;
        world.lengths.extend([10, 300]);
        // A message that was on its way may be given up yet.
        prop_assert!(world.run(Duration::from_secs(3600)), "{} + {} of {} after an hour", world.delivered.len(), world.given_up.len(), world.lengths.len());
        let last = world.lengths.len() as u32 - 1;
        prop_assert!(quiet_from <= last);
    }
}

fn pick(world: &World, frame: &prop::sample::Index) -> Option<(MacAddress, Vec<u8>)> {
    let frames = &world.ether.frames;
    let (_, source, octets) = frames.get(frame.index(frames.len().max(1)))?;
    Some((*source, octets.clone()))
}

/// Changes an octet of a message's packet where that can't be its contents: session and addresses are nobody else's.
fn forge(octets: &mut [u8], place: usize, octet: u8) {
    let Some((head, payload)) = octets.split_at_mut_checked(20) else {
        return;
    };
    let (destination, source) = (
        MacAddress(head[8..14].try_into().expect("six")),
        MacAddress(head[14..20].try_into().expect("six")),
    );
    let Ok(packet) = Packet::parse(payload, source, destination) else {
        return;
    };
    let packet = Packet {
        // A session of its own.
        session: packet.session ^ (1 << (octet % 32)),
        number: packet.number.wrapping_add(place as u16),
        ..packet
    };
    let mut buffer = [0; 64];
    let length = packet.emit(&mut buffer, source, destination).expect("it was as long");
    payload[..length].copy_from_slice(&buffer[..length]);
}

#[test]
fn a_dead_receiver_is_given_up() {
    let mut ether = Ether::new(1, Air::default());
    let sender = ether.add(Role::Sends(Box::new(Sender::new(SenderConfig::new(
        Ether::<Role>::address(0),
    )))));
    let address = Ether::<Role>::address(1);
    ether.tell(sender, |role, now| {
        let Role::Sends(sender) = role else { return };
        sender.open(now, address).expect("there is none");
        sender.begin(3).expect("there is room");
        assert_eq!(sender.write(b"hey"), 3);
    });
    ether.run_until(Instant::from_micros(11_000_000));
    ether.tell(sender, |role, _| {
        let Role::Sends(sender) = role else { return };
        assert!(matches!(sender.poll_event(), Some(SenderEvent::Lost { .. })));
        assert_eq!(sender.poll_event(), Some(SenderEvent::Failed));
    });
}
