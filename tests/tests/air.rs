//! What 802.11 asks of the air.

use std::collections::BTreeMap;

use proptest::prelude::*;
use protocol::board::{Board as _, Clock as _, Parts, Radio as _};
use protocol::espnow::Peer;
use protocol::frame::{Mpdu, check_fcs};
use protocol::rate::{Ofdm, Preamble};
use protocol::time::Duration;
use protocol::{MacAddress, Rate};
use sim::board::Profile;
use sim::kernel::{Span, Time};
use sim::lab::{Lab, LabBuilder};
use sim::medium::{Link, Links};
use sim::observe::{Ending, Loss, TransmissionKind};
use tests::{Seen, run};

const SIFS: Span = Span::from_micros(10);

fn address(index: usize) -> MacAddress {
    let [high, low] = u16::try_from(index).expect("few boards").to_be_bytes();
    MacAddress([0x34, 0x85, 0x18, 0, high, low])
}

/// One board sends `payloads` at `rate` to another that reads them.
fn pair(seed: u64, rate: Rate, payloads: Vec<Vec<u8>>, link: Link) -> LabBuilder {
    Lab::builder("pair", seed)
        .links(Links::all(link))
        .board("a", Profile::ESP32_S3, address(1), async move |mut board| {
            let Parts { radio, .. } = board.parts();
            radio.add_peer(Peer::new(address(2)).at_rate(rate)).expect("a new peer");
            for payload in &payloads {
                radio.send(address(2), payload).await.expect("a legal payload");
            }
            Ending::Finished
        })
        .board("b", Profile::ESP32_S3, address(2), async |mut board| {
            let mut buffer = [0; 1470];
            loop {
                board.parts().radio.receive(&mut buffer).await;
            }
        })
}

/// `count` boards that broadcast now and then.
fn crowd(seed: u64, count: usize, loss: f64) -> LabBuilder {
    let links = Links::all(Link {
        loss,
        ..Link::default()
    });
    let mut builder = Lab::builder("crowd", seed)
        .links(links)
        .until(Time::from_micros(200_000));
    for index in 0..count {
        builder = builder.board(
            &format!("b{index}"),
            Profile::ESP32_S3,
            address(index),
            async |mut board| {
                let Parts {
                    radio, clock, random, ..
                } = board.parts();
                radio.add_peer(Peer::new(MacAddress::BROADCAST)).expect("a new peer");
                loop {
                    clock.sleep(Duration::from_micros(random.next_u64() % 10_000)).await;
                    radio
                        .send(MacAddress::BROADCAST, &[7; 64])
                        .await
                        .expect("a legal payload");
                }
            },
        );
    }
    builder
}

#[test]
fn an_ack_follows_each_unicast_frame_after_sifs() {
    for (rate, octets, airtime, ack_airtime) in [
        (Rate::Dsss1M, 250, 2536, 304),
        (Rate::Cck11M(Preamble::Long), 250, 406, 203),
        (Rate::Ofdm(Ofdm::M54), 250, 70, 34),
        (Rate::Dsss1M, 1, 192 + 8 * 44, 304),
    ] {
        let (seen, report, _) = run(pair(1, rate, vec![vec![1; octets]; 5], Link::default()));
        let frames: Vec<_> = seen.transmissions().collect();
        assert_eq!(frames.len(), 10);
        for exchange in frames.chunks(2) {
            let [data, ack] = exchange else { panic!("in pairs") };
            assert_eq!(data.airtime, Span::from_micros(airtime), "{rate}");
            assert_eq!(ack.kind, TransmissionKind::Ack { receiver: address(1) });
            assert_eq!(ack.start - data.end(), SIFS);
            assert_eq!(ack.airtime, Span::from_micros(ack_airtime), "{rate}");
        }
        let expected = 5 * (airtime + ack_airtime);
        assert_eq!(report.boards[0].airtime_us + report.boards[1].airtime_us, expected);
    }
}

