//! Frames that begin in one moment, and those that end in one moment.
//!
//! In a crowd, stations whose backoff ends in the same slot all send, often ten or more at once, and their frames end at once
//! too. What a receiver makes of that hangs on no more than sums and on the strongest of them:
//!
//! ```text
//!   frame a ─► power at 0, 1, 2 …  ┐             ┌ 0: energy, carriers, strongest ─► its receiver
//!   frame b ─► power at 0, 2, 3 …  ├─► by row ─► ┤ 1:                             ─► its receiver
//!   frame c ─► power at 1, 2, 3 …  ┘             └ …
//! ```
//!
//! So each receiver, with all that it has to settle first, is visited once. Receivers that are not like the rest (on another
//! channel, of another kind, asleep at times) are visited frame by frame, and so are all where a frame fades.

use std::hint::select_unpredictable;

use protocol::Channel;

use super::flights::{FlightId, Flights};
use super::passage::{Arrival, Passage};
use super::power::Power;
use super::radio::Thresholds;
use super::receiver::Receiver;
use super::topology::Neighbour;
use super::{Carrier, Medium, Tally, Verdict};
use crate::kernel::Time;
use crate::observe::{Loss, Losses, Transmission};

/// Of fewer frames no chorus is made: it would cost more than it saves.
const FEWEST: usize = 3;

/// What begins at one antenna in one moment.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Onset {
    pub(super) energy: Power,
    /// What can be decoded of the strongest frame that can be sensed as such.
    pub(super) signal: Power,
    /// That frame; of equals, the first.
    pub(super) strongest: Option<FlightId>,
    /// Frames that can be sensed as such.
    pub(super) carriers: u16,
    in_range: u16,
    /// Those of them whose preamble can be found in a quiet air.
    detectable: u16,
    frames: u16,
}

impl Onset {
    /// That of one frame.
    #[inline]
    pub(super) fn of(flight: FlightId, arrival: Arrival, thresholds: &Thresholds) -> Self {
        let mut onset = Self::default();
        onset.add(flight, arrival, thresholds);
        onset
    }

    /// Which of two frames is the stronger one is anybody's guess, so the processor is not asked to guess it.
    #[inline(always)]
    fn add(&mut self, flight: FlightId, arrival: Arrival, thresholds: &Thresholds) {
        let is_sensed = arrival.is_sensed(thresholds);
        let is_strongest = is_sensed & ((self.carriers == 0) | (arrival.signal > self.signal));
        let is_in_range = arrival.preamble >= thresholds.range;
        let is_detectable = is_in_range & (arrival.preamble >= thresholds.detectable);
        self.energy += arrival.energy(thresholds);
        self.signal = select_unpredictable(is_strongest, arrival.signal, self.signal);
        self.strongest = select_unpredictable(is_strongest, Some(flight), self.strongest);
        self.carriers += u16::from(is_sensed);
        self.in_range += u16::from(is_in_range);
        self.detectable += u16::from(is_detectable);
        self.frames += 1;
    }

    /// At its end: what of it is lost at a receiver, but for the frame that was taken up.
    fn missed(&self, receiver: &Receiver, start: Time, taken: Option<Power>, thresholds: &Thresholds) -> Losses {
        let is_detectable = taken.is_some_and(|power| power >= thresholds.detectable);
        let missed = u64::from(self.in_range) - u64::from(taken.is_some());
        let detectable = u64::from(self.detectable) - u64::from(is_detectable);
        let mut losses = Losses::default();
        if receiver.was_sending_after(start) {
            losses.count_many(Loss::Busy, missed);
        } else {
            losses.count_many(Loss::Collision, detectable);
            losses.count_many(Loss::Noise, missed - detectable);
        }
        losses
    }
}

/// Frames that began in one moment and will end in one moment, while they are on the air.
#[derive(Debug)]
struct Chorus {
    common: Common,
    ids: Vec<FlightId>,
    /// What began at each row that they reach.
    onsets: Vec<(u32, Onset)>,
}

/// All of them, and room for working them out.
#[derive(Debug, Default)]
pub(super) struct Choruses {
    on_air: Vec<Chorus>,
    /// Those that are over, for their lists' room.
    over: Vec<Chorus>,
    /// By row; all are empty but while a chorus is put together.
    onsets: Vec<Onset>,
    /// The rows of those that are not.
    rows: Vec<u32>,
    /// By row: which frame of the chorus that ends came through there.
    received: Vec<Option<FlightId>>,
    /// At how many receivers each of its frames came through.
    receptions: Vec<u32>,
}

