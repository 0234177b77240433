//! Who tells the time.

use rand_core::Rng;

use super::packet::{FollowUp, Packet, PacketOctets, PacketType};
use super::{REPETITIONS, head, unix};
use crate::MacAddress;
use crate::message::{FrameHead, Kind, Kinds};
use crate::service::{Incoming, Input, Outcome, Output, Send, Service};
use crate::time::{Duration, Instant};

/// How an [`Initiator`] tells the time (`espnow_time_initiator_config_t`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InitiatorConfig {
    /// How often unasked; `None` is on request only, the component's default.
    pub sync_interval: Option<Duration>,
    /// Whether messages are secured (`CONFIG_ESPNOW_TIME_SECURITY`).
    pub security: bool,
    /// Whether each message says when the one before it was on the air: three messages a broadcast instead of one repeated
    /// thrice, so that they are told apart. The component's responders understand them as well as its own.
    pub two_step: bool,
}

/// The board whose time all have (`espnow_time_initiator_start`). It never adjusts its own.
///
/// It broadcasts every [`InitiatorConfig::sync_interval`], the first time after one, whenever it is asked for the time, and on
/// [`Initiator::broadcast`]. Requests that come while a broadcast is due are answered by that.
#[derive(Debug)]
pub struct Initiator {
    config: InitiatorConfig,
    /// When the next broadcast is due unasked, once the first moment is known.
    next_at: Option<Instant>,
    /// Messages of the current broadcast that are still to be made.
    left: u8,
    /// The number of the message that is being sent.
    sending: Option<u16>,
    /// Drawn at the first message.
    round: Option<u8>,
    /// The next message's.
    number: u16,
    /// When message `number` − 1 was sent.
    sent_us: Option<i64>,
    /// UTC less the board's time, µs.
    utc_offset_us: Option<i64>,
    octets: PacketOctets,
}

impl Initiator {
    /// One that has broadcast nothing yet.
    #[must_use]
    pub const fn new(config: InitiatorConfig) -> Self {
        Self {
            config,
            next_at: None,
            left: 0,
            sending: None,
            round: None,
            number: 0,
            sent_us: None,
            utc_offset_us: None,
            octets: PacketOctets::new(),
        }
    }

    /// Tells the time now (`espnow_time_initiator_broadcast`).
    pub const fn broadcast(&mut self) {
        self.left = if self.config.two_step { REPETITIONS } else { 1 };
    }

    /// Says what the UTC time is, in µs since 1970. As in the component, times before 2020 are those of a clock that nobody has set:
    /// they are not told.
    pub fn set_utc(&mut self, now: Instant, utc_us: i64) {
        self.utc_offset_us = unix::is_set(utc_us).then(|| utc_us.saturating_sub(micros(now)));
    }

    fn handle_message(&mut self, incoming: &Incoming<'_>) {
        match Packet::parse(incoming.message.payload) {
            Ok(packet) if packet.kind == PacketType::Request => self.broadcast(),
            // Another initiator's, or nobody's.
            Ok(_) | Err(_) => {}
        }
    }

    fn head(&self) -> FrameHead {
        let head = head(self.config.security);
        if self.config.two_step {
            return FrameHead {
                retransmit_count: 1,
                ..head
            };
        }
        head
    }

    fn next_packet(&mut self, now: Instant, random: &mut dyn Rng) -> Packet {
        let round = *self.round.get_or_insert_with(|| random.next_u32().to_le_bytes()[0]);
        let follow_up = self.config.two_step.then_some(FollowUp {
            number: self.number,
            round,
            previous_sent_us: self.sent_us,
        });
        Packet {
            kind: PacketType::Broadcast,
            timestamp_us: micros(now),
            utc_us: self.utc_offset_us.map(|offset| micros(now).saturating_add(offset)),
            follow_up,
        }
    }
}

impl Service for Initiator {
    fn kinds(&self) -> Kinds {
        Kinds::of(&[Kind::TimeSync])
    }

    fn handle(&mut self, now: Instant, input: Input<'_>) {
        match input {
            Input::Message(incoming) if incoming.message.kind == Kind::TimeSync => self.handle_message(&incoming),
            Input::Sent { tag, outcome } if self.sending == Some(tag) => {
                self.sending = None;
                self.sent_us = (outcome == Outcome::Sent).then(|| micros(now));
            }
            _ => {}
        }
    }

    fn poll(&mut self, now: Instant, random: &mut dyn Rng) -> Output<'_> {
        if let Some(interval) = self.config.sync_interval {
            let next_at = *self.next_at.get_or_insert(now + interval);
            if next_at <= now {
                self.broadcast();
                // A clock that slept through several ticks makes up for none.
                let next_at = next_at + interval;
                self.next_at = Some(if next_at <= now { now + interval } else { next_at });
            }
        }
        if self.left == 0 || self.sending.is_some() {
            return Output::Wait(self.next_at);
        }
        let packet = self.next_packet(now, random);
        self.octets = packet.to_octets();
        let tag = self.number;
        self.left -= 1;
        self.sending = Some(tag);
        self.sent_us = None;
        self.number = self.number.wrapping_add(1);
        Output::Send(Send {
            tag,
            kind: Kind::TimeSync,
            head: self.head(),
            destination: MacAddress::BROADCAST,
            payload: &self.octets,
        })
    }
}

/// µs since boot as the packet counts them.
pub(super) fn micros(now: Instant) -> i64 {
    i64::try_from(now.as_micros()).unwrap_or(i64::MAX)
}
