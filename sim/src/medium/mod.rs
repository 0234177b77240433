//! The air between the boards: who hears a frame, and whether it comes through.
//!
//! ```text
//!   begin(frame) ─► for everybody on its channel: idle? lock on to it. Locked already? both are lost (collision).
//!                                                  sending itself? lost (busy).
//!   end(frame)   ─► for everybody on its channel: a verdict, then the link's fault by hand.
//! ```
//!
//! A receiver is a few words: which frame it is locked on to, whether that is spoiled, when its own frame ends. Which frame
//! is on the air is kept once for all of them.
//!
//! Not modelled yet: distance, fading, capture, neighbour channels, interferers. See ARCHITECTURE.md.

mod flights;
mod links;
mod receiver;

pub(crate) use flights::{FlightId, Flights};
pub use links::{Link, Links};
pub(crate) use receiver::Receiver;

use protocol::Channel;

use crate::kernel::{Concern, Generator, Time, chance, stream};
use crate::observe::{Loss, Transmission};

/// All receivers, all frames on the air, all links.
#[derive(Debug)]
pub(crate) struct Medium {
    pub(crate) links: Links,
    flights: Flights,
    receivers: Vec<Receiver>,
    faults: Vec<Generator>,
    seed: u64,
}

impl Medium {
    pub(crate) fn new(links: Links, seed: u64) -> Self {
        Self {
            links,
            flights: Flights::default(),
            receivers: Vec::new(),
            faults: Vec::new(),
            seed,
        }
    }

    /// Adds a board's antenna. Its row is the next one.
    pub(crate) fn add_receiver(&mut self, channel: Channel) {
        let index = u32::try_from(self.receivers.len()).unwrap_or(u32::MAX);
        self.receivers.push(Receiver::new(channel));
        self.faults.push(stream(self.seed, Concern::Link, index));
    }

    /// Puts a frame on the air and calls `hears` for every board that senses it.
    pub(crate) fn begin(&mut self, transmission: Transmission, mut hears: impl FnMut(u32)) -> FlightId {
        let (sender, channel) = (transmission.sender.0, transmission.channel);
        let (start, end) = (transmission.start, transmission.end());
        let id = self.flights.insert(transmission);
        for (index, receiver) in (0..).zip(&mut self.receivers) {
            if index == sender {
                receiver.transmit_until(end);
            } else if receiver.channel == channel && self.links.get(sender, index).up {
                receiver.hear(id, start, end);
                hears(index);
            }
        }
        id
    }

    /// Takes a frame off the air and calls `verdict` for every board that was in its range from start to end: its row, the
    /// signal in dBm, and whether it got the frame.
    pub(crate) fn end(
        &mut self,
        now: Time,
        id: FlightId,
        mut verdict: impl FnMut(u32, i8, Result<(), Loss>),
    ) -> Transmission {
        let transmission = self.flights.remove(id);
        let sender = transmission.sender.0;
        for (index, receiver) in (0..).zip(&mut self.receivers) {
            if index == sender || receiver.channel != transmission.channel || receiver.tuned_at > transmission.start {
                continue;
            }
            let link = self.links.get(sender, index);
            if !link.up {
                continue;
            }
            let outcome = receiver.lose_or_keep(id, transmission.start, now).and_then(|()| {
                let faulty = chance(&mut self.faults[index as usize], link.loss);
                if faulty { Err(Loss::Fault) } else { Ok(()) }
            });
            verdict(index, link.rssi_dbm, outcome);
        }
        transmission
    }

    /// Whether this board is in the middle of taking in a frame.
    pub(crate) fn is_receiving(&self, index: u32) -> bool {
        self.receivers[index as usize].is_locked()
    }

    /// Moves a board to another channel; what it was receiving is lost. Returns until when the new channel is busy.
    pub(crate) fn tune(&mut self, now: Time, index: u32, channel: Channel) -> Time {
        let audible = self
            .flights
            .iter()
            .filter(|flight| flight.channel == channel && flight.sender.0 != index);
        let busy_until = audible.map(Transmission::end).max().unwrap_or(now);
        self.receivers[index as usize].tune(now, channel, busy_until);
        busy_until
    }

    pub(crate) fn channel(&self, index: u32) -> Channel {
        self.receivers[index as usize].channel
    }

    /// The delay between the MAC and the driver of a frame that came through, by the link's latency and jitter.
    pub(crate) fn hand_over_at(&mut self, now: Time, sender: u32, index: u32) -> Time {
        let generator = &mut self.faults[index as usize];
        self.links.hand_over_at(now, sender, index, generator)
    }
}
