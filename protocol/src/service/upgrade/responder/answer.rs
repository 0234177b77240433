//! Questions, and what is answered.

use rand_core::Rng;

use super::super::wire::{INFO_LEN, STATUS_LEN};
use super::super::{Code, ImageId, Info, Status, bitmap};
use super::flash::State;
use super::{Failure, Pages, Responder, ResponderEvent};
use crate::MacAddress;
use crate::message::{FrameHead, Kind};
use crate::service::Send;
use crate::time::Instant;

/// `CONFIG_ESPNOW_OTA_RETRANSMISSION_TIMES`: by unicast, they end with the first that is acknowledged.
const ANSWER: FrameHead = FrameHead {
    retransmit_count: 2,
    ..FrameHead::UNICAST
};

/// How far are you with this image?
#[derive(Clone, Copy, Debug)]
pub(super) struct Question {
    pub(super) from: MacAddress,
    /// Whether others were asked at the same moment.
    pub(super) to_many: bool,
    pub(super) image: ImageId,
    pub(super) packets: u16,
}

/// An answer that is owed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reply {
    to: MacAddress,
    about: About,
    to_many: bool,
    /// Chosen at the first opportunity.
    at: Option<Instant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    /// The image that runs.
    Info,
    /// The upgrade that is on its way, as it is when the answer goes out.
    Session,
    Refusal(ImageId, u16, Code),
}

/// An answer whose octets are ready.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outgoing {
    to: MacAddress,
    head: FrameHead,
    length: usize,
}

impl Outgoing {
    pub(super) fn send(self, octets: &[u8]) -> Send<'_> {
        Send {
            tag: 0,
            kind: Kind::UpgradeStatus,
            head: self.head,
            destination: self.to,
            payload: &octets[..self.length],
        }
    }
}

impl<const RECORD: usize> Responder<RECORD> {
    pub(super) fn handle_request(&mut self, from: MacAddress) {
        self.reply(from, About::Info, true);
    }

    pub(super) fn handle_question(&mut self, now: Instant, question: Question) {
        let Question {
            from,
            to_many,
            image,
            packets,
        } = question;
        if image.size == 0 || self.config.layout.packets(image.size) != Some(packets) {
            return;
        }
        if self.state.is_starting() {
            self.question = Some(question);
            return;
        }
        let silent = self.heard.is_none_or(|heard| now - heard >= self.config.takeover_after);
        if let Some(session) = &mut self.session {
            if session.image == image && silent {
                // The same image: the upgrade goes on with this initiator.
                session.initiator = from;
            }
            if session.initiator == from {
                self.heard = Some(now);
            }
        }
        let code = if self.running.hash == Some(image.hash) {
            self.tell(ResponderEvent::AlreadyRunning);
            Code::RUNNING
        } else if self.refuses(image) {
            Code::STOP
        } else {
            match self.session {
                Some(session) if session.image == image => return self.reply(from, About::Session, to_many),
                Some(session) if self.state.has_switched() || session.initiator != from && !silent => Code::STOP,
                _ if usize::from(packets) > Self::MAX_PACKETS => {
                    self.fail_for_good(image, Failure::TooLarge);
                    Code::STOP
                }
                _ if self.op.is_some() => {
                    self.question = Some(question);
                    return;
                }
                _ => {
                    self.begin(now, image, packets, from);
                    return self.reply(from, About::Session, to_many);
                }
            }
        };
        self.reply(from, About::Refusal(image, packets, code), to_many);
    }

    /// Tells the initiator by itself how far the upgrade is.
    pub(super) fn report(&mut self) {
        if let Some(session) = self.session {
            self.reply(session.initiator, About::Session, false);
        }
    }

    pub(super) fn refuse(&mut self, to: MacAddress, image: ImageId, packets: u16) {
        self.reply(to, About::Refusal(image, packets, Code::STOP), false);
    }

