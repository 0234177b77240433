//! Puts the protocol's vectors where the fuzzers begin: `cargo run -p trials --example seeds`, from the project's top.
//!
//! Decoders get the octets of every field that the vectors have. What is in a corpus already stays.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::Value;
use sim::kernel::Time;
use sim::record::{PcapngWriter, radiotap};

fn main() -> io::Result<()> {
    let vectors = [
        include_str!("../../../protocol/vectors/espnow.json"),
        include_str!("../../../protocol/vectors/messages.json"),
        include_str!("../../../protocol/vectors/provisioning.json"),
    ];
    let mut frames = Vec::new();
    for file in vectors {
        let file: Value = serde_json::from_str(file).expect("the file is JSON");
        for vector in file["vectors"].as_array().expect("a list of vectors") {
            let name = vector["name"].as_str().expect("vectors have names");
            for (field, value) in vector["out"].as_object().expect("fields") {
                let Some(octets) = value.as_str().and_then(|digits| hex::decode(digits).ok()) else {
                    continue;
                };
                keep(trial(name, field), &format!("{name}-{field}"), &octets)?;
                if field == "mpdu" {
                    frames.push(octets);
                }
            }
        }
    }
    captures(&frames)?;
    keep("image", "small", &trials::small_image())?;
    keep(
        "line_messages",
        "send",
        b"\x01\x07\x00\x24\x0a\xc4\x00\x00\x01\xff\x00hello",
    )?;
    keep(
        "line_messages",
        "received",
        b"\x83\x24\x0a\xc4\x00\x00\x01\x24\x0a\xc4\x00\x00\x02\xd8\x00\x01\x02\x03\x04\x05\x06\x07hello",
    )?;
    for (name, words) in [
        (
            "run",
            "sim\nrun\n--demo\nhello\n--loss\n30%\n--burst\n0.2,50ms\n--interferer\nwifi:channel=6,duty=0.4,x=5\n--speed\nmax",
        ),
        (
            "bridge",
            "sim\nrun\n--bridge\n/dev/ttyUSB0,921600\n--bridge-channel\n6\n--for\n10s\n--seed\n7\n--set\nboards=3",
        ),
        (
            "decode",
            "sim\ndecode\n-\n--pmk\n00112233445566778899aabbccddeeff\n--lmk\n00112233445566778899aabbccddeeff\n--json",
        ),
        ("values", "24:0a:c4:00:00:01\nmcs7\n5.5M\nlr250k\n0.5\nmax"),
    ] {
        keep("words", name, words.as_bytes())?;
    }
    // Scripts of steps have no vectors.
    for trial in [
        "data",
        "control",
        "provisioning",
        "debug",
        "security",
        "reliable",
        "time",
        "endpoint",
        "line",
        "messenger",
    ] {
        keep(trial, "nothing", &[0; 64])?;
    }
    Ok(())
}

/// Whose octets a vector's are. Services read theirs as a payload first, and as a script then.
fn trial(name: &str, field: &str) -> &'static str {
    let is_of_a_service = matches!(field, "payload") || name.starts_with("security-handshake");
    let service = match name.split('-').next() {
        Some("control") => "control",
        Some("timesync") => "time",
        Some("security") => "security",
        Some("beacon" | "device" | "wifi") => "provisioning",
        _ => "message",
    };
    match field {
        "mpdu" => "frame",
        _ if is_of_a_service => service,
        _ => "message",
    }
}

fn captures(frames: &[Vec<u8>]) -> io::Result<()> {
    let mut pcapng = PcapngWriter::new(Vec::new(), None)?;
    let mut pcap = Vec::new();
    for word in [0xa1b2_c3d4, 0x0004_0002, 0, 0, 65_535, 105_u32] {
        pcap.extend(word.to_le_bytes());
    }
    let mut lines = String::from("# one frame a line\n");
    for (number, frame) in (0..).zip(frames.iter().filter(|frame| frame.len() < 300)) {
        pcapng.write_frame(Time::from_micros(number), &radiotap::Header::default(), frame)?;
        let length = u32::try_from(frame.len()).expect("frames are short");
        for word in [0, 0, length, length] {
            pcap.extend(word.to_le_bytes());
        }
        pcap.extend(frame);
        lines.push_str(&hex::encode(frame));
        lines.push('\n');
    }
    keep("capture", "pcapng", &pcapng.into_inner())?;
    keep("capture", "pcap", &pcap)?;
    keep("capture", "lines", lines.as_bytes())
}

fn keep(trial: &str, name: &str, octets: &[u8]) -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus").join(trial);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(name), octets)
}
