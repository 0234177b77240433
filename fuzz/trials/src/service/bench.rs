//! Boards, and the world around them.

use std::collections::VecDeque;

use arbitrary::Unstructured;
use protocol::board::{LONGEST_KEY, LONGEST_VALUE, SECTOR};
use protocol::espnow::Version;
use protocol::message::{FrameHead, HEADER_LEN, Kind, Message};
use protocol::service::{ImageDone, Incoming, Input, Outcome, Output, Send};
use protocol::time::{Duration, Instant};
use protocol::{Channel, MacAddress};
use rand_core::SeedableRng as _;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::flash::{Flash, Operation};
use super::script::{Change, FinishHow, Happening, Injected, Setup, Turn};
use super::{Make, Subject, address};

/// As many messages as a message layer of the usual size has room for; a service is asked for no more.
const UNDER_WAY: usize = 8;

/// Messages that are kept to be delivered.
const KEPT: usize = 64;

/// What a service may want before it waits, its messages aside.
const MOST_WANTS: usize = 64;

/// What a service may have to tell at once.
const MOST_EVENTS: usize = 256;

/// Octets of the longest payload.
const LONGEST_PAYLOAD: usize = Version::V2.max_payload() - HEADER_LEN;

/// Turns of one script.
const TURNS: usize = 400;

/// A message that was sent.
#[derive(Clone)]
struct Letter {
    from: usize,
    kind: Kind,
    head: FrameHead,
    source: MacAddress,
    destination: MacAddress,
    payload: Vec<u8>,
}

struct Board {
    make: Make,
    way: u8,
    subject: Box<dyn Subject>,
    flash: Flash,
    channel: Channel,
    random: Xoshiro256PlusPlus,
    /// When it was started.
    started: Instant,
    /// What it waits for, by its own clock.
    deadline: Option<Instant>,
    tags: Vec<u16>,
    commands: VecDeque<Operation>,
}

pub(super) struct Bench {
    boards: Vec<Board>,
    letters: VecDeque<Letter>,
    now: Instant,
    slow_flash: bool,
}

impl Bench {
    pub(super) fn run(script: &mut Unstructured<'_>, makes: &[Make]) -> arbitrary::Result<()> {
        let setup: Setup = script.arbitrary()?;
        let boards = (0..).zip(makes).map(|(index, make)| Board::new(index, *make, setup));
        let mut bench = Self {
            boards: boards.collect(),
            letters: VecDeque::new(),
            now: Instant::START,
            slow_flash: setup.slow_flash,
        };
        for index in 0..bench.boards.len() {
            bench.ask(index);
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
            let index = usize::from(board) % bench.boards.len();
            bench.happen(index, happening, script)?;
            if !hurried {
                bench.ask(index);
            }
        }
        Ok(())
    }

    fn happen(
        &mut self,
        index: usize,
        happening: Happening<'_>,
        script: &mut Unstructured<'_>,
    ) -> arbitrary::Result<()> {
        let board = &mut self.boards[index];
        let now = board.clock(self.now);
        match happening {
            Happening::Wait(micros) => self.now = self.now + Duration::from_micros(micros.into()),
            Happening::WaitForDeadline => self.wait_for(index),
            Happening::Deliver {
                letter,
                rssi_dbm,
                change,
            } => {
                if let Some(letter) = self.letters.get(usize::from(letter) % self.letters.len().max(1)) {
                    let letter = changed(letter, change);
                    board.hear(now, &letter, rssi_dbm, board.channel);
                }
            }
            Happening::Inject(injected) => board.inject(now, index, &injected),
            Happening::Sent { which, how } => {
                if !board.tags.is_empty() {
                    let tag = board.tags.remove(usize::from(which) % board.tags.len());
                    board.tell(
                        now,
                        Input::Sent {
                            tag,
                            outcome: how.outcome(),
                        },
                    );
                }
            }
            Happening::Finish(how) => board.finish(now, how),
            Happening::Command => {
                board.take_events(now);
                board.subject.command(now, script)?;
            }
            Happening::Restart { tear } => board.restart(index, self.now, Some(tear)),
            Happening::GoWell { rounds } => {
                for _ in 0..rounds % 32 {
                    self.go_well();
                }
            }
        }
        Ok(())
    }

