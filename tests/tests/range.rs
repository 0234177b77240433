//! How far a frame is heard: the rate's sensitivity by the datasheet, free space, shadowing.

use protocol::rate::{GuardInterval, Mcs, Ofdm, Preamble};
use protocol::{MacAddress, Rate};
use sim::board::Profile;
use sim::lab::Lab;
use sim::medium::phy::Chip;
use sim::medium::propagation::{Environment, Position, Shadowing};
use tests::{Speech, address, listen, run, speak};

/// Free space's loss at 1 m on channel 1, dB.
const AT_1_M_DB: f64 = 40.095;

fn rates() -> [Rate; 4] {
    let mcs7 = Rate::Ht20(Mcs::new(7).expect("0 to 7"), GuardInterval::Long);
    [Rate::Dsss1M, Rate::Cck11M(Preamble::Long), Rate::Ofdm(Ofdm::M54), mcs7]
}

/// Where a frame sent with 20 dBm arrives with so much, in free space.
fn metres(dbm: f64) -> f64 {
    10.0_f64.powf((20.0 - dbm - AT_1_M_DB) / 20.0)
}

/// Of 300 frames of about 1000 octets, the standard's measure of sensitivity, how many arrive with a signal so much above
/// the rate's sensitivity. Distance makes it.
fn delivered(rate: Rate, margin_db: f64) -> f64 {
    let frames = 300;
    let speech = Speech {
        to: MacAddress::BROADCAST,
        rate,
        // An MPDU of 1023 octets, in four elements.
        payload: 959,
        at_us: (1..=frames).map(|number| number * 12_000).collect(),
    };
    let place = Position::on_ground(metres(Chip::Esp32S3.sensitivity_dbm(rate) + margin_db), 0.0);
    let builder = Lab::builder("range", 1)
        .environment(Environment::open())
        .board("a", Profile::ESP32_S3, address(1), move |board| {
            speak(board, speech.clone())
        })
        .board("b", Profile::ESP32_S3, address(2), listen)
        .at(place);
    let (seen, ..) = run(builder);
    assert_eq!(seen.transmissions().next().map(|frame| frame.mpdu.len()), Some(1023));
    let received = seen.outcomes(0, 1).iter().filter(|outcome| outcome.is_ok()).count();
    received as f64 / frames as f64
}

#[test]
fn delivery_falls_from_all_to_nothing_around_the_sensitivity() {
    for rate in rates() {
        let curve = [6.0, 2.0, 1.0, 0.5, -1.0, -2.0, -4.0].map(|margin_db| delivered(rate, margin_db));
        println!("{rate}: {curve:.3?}");
        assert!(
            curve.is_sorted_by(|nearer, farther| nearer >= farther),
            "{rate}: {curve:?}"
        );
        assert!(curve[0] == 1.0 && curve[1] > 0.98, "{rate}: {curve:?}");
        // 8 % or 10 % are lost at the datasheet's figure; 0.5 dB more is better than that, 1 dB less is worse.
        assert!(curve[3] > 0.9 && curve[4] < 0.85, "{rate}: {curve:?}");
        assert!(curve[5] < 0.3 && curve[6] < 0.01, "{rate}: {curve:?}");
    }
}

#[test]
fn at_the_sensitivity_as_much_is_lost_as_the_standard_allows() {
    for (rate, expected) in rates().into_iter().zip([0.08, 0.08, 0.10, 0.10]) {
        let lost = 1.0 - delivered(rate, 0.0);
        // Four standard deviations of 300 frames.
        assert!((lost - expected).abs() < 0.07, "{rate}: {lost:.3} lost");
    }
}

