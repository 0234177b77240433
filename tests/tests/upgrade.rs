//! Upgrades of virtual boards, from the scan to the new image that confirms itself.

use protocol::Rate;
use protocol::app::upgrade;
use protocol::board::{Board as _, Console as _, Firmware as _, Slot};
use protocol::service::upgrade::{InitiatorConfig, ResponderConfig};
use protocol::time::Duration;
use sim::board::{Profile, VirtualBoard, synthetic_image};
use sim::kernel::Time;
use sim::lab::{Intervention, Lab, LabBuilder};
use sim::medium::{Link, Links};
use sim::observe::{BoardId, Ending, Event};
use sim::record::Report;
use tests::{Seen, address, lossy_demo, run};

fn millis(millis: u64) -> Time {
    Time::from_micros(millis * 1000)
}

fn links(loss: f64) -> Links {
    Links::all(Link {
        loss,
        ..Link::default()
    })
}

fn demo(loss: f64, set: &[(&str, &str)]) -> (Seen, Report) {
    let (seen, report, _) = run(lossy_demo("upgrade", 1, loss, set));
    (seen, report)
}

/// The versions that a board started, in order, and whether on trial.
fn starts(seen: &Seen, board: u16) -> Vec<(String, bool)> {
    let starts = seen.0.iter().filter_map(|(_, event)| match event {
        Event::Started {
            board: BoardId(id),
            version,
            on_trial,
        } if *id == u32::from(board) => Some((version.to_string(), *on_trial)),
        _ => None,
    });
    starts.collect()
}

fn last_line(report: &Report, board: usize) -> &str {
    report.boards[board].console.last().map_or("", String::as_str)
}

fn says(report: &Report, board: usize, words: &str) -> bool {
    report.boards[board].console.iter().any(|line| line.contains(words))
}

#[test]
fn the_demo_upgrades_everybody_in_every_mode() {
    for mode in ["thrifty", "component", "mixed"] {
        let (seen, report) = demo(0.1, &[("boards", "4"), ("size", "64"), ("mode", mode)]);
        assert!(
            says(&report, 0, "complete: 4 of 4 boards have it"),
            "{mode}: {:?}",
            report.boards[0].console
        );
        for board in 1..=4 {
            assert_eq!(starts(&seen, board).last(), Some(&("2.0.0".to_owned(), true)), "{mode}");
            assert_eq!(last_line(&report, board.into()), "2.0.0 is kept", "{mode}");
        }
    }
}

/// As often as the air demands, and hardly more: 2.44 times on average where 50 boards lose a tenth of all frames.
#[test]
fn a_crowd_costs_little_more_than_the_air_demands() {
    let (_, report) = demo(0.1, &[("boards", "50"), ("size", "100")]);
    let line = report.boards[0]
        .console
        .iter()
        .find(|line| line.starts_with("complete: 50 of 50 boards"));
    let line = line.expect("all have it");
    let packets: f64 = line
        .rsplit_once(" rounds, ")
        .and_then(|(_, rest)| rest.split_once(' '))
        .and_then(|(number, _)| number.parse().ok())
        .expect("a number of packets");
    // 100 KiB are 458 packets.
    assert!((2.3..2.75).contains(&(packets / 458.0)), "{line}");
    assert!(
        says(&report, 0, "the air alone: 458 packets × 2.44 × 2615 µs = 2.9 s"),
        "{:?}",
        report.boards[0].console
    );
}

/// One initiator, who has the image in its running slot, and boards.
fn fleet(seed: u64, loss: f64, boards: u16, image: &[u8], config: ResponderConfig) -> LabBuilder {
    let mut builder = Lab::builder("lamp", seed)
        .links(links(loss))
        .until(millis(120_000))
        .board("initiator", Profile::ESP32_S3, address(0), async |mut board| {
            let config = InitiatorConfig::THRIFTY;
            match upgrade::initiator(&mut board, config, Slot::Running, Rate::Dsss1M).await {
                Ok(_) => Ending::Finished,
                Err(error) => Ending::Failed(error.to_string()),
            }
        })
        .image(image.to_vec());
    for board in 1..=boards {
        let image = image.to_vec();
        builder = builder.board(
            &format!("b{board}"),
            Profile::ESP32_S3,
            address(board),
            async move |mut board| {
                if board.image().version.as_str() == "2.0.0" {
                    compare(&mut board, &image).await;
                }
                match upgrade::responder(&mut board, config).await {}
            },
        );
    }
    builder
}

