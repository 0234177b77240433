//! The command line.

mod again;
#[cfg(unix)]
mod antenna;
mod apps;
mod args;
mod bridge;
mod burst;
mod check;
mod confinement;
mod demos;
mod error;
mod interferer;
#[cfg(unix)]
mod lab;
mod live;
mod outputs;
mod printer;
mod programs;
mod recorders;
#[cfg(unix)]
mod repl;
mod replay;
mod run;
mod scenario;
mod secrets;
mod session;
mod sweep;
mod test;

use std::ffi::OsString;
use std::io::{self, BufWriter};
use std::path::Path;
use std::process::ExitCode;

use clap::Parser as _;

use again::Typed;
use args::{Cli, Command, RunArgs};
pub use error::CliError;

use crate::decode::{self, DecodeArgs};

/// Does what the command line says. Exit code 0: done; 1: something failed on the way; 2: the command line or a file it
/// names is wrong; 130, 143, 129: stopped by SIGINT, SIGTERM or SIGHUP.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<_> = args.into_iter().collect();
    #[cfg(unix)]
    if let Some(code) = crate::external::launch_if_asked(&args) {
        return code;
    }
    #[cfg(unix)]
    crate::signals::outlive_large_files();
    crate::log::init();
    let args = by_name(args);
    // Names stand in reports, recordings and commands to be typed again, which are text.
    if let Some(name) = args.iter().find(|name| name.to_str().is_none()) {
        return CliError::NotText(name.clone()).report();
    }
    let cli = match Cli::try_parse_from(&args) {
        Ok(cli) => cli,
        Err(error) => return error::usage(&error, &args),
    };
    let typed = Typed::new(&args);
    let result = match cli.command {
        None => run::run(&RunArgs { typed, ..cli.run }),
        Some(Command::Run(command)) => command
            .into_args()
            .and_then(|args| run::run(&RunArgs { typed, ..args })),
        Some(Command::Test(args)) => test::run(&args),
        Some(Command::Check(args)) => check::check(&args),
        Some(Command::New(args)) => check::new(&args),
        Some(Command::Replay(args)) => replay::replay(&args),
        Some(Command::Diff(args)) => replay::diff(&args),
        Some(Command::Sweep(args)) => sweep::run(&args),
        Some(Command::Demos) => demos::list(),
        Some(Command::Apps) => apps::list(),
        #[cfg(unix)]
        Some(Command::Antenna(args)) => antenna::run(&args),
        #[cfg(unix)]
        Some(Command::Repl(args)) => repl::run(&args),
        #[cfg(unix)]
        Some(Command::Lab(args)) => lab::run(&args),
        #[cfg(unix)]
        Some(Command::Python(args)) => lab::attach(&args),
        Some(Command::Decode(args)) => decode(&args),
    };
    match result {
        Ok(code) => code,
        Err(error) => error.report(),
    }
}

/// Called by the name `sim-python`, the command is `sim python`, for those who take an interpreter's name without arguments.
fn by_name(mut args: Vec<OsString>) -> Vec<OsString> {
    let name = args.first().and_then(|path| Path::new(path).file_stem());
    if name.is_some_and(|name| name == "sim-python") {
        args.splice(..1, ["sim", "python"].map(OsString::from));
    }
    args
}

/// Whether a command line is one, without doing what it says; else the complaint.
///
/// # Errors
/// The line that [`main`] would end with.
pub fn check(args: impl IntoIterator<Item = OsString>) -> Result<(), String> {
    let args: Vec<_> = args.into_iter().collect();
    match Cli::try_parse_from(&args) {
        Ok(_) => Ok(()),
        Err(error) if error::is_asked_for(&error) => Ok(()),
        Err(error) => Err(error::complaint(&error, &args)),
    }
}

fn decode(args: &DecodeArgs) -> Result<ExitCode, CliError> {
    let mut out = BufWriter::new(io::stdout().lock());
    decode::run(args, &mut out)?;
    Ok(ExitCode::SUCCESS)
}
