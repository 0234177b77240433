//! Switches and lights on an air that loses, repeats and reorders; lights that lose their power in the middle of a write.

mod ether;

use ether::{Air, Ether};
use proptest::prelude::*;
use protocol::Channel;
use protocol::message::Country;
use protocol::service::Service;
use protocol::service::control::{
    Attribute, BindWindow, Binding, Bindings, CommandError, Initiator, InitiatorConfig, InitiatorEvent, Responder,
    ResponderConfig, ResponderEvent, Search, Verdict,
};
use protocol::time::{Duration, Instant};

#[expect(clippy::large_enum_variant, reason = "there are few")]
enum Board {
    Switch(Initiator),
    Light(Responder),
}

impl ether::Services for Board {
    fn list(&mut self) -> Vec<&mut dyn Service> {
        match self {
            Self::Switch(switch) => vec![switch],
            Self::Light(light) => vec![light],
        }
    }
}

type House = Ether<Board>;

const KEY: Attribute = Attribute::KEY_1;
const SECOND: Duration = Duration::from_secs(1);

fn light(now: Instant, config: ResponderConfig) -> Board {
    let mut light = Responder::new(config);
    light.open_window(now, BindWindow::new(60 * SECOND));
    Board::Light(light)
}

/// A switch, board 0, and its lights.
fn house(seed: u64, air: Air, lights: usize) -> House {
    let mut house = House::new(seed, air);
    house.add(Board::Switch(Initiator::new(InitiatorConfig::default())));
    for _ in 0..lights {
        house.add(light(Instant::START, ResponderConfig::DEFAULT));
    }
    let settled = house.now() + Duration::from_millis(10);
    house.run_until(settled);
    house
}

/// Lets the switch say something, waits until it has, and a little for what is late.
fn say(house: &mut House, say: impl FnOnce(&mut Initiator) -> Result<u16, CommandError>) -> Option<Verdict> {
    house.tell(0, |board, _| {
        if let Board::Switch(switch) = board {
            say(switch).expect("it is idle");
        }
    });
    let until = house.now() + 20 * SECOND;
    let mut verdict = None;
    house.run_while(until, |house| {
        if let Board::Switch(switch) = &mut house.boards[0].services
            && let Some(InitiatorEvent::Done { verdict: done, .. }) = switch.poll_event()
        {
            verdict = Some(done);
        }
        verdict.is_none()
    });
    let until = house.now() + Duration::from_millis(100);
    house.run_until(until);
    verdict
}

