//! Programs of the user's own on the boards of a run: `sim run sender.py receiver.py`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use protocol::MacAddress;

use super::CliError;
use super::confinement::ConfinementArgs;
use crate::board::Chip;
use crate::demo::Settings;
use crate::lab::LabBuilder;
use crate::legible::is_legible;
use crate::outlet::Written;
use crate::scenario::{Runtime, has_extension, is_scenario};
use crate::signals::Interruption;

/// The most copies of a program; more is a slip of the finger.
const MOST_COPIES: usize = 10_000;

/// The most patience with a program.
const MOST_PATIENCE: Duration = Duration::from_secs(365 * 24 * 3600);

/// Programs and how they are run.
#[derive(Clone, Debug, Args)]
pub(super) struct ProgramArgs {
    /// A scenario's file (`sim new` writes one to begin with), or programs in MicroPython, a board each: a script, or a folder with
    /// main.py (and boot.py, modules, files) that is copied to the board. receiver.py*3 makes three boards of it,
    /// receiver.py@24:6f:28:01:02:03 gives its board this address.
    #[arg(value_name = "FILE", value_parser = plan, conflicts_with = "demo")]
    pub(super) programs: Vec<Plan>,

    #[command(flatten)]
    pub(super) runtime: RuntimeArgs,

    /// The boards' chip, which decides what pins there are and what a program is told of its board. Default: esp32-s3. A scenario names
    /// its boards' chips itself.
    #[arg(long, value_name = "CHIP", requires = "programs", conflicts_with = "demo", value_parser = PossibleValuesParser::new(Chip::NAMES).try_map(|name| name.parse::<Chip>()))]
    pub(super) chip: Option<Chip>,

    /// Gives each board a terminal with MicroPython's prompt, DIR/NAME, for sim repl, mpremote, Thonny. The run keeps to the wall clock
    /// and has no screen. Default for DIR: sim-boards in the user's runtime directory.
    #[cfg(unix)]
    #[arg(long, value_name = "DIR", requires = "programs", conflicts_with = "demo", num_args = 0..=1, require_equals = true)]
    pub(super) pty: Option<Option<PathBuf>>,
}

/// What runs programs.
#[derive(Clone, Debug, Args)]
pub(super) struct RuntimeArgs {
    /// What runs the programs: MicroPython's Unix port, or Python 3.9 or newer. Default: `micropython` on the PATH, else `python3`.
    #[arg(long, value_name = "PATH", requires = "programs", conflicts_with = "demo")]
    pub(super) interpreter: Option<PathBuf>,

    /// How much real time a program may compute without a pause before it is ended, as one that hangs. Default: 10s.
    #[arg(long, value_name = "D", requires = "programs", conflicts_with = "demo", value_parser = patience, allow_hyphen_values = true)]
    pub(super) patience: Option<Duration>,

    #[command(flatten)]
    pub(super) confinement: ConfinementArgs,
}

impl From<&RuntimeArgs> for Runtime {
    fn from(args: &RuntimeArgs) -> Self {
        let default = Self::default();
        Self {
            interpreter: args.interpreter.clone(),
            patience: args.patience.unwrap_or(default.patience),
            ..args.confinement.into()
        }
    }
}

/// A program and its boards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    path: PathBuf,
    copies: usize,
    address: Option<MacAddress>,
}

fn plan(text: &str) -> Result<Plan, String> {
    let (text, copies) = match text.rsplit_once('*') {
        Some((text, count)) => match count.parse() {
            Ok(count @ 1..=MOST_COPIES) => (text, count),
            _ => {
                return Err(format!(
                    "after * comes how many boards there are, from 1 to {MOST_COPIES}"
                ));
            }
        },
        None => (text, 1),
    };
    let (text, address) = match text.rsplit_once('@') {
        Some((text, address)) => {
            let address = address.parse().ok().filter(|address: &MacAddress| !address.is_group());
            (
                text,
                Some(address.ok_or("after @ comes a board's address, as in 24:6f:28:01:02:03")?),
            )
        }
        None => (text, None),
    };
    if address.is_some() && copies > 1 {
        return Err("boards can't share an address".to_owned());
    }
    Ok(Plan {
        path: PathBuf::from(text),
        copies,
        address,
    })
}

