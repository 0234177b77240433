//! How long a station waits: DIFS, NAV, EIFS (IEEE 802.11-2020, clauses 10.3.2 and 10.3.4).
//!
//! A talker sends to a partner. A bystander gets a frame of its own while the talker's is on the air; when it goes out, less
//! a whole number of slots, tells what it waited for. Over many seeds the smallest number of slots is 0 and none is above
//! CWmin: 31 of 32 draws miss a given slot, and 0.97^200 is 0.2 %.

use protocol::rate::{Ofdm, Preamble};
use protocol::{MacAddress, Rate};
use sim::board::Profile;
use sim::kernel::Span;
use sim::lab::Lab;
use sim::medium::{Link, Links, RadioParameters};
use sim::observe::Loss;
use tests::{Seen, Speech, address, listen, run, speak};

const TALKER: u32 = 0;
const PARTNER: u32 = 1;
const BYSTANDER: u32 = 2;

const SLOT: u64 = 20;
const CW_MIN: u64 = 31;
const DIFS: u64 = 50;
/// SIFS and an ACK at 1 Mbit/s.
const ACK: u64 = 314;
const EIFS: u64 = ACK + DIFS;

const DEAF: Link = Link {
    loss: 0.0,
    burst: None,
    latency: Span::ZERO,
    jitter: Span::ZERO,
    attenuation_db: 0.0,
    up: false,
};

fn weaker(attenuation_db: f64) -> Link {
    Link {
        attenuation_db,
        ..Link::default()
    }
}

fn scene(seed: u64, links: Links, talker: Speech) -> Seen {
    let bystander = Speech {
        to: MacAddress::BROADCAST,
        rate: Rate::Dsss1M,
        payload: 10,
        // In the middle of the talker's header.
        at_us: vec![1100],
    };
    let builder = Lab::builder("spacing", seed)
        .links(links)
        .board("talker", Profile::IEEE_80211B, address(0), move |board| {
            speak(board, talker.clone())
        })
        .board("partner", Profile::IEEE_80211B, address(1), listen)
        .board("bystander", Profile::IEEE_80211B, address(2), move |board| {
            speak(board, bystander.clone())
        });
    run(builder).0
}

/// What the bystander waits, µs after the talker's frame, before it counts slots.
fn waits(links: &Links, talker: &Speech, check: impl Fn(&Seen)) -> u64 {
    let mut shortest = u64::MAX;
    let mut longest = 0;
    for seed in 0..200 {
        let seen = scene(seed, links.clone(), talker.clone());
        check(&seen);
        let first = seen.transmissions().next().expect("the talker's frame");
        assert_eq!(first.sender.0, TALKER);
        let waited = (seen.starts(BYSTANDER)[0] - first.end()).as_micros();
        shortest = shortest.min(waited);
        longest = longest.max(waited);
        assert_eq!((waited - shortest) % SLOT, 0, "whole slots");
    }
    assert_eq!((longest - shortest) / SLOT, CW_MIN, "every slot up to CWmin is drawn");
    shortest
}

fn unicast(rate: Rate) -> Speech {
    Speech {
        to: address(1),
        rate,
        payload: 100,
        at_us: vec![1000],
    }
}

fn broadcast(rate: Rate) -> Speech {
    Speech {
        to: MacAddress::BROADCAST,
        ..unicast(rate)
    }
}

#[test]
fn a_broadcast_is_followed_by_difs() {
    let waited = waits(&Links::default(), &broadcast(Rate::Dsss1M), |_| ());
    assert_eq!(waited, DIFS);
}

#[test]
fn an_exchange_is_followed_by_difs_after_its_ack() {
    let waited = waits(&Links::default(), &unicast(Rate::Dsss1M), |_| ());
    assert_eq!(waited, ACK + DIFS);
}

