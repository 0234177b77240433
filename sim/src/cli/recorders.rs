//! The files that a run is written to, be it a lab's or a recording's.

use std::cell::RefCell;
use std::io::{self, BufWriter, LineWriter, Write};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use clap::Args;

use super::CliError;
use super::outputs::{self, Output};
use super::printer::unless_left;
use crate::kernel::Time;
use crate::legible;
use crate::observe::Observer;
use crate::outlet::Whole;
use crate::record::recording::{Conclusion, Description, RecordingWriter};
use crate::record::{CaptureFile, LOSS_AT_ONE_METRE_DB, Page, Plain, Reporter, Show, Trace};

/// What the command line says about files.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct OutputArgs {
    /// Write every frame on the air to this file (pcapng with radiotap headers), for Wireshark and `sim decode`; `-` is
    /// standard output. It is written as the run goes on, and what was in it before is gone at the start.
    #[arg(long, value_name = "FILE|-")]
    pub(super) pcap: Option<PathBuf>,

    /// Write the run's report, one JSON object, to this file; `-` is standard output. A file that is there is replaced when the
    /// report is complete.
    #[arg(long, value_name = "FILE|-")]
    pub(super) report: Option<PathBuf>,

    /// Write the run for people, one HTML page that needs nothing else, to this file; `-` is standard output. A file that is there
    /// is replaced when the page is complete.
    #[arg(long, value_name = "FILE|-")]
    pub(super) html: Option<PathBuf>,

    /// Write every event, a line each, to this file; `-` is standard output. It is written as the run goes on.
    #[arg(long, value_name = "FILE|-")]
    pub(super) trace: Option<PathBuf>,

    /// Which changes of pins and NeoPixels plain lines tell, all of them: pins, pixels, both with a comma, all or none. Default: ten of
    /// each a second and board; files have them all.
    #[arg(long, value_name = "WHAT")]
    pub(super) show: Option<Show>,
}

impl OutputArgs {
    /// Whether anything is to be written.
    pub(super) fn wants_any(&self) -> bool {
        self.pcap.is_some() || self.trace.is_some() || self.wants_end()
    }

    /// An option about plain lines is for nothing where there are none.
    pub(super) fn check_lines(&self, there_are: bool) -> Result<(), CliError> {
        match self.show {
            Some(_) if !there_are => Err(CliError::ShowsNothing),
            _ => Ok(()),
        }
    }

    /// Whether something is to be written that a run's end is needed for.
    pub(super) fn wants_end(&self) -> bool {
        self.report.is_some() || self.html.is_some()
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

/// An observer that is asked afterwards.
struct Recorder<O> {
    name: String,
    observer: Rc<RefCell<O>>,
}

impl<O: Observer + 'static> Recorder<O> {
    fn new(name: String, observer: O) -> Self {
        let observer = Rc::new(RefCell::new(observer));
        Self { name, observer }
    }

    fn other_end(&self) -> Box<dyn Observer> {
        Box::new(Rc::clone(&self.observer))
    }
}

/// All that write a run down.
pub(super) struct Recorders {
    description: Description,
    capture: Option<Recorder<CaptureFile<Output>>>,
    trace: Option<Recorder<Trace<Output>>>,
    plain: Option<Recorder<Plain<Box<dyn Write>>>>,
    report: Option<(Recorder<Reporter>, Whole)>,
    page: Option<(Recorder<Page>, Whole)>,
    recording: Option<Recorder<RecordingWriter<Output>>>,
}

impl Recorders {
    /// Creates the files of a run.
    pub(super) fn start(
        args: &OutputArgs,
        record: Option<&PathBuf>,
        lines: Lines,
        description: Description,
    ) -> Result<Self, CliError> {
        let plain = match lines {
            Lines::None => None,
            Lines::Buffered => Some(Box::new(BufWriter::new(io::stdout())) as Box<dyn Write>),
            Lines::Prompt => Some(Box::new(LineWriter::new(io::stdout())) as Box<dyn Write>),
        };
        let plain = plain.map(|out| {
            let observer = Plain::new(out, description.boards.clone()).showing(args.show.unwrap_or_default());
            Recorder::new("to standard output".to_owned(), observer)
        });
        let failed = |path: &PathBuf| {
            let what = outputs::name(path);
            move |source| CliError::Write { what, source }
        };
        let capture = match &args.pcap {
            None => None,
            Some(path) => {
                let comment = format!("scenario {}, seed {}", description.scenario, description.seed);
                let out = outputs::create(path)?;
                let file = CaptureFile::new(out, Some(&comment), LOSS_AT_ONE_METRE_DB).map_err(failed(path))?;
                Some(Recorder::new(outputs::name(path), file))
            }
        };
        let trace = match &args.trace {
            None => None,
            Some(path) => {
                let trace = Trace::new(outputs::create(path)?, description.boards.clone());
                Some(Recorder::new(outputs::name(path), trace))
            }
        };
        let report = match &args.report {
            None => None,
            Some(path) => {
                let out = outputs::prepare(path)?;
                Some((Recorder::new(outputs::name(path), Reporter::default()), out))
            }
        };
        let page = match &args.html {
            None => None,
            Some(path) => {
                let out = outputs::prepare(path)?;
                Some((Recorder::new(outputs::name(path), Page::default()), out))
            }
        };
        let recording = match record {
            None => None,
            Some(path) => {
                let writer = RecordingWriter::new(outputs::create(path)?, &description).map_err(failed(path))?;
                Some(Recorder::new(outputs::name(path), writer))
            }
        };
        Ok(Self {
            description,
            capture,
            trace,
            plain,
            report,
            page,
            recording,
        })
    }

