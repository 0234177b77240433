//! A run in figures: who reached whom, how long messages took, when the air was busy.

use std::collections::{BTreeMap, VecDeque};

use hdrhistogram::Histogram;

use crate::kernel::{Span, Time};
use crate::observe::{BoardId, Event, Loss, Losses, Observer, Reception, Transmission};

/// Links that are told apart; a run with more counts the others together.
const LINKS: usize = 100_000;

/// Two significant digits: a percentile is wrong by less than 1 %.
const DIGITS: u8 = 2;

/// What is counted of a run while it goes on. Memory is bounded, however long it is.
#[derive(Debug)]
pub struct Figures {
    /// Frames in the air, in order of their start.
    flights: VecDeque<Flight>,
    links: BTreeMap<(BoardId, BoardId), LinkFigures>,
    other_links: LinkFigures,
    latency: Latency,
    /// A row a board that received anything.
    latency_by_board: BTreeMap<BoardId, Latency>,
    octets: u64,
    messages: u64,
    occupancy: BTreeMap<BoardId, Occupancy>,
    /// Of one bin.
    bin: Span,
}

#[derive(Clone, Copy, Debug)]
struct Flight {
    id: u64,
    sender: BoardId,
    end: Time,
    is_ack: bool,
}

/// From one board to another: data frames that were for it, ACKs not counted, each attempt for itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkFigures {
    /// Those that came through.
    pub received: u64,
    /// Those that did not, by cause.
    pub lost: Losses,
}

impl LinkFigures {
    /// All of them.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.received.saturating_add(self.lost.total())
    }

    /// The share that came through; 1 where there were none.
    #[must_use]
    pub fn delivery(&self) -> f64 {
        match self.frames() {
            0 => 1.0,
            frames => self.received as f64 / frames as f64,
        }
    }
}

/// How long messages took from the sending program's driver to the receiving one's.
#[derive(Clone, Debug)]
pub struct Latency(Histogram<u64>);

impl Default for Latency {
    fn default() -> Self {
        let mut micros = Histogram::new(DIGITS).expect("two digits are possible");
        micros.auto(true);
        Self(micros)
    }
}

impl Latency {
    fn add(&mut self, latency: Span) {
        // It grows as far as 64 bits go.
        let _ = self.0.record(latency.as_micros());
    }

    /// How many messages.
    #[must_use]
    pub fn messages(&self) -> u64 {
        self.0.len()
    }

    /// The latency that this share of messages did not exceed, µs, to two digits; `None` without messages.
    #[must_use]
    pub fn percentile_us(&self, percent: f64) -> Option<u64> {
        (!self.0.is_empty()).then(|| self.0.value_at_percentile(percent))
    }

    /// The mean, µs.
    #[must_use]
    pub fn mean_us(&self) -> Option<f64> {
        (!self.0.is_empty()).then(|| self.0.mean())
    }

    /// How many messages took at least `from` and less than `to`, µs.
    #[must_use]
    pub fn between_us(&self, from: u64, to: u64) -> u64 {
        match to.checked_sub(1) {
            Some(last) if last >= from => self.0.count_between(from, last),
            _ => 0,
        }
    }
}

/// When a board was on the air: its time with the transmitter on, ns, in each bin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Occupancy {
    /// Data frames and ACKs.
    pub airtime: Vec<u64>,
    /// Data frames for it that it lost.
    pub lost: Vec<u64>,
}

/// Bins before two become one.
const BINS: usize = 512;

impl Default for Figures {
    fn default() -> Self {
        Self {
            flights: VecDeque::new(),
            links: BTreeMap::new(),
            other_links: LinkFigures::default(),
            latency: Latency::default(),
            latency_by_board: BTreeMap::new(),
            octets: 0,
            messages: 0,
            occupancy: BTreeMap::new(),
            bin: Span::from_micros(100),
        }
    }
}

impl Figures {
    /// The links on which something was sent.
    pub fn links(&self) -> impl Iterator<Item = (BoardId, BoardId, &LinkFigures)> {
        self.links.iter().map(|(&(from, to), figures)| (from, to, figures))
    }

    /// All links beyond the first hundred thousand, together.
    #[must_use]
    pub fn other_links(&self) -> &LinkFigures {
        &self.other_links
    }

    /// Of all messages.
    #[must_use]
    pub fn latency(&self) -> &Latency {
        &self.latency
    }

    /// Of the messages that each board received.
    pub fn latency_by_board(&self) -> impl Iterator<Item = (BoardId, &Latency)> {
        self.latency_by_board.iter().map(|(&board, latency)| (board, latency))
    }

    /// Messages that drivers took in, repetitions of one not counted twice.
    #[must_use]
    pub fn messages(&self) -> u64 {
        self.messages
    }

    /// Octets of payload in them.
    #[must_use]
    pub fn octets(&self) -> u64 {
        self.octets
    }

    /// How long a bin of [`Figures::occupancy`] is.
    #[must_use]
    pub fn bin(&self) -> Span {
        self.bin
    }

    /// When a board was on the air, and lost something; `None` for one that neither sent nor lost.
    #[must_use]
    pub fn occupancy(&self, board: BoardId) -> Option<&Occupancy> {
        self.occupancy.get(&board)
    }

