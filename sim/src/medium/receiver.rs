//! One antenna's view of the air.
//!
//! ```text
//!            a frame's preamble, strong enough              4 µs later: SINR good enough?
//!   Idle ────────────────────────────────► Detecting ──────────────────────────────────► Locked ──► verdict at its end
//!     ▲                                        │  a stronger frame: that one instead        │
//!     ├────────────────────────────────────────┴── no: missed                               │
//!     └─────────────────────────────────────────────────────────────── header not decoded ──┘
//! ```
//!
//! Frames that begin while one is being taken in only interfere with it. A locked frame stays locked to its end, unless its
//! header can't be decoded. Header and MPDU each survive with the probability exp(−Σ bits · hazard(SINR)) over their
//! stretches of constant SINR. Nothing is worked out before something changes: a receiver catches up with the present when
//! a frame begins or ends at its antenna.
//!
//! Left out: what is nearer to the truth than a lock that never lets go, message-in-message capture; a header that fails
//! later than its last bit.

use protocol::Channel;

use super::flights::{Flight, FlightId, Flights};
use super::phy::{decoding_penalty_db, from_db};
use super::power::Power;
use super::radio::Thresholds;
use super::together::Onset;
use super::waveform::Modulation;
use crate::kernel::{Generator, Span, Time, chance};
use crate::observe::Loss;

/// Within this time of a preamble's start a stronger frame takes the receiver over; then it decides (the time that ns-3
/// gives a receiver, too).
const DETECTION: Span = Span::from_micros(4);

/// Past this a frame is lost for certain.
const HOPELESS: f32 = 30.0;

/// What a board's receiver is doing. Every reception touches one of these, so it is kept to a cache line.
#[derive(Debug)]
#[repr(align(64))]
pub(super) struct Receiver {
    /// All that is at the antenna.
    energy: Power,
    lock_power: Power,
    /// The lock's hazard is added up to here.
    caught_up: Time,
    pub(super) idle_since: Time,
    own_frame_end: Time,
    hazard: f32,
    /// The part of `energy` that is no frame's, in aW.
    interference: f32,
    lock: Option<FlightId>,
    /// Frames at the antenna that can be sensed as such.
    carriers: u16,
    pub(super) channel: Channel,
    /// Its row of [`Thresholds`].
    pub(super) kind: u8,
    sending: bool,
    stage: Stage,
    /// Whether another frame disturbed the one that it is locked on.
    disturbed: bool,
    /// Whether the last frame came in broken.
    pub(super) broken: bool,
    /// Whether the station wants to know when the air becomes busy or idle.
    pub(super) contending: bool,
    /// Whether there may be frames on the air that began before it came to its channel.
    pub(super) newly_tuned: bool,
    /// Whether it is off at times: when, is seldom needed.
    pub(super) naps: bool,
}

const _: () = assert!(size_of::<Receiver>() == 64, "one cache line");

/// From which strength on a frame that is alone on the air is sensed, taken up, and comes through for certain.
#[derive(Clone, Copy, Debug)]
pub(super) struct Certain {
    power: Power,
    /// At receivers of this kind, the sender's.
    pub(super) kind: u8,
}

impl Certain {
    pub(super) fn of(modulation: &Modulation, kind: u8, thresholds: &[Thresholds]) -> Self {
        let thresholds = &thresholds[usize::from(kind)];
        let decoded = thresholds.noise.at_least(modulation.certain_sinr(thresholds));
        Self {
            power: decoded.max(thresholds.sensitivity).max(thresholds.floor),
            kind,
        }
    }
}

/// How far it is with the frame that it is locked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The preamble is not decided on yet.
    Detecting,
    /// The same, of a frame that is [certain](Certain) to come through, as nothing else has been at the antenna until now.
    Alone,
    Header,
    Mpdu,
    /// It is lost for certain, and by how much more is not worked out.
    Hopeless,
    /// Interferers drown it. Only remembered, to say so at its end.
    Drowned,
}

impl Receiver {
    pub(super) fn new(channel: Channel, kind: u8) -> Self {
        Self {
            energy: Power::ZERO,
            lock_power: Power::ZERO,
            caught_up: Time::ZERO,
            idle_since: Time::ZERO,
            own_frame_end: Time::ZERO,
            hazard: 0.0,
            interference: 0.0,
            lock: None,
            carriers: 0,
            channel,
            kind,
            sending: false,
            stage: Stage::Detecting,
            disturbed: false,
            broken: false,
            contending: false,
            newly_tuned: false,
            naps: false,
        }
    }

    pub(super) fn is_busy(&self, thresholds: &Thresholds) -> bool {
        self.sending || self.carriers > 0 || self.energy >= thresholds.energy_detect
    }

    /// Whether there is no frame at the antenna.
    pub(super) fn hears_nothing(&self) -> bool {
        self.energy.rounded() == self.interference && self.carriers == 0 && self.lock.is_none() && !self.sending
    }

    /// Whether its own transmitter is on.
    pub(super) fn is_sending(&self) -> bool {
        self.sending
    }

