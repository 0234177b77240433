//! A run with the files that it is recorded in.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use super::CliError;
use super::args::{RunArgs, Subject};
use super::bridge;
use super::outputs::Outputs;
use super::recorders::{Lines, Recorders};
use crate::bridge::{Bridge, BridgeStatistics};
use crate::demo::{Parameters, Settings};
use crate::harness::Judge;
use crate::kernel::{Span, Time};
use crate::lab::Awaited;
use crate::lab::Lab;
use crate::medium::{Link, Links};
use crate::record::recording::{Conclusion, Description, Ended};
use crate::record::{BridgeReport, Responses};
use crate::signals::{Interruption, Stop};

/// A lab and its recorders.
pub(super) struct Session {
    pub(super) lab: Lab,
    recorders: Recorders,
    responses: Option<Rc<RefCell<Responses>>>,
    judge: Option<Rc<RefCell<Judge>>>,
    /// Virtual seconds per second at which it is good to watch.
    pub(super) watch_at: f64,
    /// The loss of all links that differ in nothing.
    pub(super) loss: f64,
}

impl Session {
    /// Builds the run and creates its files, unless somebody wants it to stop before its boards have started.
    pub(super) fn start(
        args: &RunArgs,
        seed: u64,
        lines: Lines,
        bridge: Option<&Bridge>,
        interruption: &Interruption,
    ) -> Result<Self, CliError> {
        let mut watch_at = args.demo.watch_at;
        let mut loss = args.loss.unwrap_or_default();
        let outputs = Outputs::of_run(&args.outputs, args.record.as_deref())?;
        let (builder, judge) = match &args.subject {
            Subject::Demo => {
                let files = args.set.iter().filter(|(key, _)| args.demo.reads(key));
                outputs.spare(files.map(|(_, path)| Path::new(path)))?;
                (args.demo.builder(settings(args, seed))?, None)
            }
            Subject::Programs(programs) => {
                outputs.spare(programs.paths())?;
                // They sleep and blink for people.
                watch_at = 1.0;
                (programs.builder(settings(args, seed), interruption)?, None)
            }
            Subject::Scenario(path, runtime) => {
                let scenario = super::scenario::load(args, path, runtime)?;
                let read = scenario.files();
                outputs.spare(std::iter::once(&**path).chain(read.iter().map(PathBuf::as_path)))?;
                let judge = Rc::new(RefCell::new(Judge::new(&scenario)?));
                watch_at = scenario.speed.unwrap_or(1.0);
                loss = scenario.air.loss.get();
                let Some(builder) = scenario.builder_unless(seed, interruption.flag())? else {
                    return Err(CliError::Stopped(interruption.stop().unwrap_or(Stop::Interrupt)));
                };
                let mut builder = builder.observe(Box::new(Rc::clone(&judge)));
                // What is expected later than that is asked for at the end.
                if let Some(length) = args.length {
                    builder = builder.until(Time::ZERO + Span::from(length));
                }
                (builder, Some(judge))
            }
        };
        let builder = match bridge {
            Some(bridge) => bridge::seat(builder, args, bridge)?,
            None => builder,
        };
        let mut lab = args
            .interferer
            .iter()
            .fold(builder, |builder, &interferer| builder.interferer(interferer))
            .build();
        let description = Description {
            command: args.again(seed).into(),
            loss,
            watch_at,
            ..Description::of(&lab)
        };
        let recorders = Recorders::start(&args.outputs, args.record.as_ref(), lines, description)?;
        for observer in recorders.observers() {
            lab.observe(observer);
        }
        let responses = args.demo.responses().map(|responses| Rc::new(RefCell::new(responses)));
        if let Some(responses) = &responses {
            lab.observe(Box::new(Rc::clone(responses)));
        }
        Ok(Self {
            lab,
            recorders,
            responses,
            judge,
            watch_at,
            loss,
        })
    }

    /// Changes the loss of every link.
    pub(super) fn set_loss(&mut self, loss: f64) {
        self.lab.set_loss(loss);
        self.recorders.set_loss(self.lab.now(), loss);
    }

    /// What became of the scenario's expectations, a line each; nothing while the run could still go on.
    pub(super) fn verdicts(&self) -> Vec<String> {
        let judge = self.judge.as_ref().filter(|_| self.lab.next_at().is_none());
        let Some(judge) = judge else { return Vec::new() };
        let verdicts = judge.borrow_mut().verdicts(self.lab.now());
        verdicts.iter().map(super::scenario::line).collect()
    }

    /// Where the run is, in a line.
    pub(super) fn summary(&self) -> String {
        Conclusion::of(&self.lab, Ended::Over).summary()
    }

    /// What else is to be said of the run, in a line.
    pub(super) fn remark(&self) -> Option<String> {
        self.responses.as_ref().map(|responses| responses.borrow().to_string())
    }

    /// Which programs still wait when nothing can happen any more, in a line.
    pub(super) fn waiting(&self) -> Option<String> {
        /// More than a line holds.
        const NAMED: usize = 6;
        let waiting = self.lab.waiting();
        // If a time was still to come, it was the run's own time that was over.
        if waiting.iter().any(|(_, what)| *what == Awaited::Time) {
            return None;
        }
        let names: Vec<_> = self.lab.boards().map(|board| board.name.clone()).collect();
        let told = waiting.iter().take(NAMED);
        let mut words: Vec<_> = told
            .map(|(board, what)| format!("{} for {what}", names[board.index()]))
            .collect();
        if waiting.len() > NAMED {
            words.push(format!("{} more", waiting.len() - NAMED));
        }
        (!words.is_empty()).then(|| format!("still waiting: {}", words.join(", ")))
    }

    /// Writes what is still to be written. `wall` is how long the run took, `passed` what went over its bridge.
    pub(super) fn finish(
        mut self,
        ended: Ended,
        wall: Duration,
        passed: Option<&BridgeStatistics>,
    ) -> Result<(), CliError> {
        self.lab.conclude();
        let (verdicts, remark) = (self.verdicts(), self.remark());
        let Self {
            lab,
            recorders,
            responses,
            ..
        } = self;
        let conclusion = Conclusion {
            verdicts,
            remark,
            responses: responses.map_or_else(Vec::new, |responses| responses.borrow().report()),
            bridge: passed.map(BridgeReport::from),
            ..Conclusion::of(&lab, ended)
        };
        // It holds the other ends of the recorders.
        drop(lab);
        recorders.finish(&conclusion, wall)
    }
}

/// The demo that the arguments ask for.
fn settings(args: &RunArgs, seed: u64) -> Settings {
    let link = Link {
        loss: args.loss.unwrap_or_default(),
        burst: args.burst,
        latency: args.latency.map(Span::from).unwrap_or_default(),
        jitter: args.jitter.map(Span::from).unwrap_or_default(),
        ..Link::default()
    };
    let mut parameters = Parameters::default();
    for (key, value) in &args.set {
        parameters.set(key, value);
    }
    Settings {
        seed,
        links: Links::all(link),
        until: args.length.map(|length| Time::ZERO + Span::from(length)),
        parameters,
    }
}