    /// Those that are to be told what happens. They must be gone when the recorders finish.
    pub(super) fn observers(&self) -> Vec<Box<dyn Observer>> {
        let report = self.report.as_ref().map(|(report, _)| report.other_end());
        let page = self.page.as_ref().map(|(page, _)| page.other_end());
        [
            self.plain.as_ref().map(Recorder::other_end),
            self.capture.as_ref().map(Recorder::other_end),
            self.trace.as_ref().map(Recorder::other_end),
            report,
            page,
            self.recording.as_ref().map(Recorder::other_end),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Somebody set the loss of all links.
    pub(super) fn set_loss(&self, at: Time, loss: f64) {
        if let Some(recording) = &self.recording {
            recording.observer.borrow_mut().set_loss(at, loss);
        }
    }

    /// Ends the files of a recording that ends before its run.
    pub(super) fn finish_cut(self) -> Result<(), CliError> {
        let Self {
            capture, trace, plain, ..
        } = self;
        first_error([
            capture.map(|recorder| close(recorder, CaptureFile::finish)),
            trace.map(|recorder| close(recorder, Trace::finish)),
            plain.map(|recorder| close(recorder, Plain::finish)),
        ])
    }

    /// Writes what is still to be written. `wall` is how long the run took.
    pub(super) fn finish(self, conclusion: &Conclusion, wall: Duration) -> Result<(), CliError> {
        let Self {
            description,
            capture,
            trace,
            plain,
            report,
            page,
            recording,
        } = self;
        let report = report.map(|(recorder, file)| {
            let report = recorder.observer.borrow().report_of(&description, conclusion, wall);
            let written = file.write(|out| {
                legible::json(&mut *out, &report)?;
                writeln!(out)
            });
            ended(recorder.name, written)
        });
        let page = page.map(|(recorder, file)| {
            let page = recorder.observer.borrow().render(&description, conclusion);
            ended(recorder.name, file.write(|out| out.write_all(page.as_bytes())))
        });
        first_error([
            capture.map(|recorder| close(recorder, CaptureFile::finish)),
            trace.map(|recorder| close(recorder, Trace::finish)),
            plain.map(|recorder| close(recorder, Plain::finish)),
            recording.map(|recorder| close(recorder, |recording| recording.finish(conclusion))),
            report,
            page,
        ])
    }
}

/// One that fails does not keep the others from their end.
fn first_error<const N: usize>(outcomes: [Option<Result<(), CliError>>; N]) -> Result<(), CliError> {
    outcomes.into_iter().flatten().collect()
}

/// What became of an output. A reader who has left early is no failure.
fn ended(what: String, written: io::Result<()>) -> Result<(), CliError> {
    unless_left(written).map_err(|source| CliError::Write { what, source })
}

/// Ends a recorder and flushes what it wrote to.
fn close<O, W: Write>(recorder: Recorder<O>, finish: impl FnOnce(O) -> io::Result<W>) -> Result<(), CliError> {
    let Some(observer) = Rc::into_inner(recorder.observer) else {
        return Ok(());
    };
    let written = finish(observer.into_inner()).and_then(|mut out| out.flush());
    ended(recorder.name, written)
}
