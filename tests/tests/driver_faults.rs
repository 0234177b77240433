//! Services on boards whose drivers break their rules, as chips' are said to: send callbacks that are lost, doubled or late, timestamps that stand
//! still, wake intervals that are too long.

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use sim::scenario::{Override, Scenario};
use tests::run;

/// What boards say: each board's console lines.
type Said = Vec<Vec<String>>;

/// A shipped scenario in which every board has this `driver`, with these settings.
fn said(scenario: &str, driver: &str, seed: u64, settings: &[&str]) -> Said {
    let path = format!("{}/../sim/scenarios/{scenario}.toml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).expect("it ships");
    let text = text.replace("[[board]]", &format!("[[board]]\ndriver = {{ {driver} }}"));
    let file = tempfile::NamedTempFile::with_suffix(".toml").expect("a temporary file");
    std::fs::write(file.path(), text).expect("room for it");
    let settings: Vec<Override> = settings
        .iter()
        .map(|setting| setting.parse().expect("a key and a value"))
        .collect();
    let scenario = Scenario::load(file.path(), &settings).unwrap_or_else(|error| panic!("{error}"));
    let (_, report, _) = run(scenario.builder(seed).unwrap_or_else(|error| panic!("{error}")));
    report.boards.into_iter().map(|board| board.console).collect()
}

/// The part of the calls that each sleeper heard.
fn heard(said: &Said) -> Vec<f64> {
    let share = |lines: &Vec<String>| {
        let last = lines
            .iter()
            .rev()
            .find(|line| line.contains(": heard "))
            .expect("it hears some");
        let numbers: Vec<f64> = last.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        let [heard, of] = numbers[..] else { panic!("{last}") };
        heard / of
    };
    said[1..].iter().map(share).collect()
}

const HELLO: &str = r#"
version = 1
duration = "400s"
[[board]]
name = "sender"
app = "hello-sender"
arguments = { peer = "receiver" }
driver = { DRIVER }
ends-run-after = "1s"
[[board]]
name = "receiver"
app = "hello-receiver"
"#;

/// How many sends of the product page's sender succeed and fail, how many messages the receiver prints, and when it ends, s.
fn hello(driver: &str, seed: u64) -> (usize, usize, usize, u64) {
    let file = tempfile::NamedTempFile::with_suffix(".toml").expect("a temporary file");
    std::fs::write(file.path(), HELLO.replace("DRIVER", driver)).expect("room for it");
    let scenario = Scenario::load(file.path(), &[]).unwrap_or_else(|error| panic!("{error}"));
    let (_, report, _) = run(scenario.builder(seed).unwrap_or_else(|error| panic!("{error}")));
    let [sender, receiver] = &report.boards[..] else {
        panic!("two boards")
    };
    let count = |word: &str| sender.console.iter().filter(|line| *line == word).count();
    let printed = receiver.console.iter().filter(|line| line.contains(" b'")).count();
    (count("True"), count("False"), printed, report.virtual_us / 1_000_000)
}

#[test]
fn a_callback_that_is_lost_costs_a_second_and_the_senders_belief() {
    let (succeeded, failed, printed, seconds) = hello("callbacks-lost = 0.1", 1);
    assert_eq!((succeeded + failed, printed), (102, 102));
    assert!((3..20).contains(&failed), "{failed}");
    // The answer, and the run's last second.
    assert!((failed as u64..failed as u64 + 3).contains(&seconds), "{seconds}");
}

#[test]
fn callbacks_that_come_twice_or_late_change_no_outcome() {
    let (succeeded, failed, printed, _) = hello("callbacks-doubled = 0.5", 1);
    assert_eq!((succeeded, failed, printed), (102, 0, 102));
    let (succeeded, failed, printed, _) = hello("callbacks-late = 0.5, callbacks-late-by = \"50ms\"", 1);
    assert_eq!((succeeded, failed, printed), (102, 0, 102));
    // Later than anybody waits: each is given up, and goes to the account of the next, or of none.
    let (succeeded, failed, printed, _) = hello("callbacks-late = 0.1, callbacks-late-by = \"1500ms\"", 1);
    assert_eq!((succeeded + failed, printed), (102, 102));
    assert!((1..20).contains(&failed), "{failed}");
}

#[test]
fn sleepers_whose_timer_is_late_hear_all_calls_as_long_as_the_guard_covers_it() {
    for driver in [
        "wake-interval-late-by = \"200us\"",
        "wake-interval-late-by = \"200us\", timestamps = \"stalled\"",
        "wake-interval-late-by = \"200us\", timestamps = \"restarted\"",
    ] {
        for seed in 1..4 {
            let heard = heard(&said("wake-windows", driver, seed, &[]));
            assert!(
                heard.iter().all(|&share| share > 0.98),
                "{driver}, seed {seed}: {heard:?}"
            );
        }
    }
    let late = heard(&said("wake-windows", "wake-interval-late-by = \"1ms\"", 1, &[]));
    assert!(late.iter().all(|&share| share < 0.6), "it misbehaves: {late:?}");
}

/// A caller whose driver is late to say when the time was sent tells a wrong time now and then: sleepers go by what most messages say.
#[test]
fn sleepers_do_not_believe_one_message_that_was_late() {
    let mut shares = Vec::new();
    for seed in 1..9 {
        let driver = "callbacks-late = 0.1, callbacks-late-by = \"20ms\"";
        shares.extend(heard(&said("wake-windows", driver, seed, &[])));
    }
    let mean = shares.iter().sum::<f64>() / shares.len() as f64;
    // Calls that the caller itself was late with are nobody's.
    assert!(mean > 0.9, "{mean}: {shares:?}");
    let deaf = shares.iter().filter(|&&share| share < 0.8).count();
    assert!(deaf <= 1, "{shares:?}");
}

#[test]
fn provisioning_and_security_come_to_their_end() {
    for (scenario, line) in [("provisioning", "knows Wi-Fi attic"), ("replay", "green, says")] {
        for seed in 1..3 {
            let driver = "callbacks-lost = 0.02, callbacks-doubled = 0.05, callbacks-late = 0.05";
            let said = said(scenario, driver, seed, &[]);
            assert!(
                said.concat().iter().any(|said| said.contains(line)),
                "{scenario}: {said:#?}"
            );
        }
    }
}

const FILE: &str = r#"
version = 1
duration = "300s"
[air]
loss = 0.05
[[board]]
name = "sender"
app = "file-sender"
arguments = { to = ["receiver-*"] }
driver = { DRIVER }
ends-run-after = "1s"
[[board]]
name = "receiver-{n}"
count = 2
app = "file-receiver"
driver = { DRIVER }
"#;

/// A file to two boards, with these per cent of all callbacks lost, doubled, and late by so many ms.
fn send_file(seed: u64, [lost, doubled, late]: [u32; 3], late_by_ms: u32) -> Result<(), TestCaseError> {
    let [lost, doubled, late] = [lost, doubled, late].map(|percent| f64::from(percent) / 100.0);
    let driver = format!(
        "callbacks-lost = {lost}, callbacks-doubled = {doubled}, callbacks-late = {late}, callbacks-late-by = \"{late_by_ms}ms\""
    );
    let file = tempfile::NamedTempFile::with_suffix(".toml").expect("a temporary file");
    std::fs::write(file.path(), FILE.replace("DRIVER", &driver)).expect("room for it");
    let scenario = Scenario::load(file.path(), &[]).unwrap_or_else(|error| panic!("{error}"));
    let runs = [0, 1].map(|_| run(scenario.builder(seed).expect("it is checked")).1);
    let sums: Vec<_> = runs[0]
        .boards
        .iter()
        .filter_map(|board| {
            let line = board.console.iter().find(|line| line.contains("CRC-32"))?;
            line.rsplit_once(' ').map(|(_, sum)| sum)
        })
        .collect();
    prop_assert_eq!(
        sums.len(),
        3,
        "{:#?}",
        runs[0].boards.iter().map(|board| &board.console).collect::<Vec<_>>()
    );
    prop_assert!(sums.iter().all(|sum| *sum == sums[0]), "{:?}", sums);
    // And it is a run like any other.
    for (one, other) in runs[0].boards.iter().zip(&runs[1].boards) {
        prop_assert_eq!(&one.console, &other.console);
    }
    Ok(())
}

/// The callback of the receiver's `accept` is lost: when the second is over, what it accepted has to be there still.
#[test]
fn a_session_outlives_an_answer_whose_callback_is_lost() {
    send_file(627, [3, 5, 6], 999).expect("it comes whole");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever of its callbacks a driver loses, doubles or delays, a file comes whole, and twice the same.
    #[test]
    fn a_file_comes_whole(seed in 1..1000_u64, faults in [0..5_u32, 0..20, 0..20], late_by_ms in 1..2000_u32) {
        send_file(seed, faults, late_by_ms)?;
    }
}
