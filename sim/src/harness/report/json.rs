//! For programs.

use serde_json::{Value, json};

use crate::harness::runner::{CaseResult, ExpectationResult, ToldFailure};

/// All results as one object. It is the same whenever the same is tested: no times of the host are in it.
#[must_use]
pub fn json(results: &[CaseResult]) -> Value {
    json!({
        "passed": results.iter().all(CaseResult::passed),
        "interrupted": results.iter().any(CaseResult::is_interrupted),
        "scenarios": results.iter().map(case).collect::<Vec<_>>(),
    })
}

fn case(result: &CaseResult) -> Value {
    json!({
        "name": result.name,
        "file": result.path.as_ref().map(|path| path.display().to_string()),
        "seeds": result.seeds.to_string(),
        "runs": result.runs,
        "failed": result.failed,
        "interrupted": result.is_interrupted(),
        "panics": result.panics.iter().map(|(seed, words)| json!({ "seed": seed, "words": words })).collect::<Vec<_>>(),
        "expectations": result.expectations.iter().map(expectation).collect::<Vec<_>>(),
    })
}

fn expectation(result: &ExpectationResult) -> Value {
    json!({
        "name": result.name,
        "failed_seeds": result.failed_seeds,
        "failures": result.told.iter().map(told).collect::<Vec<_>>(),
    })
}

fn told(told: &ToldFailure) -> Value {
    json!({
        "seed": told.seed,
        "at_us": told.failure.at.as_micros(),
        "board": told.failure.board.as_deref(),
        "boards": told.failure.boards,
        "seen": told.failure.seen,
        "last": told.last.iter().map(|line| line.trim_end()).collect::<Vec<_>>(),
        "command": told.command,
    })
}
