//! The 802.11 MAC of a board: when a frame goes on the air, and whether it goes again.
//!
//! ```text
//!          enqueue, host ready       idle for DIFS, slots counted down
//!   Rest ────────────────────► Contending ──────────────────────────────► Transmitting
//!     ▲                          ▲    ▲ │ frozen while the air is busy         │ unicast
//!     │ nothing left             │    └─┘                                      ▼
//!     └──────────────────────────┤◄──────────── group frame: done ───────  AwaitingAck
//!                                │              ACK: done; CWmin ◄─────────────┤
//!                                └── no ACK: CW doubled, retry bit; at the limit: given up
//! ```
//!
//! IEEE 802.11-2020, clause 10.3 (DCF): a frame waits until the air has been idle for DIFS, or EIFS after a broken frame,
//! and its backoff is counted down; the countdown stops while the air is busy or reserved (NAV); every transmission is
//! followed by a new backoff, whether or not there is more to send. A station is a state machine without a clock: the lab
//! tells it the time and what the air is like, and asks when it wants the air.
//!
//! Left out: RTS/CTS and fragments, which ESP-NOW does not use; QoS access categories; power save, but for receivers that sleep, which
//! are the medium's matter.

mod access;
mod duplicates;
mod parameters;

use std::collections::VecDeque;

use protocol::frame::SequenceNumber;
use protocol::{MacAddress, Rate};

pub(crate) use access::Access;
pub(crate) use duplicates::Duplicates;
pub use parameters::MacParameters;

use crate::kernel::{Concern, Generator, Span, Time, stream};
use crate::medium::Carrier;

/// A frame in the driver's queue.
#[derive(Debug)]
pub(crate) struct Queued {
    /// The MPDU without its FCS; the station fills sequence number, duration and retry bit.
    pub(crate) mpdu: Vec<u8>,
    pub(crate) destination: MacAddress,
    pub(crate) rate: Rate,
    /// Tells the board's calls apart.
    pub(crate) ticket: u64,
}

/// A frame and when the host is done with handing it over.
#[derive(Debug)]
struct HandedOver {
    frame: Queued,
    queued_at: Time,
    ready_at: Time,
}

/// What the MAC is doing with the frame at the head of its queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It waits for its turn, or there is none.
    Waiting,
    /// It is on the air.
    Transmitting,
    /// Its last bit is out; the ACK has to have begun by the deadline.
    AwaitingAck { deadline: Time },
}

/// The MAC of one board.
#[derive(Debug)]
pub(crate) struct Station {
    pub(crate) parameters: MacParameters,
    pub(crate) phase: Phase,
    pub(crate) access: Access,
    pub(crate) duplicates: Duplicates,
    queue: VecDeque<HandedOver>,
    /// The host works on frames one after the other.
    host_free_at: Time,
    sequence: SequenceNumber,
    /// Attempts made with the head of the queue, and when the first began.
    attempts: u8,
    first_attempt_at: Time,
    contention_window: u16,
    backoff: Generator,
    /// The ACK to send after SIFS: to whom, and at which rate.
    owed_ack: Option<(MacAddress, Rate)>,
}

/// An attempt that begins: the frame to be stamped, and with what.
pub(crate) struct Attempt<'a> {
    pub(crate) frame: &'a mut Queued,
    /// When the program handed it over.
    pub(crate) queued_at: Time,
    pub(crate) sequence: SequenceNumber,
    /// From 1.
    pub(crate) number: u8,
    pub(crate) rate: Rate,
    /// How long the air stays in use after the frame, by its duration field: SIFS and the ACK.
    pub(crate) duration: Span,
}

/// How the head of the queue fared.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Done {
    /// The frame's octets, which nobody needs any more.
    pub(crate) mpdu: Vec<u8>,
    pub(crate) destination: MacAddress,
    pub(crate) ticket: u64,
    pub(crate) acknowledged: bool,
    pub(crate) attempts: u8,
}

impl Station {
    pub(crate) fn new(parameters: MacParameters, seed: u64, index: u32) -> Self {
        Self {
            parameters,
            phase: Phase::Waiting,
            access: Access::default(),
            duplicates: Duplicates::default(),
            queue: VecDeque::new(),
            host_free_at: Time::ZERO,
            sequence: SequenceNumber::default(),
            attempts: 0,
            first_attempt_at: Time::ZERO,
            contention_window: parameters.cw_min,
            backoff: stream(seed, Concern::Backoff, index),
            owed_ack: None,
        }
    }

    /// The chip is reset: the queue is lost, and all that the MAC knew. Returns the octets of frames that nobody needs any more.
    pub(crate) fn reset(&mut self) -> impl Iterator<Item = Vec<u8>> + use<> {
        let queue = std::mem::take(&mut self.queue);
        self.phase = Phase::Waiting;
        self.access.rest();
        self.duplicates = Duplicates::default();
        self.host_free_at = Time::ZERO;
        self.sequence = SequenceNumber::default();
        self.attempts = 0;
        self.contention_window = self.parameters.cw_min;
        self.owed_ack = None;
        queue.into_iter().map(|handed_over| handed_over.frame.mpdu)
    }

    /// Takes a frame into the queue. Returns when the host will have handed it to the MAC.
    pub(crate) fn enqueue(&mut self, now: Time, frame: Queued) -> Time {
        let ready_at = self.host_free_at.max(now) + self.parameters.host_per_frame;
        self.host_free_at = ready_at;
        self.queue.push_back(HandedOver {
            frame,
            queued_at: now,
            ready_at,
        });
        ready_at
    }

