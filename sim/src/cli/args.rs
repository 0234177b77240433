//! What the command line may say.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use protocol::Channel;

use super::again::Typed;
use super::confinement::ConfinementArgs;
use super::programs::{ProgramArgs, RuntimeArgs};
use super::recorders::OutputArgs;
use super::replay::{DiffArgs, ReplayArgs};
use super::sweep::SweepArgs;
use super::{CliError, bridge, burst, interferer};
use crate::bridge::PortSettings;
use crate::decode::DecodeArgs;
use crate::demo::Demo;
use crate::medium::Burst;
use crate::medium::interferer::Interferer;
use crate::pace::Pace;
use crate::scenario::{Override, Seeds};

/// A desk full of virtual ESP32 boards that talk ESP-NOW.
///
/// Without a command it runs the demo `hello`: on the live screen, or as plain lines where standard output is not a terminal.
#[derive(Debug, Parser)]
#[command(name = "sim", version, args_conflicts_with_subcommands = true)]
#[command(after_help = "\
Examples:
  sim                                         watch the product page's two programs
  sim run --demo hello-unicast --loss 0.3     the same, acknowledged, on a bad link
  sim run sender.py receiver.py               your own MicroPython programs, a board each
  sim run --demo pair --interferer wifi:duty=0.5   the same channel as a busy network
  sim run --headless --pcap air.pcapng        record the air for Wireshark
  sim run --headless --report -               the run as one JSON object
  sim new mine.toml && sim run mine.toml      a scenario of your own
  sim test mine.toml --seeds 1..1000          does it hold, whatever the air does?
  sim run --record hello.rec; sim replay hello.rec   the run again, with ways back
  sim decode air.pcapng                       explain what was recorded, layer by layer

Logs go to standard error with virtual timestamps: RUST_LOG=sim=debug sim run --headless
On the live screen they need a file: RUST_LOG=sim=debug sim 2>sim.log")]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) run: RunArgs,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run boards and watch them, or record what they do: a demo, a scenario in a file, or programs of your own.
    Run(Box<RunCommand>),
    /// Run scenarios with many seeds, and judge whether they did what is expected. Exit code 1 if not.
    Test(TestArgs),
    /// Look for mistakes in scenario files, without running them.
    Check(CheckArgs),
    /// Write a scenario to begin with.
    New(NewArgs),
    Replay(ReplayArgs),
    Diff(DiffArgs),
    Sweep(Box<SweepArgs>),
    /// List the demos that come with the simulator.
    Demos,
    /// List the applications that a scenario can name, and what they take.
    Apps,
    Decode(DecodeArgs),
    #[cfg(unix)]
    Antenna(super::antenna::AntennaArgs),
    #[cfg(unix)]
    Repl(super::repl::ReplArgs),
    #[cfg(unix)]
    Lab(super::lab::LabArgs),
    #[cfg(unix)]
    Python(super::lab::PythonArgs),
}

/// What is run.
#[derive(Clone, Debug, Default)]
pub(super) enum Subject {
    /// A demo.
    #[default]
    Demo,
    /// A scenario in a file, and how its boards' scripts are run.
    Scenario(PathBuf, RuntimeArgs),
    /// The user's own programs.
    Programs(ProgramArgs),
}

/// `sim run`: what `sim` alone takes, and what is run in place of a demo.
#[derive(Debug, Args)]
pub(super) struct RunCommand {
    #[command(flatten)]
    programs: ProgramArgs,
    #[command(flatten)]
    run: RunArgs,
}

impl RunArgs {
    /// The user's own programs, if they are what is run.
    pub(super) fn programs(&self) -> Option<&ProgramArgs> {
        match &self.subject {
            Subject::Programs(programs) => Some(programs),
            Subject::Demo | Subject::Scenario(..) => None,
        }
    }
}

