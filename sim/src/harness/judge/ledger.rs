//! What a judge keeps of a run.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use protocol::MacAddress;
use protocol::board::Rgb;

use crate::kernel::{Span, Time};
use crate::observe::{BoardId, Event, Loss, Reception, TransmissionKind, whose};
use crate::scenario::{Cast, Counter, Selector};

/// What a judge keeps of a run.
#[derive(Debug)]
pub(super) struct Ledger {
    pub(super) boards: Vec<Record>,
    rows: BTreeMap<MacAddress, BoardId>,
    /// ACKs on the air, and when each has gone.
    acks: VecDeque<(u64, Time)>,
    flows: Vec<Flow>,
}

/// What is kept of a board.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) name: Arc<str>,
    pub(super) pixels: Arc<[Rgb]>,
    pub(super) shown_since: Time,
    pub(super) last_line: Option<(Time, Arc<str>)>,
    counts: [u64; Counter::COUNT],
}

/// Messages from boards to boards.
#[derive(Clone, Debug)]
pub(super) struct Flow {
    from: Vec<bool>,
    to: Vec<bool>,
    pub(super) sent: u64,
    pub(super) received: u64,
    /// How long each took, if that is asked for.
    times: Option<Vec<Span>>,
}

impl Flow {
    /// The time that so many in a hundred messages do not exceed (nearest rank); `None` if there was none.
    pub(super) fn percentile(&self, percentile: f64) -> Option<Span> {
        let mut times = self.times.clone()?;
        times.sort_unstable();
        let rank = libm::ceil(percentile / 100.0 * times.len() as f64) as usize;
        times.get(rank.max(1) - 1).copied()
    }

    fn goes(&self, from: BoardId, to: BoardId) -> bool {
        let is_in = |set: &[bool], board: BoardId| set.get(board.index()).copied().unwrap_or_default();
        is_in(&self.from, from) && is_in(&self.to, to)
    }
}

impl Record {
    pub(super) const fn count(&self, counter: Counter) -> u64 {
        self.counts[counter as usize]
    }
}

impl Ledger {
    pub(super) fn new(cast: &Cast) -> Self {
        let record = |name: &str| Record {
            name: name.into(),
            pixels: Arc::default(),
            shown_since: Time::ZERO,
            last_line: None,
            counts: [0; Counter::COUNT],
        };
        let rows = (0..)
            .zip(cast.members())
            .map(|(row, member)| (member.address, BoardId(row)));
        Self {
            boards: cast.members().iter().map(|member| record(&member.name)).collect(),
            rows: rows.collect(),
            acks: VecDeque::new(),
            flows: Vec::new(),
        }
    }

    /// Keeps account of the messages between these boards from now on. Returns the account's number.
    pub(super) fn follow(&mut self, cast: &Cast, from: &Selector, to: &Selector, with_times: bool) -> usize {
        let set = |selector: &Selector| {
            let mut set = vec![false; self.boards.len()];
            for board in cast.select(selector) {
                set[board.index()] = true;
            }
            set
        };
        let flow = Flow {
            from: set(from),
            to: set(to),
            sent: 0,
            received: 0,
            times: with_times.then(Vec::new),
        };
        self.flows.push(flow);
        self.flows.len() - 1
    }

    pub(super) fn flow(&self, number: usize) -> &Flow {
        &self.flows[number]
    }

    pub(super) fn record(&self, board: BoardId) -> Option<&Record> {
        self.boards.get(board.index())
    }

    /// A board's count, or that of all together.
    pub(super) fn count(&self, board: Option<BoardId>, counter: Counter) -> u64 {
        match board {
            Some(board) => self.record(board).map_or(0, |record| record.count(counter)),
            None => self.boards.iter().map(|record| record.count(counter)).sum(),
        }
    }

    fn add(&mut self, board: BoardId, counter: Counter) {
        if let Some(record) = self.boards.get_mut(board.index()) {
            record.counts[counter as usize] += 1;
        }
    }

    pub(super) fn enter(&mut self, at: Time, event: &Event) {
        match event {
            Event::Transmission(transmission) => match transmission.kind {
                TransmissionKind::Data { .. } => self.add(transmission.sender, Counter::Attempts),
                TransmissionKind::Ack { .. } => {
                    while self.acks.front().is_some_and(|(_, end)| *end < at) {
                        self.acks.pop_front();
                    }
                    self.acks.push_back((transmission.id, transmission.end()));
                }
            },
            Event::Reception(reception) => self.enter_reception(reception),
            Event::Sent {
                board,
                destination,
                acknowledged,
                ..
            } => self.enter_sent(*board, *destination, *acknowledged),
            Event::Received {
                board,
                source,
                queued_at,
                ..
            } => {
                self.add(*board, Counter::Received);
                let Some(&from) = self.rows.get(source) else { return };
                for flow in self.flows.iter_mut().filter(|flow| flow.goes(from, *board)) {
                    flow.received += 1;
                    if let Some(times) = &mut flow.times {
                        times.push(at - *queued_at);
                    }
                }
            }
            Event::Dropped { board, .. } => self.add(*board, Counter::Dropped),
            Event::Console { board, line } => {
                self.add(*board, Counter::Lines);
                if let Some(record) = self.boards.get_mut(board.index()) {
                    record.last_line = Some((at, Arc::clone(line)));
                }
            }
            Event::Pixels { board, colours } => {
                if let Some(record) = self.boards.get_mut(board.index()) {
                    record.pixels = Arc::clone(colours);
                    record.shown_since = at;
                }
            }
            Event::Reset { board, .. } => self.add(*board, Counter::Resets),
            Event::Advice(_)
            | Event::Ended { .. }
            | Event::Pin { .. }
            | Event::Pressed { .. }
            | Event::Started { .. }
            | Event::Unbootable { .. }
            | Event::PowerOff { .. }
            | Event::Staged { .. }
            | Event::Interference { .. } => {}
        }
    }

    fn enter_reception(&mut self, reception: &Reception) {
        let Err(loss) = reception.outcome else { return };
        let is_ack = self.acks.iter().any(|(id, _)| *id == reception.transmission);
        if !reception.addressed || is_ack {
            return;
        }
        self.add(reception.receiver, Counter::Lost);
        match loss {
            Loss::Collision => self.add(reception.receiver, Counter::Collisions),
            Loss::Noise => self.add(reception.receiver, Counter::Noise),
            Loss::Fault => self.add(reception.receiver, Counter::Faults),
            Loss::Asleep => self.add(reception.receiver, Counter::Asleep),
            Loss::Busy => {}
        }
    }

    fn enter_sent(&mut self, board: BoardId, destination: MacAddress, acknowledged: bool) {
        self.add(board, Counter::Sent);
        let to = whose(destination, |address| self.rows.get(&address).copied()).map(|(board, _)| board);
        let is_group = destination.is_group();
        if !is_group {
            self.add(
                board,
                if acknowledged {
                    Counter::Acknowledged
                } else {
                    Counter::Failed
                },
            );
        }
        for flow in &mut self.flows {
            flow.sent += match to {
                _ if is_group => {
                    let others = (0..).map(BoardId).take(flow.to.len()).filter(|other| *other != board);
                    others.filter(|other| flow.goes(board, *other)).count() as u64
                }
                Some(to) => u64::from(flow.goes(board, to)),
                None => 0,
            };
        }
    }
}
