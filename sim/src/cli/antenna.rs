//! `sim antenna`: a simulated serial board.

use std::cell::RefCell;
use std::io::{self, LineWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::rc::Rc;

use clap::{Args, ValueEnum};

use super::CliError;
use super::args::probability;
use crate::bridge::simulated::{ANTENNA, BOARD, LineFaults, Program, SimulatedBoard};
use crate::legible;
use crate::observe::BoardInfo;
use crate::own_folder::OwnLink;
use crate::record::Plain;
use crate::signals::Interruption;

/// Play a serial board with an antenna, to try `--bridge` without hardware.
///
/// Simulated: a pseudo-terminal, the antenna's application on a virtual board, and another virtual board in its air
/// that plays the real one. It runs until Ctrl-C.
#[derive(Clone, Debug, Args)]
pub(super) struct AntennaArgs {
    /// Makes this a link to the pseudo-terminal, so that it has the same name every time.
    #[arg(long, value_name = "PATH")]
    link: Option<PathBuf>,

    /// What the board in the antenna's air does.
    #[arg(long, value_name = "PROGRAM", default_value = "receiver")]
    program: ProgramName,

    /// The probability that the line loses an octet.
    #[arg(long, value_name = "P", default_value = "0", value_parser = probability, allow_hyphen_values = true)]
    line_loss: f64,

    /// The probability that the line changes an octet.
    #[arg(long, value_name = "P", default_value = "0", value_parser = probability, allow_hyphen_values = true)]
    line_corruption: f64,

    /// Where random numbers come from.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ProgramName {
    /// The product page's receiver.
    Receiver,
    /// The product page's sender, to the antenna's address.
    Sender,
    /// Broadcasts twice a second.
    Beacon,
}

pub(super) fn run(args: &AntennaArgs) -> Result<ExitCode, CliError> {
    let board = SimulatedBoard {
        program: match args.program {
            ProgramName::Receiver => Program::Receiver,
            ProgramName::Sender => Program::Sender,
            ProgramName::Beacon => Program::Beacon,
        },
        faults: LineFaults {
            loss: args.line_loss,
            corruption: args.line_corruption,
        },
        seed: args.seed,
    };
    let boards = [("antenna", "antenna", ANTENNA, 0), ("board", "ESP32-S3", BOARD, 25)];
    let boards = boards.map(|(name, chip, address, pixels)| BoardInfo {
        name: name.into(),
        chip,
        address,
        pixels,
    });
    let lines = Rc::new(RefCell::new(Plain::new(LineWriter::new(io::stdout()), boards.into())));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(CliError::Terminal)?;
    Interruption::listen().map_err(CliError::Terminal)?;
    // It goes when the board does.
    let mut link = None;
    let announced = |path: &Path| {
        let shown = match &args.link {
            None => path,
            Some(name) => {
                link = Some(OwnLink::make(path, name)?);
                name
            }
        };
        writeln!(
            io::stdout(),
            "simulated antenna {ANTENNA} on {}; board {BOARD} is in its air",
            legible::one_line(&shown.display().to_string())
        )
    };
    let stop = runtime
        .block_on(board.run(announced, Box::new(lines)))
        .map_err(CliError::SimulatedBoard)?;
    Ok(stop.exit_code())
}
