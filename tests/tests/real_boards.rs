//! What others measured on real boards, within 10 %: their own figures for 1 Mbit/s are a few per cent above what the air
//! carries.

use protocol::rate::{Ofdm, Preamble};
use protocol::{MacAddress, Rate};
use sim::board::Profile;
use sim::kernel::{Span, Time};
use sim::lab::Lab;
use sim::observe::Transmission;
use tests::{Seen, Speech, address, demo, run, speak};

/// What the sink took in, in the best of three whole seconds.
fn best_second(rate: &str, reply: &str) -> u64 {
    let parameters = [("rate", rate), ("reply", reply), ("distance", "1"), ("payload", "250")];
    let mut lab = demo("pair", 1, &parameters).build();
    let mut best = 0;
    let mut before = 0;
    for second in 1..=3 {
        lab.run_until(Time::from_micros(second * 1_000_000));
        let sink = lab.statistics().boards[1];
        assert_eq!(sink.rx_dropped, 0, "the sink reads as fast as it comes");
        best = best.max(sink.rx_frames - before);
        before = sink.rx_frames;
    }
    best
}

#[test]
fn two_esp32_exchange_as_many_frames_a_second() {
    for (rate, reply, measured) in [
        ("1M", "ack", 357),
        ("1M", "none", 404),
        ("11M", "ack", 1397),
        ("11M", "none", 1988),
        ("54M", "ack", 3114),
        ("54M", "none", 3852),
    ] {
        let simulated = best_second(rate, reply);
        println!("{rate}, {reply}: {simulated} frames/s, {measured} on boards");
        let ratio = simulated as f64 / f64::from(measured);
        assert!(
            (0.9..1.1).contains(&ratio),
            "{rate}, {reply}: {simulated} frames/s, not {measured}"
        );
    }
}

#[test]
fn the_sink_prints_what_the_counters_say() {
    let parameters = [("rate", "11M"), ("reply", "ack")];
    let (_, report, _) = run(demo("pair", 1, &parameters).until(Time::from_micros(2_100_000)));
    let lines = &report.boards[1].console;
    let frames: Vec<f64> = lines
        .iter()
        .map(|line| {
            line.split(' ')
                .next()
                .and_then(|word| word.parse().ok())
                .expect("a number of frames")
        })
        .collect();
    assert_eq!(frames.len(), 2, "{lines:?}");
    assert!(
        frames.iter().all(|frames| (0.9..1.1).contains(&(frames / 1397.0))),
        "{lines:?}"
    );
}

/// A board sends a frame of `payload` octets to nobody, once a second, with different seeds. The attempts of each.
fn to_nobody(profile: Profile, payload: usize) -> Vec<Vec<Transmission>> {
    let calls = (0..5).map(|second| second * 1_000_000).collect();
    let mut frames: Vec<Vec<Transmission>> = Vec::new();
    for seed in 1..=20 {
        let speech = Speech {
            to: address(9),
            rate: Rate::Dsss1M,
            payload,
            at_us: Vec::clone(&calls),
        };
        let builder =
            Lab::builder("nobody", seed).board("a", profile, address(1), move |board| speak(board, speech.clone()));
        let (seen, report, _): (Seen, _, _) = run(builder);
        let tx = report.boards[0].tx;
        assert_eq!((tx.frames, tx.acked, tx.failed), (5, 0, 5));
        for attempt in seen.transmissions() {
            if frames.last().is_none_or(|frame: &Vec<Transmission>| {
                let last = &frame[frame.len() - 1];
                attempt.start < last.start || attempt.start - last.start > Span::from_micros(500_000)
            }) {
                frames.push(Vec::new());
            }
            frames.last_mut().expect("one was pushed").push(attempt.clone());
        }
    }
    assert_eq!(frames.len(), 100);
    frames
}

/// From the first attempt's start to the last one's end, ms: least, mean, most.
fn lasts_ms(frames: &[Vec<Transmission>]) -> [f64; 3] {
    let spans = frames
        .iter()
        .map(|attempts| (attempts[attempts.len() - 1].end() - attempts[0].start).as_micros() as f64 / 1000.0);
    let (least, most) = spans.clone().fold((f64::MAX, 0.0_f64), |(least, most), span| {
        (least.min(span), most.max(span))
    });
    [least, spans.sum::<f64>() / frames.len() as f64, most]
}

#[test]
fn an_esp32_gives_up_after_5_to_7_attempts_and_about_20_ms() {
    for payload in [10, 100, 250] {
        let frames = to_nobody(Profile::ESP32_S3, payload);
        let counts = frames.iter().map(Vec::len);
        let (least, most) = (counts.clone().min(), counts.max());
        let lasts = lasts_ms(&frames);
        println!("{payload} octets: {least:?} to {most:?} attempts, {lasts:.1?} ms");
        assert!(
            frames.iter().all(|attempts| (5..=7).contains(&attempts.len())),
            "{payload}: {least:?} to {most:?}"
        );
        assert!((10.0..25.0).contains(&lasts[1]), "{payload} octets: {lasts:?} ms");
    }
}

/// A capture of an ESP8266 that sends 250 octets to nobody
/// (<https://hackaday.io/project/161896/log/154698>): 2 attempts at 6 Mbit/s, 2 at 2, 7 at 1, for 20 ms. Its first frame's
/// duration field says 60 µs.
#[test]
fn an_esp8266_falls_back_for_about_20_ms() {
    let (six, two) = (Rate::Ofdm(Ofdm::M6), Rate::Dsss2M(Preamble::Long));
    let frames = to_nobody(Profile::ESP8266, 250);
    for attempts in &frames {
        let rates: Vec<_> = attempts.iter().map(|attempt| attempt.rate).collect();
        assert_eq!(rates[..4], [six, six, two, two]);
        assert!(rates[4..].iter().all(|&rate| rate == Rate::Dsss1M), "{rates:?}");
        assert_eq!(attempts[0].mpdu[2..4], [60, 0], "duration");
        assert!((10..=12).contains(&attempts.len()), "{} attempts", attempts.len());
    }
    let lasts = lasts_ms(&frames);
    assert!((18.0..27.0).contains(&lasts[1]), "{lasts:?} ms");
}

#[test]
fn a_duration_field_at_1_mbit_s_says_314() {
    for (to, expected) in [(address(9), 314), (MacAddress::BROADCAST, 0)] {
        let speech = Speech {
            to,
            rate: Rate::Dsss1M,
            payload: 10,
            at_us: vec![0],
        };
        let builder = Lab::builder("duration", 1).board("a", Profile::ESP32_S3, address(1), move |board| {
            speak(board, speech.clone())
        });
        let (seen, ..) = run(builder);
        for frame in seen.transmissions() {
            assert_eq!(u16::from_le_bytes([frame.mpdu[2], frame.mpdu[3]]), expected);
        }
    }
}
