//! One expectation of one board in one stretch of the run.

use std::sync::Arc;

use protocol::board::Rgb;

use super::Failure;
use super::ledger::Ledger;
use crate::kernel::Time;
use crate::observe::{BoardId, Ending, Event};
use crate::scenario::{Cast, Colour, Comparison, Condition, Counter, Period, ProgramEnd, Share, TextMatch};

/// What a console line begins with that is an application's mark.
const MARK: &str = "mark ";

/// What is looked for, with what it takes to find it.
#[derive(Clone, Debug)]
pub(super) enum Question {
    Line(Arc<TextMatch>),
    Mark(Arc<str>),
    Advice(Arc<str>),
    Program(ProgramEnd),
    Pixel {
        index: Option<usize>,
        colour: Colour,
    },
    Counter {
        counter: Counter,
        is: Comparison<f64>,
    },
    Delivery {
        flow: usize,
        is: Comparison<Share>,
    },
    Latency {
        flow: usize,
        percentile: f64,
        is: Comparison<Period>,
    },
}

impl Question {
    pub(super) fn new(cast: &Cast, ledger: &mut Ledger, condition: &Condition) -> Self {
        match condition {
            Condition::Console(text) => Self::Line(Arc::new(text.clone())),
            Condition::Mark(name) => Self::Mark(name.as_str().into()),
            Condition::Advice(trap) => Self::Advice(trap.as_str().into()),
            Condition::Program(end) => Self::Program(*end),
            Condition::Pixel { index, colour } => Self::Pixel {
                index: *index,
                colour: *colour,
            },
            Condition::Counter { counter, is } => Self::Counter {
                counter: *counter,
                is: *is,
            },
            Condition::Delivery { from, to, is } => Self::Delivery {
                flow: ledger.follow(cast, from, to, false),
                is: *is,
            },
            Condition::Latency {
                from,
                to,
                percentile,
                is,
            } => Self::Latency {
                flow: ledger.follow(cast, from, to, true),
                percentile: *percentile,
                is: *is,
            },
        }
    }

    /// Whether it is asked at one time only.
    pub(super) const fn is_asked_once(&self) -> bool {
        matches!(self, Self::Delivery { .. } | Self::Latency { .. })
    }

    /// Whether the thing happens with this event; `None` if it is no thing that happens.
    fn happens(&self, event: &Event) -> Option<bool> {
        Some(match (self, event) {
            (Self::Line(text), Event::Console { line, .. }) => text.is(line),
            (Self::Mark(name), Event::Console { line, .. }) => is_mark(line, name),
            (Self::Advice(trap), Event::Advice(advice)) => advice.trap == &**trap,
            (Self::Program(end), Event::Ended { ending, .. }) => match ending {
                Ending::Finished => *end == ProgramEnd::Finished,
                Ending::Failed(_) => *end == ProgramEnd::Failed,
            },
            (Self::Line(_) | Self::Mark(_) | Self::Advice(_) | Self::Program(_), _) => false,
            _ => return None,
        })
    }

    /// Whether an event can change what is so.
    fn is_touched_by(&self, event: &Event) -> bool {
        match self {
            Self::Pixel { .. } => matches!(event, Event::Pixels { .. }),
            Self::Counter { counter, .. } => match counter {
                Counter::Sent | Counter::Acknowledged | Counter::Failed => matches!(event, Event::Sent { .. }),
                Counter::Attempts => matches!(event, Event::Transmission(_)),
                Counter::Received => matches!(event, Event::Received { .. }),
                Counter::Dropped => matches!(event, Event::Dropped { .. }),
                Counter::Lost | Counter::Collisions | Counter::Noise | Counter::Faults | Counter::Asleep => {
                    matches!(event, Event::Reception(_))
                }
                Counter::Resets => matches!(event, Event::Reset { .. }),
                Counter::Lines => matches!(event, Event::Console { .. }),
            },
            _ => false,
        }
    }

