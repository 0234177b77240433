//! A frame's passage: what it does at a receiver when it begins there, and when it ends.

use std::hint::select_unpredictable;

use protocol::{Channel, Rate};

use super::Back;
use super::flights::{Flight, FlightId, Flights};
use super::phy::{decoding_penalty_db, from_db, leakage_db, preamble_gain_db};
use super::power::Power;
use super::propagation::{Environment, Fading};
use super::radio::Thresholds;
use super::receiver::{Certain, Receiver};
use super::together::Onset;
use super::topology::Neighbour;
use crate::kernel::{Generator, Time};
use crate::observe::{Loss, Transmission};

/// A frame on the air, with what its receivers have in common.
pub(super) struct Passage<'a> {
    id: FlightId,
    flight: &'a Flight,
    /// The flight's own, at hand.
    path: Path,
    certain: Certain,
    flights: &'a Flights,
    thresholds: &'a [Thresholds],
    /// Those of receivers like the sender's, which most are.
    usual_thresholds: Thresholds,
    backs: &'a [Back],
}

impl<'a> Passage<'a> {
    pub(super) fn of(id: FlightId, flights: &'a Flights, thresholds: &'a [Thresholds], backs: &'a [Back]) -> Self {
        let flight = flights.get(id);
        Self {
            id,
            flight,
            path: flight.path,
            certain: flight.certain,
            flights,
            thresholds,
            usual_thresholds: thresholds[usize::from(flight.certain.kind)],
            backs,
        }
    }

    #[inline(always)]
    fn thresholds_of(&self, receiver: &Receiver) -> &Thresholds {
        if receiver.kind == self.certain.kind {
            &self.usual_thresholds
        } else {
            &self.thresholds[usize::from(receiver.kind)]
        }
    }

    pub(super) fn neighbours(&self) -> &'a [Neighbour] {
        &self.flight.neighbours
    }

    /// What it is at a board; `None` if it does not reach it.
    pub(super) fn neighbour(&self, row: u32) -> Option<&'a Neighbour> {
        let neighbours = self.neighbours();
        let place = neighbours.binary_search_by_key(&row, |neighbour| neighbour.index);
        place.ok().map(|place| &neighbours[place])
    }

    pub(super) fn sender(&self) -> u32 {
        self.flight.transmission.sender.0
    }

    /// It begins at a receiver. Returns whether a contending station's air becomes busy with that.
    #[inline(always)]
    pub(super) fn arrive(&self, neighbour: &Neighbour, receiver: &mut Receiver, chances: &mut Generator) -> bool {
        let path = &self.path;
        let now = path.start;
        let is_plain = path.is_plain_on(receiver.channel);
        if is_plain && receiver.hear_alone(now, self.id, neighbour.power, self.certain) {
            return receiver.contending;
        }
        let Some(arrival) = path.arrival(neighbour, receiver.channel) else {
            return false;
        };
        let onset = Onset::of(self.id, arrival, self.thresholds_of(receiver));
        let listens = !receiver.naps || self.backs[neighbour.index as usize].listens(now, path.end);
        self.begin_at(receiver, &onset, listens, chances)
    }

    /// It begins at a receiver, with all that begins there in the same moment. Returns as [`Passage::arrive`].
    #[inline(always)]
    pub(super) fn begin_at(
        &self,
        receiver: &mut Receiver,
        onset: &Onset,
        listens: bool,
        chances: &mut Generator,
    ) -> bool {
        let now = self.path.start;
        let thresholds = self.thresholds_of(receiver);
        // In this order: in a crowd, the air is nearly always busy, but who contends is anybody's guess.
        let was_idle = !receiver.is_busy(thresholds) && receiver.contending;
        receiver.catch_up(now, self.flights, thresholds, chances);
        receiver.hear(now, onset, listens);
        was_idle && receiver.is_busy(thresholds)
    }

    /// It ends at a receiver. Returns what became of it, if the board is in range, and whether the air becomes idle with that.
    #[inline(always)]
    pub(super) fn leave(
        &self,
        now: Time,
        neighbour: &Neighbour,
        receiver: &mut Receiver,
        chances: &mut Generator,
    ) -> (Option<Result<(), Loss>>, bool) {
        let path = &self.path;
        let Some(arrival) = path.arrival(neighbour, receiver.channel) else {
            return (None, false);
        };
        let thresholds = self.thresholds_of(receiver);
        receiver.catch_up(now, self.flights, thresholds, chances);
        let mut outcome = None;
        let back = || &self.backs[neighbour.index as usize];
        let in_range = arrival.preamble >= thresholds.range;
        if in_range && !(receiver.newly_tuned && back().tuned_at > path.start) {
            let listened = !receiver.naps || receiver.is_locked_on(self.id) || back().listens(path.start, now);
            outcome = Some(if receiver.is_locked_on(self.id) {
                receiver.conclude(chances)
            } else if !listened {
                Err(Loss::Asleep)
            } else if receiver.was_sending_after(path.start) {
                Err(Loss::Busy)
            } else if arrival.preamble < thresholds.detectable {
                Err(Loss::Noise)
            } else {
                Err(Loss::Collision)
            });
        }
        let (energy, carriers) = (arrival.energy(thresholds), u16::from(arrival.is_sensed(thresholds)));
        let becomes_idle = receiver.fade_out(now, energy, carriers, thresholds);
        (outcome, becomes_idle)
    }

    /// It has begun and ends at a receiver, with nothing else on the air and nobody who contends. Returns what became of it.
    #[inline]
    pub(super) fn pass(
        &self,
        now: Time,
        neighbour: &Neighbour,
        receiver: &mut Receiver,
        chances: &mut Generator,
    ) -> Option<Result<(), Loss>> {
        let is_plain = self.path.is_plain_on(receiver.channel);
        if is_plain && receiver.pass_alone(now, neighbour.power, self.certain) {
            return Some(Ok(()));
        }
        self.arrive_and_leave(now, neighbour, receiver, chances)
    }

    #[cold]
    #[inline(never)]
    fn arrive_and_leave(
        &self,
        now: Time,
        neighbour: &Neighbour,
        receiver: &mut Receiver,
        chances: &mut Generator,
    ) -> Option<Result<(), Loss>> {
        self.arrive(neighbour, receiver, chances);
        self.leave(now, neighbour, receiver, chances).0
    }
}

