//! Many seeds of many scenarios, over the cores.
//!
//! A lab stays in its thread: each thread takes the next (scenario, seed) and builds its lab itself. Results are put in order,
//! so that a report says the same however many threads there were.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::judge::Failure;
use super::trial::{Trial, last_lines_unless, try_seed_unless};
use crate::scenario::{Override, Scenario, ScenarioError, Seeds};

/// Failing seeds whose last frames are told, for each expectation.
const TOLD: usize = 3;

/// A scenario that is tested.
#[derive(Clone, Debug)]
pub struct Case {
    /// The file it is from, if there is one.
    pub path: Option<PathBuf>,
    /// What was set otherwise.
    pub overrides: Vec<Override>,
    /// The scenario.
    pub scenario: Scenario,
    /// The seeds that it is run with.
    pub seeds: Seeds,
}

impl Case {
    /// A scenario that is no file's.
    #[must_use]
    pub fn new(scenario: Scenario, seeds: Seeds) -> Self {
        Self {
            path: None,
            overrides: Vec::new(),
            scenario,
            seeds,
        }
    }

    /// The command that shows a run of it.
    #[must_use]
    pub fn command(&self, seed: u64) -> Option<String> {
        let path = self.path.as_ref()?;
        let mut command = format!("sim run {}", quoted(&path.display().to_string()));
        for setting in &self.overrides {
            command += &format!(" --set {}", quoted(&setting.to_string()));
        }
        Some(format!("{command} --seed {seed}"))
    }
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_./=:,+%".contains(letter);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// What became of a case.
#[derive(Clone, Debug)]
pub struct CaseResult {
    /// The scenario's name.
    pub name: String,
    /// Its file.
    pub path: Option<PathBuf>,
    /// The seeds.
    pub seeds: Seeds,
    /// How many runs were made; fewer than there are seeds if it was interrupted.
    pub runs: u64,
    /// How many of them failed.
    pub failed: u64,
    /// Each expectation, in their order.
    pub expectations: Vec<ExpectationResult>,
    /// Seeds with which a program panicked.
    pub panics: Vec<(u64, String)>,
    /// How long its runs took together, on all cores.
    pub busy: Duration,
}

/// What became of a case, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was as expected, with every seed.
    Passed,
    /// Something was not as expected, with one seed at least.
    Failed,
    /// Nothing failed, but not every seed was tried.
    Interrupted,
}

impl CaseResult {
    /// What became of it.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        if self.failed > 0 {
            Outcome::Failed
        } else if self.is_interrupted() {
            Outcome::Interrupted
        } else {
            Outcome::Passed
        }
    }

    /// Whether everything was as expected, with every seed.
    #[must_use]
    pub const fn passed(&self) -> bool {
        matches!(self.outcome(), Outcome::Passed)
    }

    /// Whether a seed was not tried, so that what did not fail may fail yet.
    #[must_use]
    pub const fn is_interrupted(&self) -> bool {
        self.runs < self.seeds.count()
    }
}

/// What became of an expectation.
#[derive(Clone, Debug)]
pub struct ExpectationResult {
    /// Its name, or its words.
    pub name: String,
    /// The seeds with which it failed, in order.
    pub failed_seeds: Vec<u64>,
    /// The first of them.
    pub told: Vec<ToldFailure>,
}

/// A failure with what is worth knowing of it.
#[derive(Clone, Debug)]
pub struct ToldFailure {
    /// The seed.
    pub seed: u64,
    /// What was seen instead, of whom, and when.
    pub failure: Failure,
    /// The last frames before it.
    pub last: Vec<String>,
    /// The command that shows it.
    pub command: Option<String>,
}

/// How to go about it.
#[derive(Clone, Copy, Debug)]
pub struct Workforce<'a> {
    /// Threads.
    pub jobs: NonZeroUsize,
    /// Whether to stop with what there is.
    pub interrupted: &'a AtomicBool,
}