    fn reply(&mut self, to: MacAddress, about: About, to_many: bool) {
        // One to each about each.
        let same = |reply: &&mut Reply| {
            reply.to == to && core::mem::discriminant(&reply.about) == core::mem::discriminant(&about)
        };
        if let Some(reply) = self.replies.iter_mut().find(same) {
            reply.about = about;
            return;
        }
        if self.replies.is_full() {
            self.replies.remove(0);
        }
        // There is room.
        let _ = self.replies.push(Reply {
            to,
            about,
            to_many,
            at: None,
        });
    }

    /// When the next answer is due, if it can go out.
    pub(super) fn next_reply_at(&self) -> Option<Instant> {
        if self.sending || self.outgoing.is_some() {
            return None;
        }
        let can_go = self.replies.iter().filter(|reply| self.has_room_for(reply));
        can_go.filter_map(|reply| reply.at).min()
    }

    /// Descriptions are read one after the other.
    fn has_room_for(&self, reply: &Reply) -> bool {
        self.describe.is_none() || reply.about != About::Info
    }

    /// Makes an answer that is due ready to be sent.
    pub(super) fn prepare_answer(&mut self, now: Instant, random: &mut dyn Rng) {
        let spread = u64::try_from(self.config.spread.as_micros()).unwrap_or(u64::MAX);
        for reply in self.replies.iter_mut().filter(|reply| reply.at.is_none()) {
            let wait = if reply.to_many && spread > 0 {
                random.next_u64() % spread
            } else {
                0
            };
            reply.at = Some(now + core::time::Duration::from_micros(wait));
        }
        // Not all that are due become an answer at once.
        while !self.sending && self.outgoing.is_none() {
            let can_go = |reply: &Reply| reply.at.is_some_and(|at| at <= now) && self.has_room_for(reply);
            let Some(index) = self.replies.iter().position(can_go) else {
                return;
            };
            let reply = self.replies.remove(index);
            match reply.about {
                About::Info => self.describe = Some(reply.to),
                About::Session => self.answer_session(reply.to),
                About::Refusal(image, packets, code) => {
                    let status = Status {
                        code,
                        ..Status::question(image, packets)
                    };
                    self.outgoing = status.emit(&mut self.octets).map(|length| Outgoing {
                        to: reply.to,
                        head: ANSWER,
                        length,
                    });
                }
            }
        }
    }

    /// The answer to a request, once the description was read.
    pub(super) fn answer_request(&mut self, to: MacAddress, description: &[u8]) {
        let info = Info { description };
        self.octets[..INFO_LEN].copy_from_slice(&info.to_octets());
        self.outgoing = Some(Outgoing {
            to,
            head: ANSWER,
            length: INFO_LEN,
        });
    }

    fn answer_session(&mut self, to: MacAddress) {
        let Some(session) = self.session else { return };
        let size = session.image.size;
        let layout = self.config.layout;
        let mut status = Status::question(session.image, session.packets);
        let mut head = ANSWER;
        match self.state {
            State::Receiving => status.written = self.written,
            State::Done => status.written = size,
            _ => status.code = Code::NOT_INIT,
        }
        let bits = &self.record[super::RECORD_HEAD_LEN..];
        let mut page = [0; super::LONGEST_PAGE];
        if status.written > 0
            && status.written < size
            && let Some(hole) = bitmap::first_hole(bits, 0, session.packets)
        {
            let number = usize::from(hole) / (layout.page_len() * 8);
            let octets = bits.get(number * layout.page_len()..).unwrap_or_default();
            let length = octets.len().min(layout.page_len());
            page[..length].copy_from_slice(&octets[..length]);
            // 40 at most.
            status.page = number as u8;
            status.bitmap = &page[..layout.page_len()];
            if self.config.pages == Pages::Broadcast {
                head = FrameHead::BROADCAST;
            }
        }
        self.outgoing = status
            .emit(&mut self.octets)
            .map(|length| Outgoing { to, head, length });
    }
}

const _: () = assert!(INFO_LEN <= STATUS_LEN + super::LONGEST_PAGE);
