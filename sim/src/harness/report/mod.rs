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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::harness::judge::Failure;
    use crate::harness::runner::{CaseResult, Outcome, ToldFailure};
    use crate::kernel::Time;
    use crate::scenario::Seeds;

    /// Two expectations, the first of which failed with so many seeds.
    fn result(runs: u64, failed: u64) -> CaseResult {
        let told = ToldFailure {
            seed: 1,
            failure: Failure {
                at: Time::ZERO,
                board: None,
                seen: "nothing".to_owned(),
                boards: 1,
            },
            last: Vec::new(),
            command: None,
        };
        let expectation = |name: &str, failed: u64| ExpectationResult {
            name: name.to_owned(),
            failed_seeds: (1..=failed).collect(),
            told: (failed > 0).then(|| told.clone()).into_iter().collect(),
        };
        CaseResult {
            name: "bell".to_owned(),
            path: None,
            seeds: Seeds::from(1..=10),
            runs,
            failed,
            expectations: vec![expectation("first", failed), expectation("second", 0)],
            panics: Vec::new(),
            busy: Duration::ZERO,
        }
    }

    /// In JUnit's XML: test cases, failures and skipped ones.
    fn counted(results: &[CaseResult]) -> [usize; 3] {
        let xml = junit(results, Duration::ZERO).expect("XML");
        ["<testcase ", "<failure ", "<skipped "].map(|tag| xml.matches(tag).count())
    }

    #[test]
    fn what_was_not_tried_to_the_end_is_no_success() {
        for (runs, failed, outcome, line, cases) in [
            (10, 0, Outcome::Passed, "ok     bell: 10 runs, seeds 1..10\n", [2, 0, 0]),
            (
                0,
                0,
                Outcome::Interrupted,
                "interrupted bell: 0 of 10 runs, seeds 1..10\n",
                [2, 0, 2],
            ),
            (
                9,
                0,
                Outcome::Interrupted,
                "interrupted bell: 9 of 10 runs, seeds 1..10\n",
                [2, 0, 2],
            ),
            (
                9,
                1,
                Outcome::Failed,
                "FAILED bell: 9 of 10 runs, seeds 1..10\n",
                [2, 1, 1],
            ),
            (10, 1, Outcome::Failed, "FAILED bell: 10 runs, seeds 1..10\n", [2, 1, 0]),
        ] {
            let result = result(runs, failed);
            assert_eq!(result.outcome(), outcome);
            assert_eq!(result.passed(), outcome == Outcome::Passed);
            assert!(text(&result).starts_with(line), "{}", text(&result));
            let results = [result];
            assert_eq!(counted(&results), cases, "{line}");
            let object = json(&results);
            for object in [&object, &object["scenarios"][0]] {
                assert_eq!(object["interrupted"], runs < 10, "{line}");
            }
            assert_eq!(object["passed"], outcome == Outcome::Passed, "{line}");
        }
    }
}
