//! The board that looks.

use core::fmt;

use rand_core::Rng;

use super::LONGEST_LINE;
use super::line::{Line, Threshold};
use crate::MacAddress;
use crate::message::{FrameHead, Kind, Kinds, MAX_COUNT, SendChannel};
use crate::service::{Incoming, Input, Outcome, Output, Send, Service};
use crate::time::{Duration, Instant};

/// How long a line is held back for one that was written before it and comes after it.
const HOLD: Duration = Duration::from_millis(30);

/// Boards that may be chosen.
pub const MAX_WATCHED: usize = 16;

/// To whom a command goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// One board.
    Board(MacAddress),
    /// All boards of a group.
    Group(MacAddress),
    /// Everybody who hears it.
    Everybody,
}

/// Why a command can't be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperatorError {
    /// The one before is still on its way.
    Busy,
    /// It is longer than [`LONGEST_LINE`].
    TooLong,
    /// No more boards can be chosen.
    TooMany,
}

impl fmt::Display for OperatorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => f.write_str("the command before is still on its way"),
            Self::TooLong => write!(f, "a command has at most {LONGEST_LINE} octets"),
            Self::TooMany => write!(f, "at most {MAX_WATCHED} boards can be chosen"),
        }
    }
}

impl core::error::Error for OperatorError {}

/// What an [`Operator`] tells its application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperatorEvent<'a> {
    /// A line of a chosen board. Lines of one board come in the order of their writing.
    Line {
        /// Whose.
        from: MacAddress,
        /// What it says.
        line: Line<'a>,
    },
    /// A command is on its way no longer.
    Given {
        /// Its number.
        number: u16,
        /// How that went.
        outcome: Outcome,
    },
}

#[derive(Clone, Debug)]
struct Held {
    from: MacAddress,
    at_ms: Option<u64>,
    until: Instant,
    octets: heapless::Vec<u8, { LONGEST_LINE + 14 }>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    Ready,
    OnAir,
}

/// Gives commands, one at a time, and shows what boards say. `LINES` of theirs are held at once for their order: 16 if ten boards may
/// answer at once.
///
/// ```
/// use protocol::service::debug::{Operator, Recipient};
///
/// let mut operator = Operator::<8>::new(false);
/// operator.command(Recipient::Everybody, "stats", false)?;
/// # Ok::<(), protocol::service::debug::OperatorError>(())
/// ```
#[derive(Debug)]
pub struct Operator<const LINES: usize> {
    secured: bool,
    threshold: Threshold,
    watched: heapless::Vec<MacAddress, MAX_WATCHED>,
    state: State,
    head: FrameHead,
    destination: MacAddress,
    payload: heapless::Vec<u8, { LONGEST_LINE + 1 }>,
    number: u16,
    given: Option<(u16, Outcome)>,
    /// In the order of their coming.
    held: heapless::Vec<Held, LINES>,
    now: Instant,
    shown: heapless::Vec<u8, { LONGEST_LINE + 14 }>,
    missed: u32,
}

impl<const LINES: usize> Operator<LINES> {
    /// One that shows all lines of all boards. `secured` seals its commands under the application's key and hears nothing else.
    #[must_use]
    pub const fn new(secured: bool) -> Self {
        Self {
            secured,
            threshold: Threshold::up_to(super::Level::Verbose),
            watched: heapless::Vec::new(),
            state: State::Idle,
            head: FrameHead::UNICAST,
            destination: MacAddress::BROADCAST,
            payload: heapless::Vec::new(),
            number: 0,
            given: None,
            held: heapless::Vec::new(),
            now: Instant::START,
            shown: heapless::Vec::new(),
            missed: 0,
        }
    }

    /// Shows lines of this board from now on, and of others that were chosen; before the first choice, those of all.
    ///
    /// # Errors
    /// [`OperatorError::TooMany`].
    pub fn watch(&mut self, board: MacAddress) -> Result<(), OperatorError> {
        if self.watched.contains(&board) {
            return Ok(());
        }
        self.watched.push(board).map_err(|_| OperatorError::TooMany)
    }

    /// Shows lines of all boards again.
    pub fn watch_all(&mut self) {
        self.watched.clear();
    }

    /// Shows lines up to this level, and what has none.
    pub const fn set_threshold(&mut self, threshold: Threshold) {
        self.threshold = threshold;
    }

    /// Lines that came while all places were taken.
    #[must_use]
    pub const fn missed(&self) -> u32 {
        self.missed
    }

