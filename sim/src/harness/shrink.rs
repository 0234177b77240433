//! The smallest scenario that fails as well.
//!
//! Step by step something is left out: expectations, the end, events, boards, what is wrong with the air. Each step is kept if the
//! same expectation still fails, with the same seed or one of a few others: fewer boards draw other numbers. This is Zeller's delta
//! debugging (A. Zeller and R. Hildebrandt, "Simplifying and isolating failure-inducing input", 2002), by kinds of things instead of
//! by lines.
//!
//! Without its sender, a receiver fails for sure, and that is not the failure that was meant. So a scenario that holds with some seeds
//! has to hold with some when it is smaller.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::trial::{Trial, try_seed_unless};
use crate::scenario::{Air, Period, Scenario, Share};

/// Runs at most.
const MOST_RUNS: usize = 2_000;

/// Other seeds that a smaller scenario may fail with.
const OTHER_SEEDS: u64 = 8;

/// Seeds that it is tried with to see whether it holds with any.
const HOPEFUL_SEEDS: u64 = 24;

/// A scenario that fails, and can't be made smaller by leaving one thing out.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// The scenario, with the seed that it fails with as its only one.
    pub scenario: Scenario,
    /// That seed.
    pub seed: u64,
    /// What fails.
    pub expectation: String,
    /// How many runs it took to find it.
    pub runs: usize,
}

/// Makes a failing scenario smaller; `None` if it does not fail with this seed.
#[must_use]
pub fn shrink(scenario: &Scenario, seed: u64) -> Option<Shrunk> {
    shrink_unless(scenario, seed, &AtomicBool::new(false))
}

/// The same; when somebody says stop, it is as small as it is by then.
#[must_use]
pub fn shrink_unless(scenario: &Scenario, seed: u64, stop: &AtomicBool) -> Option<Shrunk> {
    let trial = try_seed_unless(scenario, seed, stop).ok()??;
    let index = trial.verdicts.iter().position(|verdict| verdict.failure.is_some())?;
    let mut search = Search {
        scenario: Scenario {
            expectations: vec![scenario.expectations[index].clone()],
            ..scenario.clone()
        },
        seed,
        holds_at_times: false,
        runs: 1,
        stop,
    };
    search.holds_at_times = search.holds_with_some(&search.scenario.clone());
    loop {
        let before = search.runs;
        let mut smaller = search.shorten();
        smaller |= search.drop_events();
        smaller |= search.drop_boards();
        smaller |= search.drop_links();
        smaller |= search.clear_air();
        if !smaller || search.runs == before || search.is_over() {
            break;
        }
    }
    let expectation = search.scenario.expectations[0].to_string();
    search.scenario.seeds = Some(search.seed.into());
    Some(Shrunk {
        seed: search.seed,
        scenario: search.scenario,
        expectation,
        runs: search.runs,
    })
}

/// A scenario with an earlier end, without what would come after it.
fn ended_at(scenario: &Scenario, end: Period) -> Scenario {
    let mut scenario = Scenario {
        duration: end,
        ..scenario.clone()
    };
    scenario.events.retain(|event| event.at <= end);
    scenario
        .boards
        .retain(|board| board.powered_on_at.is_none_or(|at| at <= end));
    for board in &mut scenario.boards {
        board.stay_if_it_leaves_after(end);
    }
    scenario
}

/// The smallest that was found so far.
struct Search<'a> {
    scenario: Scenario,
    seed: u64,
    /// Whether it has to hold with some seeds.
    holds_at_times: bool,
    runs: usize,
    stop: &'a AtomicBool,
}

