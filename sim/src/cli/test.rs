//! `sim test`.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};

use super::CliError;
use super::args::TestArgs;
use super::check::files;
use crate::harness::{self, Case, CaseResult, Workforce};
use crate::scenario::{Scenario, Seeds, Workload};
use crate::signals::Interruption;

pub(super) fn run(args: &TestArgs) -> Result<ExitCode, CliError> {
    let (cases, without) = cases(args)?;
    if cases.is_empty() {
        let message = format!("no expectation in {}", names(&without));
        return Err(CliError::NothingToTest(message));
    }
    let began = Instant::now();
    let runs = cases
        .iter()
        .fold(0_u64, |sum, case| sum.saturating_add(case.seeds.count()));
    // Hidden by itself where standard error is no terminal.
    let bar = ProgressBar::new(runs).with_style(style());
    // What has been run until then is told.
    let interruption = Interruption::listen().map_err(CliError::Terminal)?;
    let workforce = Workforce {
        jobs: args.jobs.unwrap_or_else(harness::all_cores),
        interrupted: interruption.flag(),
    };
    let mut results = Vec::new();
    for case in &cases {
        bar.set_message(case.scenario.name.clone());
        let result = harness::run(std::slice::from_ref(case), workforce, &|_| bar.inc(1))?;
        if args.json.as_deref() != Some(Path::new("-")) {
            for result in &result {
                bar.suspend(|| print(&harness::text(result)))?;
            }
        }
        results.extend(result);
    }
    bar.finish_and_clear();
    let wall = began.elapsed();
    write_reports(args, &results, wall)?;
    let failed = results.iter().filter(|result| !result.passed()).count();
    if args.json.as_deref() != Some(Path::new("-")) {
        if !without.is_empty() {
            print(&format!("nothing is expected in {}\n", names(&without)))?;
        }
        let done: u64 = results.iter().map(|result| result.runs).sum();
        let summary = format!(
            "{} of {} scenarios passed, {done} runs in {:.1} s\n",
            results.len() - failed,
            results.len(),
            wall.as_secs_f64()
        );
        print(&summary)?;
    }
    if args.shrink && interruption.stop().is_none() {
        for (case, result) in cases.iter().zip(&results) {
            shrink(case, result, &interruption)?;
        }
    }
    Ok(match interruption.stop() {
        Some(stop) => stop.exit_code(),
        None => ExitCode::from(u8::from(failed > 0)),
    })
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{wide_bar} {pos}/{len} runs, {eta} left  {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// What is to be tested, and the files in which nothing is expected.
fn cases(args: &TestArgs) -> Result<(Vec<Case>, Vec<PathBuf>), CliError> {
    let mut cases = Vec::new();
    let mut without = Vec::new();
    for path in files(&args.paths)? {
        let mut scenario = Scenario::load(&path, &args.set)?;
        scenario.runtime = args.confinement.into();
        if scenario.expectations.is_empty() {
            without.push(path);
            continue;
        }
        let seeds = args.seeds.or(scenario.seeds);
        cases.push(Case {
            path: Some(path),
            overrides: args.set.clone(),
            scenario,
            seeds: seeds.unwrap_or(Seeds::from(1..=10)),
        });
    }
    Ok((cases, without))
}

fn names(paths: &[PathBuf]) -> String {
    let names: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
    names.join(", ")
}

fn write_reports(args: &TestArgs, results: &[CaseResult], wall: std::time::Duration) -> Result<(), CliError> {
    if let Some(path) = &args.junit {
        let xml = harness::junit(results, wall).map_err(CliError::Report)?;
        write(path, &xml)?;
    }
    if let Some(path) = &args.json {
        let text = format!("{}\n", harness::json(results));
        match path == Path::new("-") {
            true => print(&text)?,
            false => write(path, &text)?,
        }
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), CliError> {
    fs::write(path, text).map_err(|source| CliError::Create {
        path: path.to_owned(),
        source,
    })
}

/// Makes what fails smaller, and writes it.
fn shrink(case: &Case, result: &CaseResult, interruption: &Interruption) -> Result<(), CliError> {
    let failures = result
        .expectations
        .iter()
        .filter_map(|expectation| expectation.told.first());
    let Some(told) = failures.min_by_key(|told| told.seed) else {
        return Ok(());
    };
    let Some(mut shrunk) = harness::shrink_unless(&case.scenario, told.seed, interruption.flag()) else {
        return Ok(());
    };
    find_scripts_from_here(&mut shrunk.scenario);
    let stem = case.path.as_deref().and_then(Path::file_stem).unwrap_or_default();
    let path = PathBuf::from(format!("{}.shrunk.toml", stem.to_string_lossy()));
    let text = shrunk
        .scenario
        .to_toml()
        .map_err(|error| CliError::Report(error.to_string()))?;
    let from = case.path.as_deref().unwrap_or(Path::new("?")).display();
    let command = format!("sim run {} --seed {}", path.display(), shrunk.seed);
    write(
        &path,
        &format!(
            "# The smallest of {from} that was found to fail as well: {}\n# {command}\n{text}",
            shrunk.expectation
        ),
    )?;
    let names = shrunk.scenario.board_names()?.len();
    print(&format!(
        "shrunk {} after {} runs: {names} boards, {} events, {}: {command}\n",
        result.name,
        shrunk.runs,
        shrunk.scenario.events.len(),
        shrunk.scenario.duration,
    ))
}

/// Scripts are named from the scenario's folder, and it is written to this one.
fn find_scripts_from_here(scenario: &mut Scenario) {
    for board in &mut scenario.boards {
        if let Workload::Script { path, .. } = &mut board.workload {
            let script = scenario.folder.join(&*path);
            let script = script.canonicalize().unwrap_or(script);
            *path = script.to_string_lossy().into_owned();
        }
    }
}

fn print(text: &str) -> Result<(), CliError> {
    io::stdout()
        .write_all(text.as_bytes())
        .map_err(|source| CliError::Write {
            what: "to standard output".to_owned(),
            source,
        })
}
