//! The scenarios that ship do what they say.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use sim::harness::{Case, Workforce, run, text, try_seed};
use sim::scenario::{Override, Scenario, Seeds};

fn shipped() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let entries = std::fs::read_dir(folder).expect("they ship");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("readable").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    paths
}

#[test]
fn there_are_a_dozen_and_each_says_what_it_shows() {
    let paths = shipped();
    assert!(paths.len() >= 12, "{paths:?}");
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("text");
        let scenario = Scenario::load(&path, &[]).unwrap_or_else(|error| panic!("{error}"));
        assert!(
            text.starts_with("# "),
            "{}: its first line is a comment",
            path.display()
        );
        assert!(!scenario.summary.is_empty() && !scenario.expectations.is_empty() && scenario.seeds.is_some());
    }
}

#[test]
fn each_holds_with_a_few_seeds() {
    for path in shipped() {
        let scenario = Scenario::load(&path, &[]).unwrap_or_else(|error| panic!("{error}"));
        let case = Case {
            path: Some(path),
            ..Case::new(scenario, Seeds::from(1..=2))
        };
        let interrupted = AtomicBool::new(false);
        let workforce = Workforce {
            jobs: NonZeroUsize::MIN,
            interrupted: &interrupted,
        };
        let results = run(&[case], workforce, &|_| {}).unwrap_or_else(|error| panic!("{error}"));
        for result in results {
            assert!(result.passed(), "{}", text(&result));
        }
    }
}

/// What a comment offers as the other case is one: an expectation fails then.
#[test]
fn the_other_case_is_another() {
    for (file, setting) in [
        ("group-address", "peer=receiver"),
        ("queue-overrun", "reads=2ms"),
        ("channel-mismatch", "channel=1"),
        ("hidden-node", "board.1.place=[-20, 0]"),
        ("broadcast-storm", "period=1s"),
        ("lossy-light", "loss=0.995"),
        ("relay-chain", "repetitions=1"),
        ("clock", "discipline=component"),
        ("partition-and-heal", "event.1.at=40s"),
        ("replay", "mode=compatible"),
        ("wake-windows", "clock=own"),
        ("self-test", "loss=0.5"),
        ("noisy-neighbour", "channel=11"),
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("scenarios/{file}.toml"));
        let setting: Override = setting.parse().expect("a key and a value");
        let scenario = Scenario::load(&path, std::slice::from_ref(&setting)).unwrap_or_else(|error| panic!("{error}"));
        let trial = try_seed(&scenario, 2).unwrap_or_else(|error| panic!("{error}"));
        assert!(!trial.passed(), "{file} --set {setting} is no other case");
    }
}
