//! Why a capture could not be read to its end.

use std::error::Error;
use std::io;

use crate::record::radiotap::RadiotapError;

/// Why no more frames come. The messages go behind a file's name and a colon.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// The operating system's error.
    #[error("reading failed: {0}")]
    Read(#[source] io::Error),
    /// No octets at all.
    #[error("empty: expected a pcap or pcapng capture, or octets in hexadecimal digits")]
    Empty,
    /// Binary, but of another kind.
    #[error("neither a pcap or pcapng capture nor octets in hexadecimal digits")]
    UnknownFormat,
    /// The file ends too early.
    #[error("cut short: ends inside packet {packet}, which starts at octet {offset}, or that packet's length is wrong")]
    CutShort {
        /// The packet, counted from 1.
        packet: u64,
        /// Where it starts in the file.
        offset: u64,
    },
    /// The file's own structure is broken.
    #[error("damaged at octet {offset}, before or in packet {packet}: {reason}")]
    Damaged {
        /// The packet that was to come next, counted from 1.
        packet: u64,
        /// Where the broken structure starts in the file.
        offset: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// The file is sound, but a frame's radiotap header is not.
    #[error("damaged in packet {packet}: {reason}")]
    Radiotap {
        /// The packet, counted from 1.
        packet: u64,
        /// What is wrong with it.
        reason: RadiotapError,
    },
    /// Frames of another kind than 802.11, or with a header that is not known here.
    #[error("packet {packet} has link type {link_type}{}; capture with radiotap headers (127) or bare 802.11 (105)", link_type_name(*.link_type))]
    LinkType {
        /// The packet, counted from 1.
        packet: u64,
        /// The number in tcpdump.org's list of link types.
        link_type: u32,
    },
    /// A line that is no frame.
    #[error("line {line}: {reason} (not pcap or pcapng, so read as octets in hexadecimal digits)")]
    Hex {
        /// Counted from 1.
        line: u64,
        /// What is wrong with it.
        reason: HexError,
    },
}

/// What is wrong with a line of octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HexError {
    /// Something else than a digit or a separator.
    #[error("{0:?} is not a hexadecimal digit")]
    NotADigit(char),
    /// Half an octet.
    #[error("an octet has two hexadecimal digits, but a group of digits here is odd")]
    Odd,
    /// Longer than any frame.
    #[error("the line, or the dump or list that it is part of, is longer than any frame")]
    TooLong,
    /// A dump does not go on where it was.
    #[error(
        "the offset is {found:#x}, but {expected} octets come before it: a line is missing, or is from another dump"
    )]
    Offset {
        /// The offset on the line, read as hexadecimal digits.
        found: u64,
        /// Octets of the frame before the line.
        expected: usize,
    },
    /// A line that goes on with a dump has no octets.
    #[error(
        "the offset goes on with the dump above, but what follows it are no octets: a digit is missing, or the line was changed"
    )]
    NoOctets,
    /// What `od` and `hexdump` write by themselves.
    #[error(
        "these are words, characters or other digits than hexadecimal ones: have octets written, with xxd, hexdump -C or od -A x -t x1"
    )]
    OtherWords,
    /// What `xxd -b` writes.
    #[error("these are octets in binary digits: have hexadecimal ones written, with xxd without -b")]
    Bits,
    /// `*` without offsets.
    #[error(
        "\"*\" stands for lines like the one above, and nothing says how many: have all written, with -v, or offsets"
    )]
    LeftOut,
    /// The octets of a capture file.
    #[error(
        "these are the octets of a whole pcap or pcapng file: make it one again, with xxd -r, or xxd -r -p if there are no offsets, and decode that"
    )]
    CaptureFile,
    /// A list has no end.
    #[error("a list that begins with a brace or a bracket does not end")]
    Unclosed,
}

fn link_type_name(number: u32) -> &'static str {
    match number {
        0 => " (loopback)",
        1 => " (Ethernet)",
        113 | 276 => " (Linux cooked)",
        119 => " (Prism)",
        163 => " (AVS)",
        192 => " (PPI)",
        _ => "",
    }
}

/// An I/O error in the middle of packet `packet`, which starts at `offset`.
pub(super) fn from_io(error: io::Error, packet: u64, offset: u64) -> CaptureError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => CaptureError::CutShort { packet, offset },
        _ => CaptureError::Read(error),
    }
}

/// `error` and its causes on one line.
pub(super) fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
