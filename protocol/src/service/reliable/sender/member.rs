//! One of those that a session is with.

use crate::MacAddress;
use crate::service::reliable::packet::Reason;
use crate::time::Instant;

/// Why a receiver was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Loss {
    /// It said nothing for [`super::SenderConfig::give_up_after`].
    Silent,
    /// It started anew, or gave the session up: what it had not reported is uncertain.
    Restarted,
    /// It never took the session: as many others have one with it as it can bear.
    Busy,
    /// Its segments are shorter.
    SegmentTooLong,
    /// It took what we sent for no message.
    Malformed,
}

/// How far it is with a receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// It has not answered `open` yet, which goes out again then.
    Opening {
        again_at: Instant,
    },
    /// It is to be told its token.
    Confirming,
    Joined,
    Gone(Loss),
}

#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) address: MacAddress,
    pub(super) stage: Stage,
    pub(super) token: Option<u32>,
    /// It has all before.
    pub(super) next: u32,
    /// Bit n: it has `next` + 1 + n.
    held: u32,
    /// It has room for all before.
    pub(super) limit: u32,
    pub(super) heard_at: Instant,
    /// The last packet that it answered.
    answered: Option<u16>,
    /// Polls in a row that it did not answer.
    pub(super) silent_for: u8,
    /// Why it has no session yet, if it said so.
    pub(super) excuse: Option<Loss>,
    /// The last packet that went to it alone.
    pub(super) last_number: Option<u16>,
    pub(super) loss_told: bool,
}

impl Member {
    pub(super) const fn new(address: MacAddress, now: Instant) -> Self {
        Self {
            address,
            stage: Stage::Opening { again_at: now },
            token: None,
            next: 0,
            held: 0,
            limit: 0,
            heard_at: now,
            answered: None,
            silent_for: 0,
            excuse: None,
            last_number: None,
            loss_told: false,
        }
    }

    pub(super) const fn is_gone(&self) -> bool {
        matches!(self.stage, Stage::Gone(_))
    }

    pub(super) fn is_joined(&self) -> bool {
        self.stage == Stage::Joined
    }

    pub(super) const fn has(&self, sequence: u32) -> bool {
        if sequence < self.next {
            return true;
        }
        let ahead = sequence - self.next;
        ahead >= 1 && ahead <= 32 && self.held >> (ahead - 1) & 1 == 1
    }

    /// Whether it has answered packet `number`, or a later one.
    pub(super) fn has_answered(&self, number: u16) -> bool {
        self.answered
            .is_some_and(|answered| answered.wrapping_sub(number) as i16 >= 0)
    }

    fn hear(&mut self, now: Instant, answers: u16) {
        self.heard_at = now;
        self.silent_for = 0;
        if !self.has_answered(answers) {
            self.answered = Some(answers);
        }
    }

    pub(super) fn handle_accept(&mut self, now: Instant, answers: u16, token: u32, room: u8) {
        match self.token {
            Some(known) if known != token => {
                self.give_up(Loss::Restarted);
                return;
            }
            _ => self.token = Some(token),
        }
        self.hear(now, answers);
        self.limit = self.limit.max(u32::from(room));
        if !self.is_gone() {
            self.stage = Stage::Confirming;
        }
    }

    /// Takes a report on what was sent before `sent`. Returns whether it could be one.
    pub(super) fn handle_report(
        &mut self,
        now: Instant,
        answers: u16,
        next: u32,
        room: u8,
        held: u32,
        sent: u32,
    ) -> bool {
        if self.token.is_none() || self.is_gone() || next > sent {
            return false;
        }
        self.hear(now, answers);
        self.stage = Stage::Joined;
        // An older one, that was overtaken, has nothing to add.
        if next > self.next {
            (self.next, self.held) = (next, held);
        } else if next == self.next {
            self.held |= held;
        }
        self.limit = self.limit.max(next.saturating_add(u32::from(room)));
        true
    }

    pub(super) fn handle_reset(&mut self, reason: Reason) {
        match (reason, self.stage) {
            (_, Stage::Gone(_)) | (Reason::Unknown, Stage::Opening { .. }) => {}
            (Reason::Unknown, _) => self.give_up(Loss::Restarted),
            (Reason::Busy, _) => self.excuse = Some(Loss::Busy),
            (Reason::TooLong, _) => self.give_up(Loss::SegmentTooLong),
            (Reason::Malformed, _) => self.give_up(Loss::Malformed),
        }
    }

    pub(super) const fn give_up(&mut self, loss: Loss) {
        if !self.is_gone() {
            self.stage = Stage::Gone(loss);
        }
    }
}
