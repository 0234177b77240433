//! Stations that always have something to send, against an event-by-event Monte Carlo model of the same stations (802.11b,
//! 200 octets at 1 Mbit/s, slot 20 µs, CW 31 to 1023, 7 attempts, equal power). Bianchi's formula and ns-3 agree with that
//! within 1 % and 0.012.
//!
//! Bounds: 2 % of the throughput, 0.01 of the failure probability. An attempt fails with probability p, and collisions fail
//! in pairs or more, so n attempts leave a standard deviation of about √(2·p·(1−p)/n). The virtual times are chosen so that
//! this is a third of the bound (two fifths for 20 and 50 stations, whose bound is 0.015).

use sim::kernel::Time;
use tests::demo;

const PAYLOAD_BITS: f64 = 1600.0;

/// Until then stations that all began at once have spread.
const SETTLED: Time = Time::from_micros(1_000_000);

/// Throughput in kbit/s of payload, and the probability that an attempt fails.
fn saturate(stations: u32, seconds: u64) -> (f64, f64) {
    let mut lab = demo("saturation", 1, &[("stations", &stations.to_string())]).build();
    lab.run_until(SETTLED);
    let count = |lab: &sim::lab::Lab| {
        let boards = lab.statistics().boards;
        boards.iter().fold((0, 0), |(attempts, acked), board| {
            (attempts + board.tx_attempts, acked + board.tx_acked)
        })
    };
    let before = count(&lab);
    lab.run_until(SETTLED + sim::kernel::Span::from_micros(seconds * 1_000_000));
    let after = count(&lab);
    let (attempts, acked) = ((after.0 - before.0) as f64, (after.1 - before.1) as f64);
    (acked * PAYLOAD_BITS / 1e3 / seconds as f64, 1.0 - acked / attempts)
}

fn check(stations: u32, seconds: u64, throughput: f64, failure: f64, bound: f64) {
    let (measured, failed) = saturate(stations, seconds);
    println!(
        "{stations} stations: {measured:.1} kbit/s (expected {throughput}), {failed:.4} fail (expected {failure})"
    );
    assert!(
        (measured / throughput - 1.0).abs() < 0.02,
        "{stations} stations: {measured:.1} kbit/s, not {throughput}"
    );
    assert!(
        (failed - failure).abs() < bound,
        "{stations} stations: {failed:.4} of the attempts fail, not {failure}"
    );
}

#[test]
fn one_station_has_the_air_for_itself() {
    check(1, 20, 569.3, 0.0, 1e-3);
}

#[test]
fn two_stations() {
    check(2, 25, 581.7, 0.0585, 0.01);
}

#[test]
fn five_stations() {
    check(5, 60, 566.5, 0.1739, 0.01);
}

#[test]
fn ten_stations() {
    check(10, 80, 536.1, 0.2839, 0.01);
}

#[test]
fn twenty_stations() {
    check(20, 25, 498.8, 0.3921, 0.015);
}

#[test]
fn fifty_stations() {
    check(50, 25, 437.6, 0.5358, 0.015);
}
