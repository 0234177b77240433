//! Boards without chips: services behind their messengers, on an air that loses, repeats and reorders, in virtual time.
//!
//! ```text
//!    Ether<S> ── boards: S (the services), a Switchboard, storage and two image slots in memory
//!             ── air: one frame at a time on a channel; each receiver loses, or gets it twice, or late, by chance
//!             ── faults: restart and power cut at any moment, also within a write; hostile octets
//! ```
//!
//! The same seed gives the same run. It is no simulator: no carrier sense, no collisions. `sim` has those.

#![allow(dead_code, reason = "every test takes what it needs")]

mod flash;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use protocol::espnow::{Delivery, Received};
use protocol::message::MessengerConfig;
use protocol::node::{Step, Switchboard};
use protocol::service::{Input, Service};
use protocol::time::{Duration, Instant};
use protocol::{Channel, MacAddress};
use rand_core::{Rng as _, SeedableRng as _};
use rand_xoshiro::Xoshiro256PlusPlus;

pub(crate) use flash::Flash;
use flash::Operation;

/// What a board has: as an enum of roles, or a struct of services.
pub(crate) trait Services {
    /// All of them, always in the same order.
    fn list(&mut self) -> Vec<&mut dyn Service>;
}

impl<S: Service> Services for S {
    fn list(&mut self) -> Vec<&mut dyn Service> {
        vec![self]
    }
}

/// What the air does to frames.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Air {
    /// The part of receptions that is lost, 0 to 1; of MAC acknowledgements, too.
    pub(crate) loss: f64,
    /// The part of receptions that comes twice.
    pub(crate) duplication: f64,
    /// Receptions come so much later at most, each by its own chance.
    pub(crate) jitter: Duration,
    pub(crate) rssi_dbm: i8,
}

impl Default for Air {
    fn default() -> Self {
        Self {
            loss: 0.0,
            duplication: 0.0,
            jitter: Duration::ZERO,
            rssi_dbm: -40,
        }
    }
}

/// MAC attempts of a unicast frame.
const ATTEMPTS: u32 = 7;

/// Raw messages that a board's driver keeps while the board is busy.
const RECEIVE_QUEUE: usize = 16;

pub(crate) struct Ether<S> {
    pub(crate) air: Air,
    pub(crate) boards: Vec<Board<S>>,
    /// Every frame that went out: when, whose, what.
    pub(crate) frames: Vec<(Instant, MacAddress, Vec<u8>)>,
    now: u64,
    queue: BinaryHeap<Reverse<(u64, u64, Event)>>,
    scheduled: u64,
    air_free_at: [u64; 15],
    random: Xoshiro256PlusPlus,
}

pub(crate) struct Board<S> {
    pub(crate) address: MacAddress,
    pub(crate) services: S,
    pub(crate) switchboard: Switchboard<8, 250>,
    pub(crate) flash: Flash,
    /// How often a service asked for a restart.
    pub(crate) restarts_wanted: u32,
    pub(crate) powered: bool,
    channel: Channel,
    started_at: u64,
    /// Counts starts, so that what was begun before one is not finished after it.
    life: u32,
    activity: Activity,
    inbox: VecDeque<(Received, Channel, Vec<u8>)>,
    wake_at: Option<u64>,
    random: Xoshiro256PlusPlus,
}

enum Activity {
    Idle,
    Sending,
    Flash { service: usize, operation: Operation },
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Wake {
        board: usize,
        life: u32,
    },
    Sent {
        board: usize,
        life: u32,
        acknowledged: bool,
    },
    FlashDone {
        board: usize,
        life: u32,
    },
    Arrive {
        board: usize,
        channel: u8,
        source: [u8; 6],
        destination: [u8; 6],
        octets: Vec<u8>,
    },
}

impl<S: Services> Ether<S> {
    pub(crate) fn new(seed: u64, air: Air) -> Self {
        Self {
            air,
            boards: Vec::new(),
            frames: Vec::new(),
            now: 0,
            queue: BinaryHeap::new(),
            scheduled: 0,
            air_free_at: [0; 15],
            random: Xoshiro256PlusPlus::seed_from_u64(seed),
        }
    }

    /// The address of the board with this index.
    pub(crate) fn address(index: usize) -> MacAddress {
        let [.., high, low] = index.to_be_bytes();
        MacAddress([0x24, 0x0a, 0xc4, 0, high, low])
    }

    /// Adds a board on channel 1 and returns its index.
    pub(crate) fn add(&mut self, services: S) -> usize {
        let index = self.boards.len();
        let address = Self::address(index);
        let random = Xoshiro256PlusPlus::seed_from_u64(self.random.next_u64());
        self.boards.push(Board {
            address,
            services,
            switchboard: Switchboard::new(MessengerConfig::new(address)),
            flash: Flash::new(),
            restarts_wanted: 0,
            powered: true,
            channel: Channel::DEFAULT,
            started_at: self.now,
            life: 0,
            activity: Activity::Idle,
            inbox: VecDeque::new(),
            wake_at: None,
            random,
        });
        self.poke(index);
        index
    }

