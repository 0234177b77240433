//! What Wireshark makes of our capture files. Skipped, with a line that says so, where `tshark` is not installed.

use std::io::{ErrorKind, Write};
use std::process::{Command, Stdio};

use bytes::Bytes;
use protocol::rate::{GuardInterval, Mcs, Ofdm, Preamble};
use protocol::{Channel, MacAddress, Rate};
use sim::kernel::{Span, Time};
use sim::observe::{BoardId, Event, Observer, Transmission, TransmissionKind};
use sim::record::{CaptureFile, LOSS_AT_ONE_METRE_DB};

const SENDER: MacAddress = MacAddress([0x24, 0x0a, 0xc4, 0, 0, 1]);
const RECEIVER: MacAddress = MacAddress([0x24, 0x0a, 0xc4, 0, 0, 2]);

const SIFS: Span = Span::from_micros(10);

mod dissector;
mod pasted;

/// Each frame's `fields` as tshark's own dissectors see them, or `None` without tshark.
fn dissect(capture: &[u8], fields: &[&str]) -> Option<Vec<Vec<String>>> {
    dissect_with(&[], capture, fields)
}

/// As [`dissect`], with more arguments for tshark.
fn dissect_with(arguments: &[&str], capture: &[u8], fields: &[&str]) -> Option<Vec<Vec<String>>> {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(capture).expect("room for it");
    let mut command = Command::new("tshark");
    command.args(arguments);
    command.arg("-r").arg(file.path()).args(["-T", "fields"]);
    // Off by default; all else is Wireshark's default.
    command.args(["-o", "wlan.check_checksum:TRUE"]);
    for field in fields {
        command.args(["-e", field]);
    }
    // No preferences of whoever runs the test.
    let home = tempfile::tempdir().expect("a temporary directory");
    command.env("HOME", home.path()).env("XDG_CONFIG_HOME", home.path());
    let output = match command.stderr(Stdio::piped()).output() {
        Ok(output) => output,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            println!("skipped: tshark is not installed");
            return None;
        }
        Err(error) => panic!("tshark does not run: {error}"),
    };
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "tshark: {errors}");
    assert!(
        !errors.contains("cut short") && !errors.contains("damaged"),
        "tshark: {errors}"
    );
    let text = String::from_utf8(output.stdout).expect("tshark writes UTF-8");
    Some(
        text.lines()
            .map(|line| line.split('\t').map(str::to_owned).collect())
            .collect(),
    )
}

