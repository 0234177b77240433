//! One run, judged.

use std::any::Any;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::judge::{Judge, Verdict};
use crate::kernel::Time;
use crate::lab::{Lab, Progress};
use crate::observe::{BoardInfo, Event, Observer};
use crate::record::{CaptureFile, LOSS_AT_ONE_METRE_DB, Trace};
use crate::scenario::{Scenario, ScenarioError};

/// Events between two looks at whether the verdicts are certain.
const EVENTS_A_LOOK: usize = 512;

/// How long programs that compute are waited for between two looks at whether the run is to stop.
const SLICE: Duration = Duration::from_millis(50);

/// Lines that are told of what happened before a failure.
const LINES: usize = 12;

/// How a run was judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// The seed.
    pub seed: u64,
    /// The verdicts, in the order of the expectations; empty if a program panicked.
    pub verdicts: Vec<Verdict>,
    /// What a program, or the simulator, panicked with.
    pub panic: Option<String>,
}

impl Trial {
    /// Whether everything was as expected.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.panic.is_none() && self.verdicts.iter().all(|verdict| verdict.failure.is_none())
    }

    /// When the first failure was clear; `None` if there was none, or a panic.
    #[must_use]
    pub fn failed_at(&self) -> Option<Time> {
        let failures = self.verdicts.iter().filter_map(|verdict| verdict.failure.as_ref());
        failures.map(|failure| failure.at).min()
    }
}

/// Runs a scenario with a seed, until it is over or nothing can change the verdicts any more.
///
/// # Errors
/// If the scenario can't be run at all.
pub fn try_seed(scenario: &Scenario, seed: u64) -> Result<Trial, ScenarioError> {
    let trial = try_seed_unless(scenario, seed, &AtomicBool::new(false))?;
    Ok(trial.expect("nobody stops it"))
}

/// The same, until somebody says stop; `None` then.
pub(super) fn try_seed_unless(
    scenario: &Scenario,
    seed: u64,
    stop: &AtomicBool,
) -> Result<Option<Trial>, ScenarioError> {
    let Some(builder) = scenario.builder_unless(seed, stop)? else {
        return Ok(None);
    };
    let judge = Rc::new(RefCell::new(Judge::new(scenario)?));
    let verdicts = catch(|| {
        let mut lab = builder.observe(Box::new(Rc::clone(&judge))).build();
        let certain = 'run: loop {
            for _ in 0..EVENTS_A_LOOK {
                match lab.try_step() {
                    Progress::Happened => {}
                    Progress::Over => {
                        lab.conclude();
                        break 'run false;
                    }
                    Progress::Computing => {
                        lab.await_programs(SLICE);
                        if stop.load(Ordering::Relaxed) {
                            return None;
                        }
                    }
                }
            }
            if judge.borrow().is_decided() {
                break true;
            }
            if stop.load(Ordering::Relaxed) {
                return None;
            }
        };
        let end = if certain { lab.now() } else { end_of(&lab, scenario) };
        Some(judge.borrow_mut().verdicts(end))
    });
    Ok(match verdicts {
        Ok(verdicts) => verdicts.map(|verdicts| Trial {
            seed,
            verdicts,
            panic: None,
        }),
        Err(panic) => Some(Trial {
            seed,
            verdicts: Vec::new(),
            panic: Some(panic),
        }),
    })
}

/// A run that stopped because nothing was left to happen stays as it is to its end, but for one that a program's end ended.
pub(crate) fn end_of(lab: &Lab, scenario: &Scenario) -> Time {
    let ends_early = scenario.boards.iter().any(|board| board.ends_run_after.is_some());
    if ends_early {
        lab.now()
    } else {
        scenario.duration.time()
    }
}

/// Runs something that may panic. What it says goes to standard error as ever.
pub(super) fn catch<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    panic::catch_unwind(AssertUnwindSafe(run)).map_err(|payload| words(&*payload))
}

/// What somebody panicked with.
pub(crate) fn words(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without words".to_owned())
}

/// What happened before a time: the last frames, lines and resets, as the trace tells them.
///
/// # Errors
/// If the scenario can't be run at all.
pub fn last_lines(scenario: &Scenario, seed: u64, before: Time) -> Result<Vec<String>, ScenarioError> {
    last_lines_unless(scenario, seed, before, &AtomicBool::new(false))
}

