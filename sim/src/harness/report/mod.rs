//! What was found, for people, for CI and for programs.

mod json;
mod junit;
mod text;

pub use json::json;
pub use junit::junit;
pub use text::text;

use super::runner::ExpectationResult;

/// Seeds that are named one by one.
const NAMED: usize = 10;

/// "seed 3 of 1..10", "4 of 1000 seeds: 3, 17, 204, 650".
fn seeds(result: &ExpectationResult, runs: u64) -> String {
    let failed = &result.failed_seeds;
    let named: Vec<_> = failed.iter().take(NAMED).map(ToString::to_string).collect();
    let more = match failed.len() - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "{} of {runs} runs fail, with the seeds {}{more}",
        failed.len(),
        named.join(", ")
    )
}
