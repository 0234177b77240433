//! What interferers and bursts of loss do to a run.

use protocol::board::{Board as _, Clock as _, Parts, Radio as _};
use protocol::espnow::Peer;
use protocol::rate::Ofdm;
use protocol::time::Duration;
use protocol::{Channel, MacAddress, Rate};
use sim::board::Profile;
use sim::demo::{Demo, Parameters, Settings};
use sim::kernel::{Span, Time};
use sim::lab::{Lab, LabBuilder, Statistics};
use sim::medium::interferer::{Ble, Interferer, Mains, MicrowaveOven, WifiNetwork};
use sim::medium::propagation::{Environment, Position};
use sim::medium::{Burst, Link, Links};
use sim::observe::{Ending, Loss};
use tests::run;

const FAST: Rate = Rate::Ofdm(Ofdm::M54);

fn address(index: u8) -> MacAddress {
    MacAddress([0x34, 0x85, 0x18, 0, 0, index])
}

fn channel(number: u8) -> Channel {
    Channel::new(number).expect("1 to 14")
}

fn wifi(number: u8, duty: f64, power_dbm: f64) -> Interferer {
    let network = WifiNetwork::new(channel(number), duty).expect("a duty cycle");
    Interferer::new(network, power_dbm).expect("a power")
}

fn oven(power_dbm: f64) -> Interferer {
    Interferer::new(MicrowaveOven { mains: Mains::Hz50 }, power_dbm).expect("a power")
}

/// Adds a board that broadcasts on a channel, frame after frame.
fn broadcaster(builder: LabBuilder, number: u8, rate: Rate) -> LabBuilder {
    builder.board("source", Profile::ESP32_S3, address(1), async move |mut board| {
        let Parts { radio, .. } = board.parts();
        radio.set_channel(channel(number)).expect("a channel");
        radio
            .add_peer(Peer::new(MacAddress::BROADCAST).at_rate(rate))
            .expect("a new peer");
        loop {
            radio
                .send(MacAddress::BROADCAST, &[7; 250])
                .await
                .expect("a legal payload");
        }
    })
}

fn listener(builder: LabBuilder, index: u8, number: u8) -> LabBuilder {
    builder.board("sink", Profile::ESP32_S3, address(index), async move |mut board| {
        let mut buffer = [0; 250];
        let Parts { radio, .. } = board.parts();
        radio.set_channel(channel(number)).expect("a channel");
        loop {
            radio.receive(&mut buffer).await;
        }
    })
}

fn statistics(builder: LabBuilder) -> Statistics {
    let mut lab = builder.build();
    lab.run();
    lab.statistics()
}

/// How many frames a board on the desk gets out in 4 s.
fn frames_sent(number: u8, interferer: Option<Interferer>) -> u64 {
    let mut builder = Lab::builder("desk", 1).until(Time::from_micros(4_000_000));
    builder = broadcaster(builder, number, FAST);
    if let Some(interferer) = interferer {
        builder = builder.interferer(interferer);
    }
    statistics(builder).boards[0].tx_attempts
}

#[test]
fn boards_wait_for_a_strong_network_on_their_channel_and_not_for_one_four_off() {
    let alone = frames_sent(6, None);
    let beside = frames_sent(6, Some(wifi(6, 0.5, 20.0)));
    let share = beside as f64 / alone as f64;
    // Half the time is the network's, and it does not wait for the frames that have begun.
    assert!((0.45..0.57).contains(&share), "{share}");
    assert_eq!(frames_sent(6, Some(wifi(10, 0.5, 20.0))), alone);
    // 60 dB away it is below the threshold of −62 dBm.
    assert_eq!(frames_sent(6, Some(wifi(6, 0.5, -3.0))), alone);
}

#[test]
fn an_oven_takes_two_fifths_of_the_time_on_its_channels() {
    let alone = frames_sent(1, None);
    for (number, range) in [
        (9, 0.6..0.8),
        (10, 0.57..0.63),
        (11, 0.57..0.63),
        (1, 1.0..1.001),
        (5, 1.0..1.001),
    ] {
        let share = frames_sent(number, Some(oven(20.0))) as f64 / alone as f64;
        assert!(range.contains(&share), "channel {number}: {share}");
    }
}

#[test]
fn a_network_waits_for_boards_that_it_hears() {
    let shared = |power_dbm, away_m| {
        let network = wifi(6, 0.5, power_dbm).at(Position::on_ground(away_m, 0.0));
        let builder = Lab::builder("neighbours", 1)
            .environment(Environment::default())
            .until(Time::from_micros(4_000_000))
            .interferer(network);
        let statistics = statistics(broadcaster(builder, 6, Rate::Dsss1M));
        (statistics.interferers[0], statistics.boards[0].airtime)
    };
    // 2 s are its share of 4 s; the board's frames last 2.5 ms, with gaps of less than 1 ms.
    let (heard, board) = shared(20.0, 5.0);
    assert_eq!(heard.kind, "wifi");
    assert!(heard.deferred > 100, "{heard:?}");
    assert!((300_000..1_800_000).contains(&heard.airtime.as_micros()), "{heard:?}");
    assert!((heard.airtime + board).as_micros() <= 4_003_000, "they take turns");
    let (unheard, _) = shared(20.0, 5_000.0);
    assert_eq!(unheard.deferred, 0);
    assert!(
        (1_900_000..2_100_000).contains(&unheard.airtime.as_micros()),
        "{unheard:?}"
    );
}

