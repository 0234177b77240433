//! From a file to its explanation.

use std::cell::RefCell;
use std::io::{self, Write};
use std::path::PathBuf;
use std::rc::Rc;

use clap::Parser;
use proptest::prelude::*;
use protocol::MacAddress;
use protocol::espnow::Key;
use protocol::frame::{Ack, ActionFrame, Header, PacketNumber, Payload, TemporalKey, Version, append_fcs, fcs};

use super::*;
use crate::capture::{CapturedFrame, FcsStatus};
use crate::demo::{Demo, Settings};
use crate::medium::{Link, Links};
use crate::record::{CaptureFile, LOSS_AT_ONE_METRE_DB, radiotap};

/// Sealed by a real ESP32 under PMK and LMK of zeros.
const FROM_A_CHIP: &str = "d0403a0130aea4454aa4240ac41d5868ffffffffffff1000010000e000000000b9a25874d202d2fe9067f86a63cd0a1b35\
                           5a2cb6b50abaca9902ebc133cd193484ee21effcef389b97d9f5";
const ZERO_KEY: &str = "00000000000000000000000000000000";

const LAMP: MacAddress = MacAddress([0x24, 0x0a, 0xc4, 0, 0, 1]);
const DESK: MacAddress = MacAddress([0x24, 0x0a, 0xc4, 0, 0, 2]);

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    decode: DecodeArgs,
}

/// What `sim decode FILE options…` writes for a file with this content, and its error.
fn decode(content: &[u8], options: &[&str]) -> (String, Option<String>) {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(content).expect("room for it");
    let path = file.path().to_str().expect("UTF-8");
    let args = ["decode", path].into_iter().chain(options.iter().copied());
    let args = Cli::try_parse_from(args).expect("legal options").decode;
    let mut out = Vec::new();
    let error = run(&args, &mut out).err();
    let error = error.map(|error| error.to_string().replace(path, "FILE"));
    (String::from_utf8(out).expect("text"), error)
}

/// A frame with its FCS as a line of hexadecimal digits.
fn line(frame: &ActionFrame<'_>, key: Option<&TemporalKey>) -> String {
    let mut buffer = [0; ActionFrame::MAX_LEN + 4];
    let length = match key {
        Some(key) => frame.emit_sealed(key, PacketNumber::FIRST, &mut buffer).expect("room"),
        None => frame.emit(&mut buffer).expect("room"),
    };
    let length = append_fcs(&mut buffer, length).expect("room");
    hex::encode(&buffer[..length]) + "\n"
}

fn frame(destination: MacAddress, version: Version, payload: &[u8]) -> ActionFrame<'_> {
    ActionFrame {
        header: Header::new(destination, DESK),
        random: [1, 2, 3, 4],
        payload: Payload::new(version, payload).expect("a legal length"),
    }
}

fn ack_line() -> String {
    let ack = Ack { receiver: DESK }.emit();
    hex::encode(ack) + &hex::encode(fcs(&ack).to_le_bytes()) + "\n"
}

#[test]
fn a_frame_from_a_chip_is_explained() {
    let (text, error) = decode(FROM_A_CHIP.as_bytes(), &["--pmk", ZERO_KEY, "--lmk", ZERO_KEY]);
    assert_eq!(error, None);
    assert_eq!(text, include_str!("tests/from_a_chip.txt"));
}

#[test]
fn long_messages_show_every_element() {
    let payload: Vec<u8> = (0..=255).chain(0..=50).collect();
    let (text, error) = decode(
        line(&frame(MacAddress::BROADCAST, Version::V2, &payload), None).as_bytes(),
        &[],
    );
    assert_eq!(error, None);
    assert_eq!(text, include_str!("tests/two_elements.txt"));
}

#[test]
fn keys_that_nothing_needs_are_told() {
    let app_key = "0f".repeat(32);
    let options = ["--pmk", ZERO_KEY, "--lmk", ZERO_KEY, "--app-key", &app_key];
    let plain = line(&frame(MacAddress::BROADCAST, Version::V1, b"hello"), None);
    let (text, error) = decode(plain.as_bytes(), &options);
    assert_eq!(error, None);
    assert!(text.ends_with(
        "  no frame is encrypted: --pmk and --lmk were not needed\n  no payload that could be read is secured: --app-key was not needed\n"
    ), "{text}");
    let (text, _) = decode(FROM_A_CHIP.as_bytes(), &options[..4]);
    assert!(!text.contains("not needed"), "{text}");
    let (text, _) = decode(plain.as_bytes(), &[]);
    assert!(!text.contains("not needed"), "{text}");
}