#[test]
fn every_frame_is_whole_and_carries_what_the_mac_fills_in() {
    let lossy = Link {
        loss: 0.4,
        ..Link::default()
    };
    let (seen, ..) = run(pair(3, Rate::Dsss1M, (0..40).map(|i| vec![i; 60]).collect(), lossy));
    let mut attempts: BTreeMap<u16, u8> = BTreeMap::new();
    let mut last = None;
    for frame in seen.transmissions() {
        let mpdu = Mpdu::parse(check_fcs(&frame.mpdu).expect("its FCS is right")).expect("it is a frame of ours");
        match (mpdu, frame.kind) {
            (Mpdu::Ack(ack), TransmissionKind::Ack { receiver }) => assert_eq!(ack.receiver, receiver),
            (Mpdu::Plain(packet), TransmissionKind::Data { attempt, .. }) => {
                let header = packet.header();
                assert_eq!(header.duration_us, 314);
                assert_eq!(header.retry, attempt > 1);
                let number = header.sequence.get();
                let before = attempts.insert(number, attempt).unwrap_or_default();
                assert_eq!(attempt, before + 1, "attempts are counted");
                assert!(attempt <= 7);
                if attempt == 1 {
                    let expected = last.map_or(0, |last: u16| last + 1);
                    assert_eq!(number, expected, "sequence numbers rise by one");
                }
                last = Some(number);
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(attempts.len(), 40);
    assert!(attempts.values().any(|&attempts| attempts > 2));
}

#[test]
fn a_receiver_that_is_not_there_costs_seven_attempts() {
    let builder = Lab::builder("alone", 1).board("a", Profile::ESP32_S3, address(1), async |mut board| {
        let Parts { radio, .. } = board.parts();
        radio.add_peer(Peer::new(address(2))).expect("a new peer");
        let delivery = radio.send(address(2), b"hello?").await.expect("a legal payload");
        assert_eq!(delivery, protocol::espnow::Delivery::Unacknowledged);
        Ending::Finished
    });
    let (seen, report, lab) = run(builder);
    assert_eq!(seen.transmissions().count(), 7);
    let tx = report.boards[0].tx;
    assert_eq!((tx.frames, tx.attempts, tx.acked, tx.failed), (1, 7, 0, 1));
    // Users see about 20 ms between the call and its failure.
    assert!(lab.now() < Time::from_micros(30_000), "{}", lab.now());
}

#[test]
fn nobody_starts_while_the_air_is_busy_except_in_the_same_moment() {
    let (seen, ..) = run(crowd(1, 8, 0.0));
    let data: Vec<_> = seen.transmissions().collect();
    assert!(data.len() > 150, "{}", data.len());
    let mut overlaps = 0;
    for pair in data.windows(2) {
        let [first, second] = pair else {
            unreachable!("windows of two")
        };
        if second.start < first.end() {
            assert_eq!(second.start, first.start, "the second had heard the first");
            overlaps += 1;
        } else {
            assert!(second.start - first.end() >= Span::from_micros(28), "DIFS");
        }
    }
    assert!(overlaps > 0, "eight boards collide now and then");
}

#[test]
fn frames_that_overlap_are_lost_to_everybody() {
    let (seen, _, lab) = run(crowd(1, 8, 0.0));
    let mut starts: BTreeMap<Time, u32> = BTreeMap::new();
    for frame in seen.transmissions() {
        *starts.entry(frame.start).or_default() += 1;
    }
    let frames: BTreeMap<_, _> = seen.transmissions().map(|frame| (frame.id, frame)).collect();
    for reception in seen.receptions() {
        let frame = frames[&reception.transmission];
        let overlapped = starts[&frame.start] > 1;
        let sending = frames
            .values()
            .any(|other| other.sender == reception.receiver && other.start == frame.start);
        let expected = match (overlapped, sending) {
            (false, _) => Ok(()),
            (true, true) => Err(Loss::Busy),
            (true, false) => Err(Loss::Collision),
        };
        assert_eq!(
            reception.outcome, expected,
            "frame {} at {:?}",
            frame.id, reception.receiver
        );
    }
    assert!(lab.statistics().medium.lost.of(Loss::Collision) > 0);
}

/// The counters, worked out again from what was seen.
fn check_accounts(seen: &Seen, lab: &Lab) -> Result<(), TestCaseError> {
    let medium = lab.statistics().medium;
    let acks: BTreeMap<_, _> = seen
        .transmissions()
        .map(|frame| (frame.id, frame.kind.is_ack()))
        .collect();
    let data_receptions = || seen.receptions().filter(|reception| !acks[&reception.transmission]);
    let lost = data_receptions().filter(|reception| reception.outcome.is_err()).count() as u64;
    prop_assert_eq!(medium.in_range, data_receptions().count() as u64);
    prop_assert_eq!(medium.lost.total(), lost);
    prop_assert_eq!(medium.receptions + lost, medium.in_range);
    prop_assert_eq!(medium.transmissions, acks.len() as u64);
    prop_assert_eq!(medium.acks, acks.values().filter(|&&ack| ack).count() as u64);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_counters_add_up(seed: u64, count in 1_usize..12, loss in 0.0..=1.0) {
        let (seen, _, lab) = run(crowd(seed, count, loss));
        check_accounts(&seen, &lab)?;
        for board in lab.statistics().boards {
            prop_assert!(board.tx_frames <= board.tx_attempts);
            prop_assert!(board.airtime <= Span::from_micros(210_000));
        }
    }

    #[test]
    fn unicast_counters_add_up(seed: u64, loss in 0.0..=1.0, count in 1_usize..60) {
        let link = Link { loss, ..Link::default() };
        let (seen, report, lab) = run(pair(seed, Rate::Dsss1M, vec![vec![0; 20]; count], link));
        check_accounts(&seen, &lab)?;
        let (tx, rx) = (report.boards[0].tx, report.boards[1].rx);
        prop_assert_eq!(tx.acked + tx.failed, tx.frames);
        prop_assert!(tx.attempts >= tx.frames && tx.attempts <= 7 * tx.frames);
        // Acknowledged frames arrived; some arrived whose ACKs were all lost; none arrived twice.
        prop_assert!((tx.acked..=tx.frames).contains(&(rx.frames + rx.dropped)));
    }
}
