//! A program's own data, message by message: what `espnow_send(ESPNOW_DATA_TYPE_DATA, …)` is in the component.
//!
//! ```text
//!    send(destination, head, payload) ─► waits here ─► the message layer: repetitions, acks, forwarding ─► Event::Sent
//!    Event::Received ◄── waits here ◄── a message of type 10 for this board
//! ```
//!
//! A message is not repeated beyond what its head asks for. `service::reliable` does more.

use heapless::{Deque, Vec};
use rand_core::Rng;

use super::{Input, Outcome, Output, Send, SendError, Service};
use crate::MacAddress;
use crate::message::{FrameHead, Kind, Kinds};
use crate::time::Instant;

/// Octets of the longest payload in ESP-NOW v1.
pub const MAX_DATA: usize = 230;

/// Data out and in; `QUEUE` messages may wait in each direction.
#[derive(Debug)]
pub struct Data<const QUEUE: usize> {
    outgoing: Deque<Outgoing, QUEUE>,
    /// The one that was handed out last.
    sending: Option<Outgoing>,
    next_tag: u16,
    incoming: Deque<Datum, QUEUE>,
    outcomes: Deque<(u16, Outcome), QUEUE>,
    missed: u32,
}

#[derive(Debug)]
struct Outgoing {
    tag: u16,
    head: FrameHead,
    destination: MacAddress,
    payload: Vec<u8, MAX_DATA>,
}

/// A message that has come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datum {
    /// Who made it.
    pub source: MacAddress,
    /// How it travelled; [`FrameHead::forward_ttl`] is what is left.
    pub head: FrameHead,
    /// Signal strength of the last hop, dBm.
    pub rssi_dbm: i8,
    /// When the driver took it in.
    pub at: Instant,
    /// Whether it was sealed under the application's key.
    pub secured: bool,
    /// What it says.
    pub payload: Vec<u8, MAX_DATA>,
}

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "a chip has no heap to put it on")]
pub enum Event {
    /// A message has come in.
    Received(Datum),
    /// A message is done, under the number that [`Data::send`] gave.
    Sent(u16, Outcome),
}

impl<const QUEUE: usize> Data<QUEUE> {
    /// Nothing waits yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            outgoing: Deque::new(),
            sending: None,
            next_tag: 0,
            incoming: Deque::new(),
            outcomes: Deque::new(),
            missed: 0,
        }
    }

    /// Takes a message and gives the number under which [`Event::Sent`] tells how it went.
    ///
    /// # Errors
    /// [`SendError::TooLong`] beyond [`MAX_DATA`] octets, [`SendError::NoRoom`] if `QUEUE` messages wait already.
    pub fn send(&mut self, destination: MacAddress, head: FrameHead, payload: &[u8]) -> Result<u16, SendError> {
        let tag = self.next_tag;
        let outgoing = Outgoing {
            tag,
            head,
            destination,
            payload: Vec::from_slice(payload).map_err(|_| SendError::TooLong)?,
        };
        self.outgoing.push_back(outgoing).map_err(|_| SendError::NoRoom)?;
        self.next_tag = tag.wrapping_add(1);
        Ok(tag)
    }

    /// What has happened.
    pub fn poll_event(&mut self) -> Option<Event> {
        if let Some((tag, outcome)) = self.outcomes.pop_front() {
            return Some(Event::Sent(tag, outcome));
        }
        self.incoming.pop_front().map(Event::Received)
    }

    /// Messages that came while `QUEUE` others waited to be taken.
    #[must_use]
    pub const fn missed(&self) -> u32 {
        self.missed
    }
}

impl<const QUEUE: usize> Default for Data<QUEUE> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const QUEUE: usize> Service for Data<QUEUE> {
    fn kinds(&self) -> Kinds {
        Kinds::of(&[Kind::Data])
    }

    fn handle(&mut self, _: Instant, input: Input<'_>) {
        match input {
            Input::Message(incoming) => {
                let datum = Vec::from_slice(incoming.message.payload).map(|payload| Datum {
                    source: incoming.message.source,
                    head: incoming.message.head,
                    rssi_dbm: incoming.rssi_dbm,
                    at: incoming.at,
                    secured: incoming.secured,
                    payload,
                });
                let kept = datum.is_ok_and(|datum| self.incoming.push_back(datum).is_ok());
                self.missed = self.missed.saturating_add(u32::from(!kept));
            }
            Input::Sent { tag, outcome } => {
                if self.outcomes.is_full() {
                    self.outcomes.pop_front();
                }
                let _ = self.outcomes.push_back((tag, outcome));
            }
            _ => {}
        }
    }

    fn poll(&mut self, _: Instant, _: &mut dyn Rng) -> Output<'_> {
        self.sending = self.outgoing.pop_front();
        let Some(Outgoing {
            tag,
            head,
            destination,
            payload,
        }) = &self.sending
        else {
            return Output::Wait(None);
        };
        Output::Send(Send {
            tag: *tag,
            kind: Kind::Data,
            head: *head,
            destination: *destination,
            payload,
        })
    }
}
