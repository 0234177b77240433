//! Boards that sleep are called: with a clock in common they hear it, without they hear what falls into their windows.

use std::cell::RefCell;
use std::rc::Rc;

use sim::demo::Settings;
use sim::kernel::Time;
use sim::medium::{Link, Links};
use sim::observe::BoardId;
use sim::record::{BoardReport, Report, Reporter};
use tests::{demo, demo_with, run};

/// Of the calls since the first that it heard, this part was heard.
fn heard(board: &BoardReport) -> f64 {
    let last = board.console.last().expect("it heard a call");
    let (_, counts) = last.split_once("heard ").expect(last);
    let (heard, called) = counts.split_once(" of ").expect(last);
    heard.parse::<f64>().expect(last) / called.parse::<f64>().expect(last)
}

fn sleepers(report: &Report) -> impl Iterator<Item = &BoardReport> {
    report.boards.iter().filter(|board| board.name.starts_with("sleeper"))
}

/// Crystals wander, and the windows are set anew whenever the time is told.
#[test]
fn with_a_clock_in_common_all_calls_are_heard() {
    for ppm in ["10", "50"] {
        for seed in 1..4 {
            let (_, report, _) = run(demo("sleep", seed, &[("sleepers", "8"), ("ppm", ppm)]));
            for board in sleepers(&report) {
                assert!(heard(board) > 0.99, "{}: {}", board.name, heard(board));
                let asleep = board.asleep_us as f64 / report.virtual_us as f64;
                assert!(asleep > 0.75, "{}: {asleep}", board.name);
            }
        }
    }
}

#[test]
fn a_call_is_heard_as_often_as_links_let_it() {
    let settings = Settings {
        seed: 1,
        links: Links::all(Link {
            loss: 0.2,
            ..Link::default()
        }),
        ..Settings::default()
    };
    let (_, report, _) = run(demo_with("sleep", &[("sleepers", "8")], settings));
    let mean = sleepers(&report).map(heard).sum::<f64>() / 8.0;
    assert!((0.74..0.86).contains(&mean), "{mean}");
}

#[test]
fn without_one_few_are() {
    let parameters = [
        ("sleepers", "20"),
        ("clock", "own"),
        ("interval", "200ms"),
        ("window", "40ms"),
    ];
    let (_, report, _) = run(demo("sleep", 1, &parameters));
    let mean = sleepers(&report).map(heard_of_all(&report)).sum::<f64>() / 20.0;
    // A fifth, less the call's own millisecond, and what is called before the last are up.
    assert!((0.10..0.20).contains(&mean), "{mean}");
}

/// The part of all calls that a board took in.
fn heard_of_all(report: &Report) -> impl Fn(&BoardReport) -> f64 {
    let calls = report.boards[0].tx.frames as f64;
    move |board| board.rx.frames as f64 / calls
}

#[test]
fn whoever_is_told_nothing_listens_until_somebody_tells_the_time_again() {
    let until = Some(Time::from_micros(120_000_000));
    let reporter = Rc::new(RefCell::new(Reporter::default()));
    let settings = Settings {
        until,
        seed: 1,
        ..Settings::default()
    };
    let mut lab = demo_with("sleep", &[], settings)
        .observe(Box::new(Rc::clone(&reporter)))
        .build();
    let caller = BoardId(0);
    lab.run_until(Time::from_micros(20_000_000));
    lab.power_off(caller);
    lab.run_until(Time::from_micros(60_123_456));
    let before = lab.statistics();
    lab.power_on(caller);
    lab.run();
    let after = lab.statistics();
    let report = reporter.borrow().report(&lab, std::time::Duration::ZERO);
    let calls = report.boards[0].tx.frames - before.boards[0].tx_frames;
    assert!(calls > 100);
    for (index, board) in report.boards.iter().enumerate().skip(1) {
        assert!(
            board
                .console
                .iter()
                .any(|line| line.starts_with("nobody tells the time"))
        );
        let heard = after.boards[index].rx_frames - before.boards[index].rx_frames;
        // Some of what is told is told to those who asked, while others sleep already.
        assert!(heard * 100 >= calls * 90, "{}: {heard} of {calls}", board.name);
        let asleep_us = after.boards[index].asleep.as_micros() - before.boards[index].asleep.as_micros();
        assert!(asleep_us > 50_000_000, "{}: {asleep_us}", board.name);
    }
}
