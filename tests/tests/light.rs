//! Switches and lights on whole boards: what the lights show, and how soon.

use std::collections::BTreeMap;
use std::time::Duration;

use protocol::MacAddress;
use protocol::app::light::{self, LampConfig, Script, SwitchConfig};
use protocol::board::Rgb;
use protocol::service::control::{Attribute, BindWindow, ResponderConfig};
use sim::board::Profile;
use sim::kernel::Time;
use sim::lab::{Intervention, Lab, LabBuilder};
use sim::observe::{Ending, Event};
use tests::{Seen, demo, lossy_demo, run};

/// What a light of the demo has on its console when all went well, bound to everybody's key and its own.
fn evening(own_key: u8) -> Vec<String> {
    let mut lines = vec![
        "key_1: on, 50 %, white",
        "key_1: on, 100 %, white",
        "key_1: on, 100 %, hue 40°",
    ];
    if own_key == 2 {
        lines.extend(["key_2: on, 100 %, hue 240°", "key_2: off", "key_2: on, 100 %, hue 240°"]);
        lines.extend(["key_1: on, 40 %, hue 240°"]);
    } else {
        lines.extend(["key_3: on, 100 %, hue 120°", "key_1: on, 40 %, hue 120°"]);
    }
    lines.extend(["key_1: on, 40 %, rainbow", "key_1: on, 80 %, rainbow", "key_1: off"]);
    lines.into_iter().map(str::to_owned).collect()
}

/// The lines that say what a light shows, without those of binding.
fn shown(console: &[String]) -> Vec<String> {
    console
        .iter()
        .filter(|line| line.starts_with("key_"))
        .cloned()
        .collect()
}

#[test]
fn every_light_shows_what_its_keys_say() {
    for builder in [
        demo("light", 1, &[]),
        demo("light", 1, &[("channel", "11"), ("lights", "20")]),
        lossy_demo("light", 0, 0.2, &[]),
    ] {
        let (_, report, _) = run(builder);
        assert_eq!(report.boards[0].program, "finished");
        for (index, board) in report.boards[1..].iter().enumerate() {
            let own_key = if index % 2 == 0 { 2 } else { 3 };
            assert_eq!(shown(&board.console), evening(own_key), "{}", board.name);
            assert_eq!(
                board.console.iter().filter(|line| line.starts_with("bound to")).count(),
                2
            );
        }
    }
}

#[test]
fn a_switch_that_searches_finds_its_lights_and_stays_with_them() {
    let (seen, report, _) = run(demo(
        "light",
        3,
        &[("search", "on"), ("channel", "13"), ("lights", "12")],
    ));
    let switch = &report.boards[0].console;
    let heard: Vec<_> = switch.iter().filter(|line| line.starts_with("  heard by")).collect();
    assert_eq!(heard.len(), Script::EVENING.len(), "{switch:?}");
    assert!(
        heard.iter().all(|line| line.contains("on channel 13 after")),
        "{switch:?}"
    );
    let took = |line: &str| {
        line.rsplit(' ')
            .nth(1)
            .expect("a number")
            .parse::<u64>()
            .expect("a number")
    };
    // Twelve channels, six times 41 ms each; then at once.
    assert!((2900..3100).contains(&took(heard[0])), "{}", heard[0]);
    assert!(heard[1..].iter().all(|line| took(line) < 41), "{heard:?}");
    for (index, board) in report.boards[1..].iter().enumerate() {
        assert_eq!(
            shown(&board.console),
            evening(if index % 2 == 0 { 2 } else { 3 }),
            "{}",
            board.name
        );
    }
    assert!(seen.transmissions().count() < 800, "a search says each command once");
}

#[test]
fn who_is_too_far_away_is_not_bound() {
    let (_, report, _) = run(demo("light", 1, &[("near", "-40"), ("spacing", "4")]));
    for board in &report.boards[1..] {
        let near = board.console.iter().any(|line| line.starts_with("bound to"));
        let far = board
            .console
            .iter()
            .any(|line| line == "not bound: the switch is too far away");
        assert_ne!(near, far, "{}", board.name);
        assert_eq!(shown(&board.console).is_empty(), far, "{}", board.name);
    }
    let far = |board: &&sim::record::BoardReport| board.console.iter().any(|line| line.contains("too far away"));
    let far = report.boards[1..].iter().filter(far).count();
    assert!((1..8).contains(&far), "{far} of 8");
}

/// When each light first changed after each of the switch's lines, µs later; by the line's number.
fn response_times(seen: &Seen, lights: usize) -> BTreeMap<usize, Vec<u64>> {
    let (mut said_at, mut step) = (Time::ZERO, 0);
    let mut answered = vec![0; lights + 1];
    let mut times: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
    for (at, event) in &seen.0 {
        match event {
            Event::Console { board, .. } if board.0 == 0 => {
                said_at = *at;
                step += 1;
            }
            Event::Pixels { board, .. } if board.0 > 0 && answered[board.0 as usize] < step => {
                answered[board.0 as usize] = step;
                times.entry(step).or_default().push((*at - said_at).as_nanos() / 1000);
            }
            _ => {}
        }
    }
    times
}