/// How many of 50 short frames arrive with this signal.
fn heard_at(rate: Rate, dbm: f64) -> usize {
    let speech = Speech {
        to: MacAddress::BROADCAST,
        rate,
        payload: 20,
        at_us: (1..=50).map(|number| number * 12_000).collect(),
    };
    let builder = Lab::builder("long range", 1)
        .environment(Environment::open())
        .board("a", Profile::ESP32_S3, address(1), move |board| {
            speak(board, speech.clone())
        })
        .board("b", Profile::ESP32_S3, address(2), listen)
        .at(Position::on_ground(metres(dbm), 0.0));
    let (seen, ..) = run(builder);
    seen.outcomes(0, 1).iter().filter(|outcome| outcome.is_ok()).count()
}

#[test]
fn long_range_is_heard_where_nothing_else_is() {
    for (rate, heard, unheard) in [
        (Rate::Dsss1M, -97.0, -99.5),
        (Rate::LongRange500K, -100.0, -102.5),
        (Rate::LongRange250K, -103.0, -105.5),
    ] {
        assert_eq!(heard_at(rate, heard), 50, "{rate} at {heard} dBm");
        assert_eq!(heard_at(rate, unheard), 0, "{rate} at {unheard} dBm");
    }
}

#[test]
fn slower_rates_reach_further() {
    let reach = rates().map(|rate| metres(Chip::Esp32S3.sensitivity_dbm(rate)));
    assert!(reach.is_sorted_by(|slower, faster| slower > faster), "{reach:?}");
    // Free space, no obstacle, no fading: kilometres.
    assert!(
        (8_000.0..8_500.0).contains(&reach[0]) && (500.0..700.0).contains(&reach[2]),
        "{reach:?}"
    );
}

#[test]
fn a_boards_power_falls_by_6_db_when_the_distance_doubles() {
    let rssi = [10.0, 20.0, 40.0, 80.0].map(|x_m| rssi_between(1, 0.0, x_m)[0]);
    assert_eq!(rssi, [-40, -46, -52, -58]);
}

/// The signal of six boards in a line of which each sends three frames, by receiver and sender, in the order of sending.
fn rssi_between(seed: u64, sigma_db: f64, spacing_m: f64) -> Vec<i8> {
    let environment = Environment {
        shadowing: Shadowing { sigma_db },
        ..Environment::open()
    };
    let mut builder = Lab::builder("shadowing", seed).environment(environment);
    for number in 0..6 {
        let speech = Speech {
            to: MacAddress::BROADCAST,
            rate: Rate::Dsss1M,
            payload: 10,
            at_us: (0..3).map(|round| 10_000 * (6 * round + u64::from(number))).collect(),
        };
        builder = builder
            .board(
                &format!("b{number}"),
                Profile::ESP32_S3,
                address(number),
                move |board| speak(board, speech.clone()),
            )
            .at(Position::on_ground(spacing_m * f64::from(number), 0.0));
    }
    let (seen, ..) = run(builder);
    seen.receptions().map(|reception| reception.rssi_dbm).collect()
}

#[test]
fn shadowing_is_a_pairs_own_and_stays() {
    let all = rssi_between(1, 6.0, 10.0);
    assert_eq!(all.len(), 3 * 6 * 5);
    let (first, again) = all.split_at(30);
    assert_eq!(first, &again[..30], "frame after frame");
    let at = |receiver: usize, sender: usize| first[5 * sender + receiver - usize::from(receiver > sender)];
    let plain = rssi_between(1, 0.0, 10.0);
    let mut gains = Vec::new();
    for a in 0..6 {
        for b in a + 1..6 {
            assert_eq!(at(a, b), at(b, a), "both ways alike");
            gains.push(at(a, b) - plain[5 * a + b - 1]);
        }
    }
    assert!(
        gains.iter().any(|&gain| gain > 2) && gains.iter().any(|&gain| gain < -2),
        "{gains:?}"
    );
    assert!(
        gains.iter().all(|gain| gain.abs() <= 18),
        "three standard deviations: {gains:?}"
    );
    assert_ne!(all, rssi_between(2, 6.0, 10.0), "another seed, other pairs");
}
