//! What tools make of our captures as text, and people paste, is read back.

use std::io::{ErrorKind, Write};
use std::path::Path;
use std::process::Command;

use sim::capture::Capture;

use super::{ack_mpdu, capture, data_mpdu};
use protocol::Rate;

/// What a tool writes; `None` where it is not installed.
fn output(tool: &str, arguments: &[&str], file: &Path) -> Option<String> {
    let home = tempfile::tempdir().expect("a temporary directory");
    let mut command = Command::new(tool);
    command.args(arguments).arg(file);
    command.env("HOME", home.path()).env("XDG_CONFIG_HOME", home.path());
    match command.output() {
        Ok(output) => {
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{tool}: {errors}");
            Some(String::from_utf8(output.stdout).expect("text"))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            println!("skipped: {tool} is not installed");
            None
        }
        Err(error) => panic!("{tool} does not run: {error}"),
    }
}

fn mpdus(text: &str) -> Vec<Vec<u8>> {
    let capture = Capture::new(text.as_bytes()).expect("text");
    let frames = capture.map(|frame| frame.unwrap_or_else(|error| panic!("{error} in\n{text}")));
    frames.map(|frame| frame.mpdu).collect()
}

fn without_fcs(mpdu: &[u8]) -> Vec<u8> {
    mpdu[..mpdu.len() - 4].to_vec()
}

#[test]
fn a_hex_dump_of_wiresharks_is_read() {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(&capture(Rate::Dsss1M)).expect("room for it");
    let both = [without_fcs(&data_mpdu()), without_fcs(&ack_mpdu())];
    for arguments in [&["-x", "-r"][..], &["-x", "--hexdump", "noascii", "-r"]] {
        if let Some(text) = output("tshark", arguments, file.path()) {
            assert_eq!(mpdus(&text), both, "{text}");
        }
    }
}

#[test]
fn what_hexdump_tools_write_is_read() {
    let data = data_mpdu();
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(&data).expect("room for it");
    let tools: [(&str, &[&str]); 16] = [
        ("xxd", &[]),
        ("xxd", &["-a"]),
        ("xxd", &["-g1"]),
        ("xxd", &["-u", "-g4"]),
        ("xxd", &["-c", "8"]),
        ("xxd", &["-c", "32"]),
        ("xxd", &["-p"]),
        ("xxd", &["-i"]),
        ("hexdump", &[]),
        ("hexdump", &["-C"]),
        ("hexdump", &["-v", "-C"]),
        ("od", &["-x"]),
        ("od", &["-t", "x1"]),
        ("od", &["-A", "x", "-t", "x1z"]),
        ("od", &["-A", "d", "-v", "-t", "x1"]),
        ("od", &["-A", "n", "-v", "-t", "x1"]),
    ];
    for (tool, arguments) in tools {
        if let Some(text) = output(tool, arguments, file.path()) {
            assert_eq!(mpdus(&text), [without_fcs(&data)], "{tool} {arguments:?}\n{text}");
        }
    }
}
