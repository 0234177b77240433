//! The air between the boards: who hears a frame, and whether it comes through.
//!
//! ```text
//!   Topology: positions ─► path loss, shadowing, walls ─► whom a sender reaches, with what power
//!   begin(frame) ─► at each of them: energy rises; lock on, or interfere
//!   end(frame)   ─► at each of them: energy falls; the frame's hazard decides; then the link's fault by hand
//! ```
//!
//! A receiver is a few words (`receiver`); which frame is on the air is kept once for all of them (`flights`). Only boards
//! that a frame can matter to are visited. Nothing is allocated for a frame or a reception once the tables have grown.
//!
//! - [`propagation`]: from positions to received power.
//! - [`phy`]: from signal over noise to errors; sensitivities; neighbour channels.
//! - [`interferer`]: energy on the air that no board sent.
//! - [`Links`]: what is set by hand for a link.

mod burst;
mod carrier;
mod flights;
pub mod interferer;
mod links;
mod nap;
pub mod phy;
mod power;
pub mod propagation;
mod radio;
mod receiver;
mod topology;
mod waveform;

use std::rc::Rc;

use protocol::{Channel, Rate};

pub use burst::Burst;
pub(crate) use carrier::Carrier;
pub(crate) use flights::FlightId;
use flights::{Flight, Flights};
use interferer::Interferers;
pub use links::{Link, Links};
use nap::Nap;
pub(crate) use nap::WakeWindows;
use phy::{decoding_penalty_db, from_db, leakage_db, preamble_gain_db};
use power::Power;
use propagation::{Antenna, Environment, Fading, Position};
pub use radio::RadioParameters;
use radio::Thresholds;
use receiver::{Certain, Receiver};
use topology::{Neighbour, Site, Topology};
use waveform::Modulation;

use crate::kernel::{Concern, Generator, Span, Time, chance, stream};
use crate::observe::{Loss, Losses, Transmission};

/// All receivers, all frames on the air, all links.
#[derive(Debug)]
pub(crate) struct Medium {
    pub(crate) links: Links,
    topology: Topology,
    flights: Flights,
    interferers: Interferers,
    receivers: Vec<Receiver>,
    /// What is seldom needed of each receiver.
    backs: Vec<Back>,
    /// Each receiver's generator for losses and jitter.
    chances: Vec<Generator>,
    /// Kinds of receivers: few. What matters in the hot path is in a table of its own.
    kinds: Vec<RadioParameters>,
    thresholds: Vec<Thresholds>,
    /// Rates in use by a kind: few, too.
    modulations: Vec<(u8, Modulation)>,
    seed: u64,
}

/// What is seldom needed of a receiver.
#[derive(Debug)]
struct Back {
    /// Since when it listens on its channel.
    tuned_at: Time,
    /// Somebody else's exchange goes on until then (NAV).
    reserved_until: Time,
    /// When it is on, if it is not always: most never sleep.
    nap: Option<Box<Nap>>,
}

impl Back {
    /// Whether the receiver is on from the first of these moments to the last.
    fn listens(&self, from: Time, to: Time) -> bool {
        self.nap.as_ref().is_none_or(|nap| nap.is_on(from, to))
    }
}

/// How a frame ended at a board in its range.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verdict {
    pub(crate) index: u32,
    pub(crate) rssi_dbm: i8,
    pub(crate) outcome: Result<(), Loss>,
}

/// How a frame ended at the boards in its range.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) received: u64,
    pub(crate) lost: Losses,
}

impl Tally {
    /// A frame that came through did not, after all.
    pub(crate) fn spoil(&mut self) {
        self.received -= 1;
        self.lost.count(Loss::Fault);
    }

    fn count(&mut self, outcome: Result<(), Loss>) {
        match outcome {
            Ok(()) => self.received += 1,
            Err(loss) => self.lost.count(loss),
        }
    }
}

impl Medium {
    pub(crate) fn new(environment: Environment, links: Links, seed: u64) -> Self {
        Self {
            links,
            topology: Topology::new(environment, seed),
            flights: Flights::default(),
            interferers: Interferers::default(),
            receivers: Vec::new(),
            backs: Vec::new(),
            chances: Vec::new(),
            kinds: Vec::new(),
            thresholds: Vec::new(),
            modulations: Vec::new(),
            seed,
        }
    }