fn events(house: &mut House, light: usize, mut each: impl FnMut(&ResponderEvent<'_>)) {
    if let Board::Light(light) = &mut house.boards[light].services {
        while let Some(event) = light.poll_event() {
            each(&event);
        }
    }
}

/// How often a light was told to go the other way round.
fn toggles(house: &mut House, light: usize) -> u32 {
    let mut toggles = 0;
    events(house, light, |event| {
        toggles += u32::from(matches!(event, ResponderEvent::Command { .. }));
    });
    toggles
}

fn bindings(house: &House, light: usize) -> &Bindings {
    match &house.boards[light].services {
        Board::Light(light) => light.bindings(),
        Board::Switch(_) => panic!("board {light} is a switch"),
    }
}

#[test]
fn one_key_commands_many_lights_and_a_light_obeys_many_keys() {
    let mut house = house(
        1,
        Air {
            loss: 0.1,
            ..Air::default()
        },
        20,
    );
    let second = house.add(Board::Switch(Initiator::new(InitiatorConfig::default())));
    for key in [Attribute::KEY_1, Attribute::KEY_2] {
        assert_eq!(say(&mut house, |switch| switch.bind(key)), Some(Verdict::Said));
    }
    house.tell(second, |board, _| match board {
        Board::Switch(switch) => switch.bind(KEY).expect("it is idle"),
        Board::Light(_) => panic!("it is a switch"),
    });
    let until = house.now() + SECOND;
    house.run_until(until);
    for light in 1..=20 {
        assert_eq!(bindings(&house, light).len(), 3, "light {light}");
        toggles(&mut house, light);
    }
    for key in [Attribute::KEY_1, Attribute::KEY_2, Attribute::KEY_3] {
        say(&mut house, |switch| switch.send(key, Attribute::POWER_ADD, 1));
    }
    for light in 1..=20 {
        assert_eq!(
            toggles(&mut house, light),
            2,
            "light {light}: key 3 is bound to nothing"
        );
    }
}

#[test]
fn a_search_finds_lights_on_any_channel() {
    let search = InitiatorConfig {
        secured: false,
        search: Some(Search::DEFAULT),
    };
    for channel in Country::WORLD.channels() {
        let mut house = House::new(u64::from(channel.number()), Air::default());
        house.add(Board::Switch(Initiator::new(search)));
        let config = ResponderConfig {
            search: true,
            ..ResponderConfig::DEFAULT
        };
        house.add(light(Instant::START, config));
        house.boards[1].switchboard.set_channel(channel);
        house.run_until(Instant::from_micros(10_000));
        let by = House::address(1);
        let heard = Some(Verdict::Heard { by, channel });
        assert_eq!(say(&mut house, |switch| switch.bind(KEY)), heard, "channel {channel}");
        let frames = house.frames.len();
        assert_eq!(
            say(&mut house, |switch| switch.send(KEY, Attribute::POWER_ADD, 1)),
            heard
        );
        assert!(
            house.frames.len() <= frames + 4,
            "found at once: the command and its ack, each passed on once"
        );
        assert_eq!(toggles(&mut house, 1), 1);
    }
}

#[test]
fn lights_that_hear_a_search_at_once_do_not_answer_at_once() {
    let mut house = House::new(1, Air::default());
    house.add(Board::Switch(Initiator::new(InitiatorConfig {
        secured: false,
        search: Some(Search::DEFAULT),
    })));
    let config = ResponderConfig {
        search: true,
        ..ResponderConfig::DEFAULT
    };
    for _ in 0..10 {
        house.add(light(Instant::START, config));
    }
    house.run_until(Instant::from_micros(10_000));
    say(&mut house, |switch| switch.bind(KEY));
    let acks: Vec<_> = house
        .frames
        .iter()
        .filter(|(_, from, octets)| octets[0] & 0x0f == 0 && octets[14..20] == from.octets())
        .map(|(at, ..)| *at)
        .collect();
    assert_eq!(acks.len(), 10, "each its own");
    let apart = acks[9] - acks[0];
    assert!((10..=20).contains(&apart.as_millis()), "{apart:?}");
}

/// The component's one ack may be lost, and the repetitions are not answered: half of the searches are then in vain.
#[test]
fn more_acks_mend_a_search_on_a_bad_link() {
    let failures = |ack_repetitions| {
        let mut failures = 0;
        for seed in 0..40 {
            let search = Search {
                country: Country {
                    first: Channel::DEFAULT,
                    count: 1,
                },
                ..Search::DEFAULT
            };
            let mut house = House::new(
                seed,
                Air {
                    loss: 0.5,
                    ..Air::default()
                },
            );
            house.add(Board::Switch(Initiator::new(InitiatorConfig {
                secured: false,
                search: Some(search),
            })));
            house.add(light(
                Instant::START,
                ResponderConfig {
                    search: true,
                    ack_repetitions,
                    ..ResponderConfig::DEFAULT
                },
            ));
            house.run_until(Instant::from_micros(10_000));
            let verdict = say(&mut house, |switch| switch.bind(KEY));
            failures += u32::from(verdict == Some(Verdict::Unheard));
        }
        failures
    };
    let (once, often) = (failures(1), failures(8));
    assert!((10..=30).contains(&once) && often <= 4, "{once} and {often} of 40");
}

#[derive(Clone, Debug)]
enum Step {
    Bind(bool),
    Toggle,
    PowerCut(usize, u64),
    Hostile(Vec<u8>),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        any::<bool>().prop_map(Step::Bind),
        Just(Step::Toggle),
        (1_usize..4, 0_u64..200_000).prop_map(|(light, after)| Step::PowerCut(light, after)),
        prop::collection::vec(any::<u8>(), 0..60).prop_map(|mut octets| {
            // Most are a control message in all but their payload.
            if let [first, ..] = &mut octets[..] {
                *first = 0x24 | *first & 1;
            }
            Step::Hostile(octets)
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever the air does: a toggle happens at most once, only at lights that are bound; and a light's flash holds a list.
    #[test]
    fn nothing_is_obeyed_twice(
        seed: u64,
        loss in 0.0..0.8,
        duplication in 0.0..0.5,
        jitter_ms in 0_u64..20,
        steps in prop::collection::vec(step(), 1..12),
    ) {
        let air = Air { loss, duplication, jitter: Duration::from_millis(jitter_ms), rssi_dbm: -40 };
        let mut house = house(seed, air, 3);
        for step in steps {
            match step {
                Step::Bind(bind) => {
                    say(&mut house, |switch| if bind { switch.bind(KEY) } else { switch.unbind(KEY) });
                }
                Step::Toggle => {
                    let bound = [1, 2, 3].map(|light| u32::from(!bindings(&house, light).is_empty()));
                    for light in 1..=3 {
                        toggles(&mut house, light);
                    }
                    say(&mut house, |switch| switch.send(KEY, Attribute::POWER_ADD, 1));
                    for light in 1..=3 {
                        prop_assert!(toggles(&mut house, light) <= bound[light - 1]);
                    }
                }
                Step::PowerCut(cut, after) => {
                    house.tell(0, |board, _| if let Board::Switch(switch) = board {
                        let _ = switch.bind(KEY);
                    });
                    let until = house.now() + Duration::from_micros(after);
                    house.run_until(until);
                    let before = bindings(&house, cut).clone();
                    house.power_off(cut);
                    house.power_on(cut, light(Instant::START, ResponderConfig::DEFAULT));
                    let until = house.now() + 20 * SECOND;
                    house.run_until(until);
                    if let Board::Switch(switch) = &mut house.boards[0].services {
                        while switch.poll_event().is_some() {}
                    }
                    let after = bindings(&house, cut);
                    // What was being written is there or not; what the switch goes on saying may be heard again.
                    let own = |binding: Binding| binding.address == House::address(0);
                    prop_assert!(after.iter().all(|binding| before.contains(binding) || own(binding)));
                    prop_assert!(before.iter().all(|binding| after.contains(binding) || own(binding)));
                }
                Step::Hostile(octets) => house.inject(House::address(9), Channel::DEFAULT, &octets),
            }
            let until = house.now() + SECOND;
            house.run_until(until);
            for light in 1..=3 {
                events(&mut house, light, |event| assert_ne!(*event, ResponderEvent::Damaged));
                if let Some(kept) = house.boards[light].flash.values.get("bindlist") {
                    let kept = Bindings::parse(kept);
                    prop_assert_eq!(kept.as_ref(), Some(bindings(&house, light)));
                }
            }
        }
    }
}