    /// Gives a command (`command` of the component's console): to one board by unicast, to more 31 times, to be passed on once. Where a
    /// board's channel is not known, `on_all_channels` says it everywhere. Answers are lines.
    ///
    /// # Errors
    /// [`OperatorError::Busy`], [`OperatorError::TooLong`].
    pub fn command(&mut self, to: Recipient, line: &str, on_all_channels: bool) -> Result<u16, OperatorError> {
        if self.state != State::Idle {
            return Err(OperatorError::Busy);
        }
        if line.len() > LONGEST_LINE {
            return Err(OperatorError::TooLong);
        }
        let to_many = FrameHead {
            retransmit_count: MAX_COUNT,
            forward_ttl: 1,
            forward_rssi: -25,
            ..FrameHead::BROADCAST
        };
        let (destination, head) = match to {
            Recipient::Board(address) => (address, FrameHead::UNICAST),
            Recipient::Group(group) => (group, FrameHead { group: true, ..to_many }),
            Recipient::Everybody => (MacAddress::BROADCAST, to_many),
        };
        self.destination = destination;
        self.head = FrameHead {
            security: self.secured,
            filter_adjacent_channel: !on_all_channels,
            channel: if on_all_channels {
                SendChannel::All
            } else {
                SendChannel::Current
            },
            ..head
        };
        self.payload.clear();
        // There is room, as was seen.
        let _ = self.payload.extend_from_slice(line.as_bytes());
        let _ = self.payload.push(0);
        self.number = self.number.wrapping_add(1);
        self.state = State::Ready;
        Ok(self.number)
    }

    /// What there is to tell.
    pub fn poll_event(&mut self) -> Option<OperatorEvent<'_>> {
        if let Some((number, outcome)) = self.given.take() {
            return Some(OperatorEvent::Given { number, outcome });
        }
        let released = self.held.iter().find(|held| held.until <= self.now)?;
        // What the same board wrote before goes before.
        let from = released.from;
        let (index, _) = self
            .held
            .iter()
            .enumerate()
            .filter(|(_, held)| held.from == from)
            .min_by_key(|(index, held)| (held.at_ms, *index))?;
        let held = self.held.remove(index);
        self.shown = held.octets;
        Some(OperatorEvent::Line {
            from,
            line: Line::parse(&self.shown),
        })
    }

    fn line(&mut self, now: Instant, incoming: &Incoming<'_>) {
        let from = incoming.message.source;
        let chosen = self.watched.is_empty() || self.watched.contains(&from);
        if !chosen || self.secured && !incoming.secured {
            return;
        }
        let line = Line::parse(incoming.message.payload);
        if line.level.is_some_and(|level| !self.threshold.takes(level)) {
            return;
        }
        let mut octets = heapless::Vec::new();
        let payload = incoming.message.payload;
        // What is longer is of an ESP-NOW v2 board.
        let _ = octets.extend_from_slice(&payload[..payload.len().min(octets.capacity())]);
        let held = Held {
            from,
            at_ms: line.at_ms,
            until: now + HOLD,
            octets,
        };
        if self.held.push(held).is_err() {
            self.missed += 1;
        }
        if self.held.len() * 2 > LINES {
            // Better out of order than not at all: the other half is for those that come before these are taken.
            for held in &mut self.held {
                held.until = now;
            }
        }
    }
}

impl<const LINES: usize> Service for Operator<LINES> {
    fn kinds(&self) -> Kinds {
        Kinds::of(&[Kind::DebugLog])
    }

    fn handle(&mut self, now: Instant, input: Input<'_>) {
        match input {
            Input::Message(incoming) => self.line(now, &incoming),
            Input::Sent { tag, outcome } if tag == self.number && self.state == State::OnAir => {
                self.state = State::Idle;
                self.given = Some((tag, outcome));
            }
            _ => {}
        }
    }

    fn poll(&mut self, now: Instant, _: &mut dyn Rng) -> Output<'_> {
        self.now = now;
        if self.state == State::Ready {
            self.state = State::OnAir;
            return Output::Send(Send {
                tag: self.number,
                kind: Kind::DebugCommand,
                head: self.head,
                destination: self.destination,
                payload: &self.payload,
            });
        }
        Output::Wait(
            self.held
                .iter()
                .map(|held| held.until)
                .filter(|&until| until > now)
                .min(),
        )
    }
}
