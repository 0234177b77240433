//! How wrong clocks really are: somebody calls, all hear the same call at the same moment, and compare their times.
//!
//! ```text
//!    referee    ── call 7 ──► everybody                     (reference broadcast: Elson, Girod and Estrin, OSDI 2002)
//!    initiator  ── answer 7: it was 12 345 678 ──► everybody
//!    responder  its own clock said 12 345 691 at call 7: 13 µs wrong
//! ```

use rand_core::Rng;

use crate::MacAddress;
use crate::message::{FrameHead, Kind, Kinds};
use crate::service::{Input, Output, Send, Service};
use crate::time::{Duration, Instant};

const CALL: u8 = 0xc1;
const ANSWER: u8 = 0xc2;

/// What a board does about calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Calls, so often.
    Calls(Duration),
    /// Says what its own clock was.
    Answers,
    /// Compares.
    Compares,
}

/// A call that the initiator has answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Comparison {
    /// When the call came, by this board's timer.
    pub(super) at: Instant,
    /// When it came, by the initiator's.
    pub(super) reference_us: u64,
}

/// Calls, answers or compares.
#[derive(Debug)]
pub(super) struct Witness {
    role: Role,
    number: u16,
    next_at: Instant,
    heard: Option<(u16, Instant)>,
    answer_due: bool,
    comparison: Option<Comparison>,
    octets: [u8; 11],
}

impl Witness {
    pub(super) const fn new(role: Role) -> Self {
        Self {
            role,
            number: 0,
            next_at: Instant::START,
            heard: None,
            answer_due: false,
            comparison: None,
            octets: [0; 11],
        }
    }

    pub(super) const fn poll_event(&mut self) -> Option<Comparison> {
        self.comparison.take()
    }

    fn send(&mut self, length: usize) -> Output<'_> {
        Output::Send(Send {
            tag: 0,
            kind: Kind::Data,
            head: FrameHead {
                retransmit_count: 1,
                ..FrameHead::BROADCAST
            },
            destination: MacAddress::BROADCAST,
            payload: &self.octets[..length],
        })
    }
}

impl Service for Witness {
    fn kinds(&self) -> Kinds {
        Kinds::of(&[Kind::Data])
    }

    fn handle(&mut self, _now: Instant, input: Input<'_>) {
        let Input::Message(incoming) = input else { return };
        match *incoming.message.payload {
            [CALL, low, high] => {
                self.heard = Some((u16::from_le_bytes([low, high]), incoming.at));
                self.answer_due = self.role == Role::Answers;
            }
            [ANSWER, low, high, ref time @ ..] if self.role == Role::Compares => {
                let number = u16::from_le_bytes([low, high]);
                let heard = self.heard.filter(|(heard, _)| *heard == number);
                if let (Some((_, at)), Some(time)) = (heard, time.first_chunk()) {
                    let reference_us = u64::from_le_bytes(*time);
                    self.comparison = Some(Comparison { at, reference_us });
                }
            }
            _ => {}
        }
    }

    fn poll(&mut self, now: Instant, _random: &mut dyn Rng) -> Output<'_> {
        if let Role::Calls(period) = self.role {
            if now < self.next_at {
                return Output::Wait(Some(self.next_at));
            }
            self.next_at = now + period;
            self.number = self.number.wrapping_add(1);
            self.octets[0] = CALL;
            self.octets[1..3].copy_from_slice(&self.number.to_le_bytes());
            return self.send(3);
        }
        if let Some((number, at)) = self.heard.filter(|_| self.answer_due) {
            self.answer_due = false;
            self.octets[0] = ANSWER;
            self.octets[1..3].copy_from_slice(&number.to_le_bytes());
            self.octets[3..].copy_from_slice(&at.as_micros().to_le_bytes());
            return self.send(11);
        }
        Output::Wait(None)
    }
}