impl RunCommand {
    pub(super) fn into_args(self) -> Result<RunArgs, CliError> {
        let Self { programs, run } = self;
        let file = programs.scenario()?;
        let subject = match file {
            Some(file) => Subject::Scenario(file, programs.runtime),
            None if programs.programs.is_empty() && programs.runtime.confinement.unconfined => {
                return Err(CliError::NothingToConfine);
            }
            None if programs.programs.is_empty() => Subject::Demo,
            None if !run.set.is_empty() => return Err(CliError::NothingToSet),
            None => Subject::Programs(programs),
        };
        Ok(RunArgs { subject, ..run })
    }
}

#[derive(Clone, Debug, Args)]
pub(super) struct TestArgs {
    /// Scenarios' files, or folders with such files.
    #[arg(value_name = "PATH", required = true)]
    pub(super) paths: Vec<PathBuf>,

    /// The seeds, both ends included: 1..1000, or one. Default: the scenario's own, or 1..10.
    #[arg(long, value_name = "N..M", allow_hyphen_values = true)]
    pub(super) seeds: Option<Seeds>,

    /// How many runs at the same time. Default: as many as there are cores.
    #[arg(long, value_name = "N")]
    pub(super) jobs: Option<NonZeroUsize>,

    /// Sets a parameter of the scenario, or any of its values: loss=0.3, board.0.count=500. May be given several times.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) set: Vec<Override>,

    /// Write JUnit's XML to this file, when all runs are done; `-` is standard output.
    #[arg(long, value_name = "FILE|-")]
    pub(super) junit: Option<PathBuf>,

    /// Write all results, one JSON object, to this file; `-` is standard output.
    #[arg(long, value_name = "FILE|-")]
    pub(super) json: Option<PathBuf>,

    /// Make what fails smaller (fewer boards, fewer events, less time), and write it to NAME.shrunk.toml in this folder.
    #[arg(long)]
    pub(super) shrink: bool,

    #[command(flatten)]
    pub(super) confinement: ConfinementArgs,
}

#[derive(Clone, Debug, Args)]
pub(super) struct CheckArgs {
    /// Scenarios' files, or folders with such files.
    #[arg(value_name = "PATH", required = true)]
    pub(super) paths: Vec<PathBuf>,

    /// Sets a parameter of the scenario, or any of its values. May be given several times.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) set: Vec<Override>,
}

#[derive(Clone, Debug, Args)]
pub(super) struct NewArgs {
    /// Where to; without it, or with `-`, to standard output. A file that is there already is left alone.
    #[arg(value_name = "FILE|-")]
    pub(super) file: Option<PathBuf>,
}

// Values may start with a hyphen, so that `--loss -1` is told what a probability is and not that there is no option `-1`.
#[derive(Clone, Debug, Args)]
pub(super) struct RunArgs {
    /// What stands in place of a demo.
    #[arg(skip)]
    pub(super) subject: Subject,

    /// What to run; `sim demos` lists what there is.
    #[arg(long, value_name = "NAME", default_value = "hello", value_parser = demo)]
    pub(super) demo: Demo,

    /// Sets one of the demo's parameters (`sim demos` lists them), or a parameter or any value of the scenario: loss=0.3,
    /// board.0.count=500. May be given several times.
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    pub(super) set: Vec<(String, String)>,

    /// Where all random numbers come from. The same seed gives the same run, to the last octet.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = seed, allow_hyphen_values = true)]
    pub(super) seed: u64,

    /// The probability that a link loses a frame, for each attempt and each ACK: 0.3 or 30%.
    #[arg(long, value_name = "P", value_parser = probability, allow_hyphen_values = true)]
    pub(super) loss: Option<f64>,

    /// Losses that come in bursts: the share of time, and how long a burst lasts in the mean. 0.2,50ms loses everything for
    /// 50 ms, then nothing for 200 ms, and so on, on each link for itself. It comes on top of `--loss`.
    #[arg(long, value_name = "LOSS,LENGTH", value_parser = burst::parse, allow_hyphen_values = true)]
    pub(super) burst: Option<Burst>,

