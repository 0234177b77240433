//! The dissector that comes with the simulator, on messages that were made by something else.

use protocol::MacAddress;
use protocol::frame::{ActionFrame, Header, Payload, Version};
use protocol::message::{FrameHead, Kind, Message};
use serde_json::Value;

use super::dissect_with;

const SCRIPT: &str = concat!("lua_script:", env!("CARGO_MANIFEST_DIR"), "/wireshark/espnow.lua");
const BOARD: MacAddress = MacAddress([0x24, 0x0a, 0xc4, 0, 0, 1]);

/// A capture of MPDUs without radio headers and FCS (LINKTYPE_IEEE802_11), one for each raw message.
fn capture(messages: &[Vec<u8>]) -> Vec<u8> {
    let mut file = Vec::new();
    for word in [0xa1b2_c3d4, 0x0004_0002, 0, 0, 0xffff, 105_u32] {
        file.extend(word.to_le_bytes());
    }
    for message in messages {
        let version = if message.len() > 250 { Version::V2 } else { Version::V1 };
        let frame = ActionFrame {
            header: Header::new(MacAddress::BROADCAST, BOARD),
            random: [1, 2, 3, 4],
            payload: Payload::new(version, message).expect("it fits"),
        };
        let mut mpdu = [0; ActionFrame::MAX_LEN];
        let length = frame.emit(&mut mpdu).expect("there is room");
        let octets = u32::try_from(length).expect("short");
        for word in [0, 0, octets, octets] {
            file.extend(word.to_le_bytes());
        }
        file.extend(&mpdu[..length]);
    }
    file
}

fn dissected(messages: &[Vec<u8>], fields: &[&str]) -> Option<Vec<Vec<String>>> {
    let frames = dissect_with(&["-X", SCRIPT], &capture(messages), fields)?;
    assert_eq!(frames.len(), messages.len());
    Some(frames)
}

/// The messages of the vectors by name; of a handshake, each of its payloads in a message.
fn vectors() -> Vec<(String, Vec<u8>)> {
    let file = include_str!("../../../protocol/vectors/messages.json");
    let file: Value = serde_json::from_str(file).expect("the file is JSON");
    let octets = |value: &Value| hex::decode(value.as_str().expect("digits")).expect("digits");
    let mut messages = Vec::new();
    for vector in file["vectors"].as_array().expect("a list") {
        let (name, out) = (vector["name"].as_str().expect("a name"), &vector["out"]);
        if let Some(message) = out.get("message") {
            messages.push((name.to_owned(), octets(message)));
        }
        for step in ["command0", "response0", "command1", "response1", "key", "key_response"] {
            if let Some(payload) = out.get(step) {
                messages.push((step.to_owned(), message(Kind::Security, &octets(payload))));
            }
        }
    }
    messages
}

fn message(kind: Kind, payload: &[u8]) -> Vec<u8> {
    let message = Message {
        kind,
        head: FrameHead::UNICAST,
        destination: BOARD,
        source: MacAddress([2, 0, 0, 0, 0, 1]),
        payload,
    };
    let mut octets = vec![0; message.buffer_len()];
    message.emit(&mut octets).expect("there is room");
    octets
}

/// What one of the vectors has in a field.
#[track_caller]
fn assert_field(name: &str, field: &str, expected: &str) {
    let (_, octets) = vectors().into_iter().find(|(of, _)| of == name).expect("a vector");
    if let Some(frames) = dissected(&[octets], &[field]) {
        assert_eq!(frames, [[expected]], "{field} of {name}");
    }
}

#[test]
fn every_vector_is_dissected_without_a_complaint() {
    let (names, messages): (Vec<_>, Vec<_>) = vectors().into_iter().unzip();
    assert!(names.len() > 20);
    let fields = [
        "espnow.message.type",
        "espnow.message.magic",
        "_ws.expert.message",
        "espnow.payload_length",
    ];
    let Some(frames) = dissected(&messages, &fields) else {
        return;
    };
    for ((name, octets), frame) in names.iter().zip(&messages).zip(frames) {
        let message = Message::parse(octets).expect("a message");
        let magic = format!("0x{:04x}", message.head.magic);
        let length = octets.len().to_string();
        assert_eq!(frame, [message.kind.name(), &magic, "", &length], "{name}");
    }
}

#[test]
fn the_head_is_shown_field_by_field() {
    assert_field("control-bind", "espnow.message.channel", "15");
    assert_field("control-bind", "espnow.message.retransmit_count", "10");
    assert_field("control-bind", "espnow.message.forward_ttl", "0");
    assert_field("control-power-on", "espnow.message.forward_ttl", "10");
    assert_field("control-power-on", "espnow.message.forward_rssi", "-25");
    assert_field("message-ack", "espnow.message.ack", "1");
    assert_field("message-data-broadcast", "espnow.message.ack", "0");
    assert_field("ota-status-request", "espnow.message.group_id", "OTA");
}

#[test]
fn services_are_shown() {
    assert_field("control-bind", "espnow.control.bind", "1");
    assert_field("control-unbind", "espnow.control.bind", "0");
    assert_field("control-hue-float", "espnow.control.value_float", "212.5");
    assert_field("control-string", "espnow.control.value_text", "rainbow");
    assert_field("message-group-join", "espnow.group.count", "3");
    assert_field("timesync-broadcast", "espnow.time.since_boot", "987654321");
    assert_field("ota-info", "espnow.ota.app_project", "porch-light");
    assert_field("ota-status-progress", "espnow.ota.missing", "40");
    assert_field("ota-data-last", "espnow.ota.sequence", "1601");
    assert_field("command0", "espnow.security.step", "session command 0");
    let key = "dc4d391fc09a62742f95f2980755c65d46d31cbeebcacb1381354028b7867e5c";
    assert_field("response0", "espnow.security.device_public_key", key);
}

#[test]
fn what_is_no_message_stays_a_payload() {
    // A text, something that begins like a message and is too long for its length octet, and nothing.
    let mut almost = message(Kind::Data, b"four");
    almost.push(0);
    let fields = ["espnow.payload_length", "espnow.message.type", "_ws.expert.message"];
    if let Some(frames) = dissected(&[b"hello".to_vec(), almost, Vec::new()], &fields) {
        assert_eq!(frames, [["5", "", ""], ["25", "", ""], ["0", "", ""]]);
    }
}

#[test]
fn hostile_payloads_break_no_dissector() {
    let mut messages = Vec::new();
    for kind in Kind::ALL {
        for length in 0..40 {
            // Counts and lengths of 255, and of 0.
            for octet in [0xff, 0, 0x0a] {
                messages.push(message(kind, &vec![octet; length]));
            }
        }
    }
    if let Some(frames) = dissected(&messages, &["_ws.expert.message"]) {
        for (octets, frame) in messages.iter().zip(frames) {
            assert!(!frame[0].contains("Lua"), "{}: {}", hex::encode(octets), frame[0]);
        }
    }
}