/// CRC-32 of IEEE 802.3, bit by bit: a second opinion for the frames below.
fn fcs(octets: &[u8]) -> [u8; 4] {
    let mut crc = !0_u32;
    for octet in octets {
        crc ^= u32::from(*octet);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    (!crc).to_le_bytes()
}

fn with_fcs(mut mpdu: Vec<u8>) -> Bytes {
    mpdu.extend(fcs(&mpdu));
    mpdu.into()
}

/// A message of 250 octets: 293 on the air.
fn data_mpdu() -> Bytes {
    let mut mpdu = vec![0xd0, 0, 0x3a, 0x01];
    mpdu.extend(RECEIVER.octets());
    mpdu.extend(SENDER.octets());
    mpdu.extend([0xff; 6]);
    mpdu.extend([0x10, 0]);
    mpdu.extend([127, 0x18, 0xfe, 0x34, 1, 2, 3, 4]);
    mpdu.extend([221, 255, 0x18, 0xfe, 0x34, 4, 1]);
    mpdu.extend([b'x'; 250]);
    with_fcs(mpdu)
}

fn ack_mpdu() -> Bytes {
    let mut mpdu = vec![0xd4, 0, 0, 0];
    mpdu.extend(SENDER.octets());
    with_fcs(mpdu)
}

/// A data frame that starts 1 ms into the run and its ACK after SIFS.
fn capture(rate: Rate) -> Vec<u8> {
    let transmission = |id, sender, start, rate: Rate, mpdu: Bytes, kind| Transmission {
        id,
        sender: BoardId(sender),
        queued_at: start,
        start,
        airtime: rate.airtime(mpdu.len()).into(),
        rate,
        channel: Channel::new(6).expect("6 is a channel"),
        power_dbm: 20,
        mpdu,
        kind,
    };
    let kind = TransmissionKind::Data {
        destination: RECEIVER,
        attempt: 1,
    };
    let data = transmission(0, 0, Time::from_micros(1_000), rate, data_mpdu(), kind);
    let kind = TransmissionKind::Ack { receiver: SENDER };
    let ack = transmission(1, 1, data.end() + SIFS, rate.ack_rate(), ack_mpdu(), kind);

    let mut file = CaptureFile::new(Vec::new(), Some("two frames, seed 1"), LOSS_AT_ONE_METRE_DB).expect("memory");
    for transmission in [data, ack] {
        file.observe(transmission.start, &Event::Transmission(transmission));
    }
    file.finish().expect("memory")
}

#[test]
fn wireshark_sees_the_times_of_the_run() {
    let fields = [
        "frame.time_epoch",
        "wlan_radio.duration",
        "wlan_radio.ifs",
        "wlan_radio.start_tsf",
        "wlan_radio.end_tsf",
        "wlan.fcs.status",
        "wlan.fc.type_subtype",
        "wlan_radio.channel",
        "wlan_radio.signal_dbm",
        "wlan_radio.data_rate",
        "frame.interface_name",
    ];
    let Some(frames) = dissect(&capture(Rate::Dsss1M), &fields) else {
        return;
    };
    assert_eq!(
        frames,
        [
            [
                "0.001000000",
                "2536",
                "",
                "1000",
                "3536",
                "1",
                "0x000d",
                "6",
                "-20",
                "1",
                "air"
            ],
            [
                "0.003546000",
                "304",
                "10",
                "3546",
                "3850",
                "1",
                "0x001d",
                "6",
                "-20",
                "1",
                "air"
            ],
        ]
    );
}

#[test]
fn wireshark_knows_every_rate() {
    let scheme = |index| Mcs::new(index).expect("0 to 7 are schemes");
    for (rate, mbits, mcs, short_guard) in [
        (Rate::Dsss2M(Preamble::Short), "2", "", ""),
        (Rate::Cck5M5(Preamble::Long), "5.5", "", ""),
        (Rate::Cck11M(Preamble::Long), "11", "", ""),
        (Rate::Cck11M(Preamble::Short), "11", "", ""),
        (Rate::Ofdm(Ofdm::M6), "6", "", ""),
        (Rate::Ofdm(Ofdm::M54), "54", "", ""),
        (Rate::Ht20(scheme(0), GuardInterval::Long), "6.5", "0", "0"),
        (Rate::Ht20(scheme(7), GuardInterval::Short), "72.2222", "7", "1"),
    ] {
        let fields = [
            "wlan_radio.data_rate",
            "wlan_radio.11n.mcs_index",
            "wlan_radio.11n.short_gi",
            "wlan_radio.duration",
            "wlan_radio.start_tsf",
            "wlan.fcs.status",
            "wlan_radio.ifs",
        ];
        let Some(frames) = dissect(&capture(rate), &fields) else {
            return;
        };
        // Wireshark leaves the signal extension out.
        let extension = if matches!(rate, Rate::Ofdm(_) | Rate::Ht20(..)) {
            6
        } else {
            0
        };
        let duration = (Span::from(rate.airtime(293)).as_micros() - extension).to_string();
        assert_eq!(
            frames[0],
            [mbits, mcs, short_guard, &duration, "1000", "1", ""],
            "{rate}"
        );
        let gap = (SIFS.as_micros() + extension).to_string();
        assert_eq!(frames[1][6], gap, "{rate}");
    }
}

#[test]
fn long_range_has_no_rate_but_a_place() {
    let fields = [
        "frame.time_epoch",
        "radiotap.datarate",
        "wlan_radio.channel",
        "wlan.fcs.status",
    ];
    let Some(frames) = dissect(&capture(Rate::LongRange250K), &fields) else {
        return;
    };
    assert_eq!(frames[0], ["0.001000000", "", "6", "1"]);
}
