//! Boards whose clocks differ, and how well they agree once they have been told the time.

use protocol::MacAddress;
use protocol::board::{Board as _, Clock as _, Parts};
use protocol::time::{Duration, Instant};
use sim::board::Profile;
use sim::demo::Settings;
use sim::kernel::Time;
use sim::lab::Lab;
use sim::medium::{Link, Links};
use sim::observe::{BoardId, Ending, Event};
use sim::record::Report;
use tests::{Seen, demo_with, run};

fn clock(seed: u64, mode: &str, loss: f64, crowd: &str) -> (Seen, Report) {
    let settings = Settings {
        seed,
        links: Links::all(Link {
            loss,
            ..Link::default()
        }),
        until: Some(Time::from_micros(30_000_000)),
        ..Settings::default()
    };
    let (seen, report, _) = run(demo_with("clock", &[("mode", mode), ("crowd", crowd)], settings));
    (seen, report)
}

/// What responders found out about their errors in the second half of half a minute, µs.
fn errors(report: &Report) -> Vec<i64> {
    let responders = report.boards.iter().filter(|board| board.name.starts_with("responder"));
    let errors: Vec<i64> = responders
        .flat_map(|board| {
            let told: Vec<i64> = board
                .console
                .iter()
                .filter_map(|line| line.strip_prefix("error ")?.strip_suffix(" us")?.parse().ok())
                .collect();
            told[told.len() / 2..].to_vec()
        })
        .collect();
    assert!(errors.len() >= 5, "{} comparisons", errors.len());
    errors
}

#[test]
fn the_component_is_wrong_by_milliseconds() {
    for seed in 1..3 {
        let errors = errors(&clock(seed, "component", 0.1, "10").1);
        assert!(errors.iter().all(|error| error.abs() < 101_000));
        assert!(errors.iter().any(|error| error.abs() > 1_000), "{errors:?}");
    }
}

#[test]
fn a_line_through_the_components_messages_is_right_within_100_us() {
    for seed in 1..4 {
        let errors = errors(&clock(seed, "one-step", 0.2, "10").1);
        assert!(errors.iter().all(|error| error.abs() < 100), "seed {seed}: {errors:?}");
    }
}

#[test]
fn two_step_messages_are_right_within_20_us_in_any_crowd() {
    for seed in 1..3 {
        for (loss, crowd) in [(0.0, "0"), (0.3, "10"), (0.3, "30")] {
            let errors = errors(&clock(seed, "two-step", loss, crowd).1);
            assert!(errors.iter().all(|error| error.abs() < 20), "seed {seed}: {errors:?}");
        }
    }
}

/// What a referee says is one thing. The pixels are another: they go on at a moment of the run.
#[test]
fn pixels_go_on_in_step() {
    let (seen, report) = clock(1, "two-step", 0.2, "5");
    let lit = |board: u32| -> Vec<Time> {
        let events = seen.0.iter().filter_map(|(at, event)| match event {
            Event::Pixels { board: on, colours } if *on == BoardId(board) => Some((*at, colours[0])),
            _ => None,
        });
        events
            .filter(|(at, colour)| *at > Time::from_micros(10_000_000) && colour.red + colour.green > 0)
            .map(|(at, _)| at)
            .collect()
    };
    let initiator = lit(0);
    assert!(initiator.len() >= 19, "it blinks every second");
    let apart = |a: Time, b: Time| (a - b).max(b - a).as_micros();
    for board in (0..)
        .zip(&report.boards)
        .filter(|(_, board)| board.name.starts_with("responder"))
    {
        let mut gaps: Vec<_> = lit(board.0)
            .iter()
            .map(|&at| initiator.iter().map(|&own| apart(own, at)).min().expect("it blinks"))
            .collect();
        gaps.sort_unstable();
        // One that is sending just then is late.
        assert!(gaps[gaps.len() * 9 / 10] < 50, "{}: {gaps:?}", board.1.name);
    }
}

#[test]
fn boards_count_their_time_from_their_own_start_and_by_their_own_crystal() {
    let mut builder = Lab::builder("clocks", 3).crystals(10.0);
    for index in 0..3_u8 {
        builder = builder.board(
            &format!("b{index}"),
            Profile::ESP32_S3,
            MacAddress([2, 0, 0, 0, 0, index]),
            async |mut board| {
                let Parts { clock, .. } = board.parts();
                clock.sleep_until(Instant::from_micros(100_000_000)).await;
                assert_eq!(clock.now(), Instant::from_micros(100_000_000));
                clock.sleep(Duration::from_secs(100)).await;
                Ending::Finished
            },
        );
    }
    builder = builder.powered_on_at(Time::from_micros(7_000_000));
    let mut lab = builder.build();
    lab.run_until(Time::from_micros(100_000_000));
    let shown = |board| lab.board_time(BoardId(board)).expect("there is one").as_micros();
    for board in 0..2 {
        assert!(shown(board).abs_diff(100_000_000) <= 1_000 && shown(board) != 100_000_000);
    }
    assert_ne!(shown(0), shown(1));
    let boot = 93_000_000 - shown(2);
    assert!(
        (1..2_000_000).contains(&boot),
        "it was off for 7 s, and booted for {boot} µs"
    );
}

#[test]
fn a_board_without_power_does_nothing() {
    let late = Time::from_micros(5_000_000);
    let builder = Lab::builder("late", 1)
        .board(
            "late",
            Profile::ESP32_S3,
            MacAddress([2, 0, 0, 0, 0, 1]),
            async |mut board| {
                use std::fmt::Write as _;
                let Parts { clock, console, .. } = board.parts();
                let _ = writeln!(console, "up at {}", clock.now().as_micros());
                Ending::Finished
            },
        )
        .powered_on_at(late);
    let (seen, ..) = run(builder);
    let lines: Vec<_> = seen
        .0
        .iter()
        .filter_map(|(at, event)| matches!(event, Event::Console { .. }).then_some(*at))
        .collect();
    assert_eq!(lines.len(), 1);
    assert!(lines[0] >= late);
}
