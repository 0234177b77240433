//! What is met and what is not, and when that is clear.

use std::time::Duration;

use protocol::board::{Board as _, Clock as _, Console as _, Parts, Pixels as _, Rgb};
use sim::harness::{Trial, try_seed};
use sim::observe::Ending;
use sim::scenario::{Board, Scenario};

/// A board that prints and shows something at given times: "one" at 1 s, green from 1 s to 2 s, "two" at 2 s.
fn actor() -> Board {
    Board::new("actor").runs(async |mut board| {
        let Parts {
            clock, console, pixels, ..
        } = board.parts();
        clock.sleep(Duration::from_secs(1)).await;
        console.line(format_args!("one"));
        console.line(format_args!("mark begun 17"));
        pixels.set(0, Rgb::new(0, 25, 0));
        pixels.write().await;
        clock.sleep(Duration::from_secs(1)).await;
        console.line(format_args!("two"));
        pixels.set(0, Rgb::OFF);
        pixels.write().await;
        Ending::Failed("enough".to_owned())
    })
}

/// The verdict on one expectation of the actor, and of somebody who does nothing.
fn judge(expectation: &str) -> Trial {
    let text = format!(
        "version = 1\n[[board]]\nname = \"actor\"\n[[board]]\nname = \"idler\"\n[[event]]\nat = \"1500ms\"\nname = \"middle\"\n[[event]]\nat = \"900ms\"\nname = \"early\"\n[[expect]]\n{expectation}"
    );
    let mut scenario = Scenario::parse("x.toml", &text).unwrap_or_else(|error| panic!("{error}\n{expectation}"));
    scenario.boards[0] = actor();
    try_seed(&scenario, 1).expect("it can be run")
}

#[test]
fn each_form_is_met_or_not() {
    let forms = [
        ("board = \"actor\"\nconsole = \"one\"", true),
        ("board = \"actor\"\nconsole = \"three\"", false),
        ("board = \"idler\"\nconsole = \"one\"", false),
        ("console = \"one\"", true),
        ("board = \"*\"\nconsole = \"one\"", false),
        ("board = \"*\"\nany = true\nconsole = \"one\"", true),
        ("board = \"actor\"\nconsole = \"one\"\nby = \"1s\"", true),
        ("board = \"actor\"\nconsole = \"two\"\nby = \"1s\"", false),
        ("board = \"actor\"\nconsole = { equals = \"on\" }", false),
        ("board = \"actor\"\nconsole = { matches = \"^o.e$\" }", true),
        ("board = \"actor\"\nconsole = \"one\"\nnever = true", false),
        (
            "board = \"actor\"\nconsole = \"one\"\nnever = true\nfrom = \"1500ms\"",
            true,
        ),
        (
            "board = \"actor\"\nconsole = \"one\"\nnever = true\nuntil = \"900ms\"",
            true,
        ),
        (
            "board = \"actor\"\nconsole = \"two\"\nwithin = \"600ms\"\nafter = \"middle\"",
            true,
        ),
        (
            "board = \"actor\"\nconsole = \"two\"\nwithin = \"400ms\"\nafter = \"middle\"",
            false,
        ),
        (
            "board = \"actor\"\nconsole = \"one\"\nwithin = \"1s\"\nafter = \"middle\"",
            false,
        ),
        ("board = \"actor\"\nmark = \"begun\"", true),
        ("board = \"actor\"\nmark = \"begu\"", false),
        (
            "board = \"actor\"\npixel = { index = 0, colour = \"green\" }\nby = \"1100ms\"",
            true,
        ),
        (
            "board = \"actor\"\npixel = { index = 0, colour = \"green\" }\nby = \"900ms\"",
            false,
        ),
        (
            "board = \"actor\"\npixel = { index = 0, colour = \"#001900\" }\nby = \"2s\"",
            true,
        ),
        (
            "board = \"actor\"\npixel = { index = 0, colour = \"#001a00\" }\nby = \"2s\"",
            false,
        ),
        (
            "board = \"actor\"\npixel = { index = 1, colour = \"green\" }\nby = \"2s\"",
            false,
        ),
        ("board = \"actor\"\npixel = { colour = \"green\" }\nby = \"2s\"", false),
        ("board = \"actor\"\npixel = { colour = \"off\" }", true),
        ("board = \"actor\"\npixel = { index = 0, colour = \"green\" }", false),
        (
            "board = \"actor\"\npixel = { index = 0, colour = \"green\" }\nwithin = \"100ms\"\nafter = \"middle\"",
            true,
        ),
        (
            "board = \"actor\"\npixel = { index = 0, colour = \"green\" }\nwithin = \"50ms\"\nafter = \"early\"",
            false,
        ),
        (
            "board = \"actor\"\npixel = { index = 0, colour = \"green\" }\nalways = true",
            false,
        ),
        (
            "board = \"actor\"\npixel = { index = 0, colour = \"green\" }\nalways = true\nfrom = \"1200ms\"\nuntil = \"1800ms\"",
            true,
        ),
        (
            "board = \"actor\"\npixel = { index = 0, colour = \"green\" }\nalways = true\nfrom = \"1200ms\"\nuntil = \"2200ms\"",
            false,
        ),
        (
            "board = \"actor\"\npixel = { index = 0, colour = \"lit\" }\nnever = true\nfrom = \"2500ms\"",
            true,
        ),
        (
            "board = \"actor\"\npixel = { index = 0, colour = \"lit\" }\nnever = true\nfrom = \"1500ms\"",
            false,
        ),
        ("board = \"actor\"\ncounter = { name = \"lines\", equals = 3 }", true),
        (
            "board = \"actor\"\ncounter = { name = \"lines\", at-most = 2 }\nalways = true\nuntil = \"1900ms\"",
            true,
        ),
        (
            "board = \"actor\"\ncounter = { name = \"lines\", at-most = 2 }\nalways = true",
            false,
        ),
        ("counter = { name = \"lines\", at-least = 3 }", true),
        ("board = \"*\"\ncounter = { name = \"lines\", at-least = 3 }", false),
        ("board = \"actor\"\nprogram = \"failed\"", true),
        ("board = \"actor\"\nprogram = \"finished\"", false),
        ("advice = \"group-address\"\nnever = true", true),
        ("delivery = { at-least = 0 }", false),
        ("latency = { percentile = 50, at-most = \"1s\" }", false),
    ];
    for (expectation, is_met) in forms {
        let trial = judge(expectation);
        assert_eq!(trial.passed(), is_met, "{expectation}\n{trial:?}");
    }
}

