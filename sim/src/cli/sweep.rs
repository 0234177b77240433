//! `sim sweep`.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::CliError;
use super::args::{demo, probability};
use super::confinement::ConfinementArgs;
use super::error::complain;
use super::outputs::Outputs;
use super::{burst, interferer, printer};
use crate::demo::Demo;
use crate::harness::all_cores;
use crate::kernel::Span;
use crate::medium::Burst;
use crate::medium::interferer::Interferer;
use crate::outlet::Written;
use crate::scenario::{Override, Scenario, Seeds};
use crate::signals::Interruption;
use crate::sweep::{Axis, Done, Format, Grid, LinkSettings, Shard, Subject, Sweep, SweepError, merge};

/// Run a demo or a scenario with every combination of some values, with many seeds each, and write a row of figures a run.
///
/// A sweep that was killed goes on where it was when the same line is given again, unless something that its rows depend on has changed
/// since: a file that it reads, the interpreter of scripts, or sim itself. What it reads is copied before the first row: rows are of the
/// files as they were then. A parameter that is called as a column is has set. before its name in the table.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  sim sweep --demo pair --set distance=50..500/50 --set rate=1M,11M --seeds 20 --out range.csv
  sim sweep --demo field --set boards=10,50,100 --set loss=0..0.5/0.1 --seeds 1..100 --out field.parquet
  sim sweep mine.toml --set air.loss=0,0.1,0.3 --out mine.csv
  sim sweep --demo field --set boards=10,50,100 --shard 3/16 --out part-3.csv
  sim sweep --merge part-*.csv --out field.parquet")]
pub(in crate::cli) struct SweepArgs {
    /// A scenario's file, instead of a demo.
    #[arg(value_name = "FILE", conflicts_with_all = ["demo", "merge"])]
    file: Option<PathBuf>,

    /// What to run; `sim demos` lists what there is.
    #[arg(long, value_name = "NAME", value_parser = demo, required_unless_present_any = ["file", "merge"], conflicts_with = "merge")]
    demo: Option<Demo>,

    /// A parameter and its values: boards=10,20,50 or loss=0..0.5/0.05; may be given several times, and the last changes
    /// fastest. Of a demo its parameters, and loss, latency and jitter; of a file anything that `sim run --set` takes.
    #[arg(long, value_name = "KEY=VALUES", conflicts_with = "merge")]
    set: Vec<Axis>,

    /// The seeds: 100 for 1 to 100, or 5..20.
    #[arg(long, value_name = "N|N..M", default_value = "1", value_parser = seeds, conflicts_with = "merge")]
    seeds: Seeds,

    /// Where to: FILE.csv, FILE.parquet, or a folder, for sweep.csv in it.
    #[arg(long, value_name = "FILE|FOLDER")]
    out: PathBuf,

    /// How many runs at the same time. Default: as many as there are cores.
    #[arg(long, value_name = "N", conflicts_with = "merge")]
    jobs: Option<NonZeroUsize>,

    /// Only every Nth row, from the Ith on: 1/4 to 4/4 are all. For job arrays; merge them afterwards. All shards need the same files,
    /// interpreter and sim; a last column `sweep` says which sweep they are a part of.
    #[arg(long, value_name = "I/N", conflicts_with = "merge")]
    shard: Option<Shard>,

    /// Put the shards of a sweep together, which are these CSV files.
    #[arg(long, value_name = "FILE.csv", num_args = 1..)]
    merge: Vec<PathBuf>,

    /// How much virtual time a demo runs: 10s, 5min. Default: until it is over.
    #[arg(long = "for", value_name = "D", value_parser = humantime::parse_duration, conflicts_with_all = ["file", "merge"])]
    length: Option<Duration>,

    /// The loss on all links of a demo, where it is not swept.
    #[arg(long, value_name = "P", value_parser = probability, conflicts_with_all = ["file", "merge"])]
    loss: Option<f64>,

    /// Losses in bursts on all links of a demo.
    #[arg(long, value_name = "LOSS,LENGTH", value_parser = burst::parse, conflicts_with_all = ["file", "merge"])]
    burst: Option<Burst>,

    /// The latency on all links of a demo, where it is not swept.
    #[arg(long, value_name = "D", value_parser = humantime::parse_duration, conflicts_with_all = ["file", "merge"])]
    latency: Option<Duration>,

