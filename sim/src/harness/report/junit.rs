//! For CI: a suite a scenario, a test case an expectation.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{legible, seeds};
use crate::harness::runner::{CaseResult, ExpectationResult};

/// JUnit's XML. `wall` is how long all took.
///
/// # Errors
/// If it can't be put in words, which is the library's to know.
pub fn junit(results: &[CaseResult], wall: Duration) -> Result<String, String> {
    let mut report = Report::new("sim test");
    report.set_time(wall);
    report.add_test_suites(results.iter().map(suite));
    report.to_string().map_err(|error| error.to_string())
}

fn suite(result: &CaseResult) -> TestSuite {
    let result = &legible(result);
    let mut suite = TestSuite::new(result.name.as_str());
    suite.set_time(result.busy);
    suite.add_property(("seeds", result.seeds.to_string().as_str()));
    if let Some(path) = &result.path {
        suite.add_property(("file", path.display().to_string().as_str()));
    }
    for expectation in &result.expectations {
        suite.add_test_case(case(result, expectation));
    }
    for (seed, words) in &result.panics {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(format!("panicked: {words}"));
        suite.add_test_case(TestCase::new(format!("seed {seed}"), status));
    }
    suite
}

fn case(result: &CaseResult, expectation: &ExpectationResult) -> TestCase {
    let Some(first) = expectation.told.first() else {
        let status = if result.is_interrupted() {
            let mut status = TestCaseStatus::skipped();
            let (runs, seeds) = (result.runs, result.seeds.count());
            status.set_message(format!("interrupted after {runs} of {seeds} runs"));
            status
        } else {
            TestCaseStatus::success()
        };
        return named(result, expectation, status);
    };
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message(seeds(expectation, result.runs));
    let mut text = String::new();
    for told in &expectation.told {
        text += &format!("seed {}, {}\n", told.seed, told.failure);
        for line in &told.last {
            text += &format!("  {}\n", line.trim_end());
        }
        if let Some(command) = &told.command {
            text += &format!("{command}\n");
        }
    }
    status.set_type(if first.failure.board.is_some() { "board" } else { "run" });
    status.set_description(text);
    named(result, expectation, status)
}

fn named(result: &CaseResult, expectation: &ExpectationResult, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(expectation.name.as_str(), status);
    case.set_classname(result.name.as_str());
    case
}
