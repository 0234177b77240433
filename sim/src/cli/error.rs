//! What went wrong, in one line.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;

use super::secrets;
use crate::bridge::BridgeError;
use crate::decode::DecodeError;
use crate::demo::ParameterError;
#[cfg(unix)]
use crate::external::{AttachError, InterpreterError, ProgramsError};
use crate::kernel::Time;
use crate::lab::AntennaError;
#[cfg(unix)]
use crate::own_folder::FolderError;
use crate::record::lines::one_line;
use crate::record::recording::RecordingError;
use crate::scenario::ScenarioError;
use crate::signals::Stop;
use crate::sweep::{AxisError, MergeError, SweepError};

/// Why a command could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// A file can't be written.
    #[error("can't write {path}: {source}", path = path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Two outputs want standard output.
    #[error("{first} and {second} both want standard output: give one of them a file")]
    StandardOutputTwice {
        /// An option, and what it was given.
        first: String,
        /// Another.
        second: String,
    },
    /// What is to be written is what is read.
    #[error("{option} {path} would overwrite a file that is read: give it another file", path = path.display())]
    OutputIsInput {
        /// An option.
        option: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// What is to be written would replace something else.
    #[error("{option} {path}: what is there is not {kind}, and stays: remove it, or give another name", path = path.display())]
    NotReplaced {
        /// An option.
        option: &'static str,
        /// The file.
        path: PathBuf,
        /// What it writes.
        kind: &'static str,
    },
    /// What is to be written would be read the next time.
    #[error("{option} {path} is in {folder}, whose files are read: give it a file elsewhere", path = path.display(), folder = folder.display())]
    OutputInInput {
        /// An option.
        option: &'static str,
        /// The file.
        path: PathBuf,
        /// The folder that is read.
        folder: PathBuf,
    },
    /// Two outputs want the same file.
    #[error("{first} and {second} both want {path}: give one of them another file", path = path.display())]
    SameFile {
        /// An option.
        first: &'static str,
        /// Another.
        second: &'static str,
        /// The file, as the second names it.
        path: PathBuf,
    },
    /// A run that stands, and nobody who could let it go on.
    #[error("--speed paused needs the live screen, where a key lets it go on: give another speed")]
    PausedUnseen,
    /// Real boards have a pace of their own.
    #[error("with --bridge the run keeps to the wall clock, as real boards do: leave --speed out")]
    BridgePace,
    /// There is no antenna.
    #[error(transparent)]
    Bridge(#[from] BridgeError),
    /// The scenario has no place for an antenna.
    #[error(transparent)]
    Antenna(#[from] AntennaError),
    /// A simulated serial board could not be played.
    #[error("the simulated board failed: {0}")]
    SimulatedBoard(#[source] io::Error),
    /// Writing failed in the middle.
    #[error("writing {what} failed: {source}")]
    Write {
        /// What was being written.
        what: String,
        /// Why.
        source: io::Error,
    },
    /// A parameter is not the demo's, or has a value that it does not take.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// A scenario is none.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// A file is there already.
    #[error("{path} is there already, and is left alone", path = path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A folder can't be read.
    #[error("can't read {path}: {source}", path = path.display())]
    Read {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is nothing to test.
    #[error("nothing to test: {0}")]
    NothingToTest(String),
    /// A report could not be put in words.
    #[error("the report failed: {0}")]
    Report(String),
    /// Parameters of a sweep that don't go together.
    #[error(transparent)]
    Axis(AxisError),
    /// A sweep could not be run.
    #[error(transparent)]
    Sweep(#[from] SweepError),
    /// Shards could not be merged.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// A sweep's file has no name that says what it is to be.
    #[error("{path}: --out is a file that ends in .csv or .parquet, or a folder that is there", path = path.display())]
    SweepFile {
        /// The file.
        path: PathBuf,
    },
    /// A file is no recording that can be shown.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// A recording that ends before its run has no counters.
    #[error("{path} is cut off at {end} s, and the counters that --report and --html need stand at a run's end: leave them out, or record the run again", path = path.display())]
    NoConclusion {
        /// The recording.
        path: PathBuf,
        /// Up to when it goes.
        end: Time,
    },
    /// Programs have no parameters.
    #[error("--set is for demos and for scenarios in files; a program takes what it needs from its own folder")]
    NothingToSet,
    /// A file that boards can't run.
    #[error("{path} is no program: {what}", path = path.display())]
    NoProgram {
        /// The file.
        path: PathBuf,
        /// What it is, or what a program is.
        what: &'static str,
    },
    /// A scenario's file says all that there is.
    #[error("{path} is a scenario: run it alone, and name the other programs in it (script = \"main.py\")", path = path.display())]
    NotAlone {
        /// The scenario's file.
        path: PathBuf,
    },
    /// An option that a scenario's file takes the place of.
    #[error("{option} is for programs on the command line, and {path} is a scenario: {instead}", path = path.display())]
    OfPrograms {
        /// The option.
        option: &'static str,
        /// The scenario's file.
        path: PathBuf,
        /// What to do instead.
        instead: &'static str,
    },
    /// A demo runs in this process.
    #[error("--unconfined is for programs and scripts, and a demo runs none: leave it out")]
    NothingToConfine,
    /// Two ways to set the same.
    #[error("{option} and --set {key}=… set the same: leave one of them out")]
    SetTwice {
        /// An option.
        option: &'static str,
        /// What `--set` sets.
        key: &'static str,
    },
    /// A parameter is set twice.
    #[error("--set {key}=… is given twice: leave one of them out")]
    Twice {
        /// The parameter.
        key: String,
    },
    /// An argument, or a file in a folder, whose name is not text.
    #[error("{name} is not UTF-8, as names have to be: rename it", name = .0.display())]
    NotText(OsString),
    /// An option for scripts, and there are none.
    #[error("{option} is for scripts, and no board of {path} runs one: leave it out", path = path.display())]
    NoScript {
        /// The option.
        option: &'static str,
        /// The scenario's file.
        path: PathBuf,
    },
    /// An option for lines, and there are none.
    #[error(
        "--show is for plain lines on standard output, and there are none: add --headless, or give outputs a file in place of -"
    )]
    ShowsNothing,
    /// An option for the screen, and there is none.
    #[error("{option} is for the screen, and this recording is shown as lines or written to files: leave {option} out")]
    ScreenOnly {
        /// The option.
        option: &'static str,
    },
    /// There is nothing to run programs with.
    #[cfg(unix)]
    #[error(transparent)]
    Interpreter(#[from] InterpreterError),
    /// A program can't be run.
    #[cfg(unix)]
    #[error(transparent)]
    Programs(#[from] ProgramsError),
    /// The user has no folder of their own.
    #[cfg(unix)]
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// No board can be had.
    #[cfg(unix)]
    #[error(transparent)]
    Attach(#[from] AttachError),
    /// A lab can't be listened for.
    #[error("can't listen on {path}: {source}; choose another socket with --listen", path = path.display())]
    Listen {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The interpreter can't be started.
    #[error("can't start {interpreter}: {source}")]
    Interpret {
        /// Which.
        interpreter: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A board's terminal can't be had.
    #[error("no board's terminal at {path}: start a run with --pty ({source})", path = path.display())]
    NoTerminal {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Terminals can't be made.
    #[error("can't make terminals in {path}: {source}; choose another folder with --pty=DIR", path = path.display())]
    Terminals {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Whoever is at a terminal has a pace of their own.
    #[error(
        "with --pty the run keeps to the wall clock, as whoever is at a terminal does: leave --speed and --bridge out"
    )]
    TerminalPace,
    /// Two boards were given the same address.
    #[error("two boards have the same address: give each its own after the @")]
    SharedAddress,
    /// Programs need a Unix.
    #[cfg(not(unix))]
    #[error("programs in MicroPython run on Linux and macOS only, for now")]
    NoPrograms,
    /// A capture could not be explained.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// Somebody wanted the run to stop before it had begun.
    #[error("stopped while its boards started")]
    Stopped(Stop),
    /// The terminal failed.
    #[error("{}", failed("the terminal failed", .0))]
    Terminal(#[source] io::Error),
    /// The system lets nobody wait for signals, keys and sockets.
    #[error("{}", failed("the run can't go on", .0))]
    Runtime(#[source] io::Error),
}

impl CliError {
    fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Write { source, .. } if source.kind() == io::ErrorKind::BrokenPipe)
    }

    /// Prints it and gives its exit code. A reader that has seen enough of a list or of the help is no error; a command that finds
    /// something out prints with a [`Printer`](super::printer::Printer), so that this does not hide it.
    pub(super) fn report(&self) -> ExitCode {
        if self.is_broken_pipe() {
            return ExitCode::SUCCESS;
        }
        complain(&self.to_string());
        match self {
            Self::Create { .. }
            | Self::StandardOutputTwice { .. }
            | Self::SameFile { .. }
            | Self::OutputIsInput { .. }
            | Self::NotReplaced { .. }
            | Self::OutputInInput { .. }
            | Self::PausedUnseen
            | Self::BridgePace
            | Self::Bridge(_)
            | Self::Antenna(_)
            | Self::Parameter(_)
            | Self::Scenario(_)
            | Self::Exists { .. }
            | Self::Read { .. }
            | Self::NothingToTest(_)
            | Self::Recording(_)
            | Self::Axis(_)
            | Self::SweepFile { .. }
            | Self::Sweep(
                SweepError::Subject(_)
                | SweepError::TooMany(_)
                | SweepError::TooManyHere { .. }
                | SweepError::Exists { .. }
                | SweepError::OtherSweep { .. }
                | SweepError::Damaged { .. }
                | SweepError::OutIsInput { .. }
                | SweepError::InUse { .. }
                | SweepError::Create { .. },
            )
            | Self::Merge(
                MergeError::Read { .. }
                | MergeError::NoShard { .. }
                | MergeError::OtherColumns { .. }
                | MergeError::OtherSweep { .. }
                | MergeError::Unmarked { .. }
                | MergeError::Twice { .. }
                | MergeError::Missing { .. }
                | MergeError::TooMany
                | MergeError::TooLong
                | MergeError::Create { .. },
            )
            | Self::NoConclusion { .. }
            | Self::SharedAddress
            | Self::NothingToSet
            | Self::NoProgram { .. }
            | Self::NotAlone { .. }
            | Self::OfPrograms { .. }
            | Self::NoScript { .. }
            | Self::NothingToConfine
            | Self::SetTwice { .. }
            | Self::Twice { .. }
            | Self::NotText(_)
            | Self::ScreenOnly { .. }
            | Self::ShowsNothing
            | Self::NoTerminal { .. }
            | Self::Terminals { .. }
            | Self::TerminalPace
            | Self::Listen { .. }
            | Self::Decode(DecodeError::Open { .. } | DecodeError::Capture { .. }) => ExitCode::from(2),
            #[cfg(unix)]
            Self::Interpreter(_) | Self::Folder(_) | Self::Attach(_) | Self::Programs(ProgramsError::Source(_)) => {
                ExitCode::from(2)
            }
            #[cfg(unix)]
            Self::Programs(ProgramsError::Modules(_)) => ExitCode::from(2),
            #[cfg(unix)]
            Self::Programs(_) => ExitCode::FAILURE,
            Self::Stopped(stop) => stop.exit_code(),
            #[cfg(not(unix))]
            Self::NoPrograms => ExitCode::from(2),
            Self::Interpret { .. }
            | Self::SimulatedBoard(_)
            | Self::Report(_)
            | Self::Sweep(SweepError::Io { .. } | SweepError::Stopped { .. } | SweepError::Changed { .. })
            | Self::Merge(MergeError::Write { .. })
            | Self::Write { .. }
            | Self::Terminal(_)
            | Self::Runtime(_)
            | Self::Decode(DecodeError::Write(_)) => ExitCode::FAILURE,
        }
    }
}

/// What failed and why. Without free descriptors anything may fail, and what does is not to blame.
fn failed(what: &str, error: &io::Error) -> String {
    #[cfg(unix)]
    {
        use rustix::io::Errno;

        let out_of_files = [Errno::MFILE, Errno::NFILE].map(Errno::raw_os_error);
        if error.raw_os_error().is_some_and(|code| out_of_files.contains(&code)) {
            return "too many files are open: allow more with ulimit -n, or run fewer boards".to_owned();
        }
    }
    format!("{what}: {error}")
}

/// clap's complaint about these arguments, in one line; help and version as they are.
pub(super) fn usage(error: &clap::Error, args: &[OsString]) -> ExitCode {
    if is_asked_for(error) {
        return match error.print() {
            Ok(()) => ExitCode::SUCCESS,
            Err(source) => CliError::Write {
                what: "to standard output".to_owned(),
                source,
            }
            .report(),
        };
    }
    complain(&complaint(error, args));
    ExitCode::from(2)
}

/// Whether clap's "error" is help or version.
pub(super) fn is_asked_for(error: &clap::Error) -> bool {
    matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion)
}

/// clap's complaint about these arguments, in one line.
pub(super) fn complaint(error: &clap::Error, args: &[OsString]) -> String {
    let text = secrets::hide(&error.render().to_string(), args);
    one_line(&without_usage(&text))
}

/// One line on standard error.
pub(super) fn complain(text: &str) {
    // File names may hold anything, a line end or what a terminal obeys.
    let line = format!("sim: {}\n", one_line(text));
    // Nobody is left to tell if this fails.
    let _ = io::stderr().write_all(line.as_bytes());
}

/// Keeps the complaint and the hints, drops the usage.
fn without_usage(rendered: &str) -> String {
    let mut text = String::new();
    for line in rendered.lines().map(str::trim) {
        if line.starts_with("Usage:") || line.starts_with("For more information") {
            break;
        }
        let line = line.strip_prefix("error: ").unwrap_or(line);
        if line.is_empty() {
            continue;
        }
        match text.chars().last() {
            None => {}
            Some(':') => text.push(' '),
            Some(_) => text.push_str("; "),
        }
        text.push_str(line);
    }
    text + " (see --help)"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn the_terminal_is_not_to_blame_for_too_many_files() {
        let error = io::Error::from(rustix::io::Errno::MFILE);
        assert!(CliError::Terminal(error).to_string().contains("ulimit -n"));
        let error = io::Error::from(rustix::io::Errno::IO);
        assert!(
            CliError::Terminal(error)
                .to_string()
                .starts_with("the terminal failed: ")
        );
    }

    #[test]
    fn complaints_are_one_line() {
        let rendered = "error: these are missing:\n  <FILE>\n\n  tip: name one\n\nUsage: sim decode <FILE>\n\nFor more information, try '--help'.\n";
        assert_eq!(
            without_usage(rendered),
            "these are missing: <FILE>; tip: name one (see --help)"
        );
    }
}