    fn transmit(&mut self, transmission: &Transmission) {
        let now = transmission.start;
        while self.flights.front().is_some_and(|flight| flight.end < now) {
            self.flights.pop_front();
        }
        self.flights.push_back(Flight {
            id: transmission.id,
            sender: transmission.sender,
            end: transmission.end(),
            is_ack: transmission.kind.is_ack(),
        });
        let (start, end) = (transmission.start.as_nanos(), transmission.end().as_nanos());
        self.make_room(end);
        let bin = self.bin.as_nanos();
        let bins = &mut self.occupancy.entry(transmission.sender).or_default().airtime;
        for index in start / bin..=end.saturating_sub(1).max(start) / bin {
            let (from, to) = (start.max(index * bin), end.min((index + 1).saturating_mul(bin)));
            add(bins, index, to.saturating_sub(from));
        }
    }

    fn receive(&mut self, at: Time, reception: &Reception) {
        let flight = self
            .flights
            .iter()
            .rev()
            .find(|flight| flight.id == reception.transmission);
        let Some(&Flight {
            sender, is_ack: false, ..
        }) = flight.filter(|_| reception.addressed)
        else {
            return;
        };
        let link = (sender, reception.receiver);
        let figures = if self.links.len() < LINKS || self.links.contains_key(&link) {
            self.links.entry(link).or_default()
        } else {
            &mut self.other_links
        };
        match reception.outcome {
            Ok(()) => figures.received += 1,
            Err(loss) => {
                figures.lost.count(loss);
                self.make_room(at.as_nanos());
                let index = at.as_nanos() / self.bin.as_nanos();
                add(
                    &mut self.occupancy.entry(reception.receiver).or_default().lost,
                    index,
                    1,
                );
            }
        }
    }

    /// Makes bins longer until there is one for `at`.
    fn make_room(&mut self, at: u64) {
        while at / self.bin.as_nanos() >= BINS as u64 {
            self.bin = self.bin * 2;
            for Occupancy { airtime, lost } in self.occupancy.values_mut() {
                for bins in [airtime, lost] {
                    *bins = bins.chunks(2).map(sum).collect();
                }
            }
        }
    }
}

fn sum(numbers: &[u64]) -> u64 {
    numbers.iter().copied().fold(0, u64::saturating_add)
}

fn add(bins: &mut Vec<u64>, index: u64, amount: u64) {
    let index = usize::try_from(index).unwrap_or(BINS).min(BINS);
    if bins.len() <= index {
        bins.resize(index + 1, 0);
    }
    bins[index] = bins[index].saturating_add(amount);
}

impl Observer for Figures {
    fn observe(&mut self, at: Time, event: &Event) {
        match event {
            Event::Transmission(transmission) => self.transmit(transmission),
            Event::Reception(reception) => self.receive(at, reception),
            Event::Received {
                board,
                length,
                queued_at,
                ..
            } => {
                self.messages += 1;
                self.octets = self.octets.saturating_add(*length as u64);
                self.latency.add(at - *queued_at);
                self.latency_by_board.entry(*board).or_default().add(at - *queued_at);
            }
            _ => {}
        }
    }
}

/// Which share of data frames in range was lost to each cause.
pub(crate) const CAUSES: [Loss; 5] = [Loss::Collision, Loss::Noise, Loss::Fault, Loss::Busy, Loss::Asleep];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::testing::any_event;
    use crate::record::testing::{RECEIVER, SENDER, boards, data_frame};
    use proptest::prelude::*;

    #[test]
    fn links_count_data_and_no_acks() {
        let [data, ack] = data_frame(1_000);
        let mut figures = Figures::default();
        let ends = |of: &Transmission, receiver, outcome| {
            Event::Reception(Reception {
                transmission: of.id,
                receiver,
                addressed: true,
                rssi_dbm: -40,
                outcome,
            })
        };
        let [data_end, ack_end] = [data.end(), ack.end()];
        let events = [
            (data.start, Event::Transmission(data.clone())),
            (data_end, ends(&data, RECEIVER, Ok(()))),
            (ack.start, Event::Transmission(ack.clone())),
            (ack_end, ends(&ack, SENDER, Ok(()))),
            (data_end, ends(&data, RECEIVER, Err(Loss::Noise))),
            (
                data_end,
                Event::Received {
                    board: RECEIVER,
                    source: boards()[0].address,
                    length: 250,
                    queued_at: Time::from_micros(500),
                },
            ),
        ];
        for (at, event) in &events {
            figures.observe(*at, event);
        }
        let links: Vec<_> = figures
            .links()
            .map(|(from, to, link)| (from, to, link.received, link.frames()))
            .collect();
        // The second end came after the flight was forgotten.
        assert_eq!(links, [(SENDER, RECEIVER, 1, 1)]);
        assert_eq!((figures.messages(), figures.octets()), (1, 250));
        let median = figures.latency().percentile_us(50.0).expect("a message");
        assert!(median.abs_diff(3_036) <= 30, "{median}");
        let airtime: u64 = figures.occupancy(SENDER).expect("it sent").airtime.iter().sum();
        assert_eq!(airtime, 2_536_000);
    }

    #[test]
    fn long_runs_have_long_bins() {
        let mut figures = Figures::default();
        for start_micros in [0, 1_000_000_000] {
            let [data, _] = data_frame(start_micros);
            figures.observe(data.start, &Event::Transmission(data));
        }
        let airtime = &figures.occupancy(SENDER).expect("it sent").airtime;
        assert!(airtime.len() <= BINS && airtime.len() > BINS / 2);
        assert_eq!(airtime.iter().sum::<u64>(), 2 * 2_536_000);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_events_are_counted(events in prop::collection::vec(any_event(), 0..60)) {
            let mut figures = Figures::default();
            for (at, event) in &events {
                figures.observe(Time::from_nanos(*at), event);
            }
            prop_assert!(figures.occupancy.values().all(|bins| bins.airtime.len() <= BINS + 1));
        }
    }
}
