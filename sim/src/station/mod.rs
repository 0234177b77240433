//! The 802.11 MAC of a board: when a frame goes on the air, and whether it goes again.
//!
//! ```text
//!          enqueue                   idle for DIFS, slots counted down
//!   Idle ───────────► Contending ────────────────────────────────────► Transmitting
//!     ▲                 ▲    ▲ │ frozen while the air is busy                │ unicast
//!     │ nothing left    │    └─┘                                             ▼
//!     └─────────────────┤◄───────────── group frame: done ────────────  AwaitingAck
//!                       │               ACK: done; CWmin ◄──────────────────┤
//!                       └─── no ACK: CW doubled, retry bit; at the limit: given up
//! ```
//!
//! IEEE 802.11-2020, clause 10.3 (DCF): a frame waits until the air has been idle for DIFS and its backoff is counted
//! down; the countdown stops while the air is busy; every transmission is followed by a new backoff, sent or not. A station
//! is a state machine without a clock: the lab tells it the time and asks when it wants the air.
//!
//! Left out for now: EIFS, NAV, RTS/CTS, fragments, rate fallback, the chip's own delays.

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
    queue: VecDeque<Queued>,
    sequence: SequenceNumber,
    /// Attempts made with the head of the queue.
    attempts: u8,
    contention_window: u16,
    backoff: Generator,
    /// The ACK to send after SIFS: to whom, and at which rate.
    owed_ack: Option<(MacAddress, Rate)>,
}

/// How the head of the queue fared.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Done {
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
            sequence: SequenceNumber::default(),
            attempts: 0,
            contention_window: parameters.cw_min,
            backoff: stream(seed, Concern::Backoff, index),
            owed_ack: None,
        }
    }

    /// Takes a frame into the queue. The access procedure starts if it was idle.
    pub(crate) fn enqueue(&mut self, now: Time, frame: Queued) {
        self.queue.push_back(frame);
        if self.phase == Phase::Waiting {
            self.access
                .request(now, &self.parameters, self.contention_window, &mut self.backoff);
        }
    }

    /// The frame whose turn it is.
    pub(crate) fn head(&self) -> Option<&Queued> {
        self.queue.front()
    }

    /// Begins the next attempt with the head of the queue: its MPDU to be stamped, and the attempt's number from 1.
    pub(crate) fn begin_attempt(&mut self) -> Option<(&mut Queued, SequenceNumber, u8)> {
        let head = self.queue.front_mut()?;
        self.attempts += 1;
        self.phase = Phase::Transmitting;
        Some((head, self.sequence, self.attempts))
    }

    /// The last bit of the attempt is out. Group frames are done with it.
    pub(crate) fn end_attempt(&mut self, now: Time) -> Option<Done> {
        let head = self.queue.front()?;
        if head.destination.is_group() {
            return self.finish(now, true);
        }
        self.phase = Phase::AwaitingAck {
            deadline: now + self.parameters.ack_timeout(head.rate),
        };
        None
    }

    /// The ACK came.
    pub(crate) fn acknowledged(&mut self, now: Time) -> Option<Done> {
        self.finish(now, true)
    }

    /// The ACK did not come: another attempt, or the end.
    pub(crate) fn unacknowledged(&mut self, now: Time) -> Option<Done> {
        if self.attempts >= self.parameters.attempts {
            return self.finish(now, false);
        }
        self.contention_window = self.parameters.next_window(self.contention_window);
        self.phase = Phase::Waiting;
        self.access.back_off(now, self.contention_window, &mut self.backoff);
        None
    }

    fn finish(&mut self, now: Time, acknowledged: bool) -> Option<Done> {
        let frame = self.queue.pop_front()?;
        let attempts = std::mem::take(&mut self.attempts);
        self.sequence = self.sequence.next();
        self.contention_window = self.parameters.cw_min;
        self.phase = Phase::Waiting;
        // Post-backoff: counted down whether or not there is more to send (clause 10.3.4.3).
        self.access.back_off(now, self.contention_window, &mut self.backoff);
        Some(Done {
            destination: frame.destination,
            ticket: frame.ticket,
            acknowledged,
            attempts,
        })
    }

    /// A unicast frame for this station came through at `rate`: its sender gets an ACK after SIFS.
    pub(crate) fn owe_ack(&mut self, sender: MacAddress, rate: Rate) {
        self.owed_ack = Some((sender, rate.ack_rate()));
    }

    /// SIFS is over.
    pub(crate) fn take_owed_ack(&mut self) -> Option<(MacAddress, Rate)> {
        self.owed_ack.take()
    }

    /// The air is busy until `end`, from `now` on, with somebody else's frame.
    pub(crate) fn air_busy(&mut self, now: Time, end: Time) {
        self.access
            .freeze(now, end, &self.parameters, self.contention_window, &mut self.backoff);
    }

    /// When the station wants the air, as things stand.
    pub(crate) fn access_at(&self) -> Option<Time> {
        match self.phase {
            Phase::Waiting => self.access.due(&self.parameters),
            Phase::Transmitting | Phase::AwaitingAck { .. } => None,
        }
    }

    /// How long a unicast frame at this rate says that the air stays in use after it: SIFS and the ACK.
    pub(crate) fn duration_field(&self, rate: Rate) -> Span {
        self.parameters.sifs + self.parameters.ack_airtime(rate)
    }
}
