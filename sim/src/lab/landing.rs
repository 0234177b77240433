//! From a MAC that took a frame in to the driver's receive queue.
//!
//! A frame goes to the driver at once, or after its link's latency. But most boards of a crowd sleep most of the time, and
//! what waits for a sleeping board may as well wait here: nobody can tell until its program is polled. Such frames are left
//! in an inbox of a few words each and handed over, with their times of arrival, when the program is woken. It is the same
//! to the program, and spares the simulator from fetching every board's state into the cache for every frame.

use std::mem;

use bytes::Bytes;
use protocol::espnow::{Rejection, Version, queue_octets};
use protocol::frame::{FCS_LEN, Mpdu};

use super::{Happening, Lab};
use crate::advice::Trap;
use crate::board::{Letter, Place};
use crate::kernel::Time;
use crate::observe::{BoardId, Event, Transmission, TransmissionKind};

/// Where a frame comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin {
    pub(super) sender: u32,
    /// When its program handed it to its driver.
    queued_at: Time,
}

impl Origin {
    pub(super) fn of(transmission: &Transmission) -> Self {
        Self {
            sender: transmission.sender.0,
            queued_at: transmission.queued_at,
        }
    }
}

/// A frame between a MAC and its driver, on a link with latency.
#[derive(Debug)]
pub(super) struct HandOver {
    index: u32,
    origin: Origin,
    rssi_dbm: i8,
    mpdu: Bytes,
}

/// Frames that wait for a sleeping board.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    letters: Vec<Letter>,
    /// Octets of its receive queue that will be free when all letters are in it.
    room: usize,
    /// Whether its program waits for a message. Then it gets each at once.
    is_awaited: bool,
}

/// A frame to a group that goes into inboxes.
#[derive(Debug)]
pub(super) struct Mailing {
    place: Place,
    /// Octets that it takes up in a receive queue.
    size: usize,
    /// In how many inboxes it is.
    letters: u32,
}

impl Mailing {
    /// Puts it into an inbox, if nothing could become of it but a message in the board's queue.
    #[inline]
    pub(super) fn post(&mut self, inbox: &mut Inbox, rssi_dbm: i8) -> bool {
        let fits = !inbox.is_awaited && self.size <= inbox.room;
        if fits {
            inbox.room -= self.size;
            inbox.letters.push(Letter::new(self.place, rssi_dbm));
            self.letters += 1;
        }
        fits
    }
}

impl Inbox {
    /// How many messages wait.
    pub(super) fn len(&self) -> u64 {
        self.letters.len() as u64
    }
}

impl Lab {
    /// A frame reaches a board's driver.
    pub(super) fn take_in(&mut self, now: Time, index: u32, origin: Origin, mpdu: &Mpdu<'_>, rssi_dbm: i8) {
        self.empty_inbox(now, index);
        self.take_in_now(now, index, origin, mpdu, rssi_dbm);
    }

    fn take_in_now(&mut self, now: Time, index: u32, origin: Origin, mpdu: &Mpdu<'_>, rssi_dbm: i8) {
        let board = BoardId(index);
        let result = self.touch(now, index, |hardware| hardware.handle_frame(mpdu, rssi_dbm));
        let source = || self.seats[origin.sender as usize].info.name.to_string();
        let trap = match &result {
            Ok(accepted) if accepted.unprotected => Some(Trap::UnencryptedFrame {
                source: source(),
                delivered: true,
            }),
            Err(Rejection::Unencrypted) => Some(Trap::UnencryptedFrame {
                source: source(),
                delivered: false,
            }),
            Err(Rejection::QueueFull) => Some(Trap::QueueOverrun { source: source() }),
            Err(Rejection::NoKey) => Some(Trap::MissingKey { source: source() }),
            Err(Rejection::Unauthentic(_)) => Some(Trap::WrongKey { source: source() }),
            Ok(_) | Err(Rejection::NotInit | Rejection::Foreign | Rejection::TooLong | Rejection::Replayed) => None,
        };
        match result {
            Ok(accepted) => {
                let source = self.seats[origin.sender as usize].info.address;
                self.report_air(now, || Event::Received {
                    board,
                    source,
                    length: accepted.length,
                    queued_at: origin.queued_at,
                });
            }
            Err(rejection) => {
                tracing::debug!(board = &*self.seats[board.index()].info.name, %rejection, "refuses");
                if rejection == Rejection::QueueFull {
                    let source = self.seats[origin.sender as usize].info.address;
                    self.report_air(now, || Event::Dropped { board, source });
                }
            }
        }
        if let Some(trap) = trap {
            self.advise(now, board, &trap);
        }
    }

