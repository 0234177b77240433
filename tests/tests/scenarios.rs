//! Random scenarios: boards anywhere, at any rate, that change channels and are moved, whose links fail and recover, with
//! interferers among them. Whatever
//! happens, accounts add up, every frame ends, and messages arrive at most once and in order.
//!
//! The k-th frame of a board carries k octets, so that a message's length tells which it is.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use proptest::prelude::*;
use protocol::board::{Board as _, Clock as _, Parts, Radio as _};
use protocol::espnow::{Error, Peer};
use protocol::time::Duration;
use protocol::{Channel, MacAddress, Rate};
use sim::board::{Profile, VirtualBoard};
use sim::kernel::{Span, Time};
use sim::lab::{Lab, LabBuilder, Statistics};
use sim::medium::interferer::{Ble, Interferer, Mains, MicrowaveOven, Source, WifiNetwork};
use sim::medium::propagation::{Environment, Fading, Position, Shadowing};
use sim::medium::{Burst, Link, RadioParameters};
use sim::observe::{BoardId, Ending, Event};
use tests::{Seen, address};

/// What a program does next.
#[derive(Clone, Debug)]
enum Step {
    /// To the board with this number, modulo the boards; to all if that is the board itself.
    Send(usize),
    SendAndWait(usize),
    Tune(u8),
}

#[derive(Clone, Debug)]
struct Plan {
    profile: Profile,
    rate: Rate,
    position: (f64, f64),
    /// With the time before each, µs.
    steps: Vec<(u64, Step)>,
}

/// What is done to a run from outside. Numbers of boards count modulo the boards.
#[derive(Clone, Debug)]
enum Act {
    Link(usize, usize, Link),
    Move(usize, (f64, f64)),
    Loss(f64),
}

#[derive(Clone, Debug)]
struct Scenario {
    seed: u64,
    environment: Environment,
    interferers: Vec<Interferer>,
    boards: Vec<Plan>,
    /// With their times, µs.
    acts: Vec<(u64, Act)>,
}

fn steps() -> impl Strategy<Value = Vec<(u64, Step)>> {
    let step = prop_oneof![
        4 => (0_usize..6).prop_map(Step::Send),
        3 => (0_usize..6).prop_map(Step::SendAndWait),
        2 => prop_oneof![Just(1_u8), Just(2), Just(4), Just(11)].prop_map(Step::Tune),
    ];
    proptest::collection::vec((0_u64..4_000, step), 0..14)
}

fn place() -> impl Strategy<Value = (f64, f64)> {
    // Up to where 1 Mbit/s is just heard, and 54 Mbit/s is not.
    (0.0..120.0, 0.0..60.0)
}

fn board() -> impl Strategy<Value = Plan> {
    // Hears further than what counts as its range.
    let keen = RadioParameters {
        range_dbm: -70.0,
        ..RadioParameters::NS3
    };
    let profile = prop_oneof![
        Just(Profile::ESP32_S3),
        Just(Profile::ESP8266),
        Just(Profile::IEEE_80211B),
        Just(Profile {
            radio: keen,
            ..Profile::IEEE_80211B
        })
    ];
    let rate = prop_oneof![
        Just("1M"),
        Just("2M"),
        Just("11Ms"),
        Just("6M"),
        Just("54M"),
        Just("mcs7"),
        Just("lr250k")
    ];
    (profile, rate, place(), steps()).prop_map(|(profile, rate, position, steps)| Plan {
        profile,
        rate: rate.parse().expect("a rate"),
        position,
        steps,
    })
}

fn link() -> impl Strategy<Value = Link> {
    let loss = prop_oneof![Just(0.0), Just(1.0), 0.0..1.0];
    let burst = (0.0..1.0, 0_u64..20_000).prop_map(|(loss, micros)| Burst::new(loss, Span::from_micros(micros)));
    let burst = proptest::option::weighted(0.2, burst);
    (loss, burst, 0_u64..2_000, 0_u64..2_000, 0.0..60.0, any::<bool>()).prop_map(
        |(loss, burst, latency, jitter, attenuation_db, up)| Link {
            loss,
            burst,
            latency: Span::from_micros(latency),
            jitter: Span::from_micros(jitter),
            attenuation_db,
            up,
        },
    )
}