/// As many threads as there are cores.
#[must_use]
pub fn all_cores() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// Runs every case with each of its seeds, and all of them with the programs that there are when it begins. `progress` is told of each run, in no order: whether it passed.
///
/// # Errors
/// If a scenario can't be run at all.
pub fn run(
    cases: &[Case],
    workforce: Workforce<'_>,
    progress: &(dyn Fn(bool) + Sync),
) -> Result<Vec<CaseResult>, ScenarioError> {
    let mut results = Vec::new();
    for case in cases {
        results.push(run_case(case, workforce, progress)?);
    }
    Ok(results)
}

fn run_case(
    case: &Case,
    workforce: Workforce<'_>,
    progress: &(dyn Fn(bool) + Sync),
) -> Result<CaseResult, ScenarioError> {
    let mut case = case.clone();
    if !case.scenario.keeps_files() {
        case.scenario.validate()?;
        case.scenario.keep_files(None)?;
    }
    let case = &case;
    let next = AtomicU64::new(0);
    let count = case.seeds.count();
    let done: Mutex<Done> = Mutex::default();
    let jobs = workforce.jobs.get().min(usize::try_from(count).unwrap_or(usize::MAX));
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| work(case, count, &next, workforce.interrupted, &done, progress));
        }
    });
    let done = done.into_inner().unwrap_or_default();
    if let Some(error) = done.error {
        return Err(error);
    }
    let mut failing = done.failing;
    failing.sort_by_key(|trial| trial.seed);
    let mut result = CaseResult {
        name: case.scenario.name.clone(),
        path: case.path.clone(),
        seeds: case.seeds,
        runs: done.runs,
        failed: failing.len() as u64,
        expectations: Vec::new(),
        panics: failing
            .iter()
            .filter_map(|trial| Some((trial.seed, trial.panic.clone()?)))
            .collect(),
        busy: done.busy,
    };
    for (index, expectation) in case.scenario.expectations.iter().enumerate() {
        let failure = |trial: &Trial| {
            let verdict = trial.verdicts.get(index)?;
            Some((trial.seed, verdict.failure.clone()?))
        };
        let failures: Vec<_> = failing.iter().filter_map(failure).collect();
        let mut told = Vec::new();
        for (seed, failure) in failures.iter().take(TOLD) {
            told.push(ToldFailure {
                seed: *seed,
                failure: failure.clone(),
                last: last_lines_unless(&case.scenario, *seed, failure.at, workforce.interrupted)?,
                command: case.command(*seed),
            });
        }
        result.expectations.push(ExpectationResult {
            name: expectation.to_string(),
            failed_seeds: failures.iter().map(|(seed, _)| *seed).collect(),
            told,
        });
    }
    Ok(result)
}

/// What threads have done together.
#[derive(Default)]
struct Done {
    runs: u64,
    failing: Vec<Trial>,
    error: Option<ScenarioError>,
    busy: Duration,
}

fn work(
    case: &Case,
    count: u64,
    next: &AtomicU64,
    interrupted: &AtomicBool,
    done: &Mutex<Done>,
    progress: &(dyn Fn(bool) + Sync),
) {
    let first = *case.seeds.range().start();
    while !interrupted.load(Ordering::Relaxed) {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= count {
            return;
        }
        let began = Instant::now();
        let trial = try_seed_unless(&case.scenario, first.wrapping_add(number), interrupted);
        let Ok(mut done) = done.lock() else { return };
        done.busy += began.elapsed();
        match trial {
            Ok(None) => return,
            Ok(Some(trial)) => {
                done.runs += 1;
                let passed = trial.passed();
                if !passed {
                    done.failing.push(trial);
                }
                drop(done);
                progress(passed);
            }
            Err(error) => {
                done.error.get_or_insert(error);
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_survive_a_shell() {
        let scenario = Scenario::new("x");
        let case = Case {
            path: Some("it's here/x.toml".into()),
            overrides: vec![Override::new("loss", "0.3"), Override::new("name", "a b")],
            ..Case::new(scenario, Seeds::from(1))
        };
        assert_eq!(
            case.command(7).as_deref(),
            Some(r"sim run 'it'\''s here/x.toml' --set loss=0.3 --set 'name=a b' --seed 7")
        );
    }
}
