//! The seat of the antenna to real boards: what it hears for nobody in the lab leaves it, and what comes from outside
//! is sent by it under its real sender's address.
//!
//! ```text
//!    frame for a group, or for ─► Outward ─► the real air ─► settle: the ACK, or none
//!    an address not in the lab      │
//!                                   └ until then the sender's exchange is held open
//!    bring_in ─► an MPDU from the real sender's address ─► the antenna's station ─► virtual air
//! ```

use std::collections::{BTreeSet, VecDeque};

use protocol::espnow::Interface;
use protocol::frame::{ActionFrame, FCS_LEN, Header, Mpdu, Payload, Version};
use protocol::{MacAddress, Rate};
use rand_core::Rng as _;

use super::Lab;
use crate::advice::Trap;
use crate::kernel::{Concern, Generator, Time, stream};
use crate::observe::{BoardId, Event, Transmission};
use crate::station::Queued;

/// Messages that wait for the line. More are dropped, the newest first: the line is too slow for them.
const QUEUE: usize = 64;

/// A message for the real air.
#[derive(Clone, Debug)]
pub(crate) struct Outward {
    /// What it is settled with; `None` where nobody waits for a result.
    pub(crate) ticket: Option<u64>,
    pub(crate) destination: MacAddress,
    pub(crate) rate: Rate,
    pub(crate) payload: Vec<u8>,
}

/// A message from the real air.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Inward<'a> {
    pub(crate) source: MacAddress,
    pub(crate) destination: MacAddress,
    pub(crate) payload: &'a [u8],
}

/// What belongs to the antenna's seat.
#[derive(Debug)]
pub(super) struct Gateway {
    index: u32,
    /// The board that the antenna's address stands for.
    speaks_for: BoardId,
    insiders: BTreeSet<MacAddress>,
    /// The antenna's address on the real air, while it is there.
    outside: Option<MacAddress>,
    outward: VecDeque<Outward>,
    /// Whose exchange is held open, and by which message.
    held: Option<(u32, u64)>,
    next_ticket: u64,
    dropped: u64,
    random: Generator,
}

impl Gateway {
    pub(super) fn new(index: u32, speaks_for: BoardId, insiders: BTreeSet<MacAddress>, seed: u64) -> Self {
        Self {
            index,
            speaks_for,
            insiders,
            outside: None,
            outward: VecDeque::new(),
            held: None,
            next_ticket: 0,
            dropped: 0,
            random: stream(seed, Concern::Frame, index),
        }
    }

    fn is_outside(&self, address: MacAddress) -> bool {
        !address.is_group() && !self.insiders.contains(&address)
    }

    /// Takes a message for the line, if there is room.
    fn enqueue(&mut self, message: Outward) -> bool {
        let room = self.outward.len() < QUEUE;
        if room {
            self.outward.push_back(message);
        } else {
            self.dropped += 1;
        }
        room
    }
}

impl Lab {
    /// Whether that is the antenna's seat.
    pub(super) fn is_antenna(&self, index: u32) -> bool {
        self.gateway.as_ref().is_some_and(|gateway| gateway.index == index)
    }

    /// Whether frames for `address` are for that board: one of its active interfaces has it, or the board is the antenna and
    /// nobody here has it.
    pub(super) fn answers_to(&self, index: u32, address: MacAddress) -> bool {
        self.has_at_an_interface(index, address)
            || self
                .gateway
                .as_ref()
                .is_some_and(|gateway| gateway.index == index && self.is_outside(gateway, address))
    }

    /// Whether one of the board's active interfaces has this address. Most frames that a board hears are for others, and the
    /// board itself is not looked at for them.
    fn has_at_an_interface(&self, index: u32, address: MacAddress) -> bool {
        let seat = &self.seats[index as usize];
        let station = seat.info.address;
        Interface::ALL.into_iter().any(|interface| {
            interface.address(station) == address && seat.hardware.look().endpoint.is_active(interface)
        })
    }

    /// Whether nobody here has that address. An access point's is somebody's while it is active: boards' addresses may be one
    /// apart, and then the next board may be a real one.
    fn is_outside(&self, gateway: &Gateway, address: MacAddress) -> bool {
        gateway.is_outside(address) && {
            let neighbour = self.rows.get(&Interface::AccessPoint.station_beside(address));
            neighbour.is_none_or(|&index| !self.has_at_an_interface(index, address))
        }
    }

