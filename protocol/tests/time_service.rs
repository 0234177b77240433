//! Time synchronisation: the component's packet octet by octet, and both machines rule by rule.

use proptest::prelude::*;
use protocol::message::{FrameHead, Kind, Message};
use protocol::service::time::{
    Discipline, Event, FollowUp, Initiator, InitiatorConfig, NotAPacket, Packet, PacketType, Responder,
    ResponderConfig, one_step_latency,
};
use protocol::service::{Incoming, Input, Outcome, Output, Service};
use protocol::time::{Duration, Instant};
use protocol::{Channel, MacAddress, Rate};
use rand_core::{Infallible, TryRng};

mod vectors_file;

const INITIATOR: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);

/// Random octets are of no matter here.
struct Zeros;

impl TryRng for Zeros {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(0)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(0)
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Infallible> {
        octets.fill(0);
        Ok(())
    }
}

fn ms(millis: u64) -> Instant {
    Instant::from_micros(millis * 1000)
}

fn hear(responder: &mut Responder, now: Instant, at: Instant, packet: Packet) -> Option<Event> {
    hear_from(responder, now, at, INITIATOR, INITIATOR, packet)
}

fn hear_from(
    responder: &mut Responder,
    now: Instant,
    at: Instant,
    source: MacAddress,
    transmitter: MacAddress,
    packet: Packet,
) -> Option<Event> {
    responder.handle(
        now,
        Input::Message(incoming(source, transmitter, at, &packet.to_octets())),
    );
    responder.poll_event()
}

fn incoming(source: MacAddress, transmitter: MacAddress, at: Instant, payload: &[u8]) -> Incoming<'_> {
    Incoming {
        message: Message {
            kind: Kind::TimeSync,
            head: FrameHead::default(),
            destination: MacAddress::BROADCAST,
            source,
            payload,
        },
        secured: false,
        transmitter,
        rssi_dbm: -40,
        channel: Channel::DEFAULT,
        at,
    }
}

fn broadcast(timestamp_us: i64) -> Packet {
    Packet {
        kind: PacketType::Broadcast,
        timestamp_us,
        utc_us: None,
        follow_up: None,
    }
}

fn follow_up(timestamp_us: i64, number: u16, previous_sent_us: Option<i64>) -> Packet {
    Packet {
        follow_up: Some(FollowUp {
            number,
            round: 7,
            previous_sent_us,
        }),
        ..broadcast(timestamp_us)
    }
}

/// What an initiator sends when asked until it waits; each is said to be sent `airtime` after.
fn drain(initiator: &mut Initiator, mut now: Instant, airtime: Duration) -> (Vec<Packet>, Option<Instant>) {
    let mut packets = Vec::new();
    loop {
        let tag = match initiator.poll(now, &mut Zeros) {
            Output::Send(send) => {
                assert_eq!((send.kind, send.destination), (Kind::TimeSync, MacAddress::BROADCAST));
                assert!(send.head.broadcast);
                packets.push(Packet::parse(send.payload).expect("its own"));
                send.tag
            }
            Output::Wait(until) => return (packets, until),
            other => panic!("{other:?}"),
        };
        // Nothing else while one is on its way.
        assert!(matches!(initiator.poll(now, &mut Zeros), Output::Wait(_)));
        now = now + airtime;
        initiator.handle(
            now,
            Input::Sent {
                tag,
                outcome: Outcome::Sent,
            },
        );
    }
}

#[test]
fn packets_are_the_components_octet_by_octet() {
    let vector = vectors_file::vector("timesync-broadcast");
    let packet = Packet {
        kind: PacketType::Broadcast,
        timestamp_us: vectors_file::integer(&vector["in"]["timestamp_us"]),
        utc_us: Some(vectors_file::integer(&vector["in"]["utc_time_us"])),
        follow_up: None,
    };
    let payload = vectors_file::octets(&vector["out"]["payload"]);
    assert_eq!(packet.to_octets().as_slice(), payload);
    assert_eq!(Packet::parse(&payload), Ok(packet));
}