    /// Energy on the air that no board sent: wifi, ble or microwave; may be given several times. `--help` lists what it takes.
    #[arg(long, value_name = "KIND[:KEY=VALUE,...]", value_parser = interferer::parse, long_help = interferer::HELP)]
    pub(super) interferer: Vec<Interferer>,

    /// Delay between a receiver's MAC and its driver: 500us, 20ms. The ACK is not delayed by it.
    #[arg(long, value_name = "D", value_parser = humantime::parse_duration, allow_hyphen_values = true)]
    pub(super) latency: Option<Duration>,

    /// Up to this much more delay, drawn for each frame. Frames of one link stay in order.
    #[arg(long, value_name = "D", value_parser = humantime::parse_duration, allow_hyphen_values = true)]
    pub(super) jitter: Option<Duration>,

    /// Virtual seconds per second, or `max`. Default: what suits the demo on the screen, `max` elsewhere.
    #[arg(long, value_name = "X|max", allow_hyphen_values = true)]
    pub(super) speed: Option<Pace>,

    /// How much virtual time to run: 10s, 5min. Default: until the demo or scenario is over.
    #[arg(long = "for", value_name = "D", value_parser = humantime::parse_duration, allow_hyphen_values = true)]
    pub(super) length: Option<Duration>,

    /// Let the boards talk to real ones, through a board with the antenna's firmware on this serial port: /dev/ttyACM0, or,
    /// where the firmware has a UART, with its speed: /dev/ttyUSB0,921600. The run keeps to the wall clock, and no two such runs are the same.
    #[arg(long, value_name = "PORT[,BAUD]")]
    pub(super) bridge: Option<PortSettings>,

    /// The channel of the real boards, and of the antenna's seat in the lab.
    #[arg(long, value_name = "N", default_value = "1", requires = "bridge", value_parser = bridge::channel)]
    pub(super) bridge_channel: Channel,

    /// The board that the antenna's address stands for on the real air. Default: the first.
    #[arg(long, value_name = "BOARD", requires = "bridge")]
    pub(super) bridge_as: Option<String>,

    /// Plain lines instead of the live screen, although standard output is a terminal.
    #[arg(long)]
    pub(super) headless: bool,

    /// Write all that is seen of the run to this file, for `sim replay`. It is written as the run goes on, so that what a killed run
    /// leaves can be shown.
    #[arg(long, value_name = "FILE")]
    pub(super) record: Option<PathBuf>,

    #[command(flatten)]
    pub(super) outputs: OutputArgs,

    /// What the line was made of.
    #[arg(skip)]
    pub(super) typed: Typed,
}

pub(super) fn demo(name: &str) -> Result<Demo, String> {
    Demo::named(name).ok_or_else(|| {
        let names: Vec<_> = Demo::ALL.iter().map(|demo| demo.name).collect();
        format!("there is no such demo; there are {}", names.join(", "))
    })
}

fn key_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

fn seed(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| format!("a seed is a whole number from 0 to {}", u64::MAX))
}

