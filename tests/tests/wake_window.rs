//! Radios that sleep: what they hear, what they lose, and what they are told about it.

use std::cell::Cell;
use std::fmt::Write as _;

use proptest::prelude::*;
use protocol::board::{Board as _, Button as _, Clock as _, Parts, Radio as _, WakeWindow};
use protocol::espnow::{Delivery, Peer};
use protocol::time::{Duration, Instant};
use protocol::{MacAddress, Rate};
use sim::board::{Profile, VirtualBoard};
use sim::kernel::Time;
use sim::lab::{Intervention, Lab, LabBuilder};
use sim::observe::{BoardId, Ending, Loss};
use tests::{Seen, Speech, address, run, speak};

const TALKER: u32 = 0;
const SLEEPER: u32 = 1;

fn wake_window(interval_ms: u16, window_ms: u16) -> Option<WakeWindow> {
    Some(WakeWindow::new(interval_ms, window_ms).expect("neither is 0"))
}

/// Sets its windows at these moments, µs after its start, and does nothing else.
async fn sleep_by(mut board: VirtualBoard, settings: Vec<(u64, Option<WakeWindow>)>) -> Ending {
    {
        let Parts { radio, clock, .. } = board.parts();
        for (at_us, window) in settings {
            clock.sleep_until(Instant::from_micros(at_us)).await;
            radio.set_wake_window(window).expect("the radio is on");
        }
    }
    board.parts().button.pressed().await;
    Ending::Finished
}

fn talks(to: MacAddress, payload: usize, at_us: Vec<u64>) -> Speech {
    Speech {
        to,
        rate: Rate::Dsss1M,
        payload,
        at_us,
    }
}

/// A talker, and a board that sleeps like this.
fn pair(speech: Speech, settings: Vec<(u64, Option<WakeWindow>)>) -> LabBuilder {
    let limit = speech.at_us.last().copied().unwrap_or(0) + 100_000;
    Lab::builder("sleepers", 1)
        .until(Time::from_micros(limit))
        .board("talker", Profile::IEEE_80211B, address(0), move |board| {
            speak(board, speech.clone())
        })
        .board("sleeper", Profile::IEEE_80211B, address(1), move |board| {
            sleep_by(board, settings.clone())
        })
}

fn delivered(seen: &Seen) -> f64 {
    let outcomes = seen.outcomes(TALKER, SLEEPER);
    let received = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    received as f64 / outcomes.len() as f64
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// From its first bit to its last within one window, or lost.
    #[test]
    fn what_is_on_the_air_within_a_window_arrives(
        interval in 2..120_u16,
        part in 1..120_u16,
        payload in 1..250_usize,
        called_at in 0..50_000_u64,
        gaps in prop::collection::vec(3_000..40_000_u64, 1..60),
    ) {
        let window = part.min(interval);
        let at_us: Vec<u64> = gaps
            .iter()
            .scan(called_at, |at, gap| {
                *at += gap;
                Some(*at)
            })
            .collect();
        let speech = talks(MacAddress::BROADCAST, payload, at_us);
        let (seen, report, _) = run(pair(speech, vec![(called_at, wake_window(interval, window))]));
        let [interval_us, window_us] = [interval, window].map(|ms| u64::from(ms) * 1000);
        let expected: Vec<_> = seen
            .transmissions()
            .map(|frame| {
                let place = (frame.start.as_micros() - called_at) % interval_us;
                let fits = place + frame.airtime.as_micros() <= window_us;
                if fits || window == interval { Ok(()) } else { Err(Loss::Asleep) }
            })
            .collect();
        prop_assert_eq!(expected.len(), gaps.len());
        prop_assert_eq!(seen.outcomes(TALKER, SLEEPER), &expected[..]);
        prop_assert_eq!(report.medium.lost.asleep, expected.iter().filter(|outcome| outcome.is_err()).count() as u64);
        let asleep_us = report.boards[1].asleep_us;
        let share = f64::from(interval - window) / f64::from(interval);
        let expected_us = share * (report.virtual_us - called_at) as f64;
        prop_assert!((asleep_us as f64 - expected_us).abs() <= interval_us as f64, "{} µs, not {}", asleep_us, expected_us);
        prop_assert_eq!(report.boards[0].asleep_us, 0);
    }
}

#[test]
fn the_same_windows_set_again_open_with_the_call() {
    let window = wake_window(100, 10);
    let frames = |offset: u64| {
        talks(
            MacAddress::BROADCAST,
            20,
            (0..10).map(|n| 200_000 + offset + n * 100_000).collect(),
        )
    };
    let settings = vec![(0, window), (150_000, window)];
    assert!(delivered(&run(pair(frames(51_000), settings.clone())).0) > 0.9);
    assert!(delivered(&run(pair(frames(1_000), settings)).0) < 0.1);
}

#[test]
fn a_radio_that_is_told_so_listens_all_the_time_again_and_so_does_one_that_was_reset() {
    let frames = talks(
        MacAddress::BROADCAST,
        20,
        (0..20).map(|n| 51_000 + n * 100_000).collect(),
    );
    let woken = vec![(0, wake_window(100, 10)), (1_000_000, None)];
    let (seen, report, _) = run(pair(frames.clone(), woken));
    let expected = [vec![Err(Loss::Asleep); 10], vec![Ok(()); 10]].concat();
    assert_eq!(seen.outcomes(TALKER, SLEEPER), expected);
    assert_eq!(report.boards[1].asleep_us, 900_000);
    // A program that sets a window in its first life alone.
    let lives = Cell::new(0);
    let builder = Lab::builder("reset", 1)
        .until(Time::from_micros(2_100_000))
        .board("talker", Profile::IEEE_80211B, address(0), move |board| {
            speak(board, frames.clone())
        })
        .board("sleeper", Profile::IEEE_80211B, address(1), move |board| {
            let first = lives.replace(lives.get() + 1) == 0;
            sleep_by(
                board,
                if first {
                    vec![(0, wake_window(100, 10))]
                } else {
                    Vec::new()
                },
            )
        })
        .intervene_at(Time::from_micros(1_000_000), Intervention::Restart);
    let (seen, report, _) = run(builder);
    let heard = seen.outcomes(TALKER, SLEEPER);
    assert_eq!(heard[..10], [Err(Loss::Asleep); 10]);
    assert!(heard.len() < 20, "it hears nothing while it boots");
    assert!(heard[10..].iter().all(Result::is_ok) && heard.len() > 13);
    assert_eq!(report.boards[1].asleep_us, 900_000);
}