/// None that never stops: stations would wait for good.
fn interferers() -> impl Strategy<Value = Vec<Interferer>> {
    let network = |(number, duty)| {
        let channel = Channel::new(number).expect("1 to 14");
        Source::from(WifiNetwork::new(channel, duty).expect("0 to 1"))
    };
    let connection = Ble::connection(Span::from_micros(7_500)).expect("an interval");
    let radio = prop_oneof![(1_u8..=14, 0.0..0.8).prop_map(network), Just(Source::from(connection))];
    let oven = Just(Source::from(MicrowaveOven { mains: Mains::Hz50 }));
    let sources = (
        proptest::collection::vec(radio, 0..3),
        proptest::option::weighted(0.3, oven),
    );
    let somewhere = || (-20.0..30.0, place());
    (sources, [somewhere(), somewhere(), somewhere()]).prop_map(|((radios, oven), places)| {
        let sources = radios.into_iter().chain(oven);
        let at = |(source, (power_dbm, (x_m, y_m)))| {
            let interferer = Interferer::new(source, power_dbm).expect("a power");
            interferer.at(Position::on_ground(x_m, y_m))
        };
        sources.zip(places).map(at).collect()
    })
}

fn scenario() -> impl Strategy<Value = Scenario> {
    let act = prop_oneof![
        (0_usize..6, 0_usize..6, link()).prop_map(|(from, to, link)| Act::Link(from, to, link)),
        (0_usize..6, place()).prop_map(|(board, position)| Act::Move(board, position)),
        (0.0..0.5).prop_map(Act::Loss),
    ];
    let fading =
        prop_oneof![2 => Just(Fading::None), 1 => Just(Fading::Rayleigh), 1 => Just(Fading::Rician { k_db: 6.0 })];
    let acts = proptest::collection::vec((0_u64..60_000, act), 0..8);
    let boards = proptest::collection::vec(board(), 2..6);
    (any::<u64>(), fading, 0.0..6.0, interferers(), boards, acts).prop_map(
        |(seed, fading, sigma_db, interferers, boards, mut acts)| {
            acts.sort_by_key(|&(at_us, _)| at_us);
            let shadowing = Shadowing { sigma_db };
            let environment = Environment {
                fading,
                shadowing,
                ..Environment::default()
            };
            Scenario {
                seed,
                environment,
                interferers,
                boards,
                acts,
            }
        },
    )
}

/// The frames that each board's driver took, by destination.
type Taken = Rc<RefCell<Vec<Vec<MacAddress>>>>;

async fn play(mut board: VirtualBoard, index: usize, boards: usize, plan: Plan, taken: Taken) -> Ending {
    let Parts { radio, clock, .. } = board.parts();
    let number = |index: usize| address(u16::try_from(index).expect("few boards"));
    for other in (0..boards).filter(|&other| other != index) {
        radio
            .add_peer(Peer::new(number(other)).at_rate(plan.rate))
            .expect("a new peer");
    }
    radio
        .add_peer(Peer::new(MacAddress::BROADCAST).at_rate(plan.rate))
        .expect("a new peer");
    for (gap_us, step) in plan.steps {
        clock.sleep(Duration::from_micros(gap_us)).await;
        let (to, wait) = match step {
            Step::Tune(channel) => {
                radio
                    .set_channel(Channel::new(channel).expect("1 to 14"))
                    .expect("a free radio");
                continue;
            }
            Step::Send(to) => (to, false),
            Step::SendAndWait(to) => (to, true),
        };
        let to = Some(to % boards)
            .filter(|&to| to != index)
            .map_or(MacAddress::BROADCAST, number);
        let octets = vec![0; taken.borrow()[index].len() + 1];
        // Taken down before it is sent: a frame that is waited for ends before the call does.
        taken.borrow_mut()[index].push(to);
        let result = if wait {
            radio.send(to, &octets).await.map(|_| ())
        } else {
            radio.enqueue(to, &octets)
        };
        match result {
            Ok(()) => {}
            Err(Error::NoMem) => drop(taken.borrow_mut()[index].pop()),
            Err(error) => return Ending::Failed(error.name().to_owned()),
        }
    }
    Ending::Finished
}

fn describe(scenario: &Scenario, taken: &Taken) -> LabBuilder {
    let count = scenario.boards.len();
    let mut builder = Lab::builder("random", scenario.seed).environment(scenario.environment.clone());
    for &interferer in &scenario.interferers {
        builder = builder.interferer(interferer);
    }
    for (index, plan) in scenario.boards.iter().enumerate() {
        let (x_m, y_m) = plan.position;
        let (own, taken) = (plan.clone(), Rc::clone(taken));
        builder = builder
            .board(
                &format!("b{index}"),
                plan.profile,
                address(u16::try_from(index).expect("few boards")),
                move |board| play(board, index, count, own.clone(), taken.clone()),
            )
            .at(Position::on_ground(x_m, y_m));
    }
    builder
}

