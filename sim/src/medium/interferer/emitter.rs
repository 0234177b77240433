//! Interferers among the receivers: whom each reaches, and what all of them add there.

use std::iter::zip;
use std::rc::Rc;

use protocol::Channel;
use rand_core::Rng as _;
use serde::{Deserialize, Serialize};

use super::spectrum::Spectrum;
use super::{Interferer, Pattern};
use crate::kernel::{Concern, Generator, Span, Time, stream};
use crate::medium::flights::Flights;
use crate::medium::phy::{from_db, leakage_db};
use crate::medium::power::Power;
use crate::medium::propagation::Antenna;
use crate::medium::topology::{Neighbour, Site, Topology};
use crate::medium::{Carrier, Medium};
use crate::observe::{Transmission, serial};

/// All interferers of a run.
#[derive(Debug, Default)]
pub(in crate::medium) struct Interferers {
    emitters: Vec<Emitter>,
    /// What all of them add at each receiver now. As long as there are receivers, once there is an interferer.
    sums: Vec<Power>,
}

impl Interferers {
    pub(in crate::medium) fn is_empty(&self) -> bool {
        self.emitters.is_empty()
    }
}

#[derive(Debug)]
struct Emitter {
    site: Site,
    pattern: Box<dyn Pattern>,
    generator: Generator,
    /// What it radiates now.
    spectrum: Option<Spectrum>,
    /// Whom it reached when that began.
    reached: Rc<[Neighbour]>,
    /// How often the topology had changed when this was found out; `None` before the first time.
    changes: Option<u64>,
    statistics: InterfererStatistics,
}

/// What a run counts of an interferer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterfererStatistics {
    /// `wifi`, `ble`, `microwave` or `jammer`.
    #[serde(with = "serial::name")]
    pub kind: serial::Name,
    /// Time on the air, that of the phase it is in included.
    pub airtime: Span,
    /// How often it waited because it heard a board.
    pub deferred: u64,
}

/// What a network listens with, and how long it waits: the short slot's DIFS, and a backoff of 0 to 15 slots.
const DIFS: Span = Span::from_micros(28);
const SLOT: Span = Span::from_micros(9);
const WINDOW: u64 = 15;

/// The weakest frame that it hears on its own channel, dBm.
const OWN_CHANNEL_DBM: f64 = -82.0;
/// The weakest energy of other channels, dBm.
const OTHER_CHANNEL_DBM: f64 = -62.0;

impl Emitter {
    /// Until when boards are heard on a channel; `None` if it is free.
    fn busy_until(&self, channel: Channel, flights: &Flights, topology: &Topology) -> Option<Time> {
        let is_heard = |transmission: &Transmission| {
            let leaked_db = leakage_db(transmission.channel, channel)?;
            let least_dbm = if transmission.channel == channel {
                OWN_CHANNEL_DBM
            } else {
                OTHER_CHANNEL_DBM
            };
            let received_dbm = topology.received_dbm(transmission.sender.0, &self.site.antenna)? + leaked_db;
            (received_dbm >= least_dbm).then(|| transmission.end())
        };
        flights.iter().filter_map(|flight| is_heard(&flight.transmission)).max()
    }
}

impl Interferers {
    /// What they add at a receiver that comes to another channel.
    pub(in crate::medium) fn retune(&mut self, index: u32, channel: Channel, floor: Power) -> Power {
        let Some(sum) = self.sums.get_mut(index as usize) else {
            return Power::ZERO;
        };
        *sum = Power::ZERO;
        for emitter in &self.emitters {
            let Some(spectrum) = emitter.spectrum else { continue };
            let here = emitter
                .reached
                .binary_search_by_key(&index, |neighbour| neighbour.index);
            if let Some(neighbour) = here.ok().and_then(|place| emitter.reached.get(place)) {
                *sum += Gains::of(Some(spectrum)).arrival(neighbour, channel, floor);
            }
        }
        *sum
    }
}

/// What receivers on each channel take in of a source.
struct Gains([f32; 14]);

impl Gains {
    fn of(spectrum: Option<Spectrum>) -> Self {
        let mut gains = [0.0; 14];
        for (number, gain) in zip(1.., &mut gains) {
            let gain_db = Channel::new(number).and_then(|channel| spectrum?.gain_db(channel));
            *gain = gain_db.map_or(0.0, |gain_db| from_db(gain_db) as f32);
        }
        Self(gains)
    }

    /// What is added at an antenna; nothing if it is below what the receiver notices.
    fn arrival(&self, neighbour: &Neighbour, channel: Channel, floor: Power) -> Power {
        let gain = self
            .0
            .get(usize::from(channel.number()) - 1)
            .copied()
            .unwrap_or_default();
        let power = neighbour.power.scaled(gain);
        if power >= floor { power } else { Power::ZERO }
    }
}