    /// Whether it is in the middle of this frame.
    pub(super) fn is_locked_on(&self, id: FlightId) -> bool {
        self.lock == Some(id)
    }

    /// The frame that it is in the middle of.
    pub(super) fn lock(&self) -> Option<FlightId> {
        self.lock
    }

    /// What it decodes of the frame that it is, or was last, in the middle of.
    pub(super) fn lock_power(&self) -> Power {
        self.lock_power
    }

    /// Whether its own transmitter was on after this moment.
    pub(super) fn was_sending_after(&self, then: Time) -> bool {
        self.own_frame_end > then
    }

    /// Whether it is in the middle of a frame.
    pub(super) fn is_locked(&self) -> bool {
        self.lock.is_some() && self.stage != Stage::Drowned
    }

    /// Its own transmitter starts: half duplex, so a frame that was coming in is lost.
    pub(super) fn start_sending(&mut self, end: Time) {
        self.lock = None;
        self.sending = true;
        self.own_frame_end = end;
    }

    pub(super) fn stop_sending(&mut self) {
        self.sending = false;
    }

    /// Settles what happened since the last change at the antenna.
    #[inline]
    pub(super) fn catch_up(&mut self, now: Time, flights: &Flights, thresholds: &Thresholds, chances: &mut Generator) {
        if let Some(lock) = self.lock
            && self.caught_up != now
            && !matches!(self.stage, Stage::Hopeless | Stage::Drowned)
        {
            self.follow(now, flights.get(lock), thresholds, chances);
        }
    }

    fn follow(&mut self, now: Time, flight: &Flight, thresholds: &Thresholds, chances: &mut Generator) {
        let start = flight.transmission.start;
        self.end_being_alone();
        if self.stage == Stage::Detecting && now < start + DETECTION {
            return;
        }
        let disturbance = self.energy.less(self.lock_energy(flight)).max(Power::ZERO);
        let floor = thresholds.noise.plus(disturbance);
        let certain_sinr = flight.modulation.certain_sinr(thresholds);
        if self.stage == Stage::Detecting && self.lock_power.exceeds(floor, certain_sinr) {
            // The usual case: a strong frame, and nothing else until now.
            self.disturbed = self.is_frame_in(disturbance);
            self.caught_up = now;
            self.stage = if now < start + flight.modulation.header_span {
                Stage::Header
            } else {
                Stage::Mpdu
            };
            return;
        }
        let sinr = self.lock_power.over(floor);
        if self.stage == Stage::Detecting {
            if sinr < flight.modulation.detection_sinr(thresholds) {
                self.let_go(disturbance);
                return;
            }
            self.stage = Stage::Header;
            self.caught_up = start + DETECTION;
        }
        self.disturbed |= self.is_frame_in(disturbance);
        let mpdu_start = start + flight.modulation.header_span;
        if self.stage == Stage::Header {
            let to = now.min(mpdu_start);
            self.hazard += flight.modulation.header.hazard(to - self.caught_up, sinr);
            self.caught_up = to;
            if now < mpdu_start {
                return;
            }
            if !survives(self.hazard, chances) {
                self.let_go(disturbance);
                return;
            }
            self.stage = Stage::Mpdu;
            self.hazard = 0.0;
        }
        self.hazard += flight.modulation.mpdu.hazard(now - self.caught_up, sinr);
        self.caught_up = now;
        if self.hazard >= HOPELESS {
            self.stage = Stage::Hopeless;
        }
    }

    /// What the frame that it is locked on adds to the energy: more than can be decoded of it, if it is on a neighbour
    /// channel.
    #[inline]
    fn lock_energy(&self, flight: &Flight) -> Power {
        let transmission = &flight.transmission;
        if transmission.channel == self.channel {
            return self.lock_power;
        }
        let penalty_db = decoding_penalty_db(transmission.rate, transmission.channel, self.channel);
        self.lock_power.scaled(from_db(penalty_db.unwrap_or(0.0)) as f32)
    }

    /// Whether there are other frames in what disturbs the one that it is locked on.
    #[inline]
    fn is_frame_in(&self, disturbance: Power) -> bool {
        // Room for rounding, when it is all interference.
        disturbance.rounded() > self.interference * (1.0 + 1e-6)
    }

    /// The frame that it is locked on can't be followed any further.
    #[cold]
    fn let_go(&mut self, disturbance: Power) {
        self.disturbed |= self.is_frame_in(disturbance);
        if self.interference > 0.0 && !self.disturbed {
            self.stage = Stage::Drowned;
        } else {
            self.lock = None;
        }
    }

    /// Energy that is no frame's: this much, where it was that much. [`Receiver::catch_up`] has been called for this moment.
    pub(super) fn interfere(&mut self, before: Power, after: Power) {
        self.end_being_alone();
        self.energy += after;
        self.energy -= before;
        self.interference = after.rounded();
    }

    #[cfg(test)]
    pub(super) fn energy(&self) -> Power {
        self.energy
    }

