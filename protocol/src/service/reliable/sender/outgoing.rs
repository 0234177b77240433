//! What a sender says next, and until when it waits for an answer.

use rand_core::Rng;

use super::member::{Loss, Member, Stage};
use super::{ANSWER_SLOT, Event, IDLE, LONGEST_PAUSE, Phase, Probe, Sender};
use crate::MacAddress;
use crate::service::reliable::packet::{Body, Packet};
use crate::time::Instant;

impl<const PACKET: usize, const WINDOW: usize, const MEMBERS: usize> Sender<PACKET, WINDOW, MEMBERS> {
    /// What is owed, and by whom for too long.
    pub(super) fn check_patience(&mut self, now: Instant) {
        let is_waiting = !self.opened || self.window.is_busy();
        if is_waiting && !self.was_waiting {
            self.members.iter_mut().for_each(|member| member.heard_at = now);
        }
        self.was_waiting = is_waiting;
        self.idle_since = (!is_waiting && !self.window.is_writing()).then(|| self.idle_since.unwrap_or(now));
        if self.idle_since.is_some_and(|since| since + IDLE <= now) {
            self.close();
        }
        let Some(give_up_after) = self.config.give_up_after.filter(|_| is_waiting) else {
            return;
        };
        let mut any = false;
        let base = self.window.base();
        for member in &mut self.members {
            let owes = !member.is_joined() || member.next <= base;
            if owes && !member.is_gone() && now.saturating_since(member.heard_at) >= give_up_after {
                member.give_up(member.excuse.unwrap_or(Loss::Silent));
                any = true;
            }
        }
        if any {
            self.settle(now);
        }
    }

    /// Whether a segment asks for a report: nothing may follow it, or one board's window is half used, so that it goes on. A group is not
    /// asked so often, as all its members answer.
    fn wants_poll(&self, sequence: u32, limit: u32) -> bool {
        let is_last = self.window.due(limit).is_none();
        let is_half =
            self.is_single() && self.probe.is_none() && sequence.saturating_sub(self.polled_at) as usize >= WINDOW / 2;
        is_last || is_half
    }

    /// The next packet: to whom, and its octets in the buffer.
    pub(super) fn next_packet(&mut self, now: Instant, random: &mut dyn Rng) -> Option<(MacAddress, u16, usize)> {
        if self.phase == Phase::Fresh {
            self.session = random.next_u32();
            self.phase = Phase::Running;
        }
        if self.phase == Phase::Closing && !self.window.is_busy() {
            let packet = self.emit(self.to, Body::Close);
            self.end(Event::Closed);
            return packet;
        }
        if let Some(packet) = self.next_greeting(now) {
            return Some(packet);
        }
        if !self.opened
            || self
                .living()
                .any(|member| matches!(member.stage, Stage::Opening { .. }))
        {
            return None;
        }
        if !self.window.is_busy() {
            return None;
        }
        self.next_segment(now).or_else(|| self.next_poll(now))
    }

    /// `open` and `confirm`, each to one.
    fn next_greeting(&mut self, now: Instant) -> Option<(MacAddress, u16, usize)> {
        let place_of = |index: usize| u8::try_from(index).unwrap_or(u8::MAX);
        let (index, stage) = self
            .members
            .iter()
            .enumerate()
            .find_map(|(index, member)| match member.stage {
                Stage::Opening { again_at } if again_at <= now => Some((index, member.stage)),
                Stage::Confirming => Some((index, member.stage)),
                _ => None,
            })?;
        let again_at = now + self.round_trip.timeout();
        let member = &mut self.members[index];
        let address = member.address;
        let body = if stage == Stage::Confirming {
            member.stage = Stage::Joined;
            Body::Confirm {
                token: member.token.unwrap_or_default(),
                place: place_of(index),
                slot_ms: u8::try_from(ANSWER_SLOT.as_millis()).unwrap_or(u8::MAX),
            }
        } else {
            member.stage = Stage::Opening { again_at };
            Body::Open {
                segment: u16::try_from(Self::SEGMENT).unwrap_or(u16::MAX),
            }
        };
        member.last_number = Some(self.number);
        if stage != Stage::Confirming {
            self.round_trip.back_off();
        }
        self.emit(address, body)
    }

