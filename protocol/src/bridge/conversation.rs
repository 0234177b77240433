//! A session as one end sees it: numbers, acknowledgements, going back.
//!
//! ```text
//!      base          sent             reached
//!       ▼              ▼                 ▼
//!    ┌─────┬─────┬─────┬─────┐
//!    │  7  │  8  │  9  │ 10  │      on the way: 7 and 8; to go, again or for the first time: 9 and 10
//!    └─────┴─────┴─────┴─────┘
//! ```

use heapless::{Deque, Vec};

use super::deframer::{LineStatistics, count, enclose};
use super::frame::{Frame, Sender};
use super::{MAX_MESSAGE, SILENCE, WINDOW};
use crate::time::{Duration, Instant};

/// Until an end goes back on its own.
const FIRST_TIMEOUT: Duration = Duration::from_millis(100);
const LONGEST_TIMEOUT: Duration = Duration::from_millis(800);

/// Until a gap that still shows is told again.
const GAP_AGAIN: Duration = Duration::from_millis(50);

/// The session ends before its numbers do.
const LAST_NUMBER: u32 = u32::MAX - WINDOW as u32;

/// What the other end is to be told without data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owed {
    Nothing,
    Ack,
    Gap,
}

/// A data frame's numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbers {
    pub(super) session: u32,
    pub(super) number: u32,
    pub(super) ack: u32,
}

#[derive(Debug)]
pub(super) struct Conversation {
    sender: Sender,
    session: Option<u32>,
    unacknowledged: Deque<Vec<u8, MAX_MESSAGE>, WINDOW>,
    /// The number of the first of them.
    base: u32,
    /// How many of them went out since this end last went back.
    sent: usize,
    /// The first number that never went out.
    reached: u32,
    timeout: Duration,
    go_back_at: Option<Instant>,
    /// The other end's number that comes next.
    expected: u32,
    owed: Owed,
    /// When it was told last that `expected` is missing.
    gap_told: Option<Instant>,
    heard_at: Instant,
    pub(super) statistics: LineStatistics,
}

impl Conversation {
    pub(super) const fn new(sender: Sender) -> Self {
        Self {
            sender,
            session: None,
            unacknowledged: Deque::new(),
            base: 0,
            sent: 0,
            reached: 0,
            timeout: FIRST_TIMEOUT,
            go_back_at: None,
            expected: 0,
            owed: Owed::Nothing,
            gap_told: None,
            heard_at: Instant::START,
            statistics: LineStatistics {
                frames: 0,
                broken: 0,
                repeated: 0,
                turned_away: 0,
            },
        }
    }

    pub(super) const fn session(&self) -> Option<u32> {
        self.session
    }

    pub(super) fn begin(&mut self, session: u32, now: Instant) {
        self.end();
        self.session = Some(session);
        self.heard_at = now;
    }

    /// What is under way is forgotten; the counters go on.
    pub(super) fn end(&mut self) {
        // One by one: a whole new one would pass over a chip's stack.
        self.session = None;
        self.unacknowledged.clear();
        (self.base, self.sent, self.reached) = (0, 0, 0);
        self.timeout = FIRST_TIMEOUT;
        self.go_back_at = None;
        self.expected = 0;
        self.owed = Owed::Nothing;
        self.gap_told = None;
    }

    /// Whether nothing was heard for too long, or numbers are used up.
    pub(super) fn is_over(&self, now: Instant) -> bool {
        let used_up = self.base >= LAST_NUMBER || self.expected >= LAST_NUMBER;
        self.session.is_some() && (used_up || now >= self.heard_at + SILENCE)
    }

    pub(super) fn has_room(&self) -> bool {
        self.session.is_some() && !self.unacknowledged.is_full() && self.base < LAST_NUMBER
    }

