//! Who takes the time from another board.

use rand_core::Rng;

use super::initiator::micros;
use super::line::{Line, READINGS, Reading};
use super::packet::{FollowUp, Packet, PacketOctets, PacketType};
use super::{DEFAULT_MAX_DRIFT_MS, head};
use crate::MacAddress;
use crate::message::{Kind, Kinds};
use crate::service::{Incoming, Input, Output, Send, Service};
use crate::time::{Duration, Instant};

/// How long a request waits for a broadcast until it counts as unanswered.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);

/// A precise responder keeps to its initiator until it was silent for so long.
const FAITHFUL_FOR: Duration = Duration::from_secs(60);

/// No message waits longer for the air: a reading further off is of a clock that was set, or that started anew.
const WILDEST_US: i64 = 3_000_000;

/// How a responder makes a clock of what it hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discipline {
    /// As the component: the offset is replaced by a message's when it is wrong by more whole milliseconds than these. The time
    /// between a message's making and its arrival is part of the error, and so is all that crystals differ.
    Step {
        /// `max_drift_ms`.
        max_drift_ms: u32,
    },
    /// A line through the last readings, see [the module's page](crate::service::time).
    Line {
        /// From making a message to its arrival, at least: see [`crate::service::time::one_step_latency`]. Two-step messages need none.
        latency: Duration,
    },
}

impl Default for Discipline {
    /// The component's: 100 ms.
    fn default() -> Self {
        Self::Step {
            max_drift_ms: DEFAULT_MAX_DRIFT_MS,
        }
    }
}

/// How a [`Responder`] takes the time (`espnow_time_responder_config_t`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResponderConfig {
    /// How it makes a clock of what it hears.
    pub discipline: Discipline,
    /// Whether its requests are sealed under the application's key, and times that are not are ignored.
    pub security: bool,
}

/// What a [`Responder`] tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A broadcast has been heard (`ESP_EVENT_ESPNOW_TIMESYNC_SYNCED`).
    Synchronised {
        /// Whose.
        source: MacAddress,
        /// The initiator's time less what this board took for it, µs.
        drift_us: i64,
        /// Whether the clock was changed.
        adjusted: bool,
        /// The initiator's time now, as this board takes it, µs.
        time_us: i64,
        /// The initiator's UTC time when it made the message, µs since 1970.
        utc_us: Option<i64>,
    },
    /// Nobody has answered a request within a second (`ESP_EVENT_ESPNOW_TIMESYNC_TIMEOUT`, which the component defines and never
    /// posts).
    Unanswered,
}

/// The initiator whose readings are kept.
#[derive(Clone, Copy, Debug)]
struct Followed {
    source: MacAddress,
    heard_at: Instant,
    timestamp_us: i64,
    follow_up: Option<FollowUp>,
}

/// A board that takes the initiator's time (`espnow_time_responder_start`).
#[derive(Debug)]
pub struct Responder {
    config: ResponderConfig,
    line: Line,
    synchronised: bool,
    readings: heapless::Vec<Reading, READINGS>,
    followed: Option<Followed>,
    request_due: bool,
    answer_until: Option<Instant>,
    event: Option<Event>,
    octets: PacketOctets,
}

impl Responder {
    /// One that has heard nothing yet: its time is its own.
    #[must_use]
    pub const fn new(config: ResponderConfig) -> Self {
        Self {
            config,
            line: Line::level(0),
            synchronised: false,
            readings: heapless::Vec::new(),
            followed: None,
            request_due: false,
            answer_until: None,
            event: None,
            octets: PacketOctets::new(),
        }
    }

    /// Asks for the time (`espnow_time_responder_request`), as a board does that has woken from deep sleep.
    pub const fn request(&mut self) {
        self.request_due = true;
    }

    /// Whether a broadcast has been heard.
    #[must_use]
    pub const fn is_synchronised(&self) -> bool {
        self.synchronised
    }

    /// The initiator's time, as this board takes it, µs; its own before the first broadcast. It may step back with a message.
    #[must_use]
    pub fn network_us(&self, now: Instant) -> i64 {
        micros(now).saturating_add(self.line.offset_at(micros(now)))
    }

    /// When this board's timer will show what is `network_us` to the initiator; the start if that was before it.
    #[must_use]
    pub fn local(&self, network_us: i64) -> Instant {
        // The line is all but level: the second guess is right.
        let first = network_us.saturating_sub(self.line.offset_at(network_us));
        let second = network_us.saturating_sub(self.line.offset_at(first));
        Instant::from_micros(u64::try_from(second).unwrap_or(0))
    }

    /// By how much the initiator's crystal is faster than this board's, in parts per thousand million; 0 while that is not known, and always
    /// with [`Discipline::Step`].
    #[must_use]
    pub const fn rate_ppb(&self) -> i64 {
        self.line.slope_ppb()
    }

    /// Takes the last event. One that nobody took is replaced by the next.
    pub const fn poll_event(&mut self) -> Option<Event> {
        self.event.take()
    }