/// The same, or what there was of it when somebody said stop.
pub(super) fn last_lines_unless(
    scenario: &Scenario,
    seed: u64,
    before: Time,
    stop: &AtomicBool,
) -> Result<Vec<String>, ScenarioError> {
    let Some(builder) = scenario.builder_unless(seed, stop)? else {
        return Ok(Vec::new());
    };
    let mut lab = builder.build();
    let boards: Vec<BoardInfo> = lab.boards().cloned().collect();
    let tail = Tail(Rc::default());
    lab.observe(Box::new(Notable(Trace::new(Tail(Rc::clone(&tail.0)), boards))));
    // One that panics has said what it had to say.
    let _ = catch(|| {
        while !stop.load(Ordering::Relaxed) && lab.next_at().is_some_and(|at| at <= before) {
            if lab.try_step() == Progress::Computing {
                lab.await_programs(SLICE);
            }
        }
        lab.conclude();
    });
    Ok(tail.0.take().into_iter().collect())
}

/// Runs a scenario with its air captured.
///
/// # Errors
/// If the file can't be written, or the scenario can't be run.
pub fn capture(scenario: &Scenario, seed: u64, path: &Path) -> io::Result<()> {
    let mut lab = scenario.builder(seed).map_err(io::Error::other)?.build();
    let capture = Capture::begin(&mut lab, path)?;
    let _ = catch(|| lab.run());
    drop(lab);
    capture.finish()
}

/// A capture of a lab's air that is being written.
pub(super) struct Capture(Rc<RefCell<CaptureFile<BufWriter<File>>>>);

impl Capture {
    pub(super) fn begin(lab: &mut Lab, path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let file = BufWriter::new(File::create(path)?);
        let comment = format!("scenario {}, seed {}", lab.name(), lab.seed());
        let capture = CaptureFile::new(file, Some(&comment), LOSS_AT_ONE_METRE_DB)?;
        let capture = Rc::new(RefCell::new(capture));
        lab.observe(Box::new(Rc::clone(&capture)));
        Ok(Self(capture))
    }

    /// Writes the rest, when the lab is gone.
    pub(super) fn finish(self) -> io::Result<()> {
        match Rc::into_inner(self.0) {
            Some(capture) => capture.into_inner().finish()?.flush(),
            None => Ok(()),
        }
    }
}

/// The folder that tests leave captures in: `SIM_CAPTURES`, or cargo's, or the system's for what is temporary.
pub(super) fn capture_folder() -> PathBuf {
    let named = std::env::var_os("SIM_CAPTURES").or_else(|| std::env::var_os("CARGO_TARGET_TMPDIR"));
    if let Some(named) = named {
        return named.into();
    }
    // A test program is in target/debug/deps.
    let program = std::env::current_exe().ok();
    let target = program
        .as_deref()
        .and_then(|program| program.ancestors().find(|folder| folder.ends_with("target")))
        .map(|target| target.join("sim-captures"));
    target.unwrap_or_else(among_temporary_files)
}

/// In a folder of the user's own, if there can be one: whose name can be foreseen, others could have taken it.
fn among_temporary_files() -> PathBuf {
    #[cfg(unix)]
    if let Ok(folder) = crate::own_folder::runtime() {
        return folder;
    }
    std::env::temp_dir()
}

/// The last lines written.
struct Tail(Rc<RefCell<VecDeque<String>>>);

impl Write for Tail {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(octets);
        let mut lines = self.0.borrow_mut();
        for piece in text.split_inclusive('\n') {
            match lines.back_mut().filter(|line| !line.ends_with('\n')) {
                Some(unfinished) => unfinished.push_str(piece),
                None => lines.push_back(piece.to_owned()),
            }
        }
        while lines.len() > LINES {
            lines.pop_front();
        }
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A trace of what tells most.
struct Notable(Trace<Tail>);

impl Observer for Notable {
    fn observe(&mut self, at: Time, event: &Event) {
        let tells = match event {
            Event::Reception(reception) => reception.addressed && reception.outcome.is_err(),
            Event::Sent { destination, .. } => !destination.is_group(),
            Event::Pixels { .. } => false,
            _ => true,
        };
        if tells {
            self.0.observe(at, event);
        }
    }
}