/// Sends by unicast at moments that are all outside its own windows, and says what became of it.
async fn send_in_its_sleep(mut board: VirtualBoard, to: MacAddress) -> Ending {
    let Parts {
        radio, clock, console, ..
    } = board.parts();
    radio.add_peer(Peer::new(to)).expect("a new peer");
    radio.set_wake_window(wake_window(100, 10)).expect("the radio is on");
    let mut acknowledged = 0;
    for number in 0..10 {
        clock.sleep_until(Instant::from_micros(50_000 + number * 100_000)).await;
        acknowledged += u32::from(radio.send(to, b"awake?").await == Ok(Delivery::Acknowledged));
    }
    let _ = writeln!(console, "{acknowledged}");
    Ending::Finished
}

#[test]
fn a_sleeper_sends_at_any_time_and_hears_its_acks() {
    let builder = Lab::builder("sends", 1)
        .board("sleeper", Profile::ESP32_S3, address(0), |board| {
            send_in_its_sleep(board, address(1))
        })
        .board("awake", Profile::ESP32_S3, address(1), tests::listen)
        .until(Time::from_micros(2_000_000));
    let (seen, report, _) = run(builder);
    assert_eq!(report.boards[0].console, ["10"]);
    assert_eq!(report.boards[0].tx.attempts, 10, "every first attempt is acknowledged");
    assert_eq!(
        seen.receptions().filter(|reception| reception.outcome.is_err()).count(),
        0
    );
    assert!(report.advice.is_empty(), "{:?}", report.advice);
}

#[test]
fn who_sends_to_a_sleeper_gets_no_ack_and_is_told_why() {
    let builder = Lab::builder("in vain", 1)
        .board("talker", Profile::ESP32_S3, address(0), |board| {
            send_in_its_sleep(board, address(1))
        })
        .board("sleeper", Profile::ESP32_S3, address(1), |board| {
            sleep_by(board, vec![(0, wake_window(100, 10))])
        })
        .until(Time::from_micros(2_000_000));
    let (seen, report, _) = run(builder);
    assert_eq!(report.boards[0].console, ["0"]);
    assert!(
        seen.outcomes(0, SLEEPER)
            .iter()
            .all(|outcome| *outcome == Err(Loss::Asleep))
    );
    assert_eq!(report.boards[1].rx.frames, 0);
    let [advice] = &report.advice[..] else {
        panic!("{:?}", report.advice)
    };
    assert_eq!((&*advice.board, advice.trap), ("talker", "sleeping-receiver"));
    assert!(
        advice.text.contains("100 ms") && advice.text.contains("10 ms"),
        "{}",
        advice.text
    );
}

/// Calls every 100 ms by its own crystal, without knowing when anybody is awake.
async fn call(mut board: VirtualBoard) -> Ending {
    let Parts { radio, clock, .. } = board.parts();
    radio.add_peer(Peer::new(MacAddress::BROADCAST)).expect("a new peer");
    let mut next = Instant::from_micros(5_000);
    loop {
        clock.sleep_until(next).await;
        next = next + Duration::from_millis(100);
        if radio.send(MacAddress::BROADCAST, b"anybody awake?").await.is_err() {
            return Ending::Failed("refused".to_owned());
        }
    }
}

/// Two crystals: in the beginning the call falls into the window, and then it wanders out of it and through all the interval.
#[test]
fn without_a_clock_in_common_as_much_arrives_as_the_window_is_of_the_interval() {
    let minute = |number: u64| Time::from_micros(number * 60_000_000);
    let builder = Lab::builder("drift", 3)
        .crystals(50.0)
        .until(minute(100))
        .board("talker", Profile::ESP32_S3, address(0), call)
        .board("sleeper", Profile::ESP32_S3, address(1), |board| {
            sleep_by(board, vec![(0, wake_window(100, 20))])
        });
    let (seen, _, lab) = run(builder);
    let shown = |board| lab.board_time(BoardId(board)).expect("there is one").as_micros();
    let apart_us = shown(0).abs_diff(shown(1));
    assert!(
        apart_us > 200_000,
        "the call goes twice through the interval: {apart_us} µs"
    );
    let outcomes = seen.outcomes(TALKER, SLEEPER);
    assert!(outcomes[..600].iter().all(Result::is_ok), "the first minute");
    // By the sleeper's own crystal, to within what the clock shows of it.
    let rate = shown(SLEEPER) as f64 / lab.now().as_micros() as f64;
    for (frame, outcome) in seen.transmissions().zip(&outcomes) {
        let place = frame.start.as_micros() as f64 * rate % 100_000.0;
        let left = 20_000.0 - place - frame.airtime.as_micros() as f64;
        if left.abs() > 3.0 && place > 3.0 && place < 99_997.0 {
            assert_eq!(outcome.is_ok(), left > 0.0, "{place} µs after an opening");
        }
    }
    let part = delivered(&seen);
    assert!((0.12..0.28).contains(&part), "{part} of the calls were heard");
}