    /// Adds a board's antenna. Its row is the next one.
    pub(crate) fn add(&mut self, position: Position, radio: &RadioParameters, power_dbm: i8) {
        let index = u32::try_from(self.receivers.len()).expect("fewer than 2^32 boards");
        let kind = self.kinds.iter().position(|known| known == radio).unwrap_or_else(|| {
            self.kinds.push(*radio);
            self.thresholds.push(Thresholds::from(radio));
            self.kinds.len() - 1
        });
        let kind = u8::try_from(kind).expect("fewer than 256 kinds of radio");
        self.receivers.push(Receiver::new(Channel::DEFAULT, kind));
        self.chances.push(stream(self.seed, Concern::Link, index));
        self.backs.push(Back {
            tuned_at: Time::ZERO,
            reserved_until: Time::ZERO,
            nap: None,
        });
        let antenna = Antenna {
            board: index,
            position,
            gain_dbi: radio.antenna_gain_dbi,
        };
        self.topology.add(
            Site {
                antenna,
                power_dbm: f64::from(power_dbm),
            },
            radio.range_dbm.min(radio.floor_dbm),
        );
    }

    /// Puts a frame on the air and calls `becomes_busy` for every contending station whose air it makes busy, with what the
    /// air was like until now.
    pub(crate) fn begin(&mut self, transmission: Transmission, mut becomes_busy: impl FnMut(u32, Carrier)) -> FlightId {
        let now = transmission.start;
        let (sender, end) = (transmission.sender.0, transmission.end());
        let neighbours = self.topology.neighbours(sender, &self.links);
        let modulation = self.modulation(self.receivers[sender as usize].kind, transmission.rate);
        let path = Path::of(&transmission, self.topology.environment(), self.seed);
        let id = self.flights.insert(Flight {
            transmission,
            modulation,
            neighbours: Rc::clone(&neighbours),
        });

        let Self {
            flights,
            receivers,
            backs,
            chances,
            thresholds,
            ..
        } = self;
        let mut tell = |index: u32, receiver: &Receiver| {
            let idle = Carrier {
                busy: false,
                idle_since: receiver.idle_since,
                reserved_until: backs[index as usize].reserved_until,
                broken: receiver.broken,
            };
            becomes_busy(index, idle);
        };
        let receiver = &mut receivers[sender as usize];
        let was_busy = receiver.is_busy(&thresholds[usize::from(receiver.kind)]);
        receiver.start_sending(end);
        if receiver.contending && !was_busy {
            tell(sender, receiver);
        }
        path.visit(
            &neighbours,
            receivers,
            thresholds,
            |index, neighbour, receiver, arrival, thresholds| {
                let idles = receiver.contending && !receiver.is_busy(thresholds);
                receiver.catch_up(now, flights, thresholds, &mut chances[index]);
                let listens = !receiver.naps || backs[index].listens(now, end);
                receiver.hear(now, id, arrival, thresholds, listens);
                if idles && receiver.is_busy(thresholds) {
                    tell(neighbour.index, receiver);
                }
            },
        );
        id
    }

    /// The modulation of a rate, for receivers like the sender.
    fn modulation(&mut self, kind: u8, rate: Rate) -> Modulation {
        let known = self
            .modulations
            .iter()
            .find(|(of, modulation)| *of == kind && modulation.rate == rate);
        if let Some((_, modulation)) = known {
            return *modulation;
        }
        let modulation = Modulation::new(rate, &self.kinds[usize::from(kind)]);
        self.modulations.push((kind, modulation));
        modulation
    }