pub(super) fn probability(text: &str) -> Result<f64, String> {
    let (number, scale) = match text.strip_suffix('%') {
        Some(percent) => (percent, 100.0),
        None => (text, 1.0),
    };
    match number.trim().parse::<f64>() {
        Ok(value) if (0.0..=1.0).contains(&(value / scale)) => Ok(value / scale),
        _ => Err("a probability is from 0 to 1, or from 0% to 100%".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn probabilities_are_numbers_or_percentages() {
        assert_eq!(probability("0.3"), Ok(0.3));
        assert_eq!(probability("30%"), Ok(0.3));
        assert_eq!(probability("1"), Ok(1.0));
        for text in ["", "-0.1", "1.1", "101%", "NaN", "inf", "x"] {
            assert!(probability(text).is_err(), "{text:?}");
        }
    }

    /// What `sim run` makes of an option beside a subject.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Fate {
        /// It means something there.
        Meant,
        /// It is refused with a line.
        Refused,
    }
    use Fate::{Meant, Refused};

    /// Demo, scenario of applications, scenario with scripts, programs.
    const SUBJECTS: [&[&str]; 4] = [
        &["--demo", "pair"],
        &["scenarios/hidden-node.toml"],
        &["examples/hello/hello.toml"],
        &["main.py"],
    ];

    /// Every option, and what becomes of it beside each subject. Nothing is ignored.
    const FATES: &[(&[&str], [Fate; 4])] = &[
        // Twice is refused, too.
        (&["--demo", "pair"], [Refused; 4]),
        (&["--interpreter", "python3"], [Refused, Refused, Meant, Meant]),
        (&["--patience", "1s"], [Refused, Refused, Meant, Meant]),
        (&["--unconfined"], [Refused, Refused, Meant, Meant]),
        (&["--chip", "esp32"], [Refused, Refused, Refused, Meant]),
        #[cfg(unix)]
        (&["--pty=/tmp/boards"], [Refused, Refused, Refused, Meant]),
        (&["--set", "loss=0.1"], [Meant, Refused, Refused, Refused]),
        (&["--set", "air.loss=0.1"], [Meant, Meant, Meant, Refused]),
        (&["--seed", "2"], [Meant; 4]),
        (&["--loss", "0.1"], [Meant; 4]),
        (&["--burst", "0.1,50ms"], [Meant; 4]),
        (&["--interferer", "wifi"], [Meant; 4]),
        (&["--latency", "1ms"], [Meant; 4]),
        (&["--jitter", "1ms"], [Meant; 4]),
        (&["--speed", "2"], [Meant; 4]),
        (&["--for", "1s"], [Meant; 4]),
        (&["--bridge", "/dev/null"], [Meant; 4]),
        (&["--bridge-channel", "6"], [Refused; 4]),
        (&["--bridge-as", "x"], [Refused; 4]),
        (&["--headless"], [Meant; 4]),
        (&["--record", "a.rec"], [Meant; 4]),
        (&["--pcap", "a.pcapng"], [Meant; 4]),
        (&["--report", "a.json"], [Meant; 4]),
        (&["--html", "a.html"], [Meant; 4]),
        (&["--trace", "a.txt"], [Meant; 4]),
        (&["--show", "pins"], [Meant; 4]),
    ];

    /// As far as a line is looked at before anything runs. A demo's parameters are looked at when it is built.
    fn fate(words: &[&str]) -> Fate {
        let line = ["sim", "run"].iter().chain(words);
        let Ok(Cli {
            command: Some(Command::Run(command)),
            ..
        }) = Cli::try_parse_from(line)
        else {
            return Refused;
        };
        let Ok(args) = command.into_args() else { return Refused };
        match &args.subject {
            Subject::Scenario(path, runtime) => match super::super::scenario::load(&args, path, runtime) {
                Ok(_) => Meant,
                Err(_) => Refused,
            },
            Subject::Demo | Subject::Programs(_) => Meant,
        }
    }

    #[test]
    fn no_option_is_ignored() {
        for subject in SUBJECTS {
            assert_eq!(fate(subject), Meant, "{subject:?}");
        }
        for (option, fates) in FATES {
            for (subject, expected) in SUBJECTS.iter().zip(fates) {
                assert_eq!(fate(&[subject, *option].concat()), *expected, "{subject:?} {option:?}");
            }
        }
        let command = Cli::command();
        let run = command.find_subcommand("run").expect("it is a command");
        for option in run.get_arguments().filter_map(clap::Arg::get_long) {
            let is_it = |words: &[&str]| words[0].split('=').next() == Some(&*format!("--{option}"));
            assert!(
                FATES.iter().any(|(words, _)| is_it(words)),
                "what becomes of --{option} beside each subject?"
            );
        }
    }
}