    /// Whether it is so now.
    fn holds(&self, board: Option<BoardId>, ledger: &Ledger) -> bool {
        match self {
            Self::Line(_) | Self::Mark(_) | Self::Advice(_) | Self::Program(_) => false,
            Self::Pixel { index, colour } => {
                let shown = board
                    .and_then(|board| ledger.record(board))
                    .map(|record| &record.pixels);
                // A strip that was never written to is dark.
                let is = |index: usize| {
                    let pixel = shown.and_then(|pixels| pixels.get(index)).copied().unwrap_or(Rgb::OFF);
                    colour.is(pixel)
                };
                match (index, shown) {
                    (Some(index), _) => is(*index),
                    (None, Some(pixels)) if !pixels.is_empty() => pixels.iter().all(|pixel| colour.is(*pixel)),
                    (None, _) => is(0),
                }
            }
            Self::Counter { counter, is } => is.holds(&(ledger.count(board, *counter) as f64)),
            Self::Delivery { flow, is } => share(ledger, *flow).is_some_and(|share| is.holds(&share)),
            Self::Latency { flow, percentile, is } => {
                let time = ledger.flow(*flow).percentile(*percentile);
                time.is_some_and(|time| is.holds(&Period(time.into())))
            }
        }
    }

    /// What is seen where it should be otherwise.
    fn seen(&self, board: Option<BoardId>, ledger: &Ledger) -> String {
        let record = board.and_then(|board| ledger.record(board));
        match self {
            Self::Line(_) | Self::Mark(_) => match record.and_then(|record| record.last_line.as_ref()) {
                Some((at, line)) => format!("no such line; the last one, at {at} s, was {line:?}"),
                None if record.is_some() => "it printed nothing".to_owned(),
                None => "nobody printed such a line".to_owned(),
            },
            Self::Advice(_) => "no such advice".to_owned(),
            Self::Program(_) => "its program did not end so".to_owned(),
            Self::Pixel { index, .. } => {
                let pixels = record.map(|record| &*record.pixels).unwrap_or_default();
                let since = record.map_or(Time::ZERO, |record| record.shown_since);
                let index = index.unwrap_or_default();
                let pixel = pixels.get(index).copied().unwrap_or(Rgb::OFF);
                let Rgb { red, green, blue } = pixel;
                match pixels.is_empty() {
                    true => format!("pixel {index} was never lit"),
                    false => format!("pixel {index} is #{red:02x}{green:02x}{blue:02x} since {since} s"),
                }
            }
            Self::Counter { counter, .. } => format!("{} is {}", counter.name(), ledger.count(board, *counter)),
            Self::Delivery { flow, .. } => {
                let account = ledger.flow(*flow);
                match share(ledger, *flow) {
                    Some(share) => {
                        format!("{} of {} arrived, {:.4}", account.received, account.sent, share.get())
                    }
                    None => "nothing was sent".to_owned(),
                }
            }
            Self::Latency { flow, percentile, .. } => match ledger.flow(*flow).percentile(*percentile) {
                Some(time) => format!("percentile {percentile} is {}", Period(time.into())),
                None => "nothing arrived".to_owned(),
            },
        }
    }
}

/// The share of messages that arrived; `None` if none was sent.
fn share(ledger: &Ledger, flow: usize) -> Option<Share> {
    let flow = ledger.flow(flow);
    if flow.sent == 0 {
        return None;
    }
    // One that arrived may still wait for its ACK, and is not counted as sent yet.
    Share::new((flow.received as f64 / flow.sent as f64).min(1.0))
}

/// `mark NAME`, perhaps with more behind it.
fn is_mark(line: &str, name: &str) -> bool {
    let rest = line.strip_prefix(MARK).and_then(|rest| rest.strip_prefix(name));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// How often it is to be so in the stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Want {
    Once,
    Never,
    Always,
    /// When it is over.
    AtEnd,
}

#[derive(Clone, Debug)]
enum Progress {
    Open,
    Met,
    Failed(Failure),
}

/// One expectation of one board in one stretch of the run.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    question: Question,
    board: Option<BoardId>,
    want: Want,
    begin: Time,
    end: Time,
    has_begun: bool,
    progress: Progress,
}

impl Subject {
    pub(super) const fn new(question: Question, board: Option<BoardId>, want: Want, begin: Time, end: Time) -> Self {
        Self {
            question,
            board,
            want,
            begin,
            end,
            has_begun: false,
            progress: Progress::Open,
        }
    }