#[test]
fn who_does_not_hear_the_ack_waits_for_it_all_the_same() {
    let mut links = Links::default();
    links.set(PARTNER, BYSTANDER, DEAF);
    assert_eq!(waits(&links, &unicast(Rate::Dsss1M), |_| ()), ACK + DIFS);
    // As long as this frame's ACK takes: 203 µs at 11 Mbit/s, 34 µs at 24.
    assert_eq!(
        waits(&links, &unicast(Rate::Cck11M(Preamble::Long)), |_| ()),
        10 + 203 + DIFS
    );
    assert_eq!(waits(&links, &unicast(Rate::Ofdm(Ofdm::M6)), |_| ()), 10 + 50 + DIFS);
}

#[test]
fn who_hears_neither_waits_for_nothing() {
    let mut links = Links::default();
    links.set(PARTNER, BYSTANDER, DEAF);
    links.set(TALKER, BYSTANDER, DEAF);
    let seen = scene(1, links, unicast(Rate::Dsss1M));
    assert_eq!(seen.starts(BYSTANDER)[0].as_micros(), 1100);
}

#[test]
fn a_broken_frame_is_followed_by_eifs() {
    // 54 Mbit/s needs some 15 dB more than its header.
    let mut links = Links::default();
    let over_noise_db = 10.0;
    links.set(
        TALKER,
        BYSTANDER,
        weaker(-40.0 - RadioParameters::NS3.noise_dbm - over_noise_db),
    );
    links.set(PARTNER, BYSTANDER, DEAF);
    let waited = waits(&links, &broadcast(Rate::Ofdm(Ofdm::M54)), |seen| {
        assert_eq!(seen.outcomes(TALKER, BYSTANDER), [Err(Loss::Noise)]);
    });
    assert_eq!(waited, EIFS);
}

#[test]
fn a_frame_broken_by_hand_is_followed_by_eifs_and_its_ack_ends_that() {
    let mut links = Links::default();
    let lossy = Link {
        loss: 1.0,
        ..Link::default()
    };
    links.set(TALKER, BYSTANDER, lossy);
    assert_eq!(waits(&links, &broadcast(Rate::Dsss1M), |_| ()), EIFS);
    // An ACK that comes in whole: EIFS is over with it (clause 10.3.2.3.7).
    assert_eq!(waits(&links, &unicast(Rate::Dsss1M), |_| ()), ACK + DIFS);
    links.set(PARTNER, BYSTANDER, DEAF);
    assert_eq!(waits(&links, &unicast(Rate::Dsss1M), |_| ()), EIFS);
}

#[test]
fn what_could_not_be_locked_on_is_followed_by_difs() {
    // Strong enough to be sensed, too weak over the noise for its preamble.
    let mut links = Links::default();
    links.set(TALKER, BYSTANDER, weaker(57.5));
    let deaf_to_preambles = RadioParameters {
        detection_sinr_db: 10.0,
        ..RadioParameters::NS3
    };
    let profile = Profile {
        radio: deaf_to_preambles,
        ..Profile::IEEE_80211B
    };
    let bystander = Speech {
        payload: 10,
        at_us: vec![1100],
        ..broadcast(Rate::Dsss1M)
    };
    let builder = Lab::builder("spacing", 1)
        .links(links)
        .board("talker", Profile::IEEE_80211B, address(0), |board| {
            speak(board, broadcast(Rate::Dsss1M))
        })
        .board("partner", profile, address(1), listen)
        .board("bystander", profile, address(2), move |board| {
            speak(board, bystander.clone())
        });
    let (seen, ..) = run(builder);
    assert_eq!(seen.outcomes(TALKER, BYSTANDER), [Err(Loss::Noise)]);
    let waited = seen.starts(BYSTANDER)[0] - seen.transmissions().next().expect("the talker's").end();
    assert!(
        waited.as_micros() >= DIFS && (waited.as_micros() - DIFS).is_multiple_of(SLOT),
        "{waited:?}"
    );
    assert!((waited.as_micros() - DIFS) / SLOT <= CW_MIN);
}