    /// Virtual time since the beginning.
    pub(crate) fn now(&self) -> Instant {
        Instant::from_micros(self.now)
    }

    /// Time as the board counts it.
    pub(crate) fn board_time(&self, index: usize) -> Instant {
        Instant::from_micros(self.now - self.boards[index].started_at)
    }

    /// The services of a board, to be told something: afterwards it is asked what it wants.
    pub(crate) fn tell<T>(&mut self, index: usize, tell: impl FnOnce(&mut S, Instant) -> T) -> T {
        let now = self.board_time(index);
        let result = tell(&mut self.boards[index].services, now);
        self.poke(index);
        result
    }

    /// Cuts a board's power, in whatever it is doing. What it was writing may be written in part.
    pub(crate) fn power_off(&mut self, index: usize) {
        let chance = self.random.next_u64();
        let board = &mut self.boards[index];
        board.life += 1;
        board.powered = false;
        board.wake_at = None;
        board.inbox.clear();
        if let Activity::Flash { operation, .. } = std::mem::replace(&mut board.activity, Activity::Idle) {
            board.flash.tear(operation, chance);
        }
    }

    /// Starts a board anew with these services; storage and images are what they were.
    pub(crate) fn power_on(&mut self, index: usize, services: S) {
        if self.boards[index].powered {
            self.power_off(index);
        }
        let now = self.now;
        let board = &mut self.boards[index];
        board.powered = true;
        board.started_at = now;
        board.services = services;
        board.channel = Channel::DEFAULT;
        board.switchboard = Switchboard::new(MessengerConfig::new(board.address));
        board.flash.boot();
        self.poke(index);
    }

    /// Sends octets that no board made, to everybody on the channel.
    pub(crate) fn inject(&mut self, source: MacAddress, channel: Channel, octets: &[u8]) {
        self.deliver(usize::MAX, source, MacAddress::BROADCAST, channel, octets);
    }

    /// Lets everything happen that is due by `until`, counted from the beginning.
    pub(crate) fn run_until(&mut self, until: Instant) {
        while self.step_until(until) {}
        self.now = self.now.max(until.as_micros());
    }

    /// Lets things happen until `done`, and returns whether it came to that by `until`.
    pub(crate) fn run_while(&mut self, until: Instant, mut goes_on: impl FnMut(&mut Self) -> bool) -> bool {
        while goes_on(self) {
            if !self.step_until(until) {
                return false;
            }
        }
        true
    }

    fn step_until(&mut self, until: Instant) -> bool {
        if self
            .queue
            .peek()
            .is_none_or(|Reverse((at, ..))| *at > until.as_micros())
        {
            return false;
        }
        let Some(Reverse((at, _, event))) = self.queue.pop() else {
            return false;
        };
        self.now = at;
        self.happen(event);
        true
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Wake { board, life } => {
                if self.boards[board].life == life && self.boards[board].wake_at == Some(self.now) {
                    self.boards[board].wake_at = None;
                    self.run_board(board);
                }
            }
            Event::Sent {
                board,
                life,
                acknowledged,
            } => {
                let now = self.board_time(board);
                let state = &mut self.boards[board];
                if state.life == life {
                    state.activity = Activity::Idle;
                    let delivery = if acknowledged {
                        Delivery::Acknowledged
                    } else {
                        Delivery::Unacknowledged
                    };
                    state.switchboard.handle_sent(now, Ok(delivery));
                    self.run_board(board);
                }
            }
            Event::FlashDone { board, life } => {
                let now = self.board_time(board);
                let state = &mut self.boards[board];
                if state.life == life
                    && let Activity::Flash { service, operation } =
                        std::mem::replace(&mut state.activity, Activity::Idle)
                {
                    let mut services = state.services.list();
                    state
                        .flash
                        .carry_out(operation, |input: Input<'_>| services[service].handle(now, input));
                    self.run_board(board);
                }
            }
            Event::Arrive {
                board,
                channel,
                source,
                destination,
                octets,
            } => {
                let at = self.board_time(board);
                let rssi_dbm = self.air.rssi_dbm;
                let state = &mut self.boards[board];
                if !state.powered || state.channel.number() != channel || state.inbox.len() >= RECEIVE_QUEUE {
                    return;
                }
                let received = Received {
                    source: MacAddress(source),
                    destination: MacAddress(destination),
                    length: octets.len(),
                    rssi_dbm,
                    at,
                };
                state.inbox.push_back((received, state.channel, octets));
                self.run_board(board);
            }
        }
    }