impl Search<'_> {
    /// One run more; none if there are to be no more.
    fn try_seed(&mut self, scenario: &Scenario, seed: u64) -> Option<Trial> {
        self.runs += 1;
        try_seed_unless(scenario, seed, self.stop).ok().flatten()
    }

    fn is_over(&self) -> bool {
        self.runs >= MOST_RUNS || self.stop.load(Ordering::Relaxed)
    }

    fn holds_with_some(&mut self, scenario: &Scenario) -> bool {
        (1..=HOPEFUL_SEEDS).any(|seed| self.try_seed(scenario, seed).is_some_and(|trial| trial.passed()))
    }

    /// Takes a smaller scenario if it fails as well.
    fn take_if_failing(&mut self, smaller: Scenario) -> bool {
        if smaller.validate().is_err() {
            return false;
        }
        let first = self.seed;
        let others = (1..=OTHER_SEEDS).filter(|&other| other != first);
        for seed in std::iter::once(first).chain(others) {
            if self.is_over() {
                return false;
            }
            let trial = self.try_seed(&smaller, seed);
            let fails = trial.is_some_and(|trial| trial.failed_at().is_some());
            if fails {
                if self.holds_at_times && !self.holds_with_some(&smaller) {
                    return false;
                }
                (self.scenario, self.seed) = (smaller, seed);
                return true;
            }
        }
        false
    }

    /// An earlier end: when the failure was clear, to the next millisecond.
    fn shorten(&mut self) -> bool {
        let Some(trial) = self.try_seed(&self.scenario.clone(), self.seed) else {
            return false;
        };
        let Some(at) = trial.failed_at() else { return false };
        let end = Duration::from_millis(at.as_micros().div_ceil(1_000).max(1));
        let mut smaller = false;
        for end in [end, self.scenario.duration.0 / 2] {
            if end < self.scenario.duration.0 {
                smaller |= self.take_if_failing(ended_at(&self.scenario, Period(end)));
            }
        }
        smaller
    }

    fn drop_events(&mut self) -> bool {
        self.drop_each(|scenario| &mut scenario.events)
    }

    fn drop_links(&mut self) -> bool {
        self.drop_each(|scenario| &mut scenario.links)
            | self.drop_each(|scenario| &mut scenario.air.walls)
            | self.drop_each(|scenario| &mut scenario.air.interferers)
    }

    /// Leaves out one after the other.
    fn drop_each<T>(&mut self, list: impl Fn(&mut Scenario) -> &mut Vec<T>) -> bool {
        let mut smaller = false;
        let mut index = 0;
        while index < list(&mut self.scenario).len() {
            let mut candidate = self.scenario.clone();
            list(&mut candidate).remove(index);
            if self.take_if_failing(candidate) {
                smaller = true;
            } else {
                index += 1;
            }
        }
        smaller
    }

    /// Fewer boards: none of a group, half of it, one less.
    fn drop_boards(&mut self) -> bool {
        let mut smaller = self.drop_each(|scenario| &mut scenario.boards);
        for group in 0..self.scenario.boards.len() {
            loop {
                let count = self.scenario.boards[group].count;
                let fewer = [1, count / 2, count.saturating_sub(1)];
                let taken = fewer
                    .into_iter()
                    .filter(|&fewer| 0 < fewer && fewer < count)
                    .any(|fewer| {
                        let mut candidate = self.scenario.clone();
                        candidate.boards[group].count = fewer;
                        self.take_if_failing(candidate)
                    });
                if !taken {
                    break;
                }
                smaller = true;
            }
        }
        smaller
    }

    /// A better air, one trouble less after the other.
    fn clear_air(&mut self) -> bool {
        let better: [fn(&mut Air); 7] = [
            |air| air.loss = Share::NONE,
            |air| air.burst = None,
            |air| air.latency = Period::default(),
            |air| air.jitter = Period::default(),
            |air| air.shadowing = 0.0,
            |air| air.fading = crate::scenario::Fading::default(),
            |air| air.crystals = 0.0,
        ];
        let mut smaller = false;
        for better in better {
            let mut candidate = self.scenario.clone();
            better(&mut candidate.air);
            if candidate.air != self.scenario.air {
                smaller |= self.take_if_failing(candidate);
            }
        }
        smaller
    }
}
