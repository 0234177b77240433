//! Provisioning: the octets of a C compiler, every rule of the machines, and devices on a bad air.

mod ether;
mod hand;

use core::time::Duration;

use ether::{Air, Ether};
use hand::{Wish, ask, at, tell};
use proptest::prelude::*;
use protocol::message::{Country, FrameHead, Kind};
use protocol::service::provisioning::{
    AuthMode, Beacon, Custom, Device, Field, Found, Initiator, InitiatorConfig, InitiatorEvent, MAX_DEVICE_LEN,
    MAX_WIFI_LEN, ProvisioningError, Record, RecordError, Responder, ResponderEvent, Secret, Wifi, WifiMode,
};
use protocol::service::{Input, Outcome, SendError, Service};
use protocol::time::Instant;
use protocol::{Channel, MacAddress};
use serde_json::Value;

const DEVICE: MacAddress = MacAddress([0x34, 0x85, 0x18, 0, 0, 1]);
const RESPONDER: MacAddress = MacAddress([0x34, 0x85, 0x18, 0, 0, 2]);
const STRANGER: MacAddress = MacAddress([0x34, 0x85, 0x18, 0, 0, 3]);

const LONG: Duration = Duration::from_secs(10);

fn beacon() -> Beacon {
    Beacon {
        product_id: Field::new("lamp").expect("it fits"),
        device_name: Field::new("porch-light-0001").expect("it fits"),
    }
}

fn device() -> Device {
    Device {
        product_id: Field::new("lamp").expect("it fits"),
        device_name: Field::new("hall").expect("it fits"),
        auth_mode: AuthMode::Device,
        secret: Secret::new(b"device secret").expect("it fits"),
        custom: Custom::new(b"hello").expect("it fits"),
    }
}

fn wifi() -> Wifi {
    Wifi {
        bssid: Some(MacAddress([2, 0x11, 0x22, 0x33, 0x44, 0x55])),
        channel: Channel::new(6),
        token: Secret::new(b"token-4711").expect("it fits"),
        custom: Custom::new(b"abc").expect("it fits"),
        ..Wifi::station("attic", b"correct horse").expect("both fit")
    }
}

fn emitted(emit: impl FnOnce(&mut [u8]) -> Option<usize>) -> Vec<u8> {
    let mut buffer = vec![0xaa; 400];
    let length = emit(&mut buffer).expect("there is room");
    buffer.truncate(length);
    buffer
}

fn wifi_octets() -> Vec<u8> {
    emitted(|buffer| wifi().emit(buffer))
}

fn vector(name: &str) -> Vec<u8> {
    let file: Value = serde_json::from_str(include_str!("../vectors/provisioning.json")).expect("the file is JSON");
    let all = file["vectors"].as_array().expect("a list");
    let vector = all.iter().find(|vector| vector["name"] == name).expect("there is one");
    hex::decode(vector["out"]["payload"].as_str().expect("a text")).expect("hexadecimal digits")
}

#[test]
fn records_are_read_and_written_octet_by_octet() {
    assert_eq!(Record::parse(&vector("beacon")), Ok(Record::Beacon(beacon())));
    assert_eq!(beacon().to_octets()[..], vector("beacon"));
    assert_eq!(Record::parse(&vector("device")), Ok(Record::Device(device())));
    assert_eq!(emitted(|buffer| device().emit(buffer)), vector("device"));
    assert_eq!(wifi_octets(), vector("wifi-5.5"));
    assert_eq!(vector("wifi-5.5").len(), wifi().buffer_len());
}

#[test]
fn wifi_records_of_all_versions_are_read() {
    for name in ["wifi-5.5", "wifi-more", "wifi-5.1", "wifi-5.0", "wifi-4.4"] {
        assert_eq!(Record::parse(&vector(name)), Ok(Record::Wifi(wifi())), "{name}");
        // A length that belongs to none still tells the network.
        let mut longer = vector(name);
        longer.push(0xff);
        let without_token = Wifi {
            token: Secret::default(),
            custom: Custom::none(),
            ..wifi()
        };
        assert_eq!(Record::parse(&longer), Ok(Record::Wifi(without_token)), "{name}");
    }
    let Ok(Record::Wifi(wifi)) = Record::parse(&vector("wifi-access-point")) else {
        panic!("it is a Wi-Fi")
    };
    assert_eq!((wifi.mode, wifi.ssid.as_str()), (WifiMode::AccessPoint, Some("attic")));
    assert_eq!((wifi.channel.map(Channel::number), wifi.bssid), (Some(11), None));
}

