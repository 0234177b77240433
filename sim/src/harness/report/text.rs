//! For people.

use std::fmt::Write as _;

use super::{legible, seeds};
use crate::harness::runner::{CaseResult, Outcome, ToldFailure};

/// What became of a case: a line if it passed or was interrupted; else each expectation that failed, with what was seen, the last frames, and the
/// command that shows it.
#[must_use]
pub fn text(result: &CaseResult) -> String {
    let result = &legible(result);
    let mut text = String::new();
    let word = match result.outcome() {
        Outcome::Passed => "ok",
        Outcome::Failed => "FAILED",
        Outcome::Interrupted => "interrupted",
    };
    let runs = if result.runs == 1 { "run" } else { "runs" };
    let of = match result.is_interrupted() {
        true => format!(" of {}", result.seeds.count()),
        false => String::new(),
    };
    let _ = writeln!(
        text,
        "{word:6} {}: {}{of} {runs}, seeds {}",
        result.name, result.runs, result.seeds
    );
    for (seed, panic) in result.panics.iter().take(3) {
        let _ = writeln!(text, "  seed {seed}: panicked: {panic}");
    }
    for expectation in &result.expectations {
        let Some(ToldFailure {
            seed,
            failure,
            last,
            command,
        }) = expectation.told.first()
        else {
            continue;
        };
        let _ = writeln!(text, "  expected {}", expectation.name);
        let _ = writeln!(text, "    {}", seeds(expectation, result.runs));
        let _ = writeln!(text, "    seed {seed}, {failure}");
        if !last.is_empty() {
            let _ = writeln!(text, "    before that:");
        }
        for line in last {
            let _ = writeln!(text, "      {}", line.trim_end());
        }
        if let Some(command) = command {
            let _ = writeln!(text, "    see it: {command}");
        }
    }
    text
}