    /// Takes a frame off the air and tells how it ended. `verdicts` gets the boards that received it, and with
    /// `losses_matter` those in range that did not; `becomes_idle` is called for every contending station whose air it leaves
    /// idle.
    pub(crate) fn end(
        &mut self,
        now: Time,
        id: FlightId,
        losses_matter: bool,
        verdicts: &mut Vec<Verdict>,
        mut becomes_idle: impl FnMut(u32),
    ) -> (Transmission, Tally) {
        let flight = self.flights.get(id);
        let (sender, start) = (flight.transmission.sender.0, flight.transmission.start);
        let neighbours = Rc::clone(&flight.neighbours);
        let path = Path::of(&flight.transmission, self.topology.environment(), self.seed);
        let mut tally = Tally::default();

        let Self {
            flights,
            receivers,
            chances,
            thresholds,
            backs,
            links,
            ..
        } = self;
        let receiver = &mut receivers[sender as usize];
        receiver.stop_sending();
        if !receiver.is_busy(&thresholds[usize::from(receiver.kind)]) {
            receiver.idle_since = now;
            if receiver.contending {
                becomes_idle(sender);
            }
        }

        let flight = flights.get(id);
        let no_faults = links.are_faultless();
        let certain = Certain::of(flight, receivers[sender as usize].kind, thresholds);
        path.visit(
            &neighbours,
            receivers,
            thresholds,
            |index, neighbour, receiver, arrival, thresholds| {
                if no_faults && receiver.conclude_undisturbed(now, id, arrival, certain) {
                    tally.received += 1;
                    verdicts.push(Verdict {
                        index: neighbour.index,
                        rssi_dbm: neighbour.rssi_dbm,
                        outcome: Ok(()),
                    });
                    if receiver.contending {
                        becomes_idle(neighbour.index);
                    }
                    return;
                }
                let was_busy = receiver.is_busy(thresholds);
                let chances = &mut chances[index];
                receiver.catch_up(now, flights, thresholds, chances);
                let in_range = arrival.preamble >= thresholds.range;
                if in_range && !(receiver.newly_tuned && backs[index].tuned_at > start) {
                    let listened = !receiver.naps || receiver.is_locked_on(id) || backs[index].listens(start, now);
                    let mut outcome = if listened {
                        receiver.conclude(id, flight, arrival, thresholds, chances)
                    } else {
                        Err(Loss::Asleep)
                    };
                    if outcome.is_ok() && !no_faults {
                        outcome = links.strike(now, sender, neighbour.index, chances);
                        receiver.broken |= outcome.is_err();
                    }
                    tally.count(outcome);
                    if outcome.is_ok() || losses_matter {
                        verdicts.push(Verdict {
                            index: neighbour.index,
                            rssi_dbm: neighbour.rssi_dbm,
                            outcome,
                        });
                    }
                }
                receiver.fade_out(arrival, thresholds);
                if was_busy && !receiver.is_busy(thresholds) {
                    receiver.idle_since = now;
                    if receiver.contending {
                        becomes_idle(neighbour.index);
                    }
                }
            },
        );
        let transmission = self.flights.remove(id).transmission;
        debug_assert!(
            self.flights.iter().next().is_some() || self.receivers.iter().all(Receiver::hears_nothing),
            "when the air is quiet, every receiver's account is closed"
        );
        (transmission, tally)
    }

    /// What the air is like for a station.
    pub(crate) fn carrier(&self, index: u32) -> Carrier {
        let receiver = &self.receivers[index as usize];
        Carrier {
            busy: receiver.is_busy(&self.thresholds[usize::from(receiver.kind)]),
            idle_since: receiver.idle_since,
            reserved_until: self.backs[index as usize].reserved_until,
            broken: receiver.broken,
        }
    }

    /// Whether the station wants to be told about changes of the air.
    pub(crate) fn set_contending(&mut self, index: u32, contending: bool) {
        self.receivers[index as usize].contending = contending;
    }

    /// A frame said that the air stays in use until then.
    pub(crate) fn reserve(&mut self, index: u32, until: Time) {
        let reserved = &mut self.backs[index as usize].reserved_until;
        *reserved = (*reserved).max(until);
    }

    /// Whether this board is in the middle of taking in a frame.
    pub(crate) fn is_receiving(&self, index: u32) -> bool {
        self.receivers[index as usize].is_locked()
    }