#[test]
fn what_is_no_packet_says_why() {
    let octets = broadcast(1).to_octets();
    assert_eq!(Packet::parse(&octets[..17]), Err(NotAPacket::TooShort { have: 17 }));
    let with = |place: usize, octet: u8| {
        let mut octets = octets.clone();
        octets[place] = octet;
        Packet::parse(&octets).expect_err("it is broken").to_string()
    };
    assert_eq!(with(0, 2), "version 2, a time packet's is 1");
    assert_eq!(with(1, 3), "type 3, a time packet's is 1 (broadcast) or 2 (request)");
}

#[test]
fn an_initiator_tells_the_time_every_interval_and_when_asked() {
    let mut initiator = Initiator::new(InitiatorConfig {
        sync_interval: Some(Duration::from_secs(10)),
        ..InitiatorConfig::default()
    });
    let airtime = Duration::from_millis(1);
    assert_eq!(drain(&mut initiator, ms(0), airtime), (vec![], Some(ms(10_000))));
    let (packets, next) = drain(&mut initiator, ms(10_000), airtime);
    assert_eq!((packets, next), (vec![broadcast(10_000_000)], Some(ms(20_000))));

    let request = Packet {
        kind: PacketType::Request,
        ..broadcast(5)
    };
    let octets = request.to_octets();
    let other = MacAddress([2, 0, 0, 0, 0, 9]);
    for _ in 0..2 {
        initiator.handle(ms(12_000), Input::Message(incoming(other, other, ms(12_000), &octets)));
    }
    let (packets, next) = drain(&mut initiator, ms(12_000), airtime);
    assert_eq!((packets.len(), next), (1, Some(ms(20_000))), "two requests, one answer");

    // Another initiator's time is nothing to it.
    let octets = broadcast(77).to_octets();
    initiator.handle(ms(12_500), Input::Message(incoming(other, other, ms(12_500), &octets)));
    assert!(drain(&mut initiator, ms(12_500), airtime).0.is_empty());
}

#[test]
fn an_initiator_tells_utc_once_it_knows_it() {
    let mut initiator = Initiator::new(InitiatorConfig::default());
    let year_2026 = 1_767_225_600_000_000;
    initiator.set_utc(ms(1_000), 3_600_000_000);
    initiator.broadcast();
    assert_eq!(
        drain(&mut initiator, ms(2_000), Duration::ZERO).0[0].utc_us,
        None,
        "an hour after 1970 is no time"
    );
    initiator.set_utc(ms(2_000), year_2026);
    initiator.broadcast();
    assert_eq!(
        drain(&mut initiator, ms(3_000), Duration::ZERO).0[0].utc_us,
        Some(year_2026 + 1_000_000)
    );
}

#[test]
fn a_two_step_initiator_says_when_the_message_before_was_sent() {
    let mut initiator = Initiator::new(InitiatorConfig {
        two_step: true,
        ..InitiatorConfig::default()
    });
    initiator.broadcast();
    let (packets, _) = drain(&mut initiator, ms(100), Duration::from_millis(3));
    let told: Vec<_> = packets
        .iter()
        .map(|packet| packet.follow_up.expect("it is two-step"))
        .map(|follow_up| (follow_up.number, follow_up.previous_sent_us))
        .collect();
    assert_eq!(told, [(0, None), (1, Some(103_000)), (2, Some(106_000))]);
}

#[test]
fn a_components_responder_steps_past_100_ms_only() {
    let mut responder = Responder::new(ResponderConfig::default());
    assert_eq!(responder.network_us(ms(5_000)), 5_000_000, "its own time at first");
    let Some(Event::Synchronised { drift_us, adjusted, .. }) =
        hear(&mut responder, ms(5_000), ms(4_999), broadcast(5_100_999))
    else {
        panic!("it was heard");
    };
    assert_eq!((drift_us, adjusted), (100_999, false), "100 ms and a part are 100 ms");
    let event = hear(&mut responder, ms(6_000), ms(5_999), broadcast(6_101_000));
    assert_eq!(
        event,
        Some(Event::Synchronised {
            source: INITIATOR,
            drift_us: 101_000,
            adjusted: true,
            time_us: 6_101_000,
            utc_us: None,
        })
    );
    assert_eq!(responder.network_us(ms(7_000)), 7_101_000);
    assert_eq!(responder.local(7_101_000), ms(7_000));
}