    /// Takes a message for the other end, if there is room for it.
    pub(super) fn send(&mut self, emit: impl FnOnce(&mut [u8]) -> Option<usize>) -> bool {
        if !self.has_room() {
            return false;
        }
        let mut message = Vec::new();
        // Its capacity is its length then.
        let _ = message.resize_default(MAX_MESSAGE);
        let Some(length) = emit(&mut message) else {
            return false;
        };
        message.truncate(length);
        self.unacknowledged.push_back(message).is_ok()
    }

    /// A data frame came. Returns whether its message is to be taken, for which there has to be room.
    pub(super) fn handle_data(&mut self, numbers: Numbers, has_room: bool, now: Instant) -> bool {
        let Numbers { session, number, ack } = numbers;
        if self.session != Some(session) {
            count(&mut self.statistics.turned_away);
            return false;
        }
        self.handle_ack(session, ack, false, now);
        if number == self.expected && has_room && number < LAST_NUMBER {
            self.expected += 1;
            self.gap_told = None;
            self.owe(Owed::Ack);
            return true;
        }
        count(&mut self.statistics.turned_away);
        if number > self.expected {
            self.tell_gap(now);
        }
        self.owe(Owed::Ack);
        false
    }

    /// The other end expects `ack`, and, with a gap, has seen that it was lost.
    pub(super) fn handle_ack(&mut self, session: u32, ack: u32, gap: bool, now: Instant) {
        if self.session != Some(session) {
            count(&mut self.statistics.turned_away);
            return;
        }
        self.heard_at = now;
        // What was acknowledged before, or never sent.
        if ack < self.base || ack > self.reached {
            return;
        }
        if ack > self.base {
            while self.base < ack && self.unacknowledged.pop_front().is_some() {
                self.base += 1;
                self.sent = self.sent.saturating_sub(1);
            }
            self.timeout = FIRST_TIMEOUT;
            self.go_back_at = (self.sent > 0).then(|| now + self.timeout);
        }
        if gap {
            self.go_back();
        }
    }

    /// Something came that was no frame.
    pub(super) fn handle_broken(&mut self, now: Instant) {
        count(&mut self.statistics.broken);
        if self.session.is_some() {
            self.tell_gap(now);
        }
    }

    /// Not for every frame that shows the same gap: the other end would go back for each.
    fn tell_gap(&mut self, now: Instant) {
        if self.gap_told.is_none_or(|at| now >= at + GAP_AGAIN) {
            self.gap_told = Some(now);
            self.owed = Owed::Gap;
        }
    }

    fn owe(&mut self, owed: Owed) {
        if self.owed == Owed::Nothing {
            self.owed = owed;
        }
    }

    fn go_back(&mut self) {
        self.sent = 0;
        self.go_back_at = None;
    }

    /// Writes the next frame to `line`, if there is one to send, and gives its length.
    pub(super) fn poll_transmit(&mut self, now: Instant, line: &mut [u8]) -> Option<usize> {
        let session = self.session?;
        if self.go_back_at.is_some_and(|at| at <= now) {
            self.go_back();
            self.timeout = (self.timeout * 2).min(LONGEST_TIMEOUT);
        }
        let ack = self.expected;
        let next = self.unacknowledged.iter().nth(self.sent);
        let frame = match next {
            Some(message) if self.owed != Owed::Gap => {
                let number = self.base + self.sent as u32;
                self.sent += 1;
                if number < self.reached {
                    count(&mut self.statistics.repeated);
                }
                self.reached = self.reached.max(number + 1);
                self.go_back_at.get_or_insert(now + self.timeout);
                Frame::Data {
                    session,
                    number,
                    ack,
                    message,
                }
            }
            _ if self.owed == Owed::Nothing => return None,
            _ => Frame::Ack {
                session,
                ack,
                gap: self.owed == Owed::Gap,
            },
        };
        self.owed = Owed::Nothing;
        enclose(&frame, self.sender, line)
    }

    /// When it has to be looked at again although nothing comes.
    pub(super) fn next_timeout(&self) -> Option<Instant> {
        self.session?;
        let silent_at = self.heard_at + SILENCE;
        Some(self.go_back_at.map_or(silent_at, |at| at.min(silent_at)))
    }
}