#[test]
fn what_a_components_device_leaves_behind_its_record_is_not_read() {
    let mut octets = vector("device");
    octets.resize(222, 0xa5);
    assert_eq!(Record::parse(&octets), Ok(Record::Device(device())));
    let mut announced = vector("device");
    announced[69] = 65;
    announced.resize(222, 0xa5);
    assert_eq!(Record::parse(&announced), Err(RecordError::Custom));
}

#[test]
fn secrets_do_not_show() {
    let shown = format!("{:?} {:?}", device(), wifi());
    for secret in ["device secret", "correct horse", "token", "hello", "abc"] {
        assert!(
            !shown.replace("token: secret", "").contains(&format!("\"{secret}")),
            "{shown}"
        );
    }
    assert!(!shown.contains("100, 101, 118"), "nor as numbers: {shown}");
    assert_eq!(format!("{:?}", Secret::<4>::default()), "none");
    assert_eq!(Field::<8>::from_octets(*b"a\x1b[2J\xff\0z").to_string(), "a?[2J?");
}

#[test]
fn a_device_scans_all_channels_and_stays_on_the_first_beacons() {
    let mut device = Initiator::new(InitiatorConfig {
        country: Country {
            first: Channel::DEFAULT,
            count: 3,
        },
        secured: false,
    });
    device.scan(at(0), LONG).expect("it is idle");
    assert!(device.scan(at(0), LONG).is_err());
    let (mut now, mut visits) = (at(0), Vec::new());
    while visits.len() < 5 {
        match ask(&mut device, now) {
            Wish::Tune(channel) => visits.push((now.as_millis(), channel)),
            Wish::Wait(Some(until)) => now = until,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(visits, [(0, 1), (110, 2), (220, 3), (330, 1), (440, 2)]);
    tell(
        &mut device,
        now,
        STRANGER,
        Kind::Provisioning,
        FrameHead::BROADCAST,
        &[7, 7],
        -50,
    );
    tell(
        &mut device,
        now,
        RESPONDER,
        Kind::Provisioning,
        FrameHead::BROADCAST,
        &beacon().to_octets(),
        -50,
    );
    tell(
        &mut device,
        now,
        STRANGER,
        Kind::Provisioning,
        FrameHead::BROADCAST,
        &beacon().to_octets(),
        -10,
    );
    assert_eq!(ask(&mut device, now), Wish::Tune(1), "the channel that it was heard on");
    let found = Found {
        responder: RESPONDER,
        beacon: beacon(),
        channel: Channel::DEFAULT,
        rssi_dbm: -50,
    };
    assert_eq!(device.poll_event(), Some(InitiatorEvent::Found(found)), "the first one");
    assert_eq!(device.poll_event(), None);
    assert_eq!(ask(&mut device, now), Wish::Wait(None));
}

#[test]
fn a_scan_ends_in_time() {
    let mut device = Initiator::new(InitiatorConfig::default());
    device.scan(at(0), Duration::from_millis(150)).expect("it is idle");
    let mut now = at(0);
    loop {
        match ask(&mut device, now) {
            Wish::Tune(_) => {}
            Wish::Wait(Some(until)) => now = until,
            Wish::Wait(None) => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(now, at(150));
    assert_eq!(
        device.poll_event(),
        Some(InitiatorEvent::Failed(ProvisioningError::NobodyFound))
    );
}

/// A device that has asked; the request's tag.
fn asked(device_machine: &mut Initiator) -> u16 {
    device_machine
        .request(at(0), RESPONDER, &device(), Duration::from_millis(500))
        .expect("it is idle");
    let Wish::Send {
        tag,
        kind,
        head,
        destination,
        payload,
    } = ask(device_machine, at(0))
    else {
        panic!("it asks")
    };
    let expected = FrameHead {
        filter_adjacent_channel: true,
        ..FrameHead::UNICAST
    };
    assert_eq!((kind, head, destination), (Kind::Provisioning, expected, RESPONDER));
    assert_eq!(payload, vector("device"));
    tag
}

#[test]
fn a_device_takes_the_wifi_from_whom_it_asked() {
    let mut device = Initiator::new(InitiatorConfig::default());
    let tag = asked(&mut device);
    device.handle(
        at(1),
        Input::Sent {
            tag,
            outcome: Outcome::Sent,
        },
    );
    let octets = wifi_octets();
    tell(
        &mut device,
        at(2),
        STRANGER,
        Kind::Provisioning,
        FrameHead::BROADCAST,
        &octets,
        -50,
    );
    assert_eq!(device.poll_event(), None);
    tell(
        &mut device,
        at(2),
        RESPONDER,
        Kind::Provisioning,
        FrameHead::BROADCAST,
        &octets[..50],
        -50,
    );
    assert!(matches!(
        device.poll_event(),
        Some(InitiatorEvent::Malformed(RecordError::Wifi(_)))
    ));
    tell(
        &mut device,
        at(3),
        RESPONDER,
        Kind::Provisioning,
        FrameHead::BROADCAST,
        &octets,
        -50,
    );
    assert_eq!(device.poll_event(), Some(InitiatorEvent::Wifi(wifi())));
    tell(
        &mut device,
        at(3),
        RESPONDER,
        Kind::Provisioning,
        FrameHead::BROADCAST,
        &octets,
        -50,
    );
    assert_eq!(device.poll_event(), None, "once");
    assert!(
        !format!("{device:?}").contains("70 octets"),
        "the record is wiped: {device:?}"
    );
}

#[test]
fn a_request_fails_in_three_ways() {
    for (outcome, expected) in [
        (Outcome::Unacknowledged, ProvisioningError::Unreachable),
        (
            Outcome::Refused(SendError::NoKey),
            ProvisioningError::Refused(SendError::NoKey),
        ),
        (Outcome::Sent, ProvisioningError::NoAnswer),
    ] {
        let mut device = Initiator::new(InitiatorConfig::default());
        let tag = asked(&mut device);
        device.handle(at(1), Input::Sent { tag, outcome });
        if let Wish::Wait(Some(until)) = ask(&mut device, at(1)) {
            assert_eq!(until, at(500));
            assert_eq!(ask(&mut device, until), Wish::Wait(None));
        }
        assert_eq!(device.poll_event(), Some(InitiatorEvent::Failed(expected)));
        asked(&mut device);
    }
}

#[test]
fn a_responder_beacons_until_its_time_is_over_and_wipes_its_secrets() {
    let mut responder = Responder::new(false);
    assert_eq!(ask(&mut responder, at(0)), Wish::Wait(None));
    responder.start(at(0), Duration::from_millis(350), &beacon(), &wifi());
    let (mut now, mut beacons) = (at(0), Vec::new());
    loop {
        match ask(&mut responder, now) {
            Wish::Send {
                tag,
                kind,
                head,
                destination,
                payload,
            } => {
                let expected = FrameHead {
                    filter_adjacent_channel: true,
                    ..FrameHead::BROADCAST
                };
                assert_eq!(
                    (kind, head, destination),
                    (Kind::Provisioning, expected, MacAddress::BROADCAST)
                );
                assert_eq!(payload, vector("beacon"));
                beacons.push(now.as_millis());
                responder.handle(
                    now,
                    Input::Sent {
                        tag,
                        outcome: Outcome::Sent,
                    },
                );
            }
            Wish::Wait(Some(until)) => now = until,
            Wish::Wait(None) => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(beacons, [100, 200, 300]);
    assert_eq!(responder.poll_event(), Some(ResponderEvent::Ended));
    assert!(!responder.is_active() && !responder.accept(DEVICE));
    assert!(format!("{responder:?}").contains("wifi: 0 octets"), "{responder:?}");
}

#[test]
fn only_who_is_accepted_is_told() {
    let mut responder = Responder::new(false);
    responder.start(at(0), LONG, &beacon(), &wifi());
    let record = vector("device");
    for address in [DEVICE, STRANGER, DEVICE] {
        tell(
            &mut responder,
            at(1),
            address,
            Kind::Provisioning,
            FrameHead::UNICAST,
            &record,
            -40,
        );
    }
    tell(
        &mut responder,
        at(1),
        STRANGER,
        Kind::Provisioning,
        FrameHead::UNICAST,
        &[1, 2],
        -40,
    );
    let error = RecordError::TooShort { have: 2 };
    assert_eq!(
        responder.poll_event(),
        Some(ResponderEvent::Malformed {
            address: STRANGER,
            error
        })
    );
    for address in [DEVICE, STRANGER] {
        let Some(ResponderEvent::Asked(request)) = responder.poll_event() else {
            panic!("it asks")
        };
        assert_eq!(
            (request.address, request.device, request.rssi_dbm),
            (address, device(), -40)
        );
    }
    assert_eq!(responder.poll_event(), None, "a device is asked about once");
    assert!(responder.accept(DEVICE) && responder.accept(DEVICE));
    let Wish::Send {
        tag,
        kind,
        head,
        destination,
        payload,
    } = ask(&mut responder, at(2))
    else {
        panic!("it tells")
    };
    assert_eq!(
        (kind, head, destination),
        (Kind::Provisioning, FrameHead::BROADCAST, DEVICE)
    );
    assert_eq!(payload, vector("wifi-5.5"));
    assert!(
        matches!(ask(&mut responder, at(2)), Wish::Wait(Some(_))),
        "and nobody else"
    );
    let outcome = Outcome::Sent;
    responder.handle(at(3), Input::Sent { tag, outcome });
    assert_eq!(
        responder.poll_event(),
        Some(ResponderEvent::Told {
            address: DEVICE,
            outcome
        })
    );
}

#[test]
fn with_security_nothing_plain_is_heard() {
    let mut responder = Responder::new(true);
    responder.start(at(0), LONG, &beacon(), &wifi());
    tell(
        &mut responder,
        at(1),
        DEVICE,
        Kind::Provisioning,
        FrameHead::UNICAST,
        &vector("device"),
        -40,
    );
    assert_eq!(responder.poll_event(), None);
    let Wish::Send { head, .. } = ask(&mut responder, at(100)) else {
        panic!("a beacon")
    };
    assert!(head.security);
}

#[test]
fn what_they_weigh() {
    // Octets on a 64-bit host; a chip's are fewer.
    assert!(size_of::<Responder>() <= 2300, "{}", size_of::<Responder>());
    assert!(size_of::<Initiator>() <= 1000, "{}", size_of::<Initiator>());
}

#[expect(clippy::large_enum_variant, reason = "there are few")]
enum Board {
    Responder(Responder),
    Device(Initiator, Option<Wifi>),
}

impl ether::Services for Board {
    fn list(&mut self) -> Vec<&mut dyn Service> {
        match self {
            Self::Responder(responder) => vec![responder],
            Self::Device(device, _) => vec![device],
        }
    }
}

fn scanning() -> Board {
    let mut device = Initiator::new(InitiatorConfig::default());
    device.scan(Instant::START, LONG).expect("it is idle");
    Board::Device(device, None)
}

/// What an application would do: ask whom it has found, try again, accept all but the one that is refused.
fn attend(ether: &mut Ether<Board>, refused: MacAddress) {
    for index in 0..ether.boards.len() {
        ether.tell(index, |board, now| match board {
            Board::Responder(responder) => {
                while let Some(event) = responder.poll_event() {
                    if let ResponderEvent::Asked(request) = event
                        && request.address != refused
                    {
                        assert_eq!(request.device, device());
                        responder.accept(request.address);
                    }
                }
            }
            Board::Device(machine, known) => {
                while let Some(event) = machine.poll_event() {
                    match event {
                        InitiatorEvent::Found(found) => {
                            let patience = Duration::from_secs(1);
                            machine
                                .request(now, found.responder, &device(), patience)
                                .expect("it is idle");
                        }
                        InitiatorEvent::Wifi(wifi) => {
                            assert_eq!(known.replace(wifi), None, "once");
                        }
                        InitiatorEvent::Failed(_) => machine.scan(now, LONG).expect("it is idle"),
                        InitiatorEvent::Malformed(error) => panic!("{error}"),
                    }
                }
            }
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_octets_are_a_record_or_refused(octets in prop_oneof![
        prop::collection::vec(any::<u8>(), 0..320),
        (0_u8..3, prop::collection::vec(any::<u8>(), 0..320)).prop_map(|(kind, rest)| [&[kind][..], &rest].concat()),
    ]) {
        let _ = Record::parse(&octets);
    }

    #[test]
    fn reading_gives_back_what_was_written(
        texts: ([u8; 16], [u8; 16], [u8; 32], [u8; 32]),
        auth_mode in 0_u32..4,
        custom in prop::collection::vec(any::<u8>(), 0..=64),
        password in prop::collection::vec(any::<u8>(), 0..=64),
        bssid: Option<[u8; 6]>,
        channel in 0_u8..15,
    ) {
        let (product, name, secret, token) = texts;
        let custom = Custom::new(&custom).expect("it fits");
        let mut buffer = [0; 300];
        let mut device = device();
        device.product_id = Field::from_octets(product);
        device.device_name = Field::from_octets(name);
        device.auth_mode = [AuthMode::Invalid, AuthMode::Product, AuthMode::Device, AuthMode::Certificate][auth_mode as usize];
        device.secret = Secret::new(&secret).expect("it fits");
        device.custom = custom.clone();
        let length = device.emit(&mut buffer).expect("there is room");
        prop_assert!(length <= MAX_DEVICE_LEN);
        prop_assert_eq!(device.emit(&mut buffer[..length - 1]), None);
        prop_assert_eq!(Record::parse(&buffer[..length]), Ok(Record::Device(device)));
        let mut wifi = wifi();
        wifi.password = Secret::new(&password).expect("it fits");
        wifi.bssid = bssid.map(MacAddress);
        wifi.channel = Channel::new(channel);
        wifi.token = Secret::new(&token).expect("it fits");
        wifi.custom = custom;
        let length = wifi.emit(&mut buffer).expect("there is room");
        prop_assert!(length <= MAX_WIFI_LEN);
        prop_assert_eq!(wifi.emit(&mut buffer[..length - 1]), None);
        prop_assert_eq!(Record::parse(&buffer[..length]), Ok(Record::Wifi(wifi)));
    }

    /// On a bad air, with power cuts and hostile octets, devices that are wanted learn the Wi-Fi in the end, and the other one never.
    #[test]
    fn who_is_wanted_learns_it_and_nobody_else(
        seed: u64,
        loss in 0.0..0.5,
        duplication in 0.0..0.3,
        jitter_ms in 0_u64..20,
        channel in 1_u8..14,
        hostile in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 0..4),
        cut in 1_usize..5,
    ) {
        let air = Air { loss, duplication, jitter: Duration::from_millis(jitter_ms), rssi_dbm: -40 };
        let mut ether = Ether::<Board>::new(seed, air);
        let mut responder = Responder::new(false);
        responder.start(Instant::START, Duration::from_secs(3600), &beacon(), &wifi());
        ether.add(Board::Responder(responder));
        let channel = Channel::new(channel).expect("one");
        ether.boards[0].switchboard.set_channel(channel);
        for _ in 1..5 {
            ether.add(scanning());
        }
        let refused = Ether::<Board>::address(2);
        let (mut hostile, mut rounds) = (hostile.into_iter(), 0);
        loop {
            let until = ether.now() + Duration::from_millis(20);
            ether.run_until(until);
            attend(&mut ether, refused);
            rounds += 1;
            if let Some(mut octets) = hostile.next() {
                if let [first, ..] = &mut octets[..] {
                    *first = 0x23;
                }
                ether.inject(RESPONDER, channel, &octets);
            }
            if rounds == 10 {
                ether.power_on(cut, scanning());
            }
            let knows = |index: usize| matches!(&ether.boards[index].services, Board::Device(_, Some(known)) if *known == wifi());
            prop_assert!(!knows(2), "the refused one");
            if rounds > 10 && [1, 3, 4].into_iter().all(knows) {
                break;
            }
            prop_assert!(rounds < 5000, "not in 100 s");
        }
    }
}
