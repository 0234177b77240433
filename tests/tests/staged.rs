//! What is done to a run at a given time, each with a run beside it in which it is not done.

use std::cell::RefCell;
use std::rc::Rc;

use protocol::board::{Board as _, Clock as _, Console as _, Parts, Radio as _};
use protocol::{Channel, MacAddress, Rate};
use sim::board::{Profile, VirtualBoard};
use sim::kernel::{Span, Time};
use sim::lab::{Action, Lab, LabBuilder, LinkChange, Walk};
use sim::medium::interferer::{Interferer, Jammer};
use sim::medium::propagation::{Environment, Position};
use sim::observe::{BoardId, Ending, Event};
use tests::{Speech, address, run, speak};

const A: BoardId = BoardId(0);
const B: BoardId = BoardId(1);
const SECOND: u64 = 1_000_000;

/// No tenth was silent.
const HEARD_ALL: [u64; 0] = [];

/// A broadcasts ten times a second for three seconds; B listens and prints what its thermometer shows.
fn talk(actions: impl IntoIterator<Item = (u64, Action)>) -> LabBuilder {
    let speech = Speech {
        to: MacAddress::BROADCAST,
        rate: Rate::Dsss1M,
        payload: 20,
        at_us: (0..30).map(|number| number * 100_000).collect(),
    };
    let builder = Lab::builder("talk", 1)
        .until(Time::from_micros(3 * SECOND))
        .environment(Environment::open())
        .board("a", Profile::ESP32_S3, address(1), async move |board| {
            speak(board, speech.clone()).await
        })
        .board("b", Profile::ESP32_S3, address(2), listen)
        .at(Position::on_ground(1.0, 0.0));
    let actions = actions.into_iter();
    actions.fold(builder, |builder, (at_us, action)| {
        builder.act_at(Time::from_micros(at_us), action)
    })
}

async fn listen(mut board: VirtualBoard) -> Ending {
    loop {
        let shown = board.sensor("temperature");
        let Parts {
            radio, clock, console, ..
        } = board.parts();
        if let Some(celsius) = shown {
            console.line(format_args!("{celsius} °C"));
        }
        while radio.try_receive(&mut []).is_some() {}
        clock.sleep(protocol::time::Duration::from_millis(50)).await;
    }
}

/// When B's driver had each message, and when it was queued, in tenths of a second.
fn received(actions: impl IntoIterator<Item = (u64, Action)>) -> Vec<(u64, u64)> {
    let (seen, ..) = run(talk(actions));
    let tenth = |time: Time| time.as_micros() / 100_000;
    let at_b = |(at, event): &(Time, Event)| match event {
        Event::Received {
            board: B, queued_at, ..
        } => Some((tenth(*at), tenth(*queued_at))),
        _ => None,
    };
    seen.0.iter().filter_map(at_b).collect()
}

/// The tenths in which B heard nothing.
fn silence(actions: impl IntoIterator<Item = (u64, Action)>) -> Vec<u64> {
    let heard: Vec<_> = received(actions).into_iter().map(|(at, _)| at).collect();
    (0..30).filter(|tenth| !heard.contains(tenth)).collect()
}

#[test]
fn where_nothing_is_done_all_is_heard() {
    assert_eq!(silence([]), HEARD_ALL);
}

#[test]
fn a_partition_lasts_until_it_is_healed() {
    let part = Action::Part(vec![vec![A], vec![B]]);
    assert_eq!(
        silence([(950_000, part.clone()), (1_950_000, Action::Heal)]),
        (10..20).collect::<Vec<_>>()
    );
    assert_eq!(silence([(950_000, part)]).len(), 20);
    let together = Action::Part(vec![vec![A, B], vec![]]);
    assert_eq!(silence([(950_000, together)]), HEARD_ALL);
}

#[test]
fn who_is_named_in_no_part_is_parted_from_those_who_are() {
    let part = Action::Part(vec![vec![A]]);
    assert_eq!(silence([(950_000, part)]).len(), 20);
}

#[test]
fn a_link_changes_in_its_direction_only() {
    let off = LinkChange {
        up: Some(false),
        ..LinkChange::default()
    };
    assert_eq!(silence([(950_000, Action::Link(A, B, off))]).len(), 20);
    assert_eq!(silence([(950_000, Action::Link(B, A, off))]), HEARD_ALL);
    let lossy = LinkChange {
        loss: Some(1.0),
        ..LinkChange::default()
    };
    let healed = LinkChange {
        loss: Some(0.0),
        ..LinkChange::default()
    };
    let actions = [
        (950_000, Action::Link(A, B, lossy)),
        (1_450_000, Action::Link(A, B, healed)),
    ];
    assert_eq!(silence(actions), (10..15).collect::<Vec<_>>());
}

