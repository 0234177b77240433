//! Sending what is missing.

use super::{Copies, End, Initiator, InitiatorEvent, Job, Source, State, Want};
use crate::board::FirmwareError;
use crate::message::{Kind, UPGRADE_GROUP};
use crate::service::ImageTask;
use crate::service::upgrade::{PACKET_HEADER_LEN, Packet, bitmap};
use crate::time::{Duration, Instant};

/// Where sending is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sending {
    pub(super) since: Instant,
    /// The next to look at.
    next: u16,
    pub(super) copies: u8,
    /// Packets sent in this round.
    sent: u16,
}

impl<const TARGETS: usize, const BITMAP: usize> Initiator<TARGETS, BITMAP> {
    /// All were asked: `ready` wait for packets.
    pub(super) fn begin_sending(&mut self, now: Instant, ready: usize) {
        let missing = bitmap::holes(&self.written, self.packets);
        let copies = self.copies(missing);
        self.tell(InitiatorEvent::Round {
            number: self.rounds,
            unfinished: self.targets.unfinished().count() as u16,
            answered: ready as u16,
            missing,
            copies,
        });
        self.state = State::Sending(Sending {
            since: now,
            next: 0,
            copies,
            sent: 0,
        });
    }

    /// How often packets are sent of which `missing` are to be sent.
    fn copies(&self, missing: u16) -> u8 {
        match self.config.copies {
            Copies::Always(copies) => copies.max(1),
            Copies::UpTo(most) => {
                let once = self.packet_takes * u32::from(missing.max(1));
                let worth = self.asking_took.as_micros() / once.as_micros().max(1);
                // Less than `most` by far.
                (1 + worth).min(u128::from(most.max(1))) as u8
            }
        }
    }

    pub(super) fn poll_send(&mut self, now: Instant, mut sending: Sending) -> Want {
        if self.job == Some(Job::PacketReady) {
            return self.send_packet(sending);
        }
        let Some(number) = bitmap::first_hole(&self.written, sending.next, self.packets) else {
            if sending.sent > 0 {
                let copies = u32::from(sending.sent) * u32::from(sending.copies);
                self.packet_takes = (now - sending.since) / copies.max(1);
            }
            self.state = State::Round;
            return Want::Again;
        };
        sending.next = number + 1;
        sending.sent += 1;
        self.state = State::Sending(sending);
        let offset = self.config.layout.offset(number);
        // 224 at most.
        let length = self.config.layout.length(number, self.image.size) as u16;
        self.job = Some(Job::Part { number, length });
        match self.source {
            Source::Slot(slot) => Want::Image(ImageTask::Read { slot, offset, length }),
            Source::Application(_) => {
                self.tell(InitiatorEvent::Wanted { offset, length });
                Want::Again
            }
        }
    }

    /// The octets of a packet are there.
    pub(super) fn handle_part(&mut self, number: u16, length: u16, octets: &[u8]) {
        let Some(data) = octets.get(..usize::from(length)) else {
            return self.end(End::Image(FirmwareError::Range));
        };
        let packet = Packet { number, data };
        self.packet_len = packet
            .emit(self.config.layout, &mut self.octets)
            .unwrap_or(PACKET_HEADER_LEN);
        self.job = Some(Job::PacketReady);
    }

    fn send_packet(&mut self, sending: Sending) -> Want {
        self.job = Some(Job::Packet);
        self.packets_sent += u32::from(sending.copies);
        Want::Send {
            kind: Kind::UpgradeData,
            head: self.config.group_head(sending.copies),
            destination: UPGRADE_GROUP,
            length: self.packet_len,
        }
    }

    /// What is assumed before the first packet was sent: one at 1 Mbit/s.
    pub(super) const FIRST_PACKET_TAKES: Duration = Duration::from_micros(2_600);
}
