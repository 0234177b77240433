//! New devices learn the Wi-Fi on whole boards.

use protocol::board::Rgb;
use sim::demo::{Demo, Settings};
use sim::kernel::Time;
use sim::lab::Intervention;
use sim::observe::Event;
use tests::{Seen, demo, lossy_demo, run};

const GREEN: Rgb = Rgb::new(0, 40, 0);
const RED: Rgb = Rgb::new(40, 0, 0);

/// What a board's first pixel shows in the end.
fn last_colour(seen: &Seen, of: u32) -> Option<Rgb> {
    seen.0.iter().rev().find_map(|(_, event)| match event {
        Event::Pixels { board, colours } if board.0 == of => Some(colours[0]),
        _ => None,
    })
}

#[test]
fn lamps_learn_the_wifi_and_the_stranger_does_not() {
    for (channel, loss) in [("1", 0.0), ("6", 0.2), ("13", 0.4)] {
        let (seen, report, _) = run(lossy_demo("provision", 5, loss, &[("channel", channel)]));
        for device in &report.boards[1..5] {
            let name = &device.name;
            assert!(
                device.console.contains(&format!("found hallway on channel {channel}")),
                "{name}"
            );
            assert_eq!(
                device.console.last().expect("a line"),
                "knows Wi-Fi attic: kept",
                "{name}"
            );
        }
        let stranger = &report.boards[5].console;
        assert_eq!(stranger.last().expect("a line"), "gives up", "{stranger:?}");
        assert!(stranger.iter().all(|line| !line.contains("attic")));
        let colours: Vec<_> = (1..=5).filter_map(|board| last_colour(&seen, board)).collect();
        assert_eq!(colours, [GREEN, GREEN, GREEN, GREEN, RED]);

        let responder = &report.boards[0].console;
        assert!(
            responder
                .iter()
                .any(|line| line.starts_with("refused device 5 at 34:85:18:20:00:05"))
        );
        assert!(responder.iter().all(|line| !line.starts_with("told device 5")));
        assert_eq!(responder.last().expect("a line"), "time is over, secrets are wiped");
    }
}

#[test]
fn fifty_devices_at_once_all_learn_it() {
    let (_, report, _) = run(demo("provision", 2, &[("devices", "50")]));
    let learnt = |console: &[String]| console.iter().any(|line| line == "knows Wi-Fi attic: kept");
    let learnt = report.boards[1..].iter().filter(|board| learnt(&board.console)).count();
    assert_eq!(learnt, 49);
}

#[test]
fn what_was_learnt_outlives_a_reset() {
    // The last device is the one that is refused: with one more, it is a lamp's turn to be reset.
    for at_us in [8_000_000, 12_000_000] {
        let builder =
            demo("provision", 3, &[("devices", "1")]).intervene_at(Time::from_micros(at_us), Intervention::Restart);
        let (_, report, _) = run(builder);
        let console = &report.boards[1].console;
        assert!(
            console.iter().all(|line| !line.contains("attic")),
            "who is refused has nothing to keep: {console:?}"
        );
    }
    let demo = Demo::named("provision").expect("it is shipped");
    let mut lab = demo.builder(Settings::default()).expect("no parameter is set").build();
    while lab.now() < Time::from_micros(5_000_000) && lab.step() {}
    lab.restart(sim::observe::BoardId(1));
    let seen = std::rc::Rc::new(std::cell::RefCell::new(Seen::default()));
    lab.observe(Box::new(std::rc::Rc::clone(&seen)));
    lab.run();
    let lines: Vec<_> = seen
        .borrow()
        .0
        .iter()
        .filter_map(|(_, event)| match event {
            Event::Console { board, line } if board.0 == 1 => Some(line.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(lines, ["knows Wi-Fi attic from before"]);
}