impl Choruses {
    /// Adds a frame to the onsets.
    #[inline(never)]
    fn add(&mut self, id: FlightId, neighbours: &[Neighbour], thresholds: &Thresholds) {
        let thresholds = *thresholds;
        for &Neighbour { index, power, .. } in neighbours {
            let onset = &mut self.onsets[index as usize];
            if onset.frames == 0 {
                self.rows.push(index);
            }
            onset.add(id, Arrival::plain(power), &thresholds);
        }
    }

    /// Puts the frames together of which the onsets are.
    fn compose(&mut self, common: Common, frames: &[FlightId]) -> Chorus {
        let mut chorus = match self.over.pop() {
            Some(over) => Chorus { common, ..over },
            None => Chorus {
                common,
                ids: Vec::new(),
                onsets: Vec::new(),
            },
        };
        chorus.ids.extend(frames);
        for row in self.rows.drain(..) {
            let onset = std::mem::take(&mut self.onsets[row as usize]);
            chorus.onsets.push((row, onset));
        }
        chorus
    }

    /// Finds the chorus of just these frames.
    fn find(&mut self, ids: &[FlightId]) -> Option<Chorus> {
        let place = self.on_air.iter().position(|chorus| chorus.ids == ids)?;
        Some(self.on_air.swap_remove(place))
    }

    /// A frame is gone: whatever chorus it was in is one no more.
    pub(super) fn forget(&mut self, id: FlightId) {
        if let Some(place) = self.on_air.iter().position(|chorus| chorus.ids.contains(&id)) {
            let chorus = self.on_air.swap_remove(place);
            self.keep(chorus);
        }
    }

    fn keep(&mut self, mut chorus: Chorus) {
        chorus.ids.clear();
        chorus.onsets.clear();
        self.over.push(chorus);
    }
}

/// What the frames of a chorus have in common.
#[derive(Clone, Copy, Debug)]
struct Common {
    start: Time,
    channel: Channel,
    kind: u8,
}

impl Common {
    /// `None` if frames have too little in common.
    fn of(ids: &[FlightId], flights: &Flights) -> Option<Self> {
        let first = flights.get(*ids.first()?);
        let Transmission { start, channel, .. } = first.transmission;
        let are_alike = ids.iter().map(|id| flights.get(*id)).all(|flight| {
            flight.transmission.start == start
                && flight.transmission.end() == first.transmission.end()
                && flight.path.is_plain_on(channel)
        });
        are_alike.then_some(Self {
            start,
            channel,
            kind: first.certain.kind,
        })
    }

    /// Whether it takes all of them alike.
    #[inline]
    fn is_usual(self, receiver: &Receiver) -> bool {
        receiver.channel == self.channel && receiver.kind == self.kind && !receiver.naps && !receiver.newly_tuned
    }
}

impl Medium {
    /// Frames begin that have not been announced.
    #[inline(never)]
    pub(super) fn arrive_together(&mut self, mut becomes_busy: impl FnMut(u32, Carrier)) {
        let mut ids = std::mem::take(&mut self.unannounced);
        match Common::of(&ids, &self.flights).filter(|_| ids.len() >= FEWEST) {
            Some(common) => self.arrive_at_once(common, &ids, becomes_busy),
            None => ids.iter().for_each(|id| self.arrive(*id, &mut becomes_busy)),
        }
        ids.clear();
        self.unannounced = ids;
    }

    fn arrive_at_once(&mut self, common: Common, ids: &[FlightId], mut becomes_busy: impl FnMut(u32, Carrier)) {
        let (receivers, chances) = (&mut *self.receivers, &mut *self.chances);
        self.choruses.onsets.resize(receivers.len(), Onset::default());
        for &id in ids {
            let neighbours = &self.flights.get(id).neighbours;
            self.choruses
                .add(id, neighbours, &self.thresholds[usize::from(common.kind)]);
        }
        let chorus = self.choruses.compose(common, ids);
        let passage = |id| Passage::of(id, &self.flights, &self.thresholds, &self.backs);
        let any = passage(ids[0]);
        for (row, onset) in &chorus.onsets {
            let index = *row as usize;
            let (receiver, chances) = (&mut receivers[index], &mut chances[index]);
            let mut is_busy_now = false;
            if common.is_usual(receiver) {
                is_busy_now = any.begin_at(receiver, onset, true, chances);
            } else {
                for &id in ids {
                    let passage = passage(id);
                    if let Some(neighbour) = passage.neighbour(*row) {
                        is_busy_now |= passage.arrive(neighbour, receiver, chances);
                    }
                }
            }
            if is_busy_now {
                becomes_busy(*row, Carrier::idle(receiver, &self.backs[index]));
            }
        }
        self.choruses.on_air.push(chorus);
    }

