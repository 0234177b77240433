//! The newest frames on the air, with what became of them.
//!
//! ```text
//!    Data #7 ──► received at 1 board, lost at 0
//!      ▲ answer
//!    ACK  #8 ──► received at 1 board, lost at 0
//! ```

use std::collections::VecDeque;

use protocol::espnow::Interface;
use protocol::{MacAddress, Rate};

use crate::kernel::Time;
use crate::observe::{BoardId, Loss, Reception, Transmission, TransmissionKind};

/// Frames that are kept: half a minute of a busy channel at 1 Mbit/s.
const KEPT: usize = 4_096;

/// Losses of one frame that are kept one by one, for the lanes.
const KEPT_LOSSES: usize = 32;

/// How far back an ACK's question may be.
const ACK_HORIZON: usize = 64;

/// A frame on the air and what became of it.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) id: u64,
    pub(super) sender: BoardId,
    /// The address of its sender's station.
    pub(super) source: MacAddress,
    pub(super) start: Time,
    pub(super) end: Time,
    pub(super) rate: Rate,
    pub(super) octets: usize,
    pub(super) kind: TransmissionKind,
    /// Boards that it was addressed to and that took it in.
    pub(super) received: usize,
    /// Boards that it was addressed to and that lost it.
    pub(super) lost: usize,
    /// The first of those.
    pub(super) losses: Vec<(BoardId, Loss)>,
    /// Of data: the ACK. Of an ACK: the data.
    pub(super) counterpart: Option<u64>,
    /// The MAC gave up after this attempt.
    pub(super) given_up: bool,
}

/// The newest frames on the air, in order of start.
#[derive(Clone, Debug, Default)]
pub(super) struct Traffic {
    frames: VecDeque<Frame>,
}

impl Traffic {
    /// From the newest to the oldest.
    pub(super) fn newest_first(&self) -> impl ExactSizeIterator<Item = &Frame> {
        self.frames.iter().rev()
    }

    /// The frame of this id, if it is still kept.
    pub(super) fn get(&self, id: u64) -> Option<&Frame> {
        let index = self.index(id)?;
        self.frames.get(index)
    }

    fn index(&self, id: u64) -> Option<usize> {
        self.frames.binary_search_by_key(&id, |frame| frame.id).ok()
    }

    /// A frame starts. `source` is the address of its sender's station.
    pub(super) fn transmit(&mut self, transmission: &Transmission, source: MacAddress) {
        let mut counterpart = None;
        if let TransmissionKind::Ack { receiver } = transmission.kind {
            let question = Interface::ALL.into_iter().find_map(|interface| {
                let asked = interface.address(source);
                let mut newest = self.frames.iter().rev().take(ACK_HORIZON);
                let question = newest.find(|frame| {
                    matches!(frame.kind, TransmissionKind::Data { destination, .. } if destination == asked)
                        && Interface::ALL
                            .into_iter()
                            .any(|from| from.address(frame.source) == receiver)
                        && frame.counterpart.is_none()
                });
                question.map(|frame| frame.id)
            });
            let question = question
                .and_then(|id| self.index(id))
                .and_then(|index| self.frames.get_mut(index));
            if let Some(question) = question {
                question.counterpart = Some(transmission.id);
                counterpart = Some(question.id);
            }
        }
        if self.frames.len() == KEPT {
            self.frames.pop_front();
        }
        self.frames.push_back(Frame {
            id: transmission.id,
            sender: transmission.sender,
            source,
            start: transmission.start,
            end: transmission.end(),
            rate: transmission.rate,
            octets: transmission.mpdu.len(),
            kind: transmission.kind,
            received: 0,
            lost: 0,
            losses: Vec::new(),
            counterpart,
            given_up: false,
        });
    }

    /// A frame ends at a board that it is addressed to. Returns what it was sent as.
    pub(super) fn receive(&mut self, reception: &Reception) -> Option<TransmissionKind> {
        let index = self.index(reception.transmission)?;
        let frame = self.frames.get_mut(index)?;
        match reception.outcome {
            Ok(()) => frame.received += 1,
            Err(loss) => {
                frame.lost += 1;
                if frame.losses.len() < KEPT_LOSSES {
                    frame.losses.push((reception.receiver, loss));
                }
            }
        }
        Some(frame.kind)
    }

    /// The MAC of `sender` gave up on its last frame to `destination`.
    pub(super) fn give_up(&mut self, sender: BoardId, destination: MacAddress) {
        let is_it = |frame: &&mut Frame| {
            frame.sender == sender
                && matches!(frame.kind, TransmissionKind::Data { destination: to, .. } if to == destination)
        };
        if let Some(frame) = self.frames.iter_mut().rev().take(ACK_HORIZON).find(is_it) {
            frame.given_up = true;
        }
    }

    /// When the newest message had its first attempt.
    pub(super) fn newest_message(&self) -> Option<Time> {
        let mut newest: Option<(&Frame, u8)> = None;
        for frame in self.newest_first().take(ACK_HORIZON) {
            let TransmissionKind::Data { attempt, .. } = frame.kind else {
                continue;
            };
            match newest {
                None => newest = Some((frame, attempt)),
                Some((later, first)) if later.sender == frame.sender => {
                    if attempt >= first {
                        break;
                    }
                    newest = Some((frame, attempt));
                }
                Some(_) => {}
            }
        }
        newest.map(|(frame, _)| frame.start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::story::Story;

    fn story(tell: impl Fn(&mut Story)) -> Traffic {
        let mut story = Story::new(2);
        tell(&mut story);
        story.state.traffic
    }

    #[test]
    fn an_ack_finds_the_attempt_that_it_answers() {
        let traffic = story(|story| {
            story.failed(Time::ZERO, b"hello");
        });
        let counterparts: Vec<_> = traffic.frames.iter().map(|frame| frame.counterpart).collect();
        assert_eq!(counterparts, [None, Some(2), Some(1), None, None]);
        let ack = traffic.get(2).expect("it is kept");
        assert_eq!((ack.received, ack.lost), (0, 1));
    }

    #[test]
    fn the_last_attempt_is_the_one_that_was_given_up() {
        let traffic = story(|story| {
            story.delivered(Time::ZERO, b"hello");
            story.failed(Time::ZERO, b"hello");
        });
        let given_up: Vec<_> = traffic.newest_first().map(|frame| frame.given_up).collect();
        assert_eq!(given_up, [true, false, false, false, false, false, false]);
    }

    #[test]
    fn a_message_begins_with_its_first_attempt() {
        let at = Time::from_micros;
        let traffic = story(|story| {
            story.failed(at(1_000), b"hello");
            story.lost_once(at(9_000), b"hello");
        });
        assert_eq!(traffic.newest_message(), Some(at(9_000)));
        assert_eq!(Traffic::default().newest_message(), None);
    }

    #[test]
    fn memory_is_bounded() {
        let traffic = story(|story| {
            for _ in 0..KEPT {
                story.delivered(Time::ZERO, b"hello");
            }
        });
        assert_eq!(traffic.frames.len(), KEPT);
        assert!(traffic.get(0).is_none());
    }
}