/// Runs to the end of the last timer, frame and hand-over.
fn perform(scenario: &Scenario) -> (Seen, Statistics, Vec<Vec<MacAddress>>) {
    let count = scenario.boards.len();
    let taken: Taken = Rc::new(RefCell::new(vec![Vec::new(); count]));
    let seen = Rc::new(RefCell::new(Seen::default()));
    let mut lab = describe(scenario, &taken).observe(Box::new(Rc::clone(&seen))).build();
    let board = |number: usize| BoardId(u32::try_from(number % count).expect("few boards"));
    for (at_us, act) in scenario.acts.iter().cloned() {
        lab.run_until(Time::from_micros(at_us));
        match act {
            Act::Link(from, to, link) => lab.set_link(board(from), board(to), link),
            Act::Move(moved, (x_m, y_m)) => lab.move_to(board(moved), Position::on_ground(x_m, y_m)),
            Act::Loss(loss) => lab.set_loss(loss),
        }
    }
    // Whatever is still to be sent is sent within seconds: nobody may wait for ever for a turn that does not come.
    assert!(!lab.run_until(Time::from_micros(600_000_000)), "the run does not end");
    let statistics = lab.statistics();
    drop(lab);
    (seen.take(), statistics, taken.take())
}

/// The medium's counters are those that can be worked out from what was seen.
fn the_air_adds_up(seen: &Seen, statistics: &Statistics) -> Result<(), TestCaseError> {
    let medium = statistics.medium;
    let acks: BTreeMap<_, _> = seen
        .transmissions()
        .map(|frame| (frame.id, frame.kind.is_ack()))
        .collect();
    let pairs = || seen.receptions().filter(|reception| !acks[&reception.transmission]);
    let lost = pairs().filter(|reception| reception.outcome.is_err()).count() as u64;
    prop_assert_eq!(medium.in_range, pairs().count() as u64);
    prop_assert_eq!(medium.lost.total(), lost);
    prop_assert_eq!(medium.in_range, medium.receptions + lost);
    prop_assert_eq!(medium.transmissions, acks.len() as u64);
    prop_assert_eq!(medium.acks, acks.values().filter(|&&ack| ack).count() as u64);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn whatever_happens_accounts_add_up_and_frames_end_in_order(scenario in scenario()) {
        let (seen, statistics, taken) = perform(&scenario);
        the_air_adds_up(&seen, &statistics)?;

        // How each board's frames ended, in order.
        let mut sent: Vec<Vec<(MacAddress, bool, u8)>> = vec![Vec::new(); taken.len()];
        // What each board took in from each other, by length.
        let mut received: BTreeMap<(usize, MacAddress), Vec<usize>> = BTreeMap::new();
        for (_, event) in &seen.0 {
            match event {
                Event::Sent { board, destination, acknowledged, attempts } => {
                    sent[board.index()].push((*destination, *acknowledged, *attempts));
                }
                Event::Received {
                    board, source, length, ..
                } => {
                    received.entry((board.index(), *source)).or_default().push(*length);
                }
                Event::Ended { ending, .. } => prop_assert_eq!(ending, &Ending::Finished),
                _ => {}
            }
        }
        for lengths in received.values() {
            prop_assert!(lengths.is_sorted_by(|earlier, later| earlier < later), "twice or out of order: {:?}", lengths);
        }
        for (index, (sent, taken)) in sent.iter().zip(&taken).enumerate() {
            let destinations: Vec<_> = sent.iter().map(|&(destination, ..)| destination).collect();
            prop_assert_eq!(&destinations, taken, "every frame ends, in order");
            let own = statistics.boards[index];
            let unicast = || sent.iter().filter(|(destination, ..)| !destination.is_group());
            prop_assert_eq!(own.tx_frames, sent.len() as u64);
            prop_assert_eq!(own.tx_attempts, sent.iter().map(|&(.., attempts)| u64::from(attempts)).sum::<u64>());
            prop_assert_eq!(own.tx_acked, unicast().filter(|&&(_, acknowledged, _)| acknowledged).count() as u64);
            prop_assert_eq!(own.tx_acked + own.tx_failed, unicast().count() as u64);

            let source = address(u16::try_from(index).expect("few boards"));
            for (number, &(destination, acknowledged, attempts)) in sent.iter().enumerate() {
                prop_assert!(attempts == 1 || !destination.is_group());
                let receiver = (0..statistics.boards.len())
                    .find(|&other| address(u16::try_from(other).expect("few boards")) == destination);
                let Some(receiver) = receiver.filter(|_| acknowledged) else { continue };
                let has = received.get(&(receiver, source)).is_some_and(|lengths| lengths.contains(&(number + 1)));
                prop_assert!(has || statistics.boards[receiver].rx_dropped > 0, "acknowledged but never taken in");
            }
        }
    }

    #[test]
    fn whatever_happens_happens_again(scenario in scenario()) {
        let (once, again) = (perform(&scenario), perform(&scenario));
        prop_assert_eq!(once.1, again.1);
        let times = |seen: &Seen| seen.0.iter().map(|&(at, _)| at).collect::<Vec<_>>();
        prop_assert_eq!(times(&once.0), times(&again.0));
    }
}
