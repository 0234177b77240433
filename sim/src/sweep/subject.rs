//! What a sweep runs: a demo, or a scenario's file.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::grid::Point;
use super::row;
use crate::demo::{Demo, ParameterError, Parameters, Settings};
use crate::harness::{Judge, Verdict, end_of, words};
use crate::intake::Snapshot;
use crate::kernel::{Span, Time};
use crate::lab::LabBuilder;
use crate::medium::interferer::Interferer;
use crate::medium::{Burst, Link, Links};
use crate::record::figures::Figures;
use crate::record::lines::one_line;
use crate::record::recording::{Conclusion, Ended};
use crate::scenario::{Override, Runtime, Scenario, ScenarioError};

/// What is run again and again.
#[derive(Clone, Debug)]
pub enum Subject {
    /// A demo. Its parameters can be swept, and `loss`, `latency` and `jitter` of all links, unless a parameter of its own is called so.
    Demo {
        /// Which.
        demo: Demo,
        /// What is set by hand for all links.
        links: LinkSettings,
        /// When a run ends, unless the demo knows better.
        length: Option<Span>,
        /// What else is on the air.
        interferers: Vec<Interferer>,
    },
    /// A scenario's file. Its parameters can be swept, and any value of it.
    File {
        /// The file.
        path: PathBuf,
        /// What runs its boards' scripts.
        runtime: Runtime,
    },
}

/// What is set by hand for all links of a demo, where it is not swept.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LinkSettings {
    /// 0 to 1.
    pub loss: f64,
    /// Losses in bursts.
    pub burst: Option<Burst>,
    /// Between a receiver's MAC and its driver.
    pub latency: Span,
    /// Up to this much more.
    pub jitter: Span,
}

/// Why a run can't be described.
#[derive(Debug, thiserror::Error)]
pub enum SubjectError {
    /// The demo says no.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// The file, or what is set in it, is wrong.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// A value of a link that is none.
    #[error("{key}={value}: {expected}")]
    Link {
        /// The key.
        key: String,
        /// The value.
        value: String,
        /// What is.
        expected: &'static str,
    },
}

/// What links of a demo can be set to.
const LINK_KEYS: [&str; 3] = ["loss", "latency", "jitter"];

impl Subject {
    /// Whether a combination can be run, and which files it reads.
    pub(super) fn check(&self, point: &Point<'_>) -> Result<BTreeSet<PathBuf>, SubjectError> {
        let (_, scenario) = self.describe(point, 0, &Arc::default())?;
        Ok(match self {
            Self::Demo { demo, .. } => {
                let files = point.iter().filter(|(key, _)| demo.reads(key));
                files.map(|(_, value)| PathBuf::from(value)).collect()
            }
            Self::File { path, .. } => {
                let scripts = scenario.map_or_else(BTreeSet::new, |scenario| scenario.files());
                std::iter::once(path.clone()).chain(scripts).collect()
            }
        })
    }

    /// What runs the scripts among the files that are read.
    #[cfg(unix)]
    pub(super) fn interpreter(&self, files: &BTreeSet<PathBuf>) -> Option<PathBuf> {
        let Self::File { runtime, .. } = self else { return None };
        let has_scripts = files.len() > 1;
        // Without one, no run can be described.
        let found = has_scripts.then(|| crate::external::Interpreter::find(runtime.interpreter.as_deref()).ok());
        found.flatten().map(|interpreter| interpreter.path().to_owned())
    }

    /// There are no scripts here.
    #[cfg(not(unix))]
    pub(super) fn interpreter(&self, _files: &BTreeSet<PathBuf>) -> Option<PathBuf> {
        None
    }

