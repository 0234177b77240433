//! Scenarios' files on the command line.

use std::path::Path;

use super::CliError;
use super::args::RunArgs;
use super::programs::RuntimeArgs;
use crate::harness::Verdict;
use crate::legible::one_line;
use crate::scenario::{Board, BurstRule, Override, Period, Scenario, Share, Workload};

/// Reads a file for `sim run`, whose options change what the file says.
pub(super) fn load(args: &RunArgs, path: &Path, runtime: &RuntimeArgs) -> Result<Scenario, CliError> {
    let options = [
        ("--loss", "air.loss", args.loss.is_some()),
        ("--burst", "air.burst", args.burst.is_some()),
        ("--latency", "air.latency", args.latency.is_some()),
        ("--jitter", "air.jitter", args.jitter.is_some()),
        ("--for", "duration", args.length.is_some()),
        ("--speed", "speed", args.speed.is_some()),
    ];
    let is_set = |key| args.set.iter().any(|(set, _)| set.trim() == key);
    if let Some((option, key, _)) = options.into_iter().find(|&(_, key, is_given)| is_given && is_set(key)) {
        return Err(CliError::SetTwice { option, key });
    }
    let overrides: Vec<_> = args.set.iter().map(|(key, value)| Override::new(key, value)).collect();
    let mut scenario = Scenario::load(path, &overrides)?;
    let runs_a_script = |board: &Board| matches!(board.workload, Workload::Script { .. });
    if !scenario.boards.iter().any(runs_a_script) {
        let options = [
            ("--interpreter", runtime.interpreter.is_some()),
            ("--patience", runtime.patience.is_some()),
            ("--unconfined", runtime.confinement.unconfined),
        ];
        if let Some((option, _)) = options.into_iter().find(|(_, is_given)| *is_given) {
            let path = path.to_owned();
            return Err(CliError::NoScript { option, path });
        }
    }
    scenario.runtime = runtime.into();
    let air = &mut scenario.air;
    air.loss = args.loss.and_then(Share::new).unwrap_or(air.loss);
    if let Some(burst) = args.burst {
        air.burst = Share::new(burst.share_bad()).map(|loss| BurstRule {
            loss,
            length: Period(burst.bad.into()),
        });
    }
    air.latency = args.latency.map_or(air.latency, Period);
    air.jitter = args.jitter.map_or(air.jitter, Period);
    Ok(scenario)
}

/// What became of an expectation.
pub(super) fn line(verdict: &Verdict) -> String {
    match &verdict.failure {
        None => one_line(&format!("met: {}", verdict.expectation)),
        Some(failure) => one_line(&format!("not met: {}: {failure}", verdict.expectation)),
    }
}