#[test]
fn a_secured_responder_believes_no_plain_time() {
    let mut responder = Responder::new(ResponderConfig {
        security: true,
        ..ResponderConfig::default()
    });
    let packet = broadcast(1_000_000_000);
    assert_eq!(hear(&mut responder, ms(1), ms(1), packet), None);
    let octets = packet.to_octets();
    let sealed = Incoming {
        secured: true,
        ..incoming(INITIATOR, INITIATOR, ms(2), &octets)
    };
    responder.handle(ms(2), Input::Message(sealed));
    assert!(matches!(responder.poll_event(), Some(Event::Synchronised { .. })));
}

#[test]
fn an_unanswered_request_is_told() {
    let mut responder = Responder::new(ResponderConfig::default());
    responder.request();
    let Output::Send(send) = responder.poll(ms(50), &mut Zeros) else {
        panic!("it asks");
    };
    assert_eq!(send.head.retransmit_count, 3);
    assert_eq!(
        Packet::parse(send.payload).map(|packet| packet.kind),
        Ok(PacketType::Request)
    );
    assert!(matches!(responder.poll(ms(60), &mut Zeros), Output::Wait(Some(until)) if until == ms(1_050)));
    assert!(matches!(responder.poll(ms(1_050), &mut Zeros), Output::Wait(None)));
    assert_eq!(responder.poll_event(), Some(Event::Unanswered));

    responder.request();
    let _ = responder.poll(ms(2_000), &mut Zeros);
    let heard = hear(&mut responder, ms(2_004), ms(2_003), broadcast(1));
    assert!(matches!(heard, Some(Event::Synchronised { .. })));
    assert!(matches!(responder.poll(ms(9_000), &mut Zeros), Output::Wait(None)));
    assert_eq!(responder.poll_event(), None);
}

fn precise() -> Responder {
    let latency = one_step_latency(Rate::default(), protocol::service::time::HOST_LATENCY);
    assert_eq!(latency, Duration::from_micros(260 + 192 + 81 * 8), "1 Mbit/s");
    Responder::new(ResponderConfig {
        discipline: Discipline::Line { latency },
        security: false,
    })
}

/// A board 20 ppm too slow, started 40 s after the initiator: what its clock shows at a moment of the initiator's.
fn slow(initiator_us: i64) -> Instant {
    let elapsed = initiator_us - 40_000_000;
    Instant::from_micros(u64::try_from(elapsed - elapsed / 50_000).expect("it is on"))
}

#[test]
fn one_step_readings_see_through_contention() {
    let mut responder = precise();
    let waits = [30_000, 0, 2_600, 14_000, 0, 7_000, 5_100, 0];
    for (second, wait_us) in (0..).zip(waits) {
        let made_us = 50_000_000 + second * 2_000_000;
        let at = slow(made_us + 1_100 + wait_us);
        let _ = hear(&mut responder, at, at, broadcast(made_us));
    }
    for later_us in [0, 5_000_000] {
        let true_us = 65_000_000 + later_us;
        let error_us = responder.network_us(slow(true_us)) - true_us;
        assert!(
            error_us.abs() < 20,
            "{error_us} µs, {later_us} µs after the last message"
        );
    }
    assert!((19_000..21_000).contains(&responder.rate_ppb()));
}

#[test]
fn two_step_readings_do_not_care_for_contention_or_loss() {
    let mut responder = precise();
    let mut sent_us = None;
    for number in 0..30 {
        let made_us = 50_000_000 + i64::from(number) * 500_000;
        let end_us = made_us + 1_100 + i64::from(number) * 7_919 % 100_000;
        if number % 3 != 2 {
            let at = slow(end_us);
            // The application is late by half a second; when the message came counts.
            let late = at + Duration::from_millis(500);
            let _ = hear(&mut responder, late, at, follow_up(made_us, number, sent_us));
        }
        sent_us = Some(end_us);
    }
    let true_us = 66_000_000;
    let error_us = responder.network_us(slow(true_us)) - true_us;
    assert!(error_us.abs() < 10, "{error_us} µs");
}

