//! Three boards whose messages are guarded, flash that is slow and refuses, and an air that keeps, repeats, changes and makes up.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use arbitrary::{Arbitrary, Unstructured};
use protocol::board::StorageError;
use protocol::message::{AppKey, FrameHead, Kind, Kinds, Message, SendChannel};
use protocol::service::security::{AHEAD, GuardConfig, Guarded, QUIET, TagLength};
use protocol::service::{Incoming, Input, Outcome, Output, Send, Service};
use protocol::time::{Duration, Instant};
use protocol::{Channel, MacAddress};
use rand_core::{Rng, SeedableRng as _};
use rand_xoshiro::Xoshiro256PlusPlus;

const BOARDS: usize = 3;

/// What the wrapped service speaks.
const KINDS: [Kind; 2] = [Kind::Data, Kind::ControlData];

/// Octets of the longest message.
const LONGEST: usize = 120;

/// Octets before the ciphertext: kind, epoch and counter.
const ENVELOPE_LEN: usize = 9;

/// What a guard may want before it waits, messages aside.
const MOST_WANTS: usize = 64;

/// Turns of one script.
const TURNS: usize = 400;

#[derive(Arbitrary, Debug)]
struct Turn<'a> {
    board: u8,
    /// More happens before the board is asked what it wants.
    hurried: bool,
    happening: Happening<'a>,
}

#[derive(Arbitrary, Debug)]
enum Happening<'a> {
    Say {
        control: bool,
        to: u8,
        head: [u8; 6],
        text: &'a [u8],
    },
    /// One of the messages that were sent comes.
    Hear {
        message: u8,
        change: Change<'a>,
    },
    /// A message that nobody sent.
    HearAnything {
        from: u8,
        to: u8,
        head: [u8; 6],
        payload: &'a [u8],
    },
    /// The flash is done with its oldest command.
    Finish {
        refuses: bool,
    },
    /// µs pass.
    Wait(u32),
    /// The board begins anew; what the flash was doing may be done.
    Restart {
        written: bool,
    },
    Key(KeyChange),
    /// A message of each other board, as it was sent last, and all that the flash has to do.
    GoWell,
}

/// What is done to a message on its way.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Change<'a> {
    Nothing,
    /// What it is allowed to be on its way: another channel, nearer to its end.
    Forwarded {
        channel: u8,
        ttl: u8,
    },
    Octet {
        place: u8,
        mask: u8,
    },
    Cut(u8),
    Longer(&'a [u8]),
    /// Its ciphertext is another message's.
    Text {
        of: u8,
    },
    /// Its header is another message's.
    Header {
        of: u8,
    },
}

/// A key that was replaced is never used again.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum KeyChange {
    Away,
    Back,
    Next,
}

/// What the wrapped service said, and heard.
#[derive(Default)]
struct Talker {
    to_say: VecDeque<Saying>,
    saying: Option<Saying>,
    heard: Vec<Plain>,
}

#[derive(Clone, Debug)]
struct Saying {
    kind: Kind,
    destination: MacAddress,
    head: FrameHead,
    text: Vec<u8>,
}

/// A message as its sender meant it.
#[derive(Clone, Debug, PartialEq)]
struct Plain {
    kind: Kind,
    /// Without what may change on the way.
    head: FrameHead,
    source: MacAddress,
    destination: MacAddress,
    text: Vec<u8>,
}

const fn lasting(head: FrameHead) -> FrameHead {
    FrameHead {
        channel: SendChannel::Current,
        forward_ttl: 0,
        ..head
    }
}

impl Service for Talker {
    fn kinds(&self) -> Kinds {
        Kinds::of(&KINDS)
    }

    fn handle(&mut self, _: Instant, input: Input<'_>) {
        if let Input::Message(Incoming { message, secured, .. }) = input {
            assert!(secured, "it counts as sealed");
            self.heard.push(Plain {
                kind: message.kind,
                head: lasting(message.head),
                source: message.source,
                destination: message.destination,
                text: message.payload.to_vec(),
            });
        }
    }

    fn poll(&mut self, _: Instant, _: &mut dyn Rng) -> Output<'_> {
        let Some(saying) = self.to_say.pop_front() else {
            return Output::Wait(None);
        };
        let saying = self.saying.insert(saying);
        Output::Send(Send {
            tag: 1,
            kind: saying.kind,
            head: saying.head,
            destination: saying.destination,
            payload: &saying.text,
        })
    }
}

