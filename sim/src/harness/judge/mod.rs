//! Whether a run showed what was expected of it.
//!
//! ```text
//!   event ─► advance: windows that began or ended before it ─► Ledger: counters, pixels, lines ─► each Subject ─► Verdict
//! ```
//!
//! The judge is an observer: it sees what a recording would show, and nothing in a run depends on it.

mod ledger;
mod subject;
mod times;

use std::sync::Arc;

use crate::kernel::Time;
use crate::observe::{BoardId, Event, Observer};
use crate::scenario::{Cast, Condition, Counter, Expectation, Period, Scenario, ScenarioError, When, Window};
use ledger::Ledger;
use subject::{Question, Subject, Want};

/// What became of an expectation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Its name, or its words.
    pub expectation: String,
    /// Why it was not met; `None` if it was.
    pub failure: Option<Failure>,
}

/// Why an expectation was not met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// When that was clear.
    pub at: Time,
    /// Whose, unless it concerns all.
    pub board: Option<Arc<str>>,
    /// What was seen instead.
    pub seen: String,
    /// How many boards failed.
    pub boards: usize,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "at {} s", self.at)?;
        if let Some(board) = &self.board {
            write!(f, ", {board}")?;
        }
        write!(f, ": {}", self.seen)?;
        if self.boards > 1 {
            write!(f, " (and {} more)", self.boards - 1)?;
        }
        Ok(())
    }
}

/// Watches a run, and judges it.
#[derive(Debug)]
pub struct Judge {
    trials: Vec<Trial>,
    ledger: Ledger,
    /// The subjects that a board's events concern, by trial and place in it; a row a board.
    of_board: Vec<Vec<(usize, usize)>>,
    /// Those that everybody's events concern.
    of_anybody: Vec<(usize, usize)>,
    /// The earliest time at which a window begins or ends that has not yet.
    next_edge: Time,
    watches_air: bool,
}

/// An expectation with all whom it concerns.
#[derive(Debug)]
struct Trial {
    expectation: String,
    any: bool,
    subjects: Vec<Subject>,
}

impl Judge {
    /// The judge of a scenario's runs.
    ///
    /// # Errors
    /// If its boards can't be told apart.
    pub fn new(scenario: &Scenario) -> Result<Self, ScenarioError> {
        let cast = scenario.cast()?;
        let mut ledger = Ledger::new(&cast);
        let mut trials = Vec::new();
        for expectation in &scenario.expectations {
            trials.push(Trial {
                expectation: expectation.to_string(),
                any: expectation.any,
                subjects: subjects(scenario, &cast, &mut ledger, expectation),
            });
        }
        let mut of_board = vec![Vec::new(); ledger.boards.len()];
        let mut of_anybody = Vec::new();
        for (trial, Trial { subjects, .. }) in trials.iter().enumerate() {
            for (place, subject) in subjects.iter().enumerate() {
                let row = subject.board().and_then(|board| of_board.get_mut(board.index()));
                row.unwrap_or(&mut of_anybody).push((trial, place));
            }
        }
        let watches_air = scenario
            .expectations
            .iter()
            .any(|expectation| needs_air(&expectation.condition));
        let mut judge = Self {
            trials,
            ledger,
            of_board,
            of_anybody,
            next_edge: Time::ZERO,
            watches_air,
        };
        judge.find_next_edge();
        Ok(judge)
    }

    /// Whether nothing that could still happen would change a verdict.
    #[must_use]
    pub fn is_decided(&self) -> bool {
        self.open().next().is_none()
    }

    fn open(&self) -> impl Iterator<Item = &Subject> {
        let subjects = self.trials.iter().flat_map(|trial| &trial.subjects);
        subjects.filter(|subject| subject.is_open())
    }

    fn find_next_edge(&mut self) {
        self.next_edge = self.open().map(Subject::next_edge).min().unwrap_or(Time::MAX);
    }