/// Four hundred lights in a hall of forty metres: all obey everything, nearly all with the first frame, and the slowest within a blink.
#[test]
fn hundreds_of_lights_respond_in_a_blink() {
    const LIGHTS: usize = 400;
    let count = LIGHTS.to_string();
    let (seen, report, _) = run(demo("light", 7, &[("lights", &count), ("fading", "rician")]));
    for (index, board) in report.boards[1..].iter().enumerate() {
        assert_eq!(
            shown(&board.console),
            evening(if index % 2 == 0 { 2 } else { 3 }),
            "{}",
            board.name
        );
    }
    let times = response_times(&seen, LIGHTS);
    // Step 4 puts all lights on, step 14 puts them out.
    for step in [4, 14] {
        let mut times = times[&step].clone();
        times.sort_unstable();
        assert_eq!(times.len(), LIGHTS);
        let (median, slow, slowest) = (times[LIGHTS / 2], times[LIGHTS * 99 / 100], times[LIGHTS - 1]);
        println!("step {step}: median {median} µs, 99 % {slow} µs, slowest {slowest} µs");
        // The first frame: the switch's pixels 0.8 ms, the host 0.3 ms, the frame 0.8 ms, the light's pixels 0.8 ms.
        assert!((2000..5000).contains(&median), "{median} µs");
        assert!(slowest < 160_000, "{slowest} µs: ten rounds over 13 channels");
    }
}

#[test]
fn a_light_obeys_after_a_reset_as_before() {
    for what in [Intervention::Restart, Intervention::Crash] {
        // The last light; after all three keys were bound, and before the lights are lit.
        let builder = demo("light", 1, &[("lights", "3")]).intervene_at(Time::from_micros(2_700_000), what);
        let (_, report, _) = run(builder);
        let last = &report.boards[3];
        assert_eq!(shown(&last.console), evening(2), "{what:?}: {:?}", last.console);
    }
}

/// A switch without a script, and a light: for the button.
fn by_hand(presses_at_ms: &[u64]) -> LabBuilder {
    let switch = MacAddress([0x34, 0x85, 0x18, 0, 0, 1]);
    let mut builder = Lab::builder("by hand", 1).until(Time::from_micros(10_000_000)).board(
        "switch",
        Profile::ESP32_S3,
        switch,
        async |mut board| {
            light::switch(&mut board, SwitchConfig::default()).await;
            Ending::Finished
        },
    );
    for &at in presses_at_ms {
        builder = builder.intervene_at(Time::from_micros(at * 1000), Intervention::Press);
    }
    let lamp = LampConfig {
        control: ResponderConfig::DEFAULT,
        window: BindWindow::new(Duration::from_secs(2)),
        keys: [Attribute::KEY_1; 2],
        channel: protocol::Channel::DEFAULT,
    };
    let address = MacAddress([0x34, 0x85, 0x18, 0, 0, 2]);
    builder.board(
        "lamp",
        Profile::ESP32_S3,
        address,
        async move |mut board| match light::lamp(&mut board, lamp).await {
            Ok(never) => match never {},
            Err(error) => Ending::Failed(error.name().to_owned()),
        },
    )
}

#[test]
fn a_press_binds_and_further_presses_toggle() {
    let (seen, report, _) = run(by_hand(&[1000, 3000, 5000, 5300]));
    assert_eq!(
        report.boards[0].console,
        [
            "bind key_1",
            "key_1: power_add 1",
            "key_1: power_add 1",
            "key_1: power_add 1"
        ]
    );
    let lamp = &report.boards[1].console;
    assert!(
        lamp[0].starts_with("bound to key_1 of 34:85:18:00:00:01, -4"),
        "{lamp:?}"
    );
    let expected = [
        "the window is closed",
        "key_1: on, 50 %, white",
        "key_1: off",
        "key_1: on, 50 %, white",
    ];
    assert_eq!(lamp[1..], expected);
    let last = seen.0.iter().rev().find_map(|(_, event)| match event {
        Event::Pixels { board, colours } if board.0 == 1 => Some(colours[0]),
        _ => None,
    });
    assert_eq!(last, Some(Rgb::new(60, 60, 60)));
}

#[test]
fn who_presses_too_late_binds_nothing() {
    let (_, report, _) = run(by_hand(&[2500, 4000]));
    let lamp = &report.boards[1].console;
    assert_eq!(
        lamp[..],
        ["the window is closed", "not bound: the bind window is not open"]
    );
}

#[test]
fn the_same_seed_gives_the_same_evening() {
    let once = |seed| {
        run(demo("light", seed, &[("fading", "rayleigh"), ("search", "on")]))
            .0
            .0
    };
    assert_eq!(format!("{:?}", once(5)), format!("{:?}", once(5)));
}
