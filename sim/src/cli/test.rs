//! `sim test`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};

use super::CliError;
use super::args::TestArgs;
use super::check::files;
use super::error::complain;
use super::outputs::{self, Outputs, prepare};
use super::printer::{Printer, unless_left};
use crate::harness::{self, Case, CaseResult, Outcome, Workforce};
use crate::legible::{self, one_line};
use crate::outlet::{Whole, Written};
use crate::scenario::{Scenario, Seeds, Workload};
use crate::signals::{Interruption, Stop};

pub(super) fn run(args: &TestArgs) -> Result<ExitCode, CliError> {
    let (cases, without) = cases(args)?;
    let has_scripts = cases.iter().any(|case| !case.scenario.files().is_empty());
    if args.confinement.unconfined && !cases.is_empty() && !has_scripts {
        return Err(CliError::NoScript {
            option: "--unconfined",
            path: names(&args.paths).into(),
        });
    }
    let shrunk: Vec<PathBuf> = cases.iter().filter(|_| args.shrink).map(shrunk_path).collect();
    let outputs = outputs(args, &shrunk)?;
    for case in &cases {
        outputs.spare(case.path.as_deref())?;
        outputs.spare(case.scenario.files().iter().map(PathBuf::as_path))?;
    }
    outputs.spare(without.iter().map(PathBuf::as_path))?;
    if cases.is_empty() {
        let message = format!("no expectation in {}", names(&without));
        return Err(CliError::NothingToTest(message));
    }
    let junit = args.junit.as_deref().map(prepare).transpose()?;
    let json = args.json.as_deref().map(prepare).transpose()?;
    let with_lines = !outputs.take_stdout();
    let mut printer = Printer::default();
    let began = Instant::now();
    let runs = cases
        .iter()
        .fold(0_u64, |sum, case| sum.saturating_add(case.seeds.count()));
    // Hidden by itself where standard error is no terminal.
    let bar = ProgressBar::new(runs).with_style(style());
    // What has been run until then is told.
    let interruption = Interruption::listen().map_err(CliError::Runtime)?;
    let workforce = Workforce {
        jobs: args.jobs.unwrap_or_else(harness::all_cores),
        interrupted: interruption.flag(),
    };
    let mut results = Vec::new();
    for case in &cases {
        bar.set_message(case.scenario.name.clone());
        let result = harness::run(std::slice::from_ref(case), workforce, &|_| bar.inc(1))?;
        if with_lines {
            for result in &result {
                bar.suspend(|| printer.print(&harness::text(result)));
            }
        }
        results.extend(result);
    }
    bar.finish_and_clear();
    let wall = began.elapsed();
    let written = write_reports(args, junit, json, &results, wall);
    let count = |outcome| results.iter().filter(|result| result.outcome() == outcome).count();
    if with_lines {
        if !without.is_empty() {
            printer.line(&format!("nothing is expected in {}", names(&without)));
        }
        let done: u64 = results.iter().map(|result| result.runs).sum();
        let interrupted = match count(Outcome::Interrupted) {
            0 => String::new(),
            interrupted => format!(", {interrupted} interrupted"),
        };
        let summary = format!(
            "{} of {} scenarios passed{interrupted}, {done} runs in {:.1} s\n",
            count(Outcome::Passed),
            results.len(),
            wall.as_secs_f64()
        );
        printer.print(&summary);
    }
    // What was found decides the exit code, whether or not all of it can be written.
    let mut incomplete = Vec::from_iter(written.err());
    if args.shrink && interruption.stop().is_none() {
        for ((case, result), path) in cases.iter().zip(&results).zip(&shrunk) {
            match shrink(case, result, path, &interruption) {
                Ok(Some(line)) => printer.line(&line),
                Ok(None) => {}
                Err(error) => incomplete.push(error),
            }
        }
    }
    for path in changed(&cases) {
        complain(&format!(
            "{} has changed since the tests began: they are of what it was",
            path.display()
        ));
    }
    for error in &incomplete {
        complain(&error.to_string());
    }
    let failed = count(Outcome::Failed) > 0 || !incomplete.is_empty();
    let code = printer.finish(u8::from(failed));
    Ok(interruption.stop().map_or(code, Stop::exit_code))
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
        scenario.keep_files(Some(&path))?;
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

/// The files that are not any more what was tested. Two scenarios may run the same script.
fn changed(cases: &[Case]) -> BTreeSet<PathBuf> {
    cases.iter().flat_map(|case| case.scenario.kept.changed()).collect()
}

fn names(paths: &[PathBuf]) -> String {
    let names: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
    names.join(", ")
}

/// What is going to be written.
fn outputs(args: &TestArgs, shrunk: &[PathBuf]) -> Result<Outputs, CliError> {
    let reports = Outputs::default()
        .and("--junit", args.junit.as_deref(), Some(Written::JUnit))?
        .and("--json", args.json.as_deref(), Some(Written::TestReport))?;
    shrunk
        .iter()
        .try_fold(reports, |outputs, path| outputs.and("--shrink", Some(path), None))
}

fn write_reports(
    args: &TestArgs,
    junit: Option<Whole>,
    json: Option<Whole>,
    results: &[CaseResult],
    wall: std::time::Duration,
) -> Result<(), CliError> {
    if let Some((path, file)) = args.junit.as_deref().zip(junit) {
        let xml = harness::junit(results, wall).map_err(CliError::Report)?;
        write(path, file, &xml)?;
    }
    if let Some((path, file)) = args.json.as_deref().zip(json) {
        let text = legible::json_text(&harness::json(results)).map_err(|error| CliError::Report(error.to_string()))?;
        write(path, file, &format!("{text}\n"))?;
    }
    Ok(())
}

fn write(path: &Path, file: Whole, text: &str) -> Result<(), CliError> {
    let written = unless_left(file.write(|out| out.write_all(text.as_bytes())));
    written.map_err(|source| CliError::Write {
        what: outputs::name(path),
        source,
    })
}

/// Where what is found to fail as well is written to.
fn shrunk_path(case: &Case) -> PathBuf {
    let stem = case.path.as_deref().and_then(Path::file_stem).unwrap_or_default();
    PathBuf::from(format!("{}.shrunk.toml", stem.to_string_lossy()))
}

/// Makes what fails smaller, writes it to `path`, and tells of it in a line.
fn shrink(
    case: &Case,
    result: &CaseResult,
    path: &Path,
    interruption: &Interruption,
) -> Result<Option<String>, CliError> {
    let failures = result
        .expectations
        .iter()
        .filter_map(|expectation| expectation.told.first());
    let Some(told) = failures.min_by_key(|told| told.seed) else {
        return Ok(None);
    };
    let Some(mut shrunk) = harness::shrink_unless(&case.scenario, told.seed, interruption.flag()) else {
        return Ok(None);
    };
    find_scripts_from_here(&mut shrunk.scenario);
    let text = shrunk
        .scenario
        .to_toml()
        .map_err(|error| CliError::Report(error.to_string()))?;
    let from = case.path.as_deref().unwrap_or(Path::new("?")).display();
    let command = format!("sim run {} --seed {}", path.display(), shrunk.seed);
    write(
        path,
        prepare(path)?,
        &format!(
            "# {}\n# {}\n{text}",
            one_line(&format!(
                "The smallest of {from} that was found to fail as well: {}",
                shrunk.expectation
            )),
            one_line(&command)
        ),
    )?;
    let names = shrunk.scenario.board_names()?.len();
    Ok(Some(format!(
        "shrunk {} after {} runs: {names} boards, {} events, {}: {command}",
        result.name,
        shrunk.runs,
        shrunk.scenario.events.len(),
        shrunk.scenario.duration,
    )))
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
