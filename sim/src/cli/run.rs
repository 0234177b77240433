//! `sim run`.

use std::io::{self, IsTerminal as _};
use std::process::ExitCode;
use std::time::Instant;

use super::CliError;
use super::args::RunArgs;
use super::bridge;
use super::live;
use super::outputs::Outputs;
use super::printer;
use super::recorders::Lines;
use super::session::Session;
use crate::bridge::Bridge;
use crate::host::{self, Outcome};
use crate::legible;
use crate::pace::Pace;
use crate::record::recording::Ended;
use crate::signals::{Interruption, Signals};

pub(super) fn run(args: &RunArgs) -> Result<ExitCode, CliError> {
    each_once(args)?;
    let stdout_taken = Outputs::of_run(&args.outputs, args.record.as_deref())?.take_stdout();
    let watched = !args.headless && !stdout_taken && can_be_watched() && !has_terminals(args);
    args.outputs.check_lines(!watched && !stdout_taken)?;
    if has_terminals(args) && (args.speed.is_some() || args.bridge.is_some()) {
        return Err(CliError::TerminalPace);
    }
    if !watched && args.speed == Some(Pace::Paused) {
        return Err(CliError::PausedUnseen);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(CliError::Runtime)?;
    runtime.block_on(async {
        let bridge = bridge::open(args).await?;
        match watched {
            true => live::watch(args, bridge).await,
            false => plain(args, !stdout_taken, bridge).await,
        }
    })
}

/// Nothing is set twice: one of the two would be ignored.
fn each_once(args: &RunArgs) -> Result<(), CliError> {
    let key = |(key, _): &(String, String)| key.trim().to_owned();
    let mut keys: Vec<_> = args.set.iter().map(key).collect();
    keys.sort_unstable();
    match keys.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(CliError::Twice { key: pair[0].clone() }),
        None => Ok(()),
    }
}

/// Whether boards have terminals.
#[cfg(unix)]
fn has_terminals(args: &RunArgs) -> bool {
    args.programs().is_some_and(|programs| programs.pty.is_some())
}

/// Whether boards have terminals: not here.
#[cfg(not(unix))]
fn has_terminals(_args: &RunArgs) -> bool {
    false
}

/// The run with boards' terminals.
#[cfg(unix)]
async fn attended(args: &RunArgs, session: &mut Session, signals: &mut Signals) -> Result<Outcome, CliError> {
    let terminals = args.programs().map(|programs| programs.terminals(&mut session.lab));
    match terminals.transpose()?.flatten() {
        Some(mut terminals) => {
            let folder = legible::one_line(&terminals.folder().display().to_string());
            eprintln!("terminals in {folder}");
            Ok(host::run_attended(&mut session.lab, &mut terminals, signals).await)
        }
        None => Ok(host::run_until(&mut session.lab, Pace::default(), None, signals).await),
    }
}

/// Whether there is a terminal that can show the screen. A dumb one, as in an editor's shell, can't move its cursor.
pub(super) fn can_be_watched() -> bool {
    io::stdout().is_terminal()
        && io::stdin().is_terminal()
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// The run as lines, or with nothing but the files it writes.
async fn plain(args: &RunArgs, with_lines: bool, mut bridge: Option<Box<Bridge>>) -> Result<ExitCode, CliError> {
    let unhurried = match bridge.is_some() || has_terminals(args) {
        true => Pace::default(),
        false => Pace::Max,
    };
    let pace = args.speed.unwrap_or(unhurried);
    let lines = match pace {
        _ if !with_lines => Lines::None,
        Pace::Max => Lines::Buffered,
        Pace::Paused | Pace::Times(_) => Lines::Prompt,
    };
    // Boards have processes and folders, which go when a signal comes while they start.
    let mut signals = Signals::listen().map_err(CliError::Runtime)?;
    let interruption = Interruption::listen().map_err(CliError::Runtime)?;
    let mut session = Session::start(args, args.seed, lines, bridge.as_deref(), &interruption)?;
    let began = Instant::now();
    let outcome = match &mut bridge {
        Some(bridge) => {
            Box::pin(host::run_until(
                &mut session.lab,
                Pace::default(),
                Some(bridge),
                &mut signals,
            ))
            .await
        }
        #[cfg(unix)]
        None if has_terminals(args) => Box::pin(attended(args, &mut session, &mut signals)).await?,
        None => host::run_until(&mut session.lab, pace, None, &mut signals).await,
    };
    let wall = began.elapsed();
    let ended = match outcome {
        Outcome::Over => Ended::Over,
        Outcome::Interrupted(_) | Outcome::Unwatched => Ended::Interrupted,
    };
    let summary = format!("{} at {}", ended.name(), session.summary());
    let remark = session.remark();
    let waiting = session.waiting().filter(|_| ended == Ended::Over);
    let verdicts = session.verdicts();
    let passed = bridge.map(|bridge| bridge.statistics());
    session.finish(ended, wall, passed.as_ref())?;
    if with_lines {
        let bridged = passed.as_ref().map(bridge::summary);
        let summary: Vec<_> = std::iter::once(summary)
            .chain(waiting)
            .chain(remark)
            .chain(bridged)
            .chain(verdicts)
            .collect();
        printer::say(&format!("{}\n", summary.join("\n")))?;
    }
    Ok(match outcome {
        // Why nobody watches, `finish` has said.
        Outcome::Over | Outcome::Unwatched => ExitCode::SUCCESS,
        Outcome::Interrupted(stop) => stop.exit_code(),
    })
}