    /// Ends several frames as [`Medium::end`] does one, all in this moment, and appends them to `ended`. `tell` gets a frame's place
    /// among `ids`; it is called for one frame after the other.
    pub(crate) fn end_together(
        &mut self,
        now: Time,
        ids: &[FlightId],
        losses_matter: bool,
        mut tell: impl FnMut(usize, Verdict),
        mut becomes_idle: impl FnMut(u32),
        ended: &mut Vec<Transmission>,
    ) -> Tally {
        self.announce_alone();
        for &id in ids {
            let sender = self.flights.get(id).transmission.sender.0;
            self.receivers[sender as usize].stop_sending();
        }
        for &id in ids {
            self.look_around_after_sending(now, id, &mut becomes_idle);
        }
        let chorus = if losses_matter || !self.links.are_faultless() {
            None
        } else {
            self.choruses.find(ids)
        };
        let tally = match chorus {
            Some(chorus) => {
                let tally = self.leave_at_once(now, &chorus, &mut tell, &mut becomes_idle);
                self.choruses.keep(chorus);
                tally
            }
            None => {
                let mut tally = Tally::default();
                for (place, &id) in ids.iter().enumerate() {
                    let tell = &mut |verdict| tell(place, verdict);
                    tally.add(self.leave(now, id, losses_matter, tell, &mut becomes_idle));
                }
                tally
            }
        };
        ended.extend(ids.iter().map(|id| self.take_off(*id)));
        tally
    }

    fn leave_at_once(
        &mut self,
        now: Time,
        chorus: &Chorus,
        tell: &mut impl FnMut(usize, Verdict),
        becomes_idle: &mut impl FnMut(u32),
    ) -> Tally {
        let tally = self.release(now, chorus, becomes_idle);
        let Choruses {
            received, receptions, ..
        } = &self.choruses;
        for (place, &id) in chorus.ids.iter().enumerate() {
            let came_through = self.flights.get(id).neighbours.iter();
            let came_through = came_through.filter(|neighbour| received[neighbour.index as usize] == Some(id));
            for neighbour in came_through.take(receptions[place] as usize) {
                tell(place, neighbour.verdict(Ok(())));
            }
        }
        tally
    }

    /// A chorus ends at its receivers. Notes which of its frames came through where.
    #[inline(never)]
    fn release(&mut self, now: Time, chorus: &Chorus, becomes_idle: &mut impl FnMut(u32)) -> Tally {
        let mut tally = Tally::default();
        let (receivers, chances) = (&mut *self.receivers, &mut *self.chances);
        let common = chorus.common;
        let thresholds = self.thresholds[usize::from(common.kind)];
        let Choruses {
            received, receptions, ..
        } = &mut self.choruses;
        received.resize(receivers.len(), None);
        receptions.clear();
        receptions.resize(chorus.ids.len(), 0);
        for (row, onset) in &chorus.onsets {
            let index = *row as usize;
            let (receiver, chances) = (&mut receivers[index], &mut chances[index]);
            received[index] = None;
            let mut note = |place: usize, outcome: Result<(), Loss>| {
                tally.count(outcome);
                if outcome.is_ok() {
                    receptions[place] += 1;
                    received[index] = Some(chorus.ids[place]);
                }
            };
            let mut is_idle_now = false;
            if common.is_usual(receiver) {
                receiver.catch_up(now, &self.flights, &thresholds, chances);
                let lock = receiver.lock();
                let taken = chorus.ids.iter().position(|id| lock == Some(*id));
                let taken = taken.map(|place| {
                    note(place, receiver.conclude(chances));
                    receiver.lock_power()
                });
                let missed = onset.missed(receiver, common.start, taken, &thresholds);
                tally.lost.add(missed);
                is_idle_now = receiver.fade_out(now, onset.energy, onset.carriers, &thresholds);
            } else {
                for (place, &id) in chorus.ids.iter().enumerate() {
                    let passage = Passage::of(id, &self.flights, &self.thresholds, &self.backs);
                    if let Some(neighbour) = passage.neighbour(*row) {
                        let (outcome, is_idle) = passage.leave(now, neighbour, receiver, chances);
                        is_idle_now |= is_idle;
                        outcome.into_iter().for_each(|outcome| note(place, outcome));
                    }
                }
            }
            if is_idle_now && receiver.contending {
                becomes_idle(*row);
            }
        }
        tally
    }
}
