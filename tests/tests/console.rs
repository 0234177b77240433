//! An operator and boards on whole boards: commands and their answers, logs, what is left after a restart.

use tests::{demo, lossy_demo, run};

/// What the operator saw of a board, by the last octet of its address.
fn lines_of(console: &[String], board: u8) -> Vec<&str> {
    let address = format!("34:85:18:30:00:{board:02x} ");
    console
        .iter()
        .filter_map(|line| line.strip_prefix(&address))
        .filter(|line| !line.starts_with('>'))
        .collect()
}

fn number_before<'a>(line: &'a str, word: &str) -> &'a str {
    let (before, _) = line.split_once(word).expect(word);
    before.trim_end().rsplit(' ').next().expect("a number")
}

#[test]
fn every_command_is_answered() {
    let (_, report, _) = run(demo("console", 1, &[]));
    let console = &report.boards[0].console;
    for board in 1..=3 {
        let lines = lines_of(console, board);
        assert!(
            lines
                .iter()
                .any(|line| line.ends_with("console: weather station 1.4.2")),
            "{board}"
        );
        assert!(lines.iter().any(|line| line.contains("air none")), "{board}");
        assert!(lines.iter().any(|line| line.contains("sensor: reading")), "{board}");
    }
    let first = lines_of(console, 1);
    let find = |part: &str| {
        *first
            .iter()
            .find(|line| line.contains(part))
            .unwrap_or_else(|| panic!("{part}: {first:?}"))
    };
    assert!(find("console: help: this list").starts_with("I ("));
    assert!(find("4 sent, 4 answered, 0 % lost").contains(" ms"));
    let throughput = find("messages of 230 octets in");
    let rate: u32 = number_before(throughput, "kbit/s").parse().expect("a number");
    // 1 Mbit/s, frames of 293 octets, the driver's time, one after the other.
    assert!((500..700).contains(&rate), "{throughput}");
    find("console: restarting");
    // At the start, after the restart, and read from the flash: two lines were kept.
    assert!(
        first.iter().filter(|line| line.ends_with("has started")).count() >= 3,
        "{first:?}"
    );

    let second = lines_of(console, 2);
    for expected in [
        "did you mean ping?",
        "air debug",
        "peers",
        "frames sent",
        "took 12 µs",
        "probe: ",
    ] {
        assert!(
            second.iter().any(|line| line.contains(expected)),
            "{expected}: {second:?}"
        );
    }
}

#[test]
fn lines_of_a_board_come_in_order_on_a_bad_link() {
    let (_, report, _) = run(lossy_demo("console", 9, 0.4, &[]));
    for board in [2, 3] {
        let times: Vec<u64> = lines_of(&report.boards[0].console, board)
            .iter()
            .filter_map(|line| line.split_once('(')?.1.split_once(')')?.0.parse().ok())
            .collect();
        assert!(times.len() > 10 && times.is_sorted(), "{board}: {times:?}");
    }
}

#[test]
fn ten_boards_answer_one_command() {
    for seed in [1, 4, 9] {
        let (_, report, _) = run(demo("console", seed, &[("boards", "10"), ("log", "30s")]));
        let console = &report.boards[0].console;
        for board in 1..=10 {
            let lines = lines_of(console, board);
            assert!(
                lines
                    .iter()
                    .any(|line| line.ends_with("console: weather station 1.4.2")),
                "{board}"
            );
        }
    }
}