impl Medium {
    /// Adds an interferer, still silent. Returns its number.
    pub(crate) fn add_interferer(&mut self, interferer: &Interferer) -> u32 {
        self.announce_alone();
        let index = u32::try_from(self.interferers.emitters.len()).expect("fewer than 2^32 interferers");
        let antenna = Antenna {
            // Its paths are shadowed like a board's, by a number that no board has.
            board: u32::MAX - index,
            position: interferer.position,
            gain_dbi: 0.0,
        };
        self.interferers.emitters.push(Emitter {
            site: Site {
                antenna,
                power_dbm: interferer.power_dbm,
            },
            pattern: interferer.source.pattern(),
            generator: stream(self.seed, Concern::Interferer, index),
            spectrum: None,
            reached: Rc::default(),
            changes: None,
            statistics: InterfererStatistics {
                kind: interferer.kind(),
                airtime: Span::ZERO,
                deferred: 0,
            },
        });
        index
    }

    /// An interferer enters its next phase. Calls `becomes_busy` and `becomes_idle` for every contending station whose air
    /// that makes busy, with what it was like until now, or idle. Returns when the phase ends.
    pub(crate) fn advance_interferer(
        &mut self,
        now: Time,
        index: u32,
        mut becomes_busy: impl FnMut(u32, Carrier),
        mut becomes_idle: impl FnMut(u32),
    ) -> Option<Time> {
        self.interferers.sums.resize(self.receivers.len(), Power::ZERO);
        let emitter = self.interferers.emitters.get_mut(index as usize)?;
        let busy_until = emitter
            .pattern
            .waits_for()
            .and_then(|channel| emitter.busy_until(channel, &self.flights, &self.topology));
        if let Some(end) = busy_until {
            emitter.statistics.deferred += 1;
            return Some(end.max(now) + DIFS + SLOT * (emitter.generator.next_u64() % (WINDOW + 1)));
        }
        let phase = emitter.pattern.next(&mut emitter.generator);
        if phase.spectrum.is_some() {
            emitter.statistics.airtime += phase.span.unwrap_or_default();
        }
        let before = std::mem::replace(&mut emitter.spectrum, phase.spectrum);
        let changes = Some(self.topology.changes());
        let reached = if emitter.changes == changes {
            Rc::clone(&emitter.reached)
        } else {
            emitter.changes = changes;
            self.topology.reached_from(&emitter.site)
        };
        let reached_before = std::mem::replace(&mut emitter.reached, Rc::clone(&reached));
        if Rc::ptr_eq(&reached, &reached_before) {
            self.shift(
                now,
                &reached,
                [before, phase.spectrum],
                &mut becomes_busy,
                &mut becomes_idle,
            );
        } else {
            self.shift(
                now,
                &reached_before,
                [before, None],
                &mut becomes_busy,
                &mut becomes_idle,
            );
            self.shift(
                now,
                &reached,
                [None, phase.spectrum],
                &mut becomes_busy,
                &mut becomes_idle,
            );
        }
        phase.span.map(|span| now + span)
    }

    /// The middle of what an interferer radiates now; `None` if it is silent.
    pub(crate) fn centre_mhz(&self, index: u32) -> Option<u16> {
        let emitter = self.interferers.emitters.get(index as usize)?;
        emitter.spectrum.map(Spectrum::centre_mhz)
    }

    /// One spectrum takes another's place at these receivers.
    fn shift(
        &mut self,
        now: Time,
        reached: &[Neighbour],
        spectra: [Option<Spectrum>; 2],
        becomes_busy: &mut impl FnMut(u32, Carrier),
        becomes_idle: &mut impl FnMut(u32),
    ) {
        let gains = spectra.map(Gains::of);
        for neighbour in reached {
            let index = neighbour.index as usize;
            let receiver = &mut self.receivers[index];
            let thresholds = &self.thresholds[usize::from(receiver.kind)];
            let [before, after] =
                [&gains[0], &gains[1]].map(|gains| gains.arrival(neighbour, receiver.channel, thresholds.floor));
            if before == after {
                continue;
            }
            receiver.catch_up(now, &self.flights, thresholds, &mut self.chances[index]);
            let was_busy = receiver.is_busy(thresholds);
            let sum = &mut self.interferers.sums[index];
            let sum_before = *sum;
            *sum += after;
            *sum -= before;
            receiver.interfere(sum_before, *sum);
            match (was_busy, receiver.is_busy(thresholds)) {
                (false, true) if receiver.contending => {
                    let idle = Carrier {
                        busy: false,
                        ..self.carrier(neighbour.index)
                    };
                    becomes_busy(neighbour.index, idle);
                }
                (true, false) => {
                    receiver.idle_since = now;
                    if receiver.contending {
                        becomes_idle(neighbour.index);
                    }
                }
                _ => {}
            }
        }
    }

