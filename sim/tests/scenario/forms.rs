//! What a file says is what a test in Rust says.

use std::time::Duration;

use sim::scenario::starter::STARTER;
use sim::scenario::{App, Board, Colour, Event, Expectation, Fault, LinkSettings, Override, Scenario, Seeds, Share};

/// One of everything.
const EVERYTHING: &str = include_str!("everything.toml");

#[test]
fn what_is_written_is_read_back() {
    for (name, text) in [("everything", EVERYTHING), ("starter", STARTER)] {
        let scenario = Scenario::parse("x.toml", text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let written = scenario.to_toml().expect("no Rust in it");
        let again =
            Scenario::parse("again.toml", &written).unwrap_or_else(|error| panic!("{name}: {error}\n{written}"));
        assert_eq!(again.to_toml().as_ref(), Ok(&written), "{name}");
        assert_eq!(
            format!("{again:?}"),
            format!(
                "{:?}",
                Scenario {
                    parameters: again.parameters.clone(),
                    ..scenario
                }
            )
        );
    }
}

#[test]
fn both_ways_to_a_scenario_are_one() {
    let by_hand = Scenario::new("both")
        .lasts(Duration::from_secs(3))
        .board(Board::new("a").app("beacon").with("period", "100ms"))
        .board(Board::new("b-{n}").count(2).at(1.0, 2.0))
        .event(Event::at(Duration::from_secs(1), Fault::partition(["a", "b-*"])).named("cut"))
        .event(Event::at(
            Duration::from_secs(2),
            Fault::link("a", "b-1", LinkSettings::loss(Share::ALL)),
        ))
        .expect(Expectation::pixel("a", 0, Colour::OFF).always())
        .expect(Expectation::console("a", "x").within(Duration::from_secs(1), "cut"));
    let written = "
        version = 1
        name = \"both\"
        duration = \"3s\"
        [[board]]
        name = \"a\"
        app = \"beacon\"
        arguments = { period = \"100ms\" }
        [[board]]
        name = \"b-{n}\"
        count = 2
        place = [1, 2]
        [[event]]
        at = \"1s\"
        name = \"cut\"
        partition = [\"a\", \"b-*\"]
        [[event]]
        at = \"2s\"
        link = { from = \"a\", to = \"b-1\", loss = 1 }
        [[expect]]
        board = \"a\"
        pixel = { index = 0, colour = \"off\" }
        always = true
        [[expect]]
        board = \"a\"
        console = \"x\"
        within = \"1s\"
        after = \"cut\"
    ";
    let read = Scenario::parse("both.toml", written).expect("it is right");
    assert_eq!(read.to_toml(), by_hand.to_toml());
}

#[test]
fn a_program_in_rust_has_no_form_in_a_file() {
    let scenario = Scenario::new("x").board(Board::new("a").runs(async |_| std::future::pending().await));
    scenario.validate().expect("it can be run");
    let error = scenario.to_toml().expect_err("no file has it").to_string();
    assert!(error.contains("in Rust"), "{error}");
}

#[test]
fn parameters_and_overrides_reach_every_value() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = folder.path().join("mine.toml");
    std::fs::write(&path, STARTER).expect("room");
    let load = |settings: &[&str]| {
        let overrides: Vec<Override> = settings
            .iter()
            .map(|text| text.parse().expect("a key and a value"))
            .collect();
        Scenario::load(&path, &overrides).expect("a scenario")
    };
    let plain = load(&[]);
    assert_eq!(
        (plain.name.as_str(), plain.board_names().map(|names| names.len())),
        ("mine", Ok(4))
    );
    let set = load(&[
        "lamps=5",
        "air.loss=30%",
        "board.1.place=[3, 4]",
        "summary=more, and further away",
        "board.0.arguments.period=2s",
        "seeds=7",
    ]);
    assert_eq!(set.board_names().map(|names| names.len()), Ok(6));
    assert_eq!(set.air.loss, Share::new(0.3).expect("0 to 1"));
    assert_eq!(set.summary, "more, and further away");
    assert_eq!(set.seeds.map(Seeds::count), Some(1));
    let toml = set.to_toml().expect("no Rust in it");
    assert!(
        toml.contains("place = [3.0, 4.0]") && toml.contains("period = \"2s\""),
        "{toml}"
    );
}

#[test]
fn a_text_may_begin_with_a_dollar_sign() {
    let scenario = Scenario::parse("x.toml", "version = 1\nsummary = \"$$5\"").expect("a scenario");
    assert_eq!(scenario.summary, "$5");
}

#[test]
fn every_app_starts_with_what_it_needs() {
    for app in App::ALL {
        let mut board = Board::new("board").app(app.name);
        for parameter in app.parameters.iter().filter(|parameter| parameter.default.is_none()) {
            board = match parameter.name {
                "commands" => board.with("commands", ["help", "stats"]),
                name => board.with(name, "other"),
            };
        }
        let scenario = Scenario::new(app.name)
            .lasts(Duration::from_millis(300))
            .board(board)
            .board(Board::new("other"));
        let mut lab = scenario.builder(1).unwrap_or_else(|error| panic!("{error}")).build();
        lab.run();
        // And each default is one that it takes.
        let mut board = Board::new("board").app(app.name);
        for parameter in app.parameters {
            if let Some(default) = parameter.default.filter(|default| !default.is_empty()) {
                board = board.with(parameter.name, default);
            } else if parameter.default.is_none() {
                board = board.with(parameter.name, "other");
            }
        }
        let scenario = Scenario::new(app.name).board(board).board(Board::new("other"));
        scenario.validate().unwrap_or_else(|error| panic!("{error}"));
    }
}
