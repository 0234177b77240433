//! Agents and an operator on an air that loses, repeats and reorders; agents that lose their power.

mod ether;

use ether::{Air, Ether};
use proptest::prelude::*;
use protocol::service::Service;
use protocol::service::debug::{
    Agent, AgentConfig, AgentEvent, Level, Operator, OperatorEvent, Question, Recipient, Threshold, Thresholds,
};
use protocol::time::{Duration, Instant};
use protocol::{Channel, MacAddress};

#[expect(clippy::large_enum_variant, reason = "there are few")]
enum Board {
    Operator(Operator<16>),
    Agent(Agent<1024>),
}

impl ether::Services for Board {
    fn list(&mut self) -> Vec<&mut dyn Service> {
        match self {
            Self::Operator(operator) => vec![operator],
            Self::Agent(agent) => vec![agent],
        }
    }
}

type Field = Ether<Board>;

fn agent() -> Board {
    let everything = Threshold::up_to(Level::Verbose);
    let thresholds = Thresholds {
        console: Threshold::NONE,
        air: everything,
        flash: everything,
    };
    Board::Agent(Agent::new(AgentConfig {
        thresholds,
        ..AgentConfig::new("lamp")
    }))
}

/// An operator, board 0, and agents.
fn field(seed: u64, air: Air, agents: usize) -> Field {
    let mut field = Field::new(seed, air);
    field.add(Board::Operator(Operator::new(false)));
    for _ in 0..agents {
        field.add(agent());
    }
    let settled = field.now() + Duration::from_millis(10);
    field.run_until(settled);
    field
}

/// Runs for so long, with the applications at work: what the operator shows, with the index of the board that says it.
fn run(field: &mut Field, time: Duration) -> Vec<(usize, String)> {
    let (mut shown, end) = (Vec::new(), field.now() + time);
    while field.now() < end {
        let until = field.now() + Duration::from_millis(2);
        field.run_until(until);
        for index in 0..field.boards.len() {
            field.tell(index, |board, now| match board {
                Board::Operator(operator) => {
                    while let Some(event) = operator.poll_event() {
                        if let OperatorEvent::Line { from, line } = event {
                            shown.push((usize::from(from.octets()[5]), line.to_string()));
                        }
                    }
                }
                Board::Agent(agent) => {
                    while let Some(event) = agent.poll_event() {
                        if let AgentEvent::Asked {
                            by,
                            question: Question::Stats,
                        } = event
                        {
                            agent.answer(now, by, format_args!("nothing to count"));
                        }
                    }
                }
            });
        }
    }
    shown
}

fn command(field: &mut Field, to: Recipient, line: &str) {
    field.tell(0, |board, _| match board {
        Board::Operator(operator) => operator.command(to, line, false).expect("it is idle"),
        Board::Agent(_) => panic!("board 0 is the operator"),
    });
}

fn log(field: &mut Field, index: usize, level: Level, text: &str) {
    field.tell(index, |board, now| match board {
        Board::Agent(agent) => agent.log(now, &mut String::new(), level, "light", format_args!("{text}")),
        Board::Operator(_) => panic!("board {index} is the operator"),
    });
}

fn address(index: usize) -> MacAddress {
    Field::address(index)
}

#[test]
fn every_board_answers_a_command_to_everybody() {
    let mut field = field(
        1,
        Air {
            loss: 0.2,
            ..Air::default()
        },
        10,
    );
    command(&mut field, Recipient::Everybody, "stats");
    let shown = run(&mut field, Duration::from_secs(2));
    for index in 1..=10 {
        let answers = shown
            .iter()
            .filter(|(from, line)| *from == index && line.ends_with("nothing to count"));
        assert_eq!(answers.count(), 1, "board {index}");
    }
}

#[test]
fn a_ping_and_a_throughput_test_report_what_the_air_does() {
    for (loss, most_lost) in [(0.0, 0), (0.3, 2)] {
        let mut field = field(7, Air { loss, ..Air::default() }, 2);
        let to = address(2);
        command(&mut field, Recipient::Board(address(1)), &format!("ping {to} 5 100"));
        let shown = run(&mut field, Duration::from_secs(3));
        let answers = shown
            .iter()
            .filter(|(_, line)| line.contains("100 octets, seq="))
            .count();
        assert!((5 - most_lost..=5).contains(&answers), "{shown:?}");
        let report = &shown.last().expect("a report").1;
        assert!(report.contains(&format!("5 sent, {answers} answered")), "{report}");

        command(&mut field, Recipient::Board(address(1)), &format!("throughput {to} 1"));
        let shown = run(&mut field, Duration::from_secs(3));
        let report = &shown.last().expect("a report").1;
        let (_, rate) = report.split_once(" ms: ").expect("a rate");
        let rate: u64 = rate.split_once(' ').expect("a unit").0.parse().expect("a number");
        // 250 octets at 1 Mbit/s are 2.7 ms here: 1840 bits each.
        let expected = if loss == 0.0 { 600..=700 } else { 200..=600 };
        assert!(expected.contains(&rate), "{report}");
    }
}