    /// What was counted of the interferers.
    pub(crate) fn interferer_statistics(&self) -> impl Iterator<Item = InterfererStatistics> {
        self.interferers.emitters.iter().map(|emitter| emitter.statistics)
    }

    /// Whether any station waits for its turn.
    pub(crate) fn anybody_contends(&self) -> bool {
        self.receivers.iter().any(|receiver| receiver.contending)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::medium::interferer::{Ble, Mains, MicrowaveOven, WifiNetwork};
    use crate::medium::propagation::{Environment, Position};
    use crate::medium::{Links, RadioParameters};

    const BOARDS: u32 = 4;

    fn place(metres: u8) -> Position {
        Position::on_ground(f64::from(metres), 0.0)
    }

    fn channel(number: u8) -> Channel {
        Channel::new(number).expect("1 to 14")
    }

    fn medium(environment: Environment, interferers: &[Interferer]) -> Medium {
        let mut medium = Medium::new(environment, Links::default(), 1);
        for index in 0..BOARDS {
            medium.add(place(index as u8), &RadioParameters::ESP32_S3, 20);
        }
        for interferer in interferers {
            medium.add_interferer(interferer);
        }
        medium
    }

    fn one_of_each() -> Vec<Interferer> {
        let connection = Ble::connection(Span::from_micros(7_500)).expect("an interval");
        let network = WifiNetwork::new(channel(6), 0.5).expect("a duty cycle");
        let oven = MicrowaveOven { mains: Mains::Hz60 };
        [
            Interferer::new(network, 20.0),
            Interferer::new(connection, 10.0),
            Interferer::new(oven, 30.0),
        ]
        .into_iter()
        .map(|interferer| interferer.expect("a power").at(place(5)))
        .collect()
    }

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Advance(u32),
        Tune(u32, u8),
        Move(u32, u8),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            (0..3_u32).prop_map(Step::Advance),
            (0..BOARDS, 1..=14_u8).prop_map(|(board, number)| Step::Tune(board, number)),
            (0..BOARDS, any::<u8>()).prop_map(|(board, metres)| Step::Move(board, metres)),
        ];
        prop::collection::vec(step, 0..60)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn what_is_added_is_what_is_on(steps in steps()) {
            let mut medium = medium(Environment::default(), &one_of_each());
            for step in steps {
                match step {
                    Step::Advance(index) => {
                        medium.advance_interferer(Time::ZERO, index, |_, _| {}, |_| {});
                    }
                    Step::Tune(board, number) => medium.tune(Time::ZERO, board, channel(number)),
                    Step::Move(board, metres) => medium.move_to(board, place(metres)),
                }
                for (index, receiver) in (0..).zip(&medium.receivers) {
                    let floor = medium.thresholds[usize::from(receiver.kind)].floor;
                    let sum = medium.interferers.retune(index, receiver.channel, floor);
                    prop_assert_eq!(receiver.energy(), sum);
                }
            }
        }
    }

    #[test]
    fn a_board_that_comes_to_a_channel_finds_what_is_on_there() {
        let network = WifiNetwork::new(channel(6), 1.0).expect("a duty cycle");
        let interferer = Interferer::new(network, 20.0).expect("a power").at(place(5));
        let mut medium = medium(Environment::desk(), &[interferer]);
        assert_eq!(medium.advance_interferer(Time::ZERO, 0, |_, _| {}, |_| {}), None);
        assert!(!medium.carrier(0).busy);
        medium.tune(Time::ZERO, 0, channel(6));
        assert!(medium.carrier(0).busy);
        assert!(!medium.carrier(1).busy);
        medium.tune(Time::ZERO, 0, channel(10));
        assert!(!medium.carrier(0).busy);
    }

    #[test]
    fn contending_stations_are_told_when_the_air_changes_for_them() {
        let network = WifiNetwork::new(channel(1), 0.5).expect("a duty cycle");
        let mut medium = medium(Environment::desk(), &[Interferer::new(network, 20.0).expect("a power")]);
        medium.set_contending(2, true);
        medium.set_contending(3, true);
        medium.tune(Time::ZERO, 3, channel(6));
        let mut now = Time::ZERO;
        let mut told = Vec::new();
        for _ in 0..6 {
            let (mut busy, mut idle) = (Vec::new(), Vec::new());
            let next = medium.advance_interferer(
                now,
                0,
                |index, carrier| busy.push((index, carrier)),
                |index| idle.push(index),
            );
            assert!(busy.iter().all(|(index, carrier)| *index == 2 && !carrier.busy));
            assert!(idle.iter().all(|index| *index == 2));
            told.push((busy.len(), idle.len()));
            now = next.expect("it goes on");
        }
        // In turn; a silent start tells nobody.
        let told: Vec<_> = told.into_iter().skip_while(|told| *told == (0, 0)).collect();
        assert!(told.len() >= 5);
        for pair in told.chunks_exact(2) {
            assert_eq!(pair, [(1, 0), (0, 1)]);
        }
    }
}
