//! A run with the files that it is recorded in.

use std::cell::RefCell;
use std::io::{self, BufWriter, LineWriter, Write};
use std::rc::Rc;
use std::time::Duration;

use super::CliError;
use super::args::{RunArgs, Subject};
use super::bridge;
use super::outputs::{self, Output};
use crate::bridge::{Bridge, BridgeStatistics};
use crate::demo::{Parameters, Settings};
use crate::harness::Judge;
use crate::kernel::{Span, Time};
use crate::lab::Lab;
use crate::medium::{Link, Links};
use crate::observe::Observer;
use crate::record::{BridgeReport, CaptureFile, LOSS_AT_ONE_METRE_DB, Plain, Reporter, Responses, Trace};

/// A lab and its recorders.
pub(super) struct Session {
    pub(super) lab: Lab,
    capture: Option<Recorder<CaptureFile<Output>>>,
    trace: Option<Recorder<Trace<Output>>>,
    plain: Option<Recorder<Plain<Box<dyn Write>>>>,
    report: Option<(Recorder<Reporter>, Output)>,
    responses: Option<Rc<RefCell<Responses>>>,
    judge: Option<Rc<RefCell<Judge>>>,
    /// Virtual seconds per second at which it is good to watch.
    pub(super) watch_at: f64,
    /// The loss of all links that differ in nothing.
    pub(super) loss: f64,
}

/// An observer that the lab tells and that is asked afterwards.
struct Recorder<O> {
    name: String,
    observer: Rc<RefCell<O>>,
}

impl<O: Observer + 'static> Recorder<O> {
    fn attach(lab: &mut Lab, name: String, observer: O) -> Self {
        let observer = Rc::new(RefCell::new(observer));
        lab.observe(Box::new(Rc::clone(&observer)));
        Self { name, observer }
    }
}

/// What goes to standard output besides the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lines {
    /// Nothing.
    None,
    /// What the boards say and show, when the reader gets to it.
    Buffered,
    /// The same, each line as soon as it is there.
    Prompt,
}

impl Session {
    /// Builds the run and creates its files.
    pub(super) fn start(args: &RunArgs, seed: u64, lines: Lines, bridge: Option<&Bridge>) -> Result<Self, CliError> {
        let mut watch_at = args.demo.watch_at;
        let mut loss = args.loss.unwrap_or_default();
        let (builder, judge) = match &args.subject {
            Subject::Demo => (args.demo.builder(settings(args, seed))?, None),
            Subject::Programs(programs) => {
                // They sleep and blink for people.
                watch_at = 1.0;
                (programs.builder(settings(args, seed))?, None)
            }
            Subject::Scenario(path, runtime) => {
                let scenario = super::scenario::load(args, path, runtime)?;
                let judge = Rc::new(RefCell::new(Judge::new(&scenario)?));
                watch_at = scenario.speed.unwrap_or(1.0);
                loss = scenario.air.loss.get();
                let mut builder = scenario.builder(seed)?.observe(Box::new(Rc::clone(&judge)));
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

        let boards: Vec<_> = lab.boards().cloned().collect();
        let plain = match lines {
            Lines::None => None,
            Lines::Buffered => Some(Box::new(BufWriter::new(io::stdout())) as Box<dyn Write>),
            Lines::Prompt => Some(Box::new(LineWriter::new(io::stdout())) as Box<dyn Write>),
        };
        let plain = plain.map(|out| {
            let observer = Plain::new(out, boards.clone());
            Recorder::attach(&mut lab, "to standard output".to_owned(), observer)
        });
        let capture = match &args.pcap {
            None => None,
            Some(path) => {
                let comment = format!("scenario {}, seed {seed}", lab.name());
                let file = CaptureFile::new(outputs::create(path)?, Some(&comment), LOSS_AT_ONE_METRE_DB).map_err(
                    |source| CliError::Write {
                        what: outputs::name(path),
                        source,
                    },
                )?;
                Some(Recorder::attach(&mut lab, outputs::name(path), file))
            }
        };
        let trace = match &args.trace {
            None => None,
            Some(path) => {
                let trace = Trace::new(outputs::create(path)?, boards);
                Some(Recorder::attach(&mut lab, outputs::name(path), trace))
            }
        };
        let report = match &args.report {
            None => None,
            Some(path) => {
                let out = outputs::create(path)?;
                Some((
                    Recorder::attach(&mut lab, outputs::name(path), Reporter::default()),
                    out,
                ))
            }
        };
        let responses = args.demo.responses().map(|responses| Rc::new(RefCell::new(responses)));
        if let Some(responses) = &responses {
            lab.observe(Box::new(Rc::clone(responses)));
        }
        Ok(Self {
            lab,
            capture,
            trace,
            plain,
            report,
            responses,
            judge,
            watch_at,
            loss,
        })
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
        let medium = self.lab.statistics().medium;
        format!(
            "{} s: {} frames on the air, {} of them ACKs; {} of {} receptions lost",
            self.lab.now(),
            medium.transmissions,
            medium.acks,
            medium.lost.total(),
            medium.in_range,
        )
    }

    /// What else is to be said of the run, in a line.
    pub(super) fn remark(&self) -> Option<String> {
        self.responses.as_ref().map(|responses| responses.borrow().to_string())
    }

    /// Writes what is still to be written. `wall` is how long the run took, `passed` what went over its bridge.
    pub(super) fn finish(self, wall: Duration, passed: Option<&BridgeStatistics>) -> Result<(), CliError> {
        let Self {
            lab,
            capture,
            trace,
            plain,
            report,
            responses,
            judge: _,
            ..
        } = self;
        let report = report.map(|(recorder, out)| {
            let mut report = recorder.observer.borrow().report(&lab, wall);
            report.bridge = passed.map(BridgeReport::from);
            report.responses = responses.map_or_else(Vec::new, |responses| responses.borrow().report());
            (recorder.name, report, out)
        });
        // The lab holds the other ends of the recorders.
        drop(lab);
        let report = report.map(|(what, report, mut out)| {
            serde_json::to_writer(&mut out, &report)
                .map_err(io::Error::from)
                .and_then(|()| writeln!(out))
                .and_then(|()| out.flush())
                .map_err(|source| CliError::Write { what, source })
        });
        // One that fails does not keep the others from their end.
        let outcomes = [
            capture.map(|recorder| close(recorder, CaptureFile::finish)),
            trace.map(|recorder| close(recorder, Trace::finish)),
            plain.map(|recorder| close(recorder, Plain::finish)),
            report,
        ];
        // A reader who has left early hides no full disk.
        let errors = outcomes.into_iter().flatten().filter_map(Result::err);
        errors.min_by_key(CliError::is_broken_pipe).map_or(Ok(()), Err)
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

/// Ends a recorder and flushes what it wrote to.
fn close<O, W: Write>(recorder: Recorder<O>, finish: impl FnOnce(O) -> io::Result<W>) -> Result<(), CliError> {
    let Some(observer) = Rc::into_inner(recorder.observer) else {
        return Ok(());
    };
    finish(observer.into_inner())
        .and_then(|mut out| out.flush())
        .map_err(|source| CliError::Write {
            what: recorder.name,
            source,
        })
}
