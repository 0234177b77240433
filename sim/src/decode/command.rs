//! `sim decode`: a capture in, explanations out.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use protocol::espnow::Key;
use protocol::message::AppKey;

use super::explanation::{Content, Explanation, explain};
use super::keys::{KeyPair, Keys, parse_app_key, parse_key};
use super::report::Report;
use super::strangers::Strangers;
use super::summary::Summary;
use super::text;
use crate::capture::{Capture, CaptureError};

/// Explain the ESP-NOW frames of a capture, layer by layer
///
/// Reads pcap and pcapng with radiotap headers or bare 802.11 frames, and text with octets in hexadecimal digits: a frame a line, dumps
/// as Wireshark, tcpdump, xxd, hexdump, od and ESP-IDF write them, lists and strings in C and Python; with a radiotap header or without,
/// with an FCS or without; in UTF-8 or UTF-16, with colours or without. "#" starts a comment. The format is told by the file's first octets.
///
/// Encrypted frames need both keys of the two boards, the primary and the local master key: what esp_now_set_pmk() and
/// the peer's lmk were given. The PMK that ESP-IDF uses when a program sets none is not published, so there is no default.
#[derive(Args, Clone, Debug)]
pub struct DecodeArgs {
    /// The capture; "-" reads standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// A primary master key: 32 hexadecimal digits, with 0x, colons, hyphens or spaces as you have it, or the 16 letters that a program has
    /// as text; may be given several times
    #[arg(long, value_name = "KEY", value_parser = parse_key, requires = "lmk")]
    pub pmk: Vec<Key>,

    /// A local master key, written likewise; may be given several times, each is tried with each PMK
    #[arg(long, value_name = "KEY", value_parser = parse_key, requires = "pmk")]
    pub lmk: Vec<Key>,

    /// A key of an application that uses esp-now's message layer, 64 hexadecimal digits or 32 letters: opens secured payloads; may be
    /// given several times
    #[arg(long, value_name = "KEY", value_parser = parse_app_key)]
    pub app_key: Vec<AppKey>,

    /// Write one JSON object a line; the summary goes to standard error
    #[arg(long)]
    pub json: bool,

    /// List frames that are not ESP-NOW or have a bad FCS too, with the reason
    #[arg(long)]
    pub all: bool,

    /// Write the whole capture as a form of ten lines, to be filled in and sent to whoever compares the simulator with real boards
    /// (firmware-shim/FIRST-HOUR.md): boards, versions, rates, lengths, intervals, repetitions, ACKs, signal
    #[arg(long, conflicts_with_all = ["json", "all"])]
    pub report: bool,
}

/// Why decoding ended early. Each message is one line.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The file could not be opened.
    #[error("{}: {source}", path.display())]
    Open {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is no capture or a damaged one; the frames before the damage were explained.
    #[error("{name}: {source}")]
    Capture {
        /// The file, or "standard input".
        name: String,
        /// Why.
        source: CaptureError,
    },
    /// The output could not be written.
    #[error("writing failed: {0}")]
    Write(io::Error),
}

/// Explains the frames of `args.file` on `out`, then sums them up. A reader that closes `out` early is no error; the capture is read to
/// its end all the same, since whether it is whole is what is found.
///
/// # Errors
/// [`DecodeError`]; what was explained before stands on `out`, with a summary.
pub fn run(args: &DecodeArgs, out: &mut dyn Write) -> Result<(), DecodeError> {
    if args.file == Path::new("-") {
        return decode(args, "standard input", io::stdin().lock(), out);
    }
    let open_error = |source| DecodeError::Open {
        path: args.file.clone(),
        source,
    };
    let file = File::open(&args.file).map_err(open_error)?;
    decode(args, &args.file.display().to_string(), file, out)
}

/// What [`run`] does, with the capture from `input`; complaints call it `name`.
///
/// # Errors
/// As [`run`].
pub fn decode(args: &DecodeArgs, name: &str, input: impl Read, out: &mut dyn Write) -> Result<(), DecodeError> {
    let into_decode = |source| DecodeError::Capture {
        name: name.to_owned(),
        source,
    };
    let keys = Keys {
        pairs: KeyPair::combine(&args.pmk, &args.lmk),
        app: args.app_key.clone(),
    };
    let mut summary = Summary::default();
    let mut strangers = Strangers::default();
    let mut report = Report::default();
    let mut damage = Ok(());
    let mut written = Ok(());
    for frame in Capture::new(input).map_err(into_decode)? {
        match frame {
            Ok(_) if has_left(&written) => {}
            Ok(frame) => {
                let explanation = explain(&frame, &keys);
                summary.count(&explanation);
                strangers.note(&explanation);
                if args.report {
                    report.note(&frame, &explanation);
                } else {
                    written = write(args, &explanation, out);
                }
            }
            Err(error) => damage = Err(into_decode(error)),
        }
        if written.is_err() && !has_left(&written) {
            break;
        }
    }
    // Who finds nothing wants to know why; with --all it stands beside each frame.
    let reasons = if summary.has_espnow() || args.all {
        String::new()
    } else {
        strangers.to_string()
    };
    let unused = unused_keys(args, &summary);
    let written = written.and_then(|()| {
        if args.json {
            // What was asked for is on `out`: the summary may get lost.
            let _ = write!(io::stderr(), "{summary}\n{reasons}{unused}");
        } else if args.report {
            write!(out, "{report}{reasons}{unused}")?;
        } else {
            write!(out, "{summary}\n{reasons}{unused}")?;
        }
        out.flush()
    });
    match written {
        Ok(()) => damage,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => damage,
        Err(error) => Err(DecodeError::Write(error)),
    }
}

/// That keys were given and nothing was there to open, in a line each; it may be that another capture was meant.
fn unused_keys(args: &DecodeArgs, summary: &Summary) -> String {
    let mut lines = String::new();
    if !args.pmk.is_empty() && summary.decrypted + summary.encrypted == 0 {
        lines += "  no frame is encrypted: --pmk and --lmk were not needed\n";
    }
    if !args.app_key.is_empty() && summary.sealed == 0 {
        lines += "  no payload that could be read is secured: --app-key was not needed\n";
    }
    lines
}

/// Whether nobody reads any more.
fn has_left(written: &io::Result<()>) -> bool {
    matches!(written, Err(error) if error.kind() == io::ErrorKind::BrokenPipe)
}

fn write(args: &DecodeArgs, explanation: &Explanation, out: &mut dyn Write) -> io::Result<()> {
    let wanted = match &explanation.content {
        Content::Other { .. } | Content::BadFcs => args.all,
        Content::Ack { .. } | Content::Message(_) | Content::Encrypted { .. } => true,
    };
    if !wanted {
        return Ok(());
    }
    if args.json {
        serde_json::to_writer(&mut *out, explanation)?;
        writeln!(out)
    } else {
        text::write(explanation, out)
    }
}