    /// Moves a board to another channel; what it was receiving is lost.
    pub(crate) fn tune(&mut self, now: Time, index: u32, channel: Channel) {
        let receiver = &mut self.receivers[index as usize];
        let thresholds = self.thresholds[usize::from(receiver.kind)];
        let (mut energy, mut carriers) = (Power::ZERO, 0);
        for flight in self.flights.iter() {
            let path = Path::of(&flight.transmission, self.topology.environment(), self.seed);
            let here = flight.neighbours.iter().find(|neighbour| neighbour.index == index);
            if let Some(arrival) = here.and_then(|neighbour| path.arrival(neighbour, channel)) {
                if arrival.power >= thresholds.floor {
                    energy += arrival.power;
                }
                carriers += u16::from(arrival.preamble >= thresholds.sensitivity);
            }
        }
        receiver.tune(channel, energy, carriers);
        let interference = self.interferers.retune(index, channel, thresholds.floor);
        receiver.interfere(Power::ZERO, interference);
        receiver.idle_since = now;
        let back = &mut self.backs[index as usize];
        (back.tuned_at, back.reserved_until) = (now, now);
    }

    pub(crate) fn channel(&self, index: u32) -> Channel {
        self.receivers[index as usize].channel
    }

    /// Where a board is.
    pub(crate) fn position(&self, index: u32) -> Option<Position> {
        self.topology.position(index)
    }

    /// Puts a board elsewhere. Frames on the air are heard as they began.
    pub(crate) fn move_to(&mut self, index: u32, position: Position) {
        self.topology.move_to(index, position);
    }

    /// Has a board send with another power. Its frame on the air ends as it began.
    pub(crate) fn set_power(&mut self, index: u32, power_dbm: i8) {
        self.topology.set_power(index, f64::from(power_dbm));
    }

    /// Switches a board's radio off or on, on the channel where radios begin. What it was receiving is lost, and of frames that
    /// are on the air when it comes on it hears nothing.
    pub(crate) fn set_on(&mut self, now: Time, index: u32, on: bool) {
        self.topology.set_on(index, on);
        self.tune(now, index, Channel::DEFAULT);
    }

    /// Lets a receiver sleep outside these windows; with `None` it is always on. Frames that are on the air already end as they
    /// began. Returns for how long it slept by those that it had.
    pub(crate) fn set_wake_windows(&mut self, now: Time, index: u32, windows: Option<WakeWindows>) -> Span {
        let slept = self.slept(now, index);
        let (receiver, back) = (&mut self.receivers[index as usize], &mut self.backs[index as usize]);
        // What began while it was off can't be told from what it listened to any more: as on a new channel, it counts for nothing.
        if receiver.naps && !receiver.is_locked() {
            receiver.newly_tuned = true;
            back.tuned_at = now;
        }
        receiver.naps = windows.is_some();
        back.nap = windows.map(|windows| Box::new(Nap::new(windows)));
        slept
    }

    /// Keeps a receiver on, whatever its windows, from now until it is let go: something is coming for it.
    pub(crate) fn keep_awake(&mut self, now: Time, index: u32, awake: bool) {
        if self.receivers[index as usize].naps
            && let Some(nap) = &mut self.backs[index as usize].nap
        {
            nap.kept_awake_since = awake.then_some(now);
        }
    }

    /// For how long a receiver slept since its windows were set.
    pub(crate) fn slept(&self, now: Time, index: u32) -> Span {
        let nap = self.backs[index as usize].nap.as_ref();
        nap.map_or(Span::ZERO, |nap| nap.windows.closed_for(now))
    }

    /// The windows of a receiver that sleeps at this moment.
    pub(crate) fn asleep(&self, now: Time, index: u32) -> Option<WakeWindows> {
        let nap = self.backs[index as usize].nap.as_ref()?;
        (!nap.is_on(now, now)).then_some(nap.windows)
    }

    /// Whether a frame of this board is on the air.
    pub(crate) fn is_sending(&self, index: u32) -> bool {
        self.receivers[index as usize].is_sending()
    }

    /// Sets a link by hand.
    pub(crate) fn set_link(&mut self, from: u32, to: u32, link: Link) {
        self.links.set(from, to, link);
        self.topology.forget_sender(from);
    }

    /// The frames on the air.
    pub(crate) fn in_flight(&self) -> impl Iterator<Item = &Transmission> {
        self.flights.iter().map(|flight| &flight.transmission)
    }