#[test]
fn a_test_of_nobody_ends() {
    let mut field = field(7, Air::default(), 1);
    command(&mut field, Recipient::Board(address(1)), "ping 02:00:00:00:00:09 2");
    let shown = run(&mut field, Duration::from_secs(5));
    assert!(
        shown
            .last()
            .expect("a report")
            .1
            .ends_with("2 sent, 0 answered, 100 % lost"),
        "{shown:?}"
    );
    command(
        &mut field,
        Recipient::Board(address(1)),
        "throughput 02:00:00:00:00:09 1",
    );
    let shown = run(&mut field, Duration::from_secs(10));
    assert!(
        shown
            .last()
            .expect("a report")
            .1
            .ends_with("and no word of how many came"),
        "{shown:?}"
    );
}

#[test]
fn a_board_that_goes_to_another_channel_has_said_so() {
    let mut field = field(3, Air::default(), 1);
    command(&mut field, Recipient::Board(address(1)), "channel 6");
    let shown = run(&mut field, Duration::from_secs(1));
    assert!(shown[0].1.ends_with("channel 1, going to 6"));
    assert_eq!(
        field.boards[1].switchboard.messenger().channel(),
        Channel::new(6).expect("one")
    );
    command(&mut field, Recipient::Board(address(1)), "version");
    assert_eq!(run(&mut field, Duration::from_secs(1)).len(), 0, "nobody hears");
}

#[test]
fn what_went_wrong_before_a_reset_can_be_read_after_it() {
    let mut field = field(4, Air::default(), 1);
    for number in 0..5 {
        log(&mut field, 1, Level::Error, &format!("failure {number}"));
        run(&mut field, Duration::from_secs(6));
    }
    field.power_on(1, agent());
    run(&mut field, Duration::from_secs(1));
    command(&mut field, Recipient::Board(address(1)), "history");
    let shown = run(&mut field, Duration::from_secs(2));
    let failures: Vec<_> = shown
        .iter()
        .filter_map(|(_, line)| line.split_once("failure "))
        .map(|(_, number)| number)
        .collect();
    assert_eq!(failures, ["0", "1", "2", "3", "4"]);

    command(&mut field, Recipient::Board(address(1)), "reboot");
    run(&mut field, Duration::from_secs(1));
    assert_eq!(field.boards[1].restarts_wanted, 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever the air does, a line is shown at most once, whole, and after those that its board wrote before.
    #[test]
    fn lines_are_shown_once_and_in_order(
        seed: u64,
        loss in 0.0..0.7,
        duplication in 0.0..0.5,
        jitter_ms in 0_u64..20,
        pauses_ms in prop::collection::vec(1_u64..60, 1..20),
        hostile in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 0..4),
        cut_after in 0_usize..40,
    ) {
        let air = Air { loss, duplication, jitter: Duration::from_millis(jitter_ms), rssi_dbm: -40 };
        let mut field = field(seed, air, 2);
        let mut shown = Vec::new();
        for (number, pause) in pauses_ms.iter().enumerate() {
            log(&mut field, 1 + number % 2, Level::Info, &format!("line {number}"));
            shown.extend(run(&mut field, Duration::from_millis(*pause)));
            if let Some(octets) = hostile.get(number) {
                field.inject(address(9), Channel::DEFAULT, octets);
            }
            if number == cut_after {
                field.power_on(1, agent());
            }
        }
        shown.extend(run(&mut field, Duration::from_secs(2)));
        for board in 1..=2 {
            let numbers: Vec<usize> = shown
                .iter()
                .filter(|(from, _)| *from == board)
                .map(|(_, line)| line.rsplit(' ').next().and_then(|number| number.parse().ok()).expect("a whole line"))
                .collect();
            // A start sets the board's clock back, and what was written before it may come after it: never twice, though.
            let in_order = numbers.is_sorted_by(|a, b| a < b);
            let mut once = numbers.clone();
            once.sort_unstable();
            once.dedup();
            prop_assert_eq!(once.len(), numbers.len());
            prop_assert!(in_order || board == 1 && cut_after < pauses_ms.len(), "{numbers:?}");
        }
        let restarted = Instant::START + Duration::from_secs(2);
        prop_assert!(field.now() >= restarted);
    }
}