    /// Time passes until the board is due, if it waits for anything.
    fn wait_for(&mut self, index: usize) {
        let board = &self.boards[index];
        if let Some(deadline) = board.deadline {
            let due = board.started + (deadline - Instant::START);
            self.now = due.max(self.now);
        }
    }

    /// Everything that was sent arrives everywhere, all flash commands are done, and what is waited for first comes.
    fn go_well(&mut self) {
        let letters: Vec<_> = self.letters.drain(..).collect();
        for index in 0..self.boards.len() {
            let board = &mut self.boards[index];
            let now = board.clock(self.now);
            while !board.commands.is_empty() {
                board.finish(now, FinishHow::Well);
            }
            for tag in std::mem::take(&mut board.tags) {
                board.tell(
                    now,
                    Input::Sent {
                        tag,
                        outcome: Outcome::Sent,
                    },
                );
            }
            for letter in letters.iter().filter(|letter| letter.from != index) {
                let is_for_it = [MacAddress::BROADCAST, own_address(index)].contains(&letter.destination);
                if is_for_it || letter.head.group {
                    board.hear(now, letter, -30, board.channel);
                }
            }
            self.ask(index);
        }
        if self.letters.is_empty() && self.boards.iter().all(|board| board.tags.is_empty()) {
            let due = |index: &usize| {
                self.boards[*index]
                    .deadline
                    .map(|at| self.boards[*index].started + (at - Instant::START))
            };
            if let Some(first) = (0..self.boards.len())
                .filter(|index| due(index).is_some())
                .min_by_key(due)
            {
                self.wait_for(first);
                self.ask(first);
            }
        }
    }

    /// Asks a board what it wants until it waits, and takes what it has to tell.
    fn ask(&mut self, index: usize) {
        let mut wants = 0;
        while self.boards[index].tags.len() < UNDER_WAY {
            wants += 1;
            assert!(wants <= MOST_WANTS, "it never waits");
            let board = &mut self.boards[index];
            let now = board.clock(self.now);
            let wish = board.poll(now);
            board.take_events(now);
            match wish {
                Wish::Send(tag, letter) => {
                    let from = index;
                    board.tags.push(tag);
                    self.letters.push_back(Letter {
                        from,
                        source: own_address(from),
                        ..letter
                    });
                    if self.letters.len() > KEPT {
                        self.letters.pop_front();
                    }
                }
                Wish::Flash(command) => {
                    board.commands.push_back(command);
                    if !self.slow_flash {
                        board.finish(now, FinishHow::Well);
                    }
                }
                Wish::Tune(channel) => board.channel = channel,
                Wish::Restart => board.restart(index, self.now, None),
                Wish::Wait(deadline) => {
                    board.deadline = deadline;
                    return;
                }
            }
        }
        let board = &mut self.boards[index];
        board.take_events(board.clock(self.now));
    }
}

/// What a service wants, without what it borrows.
enum Wish {
    Send(u16, Letter),
    Flash(Operation),
    Tune(Channel),
    Restart,
    Wait(Option<Instant>),
}

impl Board {
    fn new(index: u8, make: Make, setup: Setup) -> Self {
        let mut flash = Flash::new();
        // The first has something newer for the others.
        flash.running = crate::image::small_image(u8::from(index == 0));
        if setup.other_image {
            flash.other = flash.running.clone();
        }
        flash.on_trial = setup.on_trial;
        Self {
            make,
            way: setup.way,
            subject: make(index, setup.way),
            flash,
            channel: Channel::DEFAULT,
            random: Xoshiro256PlusPlus::seed_from_u64(index.into()),
            started: Instant::START,
            deadline: None,
            tags: Vec::new(),
            commands: VecDeque::new(),
        }
    }

