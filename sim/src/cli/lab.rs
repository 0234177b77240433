//! `sim lab` and `sim python`: a lab whose boards wait for programs, and an interpreter that is one of its boards.

use std::cell::RefCell;
use std::env;
use std::ffi::OsString;
use std::io::{self, LineWriter, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use clap::Args;

use super::CliError;
use super::args::probability;
use super::programs::patience;
use crate::board::{FreeAddresses, Profile};
use crate::external::{Dock, Interpreter, attach as attach_to};
use crate::host::{self, Outcome};
use crate::lab::Lab;
use crate::legible;
use crate::medium::{Link, Links};
use crate::own_folder;
use crate::record::Plain;
use crate::signals::{Interruption, Signals};

/// Keep boards running that wait for programs, which `sim python` brings.
///
/// The lab keeps to the wall clock and runs until Ctrl-C. A board whose program has ended is reset and waits for the next one.
#[derive(Clone, Debug, Args)]
pub(super) struct LabArgs {
    /// How many boards there are.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=1000))]
    boards: u16,

    /// The socket on which programs come in. Default: $SIM_LAB, or sim-lab.sock in the user's runtime directory.
    #[arg(long, value_name = "SOCKET")]
    listen: Option<PathBuf>,

    /// Where all random numbers come from.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// The probability that a link loses a frame.
    #[arg(long, value_name = "P", default_value = "0", value_parser = probability, allow_hyphen_values = true)]
    loss: f64,

    /// How much real time a program may compute without a pause before it loses its board.
    #[arg(long, value_name = "D", default_value = "10s", value_parser = patience, allow_hyphen_values = true)]
    patience: Duration,
}

/// Run a program as a board of a lab that runs already, as an interpreter's own command would.
///
/// Standard input, output and error are the program's; the exit status is its own. Called by the name sim-python, this is what the
/// command does. The lab is the one of `sim lab` with the same $SIM_LAB; $SIM_INTERPRETER names an interpreter.
#[derive(Clone, Debug, Args)]
pub(super) struct PythonArgs {
    /// MicroPython's Unix port, or Python 3.9 or newer. Default: $SIM_INTERPRETER, or `micropython` on the PATH, or `python3`.
    #[arg(long, value_name = "PATH")]
    interpreter: Option<PathBuf>,

    /// -c CODE, a file, or - for standard input (which is what it takes without any), and the program's arguments.
    #[arg(
        value_name = "-c CODE | FILE | -",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    program: Vec<OsString>,
}

pub(super) fn run(args: &LabArgs) -> Result<ExitCode, CliError> {
    let path = match &args.listen {
        Some(path) => path.clone(),
        None => socket()?,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(CliError::Terminal)?;
    runtime.block_on(async {
        // What is made from here on goes when a signal comes.
        let mut signals = Signals::listen().map_err(CliError::Terminal)?;
        Interruption::listen().map_err(CliError::Terminal)?;
        let mut dock = Dock::open(&path, args.patience).map_err(|source| CliError::Listen {
            path: path.clone(),
            source,
        })?;
        let link = Link {
            loss: args.loss,
            ..Link::default()
        };
        let mut builder = Lab::builder("lab", args.seed).links(Links::all(link));
        for (number, address) in (1..=args.boards).zip(FreeAddresses::beside([])) {
            let name = format!("board-{number}");
            let app = dock.app(&name, &Profile::ESP32_S3);
            builder = builder.board(&name, Profile::ESP32_S3, address, app);
        }
        let mut lab = builder.build();
        let boards = lab.boards().cloned().collect();
        let lines = Plain::new(LineWriter::new(io::stdout()), boards);
        lab.observe(Box::new(Rc::new(RefCell::new(lines))));
        let announcement = format!(
            "{} boards wait for programs on {}: sim python main.py",
            args.boards,
            path.display()
        );
        writeln!(io::stdout(), "{}", legible::lines(&announcement)).map_err(|source| CliError::Write {
            what: "to standard output".to_owned(),
            source,
        })?;
        match host::run_attended(&mut lab, &mut dock, &mut signals).await {
            Outcome::Interrupted(stop) => Ok(stop.exit_code()),
            Outcome::Over | Outcome::Unwatched => Ok(ExitCode::SUCCESS),
        }
    })
}

pub(super) fn attach(args: &PythonArgs) -> Result<ExitCode, CliError> {
    let named = args
        .interpreter
        .clone()
        .or_else(|| env::var_os("SIM_INTERPRETER").map(PathBuf::from));
    let interpreter = Interpreter::find(named.as_deref())?;
    let (line, modules) = attach_to(&socket()?)?;
    let source = interpreter.become_attached(line, &modules, &args.program);
    Err(CliError::Interpret {
        interpreter: interpreter.path().to_owned(),
        source,
    })
}

/// Where a lab listens unless it is told otherwise.
fn socket() -> Result<PathBuf, CliError> {
    match env::var_os("SIM_LAB") {
        Some(path) => Ok(path.into()),
        None => Ok(own_folder::runtime()?.join("sim-lab.sock")),
    }
}