    fn handle_message(&mut self, now: Instant, incoming: &Incoming<'_>) {
        let Ok(packet) = Packet::parse(incoming.message.payload) else {
            return;
        };
        if packet.kind != PacketType::Broadcast {
            return;
        }
        let before = self.network_us(now);
        let (drift_us, adjusted) = match self.config.discipline {
            Discipline::Step { max_drift_ms } => {
                let drift_us = packet.timestamp_us.saturating_sub(before);
                let adjusted = (drift_us / 1000).unsigned_abs() > u64::from(max_drift_ms);
                if adjusted {
                    self.line = Line::level(packet.timestamp_us.saturating_sub(micros(now)));
                }
                (drift_us, adjusted)
            }
            Discipline::Line { latency } => {
                if !self.read(&packet, incoming, latency) {
                    return;
                }
                let drift_us = self.network_us(now).saturating_sub(before);
                (drift_us, drift_us != 0)
            }
        };
        self.synchronised = true;
        self.answer_until = None;
        self.event = Some(Event::Synchronised {
            source: incoming.message.source,
            drift_us,
            adjusted,
            time_us: self.network_us(now),
            utc_us: packet.utc_us,
        });
    }

    /// Makes a reading of a message, or of its predecessor, and fits the line. Returns whether there was one.
    fn read(&mut self, packet: &Packet, incoming: &Incoming<'_>, latency: Duration) -> bool {
        let source = incoming.message.source;
        let at = incoming.at;
        // What others passed on took nobody knows how long.
        if incoming.transmitter != source {
            return false;
        }
        let last = match self.followed {
            Some(last) if last.source == source => Some(last),
            Some(other) if at.saturating_since(other.heard_at) < FAITHFUL_FOR => return false,
            _ => None,
        };
        self.followed = Some(Followed {
            source,
            heard_at: at,
            timestamp_us: packet.timestamp_us,
            follow_up: packet.follow_up,
        });
        let is_same_clock = last.is_some_and(|last| {
            last.timestamp_us <= packet.timestamp_us
                && last.follow_up.map(|last| last.round) == packet.follow_up.map(|this| this.round)
        });
        if !is_same_clock {
            self.readings.clear();
        }
        let reading = match packet.follow_up {
            None => Some(one_step(packet, at, latency)),
            Some(this) => last.filter(|_| is_same_clock).and_then(|last| two_step(last, this)),
        };
        let Some(reading) = reading else { return false };
        let off_us = reading.offset_us.saturating_sub(self.line.offset_at(reading.local_us));
        if off_us.saturating_abs() > WILDEST_US {
            self.readings.clear();
        }
        if self.readings.is_full() {
            self.readings.remove(0);
        }
        // Room was made.
        let _ = self.readings.push(reading);
        let line = match packet.follow_up {
            None => Line::over(&self.readings),
            Some(_) => Line::amid(&self.readings),
        };
        self.line = line.unwrap_or(self.line);
        true
    }
}

/// The message was made at its timestamp and came a while later, at least `latency`.
fn one_step(packet: &Packet, at: Instant, latency: Duration) -> Reading {
    let latency_us = i64::try_from(latency.as_micros()).unwrap_or(0);
    Reading {
        local_us: micros(at),
        offset_us: packet
            .timestamp_us
            .saturating_add(latency_us)
            .saturating_sub(micros(at)),
    }
}

/// The last message's end was seen on both sides.
fn two_step(last: Followed, this: FollowUp) -> Option<Reading> {
    let is_predecessor = last.follow_up?.number.wrapping_add(1) == this.number;
    let sent_us = this.previous_sent_us.filter(|_| is_predecessor)?;
    Some(Reading {
        local_us: micros(last.heard_at),
        offset_us: sent_us.saturating_sub(micros(last.heard_at)),
    })
}

impl Service for Responder {
    fn kinds(&self) -> Kinds {
        Kinds::of(&[Kind::TimeSync])
    }

    fn handle(&mut self, now: Instant, input: Input<'_>) {
        if let Input::Message(incoming) = input
            && incoming.message.kind == Kind::TimeSync
            && (incoming.secured || !self.config.security)
        {
            self.handle_message(now, &incoming);
        }
    }

    fn poll(&mut self, now: Instant, _random: &mut dyn Rng) -> Output<'_> {
        if self.request_due {
            self.request_due = false;
            self.answer_until = Some(now + ANSWER_WITHIN);
            let packet = Packet {
                kind: PacketType::Request,
                timestamp_us: self.network_us(now),
                utc_us: None,
                follow_up: None,
            };
            self.octets = packet.to_octets();
            return Output::Send(Send {
                tag: 0,
                kind: Kind::TimeSync,
                head: head(self.config.security),
                destination: MacAddress::BROADCAST,
                payload: &self.octets,
            });
        }
        if self.answer_until.is_some_and(|until| until <= now) {
            self.answer_until = None;
            self.event = Some(Event::Unanswered);
        }
        Output::Wait(self.answer_until)
    }
}