    /// Time as the board counts it.
    fn clock(&self, now: Instant) -> Instant {
        Instant::START + (now - self.started)
    }

    fn restart(&mut self, index: usize, now: Instant, tear: Option<u8>) {
        if let (Some(chance), Some(command)) = (tear, self.commands.pop_front()) {
            self.flash.tear(command, chance.into());
        }
        self.commands.clear();
        self.tags.clear();
        self.flash.boot();
        self.subject = (self.make)(number(index), self.way);
        self.started = now;
        self.deadline = None;
        self.channel = Channel::DEFAULT;
    }

    fn poll(&mut self, now: Instant) -> Wish {
        let commands = &self.commands;
        let secrets: Vec<Vec<u8>> = self.subject.secrets().iter().map(|secret| secret.to_vec()).collect();
        match self.subject.service().poll(now, &mut self.random) {
            Output::Send(send) => {
                check_send(&send, &secrets);
                let Send {
                    tag,
                    kind,
                    head,
                    destination,
                    payload,
                } = send;
                let payload = payload.to_vec();
                // The bench knows whose it is.
                let (from, source) = (0, MacAddress::BROADCAST);
                Wish::Send(
                    tag,
                    Letter {
                        from,
                        kind,
                        head,
                        source,
                        destination,
                        payload,
                    },
                )
            }
            Output::Tune(channel) => Wish::Tune(channel),
            Output::Load { key } => {
                check_key(key);
                Wish::Flash(Operation::Load { key })
            }
            Output::Store { key, value } => {
                check_key(key);
                assert!(value.len() <= LONGEST_VALUE, "{key} is too long to be kept");
                let value = value.to_vec();
                Wish::Flash(Operation::Store { key, value })
            }
            Output::Remove { key } => {
                check_key(key);
                Wish::Flash(Operation::Remove { key })
            }
            Output::Image(task) => {
                let command = Operation::image(task);
                check_image_command(&command);
                assert!(!commands.iter().any(is_image_command), "one at a time");
                Wish::Flash(command)
            }
            Output::Restart => Wish::Restart,
            Output::Wait(deadline) => {
                assert!(
                    deadline.is_none_or(|deadline| deadline > now),
                    "waits for the past: {deadline:?} at {now:?}"
                );
                Wish::Wait(deadline)
            }
            _ => panic!("there is an output that nobody told the trials of"),
        }
    }

    fn take_events(&mut self, now: Instant) {
        let all = (0..MOST_EVENTS).all(|_| self.subject.take_event(now));
        assert!(!all, "it never has told all");
    }

    fn tell(&mut self, now: Instant, input: Input<'_>) {
        self.subject.service().handle(now, input);
    }

    fn hear(&mut self, now: Instant, letter: &Letter, rssi_dbm: i8, channel: Channel) {
        if !self.subject.service().kinds().contains(letter.kind) {
            return;
        }
        let Letter {
            kind,
            head,
            source,
            destination,
            payload,
            ..
        } = letter;
        self.tell(
            now,
            Input::Message(Incoming {
                message: Message {
                    kind: *kind,
                    head: *head,
                    destination: *destination,
                    source: *source,
                    payload,
                },
                secured: head.security,
                transmitter: *source,
                rssi_dbm,
                channel,
                at: now,
            }),
        );
    }

    fn inject(&mut self, now: Instant, index: usize, injected: &Injected<'_>) {
        let wanted = self.subject.service().kinds();
        let kinds: Vec<_> = Kind::ALL.into_iter().filter(|kind| wanted.contains(*kind)).collect();
        let own = own_address(index);
        let source = address(injected.source);
        if kinds.is_empty() || source == own || injected.payload.len() > LONGEST_PAYLOAD {
            return;
        }
        let letter = Letter {
            from: index,
            kind: kinds[usize::from(injected.kind) % kinds.len()],
            head: FrameHead {
                security: injected.secured,
                ..FrameHead::from_octets(injected.head)
            },
            source,
            destination: injected.destination.map_or(own, address),
            payload: injected.payload.to_vec(),
        };
        let channel = Channel::new(injected.channel % 14 + 1).unwrap_or(self.channel);
        self.hear(now, &letter, injected.rssi_dbm, channel);
    }