enum Command {
    Load(&'static str),
    Store(&'static str, Vec<u8>),
}

struct Board {
    address: MacAddress,
    tag: TagLength,
    guard: Guarded<Talker, BOARDS, LONGEST>,
    /// Which key it has, or had.
    generation: u8,
    random: Xoshiro256PlusPlus,
    flash: BTreeMap<&'static str, Vec<u8>>,
    commands: VecDeque<Command>,
    /// Numbers of the messages that it has taken.
    taken: BTreeSet<u32>,
}

/// A message that was sealed, by its number.
struct Sealed {
    plain: Plain,
    generation: u8,
    /// Header and payload.
    octets: Vec<u8>,
}

#[derive(Default)]
struct World {
    now: Instant,
    said: u32,
    air: BTreeMap<u32, Sealed>,
    /// What is never to come twice: of whom, which epoch, which counter.
    numbers: BTreeSet<(MacAddress, [u8; ENVELOPE_LEN - 1])>,
}

/// The octets are what happens to three boards that share a key. Nothing is taken twice, whatever restarts, and nothing that was not
/// sealed under the same key; no number is used twice; no text goes out in the clear; no guard waits for the past. In the end, messages come
/// through again.
pub fn guarded(octets: &[u8]) {
    // A script that ends early is one all the same.
    let _ = run(&mut Unstructured::new(octets));
}

fn run(script: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let tag = if script.arbitrary()? {
        TagLength::Sixteen
    } else {
        TagLength::Eight
    };
    let mut boards = [0, 1, 2].map(|number| Board::new(number, tag));
    let mut world = World::default();
    for board in &mut boards {
        board.ask(&mut world);
    }
    for _ in 0..TURNS {
        if script.is_empty() {
            break;
        }
        let Turn {
            board,
            hurried,
            happening,
        } = script.arbitrary()?;
        let index = usize::from(board) % BOARDS;
        if let Happening::GoWell = happening {
            go_well(&mut boards, index, &mut world);
        }
        let board = &mut boards[index];
        board.happen(happening, &mut world);
        if !hurried {
            board.ask(&mut world);
        }
    }
    all_works_again(&mut boards, &mut world);
    Ok(())
}

const fn address(number: u8) -> MacAddress {
    match number {
        0xff => MacAddress::BROADCAST,
        number => MacAddress([0x24, 0x0a, 0xc4, 0, 0, number % 4]),
    }
}

const fn key(generation: u8) -> AppKey {
    AppKey::new([generation; 32])
}

/// What the board with this index said last comes to the others.
fn go_well(boards: &mut [Board; BOARDS], index: usize, world: &mut World) {
    boards[index].settle(world);
    let from = boards[index].address;
    let last = world.air.values().rfind(|sealed| sealed.plain.source == from);
    let Some(octets) = last.map(|sealed| sealed.octets.clone()) else {
        return;
    };
    for board in boards.iter_mut().filter(|board| board.address != from) {
        board.hear(world.now, &octets);
        board.settle(world);
    }
}

/// With one key and a flash that works, and after a restart of boards that had given their flash up, what anybody says is heard again, after as many messages as a reset may cost.
fn all_works_again(boards: &mut [Board; BOARDS], world: &mut World) {
    let newest = boards.iter().map(|board| board.generation).max().unwrap_or(0);
    for board in &mut *boards {
        if board.guard.is_shut().is_some() || board.guard.is_mute().is_some() {
            board.restart(false);
        }
        if board.generation != newest || !board.guard.has_key() {
            board.generation = newest;
            board.guard.set_key(Some(&key(newest)));
        }
        board.guard.get_mut().to_say.clear();
        board.settle(world);
    }
    world.now = world.now + QUIET * 2;
    for index in 0..BOARDS {
        boards[index].settle(world);
        let mut missing: BTreeSet<_> = (0..BOARDS).filter(|other| *other != index).collect();
        for _ in 0..=AHEAD {
            world.now = world.now + Duration::from_millis(1);
            let number = world.said;
            boards[index].say(false, MacAddress::BROADCAST, FrameHead::BROADCAST, b"again", world);
            go_well(boards, index, world);
            missing.retain(|other| !boards[*other].taken.contains(&number));
            if missing.is_empty() {
                break;
            }
        }
        assert!(missing.is_empty(), "{missing:?} do not hear {index} any more");
    }
}

impl Board {
    fn new(number: u8, tag: TagLength) -> Self {
        Self {
            address: address(number),
            tag,
            guard: guard(number, tag, Some(&key(0))),
            generation: 0,
            random: Xoshiro256PlusPlus::seed_from_u64(number.into()),
            flash: BTreeMap::new(),
            commands: VecDeque::new(),
            taken: BTreeSet::new(),
        }
    }

    fn happen(&mut self, happening: Happening<'_>, world: &mut World) {
        match happening {
            Happening::Say {
                control,
                to,
                head,
                text,
            } => self.say(control, address(to), FrameHead::from_octets(head), text, world),
            Happening::Hear { message, change } => {
                if let Some(octets) = world.letter(message).and_then(|octets| world.changed(octets, change)) {
                    self.hear(world.now, &octets);
                }
            }
            Happening::HearAnything {
                from,
                to,
                head,
                payload,
            } => {
                let message = Message {
                    kind: Kind::SecurityData,
                    head: FrameHead::from_octets(head),
                    destination: address(to),
                    source: address(from),
                    payload,
                };
                let mut octets = vec![0; message.buffer_len()];
                if message.emit(&mut octets).is_some() {
                    self.hear(world.now, &octets);
                }
            }
            Happening::Finish { refuses } => self.finish(world.now, refuses),
            Happening::Wait(micros) => world.now = world.now + Duration::from_micros(micros.into()),
            Happening::Restart { written } => self.restart(written),
            Happening::Key(change) => self.change_key(change),
            Happening::GoWell => {}
        }
        self.take_heard(world);
    }

    fn say(&mut self, control: bool, to: MacAddress, head: FrameHead, text: &[u8], world: &mut World) {
        let number = world.said.to_le_bytes();
        world.said += 1;
        self.guard.get_mut().to_say.push_back(Saying {
            kind: KINDS[usize::from(control)],
            destination: to,
            head,
            text: [&number, text].concat(),
        });
    }

    fn hear(&mut self, now: Instant, octets: &[u8]) {
        let Ok(message) = Message::parse(octets) else { return };
        // Its own messages and those that are sealed as the component does are the message layer's.
        if message.source == self.address || message.kind != Kind::SecurityData {
            return;
        }
        self.guard.handle(
            now,
            Input::Message(Incoming {
                message,
                secured: message.head.security,
                transmitter: message.source,
                rssi_dbm: -40,
                channel: Channel::DEFAULT,
                at: now,
            }),
        );
    }

    fn finish(&mut self, now: Instant, refuses: bool) {
        match self.commands.pop_front() {
            None => {}
            Some(Command::Load(key)) => {
                let value = if refuses {
                    Err(StorageError::Flash)
                } else {
                    Ok(self.flash.get(key).map(Vec::as_slice))
                };
                self.guard.handle(now, Input::Loaded { key, value });
            }
            Some(Command::Store(key, value)) => {
                let result = if refuses {
                    Err(StorageError::Full)
                } else {
                    self.flash.insert(key, value);
                    Ok(())
                };
                self.guard.handle(now, Input::Stored { key, result });
            }
        }
    }

    fn restart(&mut self, written: bool) {
        if let Some(Command::Store(key, value)) = self.commands.pop_front()
            && written
        {
            self.flash.insert(key, value);
        }
        self.commands.clear();
        let key = self.guard.has_key().then(|| key(self.generation));
        let [.., number] = self.address.octets();
        self.guard = guard(number, self.tag, key.as_ref());
    }

    fn change_key(&mut self, change: KeyChange) {
        if let KeyChange::Next = change {
            self.generation = self.generation.saturating_add(1);
        }
        let key = match change {
            KeyChange::Away => None,
            KeyChange::Back | KeyChange::Next => Some(key(self.generation)),
        };
        self.guard.set_key(key.as_ref());
    }

    /// Asks what the guard wants until it waits.
    fn ask(&mut self, world: &mut World) {
        for _ in 0..MOST_WANTS + self.guard.get().to_say.len() {
            match self.guard.poll(world.now, &mut self.random) {
                Output::Send(Send {
                    kind,
                    head,
                    destination,
                    payload,
                    ..
                }) => {
                    let message = Message {
                        kind,
                        head,
                        destination,
                        source: self.address,
                        payload,
                    };
                    let mut octets = vec![0; message.buffer_len()];
                    message.emit(&mut octets).expect("it is as long as that");
                    let saying = self.guard.get_mut().saying.take().expect("somebody said that");
                    world.keep(saying, self.generation, octets);
                    let outcome = Outcome::Sent;
                    self.guard.handle(world.now, Input::Sent { tag: 1, outcome });
                }
                Output::Load { key } => self.commands.push_back(Command::Load(key)),
                Output::Store { key, value } => self.commands.push_back(Command::Store(key, value.to_vec())),
                Output::Wait(deadline) => {
                    assert!(
                        deadline.is_none_or(|deadline| deadline > world.now),
                        "waits for the past"
                    );
                    self.take_heard(world);
                    return;
                }
                other => panic!("nobody asked for {other:?}"),
            }
            assert!(self.commands.len() <= 1, "the flash does one thing at a time");
        }
        panic!("it never waits");
    }

    /// The flash does all that it has to do, and the guard what it can without waiting for more.
    fn settle(&mut self, world: &mut World) {
        self.ask(world);
        for _ in 0..MOST_WANTS {
            if self.commands.is_empty() {
                return;
            }
            self.finish(world.now, false);
            self.ask(world);
        }
        panic!("the flash never rests");
    }

    fn take_heard(&mut self, world: &World) {
        for plain in std::mem::take(&mut self.guard.get_mut().heard) {
            let number = plain.text.first_chunk().map(|number| u32::from_le_bytes(*number));
            let sealed = number.and_then(|number| Some((number, world.air.get(&number)?)));
            let (number, sealed) = sealed.expect("it was sealed");
            assert_eq!(plain, sealed.plain, "it is as it was sealed");
            assert!(self.guard.has_key(), "without a key nothing is opened");
            assert_eq!(self.generation, sealed.generation, "under that key");
            assert!(self.taken.insert(number), "{number} is taken twice");
        }
    }
}

fn guard(number: u8, tag: TagLength, key: Option<&AppKey>) -> Guarded<Talker, BOARDS, LONGEST> {
    let config = GuardConfig {
        tag,
        ..GuardConfig::new(address(number))
    };
    let mut guard = Guarded::new(Talker::default(), config);
    guard.set_key(key);
    guard
}

impl World {
    fn keep(&mut self, saying: Saying, generation: u8, octets: Vec<u8>) {
        let Saying { kind, text, .. } = saying;
        let message = Message::parse(&octets).expect("what is sent is a message");
        assert_eq!(message.kind, Kind::SecurityData);
        let source = message.source;
        let envelope: [u8; ENVELOPE_LEN] = *message.payload.first_chunk().expect("it has an envelope");
        let [_, number @ ..] = envelope;
        assert!(self.numbers.insert((source, number)), "a number is used twice");
        // Four octets may be there by chance.
        let in_the_clear = text.len() >= 8 && message.payload.windows(text.len()).any(|part| part == text);
        assert!(!in_the_clear, "text goes out in the clear");
        let number = u32::from_le_bytes(*text.first_chunk().expect("it has a number"));
        let plain = Plain {
            kind,
            head: lasting(message.head),
            source,
            destination: message.destination,
            text,
        };
        let before = self.air.insert(
            number,
            Sealed {
                plain,
                generation,
                octets,
            },
        );
        assert!(before.is_none(), "{number} is sealed twice");
    }

    /// One of the messages that were sent, the latest first.
    fn letter(&self, which: u8) -> Option<&[u8]> {
        let which = usize::from(which) % self.air.len().max(1);
        self.air.values().rev().nth(which).map(|sealed| &*sealed.octets)
    }

    /// A message as it comes; `None` if that is no message.
    fn changed(&self, octets: &[u8], change: Change<'_>) -> Option<Vec<u8>> {
        let message = Message::parse(octets).ok()?;
        let emit = |message: Message<'_>| {
            let mut octets = vec![0; message.buffer_len()];
            message.emit(&mut octets).map(|_| octets)
        };
        match change {
            Change::Nothing => Some(octets.to_vec()),
            Change::Forwarded { channel, ttl } => {
                let head = FrameHead {
                    channel: Channel::new(channel % 15).map_or(SendChannel::Current, SendChannel::On),
                    forward_ttl: ttl,
                    ..message.head
                };
                emit(Message { head, ..message })
            }
            Change::Octet { place, mask } => {
                let mut octets = octets.to_vec();
                let place = usize::from(place) % octets.len();
                octets[place] ^= mask;
                Some(octets)
            }
            Change::Cut(length) => emit(Message {
                payload: message.payload.get(..length.into())?,
                ..message
            }),
            Change::Longer(more) => emit(Message {
                payload: &[message.payload, more].concat(),
                ..message
            }),
            Change::Text { of } => {
                let other = Message::parse(self.letter(of)?).ok()?;
                let payload = [&message.payload[..ENVELOPE_LEN], &other.payload[ENVELOPE_LEN..]].concat();
                emit(Message {
                    payload: &payload,
                    ..message
                })
            }
            Change::Header { of } => {
                let other = Message::parse(self.letter(of)?).ok()?;
                emit(Message {
                    payload: message.payload,
                    ..other
                })
            }
        }
    }
}