    /// Lets a board do what it wants until it waits for something.
    fn run_board(&mut self, index: usize) {
        loop {
            let now = self.board_time(index);
            let board = &mut self.boards[index];
            if !board.powered || !matches!(board.activity, Activity::Idle) {
                return;
            }
            let mut services = board.services.list();
            if let Some((received, channel, mut octets)) = board.inbox.pop_front() {
                board
                    .switchboard
                    .handle_received(now, &received, channel, &mut octets, &mut services);
                continue;
            }
            match board.switchboard.step(now, &mut services, &mut board.random) {
                Step::Again | Step::Told => {}
                Step::Wait(deadline) => {
                    board.channel = board.switchboard.messenger().current_channel();
                    if let Some(deadline) = deadline {
                        assert!(deadline > now, "a service waits for the past for ever");
                        let at = board.started_at.saturating_add(deadline.as_micros());
                        self.schedule_wake(index, at);
                    }
                    return;
                }
                Step::Transmit(transmit) => {
                    let (destination, channel) = (transmit.destination, transmit.channel);
                    let octets = transmit.octets.to_vec();
                    board.channel = channel;
                    board.activity = Activity::Sending;
                    self.transmit(index, destination, channel, &octets);
                    return;
                }
                Step::Tune(channel) => {
                    board.switchboard.set_channel(channel);
                    board.channel = channel;
                }
                Step::Restart => {
                    board.restarts_wanted += 1;
                    self.power_off(index);
                    return;
                }
                Step::Load { service, key } => self.begin(index, service, Operation::Load { key }),
                Step::Store { service, key, value } => {
                    let value = value.to_vec();
                    self.begin(index, service, Operation::Store { key, value });
                }
                Step::Remove { service, key } => self.begin(index, service, Operation::Remove { key }),
                Step::Image { service, task } => {
                    let operation = Operation::image(task);
                    self.begin(index, service, operation);
                }
            }
        }
    }

    fn begin(&mut self, index: usize, service: usize, operation: Operation) {
        let done_at = self.now + operation.duration();
        let board = &mut self.boards[index];
        let life = board.life;
        board.activity = Activity::Flash { service, operation };
        self.schedule(done_at, Event::FlashDone { board: index, life });
    }

    fn transmit(&mut self, index: usize, destination: MacAddress, channel: Channel, octets: &[u8]) {
        let source = self.boards[index].address;
        self.frames.push((self.now(), source, octets.to_vec()));
        // 1 Mbit/s: preamble 192 µs, 43 octets around the payload, DIFS and a mean backoff.
        let airtime = 192 + (43 + octets.len() as u64) * 8 + 28 + 68;
        let place = usize::from(channel.number());
        let mut end = self.now.max(self.air_free_at[place]);
        let mut acknowledged = destination == MacAddress::BROADCAST;
        let mut heard = false;
        for _ in 0..if acknowledged { 1 } else { ATTEMPTS } {
            end += airtime;
            if destination == MacAddress::BROADCAST {
                break;
            }
            let receiver = self.boards.iter().position(|board| board.address == destination);
            let listens = receiver
                .is_some_and(|receiver| self.boards[receiver].powered && self.boards[receiver].channel == channel);
            heard |= listens && !self.chance(self.air.loss);
            acknowledged = heard && !self.chance(self.air.loss);
            if acknowledged {
                break;
            }
        }
        self.air_free_at[place] = end;
        let now = std::mem::replace(&mut self.now, end);
        if destination == MacAddress::BROADCAST || heard {
            self.deliver(index, source, destination, channel, octets);
        }
        self.now = now;
        let life = self.boards[index].life;
        self.schedule(
            end,
            Event::Sent {
                board: index,
                life,
                acknowledged,
            },
        );
    }

    fn deliver(&mut self, from: usize, source: MacAddress, destination: MacAddress, channel: Channel, octets: &[u8]) {
        for board in 0..self.boards.len() {
            let to_all = destination == MacAddress::BROADCAST;
            if board == from || !to_all && self.boards[board].address != destination {
                continue;
            }
            if to_all && self.chance(self.air.loss) {
                continue;
            }
            for _ in 0..if self.chance(self.air.duplication) { 2 } else { 1 } {
                let jitter = self.air.jitter.as_micros() as u64;
                let late = if jitter == 0 {
                    0
                } else {
                    self.random.next_u64() % jitter
                };
                let event = Event::Arrive {
                    board,
                    channel: channel.number(),
                    source: source.octets(),
                    destination: destination.octets(),
                    octets: octets.to_vec(),
                };
                self.schedule(self.now + late, event);
            }
        }
    }

    fn chance(&mut self, probability: f64) -> bool {
        (self.random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64 <= probability && probability > 0.0
    }

    fn poke(&mut self, index: usize) {
        self.schedule_wake(index, self.now);
    }

    fn schedule_wake(&mut self, index: usize, at: u64) {
        let board = &mut self.boards[index];
        if board.wake_at.is_some_and(|armed| armed <= at && armed >= self.now) {
            return;
        }
        board.wake_at = Some(at);
        let life = board.life;
        self.schedule(at, Event::Wake { board: index, life });
    }

    fn schedule(&mut self, at: u64, event: Event) {
        self.scheduled += 1;
        self.queue.push(Reverse((at, self.scheduled, event)));
    }
}