    fn finish(&mut self, now: Instant, how: FinishHow<'_>) {
        let Some(command) = self.commands.pop_front() else {
            return;
        };
        let service = self.subject.service();
        match (how, command) {
            (FinishHow::Badly { full }, command) => {
                let (storage, firmware) = FinishHow::errors(full);
                service.handle(
                    now,
                    match command {
                        Operation::Load { key } => Input::Loaded {
                            key,
                            value: Err(storage),
                        },
                        Operation::Store { key, .. } | Operation::Remove { key } => Input::Stored {
                            key,
                            result: Err(storage),
                        },
                        _ => Input::Image(Err(firmware)),
                    },
                );
            }
            (FinishHow::Reads(value), Operation::Load { key }) => {
                service.handle(now, Input::Loaded { key, value: Ok(value) });
            }
            (FinishHow::Reads(Some(octets)), Operation::Read { length, .. }) => {
                // As many as were asked for, or what is read is an error.
                let mut part = vec![0xff; length.into()];
                let known = octets.len().min(part.len());
                part[..known].copy_from_slice(&octets[..known]);
                service.handle(now, Input::Image(Ok(ImageDone::Read(&part))));
            }
            (FinishHow::Reads(value), Operation::Length { .. }) => {
                let length = value.map(|octets| octets.iter().fold(0, |number, octet| number << 8 | u32::from(*octet)));
                service.handle(now, Input::Image(Ok(ImageDone::Length(length))));
            }
            (_, command) => self.flash.carry_out(command, |input| service.handle(now, input)),
        }
    }
}

/// There are a handful of boards.
fn number(index: usize) -> u8 {
    u8::try_from(index).unwrap_or(u8::MAX)
}

fn own_address(index: usize) -> MacAddress {
    address(number(index))
}

/// A message as it comes. Everybody has the application's key: a board that was taken over can change and seal what it likes.
fn changed(letter: &Letter, change: Change<'_>) -> Letter {
    let mut letter = letter.clone();
    match change {
        Change::Nothing => {}
        Change::Octet { place, mask } => {
            let length = letter.payload.len().max(1);
            if let Some(octet) = letter.payload.get_mut(usize::from(place) % length) {
                *octet ^= mask;
            }
        }
        Change::Cut(length) => letter.payload.truncate(length.into()),
        Change::Longer(octets) => {
            letter.payload.extend_from_slice(octets);
            letter.payload.truncate(LONGEST_PAYLOAD);
        }
        Change::Source(index) => letter.source = address(index),
    }
    letter
}

fn check_send(send: &Send<'_>, secrets: &[Vec<u8>]) {
    assert!(send.payload.len() <= LONGEST_PAYLOAD, "no frame takes it");
    if !send.head.security {
        for secret in secrets {
            let is_told = send.payload.windows(secret.len()).any(|part| part == secret);
            assert!(!is_told, "a secret goes out in the clear");
        }
    }
}

fn check_key(key: &str) {
    assert!(!key.is_empty() && key.len() <= LONGEST_KEY, "{key:?} is no key");
}

fn check_image_command(command: &Operation) {
    match command {
        Operation::Erase { offset, .. } => assert!(offset.is_multiple_of(SECTOR), "erased by sectors"),
        Operation::Write { offset, data } => {
            assert!(
                offset.is_multiple_of(4) && data.len().is_multiple_of(4),
                "written by four octets"
            );
        }
        _ => {}
    }
}

const fn is_image_command(command: &Operation) -> bool {
    !matches!(
        command,
        Operation::Load { .. } | Operation::Store { .. } | Operation::Remove { .. }
    )
}
