//! Neighbour channels: what is decoded there, and what only disturbs.

use protocol::board::{Board as _, Parts, Radio as _};
use protocol::rate::{Ofdm, Preamble};
use protocol::{Channel, MacAddress, Rate};
use sim::board::{Profile, VirtualBoard};
use sim::lab::Lab;
use sim::medium::{Link, Links};
use sim::observe::{Ending, Loss};
use tests::{Seen, Speech, address, run, speak};

const LISTENER: u32 = 0;
const NEAR: u32 = 1;
const FAR: u32 = 2;

/// What the desk makes of 20 dBm.
const DESK_DBM: f64 = -40.0;

async fn speak_on(mut board: VirtualBoard, channel: u8, speech: Speech) -> Ending {
    tune(&mut board, channel);
    speak(board, speech).await
}

async fn listen_on(mut board: VirtualBoard, channel: u8) -> Ending {
    tune(&mut board, channel);
    tests::listen(board).await
}

fn tune(board: &mut VirtualBoard, channel: u8) {
    let Parts { radio, .. } = board.parts();
    let channel = Channel::new(channel).expect("1 to 14");
    radio.set_channel(channel).expect("an idle radio");
}

/// 50 frames at `rate` on channel 6, which arrive with `dbm`, for a listener on another channel.
fn heard(rate: Rate, dbm: f64, listener: u8) -> Seen {
    let speech = Speech {
        to: MacAddress::BROADCAST,
        rate,
        payload: 100,
        at_us: (1..=50).map(|number| number * 3_000).collect(),
    };
    let links = Links::all(Link {
        attenuation_db: DESK_DBM - dbm,
        ..Link::default()
    });
    let builder = Lab::builder("channels", 1)
        .links(links)
        .board("listener", Profile::ESP32_S3, address(0), move |board| {
            listen_on(board, listener)
        })
        .board("near", Profile::ESP32_S3, address(1), move |board| {
            speak_on(board, 6, speech.clone())
        });
    run(builder).0
}

fn received(seen: &Seen) -> usize {
    seen.receptions().filter(|reception| reception.outcome.is_ok()).count()
}

#[test]
fn one_channel_off_a_frame_takes_15_db_more() {
    for rate in [Rate::Dsss1M, Rate::Dsss2M(Preamble::Long)] {
        let sensitivity_dbm = if rate == Rate::Dsss1M { -98.0 } else { -95.4 };
        for listener in [5, 7] {
            assert_eq!(received(&heard(rate, sensitivity_dbm + 17.0, listener)), 50, "{rate}");
            assert_eq!(received(&heard(rate, sensitivity_dbm + 9.0, listener)), 0, "{rate}");
        }
        assert_eq!(received(&heard(rate, sensitivity_dbm + 2.0, 6)), 50, "{rate}");
    }
}

#[test]
fn one_channel_off_only_spread_frames_are_decoded() {
    for rate in [
        Rate::Cck11M(Preamble::Long),
        Rate::Ofdm(Ofdm::M6),
        Rate::Ofdm(Ofdm::M54),
    ] {
        assert_eq!(received(&heard(rate, DESK_DBM, 6)), 50, "{rate}");
        assert_eq!(received(&heard(rate, DESK_DBM, 7)), 0, "{rate}");
    }
}

#[test]
fn two_channels_off_and_more_nothing_is_decoded_however_strong() {
    for listener in [1, 2, 3, 4, 8, 9, 10, 11, 14] {
        assert_eq!(received(&heard(Rate::Dsss1M, 0.0, listener)), 0, "channel {listener}");
    }
}

/// A frame from far, on the listener's channel 6, while a near board sends on another: how it ends, 30 times.
fn beside(near: u8, near_dbm: f64, far_dbm: f64) -> Vec<Result<(), Loss>> {
    let speech = |payload: usize, offset: u64| Speech {
        to: MacAddress::BROADCAST,
        rate: Rate::Cck11M(Preamble::Long),
        payload,
        at_us: (1..=30).map(|number| number * 3_000 + offset).collect(),
    };
    let mut links = Links::default();
    for (sender, dbm) in [(NEAR, near_dbm), (FAR, far_dbm)] {
        let link = Link {
            attenuation_db: DESK_DBM - dbm,
            ..Link::default()
        };
        links.set(sender, LISTENER, link);
    }
    let deaf = Link {
        up: false,
        ..Link::default()
    };
    links.set(NEAR, FAR, deaf);
    links.set(FAR, NEAR, deaf);
    let (frame, longer) = (speech(100, 200), speech(250, 0));
    let builder = Lab::builder("beside", 1)
        .links(links)
        .board("listener", Profile::IEEE_80211B, address(0), |board| {
            listen_on(board, 6)
        })
        .board("near", Profile::IEEE_80211B, address(1), move |board| {
            speak_on(board, near, longer.clone())
        })
        .board("far", Profile::IEEE_80211B, address(2), move |board| {
            speak_on(board, 6, frame.clone())
        });
    run(builder).0.outcomes(FAR, LISTENER)
}

#[test]
fn what_is_not_decoded_disturbs_by_what_leaks() {
    // −12 dB two channels off, −30 dB three, −50 dB four, nothing five off: an equal frame is 10 dB too much.
    for (near, leakage_db) in [(8, -12.0), (9, -30.0), (10, -50.0)] {
        let far_dbm = -80.0;
        let harmless = beside(near, far_dbm - leakage_db - 15.0, far_dbm);
        assert_eq!(harmless, [Ok(()); 30], "channel {near}");
        let harmful = beside(near, far_dbm - leakage_db + 10.0, far_dbm);
        assert!(harmful.iter().all(Result::is_err), "channel {near}: {harmful:?}");
    }
    assert_eq!(beside(11, 0.0, -85.0), [Ok(()); 30]);
}