    /// Hands a frame to the driver after its link's latency.
    pub(super) fn hand_over_later(&mut self, at: Time, index: u32, transmission: &Transmission, rssi_dbm: i8) {
        let place = self.keep(index, transmission, rssi_dbm);
        self.queue.schedule(at, Happening::HandOver(place));
    }

    /// Keeps a frame until its link is released.
    pub(super) fn hold_back(&mut self, index: u32, transmission: &Transmission, rssi_dbm: i8) {
        let place = self.keep(index, transmission, rssi_dbm);
        self.held.push(place);
    }

    fn keep(&mut self, index: u32, transmission: &Transmission, rssi_dbm: i8) -> usize {
        self.hand_overs.insert(Some(HandOver {
            index,
            origin: Origin::of(transmission),
            rssi_dbm,
            mpdu: mpdu_of(transmission),
        }))
    }

    /// Lets everything through that was kept on links which nobody holds any more, in the order in which it came.
    pub(super) fn let_through(&mut self, now: Time) {
        let (hand_overs, links, queue) = (&self.hand_overs, &self.medium.links, &mut self.queue);
        self.held.retain(|&place| {
            let kept = hand_overs.get(place).and_then(Option::as_ref);
            let is_held = kept.is_some_and(|kept| links.is_held(kept.origin.sender, kept.index));
            if !is_held {
                queue.schedule(now, Happening::HandOver(place));
            }
            is_held
        });
    }

    /// A board's driver is gone, and what was on the way to it.
    pub(super) fn forget_hand_overs(&mut self, index: u32) {
        for (_, hand_over) in &mut self.hand_overs {
            hand_over.take_if(|hand_over| hand_over.index == index);
        }
    }

    pub(super) fn hand_over(&mut self, now: Time, place: usize) {
        let Some(HandOver {
            index,
            origin,
            rssi_dbm,
            mpdu,
        }) = self.hand_overs.remove(place)
        else {
            return;
        };
        if let Ok(mpdu) = Mpdu::parse(&mpdu) {
            self.take_in(now, index, origin, &mpdu, rssi_dbm);
        }
    }

    /// Before a frame ends: keeps it for inboxes, if it may go there.
    pub(super) fn begin_mailing(&self, now: Time, transmission: &Transmission) -> Option<Mailing> {
        let TransmissionKind::Data { destination, .. } = transmission.kind else {
            return None;
        };
        // Who watches the air is told of each message when it comes.
        if !destination.is_group() || self.air_is_watched || !self.medium.links.are_prompt() {
            return None;
        }
        let Ok(Mpdu::Plain(packet)) = Mpdu::parse(without_fcs(transmission)) else {
            return None;
        };
        let certain = !packet.header().source.is_group() && packet.payload_len() <= Version::V1.max_payload();
        if !certain {
            return None;
        }
        Some(Mailing {
            place: self.landings.land(now, &packet)?,
            size: queue_octets(packet.payload_len()),
            letters: 0,
        })
    }

    /// After it ended.
    pub(super) fn end_mailing(&self, mailing: &Mailing) {
        self.landings.post(mailing.place, mailing.letters);
    }

    /// Hands everything over that waits for a board.
    pub(super) fn empty_inbox(&mut self, now: Time, index: u32) {
        if !self.inboxes[index as usize].letters.is_empty() {
            self.open_inbox(now, index);
            self.close_inbox(now, index);
        }
    }

    /// Before a program is polled: what waits for it is put where it can reach it.
    pub(super) fn open_inbox(&mut self, now: Time, index: u32) {
        if self.inboxes[index as usize].letters.is_empty() {
            return;
        }
        let mut letters = mem::take(&mut self.inboxes[index as usize].letters);
        self.touch_in_turn(now, index, |hardware| hardware.exchange_letters(&mut letters));
        self.inboxes[index as usize].letters = letters;
    }

    /// After it was polled: what it has not read is in its queue now.
    pub(super) fn close_inbox(&mut self, now: Time, index: u32) {
        let mut inbox = mem::take(&mut self.inboxes[index as usize]);
        self.touch_in_turn(now, index, |hardware| {
            hardware.read_letters();
            hardware.exchange_letters(&mut inbox.letters);
            inbox.is_awaited = hardware.awaits_message();
            inbox.room = hardware.endpoint.receive_room();
        });
        self.inboxes[index as usize] = inbox;
    }
}

fn mpdu_of(transmission: &Transmission) -> Bytes {
    transmission.mpdu.slice(..transmission.mpdu.len() - FCS_LEN)
}

pub(super) fn without_fcs(transmission: &Transmission) -> &[u8] {
    &transmission.mpdu[..transmission.mpdu.len() - FCS_LEN]
}