/// Says whether what runs is the image, octet by octet.
async fn compare(board: &mut VirtualBoard, image: &[u8]) {
    let parts = board.parts();
    let mut octets = vec![0; image.len()];
    let read = parts.firmware.read(Slot::Running, 0, &mut octets).await;
    let exact = read.is_ok() && octets == image;
    parts.console.line(format_args!("octet by octet: {exact}"));
}

fn image(octets: usize) -> Vec<u8> {
    let data: Vec<u8> = (0..octets as u32 / 4)
        .flat_map(|word| word.wrapping_mul(0x9e37_79b1).to_le_bytes())
        .collect();
    synthetic_image(Profile::ESP32_S3.image_chip, "lamp", "2.0.0", &data).to_vec()
}

#[test]
fn the_image_is_exact_where_a_third_of_all_frames_is_lost() {
    let (seen, report, _) = run(fleet(3, 0.3, 3, &image(60_000), ResponderConfig::default()));
    for board in 1..=3 {
        assert_eq!(starts(&seen, board).last(), Some(&("2.0.0".to_owned(), true)));
        assert!(says(&report, board.into(), "octet by octet: true"));
    }
}

#[test]
fn power_cuts_on_both_sides_cost_time_and_nothing_else() {
    for cut in [3_000, 3_400, 3_700, 4_100, 4_400] {
        let builder = fleet(4, 0.1, 2, &image(100_000), ResponderConfig::default())
            .intervene_at(millis(cut), Intervention::PowerOff)
            .intervene_at(millis(cut + 300), Intervention::PowerOn);
        let (seen, report, _) = run(builder);
        for board in 1..=2 {
            assert_eq!(
                starts(&seen, board).last(),
                Some(&("2.0.0".to_owned(), true)),
                "cut at {cut}"
            );
            assert!(says(&report, board.into(), "octet by octet: true"), "cut at {cut}");
        }
    }
    // The initiator is the board added first; here it is cut, and begins anew.
    let image = image(100_000);
    let mut lab = fleet(5, 0.1, 2, &image, ResponderConfig::default()).build();
    let seen = std::rc::Rc::new(std::cell::RefCell::new(Seen::default()));
    lab.observe(Box::new(std::rc::Rc::clone(&seen)));
    lab.run_until(millis(5_000));
    lab.power_off(BoardId(0));
    lab.run_until(millis(6_000));
    lab.power_on(BoardId(0));
    lab.run();
    for board in 1..=2 {
        assert_eq!(starts(&seen.borrow(), board).last(), Some(&("2.0.0".to_owned(), true)));
    }
}

#[test]
fn an_image_that_falls_over_is_given_up() {
    // It crashes before it has lived through its first second.
    let builder = fleet(6, 0.0, 1, &image(20_000), ResponderConfig::default());
    let (seen, ..) = run(builder);
    let first = seen.0.iter().find_map(|(at, event)| match event {
        Event::Started { on_trial: true, .. } => Some(*at),
        _ => None,
    });
    let first = first.expect("it runs the new image");
    let soon = first + sim::kernel::Span::from_micros(500_000);
    let builder = fleet(6, 0.0, 1, &image(20_000), ResponderConfig::default()).intervene_at(soon, Intervention::Crash);
    let (seen, report, _) = run(builder);
    let last_two = [("2.0.0".to_owned(), true), ("1.0.0".to_owned(), false)];
    assert!(starts(&seen, 1).ends_with(&last_two), "{:?}", starts(&seen, 1));
    assert_eq!(last_line(&report, 1), "1.0.0 runs");
}

#[test]
fn a_version_that_runs_is_not_taken_again() {
    let same = synthetic_image(Profile::ESP32_S3.image_chip, "lamp", "1.0.0", &[7; 4000]);
    let (seen, report, _) = run(fleet(7, 0.0, 1, &same, ResponderConfig::default()));
    assert!(
        starts(&seen, 1)
            .iter()
            .all(|start| start == &("1.0.0".to_owned(), false))
    );
    assert!(says(&report, 1, "no upgrade: the image is of the version that runs"));
    assert!(says(&report, 0, "refuses it"));
    let config = ResponderConfig {
        same_version: true,
        restart_after: Some(Duration::from_secs(1)),
        ..ResponderConfig::default()
    };
    let (seen, ..) = run(fleet(7, 0.0, 1, &same, config));
    assert_eq!(starts(&seen, 1).last(), Some(&("1.0.0".to_owned(), true)));
}