    /// The jitter on all links of a demo, where it is not swept.
    #[arg(long, value_name = "D", value_parser = humantime::parse_duration, conflicts_with_all = ["file", "merge"])]
    jitter: Option<Duration>,

    /// Energy on the air of a demo that no board sent; may be given several times.
    #[arg(long, value_name = "KIND[:KEY=VALUE,...]", value_parser = interferer::parse, conflicts_with_all = ["file", "merge"])]
    interferer: Vec<Interferer>,

    #[command(flatten)]
    confinement: ConfinementArgs,
}

/// A number alone is how many.
fn seeds(text: &str) -> Result<Seeds, String> {
    let seeds = if text.contains("..") {
        text.parse::<Seeds>().ok()
    } else {
        text.parse::<u64>()
            .ok()
            .filter(|&count| count > 0)
            .and_then(|count| format!("1..{count}").parse().ok())
    };
    seeds.ok_or_else(|| "write how many, as in 100, or from where to where, as in 5..20".to_owned())
}

pub(in crate::cli) fn run(args: &SweepArgs) -> Result<ExitCode, CliError> {
    let (out, format) = target(&args.out)?;
    let outputs = Outputs::default().and("--out", Some(&out), Some(Written::Table))?;
    // Whoever reads them says what is wrong with folders.
    let inputs = args.file.iter().chain(&args.merge).filter(|input| !input.is_dir());
    outputs.spare(inputs.map(PathBuf::as_path))?;
    check(args)?;
    if !args.merge.is_empty() {
        let rows = merge(&args.merge, &out, format)?;
        return say(&format!("{rows} rows in {}", out.display()));
    }
    let subject = match (&args.file, args.demo) {
        (None, Some(demo)) => Subject::Demo {
            demo,
            links: LinkSettings {
                loss: args.loss.unwrap_or_default(),
                burst: args.burst,
                latency: args.latency.map(Span::from).unwrap_or_default(),
                jitter: args.jitter.map(Span::from).unwrap_or_default(),
            },
            length: args.length.map(Span::from),
            interferers: args.interferer.clone(),
        },
        (file, _) => Subject::File {
            path: file.clone().unwrap_or_default(),
            runtime: args.confinement.into(),
        },
    };
    let sweep = Sweep {
        subject,
        grid: Grid::new(args.set.clone()).map_err(CliError::Axis)?,
        seeds: args.seeds,
        shard: args.shard.unwrap_or(Shard::WHOLE),
        jobs: args.jobs.unwrap_or_else(all_cores),
    };
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} runs, {eta} left") {
        bar.set_style(style);
    }
    let interruption = Interruption::listen().map_err(CliError::Terminal)?;
    let done = sweep.run_unless(&out, format, interruption.flag(), &mut |rows, of| {
        bar.set_length(of);
        bar.set_position(rows);
    });
    bar.finish_and_clear();
    if let (Err(error @ SweepError::Stopped { .. }), Some(stop)) = (&done, interruption.stop()) {
        complain(&error.to_string());
        return Ok(stop.exit_code());
    }
    let Done { rows, resumed, changed } = done?;
    for path in changed {
        complain(&format!(
            "{} has changed since the sweep began: its rows are of what it was",
            path.display()
        ));
    }
    let resumed = match resumed {
        0 => String::new(),
        resumed => format!(", {resumed} of them from before"),
    };
    say(&format!("{rows} rows in {}{resumed}", out.display()))
}

/// That nothing that is given is ignored.
fn check(args: &SweepArgs) -> Result<(), CliError> {
    if args.confinement.unconfined {
        has_scripts(args)?;
    }
    given_once(args)
}

/// `--unconfined` is for scripts.
fn has_scripts(args: &SweepArgs) -> Result<(), CliError> {
    let Some(path) = &args.file else {
        return Err(CliError::NothingToConfine);
    };
    // Which boards there are may be swept.
    let sweep: Vec<_> = args
        .set
        .iter()
        .filter_map(|axis| Some((axis.name(), axis.values().first()?)))
        .collect();
    let overrides: Vec<_> = sweep.iter().map(|(key, value)| Override::new(key, value)).collect();
    let scenario = Scenario::load(path, &overrides)?;
    match scenario.files().is_empty() {
        true => Err(CliError::NoScript {
            option: "--unconfined",
            path: path.clone(),
        }),
        false => Ok(()),
    }
}

