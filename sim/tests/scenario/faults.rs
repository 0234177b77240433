//! Every fault in pairs: with it an expectation fails that holds without it, or the other way round.

use std::time::Duration;

use protocol::board::{Board as _, Clock as _, Console as _, Parts};
use sim::harness::try_seed;
use sim::scenario::{Board, Event, Expectation, Fault, Scenario, Selector};

/// Two boards that broadcast ten times a second for three seconds.
const TWO: &str = r#"
    version = 1
    duration = "3s"
    [[board]]
    name = "a"
    app = "beacon"
    arguments = { period = "100ms", payload = 20, phase = "50ms" }
    [[board]]
    name = "b"
    place = [5, 0]
    app = "beacon"
    arguments = { period = "100ms", payload = 20, phase = "75ms" }
"#;

/// The same where distance matters.
fn two_indoors() -> String {
    format!("{TWO}\n[air]\nenvironment = \"indoors\"\n")
}

fn passes(text: &str) -> bool {
    let scenario = Scenario::parse("pair.toml", text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let trial = try_seed(&scenario, 1).expect("it can be run");
    assert_eq!(trial.panic, None);
    trial.passed()
}

/// What is expected fails with the fault, and holds without it.
fn breaks(base: &str, fault: &str, expectation: &str) {
    let expectation = format!("[[expect]]\n{expectation}\n");
    assert!(passes(&format!("{base}\n{expectation}")), "fails without {fault}");
    assert!(
        !passes(&format!("{base}\n{fault}\n{expectation}")),
        "holds with {fault}"
    );
}

/// What is expected holds with the fault, and fails without it.
fn mends(base: &str, fault: &str, expectation: &str) {
    let expectation = format!("[[expect]]\n{expectation}\n");
    assert!(!passes(&format!("{base}\n{expectation}")), "holds without {fault}");
    assert!(passes(&format!("{base}\n{fault}\n{expectation}")), "fails with {fault}");
}

const B_HEARS: &str = r#"board = "b"
    counter = { name = "received", at-least = 28 }"#;
const A_HEARS: &str = r#"board = "a"
    counter = { name = "received", at-least = 28 }"#;
const ALL_ARRIVES: &str = "delivery = { at-least = 0.95 }";
const IN_TIME: &str = r#"latency = { percentile = 100, at-most = "10ms" }"#;

#[test]
fn the_airs() {
    breaks(TWO, "[air]\nloss = 0.3", B_HEARS);
    breaks(TWO, "[air]\nburst = { loss = 0.5, length = \"300ms\" }", ALL_ARRIVES);
    breaks(TWO, "[air]\nlatency = \"20ms\"", IN_TIME);
    breaks(TWO, "[air]\njitter = \"30ms\"", IN_TIME);
    breaks(
        &two_indoors(),
        "[[air.wall]]\nfrom = [2, -9]\nto = [2, 9]\nloss = 90",
        B_HEARS,
    );
    let apart = two_indoors().replace("[5, 0]", "[30, 0]");
    breaks(&apart, "exponent = 10", B_HEARS);
    // At the edge of the reach, where what differs between pairs and frames matters.
    let edge = two_indoors().replace("[5, 0]", "[350, 0]");
    breaks(&edge, "fading = \"rayleigh\"", ALL_ARRIVES);
    breaks(
        TWO,
        "[[air.interferer]]\nkind = \"wifi\"\nduty = 0.95",
        r#"latency = { percentile = 90, at-most = "2ms" }"#,
    );
}

#[test]
fn links() {
    let link = |settings: &str| format!("[[link]]\nfrom = \"a\"\nto = \"b\"\nboth = false\n{settings}");
    for settings in [
        "loss = 1",
        "off = true",
        "attenuation = 90",
        "burst = { loss = 1, length = \"1s\" }",
    ] {
        breaks(TWO, &link(settings), B_HEARS);
        // The other direction is as it was.
        assert!(
            passes(&format!("{TWO}\n{}\n[[expect]]\n{A_HEARS}", link(settings))),
            "{settings}"
        );
    }
    for settings in ["latency = \"50ms\"", "jitter = \"50ms\""] {
        breaks(TWO, &link(settings), IN_TIME);
    }
    let both = link("loss = 1").replace("both = false", "");
    breaks(TWO, &both, A_HEARS);
}

#[test]
fn what_happens_to_boards() {
    for fault in ["reboot", "crash"] {
        let event = format!("[[event]]\nat = \"1s\"\n{fault} = \"b\"");
        breaks(
            TWO,
            &event,
            "board = \"b\"\ncounter = { name = \"resets\", equals = 0 }",
        );
    }
    let off = "[[event]]\nat = \"1s\"\npower-off = \"b\"\n";
    breaks(TWO, off, B_HEARS);
    let hears_again = "board = \"b\"\ncounter = { name = \"received\", at-least = 15 }";
    mends(
        &format!("{TWO}{off}"),
        "[[event]]\nat = \"1500ms\"\npower-on = \"b\"",
        hears_again,
    );
    breaks(
        &two_indoors(),
        "[[event]]\nat = \"1s\"\nmove = { board = \"b\", to = [10000, 0] }",
        B_HEARS,
    );
    let away = two_indoors().replace("place = [5, 0]", "place = [10000, 0]");
    mends(
        &away,
        "[[event]]\nat = \"1s\"\nmove = { board = \"b\", to = [5, 0] }",
        hears_again,
    );
    breaks(
        TWO,
        "[[event]]\nat = \"1s\"\nchannel = { board = \"b\", to = 6 }",
        B_HEARS,
    );
}

#[test]
fn what_happens_between_them() {
    let event = |at: &str, what: &str| format!("[[event]]\nat = \"{at}\"\n{what}\n");
    for fault in [
        "partition = [\"a\", \"b\"]",
        "partition = [\"b\"]",
        "hold = { from = \"a\", to = \"b\" }",
        "jam = { for = \"1900ms\" }",
        "link = { from = \"a\", to = \"b\", loss = 1 }",
        "link = { from = \"a\", to = \"b\", off = true }",
        "link = { from = \"a\", to = \"b\", attenuation = 90 }",
    ] {
        breaks(TWO, &event("1s", fault), B_HEARS);
    }
    breaks(
        TWO,
        &event("1s", "link = { from = \"*\", to = \"*\", latency = \"50ms\" }"),
        IN_TIME,
    );
    for (fault, end) in [
        ("partition = [\"a\", \"b\"]", "heal = true"),
        (
            "hold = { from = \"a\", to = \"b\" }",
            "release = { from = \"a\", to = \"b\" }",
        ),
        (
            "link = { from = \"a\", to = \"b\", loss = 1 }",
            "link = { from = \"a\", to = \"b\", loss = 0 }",
        ),
    ] {
        let base = format!("{TWO}{}", event("1s", fault));
        let hears_again = "board = \"b\"\ncounter = { name = \"received\", at-least = 15 }";
        mends(&base, &event("2s", end), hears_again);
    }
    // Nothing that is held is lost.
    let held = format!(
        "{TWO}{}{}[[expect]]\n{B_HEARS}",
        event("1s", "hold = { from = \"a\", to = \"b\" }"),
        event("2s", "release = { from = \"a\", to = \"b\" }")
    );
    assert!(passes(&held));
}

#[test]
fn a_button_that_is_pressed() {
    let base = r#"
        version = 1
        [[board]]
        name = "switch"
        app = "light-switch"
        arguments = { pressed-by = "button" }
        [[board]]
        name = "lamp"
        app = "light-lamp"
    "#;
    mends(
        base,
        "[[event]]\nat = \"1s\"\npress = \"switch\"",
        "board = \"lamp\"\nconsole = \"bound to\"",
    );
}

#[test]
fn a_board_that_walks_away() {
    let walking = two_indoors().replace(
        "place = [5, 0]",
        "place = { path = { points = [[5, 0], [10000, 0]], speed = 5000 } }",
    );
    let expectation = format!("[[expect]]\n{B_HEARS}");
    assert!(passes(&format!("{}\n{expectation}", two_indoors())));
    assert!(!passes(&format!("{walking}\n{expectation}")));
}

#[test]
fn a_board_that_gets_its_power_late() {
    let late = TWO.replace("place = [5, 0]", "powered-on-at = \"1s\"");
    let expectation = format!("[[expect]]\n{B_HEARS}");
    assert!(passes(&format!("{TWO}\n{expectation}")));
    assert!(!passes(&format!("{late}\n{expectation}")));
}

#[test]
fn a_sensor() {
    let thermometer = Board::new("thermometer").runs(async |mut board| {
        loop {
            let shown = board.sensor("temperature");
            let Parts { clock, console, .. } = board.parts();
            if shown.is_some_and(|celsius| celsius > 30.0) {
                console.line(format_args!("mark hot"));
            }
            clock.sleep(Duration::from_millis(100)).await;
        }
    });
    let scenario = Scenario::new("sensor")
        .board(thermometer)
        .expect(Expectation::mark("thermometer", "hot").by(Duration::from_secs(2)));
    let heat = |value| {
        let fault = Fault::Sensor {
            boards: Selector::all(),
            name: "temperature".to_owned(),
            value,
        };
        Event::at(Duration::from_secs(1), fault)
    };
    let passes = |scenario: &Scenario| try_seed(scenario, 1).expect("it can be run").passed();
    assert!(!passes(&scenario));
    assert!(!passes(&scenario.clone().event(heat(29.0))));
    assert!(passes(&scenario.event(heat(31.0))));
}