    /// What is set by hand for a link, partition or not.
    pub(crate) fn link_by_hand(&self, from: u32, to: u32) -> Link {
        self.links.set_by_hand(from, to)
    }

    /// Parts the boards, or heals with an empty list: [`Links::part`].
    pub(crate) fn part(&mut self, sides: Vec<u32>) {
        self.links.part(sides);
        self.topology.forget();
    }

    /// The delay between the MAC and the driver of a frame that came through, by the link's latency and jitter.
    pub(crate) fn hand_over_at(&mut self, now: Time, sender: u32, index: u32) -> Time {
        let chances = &mut self.chances[index as usize];
        self.links.hand_over_at(now, sender, index, chances)
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

/// A frame's way to its receivers.
struct Path {
    channel: Channel,
    rate: Rate,
    transmission: u64,
    seed: u64,
    fading: Fading,
    /// By how much less signal the preamble needs than that of 1 Mbit/s, dB.
    preamble_gain_db: f64,
    /// Whether what arrives is the neighbour's mean power and nothing else.
    steady: bool,
}

impl Path {
    fn of(transmission: &Transmission, environment: &Environment, seed: u64) -> Self {
        let preamble_gain_db = preamble_gain_db(transmission.rate);
        Self {
            channel: transmission.channel,
            rate: transmission.rate,
            transmission: transmission.id,
            seed,
            fading: environment.fading,
            preamble_gain_db,
            steady: environment.fading == Fading::None && preamble_gain_db == 0.0,
        }
    }

    /// Visits the receivers at which anything arrives, with their rows.
    #[inline]
    fn visit(
        &self,
        neighbours: &[Neighbour],
        receivers: &mut [Receiver],
        thresholds: &[Thresholds],
        mut visit: impl FnMut(usize, &Neighbour, &mut Receiver, Arrival, &Thresholds),
    ) {
        for neighbour in neighbours {
            let index = neighbour.index as usize;
            let receiver = &mut receivers[index];
            if let Some(arrival) = self.arrival(neighbour, receiver.channel) {
                let thresholds = &thresholds[usize::from(receiver.kind)];
                visit(index, neighbour, receiver, arrival, thresholds);
            }
        }
    }

    /// What arrives at a board that listens on `channel`; `None` if nothing does. The same at the frame's start and end.
    #[inline]
    fn arrival(&self, neighbour: &Neighbour, channel: Channel) -> Option<Arrival> {
        let mut arrival = Arrival {
            power: neighbour.power,
            signal: neighbour.power,
            preamble: neighbour.power,
        };
        if channel != self.channel || !self.steady {
            arrival = self.unsteady_arrival(neighbour, channel)?;
        }
        Some(arrival)
    }

    /// The same where the channels differ or the path fades.
    #[inline(never)]
    fn unsteady_arrival(&self, neighbour: &Neighbour, channel: Channel) -> Option<Arrival> {
        let mut power = neighbour.power;
        if self.fading != Fading::None {
            power = power.scaled(self.fading.power_gain(self.seed, self.transmission, neighbour.index) as f32);
        }
        if channel == self.channel {
            return Some(Arrival {
                power,
                signal: power,
                preamble: self.preamble(power),
            });
        }
        let leaked = power.scaled(from_db(leakage_db(self.channel, channel)?) as f32);
        let decoded = decoding_penalty_db(self.rate, self.channel, channel);
        let signal = decoded.map_or(Power::ZERO, |penalty_db| leaked.scaled(from_db(-penalty_db) as f32));
        Some(Arrival {
            power: leaked,
            signal,
            preamble: self.preamble(signal),
        })
    }

    fn preamble(&self, signal: Power) -> Power {
        if self.preamble_gain_db == 0.0 {
            signal
        } else {
            signal.scaled(from_db(self.preamble_gain_db) as f32)
        }
    }
}

/// What of a frame is at an antenna.
#[derive(Clone, Copy, Debug)]
struct Arrival {
    /// What disturbs others.
    power: Power,
    /// What can be decoded of it.
    signal: Power,
    /// What it is as to finding its preamble.
    preamble: Power,
}
