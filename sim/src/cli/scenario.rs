//! Scenarios' files on the command line.

use std::path::Path;

use super::CliError;
use super::args::RunArgs;
use super::programs::RuntimeArgs;
use crate::harness::Verdict;
use crate::scenario::{Override, Period, Scenario, Share};

/// Reads a file for `sim run`, whose options change what the file says.
pub(super) fn load(args: &RunArgs, path: &Path, runtime: &RuntimeArgs) -> Result<Scenario, CliError> {
    let overrides: Vec<_> = args.set.iter().map(|(key, value)| Override::new(key, value)).collect();
    let mut scenario = Scenario::load(path, &overrides)?;
    scenario.runtime = runtime.into();
    let air = &mut scenario.air;
    air.loss = args.loss.and_then(Share::new).unwrap_or(air.loss);
    air.latency = args.latency.map_or(air.latency, Period);
    air.jitter = args.jitter.map_or(air.jitter, Period);
    // What is expected later than that is asked for at the end.
    scenario.duration = args.length.map_or(scenario.duration, Period);
    Ok(scenario)
}

/// What became of an expectation.
pub(super) fn line(verdict: &Verdict) -> String {
    match &verdict.failure {
        None => format!("met: {}", verdict.expectation),
        Some(failure) => format!("not met: {}: {failure}", verdict.expectation),
    }
}