#[test]
fn a_kitchen_full_of_ovens_leaves_gaps() {
    // Both half-waves are taken.
    let mut builder = Lab::builder("kitchen", 1).until(Time::from_micros(4_000_000));
    for _ in 0..8 {
        builder = builder.interferer(oven(20.0));
    }
    builder = broadcaster(builder, 11, FAST);
    let crowded = statistics(builder).boards[0].tx_attempts;
    let alone = {
        let builder = Lab::builder("kitchen", 1).until(Time::from_micros(4_000_000));
        statistics(broadcaster(builder, 11, FAST)).boards[0].tx_attempts
    };
    let share = crowded as f64 / alone as f64;
    assert!((0.1..0.3).contains(&share), "2 of 10 ms are left, not {share}");
}

/// A sender, a board close by and one at the edge of its range, and an interferer equally far from both.
fn edge_of_range(interferer: Option<Interferer>) -> Statistics {
    let mut builder = Lab::builder("edge", 1)
        .environment(Environment::default())
        .until(Time::from_micros(4_000_000));
    builder = broadcaster(builder, 1, Rate::Dsss1M).at(Position::default());
    builder = listener(builder, 2, 1).at(Position::on_ground(10.0, 0.0));
    builder = listener(builder, 3, 1).at(Position::on_ground(250.0, 0.0));
    if let Some(interferer) = interferer {
        builder = builder.interferer(interferer.at(Position::on_ground(130.0, 300.0)));
    }
    statistics(builder)
}

#[test]
fn a_weak_network_costs_frames_at_the_edge_of_range_only() {
    let [_, near_alone, far_alone] = edge_of_range(None).boards[..] else {
        panic!("three boards")
    };
    let disturbed = edge_of_range(Some(wifi(1, 0.3, 23.0)));
    let [source, near, far] = disturbed.boards[..] else {
        panic!("three boards")
    };
    assert_eq!(near_alone.rx_frames, far_alone.rx_frames);
    assert_eq!(near.rx_frames, near_alone.rx_frames, "and nobody waits");
    assert!(far.rx_frames < far_alone.rx_frames / 2, "{far:?}");
    // What is lost is lost to noise.
    let lost = disturbed.medium.lost;
    assert_eq!(lost.of(Loss::Noise), lost.total());
    assert!(lost.total() >= source.tx_attempts - far.rx_frames - 1);
}

#[test]
fn without_end_of_interference_nothing_is_heard_at_the_edge_and_all_of_it_is_noise() {
    let disturbed = edge_of_range(Some(wifi(1, 1.0, 23.0)));
    assert_eq!(disturbed.boards[2].rx_frames, 0);
    assert_eq!(disturbed.medium.lost.of(Loss::Noise), disturbed.medium.lost.total());
}

#[test]
fn a_run_ends_although_interference_does_not() {
    let sleeper = |interferer: Interferer| {
        let mut lab = Lab::builder("sleeper", 1)
            .interferer(interferer)
            .board("a", Profile::ESP32_S3, address(1), async |mut board| {
                board.parts().clock.sleep(Duration::from_secs(1)).await;
                Ending::Finished
            })
            .build();
        lab.run();
        assert_eq!(lab.next_at(), None);
        lab.now()
    };
    let beacon = Ble::advertising(Span::from_micros(100_000)).expect("an interval");
    let beacon = Interferer::new(beacon, 0.0).expect("a power");
    for interferer in [wifi(1, 0.5, 20.0), wifi(1, 1.0, 20.0), oven(20.0), beacon] {
        assert_eq!(sleeper(interferer), Time::from_micros(1_000_000), "{interferer:?}");
    }
    // Nobody ever does anything: it is over at once, limit or not.
    let builder = listener(Lab::builder("silence", 1), 2, 1).until(Time::from_micros(500_000));
    let mut lab = builder.interferer(wifi(1, 0.5, 20.0)).build();
    lab.run();
    assert_eq!(lab.now(), Time::ZERO);
    assert!(!lab.run_until(Time::from_micros(400_000)));
}