#[test]
fn a_failure_says_when_whose_and_what_was_seen() {
    for (expectation, words) in [
        (
            "board = \"actor\"\npixel = { index = 0, colour = \"red\" }\nby = \"1500ms\"",
            "at 1.500000 s, actor: pixel 0 is #001900 since 1.000",
        ),
        (
            "board = \"actor\"\nconsole = \"three\"\nby = \"1500ms\"",
            "at 1.500000 s, actor: no such line; the last one, at 1.000000 s, was \"mark begun 17\"",
        ),
        (
            "board = \"*\"\nconsole = \"three\"",
            "at 10.000000 s, actor: no such line; the last one, at 2.0",
        ),
        (
            "board = \"idler\"\nconsole = \"three\"",
            "at 10.000000 s, idler: it printed nothing",
        ),
        (
            "console = \"two\"\nnever = true",
            "at 2.000800 s, actor: the line \"two\"",
        ),
        (
            "board = \"actor\"\ncounter = { name = \"lines\", equals = 9 }",
            "at 10.000000 s, actor: lines is 3",
        ),
        ("delivery = { at-least = 0.5 }", "at 10.000000 s: nothing was sent"),
    ] {
        let trial = judge(expectation);
        let failure = trial.verdicts[0]
            .failure
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        assert!(failure.starts_with(words), "{failure}\nnot: {words}");
    }
}

#[test]
fn a_program_that_panics_is_told_and_no_more() {
    let scenario = Scenario::new("x")
        .board(Board::new("a").runs(async |_| panic!("out of cheese")))
        .expect(sim::scenario::Expectation::console("a", "x"));
    let trial = try_seed(&scenario, 1).expect("it can be run");
    assert_eq!((trial.passed(), trial.panic.as_deref()), (false, Some("out of cheese")));
}
