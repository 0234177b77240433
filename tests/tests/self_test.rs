//! The self-test on virtual boards: what it expects of chips is what it finds here.

use std::fmt::Write as _;
use std::path::Path;

use protocol::app::self_test::expected::{HEARD_ASLEEP, ROUND_TRIPS_US, RSSI_DBM};
use protocol::app::self_test::{LENGTHS, MESSAGES};
use sim::decode::{DecodeArgs, decode};
use sim::scenario::{Override, Scenario};
use tests::run;

/// The backoff is drawn, so that means of twenty messages differ from seed to seed; those of so many seeds hardly.
const SEEDS: std::ops::RangeInclusive<u64> = 1..=8;

/// What the initiator prints with these settings.
fn findings(seed: u64, settings: &[&str]) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sim/scenarios/self-test.toml");
    let settings: Vec<Override> = settings
        .iter()
        .map(|setting| setting.parse().expect("a key and a value"))
        .collect();
    let scenario = Scenario::load(&path, &settings).unwrap_or_else(|error| panic!("{error}"));
    let (_, report, _) = run(scenario.builder(seed).unwrap_or_else(|error| panic!("{error}")));
    report.boards[0].console.clone()
}

/// The line about something.
fn line<'a>(findings: &'a [String], about: &str) -> &'a str {
    let begins = |line: &&String| line.strip_prefix(about).is_some_and(|rest| rest.starts_with(": "));
    findings
        .iter()
        .find(begins)
        .unwrap_or_else(|| panic!("nothing about {about}: {findings:#?}"))
}

/// The number between two words of a line.
fn number(line: &str, before: &str, after: &str) -> i64 {
    let rest = line.split_once(before).map(|(_, rest)| rest);
    let number = rest.and_then(|rest| rest.split_once(after)).map(|(number, _)| number);
    number
        .and_then(|number| number.parse().ok())
        .unwrap_or_else(|| panic!("no number between {before:?} and {after:?} in {line}"))
}

#[test]
fn what_is_expected_of_chips_is_what_virtual_boards_do() {
    let runs: Vec<_> = SEEDS.map(|seed| findings(seed, &[])).collect();
    let mut table = String::new();
    let mut off = Vec::new();
    for (rate, expected) in ROUND_TRIPS_US {
        let mut means = [0; LENGTHS.len()];
        for ((length, expected), mean) in LENGTHS.into_iter().zip(expected).zip(&mut means) {
            let times = runs.iter().map(|findings| {
                let line = line(findings, &rate.to_string());
                number(line, &format!("{length} octets {MESSAGES}/{MESSAGES} "), " µs")
            });
            *mean = times.sum::<i64>() / runs.len() as i64;
            let difference = (*mean - i64::from(expected)).abs();
            if difference * 50 > *mean {
                off.push(format!("{rate}, {length} octets: {mean} µs, not {expected}"));
            }
        }
        let _ = writeln!(table, "{rate}: {means:?}");
    }
    assert!(off.is_empty(), "{off:#?}\nThe table is now\n{table}");
    for findings in &runs {
        let rssi = line(findings, "RSSI");
        assert_eq!(
            number(rssi, "as expected: ", " dBm here"),
            i64::from(RSSI_DBM),
            "{rssi}"
        );
        assert_eq!(number(rssi, "dBm here, ", " dBm there"), i64::from(RSSI_DBM), "{rssi}");
        let windows = line(findings, "wake windows");
        let heard = number(windows, "as expected: ", " of 100");
        assert!(heard.abs_diff(HEARD_ASLEEP.into()) <= 2, "{windows}");
    }
}

#[test]
fn what_is_not_as_expected_is_said() {
    // Half of all frames are lost: what nobody repeats is missing, and the rest is late.
    let findings_on_bad_air = findings(1, &["loss=0.5"]);
    for rate in ["1 Mbit/s", "54 Mbit/s", "MCS7", "LR 250 kbit/s"] {
        let line = line(&findings_on_bad_air, rate);
        assert!(line.contains(": NOT as expected: "), "{line}");
    }
    // Far away, fast rates fail, slow ones don't, and the signal is weak.
    let far = findings(1, &["distance=1500"]);
    let weak = line(&far, "RSSI");
    assert!(weak.contains(": NOT as expected: "), "{weak}");
    let (fast, slow) = (line(&far, "MCS7"), line(&far, "1 Mbit/s"));
    assert!(fast.contains(": NOT as expected: 16 octets "), "{fast}");
    assert!(slow.contains(": as expected: "), "{slow}");
}

#[test]
fn a_board_of_the_older_version_is_tested_as_far_as_it_goes() {
    let findings = findings(1, &["board.1.chip=esp8266"]);
    let version = line(&findings, "ESP-NOW");
    assert!(
        version.contains(": NOT as expected: version 2 here and 1 at "),
        "{version}"
    );
    let slow = line(&findings, "1 Mbit/s");
    assert!(
        slow.contains("250 octets 20/20") && !slow.contains("1470 octets"),
        "{slow}"
    );
}

#[test]
fn without_a_responder_the_rest_is_tested() {
    let findings = findings(1, &["board.1.app=idle"]);
    assert_eq!(
        line(&findings, "radio"),
        "radio: NOT as expected: nobody answers; expected a self-test-responder"
    );
    assert!(line(&findings, "flash").contains(": as expected: "));
    let end = findings.last().expect("it sums up");
    assert_eq!(end, "self-test: 2 as expected, 1 not, 1 to look at, 1 skipped");
}

/// What the page for the first hour with real boards promises is what is printed.
#[test]
fn the_page_for_the_first_hour_shows_what_is_printed() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../firmware-shim/FIRST-HOUR.md");
    let page = std::fs::read_to_string(page).expect("it is text");
    let words: Vec<_> = page.split_whitespace().collect();
    let sum = findings(1, &[]).pop().expect("it sums up");
    assert!(words.join(" ").contains(&sum), "{sum}");

    let args = DecodeArgs {
        file: "-".into(),
        pmk: Vec::new(),
        lmk: Vec::new(),
        app_key: Vec::new(),
        json: false,
        all: false,
        report: true,
    };
    let mut report = Vec::new();
    decode(
        &args,
        "an ACK",
        "d4 00 00 00 24:0a:c4:00:00:01\n".as_bytes(),
        &mut report,
    )
    .expect("it is a capture");
    let report = String::from_utf8(report).expect("it is text");
    let form = page.rsplit_once("```text\n").expect("the form is last").1;
    for (line, form) in report.lines().zip(form.lines()).take(10) {
        let (name, _) = line.split_once(": ").expect("each has a name");
        assert!(form.starts_with(&format!("{name}:")), "{line}\n{form}");
        assert!(!line.contains("____") || line == form, "{line}\n{form}");
    }
}
