//! Messages over ten hops, and what loss does to them.

use sim::record::Report;
use tests::{lossy_demo, run};

const FAR_END: usize = 10;

fn relay(loss: f64, parameters: &[(&str, &str)]) -> Report {
    run(lossy_demo("relay", 1, loss, parameters)).1
}

/// How many of 20 messages were answered, as the caller's last line says.
fn answered(report: &Report) -> u32 {
    let last = report.boards[0].console.last().expect("the caller's last line");
    let (count, rest) = last.split_once(' ').expect("a count");
    assert!(rest.starts_with("of 20 answered"), "{last}");
    count.parse().expect("a count")
}

#[test]
fn ten_hops_without_loss_answer_every_message() {
    for answer in ["message", "ack"] {
        let report = relay(0.0, &[("answer", answer)]);
        assert_eq!(answered(&report), 20, "{answer}");
        let lines = &report.boards[FAR_END].console;
        assert_eq!(lines.len(), 20);
        assert_eq!(lines[0], "34:85:18:00:00:01 message 1, 10 hops, the last at -88 dBm");
    }
}

#[test]
fn repetitions_make_up_for_loss() {
    assert!(answered(&relay(0.1, &[("repetitions", "1")])) < 10);
    assert!(answered(&relay(0.1, &[("repetitions", "3")])) >= 18);
    assert!(answered(&relay(0.3, &[("repetitions", "6")])) >= 18);
}

#[test]
fn repetitions_drown_the_components_ack() {
    // It goes out once a hop, while the boards that it has to pass still repeat the message.
    assert!(answered(&relay(0.0, &[("answer", "ack"), ("repetitions", "6")])) < 5);
}

#[test]
fn a_chain_with_a_gap_ends_there() {
    let report = relay(0.0, &[("length", "1500")]);
    assert_eq!(answered(&report), 0);
    assert!(report.boards[FAR_END].console.is_empty());
}