#[test]
fn an_initiator_that_starts_anew_is_followed() {
    let mut responder = precise();
    for second in 10..20 {
        let at = ms(second * 1_000);
        let _ = hear(
            &mut responder,
            at,
            at,
            broadcast(i64::try_from(second).expect("small") * 1_000_000),
        );
    }
    let at = ms(25_000);
    let _ = hear(&mut responder, at, at, broadcast(3_000_000));
    assert_eq!(responder.network_us(at), 3_000_000 + 1_100);
}

#[test]
fn one_initiator_is_followed_at_a_time_and_forwarded_messages_are_no_readings() {
    let mut responder = precise();
    let (other, forwarder) = (MacAddress([2, 0, 0, 0, 0, 8]), MacAddress([2, 0, 0, 0, 0, 9]));
    let forwarded = hear_from(&mut responder, ms(500), ms(500), INITIATOR, forwarder, broadcast(1));
    assert_eq!(forwarded, None);
    assert!(hear(&mut responder, ms(1_000), ms(1_000), broadcast(7_000_000)).is_some());
    let at = ms(2_000);
    assert_eq!(
        hear_from(&mut responder, at, at, other, other, broadcast(90_000_000)),
        None
    );
    let at = ms(62_000);
    assert!(hear_from(&mut responder, at, at, other, other, broadcast(150_000_000)).is_some());
    assert_eq!(responder.network_us(at), 150_000_000 + 1_100);
}

#[test]
fn machines_are_small() {
    assert!(size_of::<Initiator>() <= 128, "{}", size_of::<Initiator>());
    assert!(size_of::<Responder>() <= 512, "{}", size_of::<Responder>());
}

proptest! {
    #[test]
    fn any_octets_are_a_packet_or_say_why(octets in prop::collection::vec(any::<u8>(), 0..40)) {
        if let Ok(packet) = Packet::parse(&octets) {
            let emitted = packet.to_octets();
            prop_assert_eq!(Packet::parse(&emitted), Ok(packet));
        }
    }

    #[test]
    fn packets_read_as_they_were_written(
        asks: bool,
        timestamp_us: i64,
        utc_us in prop::option::of((1..i64::MAX).boxed()),
        follow_up in prop::option::of((any::<u16>(), any::<u8>(), prop::option::of(0..i64::MAX))),
    ) {
        let packet = Packet {
            kind: if asks { PacketType::Request } else { PacketType::Broadcast },
            timestamp_us,
            utc_us,
            follow_up: follow_up.map(|(number, round, previous_sent_us)| FollowUp { number, round, previous_sent_us }),
        };
        prop_assert_eq!(Packet::parse(&packet.to_octets()), Ok(packet));
    }

    /// Whatever comes, in whatever order: no panic, and an own time and its inverse agree to the microsecond while clocks are sane.
    #[test]
    fn hostile_messages_leave_a_clock(
        messages in prop::collection::vec((any::<[u8; 30]>(), any::<bool>(), 0_u64..10_000_000), 0..40),
        precise_one: bool,
    ) {
        let mut responder = if precise_one { precise() } else { Responder::new(ResponderConfig::default()) };
        let mut now = Instant::START;
        for (mut octets, sane, wait_us) in messages {
            if sane {
                octets[..2].copy_from_slice(&[1, 1]);
                octets[18] = 0xf0;
            }
            now = now + Duration::from_micros(wait_us);
            responder.handle(now, Input::Message(incoming(INITIATOR, INITIATOR, now, &octets)));
            let _ = (responder.network_us(now), responder.local(responder.network_us(now)), responder.poll_event());
            let _ = responder.poll(now, &mut Zeros);
        }
    }
}