#[test]
fn a_frame_that_waits_for_the_end_of_interference_gets_out() {
    let sent = |seed, interferer| {
        let builder = Lab::builder("once", seed).interferer(interferer).board(
            "a",
            Profile::ESP32_S3,
            address(1),
            async |mut board| {
                let Parts { radio, clock, .. } = board.parts();
                radio.set_channel(channel(11)).expect("a channel");
                radio.add_peer(Peer::new(MacAddress::BROADCAST)).expect("a new peer");
                // Into the first half-wave, in which some ovens are on.
                clock.sleep(Duration::from_millis(2)).await;
                radio
                    .send(MacAddress::BROADCAST, b"hello")
                    .await
                    .expect("a legal payload");
                Ending::Finished
            },
        );
        let mut lab = builder.build();
        lab.run();
        (lab.statistics().boards[0].tx_attempts, lab.now())
    };
    let times: Vec<_> = (0..8).map(|seed| sent(seed, oven(20.0))).collect();
    assert!(times.iter().all(|(attempts, _)| *attempts == 1));
    assert!(
        times.iter().any(|(_, now)| *now > Time::from_micros(9_000)),
        "some waited: {times:?}"
    );
    // What never ends is not waited for.
    assert_eq!(sent(1, wifi(11, 1.0, 20.0)).0, 0);
}

/// Two boards, a changing channel, a walk, and all kinds of interferers.
fn busy_scene(seed: u64) -> String {
    let beacon = Ble::advertising(Span::from_micros(20_000)).expect("an interval");
    let mut builder = Lab::builder("busy", seed)
        .environment(Environment::default())
        .until(Time::from_micros(300_000))
        .interferer(wifi(3, 0.4, 20.0).at(Position::on_ground(30.0, 5.0)))
        .interferer(oven(20.0).at(Position::on_ground(3.0, 3.0)))
        .interferer(Interferer::new(beacon, 4.0).expect("a power"));
    builder = builder.board("walker", Profile::ESP32_S3, address(1), async |mut board| {
        let Parts { radio, clock, .. } = board.parts();
        radio.add_peer(Peer::new(address(2))).expect("a new peer");
        for number in (1..=11).cycle() {
            radio.set_channel(channel(number)).expect("a channel");
            radio.send(address(2), &[1; 100]).await.expect("a legal payload");
            clock.sleep(Duration::from_millis(1)).await;
        }
        Ending::Finished
    });
    builder = listener(builder, 2, 9).at(Position::on_ground(20.0, 0.0));
    let (seen, ..) = run(builder);
    format!("{:?}", seen.0)
}

#[test]
fn the_same_seed_gives_the_same_run() {
    assert!(busy_scene(1) == busy_scene(1));
    assert!(busy_scene(1) != busy_scene(2));
}

#[test]
fn bursts_take_their_share() {
    let lossy = |burst| {
        let links = Links::all(Link {
            burst: Some(burst),
            ..Link::default()
        });
        let builder = Lab::builder("bursts", 1)
            .links(links)
            .until(Time::from_micros(20_000_000));
        statistics(listener(broadcaster(builder, 1, Rate::Dsss1M), 2, 1)).medium
    };
    let medium = lossy(Burst::new(0.25, Span::from_micros(50_000)));
    let share = medium.lost.of(Loss::Fault) as f64 / medium.in_range as f64;
    // Some 100 bursts in the run.
    assert!((0.17..0.33).contains(&share), "{share}");
    assert_eq!(medium.lost.of(Loss::Fault), medium.lost.total());
    let all = lossy(Burst::new(1.0, Span::from_micros(50_000)));
    assert_eq!(all.lost.of(Loss::Fault), all.in_range);
}

/// Transmissions, pairs in range, receptions, and losses to collisions, noise, faults, and being busy.
fn demo(name: &str, set: &[(&str, &str)], link: Link, until_us: u64) -> [u64; 7] {
    let mut parameters = Parameters::default();
    for (key, value) in set {
        parameters.set(key, value);
    }
    let settings = Settings {
        seed: 1,
        links: Links::all(link),
        until: Some(Time::from_micros(until_us)),
        parameters,
    };
    let demo = Demo::named(name).expect("a demo");
    let medium = statistics(demo.builder(settings).expect("legal settings")).medium;
    let [collision, noise, fault, busy] =
        [Loss::Collision, Loss::Noise, Loss::Fault, Loss::Busy].map(|loss| medium.lost.of(loss));
    [
        medium.transmissions,
        medium.in_range,
        medium.receptions,
        collision,
        noise,
        fault,
        busy,
    ]
}

/// Numbers from before there were interferers.
#[test]
fn without_interferers_nothing_is_different() {
    let plain = Link::default();
    let lossy = Link { loss: 0.3, ..plain };
    assert_eq!(
        demo("field", &[("boards", "60")], plain, 2_000_000),
        [1198, 70_623, 67_905, 2654, 0, 0, 64]
    );
    assert_eq!(
        demo("pair", &[("distance", "400")], plain, 3_000_000),
        [2037, 1018, 1018, 0, 0, 0, 0]
    );
    assert_eq!(
        demo("saturation", &[("stations", "6")], plain, 2_000_000),
        [1579, 5250, 4218, 824, 0, 0, 208]
    );
    assert_eq!(
        demo("hello-unicast", &[], lossy, 310_000_000),
        [365, 214, 151, 0, 0, 63, 0]
    );
}