#[test]
fn what_a_link_is_outlives_a_partition() {
    let off = LinkChange {
        up: Some(false),
        ..LinkChange::default()
    };
    let part = Action::Part(vec![vec![A], vec![B]]);
    let quieter = LinkChange {
        attenuation_db: Some(1.0),
        ..LinkChange::default()
    };
    let actions = [
        (450_000, part.clone()),
        // A change of something else leaves the link up for when the partition is over.
        (500_000, Action::Link(A, B, quieter)),
        (950_000, Action::Heal),
        (1_450_000, Action::Link(A, B, off)),
        (1_500_000, part),
        (1_950_000, Action::Heal),
    ];
    let expected: Vec<_> = (5..10).chain(15..30).collect();
    assert_eq!(silence(actions), expected);
}

#[test]
fn what_is_held_comes_when_it_is_released_and_in_order() {
    let actions = [(950_000, Action::Hold(A, B)), (1_950_000, Action::Release(A, B))];
    let received = received(actions);
    assert_eq!(received.len(), 30, "nothing is lost");
    let held: Vec<_> = received.iter().filter(|(at, queued)| at != queued).collect();
    assert_eq!(
        held,
        (10..19)
            .map(|queued| (19, queued))
            .collect::<Vec<_>>()
            .iter()
            .collect::<Vec<_>>()
    );
}

#[test]
fn a_jammer_takes_the_air_for_its_time() {
    let jammer = |channel, power_dbm| {
        let jammer = Jammer {
            channel: Channel::new(channel).expect("1 to 14"),
            span: Span::from_micros(1_000_000),
        };
        Action::Interfere(Interferer::new(jammer, power_dbm).expect("a power"))
    };
    // A waits for its end; its messages queue up.
    let silent = silence([(950_000, jammer(1, 20.0))]);
    assert_eq!(silent, (10..19).collect::<Vec<_>>());
    assert_eq!(silence([(950_000, jammer(11, 20.0))]), HEARD_ALL);
    assert_eq!(silence([(950_000, jammer(1, -100.0))]), HEARD_ALL);
}

#[test]
fn a_board_that_moves_away_is_out_of_reach() {
    let far = Action::Move(B, Position::on_ground(1e6, 0.0));
    let back = Action::Move(B, Position::on_ground(1.0, 0.0));
    assert_eq!(
        silence([(950_000, far), (1_950_000, back.clone())]),
        (10..20).collect::<Vec<_>>()
    );
    assert_eq!(silence([(950_000, back)]), HEARD_ALL);
}

#[test]
fn a_board_that_walks_away_is_heard_as_far_as_it_is() {
    let walk = Walk::new(vec![Position::default(), Position::on_ground(1e6, 0.0)], 1e4).expect("a way");
    let (seen, _, lab) = run(talk([])
        .board("walker", Profile::ESP32_S3, address(3), listen)
        .walks(Time::from_micros(SECOND), walk));
    let last = seen
        .0
        .iter()
        .filter(|(_, event)| matches!(event, Event::Received { board: BoardId(2), .. }))
        .map(|(at, _)| *at)
        .next_back()
        .expect("it starts beside them");
    // 20 dBm and 2 dBi twice reach some kilometres in the open.
    assert!(
        last > Time::from_micros(SECOND) && last < Time::from_micros(2 * SECOND),
        "{last}"
    );
    assert_eq!(lab.position(BoardId(2)), Some(Position::on_ground(2e4, 0.0)));
}

#[test]
fn a_board_on_another_channel_hears_nothing() {
    let tune = |channel| Action::Tune(B, Channel::new(channel).expect("1 to 14"));
    assert_eq!(
        silence([(950_000, tune(6)), (1_950_000, tune(1))]),
        (10..20).collect::<Vec<_>>()
    );
    assert_eq!(silence([(950_000, tune(1))]), HEARD_ALL);
}

#[test]
fn a_sensor_shows_what_it_was_set_to() {
    let lines = |actions: Vec<(u64, Action)>| -> Vec<String> {
        let (seen, ..) = run(talk(actions));
        let line = |(_, event): &(Time, Event)| match event {
            Event::Console { line, .. } => Some(line.to_string()),
            _ => None,
        };
        let mut lines: Vec<_> = seen.0.iter().filter_map(line).collect();
        lines.dedup();
        lines
    };
    let sense = |celsius| Action::Sense(B, "temperature".into(), celsius);
    assert_eq!(lines(vec![]), Vec::<String>::new());
    assert_eq!(
        lines(vec![(SECOND, sense(21.5)), (2 * SECOND, sense(-3.0))]),
        ["21.5 °C", "-3 °C"]
    );
}

#[test]
fn what_is_done_is_told_and_can_be_done_at_once() {
    let told = Rc::new(RefCell::new(tests::Seen::default()));
    let mut lab = talk([]).observe(Box::new(Rc::clone(&told))).build();
    lab.run_until(Time::from_micros(950_000));
    lab.act(Action::Part(vec![vec![A], vec![B]]));
    lab.run();
    let staged: Vec<_> = told
        .borrow()
        .0
        .iter()
        .filter_map(|(at, event)| match event {
            Event::Staged { what } => Some((at.as_micros(), what.to_string())),
            _ => None,
        })
        .collect();
    assert_eq!(staged, [(950_000, "parted: a | b".to_owned())]);
}