/// A link's value is set for all rows, or swept.
fn given_once(args: &SweepArgs) -> Result<(), CliError> {
    let set = [
        ("loss", "--loss", args.loss.is_some()),
        ("latency", "--latency", args.latency.is_some()),
        ("jitter", "--jitter", args.jitter.is_some()),
    ];
    let is_own = |key| {
        args.demo
            .is_some_and(|demo| demo.parameters.iter().any(|own| own.name == key))
    };
    let is_swept = |key| args.set.iter().any(|axis| axis.name() == key);
    match set
        .into_iter()
        .find(|&(key, _, is_set)| is_set && is_swept(key) && !is_own(key))
    {
        Some((key, option, _)) => Err(CliError::SetTwice { option, key }),
        None => Ok(()),
    }
}

/// The file, and what it is to be.
fn target(out: &Path) -> Result<(PathBuf, Format), CliError> {
    if out.is_dir() {
        return Ok((out.join("sweep.csv"), Format::Csv));
    }
    let format = Format::of(out).ok_or_else(|| CliError::SweepFile {
        path: out.to_path_buf(),
    })?;
    Ok((out.to_path_buf(), format))
}

fn say(line: &str) -> Result<ExitCode, CliError> {
    printer::say(&format!("{line}\n"))?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::*;
    use crate::cli::args::{Cli, Command};

    /// A demo, a scenario of applications, one with scripts, shards.
    const SUBJECTS: [&[&str]; 4] = [
        &["--demo", "pair"],
        &["scenarios/hidden-node.toml"],
        &["examples/hello/hello.toml"],
        &["--merge", "part.csv"],
    ];

    /// Every option, and whether it means something beside each subject. Where it does not it is refused.
    const MEANT: &[(&[&str], [bool; 4])] = &[
        (&["--demo", "field"], [false; 4]),
        (&["--merge", "other.csv"], [false, false, false, true]),
        (&["--set", "air.loss=0.1"], [true, true, true, false]),
        (&["--seeds", "2"], [true, true, true, false]),
        (&["--jobs", "2"], [true, true, true, false]),
        (&["--shard", "1/2"], [true, true, true, false]),
        (&["--for", "1s"], [true, false, false, false]),
        (&["--loss", "0.1"], [true, false, false, false]),
        (&["--burst", "0.1,50ms"], [true, false, false, false]),
        (&["--latency", "1ms"], [true, false, false, false]),
        (&["--jitter", "1ms"], [true, false, false, false]),
        (&["--interferer", "wifi"], [true, false, false, false]),
        (&["--unconfined"], [false, false, true, false]),
    ];

    fn is_meant(words: &[&str]) -> bool {
        let line = ["sim", "sweep", "--out", "a.csv"].iter().chain(words);
        match Cli::try_parse_from(line) {
            Ok(Cli {
                command: Some(Command::Sweep(args)),
                ..
            }) => check(&args).is_ok(),
            _ => false,
        }
    }

    #[test]
    fn no_option_is_ignored() {
        for (option, meant) in MEANT {
            for (subject, expected) in SUBJECTS.iter().zip(meant) {
                assert!(is_meant(subject), "{subject:?}");
                let words = [subject, *option].concat();
                assert_eq!(is_meant(&words), *expected, "{words:?}");
            }
        }
        for (key, value) in [("loss", "0.1"), ("latency", "1ms"), ("jitter", "1ms")] {
            let option = format!("--{key}");
            let set = format!("{key}={value}");
            assert!(is_meant(&["--demo", "pair", "--set", &set]));
            assert!(!is_meant(&["--demo", "pair", &option, value, "--set", &set]), "{key}");
        }
        let command = Cli::command();
        let sweep = command.find_subcommand("sweep").expect("it is a command");
        for option in sweep.get_arguments().filter_map(clap::Arg::get_long) {
            let is_it = |words: &[&str]| words[0] == format!("--{option}");
            assert!(
                option == "out" || MEANT.iter().any(|(words, _)| is_it(words)),
                "what becomes of --{option} beside each subject?"
            );
        }
    }
}
