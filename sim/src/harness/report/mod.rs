//! What was found, for people, for CI and for programs.

mod json;
mod junit;
mod text;

pub use json::json;
pub use junit::junit;
pub use text::text;

use super::judge::Failure;
use super::runner::{CaseResult, ExpectationResult, ToldFailure};
use crate::legible::{lines, one_line};

/// A result whose texts can be shown to people and stand in XML. Names, events, consoles and panics say what files and programs want.
/// JSON has escapes of its own, and keeps what they say.
fn legible(result: &CaseResult) -> CaseResult {
    let told = |told: &ToldFailure| ToldFailure {
        seed: told.seed,
        failure: Failure {
            at: told.failure.at,
            board: told.failure.board.as_deref().map(|board| one_line(board).into()),
            seen: one_line(&told.failure.seen),
            boards: told.failure.boards,
        },
        last: told.last.iter().map(|line| one_line(line.trim_end())).collect(),
        command: told.command.as_deref().map(one_line),
    };
    let expectation = |expectation: &ExpectationResult| ExpectationResult {
        name: one_line(&expectation.name),
        failed_seeds: expectation.failed_seeds.clone(),
        told: expectation.told.iter().map(told).collect(),
    };
    CaseResult {
        name: one_line(&result.name),
        path: result
            .path
            .as_ref()
            .map(|path| one_line(&path.to_string_lossy()).into()),
        seeds: result.seeds,
        runs: result.runs,
        failed: result.failed,
        expectations: result.expectations.iter().map(expectation).collect(),
        panics: result
            .panics
            .iter()
            .map(|(seed, words)| (*seed, lines(words)))
            .collect(),
        busy: result.busy,
    }
}

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

    use proptest::prelude::*;

    use super::*;
    use crate::harness::runner::Outcome;
    use crate::kernel::Time;
    use crate::legible::{is_legible, json_text, testing::hostile};
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

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_text_from_outside_comes_through(text in hostile()) {
            let mut result = result(3, 1);
            result.name.clone_from(&text);
            result.path = Some(text.clone().into());
            result.panics.push((2, text.clone()));
            let expectation = &mut result.expectations[0];
            expectation.name.clone_from(&text);
            let told = &mut expectation.told[0];
            told.failure.board = Some(text.as_str().into());
            told.failure.seen.clone_from(&text);
            told.last.push(text.clone());
            told.command = Some(text.clone());
            let results = [result];
            let xml = junit(&results, Duration::ZERO).expect("XML");
            let json = json_text(&json(&results)).expect("JSON");
            for told in [xml, super::text(&results[0]), json] {
                let hidden = told.chars().find(|character| *character != '\n' && !is_legible(*character));
                prop_assert_eq!(hidden, None, "{:?}", told);
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_path_may_be_no_text() {
        use std::os::unix::ffi::OsStringExt as _;
        let mut result = result(3, 1);
        let name = std::ffi::OsString::from_vec(b"\xff.toml".to_vec());
        result.path = Some(name.into());
        assert_eq!(json(&[result])["scenarios"][0]["file"], "\u{fffd}.toml");
    }
}
