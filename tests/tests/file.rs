//! A file arrives whole on any link, to one board and to a group, and not much slower than the air allows.

use protocol::Rate;
use protocol::service::reliable::{DATA_OVERHEAD, Sender};
use sim::demo::Settings;
use sim::kernel::Span;
use sim::medium::{Burst, Link, Links};
use sim::record::Report;
use tests::{demo_with, run};

fn send(seed: u64, link: Link, receivers: &str, octets: &str) -> Report {
    let settings = Settings {
        seed,
        links: Links::all(link),
        ..Settings::default()
    };
    run(demo_with(
        "file",
        &[("receivers", receivers), ("octets", octets)],
        settings,
    ))
    .1
}

fn lossy(loss: f64) -> Link {
    Link {
        loss,
        ..Link::default()
    }
}

/// kbit/s and CRC-32 of the line that begins so.
fn outcome<'r>(report: &'r Report, board: usize, begins: &str) -> (f64, &'r str) {
    let console = &report.boards[board].console;
    let line = console
        .iter()
        .find(|line| line.starts_with(begins))
        .unwrap_or_else(|| panic!("{}: {console:?}", report.boards[board].name));
    let words: Vec<_> = line.split(' ').collect();
    let rate = words
        .iter()
        .position(|word| word.starts_with("kbit/s"))
        .expect("a rate");
    (words[rate - 1].parse().expect("a number"), words[words.len() - 1])
}

/// All have what was sent. Returns the goodput in kbit/s.
fn check(report: &Report, receivers: usize) -> f64 {
    let (goodput, crc) = outcome(report, 0, "delivered");
    for board in 1..=receivers {
        assert_eq!(outcome(report, board, "whole").1, crc);
        let finished = report.boards[board]
            .console
            .iter()
            .filter(|line| line.starts_with("whole"));
        assert_eq!(finished.count(), 1, "exactly once");
    }
    goodput
}

/// What segments alone could carry, acknowledged by the MAC, in kbit/s.
fn airtime_bound() -> f64 {
    let segment = Sender::<216, 16, 8>::SEGMENT;
    let mpdu = 43 + 20 + DATA_OVERHEAD + segment;
    let frame = Rate::default().airtime(mpdu).as_secs_f64();
    // DIFS and a mean backoff of 7.5 slots before, SIFS and the ACK after.
    let access = 28e-6 + 67.5e-6 + 10e-6 + 304e-6;
    segment as f64 * 8.0 / 1000.0 / (frame + access)
}

#[test]
fn a_file_comes_whole_at_any_loss() {
    for (loss, least) in [(0.0, 0.8), (0.1, 0.62), (0.3, 0.36), (0.5, 0.15)] {
        for seed in 1..3 {
            let goodput = check(&send(seed, lossy(loss), "1", "65536"), 1);
            let part = goodput / airtime_bound();
            assert!(
                (least..1.0).contains(&part),
                "loss {loss}: {goodput} kbit/s, {part:.2} of the bound"
            );
        }
    }
}

#[test]
fn a_group_gets_it_at_once() {
    for (loss, least) in [(0.0, 0.4), (0.1, 0.15), (0.3, 0.08)] {
        let goodput = check(&send(1, lossy(loss), "8", "65536"), 8);
        let part = goodput / airtime_bound();
        // One after the other, each could have an eighth.
        assert!(part > least, "loss {loss}: {goodput} kbit/s, {part:.2} of the bound");
    }
}

#[test]
fn files_of_any_length_come_whole() {
    for octets in ["0", "1", "192", "193", "200", "3200", "3193"] {
        for receivers in [1, 3] {
            check(&send(1, lossy(0.2), &receivers.to_string(), octets), receivers);
        }
    }
}

#[test]
fn bursts_of_loss_are_outlived() {
    let burst = Burst::new(0.3, Span::from_micros(400_000));
    let link = Link {
        burst: Some(burst),
        ..Link::default()
    };
    check(&send(1, link, "1", "20000"), 1);
    check(&send(1, link, "3", "20000"), 3);
}

#[test]
fn a_link_that_is_dead_is_given_up() {
    let report = send(1, lossy(1.0), "1", "1000");
    assert_eq!(
        report.boards[0].console.last().map(String::as_str),
        Some("nobody is left")
    );
    assert!(report.virtual_us < 12_000_000);
}