#[test]
fn keys_are_tried_in_all_combinations() {
    let wrong = "0f".repeat(16);
    let options = ["--pmk", &wrong, "--pmk", ZERO_KEY, "--lmk", &wrong, "--lmk", ZERO_KEY];
    let (text, _) = decode(FROM_A_CHIP.as_bytes(), &options);
    assert!(text.contains("opened by     key pair 4"), "{text}");
    assert!(text.contains(r#"text          "This is the message\0""#), "{text}");

    let (text, error) = decode(
        FROM_A_CHIP.as_bytes(),
        &["--pmk", &wrong, "--lmk", &wrong, "--lmk", ZERO_KEY],
    );
    assert_eq!(error, None);
    assert!(text.contains("encrypted; none of the 2 key pairs opens it"), "{text}");
    let (text, _) = decode(FROM_A_CHIP.as_bytes(), &[]);
    assert!(text.contains("encrypted; no keys to try (--pmk and --lmk)"), "{text}");
    assert!(text.contains("24  packet number 1"), "{text}");
}

#[test]
fn half_a_key_pair_or_a_short_key_is_refused() {
    assert!(Cli::try_parse_from(["decode", "-", "--lmk", ZERO_KEY]).is_err());
    assert!(Cli::try_parse_from(["decode", "-", "--pmk", ZERO_KEY]).is_err());
    let error = Cli::try_parse_from(["decode", "-", "--pmk", "00", "--lmk", ZERO_KEY])
        .err()
        .expect("too short");
    assert!(
        error
            .to_string()
            .contains("32 hexadecimal digits, or 16 letters as in a program's text; this has 2"),
        "{error}"
    );
}

#[test]
fn other_frames_are_counted_and_listed_on_demand() {
    // A beacon's first octets.
    let capture = ack_line() + "80000000ffffffffffff\n" + &line(&frame(LAMP, Version::V1, b"on"), None);
    let (text, error) = decode(capture.as_bytes(), &[]);
    assert_eq!(error, None);
    assert!(
        text.starts_with("frame 1  10 octets  ACK to 24:0a:c4:00:00:02\nframe 3  "),
        "{text}"
    );
    assert!(
        text.ends_with("\n3 frames: 1 ESP-NOW, 0 encrypted, 1 ACK, 1 other, 0 with a bad FCS\n"),
        "{text}"
    );
    let (text, _) = decode(capture.as_bytes(), &["--all"]);
    assert!(
        text.contains("\nframe 2  10 octets  not ESP-NOW: a beacon (type 0, subtype 8), "),
        "{text}"
    );
}

#[test]
fn who_finds_nothing_is_told_why() {
    // A beacon's first octets, twice, and a message whose FCS is another's.
    let beacon = "80000000ffffffffffff\n";
    let good = line(&frame(LAMP, Version::V1, b"on"), None);
    let damaged = good[..good.len() - 9].to_owned() + "01020304\n";
    let capture = beacon.repeat(2) + &damaged;
    let (text, error) = decode(capture.as_bytes(), &[]);
    assert_eq!(error, None);
    assert_eq!(
        text,
        "3 frames: 0 ESP-NOW, 0 encrypted, 0 ACKs, 2 other, 1 with a bad FCS\n  \
         not ESP-NOW, 2 frames from 1 on: a beacon (type 0, subtype 8), expected an action frame or an ACK\n  \
         not ESP-NOW, frame 3: bad FCS: damaged on the air, so every receiver drops it\n"
    );
    let (text, _) = decode(capture.as_bytes(), &["--all"]);
    assert!(
        text.contains("\nframe 3  41 octets  bad FCS") && !text.contains("from 1 on"),
        "{text}"
    );
}

#[test]
fn keys_are_read_as_programs_write_them() {
    let letters = ["decode", "-", "--pmk", "pmk1234567890123", "--lmk", "lmk1234567890123"];
    let cli = Cli::try_parse_from(letters).expect("two keys");
    let digits = Key::new(*b"lmk1234567890123");
    assert_eq!(cli.decode.lmk, [digits]);
}

#[test]
fn json_is_an_object_a_line() {
    let capture = ack_line() + FROM_A_CHIP;
    let (text, error) = decode(capture.as_bytes(), &["--json", "--pmk", ZERO_KEY, "--lmk", ZERO_KEY]);
    assert_eq!(error, None);
    let objects: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(
        objects,
        [
            serde_json::json!({"frame": 1, "octets": 10, "fcs": "good", "kind": "ack", "receiver": "24:0a:c4:00:00:02"}),
            serde_json::json!({
                "frame": 2,
                "octets": 75,
                "kind": "message",
                "mac": {
                    "destination": "30:ae:a4:45:4a:a4",
                    "source": "24:0a:c4:1d:58:68",
                    "bssid": "ff:ff:ff:ff:ff:ff",
                    "duration_us": 314,
                    "sequence": 1,
                    "retry": false,
                },
                "ccmp": {"packet_number": 1, "key_pair": 1},
                "action": {"offset": 32, "random": "9bcf85e9"},
                "elements": [{"offset": 40, "version": 1, "body_len": 20, "more": false}],
                "payload": {
                    "length": 20,
                    "hex": "5468697320697320746865206d65737361676500",
                    "text": "This is the message\0",
                },
            }),
        ]
    );
}

#[test]
fn frames_before_the_damage_are_explained() {
    let capture = ack_line() + "nonsense";
    let (text, error) = decode(capture.as_bytes(), &[]);
    assert!(text.starts_with("frame 1  10 octets  ACK"), "{text}");
    assert!(text.contains("\n1 frame: 0 ESP-NOW"), "{text}");
    assert_eq!(
        error.as_deref(),
        Some(
            "FILE: line 2: 'n' is not a hexadecimal digit (not pcap or pcapng, so read as octets in hexadecimal digits)"
        )
    );
    let (text, error) = decode(b"", &[]);
    assert_eq!(text, "");
    assert_eq!(
        error.as_deref(),
        Some("FILE: empty: expected a pcap or pcapng capture, or octets in hexadecimal digits")
    );
}

fn pairs(pair: KeyPair) -> Keys {
    Keys {
        pairs: vec![pair],
        ..Keys::default()
    }
}

fn arguments(file: PathBuf) -> DecodeArgs {
    DecodeArgs {
        file,
        pmk: Vec::new(),
        lmk: Vec::new(),
        app_key: Vec::new(),
        json: false,
        all: false,
        report: false,
    }
}

#[test]
fn a_missing_file_is_named() {
    let error = run(&arguments("no/such/file.pcapng".into()), &mut Vec::new());
    let error = error.expect_err("it is not there").to_string();
    assert!(error.starts_with("no/such/file.pcapng: "), "{error}");
}

#[test]
fn only_a_closed_pipe_is_no_error() {
    struct Full(io::ErrorKind);
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(ack_line().as_bytes()).expect("room for it");
    let mut args = arguments(file.path().to_owned());
    for json in [false, true] {
        args.json = json;
        assert!(run(&args, &mut Full(io::ErrorKind::BrokenPipe)).is_ok());
        let full = run(&args, &mut Full(io::ErrorKind::StorageFull));
        assert!(matches!(full, Err(DecodeError::Write(_))), "{full:?}");
    }
}

#[test]
fn a_bad_fcs_makes_a_frame_unreadable() {
    let captured = CapturedFrame {
        index: 1,
        timestamp_ns: None,
        radiotap: None,
        fcs: Some(FcsStatus::Bad),
        cut_off: 0,
        mpdu: Ack { receiver: DESK }.emit().to_vec(),
    };
    assert_eq!(explain(&captured, &Keys::default()).content, Content::BadFcs);
}

/// What the simulator writes of two boards that talk on a bad link, as a monitor would have captured it.
fn simulated_capture() -> Vec<u8> {
    let demo = Demo::named("hello-unicast").expect("it is shipped");
    let settings = Settings {
        seed: 1,
        links: Links::all(Link {
            loss: 0.1,
            ..Link::default()
        }),
        ..Settings::default()
    };
    let file = CaptureFile::new(Vec::new(), None, LOSS_AT_ONE_METRE_DB).expect("memory");
    let file = Rc::new(RefCell::new(file));
    let builder = demo.builder(settings).expect("no parameter is set");
    builder.observe(Box::new(Rc::clone(&file))).build().run();
    let file = Rc::try_unwrap(file).ok().expect("the run is over").into_inner();
    file.finish().expect("memory")
}

#[test]
fn a_report_is_a_form_of_ten_lines() {
    let (text, error) = decode(&simulated_capture(), &["--report"]);
    assert_eq!(error, None);
    assert_eq!(text, include_str!("tests/report.txt"));
}

#[test]
fn a_report_of_a_text_says_what_that_does_not_tell() {
    let lines = line(&frame(LAMP, Version::V1, b"on"), None) + &ack_line();
    let (text, error) = decode(lines.as_bytes(), &["--report"]);
    assert_eq!(error, None);
    assert_eq!(text, include_str!("tests/report_of_text.txt"));
}

#[test]
fn a_report_of_nothing_says_why() {
    let (text, error) = decode(b"80 00 00 00 ff ff ff ff ff ff\n", &["--report"]);
    assert_eq!(error, None);
    assert!(text.contains(" 4  boards heard:      none\n"), "{text}");
    assert!(text.contains("not ESP-NOW, frame 1: "), "{text}");
    assert!(Cli::try_parse_from(["decode", "-", "--report", "--json"]).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_mpdu_is_explained(start in prop::sample::select(vec![0xd0_u8, 0xd4, 0x80]), rest: Vec<u8>, cut_off in 0_usize..9) {
        let captured = CapturedFrame {
            index: 1,
            timestamp_ns: Some(u64::MAX),
            radiotap: None,
            fcs: None,
            cut_off,
            mpdu: [&[start], &rest[..]].concat(),
        };
        let zero = Key::new([0; 16]);
        let explanation = explain(&captured, &pairs(KeyPair::new(&zero, &zero)));
        text::write(&explanation, &mut Vec::new()).expect("memory");
        serde_json::to_string(&explanation).expect("memory");
    }

    /// Whatever clocks and headers say.
    #[test]
    fn any_frames_are_reported(
        frames in prop::collection::vec(
            (any::<bool>(), any::<bool>(), any::<[u64; 2]>(), any::<[u8; 6]>(), any::<(i8, u8, u16)>()),
            0..20,
        ),
    ) {
        let mut report = report::Report::default();
        for (is_ack, has_clocks, [timestamp, tsft], source, (signal, rate, number)) in frames {
            let mut buffer = [0; ActionFrame::MAX_LEN];
            let message = ActionFrame {
                header: Header::new(LAMP, MacAddress(source)),
                ..frame(LAMP, Version::V1, b"on")
            };
            let length = message.emit(&mut buffer).expect("room");
            buffer[1] = (number >> 8) as u8 & 0x08;
            buffer[22..24].copy_from_slice(&number.to_le_bytes());
            let captured = CapturedFrame {
                index: 1,
                timestamp_ns: has_clocks.then_some(timestamp),
                radiotap: Some(radiotap::Header {
                    tsft_micros: has_clocks.then_some(tsft),
                    rate_500k: Some(rate),
                    signal_dbm: Some(signal),
                    ..radiotap::Header::default()
                }),
                fcs: None,
                cut_off: 0,
                mpdu: if is_ack { Ack { receiver: DESK }.emit().to_vec() } else { buffer[..length].to_vec() },
            };
            report.note(&captured, &explain(&captured, &Keys::default()));
        }
        prop_assert_eq!(report.to_string().lines().count(), 10);
    }

    #[test]
    fn every_payload_is_found_again(payload in prop::collection::vec(any::<u8>(), 0..1471), sealed: bool) {
        let (pmk, lmk) = (Key::new([1; 16]), Key::new([2; 16]));
        let key = sealed.then(|| TemporalKey::derive(&pmk, &lmk));
        let text = line(&frame(LAMP, Version::V2, &payload), key.as_ref());
        let captured = crate::capture::Capture::new(text.as_bytes()).expect("hex").next().expect("a frame").expect("hex");
        prop_assert_eq!(captured.fcs, Some(FcsStatus::Good));
        let Content::Message(message) = explain(&captured, &pairs(KeyPair::new(&pmk, &lmk))).content else {
            panic!("it is a message");
        };
        prop_assert_eq!(message.ccmp.is_some(), sealed);
        let last = message.elements.last().expect("one at least");
        prop_assert_eq!(last.offset + 7 + last.body_len + if sealed { 8 } else { 0 }, captured.mpdu.len());
        prop_assert_eq!(message.payload.octets, payload);
    }
}