/// A frame's way to its receivers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Path {
    start: Time,
    end: Time,
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
    pub(super) fn of(transmission: &Transmission, environment: &Environment, seed: u64) -> Self {
        let preamble_gain_db = preamble_gain_db(transmission.rate);
        Self {
            start: transmission.start,
            end: transmission.end(),
            channel: transmission.channel,
            rate: transmission.rate,
            transmission: transmission.id,
            seed,
            fading: environment.fading,
            preamble_gain_db,
            steady: environment.fading == Fading::None && preamble_gain_db == 0.0,
        }
    }

    /// Whether what arrives at those who listen on this channel is their mean power and nothing else.
    #[inline]
    pub(super) fn is_plain_on(&self, channel: Channel) -> bool {
        self.steady && self.channel == channel
    }

    /// What arrives at a board that listens on `channel`; `None` if nothing does. The same at the frame's start and end.
    #[inline]
    pub(super) fn arrival(&self, neighbour: &Neighbour, channel: Channel) -> Option<Arrival> {
        match self.is_plain_on(channel) {
            true => Some(Arrival::plain(neighbour.power)),
            false => self.unsteady_arrival(neighbour, channel),
        }
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
pub(super) struct Arrival {
    /// What disturbs others.
    pub(super) power: Power,
    /// What can be decoded of it.
    pub(super) signal: Power,
    /// What it is as to finding its preamble.
    pub(super) preamble: Power,
}

impl Arrival {
    /// All of it.
    pub(super) const fn plain(power: Power) -> Self {
        Self {
            power,
            signal: power,
            preamble: power,
        }
    }

    /// What of it adds to the energy at a receiver: nothing, if it is too weak to disturb.
    #[inline(always)]
    pub(super) fn energy(&self, thresholds: &Thresholds) -> Power {
        select_unpredictable(self.power >= thresholds.floor, self.power, Power::ZERO)
    }

    /// Whether a receiver senses it as a frame.
    #[inline(always)]
    pub(super) fn is_sensed(&self, thresholds: &Thresholds) -> bool {
        self.preamble >= thresholds.sensitivity
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;
    use protocol::MacAddress;
    use protocol::board::WakeWindow;

    use super::*;
    use crate::kernel::{Crystal, Span};
    use crate::medium::propagation::{LogDistance, PathLoss, Position};
    use crate::medium::{Carrier, Links, Medium, RadioParameters, Tally, Verdict, WakeWindows};
    use crate::observe::{BoardId, Losses, TransmissionKind};

    const BOARDS: u32 = 6;
    const AIRTIME: Span = Span::from_micros(1000);

    #[derive(Clone, Debug)]
    enum Step {
        /// Each of them sends, unless it does already.
        Send(Vec<u32>),
        Wait(u64),
        Ask(u32),
        Contend(u32, bool),
        Tune(u32, u8),
        /// From now on it is on for so many ms of three; for ever with 3.
        Nap(u32, u16),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            3 => prop::collection::vec(0..BOARDS, 1..7).prop_map(Step::Send),
            // Around the time that a preamble takes to be decided on, that a header takes, and that a frame takes.
            2 => prop_oneof![0..8_u64, 100..300_u64, 900..2500_u64].prop_map(Step::Wait),
            1 => (0..BOARDS).prop_map(Step::Ask),
            1 => (0..BOARDS, any::<bool>()).prop_map(|(board, contending)| Step::Contend(board, contending)),
            1 => (0..BOARDS, 1..4_u8).prop_map(|(board, channel)| Step::Tune(board, channel)),
            1 => (0..BOARDS, 1..4_u16).prop_map(|(board, window_ms)| Step::Nap(board, window_ms)),
        ];
        prop::collection::vec(step, 0..60)
    }

    /// All that can be seen of a medium, in order.
    #[derive(Debug, PartialEq)]
    enum Seen {
        Busy(u32, Carrier),
        Idle(u32),
        /// One of the frames that end in this moment, and where.
        Received(usize, u32),
        End(u64, Losses),
        Carrier(Carrier),
    }

    struct Run {
        medium: Medium,
        at_once: bool,
        now: Time,
        /// Frames on the air, in the order of their ends.
        flying: Vec<(Time, u32, FlightId)>,
        sent: u64,
        seen: Vec<Seen>,
    }

    impl Run {
        fn new(fading: Fading, loss: f64, at_once: bool) -> Self {
            let environment = Environment {
                path_loss: PathLoss::LogDistance(LogDistance::from_1_m(3.0)),
                fading,
                ..Environment::default()
            };
            let links = Links::all(crate::medium::Link {
                loss,
                ..Default::default()
            });
            let mut medium = Medium::new(environment, links, 1);
            for board in 0..BOARDS {
                // Some pairs are at the edge of their range.
                let place = Position::on_ground(80.0 * f64::from(board), 0.0);
                // Two kinds; the one notices preambles that it can't decode.
                let radio = match board {
                    2 => RadioParameters {
                        sensitivity_dbm: -90.0,
                        floor_dbm: -95.0,
                        ..RadioParameters::ESP8266
                    },
                    _ => RadioParameters {
                        noise_dbm: -95.0,
                        ..RadioParameters::ESP32_S3
                    },
                };
                medium.add(place, &radio, 20);
            }
            Self {
                medium,
                at_once,
                now: Time::ZERO,
                flying: Vec::new(),
                sent: 0,
                seen: Vec::new(),
            }
        }

        fn send(&mut self, boards: &[u32]) {
            for &board in boards {
                self.medium.set_contending(board, false);
            }
            let mut busy = Vec::new();
            for &board in boards {
                if self.flying.iter().any(|(_, sender, _)| *sender == board) {
                    continue;
                }
                let transmission = Transmission {
                    id: self.sent,
                    sender: BoardId(board),
                    queued_at: self.now,
                    start: self.now,
                    airtime: AIRTIME,
                    rate: Rate::Dsss1M,
                    channel: self.medium.channel(board),
                    power_dbm: 20,
                    mpdu: Bytes::new(),
                    kind: TransmissionKind::Data {
                        destination: MacAddress::BROADCAST,
                        attempt: 1,
                    },
                };
                self.sent += 1;
                let id = self
                    .medium
                    .begin(transmission, |index, carrier| busy.push((index, carrier)));
                if self.at_once {
                    self.medium.announce(|index, carrier| busy.push((index, carrier)));
                }
                self.flying.push((self.now + AIRTIME, board, id));
            }
            self.medium.settle(|index, carrier| busy.push((index, carrier)));
            busy.sort_by_key(|(index, _)| *index);
            self.seen
                .extend(busy.into_iter().map(|(index, carrier)| Seen::Busy(index, carrier)));
        }

        fn wait_until(&mut self, then: Time) {
            while let Some(&(at, ..)) = self.flying.first().filter(|(at, ..)| *at <= then) {
                let ending = self.flying.iter().take_while(|(end, ..)| *end == at).count();
                let ids: Vec<_> = self.flying.drain(..ending).map(|(.., id)| id).collect();
                let (mut received, mut idle) = (Vec::new(), Vec::new());
                let mut tally = Tally::default();
                if self.at_once || ids.len() == 1 {
                    for (place, id) in ids.into_iter().enumerate() {
                        let tell = |verdict: Verdict| received.push((place, verdict.index, verdict.outcome));
                        let ended = self.medium.end(at, id, self.at_once, tell, |index| idle.push(index));
                        tally.add(ended.1);
                    }
                } else {
                    let tell = |place, verdict: Verdict| received.push((place, verdict.index, verdict.outcome));
                    let mut ended = Vec::new();
                    let becomes_idle = |index| idle.push(index);
                    tally = self
                        .medium
                        .end_together(at, &ids, false, tell, becomes_idle, &mut ended);
                    assert_eq!(ended.len(), ids.len());
                }
                received.retain(|(.., outcome)| outcome.is_ok());
                idle.sort_unstable();
                let received = received
                    .into_iter()
                    .map(|(place, index, _)| Seen::Received(place, index));
                self.seen.extend(received.chain(idle.into_iter().map(Seen::Idle)));
                self.seen.push(Seen::End(tally.received, tally.lost));
            }
            self.now = then;
        }

        fn run(mut self, steps: &[Step]) -> Vec<Seen> {
            for step in steps {
                match *step {
                    Step::Send(ref boards) => self.send(boards),
                    Step::Wait(micros) => self.wait_until(self.now + Span::from_micros(micros)),
                    Step::Ask(board) => {
                        let carrier = self.medium.carrier(board);
                        self.seen.push(Seen::Carrier(carrier));
                    }
                    Step::Contend(board, contending) => self.medium.set_contending(board, contending),
                    Step::Tune(board, number) => {
                        let channel = Channel::new(number).expect("1 to 14");
                        self.medium.tune(self.now, board, channel);
                    }
                    Step::Nap(board, window_ms) => {
                        let window = WakeWindow::new(3, window_ms).expect("neither is 0");
                        let windows = WakeWindows::new(self.now, window, Crystal::default(), Span::ZERO);
                        self.medium.set_wake_windows(self.now, board, windows);
                    }
                }
            }
            self.wait_until(self.now + AIRTIME);
            for board in 0..BOARDS {
                let carrier = self.medium.carrier(board);
                self.seen.push(Seen::Carrier(carrier));
            }
            self.seen
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1024))]

        /// Frames that are put off, until others have begun in the same moment or to their end, leave everything as those that begin at once.
        #[test]
        fn nobody_can_tell_when_a_frame_was_announced(steps in steps(), fades: bool, loss in prop_oneof![Just(0.0), Just(0.3)]) {
            let fading = if fades { Fading::Rayleigh } else { Fading::None };
            let [put_off, at_once] = [false, true].map(|at_once| Run::new(fading, loss, at_once).run(&steps));
            prop_assert_eq!(put_off, at_once);
        }
    }
}