pub(super) fn patience(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(patience) if patience > MOST_PATIENCE => Err("nobody waits longer than 365days".to_owned()),
        Ok(patience) if !patience.is_zero() => Ok(patience),
        Ok(_) => Err("no program does anything in no time".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// That a file can be a program: it is none by its name, or it is one of what commands write.
fn check_kind(path: &Path) -> Result<(), CliError> {
    let is_other = path.extension().is_some() && !has_extension(path, "py");
    if !is_other || !path.is_file() {
        return Ok(());
    }
    let what = match Written::of(path) {
        Some(Written::Recording) => "it is a recording, which `sim replay` shows",
        Some(Written::Capture) => "it is a capture, which `sim decode` explains",
        _ => "a program's name ends in .py, a scenario's in .toml, and a folder has a main.py",
    };
    Err(CliError::NoProgram {
        path: path.to_owned(),
        what,
    })
}

/// A board's name, from its program's.
fn name_of(path: &Path) -> String {
    // `.` and `..` are called what they are.
    let resolved = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let name = if resolved.is_dir() {
        resolved.file_name()
    } else {
        path.file_stem()
    };
    name.unwrap_or_default()
        .to_string_lossy()
        .chars()
        .map(|character| if is_legible(character) { character } else { '_' })
        .collect()
}

/// Names for all boards, no two the same.
fn names(plans: &[Plan]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    // Numbers below were tried: what is taken stays so.
    let mut next_numbers: BTreeMap<String, usize> = BTreeMap::new();
    let mut names = Vec::new();
    for plan in plans {
        let name = name_of(&plan.path);
        let next = next_numbers.entry(name.clone()).or_insert(1);
        for _ in 0..plan.copies {
            if plan.copies == 1 && taken.insert(name.clone()) {
                names.push(name.clone());
                continue;
            }
            let fresh = (*next..).find_map(|number| {
                *next = number + 1;
                let candidate = format!("{name}-{number}");
                taken.insert(candidate.clone()).then_some(candidate)
            });
            names.extend(fresh);
        }
    }
    names
}

impl ProgramArgs {
    /// The scripts and folders that are run.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.programs.iter().map(|plan| plan.path.as_path())
    }

    /// The scenario's file, if there is one among them.
    pub(super) fn scenario(&self) -> Result<Option<PathBuf>, CliError> {
        let Some(plan) = self.programs.iter().find(|plan| is_scenario(&plan.path)) else {
            return self.paths().try_for_each(check_kind).map(|()| None);
        };
        let path = plan.path.clone();
        if self.chip.is_some() {
            let instead = "write chip = \"…\" in its [[board]], or --set board.0.chip=…";
            let option = "--chip";
            return Err(CliError::OfPrograms { option, path, instead });
        }
        #[cfg(unix)]
        if self.pty.is_some() {
            let instead = "name its programs on the command line";
            let option = "--pty";
            return Err(CliError::OfPrograms { option, path, instead });
        }
        let alone = self.programs.len() == 1 && plan.copies == 1 && plan.address.is_none();
        if alone {
            Ok(Some(path))
        } else {
            Err(CliError::NotAlone { path })
        }
    }
}

#[cfg(unix)]
impl ProgramArgs {
    /// The run's description. Its boards' programs start meanwhile, and end with it.
    pub(super) fn builder(&self, settings: Settings, interruption: &Interruption) -> Result<LabBuilder, CliError> {
        use crate::board::FreeAddresses;
        use crate::external::{Interpreter, Programs};
        use crate::kernel::Time;
        use crate::lab::Lab;

        let profile = self.chip.unwrap_or_default().profile();
        let Runtime {
            interpreter, patience, ..
        } = Runtime::from(&self.runtime);
        let interpreter = Interpreter::find(interpreter.as_deref())?;
        let programs = Programs::new(interpreter, patience, self.runtime.confinement.confinement())?
            .for_boards(self.programs.iter().map(|plan| plan.copies).sum());
        let programs = if self.pty.is_some() {
            programs.with_prompts()
        } else {
            programs
        };
        let names = names(&self.programs);
        let taken: BTreeSet<_> = self.programs.iter().filter_map(|plan| plan.address).collect();
        if taken.len() < self.programs.iter().filter(|plan| plan.address.is_some()).count() {
            return Err(CliError::SharedAddress);
        }
        let mut builder = Lab::builder(&names.first().cloned().unwrap_or_default(), settings.seed)
            .links(settings.links)
            .crystals(CRYSTAL_TOLERANCE_PPM)
            .until(settings.until.unwrap_or(Time::MAX));
        if settings.until.is_none() && self.pty.is_none() {
            builder = builder.ends_when_quiet_for(QUIET);
        }
        let boards = self
            .programs
            .iter()
            .flat_map(|plan| std::iter::repeat_n(plan, plan.copies));
        let mut free = FreeAddresses::beside(taken);
        for (plan, name) in boards.zip(names) {
            if let Some(stop) = interruption.stop() {
                return Err(CliError::Stopped(stop));
            }
            let address = plan.address.or_else(|| free.next());
            let app = programs.app(&name, &profile, &plan.path)?;
            builder = builder.board(&name, profile, address.unwrap_or(MacAddress([2; 6])), app);
        }
        Ok(builder)
    }
}

/// What Espressif asks of a board's crystal. With clocks that never part, copies of a program that send every second would
/// send at the same instant for ever, and nobody would hear anything.
#[cfg(unix)]
const CRYSTAL_TOLERANCE_PPM: f64 = 10.0;

#[cfg(unix)]
impl ProgramArgs {
    /// Makes the boards' terminals, if there are to be any.
    pub(super) fn terminals(&self, lab: &mut crate::lab::Lab) -> Result<Option<crate::external::Terminals>, CliError> {
        let folder = match &self.pty {
            None => return Ok(None),
            Some(None) => super::repl::folder()?,
            Some(Some(folder)) => folder.clone(),
        };
        let terminals = crate::external::Terminals::open(&folder, lab);
        terminals
            .map(Some)
            .map_err(|source| CliError::Terminals { path: folder, source })
    }
}

/// A run without an end of its own ends when nothing has been seen for so long: a little longer than MicroPython's `recv` waits.
#[cfg(unix)]
const QUIET: crate::kernel::Span = crate::kernel::Span::from_micros(310_000_000);

#[cfg(not(unix))]
impl ProgramArgs {
    /// There is no such thing here.
    pub(super) fn builder(&self, _settings: Settings, _interruption: &Interruption) -> Result<LabBuilder, CliError> {
        Err(CliError::NoPrograms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_may_have_copies_or_an_address() {
        let read = |text| plan(text).map(|plan| (plan.path, plan.copies, plan.address.is_some()));
        assert_eq!(read("a.py"), Ok(("a.py".into(), 1, false)));
        assert_eq!(read("a.py*99"), Ok(("a.py".into(), 99, false)));
        assert_eq!(read("a.py@24:6f:28:01:02:03"), Ok(("a.py".into(), 1, true)));
        for text in [
            "a.py*0",
            "a.py*x",
            "a.py@1",
            "a.py@ff:ff:ff:ff:ff:ff",
            "a.py@24:6f:28:01:02:03*2",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn no_two_boards_have_the_same_name() {
        let plans: Vec<_> = ["x/a.py", "y/a.py", "b.py*2", "b.py"]
            .iter()
            .filter_map(|text| plan(text).ok())
            .collect();
        assert_eq!(names(&plans), ["a", "a-1", "b-1", "b-2", "b"]);
    }

    #[test]
    fn many_boards_have_names_soon() {
        let plan = plan("no/such/a.py").expect("a plan");
        let began = std::time::Instant::now();
        let names = names(&vec![plan; 100_000]);
        assert_eq!(names.last().map(String::as_str), Some("a-99999"));
        // Trying all numbers for each of them would take hours.
        assert!(began.elapsed() < Duration::from_secs(60));
    }
}