    /// Whether the frame at the head of the queue can go out.
    pub(crate) fn has_frame(&self, now: Time) -> bool {
        self.queue.front().is_some_and(|head| head.ready_at <= now)
    }

    /// The host has handed a frame over: the access procedure starts if it was at rest.
    pub(crate) fn request_access(&mut self, now: Time, carrier: Carrier) {
        if self.phase == Phase::Waiting && self.has_frame(now) {
            self.access.request(
                now,
                carrier,
                &self.parameters,
                self.contention_window,
                &mut self.backoff,
            );
        }
    }

    /// Begins the next attempt with the head of the queue.
    pub(crate) fn begin_attempt(&mut self, now: Time) -> Option<Attempt<'_>> {
        let head = self.queue.front_mut()?;
        if self.attempts == 0 {
            self.first_attempt_at = now;
        }
        self.attempts = self.attempts.saturating_add(1);
        self.phase = Phase::Transmitting;
        let unicast = !head.frame.destination.is_group();
        let rate = if unicast {
            self.parameters.rate_of_attempt(self.attempts, head.frame.rate)
        } else {
            head.frame.rate
        };
        let duration = reservation(&self.parameters, head.frame.destination, rate);
        Some(Attempt {
            frame: &mut head.frame,
            queued_at: head.queued_at,
            sequence: self.sequence,
            number: self.attempts,
            rate,
            duration,
        })
    }

    /// How long the air stays in use after a frame, by its duration field.
    pub(crate) fn reservation(&self, destination: MacAddress, rate: Rate) -> Span {
        reservation(&self.parameters, destination, rate)
    }

    /// The last bit of the attempt, sent at `rate`, is out. Group frames are done with it.
    pub(crate) fn end_attempt(&mut self, now: Time, rate: Rate) -> Option<Done> {
        let head = self.queue.front()?;
        if head.frame.destination.is_group() {
            return self.finish(now, true);
        }
        self.phase = Phase::AwaitingAck {
            deadline: now + self.parameters.ack_timeout(rate),
        };
        None
    }

    /// The ACK came.
    pub(crate) fn acknowledged(&mut self, now: Time) -> Option<Done> {
        self.host_free_at = self.host_free_at.max(now) + self.parameters.host_per_ack;
        self.finish(now, true)
    }

    /// The ACK did not come: another attempt, or the end.
    ///
    /// Its backoff begins now: slots follow a DIFS in which the air was idle (clauses 10.3.2.11 and 10.3.4.3), and that has
    /// passed since the frame's end, unless somebody else was heard. ns-3 has a timeout end a busy time, and waits DIFS more.
    pub(crate) fn unacknowledged(&mut self, now: Time) -> Option<Done> {
        let too_old = now - self.first_attempt_at >= self.parameters.lifetime;
        if self.attempts >= self.parameters.attempts || too_old {
            return self.finish(now, false);
        }
        self.contention_window = self.parameters.next_window(self.contention_window);
        self.phase = Phase::Waiting;
        self.access.back_off(now, self.contention_window, &mut self.backoff);
        None
    }

    /// Somebody else finds out whether the frame that was just sent is acknowledged, and takes as long as it takes.
    pub(crate) fn hold(&mut self) {
        if let Phase::AwaitingAck { deadline } = &mut self.phase {
            *deadline = Time::MAX;
        }
    }

    /// It is not, and another attempt would not help.
    pub(crate) fn give_up(&mut self, now: Time) -> Option<Done> {
        self.finish(now, false)
    }

    fn finish(&mut self, now: Time, acknowledged: bool) -> Option<Done> {
        let HandedOver { frame, .. } = self.queue.pop_front()?;
        let attempts = std::mem::take(&mut self.attempts);
        self.sequence = self.sequence.next();
        self.contention_window = self.parameters.cw_min;
        self.phase = Phase::Waiting;
        // Post-backoff: counted down whether or not there is more to send (clause 10.3.4.3).
        self.access.back_off(now, self.contention_window, &mut self.backoff);
        Some(Done {
            mpdu: frame.mpdu,
            destination: frame.destination,
            ticket: frame.ticket,
            acknowledged,
            attempts,
        })
    }

    /// The air becomes busy; `carrier` is as it was until now.
    pub(crate) fn freeze(&mut self, now: Time, carrier: Carrier) {
        self.access.freeze(
            now,
            carrier,
            &self.parameters,
            self.contention_window,
            &mut self.backoff,
        );
    }

    /// When the station wants the air, as things stand.
    pub(crate) fn access_at(&self, carrier: Carrier) -> Option<Time> {
        match self.phase {
            Phase::Waiting => self.access.due(carrier, &self.parameters),
            Phase::Transmitting | Phase::AwaitingAck { .. } => None,
        }
    }

    /// A unicast frame for this station came through at `rate`: its sender gets an ACK after SIFS.
    pub(crate) fn owe_ack(&mut self, sender: MacAddress, rate: Rate) {
        self.owed_ack = Some((sender, rate.ack_rate()));
    }

    /// The board has left the channel on which the ACK is awaited.
    pub(crate) fn forget_owed_ack(&mut self) {
        self.owed_ack = None;
    }

    /// SIFS is over.
    pub(crate) fn take_owed_ack(&mut self) -> Option<(MacAddress, Rate)> {
        self.owed_ack.take()
    }
}

/// SIFS and the ACK; nothing after group frames.
fn reservation(parameters: &MacParameters, destination: MacAddress, rate: Rate) -> Span {
    if destination.is_group() {
        Span::ZERO
    } else {
        parameters.sifs + parameters.ack_airtime(rate)
    }
}