    /// The antenna took a frame in. Returns whether it is going to the real air.
    pub(super) fn carry_out_of_the_lab(&mut self, now: Time, transmission: &Transmission, mpdu: &Mpdu<'_>) -> bool {
        let Some(gateway) = &mut self.gateway else { return false };
        let (header, packet) = match mpdu {
            Mpdu::Plain(packet) => (packet.header(), Some(packet)),
            Mpdu::Sealed(sealed) => (sealed.header(), None),
            Mpdu::Ack(_) => return false,
        };
        let (sender, destination) = (transmission.sender, header.destination);
        let for_group = destination.is_group();
        if gateway.outside.is_none() || !(for_group || gateway.is_outside(destination)) {
            return false;
        }
        let Some(packet) = packet else {
            self.advise(now, sender, &Trap::SealedToOutside { destination });
            return false;
        };
        if !for_group && sender != gateway.speaks_for {
            let speaks_for = self.seats[gateway.speaks_for.index()].info.name.to_string();
            self.advise(
                now,
                sender,
                &Trap::NoAddressOutside {
                    destination,
                    speaks_for,
                },
            );
            return false;
        }
        let ticket = (!for_group).then_some(gateway.next_ticket);
        let taken = gateway.enqueue(Outward {
            ticket,
            destination,
            rate: transmission.rate,
            payload: packet.segments().flatten().copied().collect(),
        });
        if taken && let Some(ticket) = ticket {
            gateway.next_ticket += 1;
            gateway.held = Some((sender.0, ticket));
            // No timeout: whoever takes the message settles it.
            self.seats[sender.index()].station.hold();
        }
        taken
    }

    /// The antenna has a real address now, or is not there any more.
    pub(crate) fn set_antenna(&mut self, outside: Option<MacAddress>) {
        if let Some(gateway) = &mut self.gateway {
            gateway.outside = outside;
        }
    }

    /// The next message for the real air.
    pub(crate) fn take_outward(&mut self) -> Option<Outward> {
        self.gateway.as_mut()?.outward.pop_front()
    }

    /// How many messages there was no room for since this was last asked.
    pub(crate) fn take_outward_dropped(&mut self) -> u64 {
        self.gateway
            .as_mut()
            .map_or(0, |gateway| std::mem::take(&mut gateway.dropped))
    }

    /// The real MAC is done with a message. One that was settled before is nobody's any more.
    pub(crate) fn settle(&mut self, ticket: u64, acknowledged: bool) {
        let now = self.now();
        let Some(gateway) = &mut self.gateway else { return };
        let Some((index, _)) = gateway.held.take_if(|(_, held)| *held == ticket) else {
            return;
        };
        let station = &mut self.seats[index as usize].station;
        let done = match acknowledged {
            true => station.acknowledged(now),
            false => station.give_up(now),
        };
        self.awaiting_acks -= 1;
        self.medium.keep_awake(now, index, false);
        if let Some(done) = done {
            self.finish(now, index, done);
        }
        self.poll_ready(now);
    }

    /// A message came to the antenna from the real air. `false` if its source is no address that a board out there can
    /// have.
    pub(crate) fn bring_in(&mut self, message: Inward<'_>) -> bool {
        let now = self.now();
        let Some(gateway) = &mut self.gateway else { return false };
        let Inward {
            source,
            destination,
            payload,
        } = message;
        if !gateway.is_outside(source) {
            return false;
        }
        let to_antenna = gateway.outside == Some(destination);
        let destination = match to_antenna {
            true => self.seats[gateway.speaks_for.index()].info.address,
            false => destination,
        };
        let version = match payload.len() <= Version::V1.max_payload() {
            true => Version::V1,
            false => Version::V2,
        };
        let random = gateway.random.next_u32().to_le_bytes();
        let Ok(payload) = Payload::new(version, payload) else {
            return false;
        };
        let frame = ActionFrame {
            header: Header::new(destination, source),
            random,
            payload,
        };
        let index = gateway.index;
        let Ok(mpdu) = self.pool.frame(FCS_LEN, |buffer| frame.emit(buffer)) else {
            return false;
        };
        let queued = Queued {
            mpdu,
            destination,
            rate: Rate::default(),
            // The antenna's program waits for none.
            ticket: u64::MAX,
        };
        self.enqueue(now, index, queued);
        true
    }

    /// A line on the antenna's console.
    pub(crate) fn say_for_antenna(&mut self, line: &str) {
        let now = self.now();
        if let Some(board) = self.gateway.as_ref().map(|gateway| BoardId(gateway.index)) {
            self.report(now, || Event::Console {
                board,
                line: line.into(),
            });
        }
    }

    /// Polls programs that something outside the run has woken.
    pub(crate) fn poll_woken(&mut self) {
        self.poll_ready(self.now());
    }
}

#[cfg(test)]
mod tests;
