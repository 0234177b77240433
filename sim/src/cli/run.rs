//! `sim run`.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::time::Instant;

use super::CliError;
use super::args::RunArgs;
use super::live;
use super::session::{Lines, Session, is_stdout};
use crate::host::{self, Outcome};
use crate::pace::Pace;

pub(super) fn run(args: &RunArgs) -> Result<ExitCode, CliError> {
    let to_stdout = [&args.report, &args.trace]
        .into_iter()
        .flatten()
        .filter(|path| is_stdout(path))
        .count();
    if to_stdout > 1 {
        return Err(CliError::StandardOutputTwice);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(CliError::Terminal)?;
    let watched = !args.headless && to_stdout == 0 && io::stdout().is_terminal() && io::stdin().is_terminal();
    if watched {
        runtime.block_on(live::watch(args))
    } else {
        runtime.block_on(plain(args, to_stdout == 0))
    }
}

/// The run as lines, or with nothing but the files it writes.
async fn plain(args: &RunArgs, with_lines: bool) -> Result<ExitCode, CliError> {
    let pace = args.speed.unwrap_or(Pace::Max);
    let lines = match pace {
        _ if !with_lines => Lines::None,
        Pace::Max => Lines::Buffered,
        Pace::Paused | Pace::Times(_) => Lines::Prompt,
    };
    let began = Instant::now();
    let mut session = Session::start(args, args.seed, lines)?;
    let outcome = host::run(&mut session.lab, pace).await.map_err(CliError::Terminal)?;
    let wall = began.elapsed();
    let ended = match outcome {
        Outcome::Over => "over",
        Outcome::Interrupted => "interrupted",
    };
    let summary = format!("{ended} at {}", session.summary());
    session.finish(wall)?;
    if with_lines {
        writeln!(io::stdout(), "{summary}").map_err(|source| CliError::Write {
            what: "to standard output".to_owned(),
            source,
        })?;
    }
    Ok(match outcome {
        Outcome::Over => ExitCode::SUCCESS,
        Outcome::Interrupted => ExitCode::from(130),
    })
}
