//! `sim replay` and `sim diff`.

mod show;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;

use super::CliError;
use super::outputs;
use super::recorders::{Lines, OutputArgs, Recorders};
use super::run::can_be_watched;
use crate::pace::Pace;
use crate::record::recording::{Damage, Entry, Recording};
use crate::replay::{Moment, compare};

/// Show a recorded run again, as it looked: on the screen with ways back, or as its plain lines where standard output is not a
/// terminal.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct ReplayArgs {
    /// What `sim run --record FILE` wrote.
    file: PathBuf,

    /// Virtual seconds per second, or `max`, or `paused`. Default: what suits the scenario.
    #[arg(long, value_name = "X|max", allow_hyphen_values = true)]
    speed: Option<Pace>,

    /// Where the screen begins: 1.5, 250ms, 50%. It stands there until a key lets it go on.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    at: Option<Moment>,

    /// Plain lines instead of the screen, although standard output is a terminal.
    #[arg(long)]
    headless: bool,

    #[command(flatten)]
    outputs: OutputArgs,
}

/// Compare two recorded runs and tell the first difference in words. Exit code 0: they are the same; 1: they differ.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct DiffArgs {
    /// What `sim run --record FILE` wrote.
    first: PathBuf,
    /// Another one.
    second: PathBuf,
}

pub(in crate::cli) fn replay(args: &ReplayArgs) -> Result<ExitCode, CliError> {
    let recording = Recording::open(&args.file)?;
    let stdout_taken = outputs::take_stdout(&args.outputs, None)?;
    if recording.conclusion().is_none() && args.outputs.wants_end() {
        return Err(CliError::NoConclusion {
            path: args.file.clone(),
            end: recording.end(),
        });
    }
    let writes = args.outputs.wants_any();
    let watched = !args.headless && !writes && can_be_watched();
    args.outputs.check_lines(!watched && !stdout_taken)?;
    if watched {
        return show::show(args, recording);
    }
    let options = [("--at", args.at.is_some()), ("--speed", args.speed.is_some())];
    if let Some((option, _)) = options.into_iter().find(|(_, is_given)| *is_given) {
        return Err(CliError::ScreenOnly { option });
    }
    plain(args, &recording, !stdout_taken)?;
    if let Some(words) = damage(&args.file, &recording) {
        complain(&words);
    }
    Ok(ExitCode::SUCCESS)
}

fn plain(args: &ReplayArgs, recording: &Recording, with_lines: bool) -> Result<(), CliError> {
    let lines = if with_lines { Lines::Buffered } else { Lines::None };
    let description = recording.description().clone();
    let began = Instant::now();
    let recorders = Recorders::start(&args.outputs, None, lines, description)?;
    let mut observers = recorders.observers();
    let mut cursor = recording.cursor();
    while let Some((at, entry)) = cursor.advance() {
        let Entry::Event(event) = entry else { continue };
        for observer in &mut observers {
            observer.observe(*at, event);
        }
        if observers.iter().all(|observer| observer.has_given_up()) {
            break;
        }
    }
    drop(observers);
    let Some(conclusion) = recording.conclusion() else {
        return recorders.finish_cut();
    };
    recorders.finish(conclusion, began.elapsed())?;
    if with_lines {
        say(&format!("{} at {}", conclusion.ended.name(), conclusion.summary()))?;
        conclusion
            .remark
            .iter()
            .chain(&conclusion.verdicts)
            .try_for_each(|line| say(line))?;
    }
    Ok(())
}

/// That a recording is not whole, in a line.
fn damage(path: &Path, recording: &Recording) -> Option<String> {
    let how = match recording.damage()? {
        Damage::CutOff => "is cut off: the run was killed, or the file is not whole",
        Damage::Broken => "is damaged",
    };
    Some(format!(
        "{} {how}. What is shown ends at {} s",
        path.display(),
        recording.end()
    ))
}

fn complain(words: &str) {
    super::error::complain(words);
}

fn say(line: &str) -> Result<(), CliError> {
    writeln!(io::stdout(), "{line}").map_err(|source| CliError::Write {
        what: "to standard output".to_owned(),
        source,
    })
}

pub(in crate::cli) fn diff(args: &DiffArgs) -> Result<ExitCode, CliError> {
    let (first, second) = (Recording::open(&args.first)?, Recording::open(&args.second)?);
    for (path, recording) in [(&args.first, &first), (&args.second, &second)] {
        if let Some(words) = damage(path, recording) {
            complain(&words);
        }
    }
    let comparison = compare(&first, &second);
    say(&comparison.to_string())?;
    if comparison.is_same() {
        return Ok(ExitCode::SUCCESS);
    }
    let seeds = [&first, &second].map(|recording| recording.description().seed);
    if seeds[0] != seeds[1] {
        say(&format!("  seeds        {} and {}", seeds[0], seeds[1]))?;
    }
    if let Some(difference) = &comparison.difference {
        let file = super::again::quoted(&args.first.display().to_string());
        say(&format!("  to see it    sim replay {file} --at {}", difference.at))?;
    }
    Ok(ExitCode::FAILURE)
}

/// Between two pictures.
const PICTURE: Duration = Duration::from_millis(33);
