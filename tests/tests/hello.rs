//! The product page's programs, from the first frame to the last blink.

use proptest::prelude::*;
use protocol::board::Rgb;
use sim::demo::{Demo, Settings};
use sim::kernel::{Span, Time};
use sim::lab::LabBuilder;
use sim::medium::{Link, Links};
use sim::observe::{BoardId, Event};
use tests::{Seen, run};

const SENDER: usize = 0;
const RECEIVER: usize = 1;

fn settings(seed: u64, link: Link) -> Settings {
    Settings {
        seed,
        links: Links::all(link),
        ..Settings::default()
    }
}

fn demo(name: &str, settings: Settings) -> LabBuilder {
    let demo = Demo::named(name).expect("it is shipped");
    demo.builder(settings).expect("no parameter is set")
}

/// The messages in the order in which the receiver should print them.
fn messages() -> Vec<String> {
    let numbers = (0..100).map(|number: u32| number.to_string().repeat(20));
    let all = std::iter::once("Starting...".to_owned())
        .chain(numbers)
        .chain(["end".to_owned()]);
    all.map(|message| format!("34:85:18:00:00:01 b'{message}'")).collect()
}

/// When pixel 0 of a board was lit and put out, and its colour.
fn blinks(seen: &Seen, board: usize) -> Vec<(Time, Rgb)> {
    seen.0
        .iter()
        .filter_map(|(at, event)| match event {
            Event::Pixels {
                board: BoardId(id),
                colours,
            } if *id as usize == board => {
                assert!(
                    colours[1..].iter().all(|&colour| colour == Rgb::OFF),
                    "only pixel 0 is used"
                );
                Some((*at, colours[0]))
            }
            _ => None,
        })
        .collect()
}

#[test]
fn both_demos_run_to_their_blinks() {
    for name in ["hello", "hello-unicast"] {
        let (seen, report, _) = run(demo(name, settings(1, Link::default())));

        let mut sender = vec!["True".to_owned(); 102];
        sender.push("34:85:18:00:00:02 b'All received.'".to_owned());
        assert_eq!(report.boards[SENDER].console, sender, "{name}");
        let mut receiver = messages();
        receiver.push("True".to_owned());
        assert_eq!(report.boards[RECEIVER].console, receiver, "{name}");

        for (board, colour) in [(SENDER, Rgb::new(0, 0, 25)), (RECEIVER, Rgb::new(0, 25, 0))] {
            let blinks = blinks(&seen, board);
            let [(lit, first), (out, second)] = blinks[..] else {
                panic!("{name}: one blink each: {blinks:?}")
            };
            assert_eq!((first, second), (colour, Rgb::OFF), "{name}");
            // Half a second, and the time to clock 25 pixels out.
            assert_eq!(out - lit, Span::from_micros(500_000 + 800), "{name}");
        }
        assert_eq!(report.boards[SENDER].program, "finished");
        assert_eq!(report.boards[RECEIVER].program, "running");
    }
}

#[test]
fn the_placeholder_is_sent_once_and_told_about() {
    let (seen, report, _) = run(demo("hello", settings(1, Link::default())));
    let tx = report.boards[SENDER].tx;
    assert_eq!((tx.frames, tx.attempts, tx.acked, tx.failed), (102, 102, 0, 0));
    let [advice] = &report.advice[..] else {
        panic!("one trap: {:?}", report.advice)
    };
    assert_eq!((advice.board.as_str(), advice.trap), ("sender", "group-address"));
    let told = seen
        .0
        .iter()
        .filter(|(_, event)| matches!(event, Event::Advice(_)))
        .count();
    assert_eq!(told, 1);
    // With the receiver's own address there is nothing to tell.
    let (_, report, _) = run(demo("hello-unicast", settings(1, Link::default())));
    assert!(report.advice.is_empty(), "{:?}", report.advice);
}

#[test]
fn a_lost_end_leaves_both_boards_waiting_for_five_minutes() {
    let lossy = Link {
        loss: 0.3,
        ..Link::default()
    };
    let mut waited = 0;
    for seed in 0..40 {
        let (seen, report, lab) = run(demo("hello", settings(seed, lossy)));
        let end_arrived = report.boards[RECEIVER]
            .console
            .iter()
            .any(|line| line.ends_with("b'end'"));
        // The sender believes in success either way.
        assert!(report.boards[SENDER].console[..102].iter().all(|line| line == "True"));
        if end_arrived {
            assert_eq!(blinks(&seen, RECEIVER).len(), 2, "seed {seed}");
        } else {
            waited += 1;
            assert!(lab.now() > Time::from_micros(300_000_000), "seed {seed}");
            assert!(
                blinks(&seen, SENDER).is_empty() && blinks(&seen, RECEIVER).is_empty(),
                "seed {seed}"
            );
            assert_eq!(
                report.boards[SENDER].console.last().map(String::as_str),
                Some("no answer in 300 s")
            );
        }
    }
    // 30 % of 40, give or take four standard deviations.
    assert!((1..=23).contains(&waited), "{waited} of 40");
}

#[test]
fn unicast_completes_at_thirty_per_cent_loss() {
    let lossy = Link {
        loss: 0.3,
        ..Link::default()
    };
    for seed in 0..40 {
        let (seen, report, _) = run(demo("hello-unicast", settings(seed, lossy)));
        assert_eq!(blinks(&seen, SENDER).len(), 2, "seed {seed}");
        assert_eq!(blinks(&seen, RECEIVER).len(), 2, "seed {seed}");
        assert!(
            report.boards[SENDER].tx.attempts > 120,
            "seed {seed}: repetitions were needed"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// At any loss and delay each message arrives at most once and in order, and the run completes or says why not.
    #[test]
    fn unicast_is_at_most_once_and_in_order(
        seed: u64,
        loss in prop_oneof![0.0..=1.0, Just(0.0), Just(1.0)],
        latency_us in 0_u64..100_000,
        jitter_us in 0_u64..100_000,
    ) {
        let link = Link {
            loss,
            latency: Span::from_micros(latency_us),
            jitter: Span::from_micros(jitter_us),
            ..Link::default()
        };
        let (seen, report, _) = run(demo("hello-unicast", settings(seed, link)));
        let receiver = &report.boards[RECEIVER].console;
        let printed: Vec<_> = receiver.iter().filter(|line| line.contains(" b'")).collect();
        let sent = messages();
        let mut expected = sent.iter();
        for line in &printed {
            prop_assert!(expected.any(|message| message == *line), "out of order, twice or made up: {line}");
        }

        let sender = &report.boards[SENDER].console;
        let completed = blinks(&seen, SENDER).len() == 2;
        let gave_up = sender.last().is_some_and(|line| line == "no answer in 300 s");
        prop_assert!(completed != gave_up, "neither blink nor word: {sender:?}");
        // True means that it arrived: nothing overruns the queue here but a delayed burst, and that is told.
        let delivered = sender.iter().take(102).filter(|line| *line == "True").count();
        if report.boards[RECEIVER].rx.dropped == 0 {
            prop_assert!(printed.len() >= delivered, "{} printed, {delivered} acknowledged", printed.len());
        } else {
            prop_assert!(report.advice.iter().any(|advice| advice.trap == "queue-overrun"));
        }
    }
}
