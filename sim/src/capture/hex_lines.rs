//! Frames as text: hexadecimal octets, a frame a line.
//!
//! ```text
//! # comments and empty lines are passed over
//! d4000000240ac4000001
//! d4 00 00 00  24:0a:c4:00:00:01    # separators are free
//! 0xd4, 0x00, 0x00, 0x00, 0x24, 0x0a, 0xc4, 0x00, 0x00, 0x01
//! ```

use std::io::{BufRead, Read};

use super::CaptureError;
use super::error::HexError;
use super::frame::{LinkType, Packet};

/// The longest frame has some 1600 octets; this leaves room for `0x`, separators and a long comment.
const MAX_LINE_LEN: u64 = 65_536;

pub(super) struct HexLines<R: BufRead> {
    reader: R,
    /// Lines read so far.
    line: u64,
}

impl<R: BufRead> HexLines<R> {
    pub(super) const fn new(reader: R) -> Self {
        Self { reader, line: 0 }
    }

    pub(super) fn next(&mut self) -> Result<Option<Packet>, CaptureError> {
        let mut octets = Vec::new();
        loop {
            octets.clear();
            let mut limited = self.reader.by_ref().take(MAX_LINE_LEN);
            if limited.read_until(b'\n', &mut octets).map_err(CaptureError::Read)? == 0 {
                return Ok(None);
            }
            self.line += 1;
            let line = self.line;
            let is_text = |text: &&str| !text.chars().any(|c| c.is_control() && !c.is_ascii_whitespace());
            let text = str::from_utf8(&octets).ok().filter(is_text);
            let text = text.ok_or(CaptureError::UnknownFormat)?;
            if octets.len() as u64 == MAX_LINE_LEN && !text.ends_with('\n') {
                let reason = HexError::TooLong;
                return Err(CaptureError::Hex { line, reason });
            }
            let data = parse(text).map_err(|reason| CaptureError::Hex { line, reason })?;
            if data.is_empty() {
                continue;
            }
            return Ok(Some(Packet {
                timestamp_ns: None,
                link_type: LinkType::IEEE802_11,
                original_len: data.len(),
                data,
            }));
        }
    }
}

/// The octets of one line; none if it is empty or a comment.
fn parse(line: &str) -> Result<Vec<u8>, HexError> {
    let digits = line.split_once('#').map_or(line, |(before, _comment)| before);
    let mut octets = Vec::with_capacity(digits.len() / 2);
    for group in digits.split(|c: char| c.is_whitespace() || matches!(c, ':' | ',')) {
        let group = group.strip_prefix("0x").unwrap_or(group);
        if let Some(other) = group.chars().find(|c| !c.is_ascii_hexdigit()) {
            return Err(HexError::NotADigit(other));
        }
        octets.extend(hex::decode(group).map_err(|_| HexError::Odd)?);
    }
    Ok(octets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn separators_are_free() {
        for line in [
            "d40000a1",
            "d4:00:00:a1",
            " 0xd4, 0x00 0x00,0xA1\r\n",
            "d4 00 00a1 # an ACK",
        ] {
            assert_eq!(parse(line), Ok(vec![0xd4, 0, 0, 0xa1]), "{line:?}");
        }
        assert_eq!(parse("# d4"), Ok(vec![]));
        assert_eq!(parse("\n"), Ok(vec![]));
    }

    #[test]
    fn other_text_is_refused() {
        assert_eq!(parse("d4 0 00"), Err(HexError::Odd));
        assert_eq!(parse("hello"), Err(HexError::NotADigit('h')));
        assert_eq!(parse("d4é0"), Err(HexError::NotADigit('é')));
    }

    #[test]
    fn endless_lines_are_refused() {
        let line = "d4".repeat(40_000);
        let refused = HexLines::new(line.as_bytes()).next();
        assert!(matches!(
            refused,
            Err(CaptureError::Hex {
                line: 1,
                reason: HexError::TooLong
            })
        ));
    }

    proptest! {
        #[test]
        fn any_line_is_read_or_refused(line in ".*") {
            let _ = parse(&line);
        }

        #[test]
        fn octets_survive(octets: Vec<u8>) {
            prop_assert_eq!(parse(&hex::encode(&octets)), Ok(octets));
        }
    }
}