    /// Frames begin at the antenna. [`Receiver::catch_up`] has been called for this moment. One that sleeps before their end
    /// senses them when it wants to send, but does not take one up.
    #[inline]
    pub(super) fn hear(&mut self, now: Time, onset: &Onset, listens: bool) {
        self.end_being_alone();
        self.energy += onset.energy;
        self.carriers += onset.carriers;
        let Some(flight) = onset.strongest else { return };
        // A stronger frame takes an undecided receiver over; of equals, the first stays.
        let engaged = self.is_locked() && (self.stage != Stage::Detecting || onset.signal <= self.lock_power);
        if self.sending || engaged || !listens {
            return;
        }
        self.lock = Some(flight);
        self.lock_power = onset.signal;
        self.stage = Stage::Detecting;
        self.caught_up = now;
        self.hazard = 0.0;
        self.disturbed = false;
    }

    /// Frames end at the antenna, with so much energy and so many that could be sensed as such. [`Receiver::catch_up`] has been called
    /// for this moment. Returns whether the air becomes idle with that.
    #[inline]
    pub(super) fn fade_out(&mut self, now: Time, energy: Power, carriers: u16, thresholds: &Thresholds) -> bool {
        let was_loud = self.energy >= thresholds.energy_detect;
        self.energy -= energy;
        self.carriers -= carriers;
        if self.carriers == 0 {
            self.newly_tuned = false;
        }
        let becomes_idle = !self.is_busy(thresholds) && (carriers > 0 || was_loud);
        if becomes_idle {
            self.idle_since = now;
        }
        becomes_idle
    }

    /// Something else comes to the antenna than the frame that was alone there.
    #[inline]
    fn end_being_alone(&mut self) {
        if self.stage == Stage::Alone {
            self.stage = Stage::Detecting;
        }
    }

    /// The usual beginning: a strong frame, of which nothing is lost on its way, and nothing else. Returns `false`, and has done
    /// nothing, where it is not like that.
    #[inline]
    pub(super) fn hear_alone(&mut self, now: Time, flight: FlightId, power: Power, certain: Certain) -> bool {
        let comes_through = self.is_free_for(power, certain);
        if comes_through {
            self.energy = power;
            self.carriers = 1;
            self.lock = Some(flight);
            self.lock_power = power;
            self.stage = Stage::Alone;
            self.caught_up = now;
            self.hazard = 0.0;
            self.disturbed = false;
        }
        comes_through
    }

    /// A frame began and ends, and nothing else was on the air meanwhile. Returns `false`, and has done nothing, if it may not have
    /// come through.
    #[inline]
    pub(super) fn pass_alone(&mut self, now: Time, power: Power, certain: Certain) -> bool {
        let comes_through = self.is_free_for(power, certain);
        if comes_through {
            self.broken = false;
            self.newly_tuned = false;
            self.idle_since = now;
        }
        comes_through
    }

    /// Whether a frame that begins now is alone at the antenna, and comes through if that stays so.
    #[inline]
    fn is_free_for(&self, power: Power, certain: Certain) -> bool {
        // Without energy and carriers, there is no lock either.
        let alone = self.energy == Power::ZERO && self.carriers == 0 && !self.sending && !self.naps;
        alone && power >= certain.power && self.kind == certain.kind
    }

    /// The usual end, of a frame that began [alone](Self::hear_alone) and stayed so. Returns `false`, and has done nothing, where
    /// it was not like that.
    #[inline]
    pub(super) fn conclude_alone(&mut self, now: Time, flight: FlightId) -> bool {
        // In this order: in a crowd, hardly anybody is alone with a frame, but who is locked on which is anybody's guess.
        let stayed_alone = self.stage == Stage::Alone && self.lock == Some(flight);
        if stayed_alone {
            self.energy = Power::ZERO;
            self.carriers = 0;
            self.lock = None;
            self.broken = false;
            self.newly_tuned = false;
            self.idle_since = now;
        }
        stayed_alone
    }

    /// What became of the frame that it is locked on, which ends now.
    #[inline]
    pub(super) fn conclude(&mut self, chances: &mut Generator) -> Result<(), Loss> {
        self.lock = None;
        if self.stage == Stage::Drowned {
            return Err(Loss::Noise);
        }
        let survived = survives(self.hazard, chances);
        // EIFS is for frames that came in whole and broken.
        self.broken = !survived;
        match survived {
            true => Ok(()),
            false if self.disturbed => Err(Loss::Collision),
            false => Err(Loss::Noise),
        }
    }

    /// Moves to another channel, with this on it. A frame that was coming in is lost.
    pub(super) fn tune(&mut self, channel: Channel, energy: Power, carriers: u16) {
        self.channel = channel;
        self.lock = None;
        self.energy = energy;
        self.carriers = carriers;
        self.newly_tuned = true;
        // EIFS protects an ACK on the channel that it has left.
        self.broken = false;
    }
}

/// Whether a frame with this hazard comes through.
fn survives(hazard: f32, chances: &mut Generator) -> bool {
    // Certainties cost no random number.
    if hazard < 1e-7 {
        return true;
    }
    if hazard > 30.0 {
        return false;
    }
    chance(chances, libm::exp(-f64::from(hazard)))
}
