//! A file with captured frames.

use std::path::PathBuf;

use protocol::espnow::Key;
use protocol::message::AppKey;
use sim::capture::Capture;
use sim::decode::{DecodeArgs, KeyPair, Keys, decode, explain};

use crate::message::VECTOR_KEY;

/// Frames of one capture that are looked at.
const FRAMES: usize = 256;

/// The octets are a pcap or pcapng file, or octets in hexadecimal digits, as tools and people write them. Frames are numbered in their order, nothing follows an error,
/// whatever was found can be written as JSON, and complaints are one line.
pub fn capture(octets: &[u8]) {
    let capture = match Capture::new(octets) {
        Ok(capture) => capture,
        Err(error) => return check_complaint(&error.to_string()),
    };
    let keys = Keys {
        pairs: vec![KeyPair::new(&Key::new([0; 16]), &Key::new([0; 16]))],
        app: vec![AppKey::new(VECTOR_KEY)],
    };
    let mut failed = false;
    for (number, frame) in (1..).zip(capture.take(FRAMES)) {
        assert!(!failed, "nothing follows an error");
        let frame = match frame {
            Ok(frame) => frame,
            Err(error) => {
                failed = true;
                check_complaint(&error.to_string());
                continue;
            }
        };
        assert_eq!(frame.index, number);
        assert!(frame.mpdu.len() <= octets.len());
        let explanation = explain(&frame, &keys);
        let json = serde_json::to_string(&explanation).expect("it is made of texts and numbers");
        assert!(!json.contains('\n'));
    }
    for report in [false, true] {
        check_text(octets, report);
    }
}

/// `sim decode` writes text for whatever it finds, and fails with the capture's error alone.
fn check_text(octets: &[u8], report: bool) {
    let args = DecodeArgs {
        file: PathBuf::from("-"),
        pmk: vec![Key::new([0; 16])],
        lmk: vec![Key::new([0; 16])],
        app_key: vec![AppKey::new(VECTOR_KEY)],
        json: false,
        all: !report,
        report,
    };
    let mut out = Vec::new();
    if let Err(error) = decode(&args, "standard input", octets, &mut out) {
        check_complaint(&error.to_string());
    }
    let text = String::from_utf8(out).expect("it is text");
    assert!(
        !text.contains(|c: char| c.is_control() && c != '\n'),
        "nothing that a terminal obeys: {text:?}"
    );
}

fn check_complaint(text: &str) {
    assert!(!text.is_empty() && !text.contains('\n'), "{text:?}");
}