    /// Windows that began or ended before `now` are looked at as things were then.
    fn advance(&mut self, now: Time) {
        if now <= self.next_edge {
            return;
        }
        for subject in self.trials.iter_mut().flat_map(|trial| &mut trial.subjects) {
            subject.advance(now, &self.ledger);
        }
        self.find_next_edge();
    }

    /// The verdicts on a run that has ended at `end`, in the order of the expectations. Nothing happens any more, so what is so
    /// stays so.
    #[must_use]
    pub fn verdicts(&mut self, end: Time) -> Vec<Verdict> {
        self.advance(end);
        let ledger = &self.ledger;
        let verdict = |trial: &mut Trial| {
            for subject in &mut trial.subjects {
                subject.conclude(end, ledger);
            }
            let failures: Vec<_> = trial.subjects.iter().filter_map(Subject::failure).collect();
            let met = match trial.any {
                true => failures.len() < trial.subjects.len(),
                false => failures.is_empty(),
            };
            let first = failures.iter().min_by_key(|failure| failure.at);
            Verdict {
                expectation: trial.expectation.clone(),
                failure: first.filter(|_| !met).map(|&first| Failure {
                    boards: failures.len(),
                    ..first.clone()
                }),
            }
        };
        self.trials.iter_mut().map(verdict).collect()
    }
}

fn needs_air(condition: &Condition) -> bool {
    match condition {
        Condition::Delivery { .. } | Condition::Latency { .. } => true,
        Condition::Counter { counter, .. } => !matches!(counter, Counter::Resets | Counter::Lines),
        Condition::Console(_)
        | Condition::Mark(_)
        | Condition::Pixel { .. }
        | Condition::Advice(_)
        | Condition::Program(_) => false,
    }
}

/// Whom an expectation concerns, and in which windows.
fn subjects(scenario: &Scenario, cast: &Cast, ledger: &mut Ledger, expectation: &Expectation) -> Vec<Subject> {
    let question = Question::new(cast, ledger, &expectation.condition);
    let window = |Window { from, until }: Window| {
        let begin = from.map_or(Time::ZERO, Period::time);
        (begin, until.map_or(Time::MAX, Period::time))
    };
    let start = |end: Time| (Time::ZERO, end);
    let windows: Vec<(Want, (Time, Time))> = match &expectation.when {
        // A share or a percentile is asked for at a time, not until it is right by chance.
        When::By(by) if question.is_asked_once() => vec![(Want::AtEnd, (by.time(), by.time()))],
        When::By(by) => vec![(Want::Once, start(by.time()))],
        When::Within { length, after } => {
            let named = scenario
                .events
                .iter()
                .filter(|event| event.name.as_ref() == Some(after));
            named
                .map(|event| (Want::Once, (event.at.time(), event.at.time() + length.span())))
                .collect()
        }
        When::Never(of) => vec![(Want::Never, window(*of))],
        When::Always(of) => vec![(Want::Always, window(*of))],
        When::End if expectation.condition.is_moment() => vec![(Want::Once, start(Time::MAX))],
        When::End => vec![(Want::AtEnd, start(Time::MAX))],
    };
    let boards: Vec<Option<BoardId>> = match &expectation.boards {
        Some(boards) => cast.select(boards).into_iter().map(Some).collect(),
        None => vec![None],
    };
    let mut subjects = Vec::new();
    for board in boards {
        for &(want, (begin, end)) in &windows {
            subjects.push(Subject::new(question.clone(), board, want, begin, end));
        }
    }
    subjects
}

impl Observer for Judge {
    fn observe(&mut self, at: Time, event: &Event) {
        self.advance(at);
        self.ledger.enter(at, event);
        let row = event.board().and_then(|board| self.of_board.get(board.index()));
        for &(trial, place) in row.into_iter().flatten().chain(&self.of_anybody) {
            self.trials[trial].subjects[place].see(at, event, &self.ledger);
        }
    }

    fn watches_air(&self) -> bool {
        self.watches_air
    }
}