    /// A run, with the files that are in the snapshot read from there.
    fn describe(
        &self,
        point: &Point<'_>,
        seed: u64,
        snapshot: &Arc<Snapshot>,
    ) -> Result<(LabBuilder, Option<Scenario>), SubjectError> {
        match self {
            Self::Demo {
                demo,
                links,
                length,
                interferers,
            } => {
                let mut parameters = Parameters::default();
                let mut links = *links;
                for &(key, value) in point {
                    let own = demo.parameters.iter().any(|parameter| parameter.name == key);
                    if !own && LINK_KEYS.contains(&key) {
                        links.set(key, value)?;
                    } else if demo.reads(key) {
                        let copy = snapshot.copy_of(Path::new(value));
                        parameters.set(key, &copy.to_string_lossy());
                    } else {
                        parameters.set(key, value);
                    }
                }
                let LinkSettings {
                    loss,
                    burst,
                    latency,
                    jitter,
                } = links;
                let settings = Settings {
                    seed,
                    links: Links::all(Link {
                        loss,
                        burst,
                        latency,
                        jitter,
                        ..Link::default()
                    }),
                    until: length.map(|length| Time::ZERO + length),
                    parameters,
                };
                let builder = demo.builder(settings)?;
                let builder = interferers
                    .iter()
                    .fold(builder, |builder, &interferer| builder.interferer(interferer));
                Ok((builder, None))
            }
            Self::File { path, runtime } => {
                let overrides: Vec<_> = point.iter().map(|(key, value)| Override::new(key, value)).collect();
                let mut scenario = Scenario::load_from(path, snapshot, &overrides)?;
                scenario.runtime = runtime.clone();
                Ok((scenario.builder(seed)?, Some(scenario)))
            }
        }
    }

    /// One run, in figures; none if somebody says stop. A program that panics ends its run; the row says so.
    pub(super) fn run(
        &self,
        point: &Point<'_>,
        seed: u64,
        snapshot: &Arc<Snapshot>,
        stop: &AtomicBool,
    ) -> Result<Option<Vec<String>>, SubjectError> {
        let (builder, scenario) = self.describe(point, seed, snapshot)?;
        let judge = scenario.as_ref().map(Judge::new).transpose()?;
        let judge = judge.map(|judge| Rc::new(RefCell::new(judge)));
        let figures = Rc::new(RefCell::new(Figures::default()));
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| {
            let mut builder = builder.observe(Box::new(Rc::clone(&figures)));
            if let Some(judge) = &judge {
                builder = builder.observe(Box::new(Rc::clone(judge)));
            }
            let mut lab = builder.build();
            if !lab.run_unless(stop) {
                return None;
            }
            let judged_at = scenario.as_ref().map_or(lab.now(), |scenario| end_of(&lab, scenario));
            Some((Conclusion::of(&lab, Ended::Over), judged_at))
        }));
        let (conclusion, said) = match outcome {
            Ok(None) => return Ok(None),
            Ok(conclusion) => (conclusion, String::new()),
            Err(payload) => (None, one_line(&words(&*payload))),
        };
        let verdicts: Option<Vec<Verdict>> = judge
            .zip(conclusion.as_ref())
            .map(|(judge, (_, judged_at))| judge.borrow_mut().verdicts(*judged_at));
        let conclusion = conclusion.as_ref().map(|(conclusion, _)| conclusion);
        let figures = figures.borrow();
        let mut cells: Vec<String> = point.iter().map(|(_, value)| (*value).to_owned()).collect();
        cells.push(seed.to_string());
        cells.extend(row::cells(conclusion, &figures, verdicts.as_deref()));
        cells.push(said);
        Ok(Some(cells))
    }
}

impl LinkSettings {
    fn set(&mut self, key: &str, value: &str) -> Result<(), SubjectError> {
        let wrong = |expected| SubjectError::Link {
            key: key.to_owned(),
            value: value.to_owned(),
            expected,
        };
        if key == "loss" {
            let share = match value.strip_suffix('%') {
                Some(percent) => percent.trim().parse::<f64>().map(|percent| percent / 100.0),
                None => value.parse::<f64>(),
            };
            let share = share.ok().filter(|share| (0.0..=1.0).contains(share));
            self.loss = share.ok_or_else(|| wrong("a probability is from 0 to 1, or from 0% to 100%"))?;
            return Ok(());
        }
        let time = if value == "0" {
            Span::ZERO
        } else {
            humantime::parse_duration(value)
                .map(Span::from)
                .map_err(|_| wrong("a time has a unit, as in 500us or 20ms"))?
        };
        match key {
            "latency" => self.latency = time,
            _ => self.jitter = time,
        }
        Ok(())
    }
}

impl fmt::Display for Subject {
    /// All that makes two subjects different.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Demo {
                demo,
                links,
                length,
                interferers,
            } => write!(f, "demo {} {links:?} {length:?} {interferers:?}", demo.name),
            Self::File { path, runtime } => write!(f, "file {} {runtime:?}", path.display()),
        }
    }
}
