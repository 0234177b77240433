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
mod passage;
pub mod phy;
mod power;
pub mod propagation;
mod radio;
mod receiver;
mod together;
mod topology;
mod waveform;

use protocol::{Channel, Rate};

pub use burst::Burst;
pub(crate) use carrier::Carrier;
pub(crate) use flights::FlightId;
use flights::{Flight, Flights};
use interferer::Interferers;
pub use links::{Link, Links};
use nap::Nap;
pub(crate) use nap::WakeWindows;
use passage::{Passage, Path};
use power::Power;
use propagation::{Antenna, Environment, Position};
pub use radio::RadioParameters;
use radio::Thresholds;
use receiver::{Certain, Receiver};
use together::Choruses;
use topology::{Site, Topology};
use waveform::Modulation;

use crate::kernel::{Concern, Generator, Span, Time, stream};
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
    /// How many stations want to be told about changes of the air.
    contending: u32,
    /// Frames that have begun, all in one moment, and whose receivers have not been visited yet.
    unannounced: Vec<FlightId>,
    choruses: Choruses,
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

    fn add(&mut self, other: Self) {
        self.received += other.received;
        self.lost.add(other.lost);
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
            contending: 0,
            unannounced: Vec::new(),
            choruses: Choruses::default(),
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

    /// Puts a frame on the air. Others may begin in the same moment; when they have, they are to be [settled](Medium::settle), unless
    /// that happens here. `becomes_busy` is called as there.
    pub(crate) fn begin(&mut self, transmission: Transmission, mut becomes_busy: impl FnMut(u32, Carrier)) -> FlightId {
        let (sender, end) = (transmission.sender.0, transmission.end());
        let receiver = &self.receivers[sender as usize];
        let contends = receiver.contending;
        // What it hears matters, if it contends for another frame or gives up one that comes in.
        if contends || receiver.is_locked() || !self.is_unannounced_since(transmission.start) {
            self.announce(&mut becomes_busy);
        }
        let was_idle = contends && !self.is_busy(sender);
        let receiver = &mut self.receivers[sender as usize];
        let kind = receiver.kind;
        receiver.start_sending(end);
        if was_idle {
            becomes_busy(sender, Carrier::idle(receiver, &self.backs[sender as usize]));
        }
        let neighbours = self.topology.neighbours(sender, &self.links);
        let modulation = self.modulation(kind, transmission.rate);
        let id = self.flights.insert(Flight {
            certain: Certain::of(&modulation, kind, &self.thresholds),
            path: Path::of(&transmission, self.topology.environment(), self.seed),
            transmission,
            modulation,
            neighbours,
        });
        self.unannounced.push(id);
        id
    }

    /// All frames of this moment have begun: has them begin at their receivers, and calls `becomes_busy` for every contending station
    /// whose air they make busy, with what the air was like until now.
    ///
    /// A frame that is alone on the air may wait: if it stays alone, and nobody asks what the air is like, one visit at its end does
    /// for both.
    pub(crate) fn settle(&mut self, becomes_busy: impl FnMut(u32, Carrier)) {
        let may_wait = self.contending == 0 && self.flights.len() == 1 && self.interferers.is_empty();
        if !may_wait {
            self.announce(becomes_busy);
        }
    }

    /// Whether there are frames that may still have to be [settled](Medium::settle).
    pub(crate) fn is_unsettled(&self) -> bool {
        !self.unannounced.is_empty()
    }

    /// Whether all frames that have not been announced, if there are any, began at this moment.
    fn is_unannounced_since(&self, start: Time) -> bool {
        let first = self.unannounced.first();
        first.is_none_or(|id| self.flights.get(*id).transmission.start == start)
    }

    /// Makes up for what was put off: frames begin at their receivers.
    fn announce(&mut self, becomes_busy: impl FnMut(u32, Carrier)) {
        match *self.unannounced {
            [] => {}
            [id] => {
                self.unannounced.clear();
                self.arrive(id, becomes_busy);
            }
            _ => self.arrive_together(becomes_busy),
        }
    }

    /// The same for a frame that is alone on the air, because it matters now what its receivers hear.
    fn announce_alone(&mut self) {
        self.announce(|_, _| {
            debug_assert!(false, "nobody contended when it was settled, nor does since");
        });
    }

    /// The same, because it matters what this board hears; its own frame it knows of.
    fn announce_to(&mut self, index: u32) {
        let mut senders = self
            .unannounced
            .iter()
            .map(|id| self.flights.get(*id).transmission.sender.0);
        if senders.any(|sender| sender != index) {
            self.announce_alone();
        }
    }

    // This, `leave` and `pass` are where most of a run's time goes. They are not inlined into their long callers, whose variables
    // would take the registers away.

    /// A frame begins at its receivers.
    #[inline(never)]
    fn arrive(&mut self, id: FlightId, mut becomes_busy: impl FnMut(u32, Carrier)) {
        let (receivers, chances) = (&mut *self.receivers, &mut *self.chances);
        let passage = Passage::of(id, &self.flights, &self.thresholds, &self.backs);
        for neighbour in passage.neighbours() {
            let index = neighbour.index as usize;
            let receiver = &mut receivers[index];
            if passage.arrive(neighbour, receiver, &mut chances[index]) {
                becomes_busy(neighbour.index, Carrier::idle(receiver, &self.backs[index]));
            }
        }
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

    /// Takes a frame off the air and tells how it ended. `tell` gets the verdicts of boards that received it, and with
    /// `losses_matter` those of boards in range that did not; `becomes_idle` is called for every contending station whose air it
    /// leaves idle.
    pub(crate) fn end(
        &mut self,
        now: Time,
        id: FlightId,
        losses_matter: bool,
        mut tell: impl FnMut(Verdict),
        mut becomes_idle: impl FnMut(u32),
    ) -> (Transmission, Tally) {
        if !self.links.are_faultless() {
            self.announce_alone();
        }
        let sender = self.flights.get(id).transmission.sender.0;
        self.receivers[sender as usize].stop_sending();
        self.look_around_after_sending(now, id, &mut becomes_idle);
        let tally = match self.unannounced.pop() {
            Some(_) => self.pass(now, id, losses_matter, &mut tell),
            None => self.leave(now, id, losses_matter, &mut tell, &mut becomes_idle),
        };
        (self.take_off(id), tally)
    }

    /// The air that a frame's sender finds when the frame ends.
    fn look_around_after_sending(&mut self, now: Time, id: FlightId, becomes_idle: &mut impl FnMut(u32)) {
        let sender = self.flights.get(id).transmission.sender.0;
        if !self.is_busy(sender) {
            let receiver = &mut self.receivers[sender as usize];
            receiver.idle_since = now;
            if receiver.contending {
                becomes_idle(sender);
            }
        }
    }

    /// Forgets a frame that has ended at all of its receivers.
    fn take_off(&mut self, id: FlightId) -> Transmission {
        self.choruses.forget(id);
        let transmission = self.flights.remove(id).transmission;
        debug_assert!(
            !self.flights.is_empty() || self.receivers.iter().all(Receiver::hears_nothing),
            "when the air is quiet, every receiver's account is closed"
        );
        transmission
    }

    /// A frame ends at its receivers.
    #[inline(never)]
    fn leave(
        &mut self,
        now: Time,
        id: FlightId,
        losses_matter: bool,
        tell: &mut impl FnMut(Verdict),
        becomes_idle: &mut impl FnMut(u32),
    ) -> Tally {
        let mut tally = Tally::default();
        let (receivers, chances, links) = (&mut *self.receivers, &mut *self.chances, &mut self.links);
        let passage = Passage::of(id, &self.flights, &self.thresholds, &self.backs);
        let sender = passage.sender();
        let no_faults = links.are_faultless();
        for neighbour in passage.neighbours() {
            let index = neighbour.index as usize;
            let receiver = &mut receivers[index];
            let (outcome, is_idle) = if no_faults && receiver.conclude_alone(now, id) {
                (Some(Ok(())), true)
            } else {
                let chances = &mut chances[index];
                let (mut outcome, is_idle) = passage.leave(now, neighbour, receiver, chances);
                if outcome == Some(Ok(())) && !no_faults {
                    let struck = links.strike(now, sender, neighbour.index, chances);
                    receiver.broken |= struck.is_err();
                    outcome = Some(struck);
                }
                (outcome, is_idle)
            };
            if let Some(outcome) = outcome {
                tally.count(outcome);
                if outcome.is_ok() || losses_matter {
                    tell(neighbour.verdict(outcome));
                }
            }
            if is_idle && receiver.contending {
                becomes_idle(neighbour.index);
            }
        }
        tally
    }

    /// A frame that was never announced, as it had the air for itself, begins and ends at its receivers. Nobody contends, and no
    /// fault is set by hand.
    #[inline(never)]
    fn pass(&mut self, now: Time, id: FlightId, losses_matter: bool, tell: &mut impl FnMut(Verdict)) -> Tally {
        let mut tally = Tally::default();
        let (receivers, chances) = (&mut *self.receivers, &mut *self.chances);
        let passage = Passage::of(id, &self.flights, &self.thresholds, &self.backs);
        for neighbour in passage.neighbours() {
            let index = neighbour.index as usize;
            let receiver = &mut receivers[index];
            if let Some(outcome) = passage.pass(now, neighbour, receiver, &mut chances[index]) {
                tally.count(outcome);
                if outcome.is_ok() || losses_matter {
                    tell(neighbour.verdict(outcome));
                }
            }
        }
        tally
    }

    fn is_busy(&self, index: u32) -> bool {
        let receiver = &self.receivers[index as usize];
        receiver.is_busy(&self.thresholds[usize::from(receiver.kind)])
    }

    /// What the air is like for a station.
    pub(crate) fn carrier(&mut self, index: u32) -> Carrier {
        self.announce_to(index);
        self.settled_carrier(index)
    }

    /// What the air was like for a contending station before the frames that have not been [settled](Medium::settle) yet.
    pub(crate) fn settled_carrier(&self, index: u32) -> Carrier {
        Carrier {
            busy: self.is_busy(index),
            ..Carrier::idle(&self.receivers[index as usize], &self.backs[index as usize])
        }
    }

    /// Whether the station wants to be told about changes of the air.
    pub(crate) fn set_contending(&mut self, index: u32, contending: bool) {
        if contending {
            self.announce_to(index);
        }
        let before = std::mem::replace(&mut self.receivers[index as usize].contending, contending);
        self.contending += u32::from(contending);
        self.contending -= u32::from(before);
    }

    /// A frame said that the air stays in use until then.
    pub(crate) fn reserve(&mut self, index: u32, until: Time) {
        let reserved = &mut self.backs[index as usize].reserved_until;
        *reserved = (*reserved).max(until);
    }

    /// Whether this board is in the middle of taking in a frame.
    pub(crate) fn is_receiving(&mut self, index: u32) -> bool {
        self.announce_to(index);
        self.receivers[index as usize].is_locked()
    }

    /// Moves a board to another channel; what it was receiving is lost.
    pub(crate) fn tune(&mut self, now: Time, index: u32, channel: Channel) {
        self.announce_alone();
        let receiver = &mut self.receivers[index as usize];
        let thresholds = self.thresholds[usize::from(receiver.kind)];
        let (mut energy, mut carriers) = (Power::ZERO, 0);
        for flight in self.flights.iter() {
            let here = flight.neighbours.iter().find(|neighbour| neighbour.index == index);
            if let Some(arrival) = here.and_then(|neighbour| flight.path.arrival(neighbour, channel)) {
                energy += arrival.energy(&thresholds);
                carriers += u16::from(arrival.is_sensed(&thresholds));
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
        self.announce_alone();
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
        self.announce_to(index);
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

    /// The frame on the air with this id.
    pub(crate) fn in_flight_as(&self, id: FlightId) -> &Transmission {
        &self.flights.get(id).transmission
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