    pub(super) const fn board(&self) -> Option<BoardId> {
        self.board
    }

    pub(super) const fn is_open(&self) -> bool {
        matches!(self.progress, Progress::Open)
    }

    pub(super) const fn failure(&self) -> Option<&Failure> {
        match &self.progress {
            Progress::Failed(failure) => Some(failure),
            Progress::Open | Progress::Met => None,
        }
    }

    /// When the stretch begins, or when it ends.
    pub(super) const fn next_edge(&self) -> Time {
        if self.has_begun { self.end } else { self.begin }
    }

    fn fail(&mut self, at: Time, ledger: &Ledger, seen: String) {
        let board = self.board.and_then(|board| ledger.record(board));
        self.progress = Progress::Failed(Failure {
            at,
            board: board.map(|record| Arc::clone(&record.name)),
            seen,
            boards: 1,
        });
    }

    /// What is so at a moment of the stretch decides.
    fn weigh(&mut self, at: Time, holds: bool, ledger: &Ledger) {
        match (self.want, holds) {
            (Want::Once, true) => self.progress = Progress::Met,
            (Want::Never, true) | (Want::Always, false) => {
                let seen = self.question.seen(self.board, ledger);
                self.fail(at, ledger, seen);
            }
            (Want::Once, false) | (Want::Never, false) | (Want::Always, true) | (Want::AtEnd, _) => {}
        }
    }

    /// Everything before `now` has happened.
    pub(super) fn advance(&mut self, now: Time, ledger: &Ledger) {
        if self.is_open() && !self.has_begun && now > self.begin {
            self.begin_stretch(ledger);
        }
        if self.is_open() && self.has_begun && now > self.end {
            self.close(self.end, ledger);
        }
    }

    fn begin_stretch(&mut self, ledger: &Ledger) {
        self.has_begun = true;
        // What happens in a moment is no matter of how things are.
        let is_moment = matches!(
            self.question,
            Question::Line(_) | Question::Mark(_) | Question::Advice(_) | Question::Program(_)
        );
        if !is_moment {
            let holds = self.question.holds(self.board, ledger);
            self.weigh(self.begin, holds, ledger);
        }
    }

    fn close(&mut self, at: Time, ledger: &Ledger) {
        match self.want {
            Want::Never | Want::Always => self.progress = Progress::Met,
            Want::AtEnd if self.question.holds(self.board, ledger) => self.progress = Progress::Met,
            Want::AtEnd | Want::Once => {
                let seen = self.question.seen(self.board, ledger);
                self.fail(at, ledger, seen);
            }
        }
    }

    /// The run is over.
    pub(super) fn conclude(&mut self, end: Time, ledger: &Ledger) {
        if self.is_open() && !self.has_begun {
            self.begin_stretch(ledger);
        }
        if self.is_open() {
            self.close(self.end.min(end), ledger);
        }
    }

    /// Something happened, and is in the ledger.
    pub(super) fn see(&mut self, at: Time, event: &Event, ledger: &Ledger) {
        if !self.is_open() || at < self.begin || at > self.end {
            return;
        }
        let is_mine = self.board.is_none() || self.board == event.board();
        if !is_mine {
            return;
        }
        match self.question.happens(event) {
            Some(true) => match self.want {
                Want::Never => {
                    let board = event.board().and_then(|board| ledger.record(board));
                    let seen = match event {
                        Event::Console { line, .. } => format!("the line {line:?}"),
                        Event::Advice(advice) => advice.text.clone(),
                        _ => "so it ended".to_owned(),
                    };
                    self.progress = Progress::Failed(Failure {
                        at,
                        board: board.map(|record| Arc::clone(&record.name)),
                        seen,
                        boards: 1,
                    });
                }
                Want::Once | Want::Always | Want::AtEnd => self.progress = Progress::Met,
            },
            Some(false) => {}
            None if self.question.is_touched_by(event) => {
                let holds = self.question.holds(self.board, ledger);
                self.weigh(at, holds, ledger);
            }
            None => {}
        }
    }
}