    fn next_segment(&mut self, now: Instant) -> Option<(MacAddress, u16, usize)> {
        let limit = self.living().map(|member| member.limit).min()?;
        let sequence = self.window.due(limit)?;
        let number = self.number;
        self.window.send(sequence, number);
        let poll = self.wants_poll(sequence, limit);
        let (mark, segment) = self.window.segment(sequence);
        let packet = Packet {
            number,
            session: self.session,
            body: Body::Data {
                sequence,
                mark,
                poll,
                segment,
            },
        };
        let length = packet.emit(&mut self.octets, self.config.address, self.to)?;
        self.number = self.number.wrapping_add(1);
        if poll {
            self.polled_at = sequence;
            self.expect_answer(now, number, None);
        }
        Some((self.to, number, length))
    }

    fn expect_answer(&mut self, now: Instant, number: u16, alone: Option<MacAddress>) {
        self.probe = Some(Probe { number, at: now, alone });
        // It may wait for the air for a while; from when it was sent on, time is counted anew.
        self.ask_at = Some(now + self.answer_within() + LONGEST_PAUSE);
    }

    /// Asks for a report: nobody, or not everybody, has answered in time, or there was no room.
    fn next_poll(&mut self, now: Instant) -> Option<(MacAddress, u16, usize)> {
        let silent = |member: &&Member| member.silent_for > 0;
        let Some(ask_at) = self
            .ask_at
            .or_else(|| self.living().any(|member| silent(&member)).then_some(now))
        else {
            self.ask_at = Some(now + self.answer_within());
            return None;
        };
        if ask_at > now {
            return None;
        }
        self.round_trip.back_off();
        let number = self.number;
        if let Some(probe) = self.probe {
            let asked = |member: &&mut Member| probe.alone.is_none_or(|alone| alone == member.address);
            for member in self.members.iter_mut().filter(asked) {
                if !member.is_gone() && !member.has_answered(probe.number) {
                    member.silent_for = member.silent_for.saturating_add(1);
                }
            }
        }
        // In a group, those who did not answer are asked one by one, as the MAC repeats then; who did so least often comes last.
        let alone = self
            .living()
            .filter(|_| !self.is_single())
            .filter(silent)
            .min_by_key(|member| member.silent_for)
            .map(|member| member.address);
        self.expect_answer(now, number, alone);
        let next = self.window.next();
        self.emit(alone.unwrap_or(self.to), Body::Poll { next })
    }

    fn emit(&mut self, to: MacAddress, body: Body<'_>) -> Option<(MacAddress, u16, usize)> {
        let number = self.number;
        let packet = Packet {
            number,
            session: self.session,
            body,
        };
        let length = packet.emit(&mut self.octets, self.config.address, to)?;
        self.number = self.number.wrapping_add(1);
        Some((to, number, length))
    }

    /// When something is to be done although nothing happens.
    pub(super) fn deadline(&self, now: Instant) -> Option<Instant> {
        let give_up_at = self
            .config
            .give_up_after
            .filter(|_| self.was_waiting)
            // One that owes nothing now is looked at again when something else happens.
            .and_then(|after| {
                self.living()
                    .map(|member| member.heard_at + after)
                    .filter(|&at| at > now)
                    .min()
            });
        let again_at = self.living().filter_map(|member| match member.stage {
            Stage::Opening { again_at } => Some(again_at),
            _ => None,
        });
        let asks = self.ask_at.filter(|_| self.window.is_busy());
        let idle_until = self.idle_since.map(|since| since + IDLE);
        let timers = again_at.chain(asks).chain(idle_until).min();
        // While it pauses, or has handed over as much as it may, nothing else is due.
        let timers = timers.map(|at| self.pause_until.map_or(at, |pause| at.max(pause)));
        timers
            .into_iter()
            .chain(give_up_at)
            .chain(self.pause_until.filter(|&pause| pause > now))
            .min()
    }
}
