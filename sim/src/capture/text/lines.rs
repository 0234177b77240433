//! Text becomes lines: in UTF-8, without colours, whatever ends them.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Read};

use crate::intake::Decoded;

/// The longest frame has some 1600 octets; this leaves room for `0x`, separators and a long comment.
const MAX_LINE_LEN: usize = 65_536;

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// A line, without its end.
    Line(String),
    /// Something that is no text.
    NoText,
    /// A line that is longer than any.
    TooLong,
    /// Nothing.
    End,
}

/// Reads lines that end in LF, CR LF, as many CRs before it as terminals' logs have, or CR alone.
pub(super) struct Lines<R: Read> {
    reader: BufReader<Decoded<R>>,
    line: Vec<u8>,
    /// The last line ended in CR, which an LF may belong to.
    after_return: bool,
    /// Empty lines that come before what is read next.
    empty: usize,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader: BufReader::new(Decoded::new(reader)),
            line: Vec::new(),
            after_return: false,
            empty: 0,
        }
    }

    pub(super) fn next(&mut self) -> io::Result<Next> {
        if std::mem::take(&mut self.after_return) {
            self.empty = self.skip_returns()?;
        }
        if let Some(left) = self.empty.checked_sub(1) {
            self.empty = left;
            return Ok(Next::Line(String::new()));
        }
        self.line.clear();
        loop {
            let octets = self.reader.fill_buf()?;
            if octets.is_empty() {
                return Ok(match self.line.is_empty() {
                    true => Next::End,
                    false => self.text(),
                });
            }
            let end = octets.iter().position(|octet| matches!(octet, b'\n' | b'\r'));
            let (more, rest) = octets.split_at(end.unwrap_or(octets.len()));
            self.line.extend_from_slice(more);
            self.after_return = rest.first() == Some(&b'\r');
            let length = more.len() + usize::from(end.is_some());
            self.reader.consume(length);
            if self.line.len() > MAX_LINE_LEN {
                return Ok(Next::TooLong);
            }
            if end.is_some() {
                return Ok(self.text());
            }
        }
    }

    /// Passes over CRs and the LF that they belong to. Without an LF each ends an empty line; returns how many.
    fn skip_returns(&mut self) -> io::Result<usize> {
        let mut returns = 0;
        loop {
            let next = self.reader.fill_buf()?.first().copied();
            match next {
                Some(b'\r') => returns += 1,
                Some(b'\n') => {
                    self.reader.consume(1);
                    return Ok(0);
                }
                _ => return Ok(returns),
            }
            self.reader.consume(1);
        }
    }

    fn text(&self) -> Next {
        let line = without_colours(&self.line);
        // People write comments in many encodings, and octets in one.
        let text = String::from_utf8_lossy(&line);
        // Files that were put together may have a byte order mark anywhere.
        let text = text.trim_start_matches('\u{feff}');
        if text.chars().any(|c| c.is_control() && !c.is_ascii_whitespace()) {
            return Next::NoText;
        }
        Next::Line(text.to_owned())
    }
}

/// The octets without what colours them on a terminal: `ESC [ … m`, and `ESC [ … K`, which fills a line with a colour.
fn without_colours(octets: &[u8]) -> Cow<'_, [u8]> {
    const BEGIN: &[u8] = b"\x1b[";
    if !octets.contains(&0x1b) {
        return Cow::Borrowed(octets);
    }
    let mut kept = Vec::with_capacity(octets.len());
    let mut rest = octets;
    while let Some((first, behind)) = rest.split_first() {
        let parameters = rest.strip_prefix(BEGIN);
        let end = parameters.and_then(|parameters| {
            let is_parameter = |octet: &u8| octet.is_ascii_digit() || matches!(octet, b';' | b':');
            let end = parameters.iter().position(|octet| !is_parameter(octet))?;
            let (_, end) = parameters.split_at(end);
            end.strip_prefix(b"m").or(end.strip_prefix(b"K"))
        });
        rest = end.unwrap_or_else(|| {
            kept.push(*first);
            behind
        });
    }
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(octets: &[u8]) -> Vec<String> {
        let mut lines = Lines::new(octets);
        let mut all = Vec::new();
        loop {
            match lines.next().expect("memory") {
                Next::Line(line) => all.push(line),
                Next::End => return all,
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn every_end_of_a_line_is_one() {
        for text in [
            "a\nb\n\nc",
            "a\r\nb\r\n\r\nc\r\n",
            "a\rb\r\rc\r",
            "a\r\r\nb\r\r\n\r\r\nc",
        ] {
            assert_eq!(lines(text.as_bytes()), ["a", "b", "", "c"], "{text:?}");
        }
    }

    #[test]
    fn colours_and_marks_are_no_text() {
        assert_eq!(
            lines(b"\x1b[0;32mI (3) x: d0\x1b[0m\n\x1b[01;31m\x1b[Kd0\x1b[m\x1b[K"),
            ["I (3) x: d0", "d0"]
        );
        assert_eq!(lines("\u{feff}a\n\u{feff}b".as_bytes()), ["a", "b"]);
        assert_eq!(lines(b"# caf\xe9"), ["# caf\u{fffd}"]);
        for octets in [&b"\x1b[2J"[..], b"\x1b", b"\x1b[3", b"a\0b", b"\x7fELF"] {
            assert_eq!(Lines::new(octets).next().expect("memory"), Next::NoText, "{octets:?}");
        }
    }

    proptest! {
        #[test]
        fn a_line_is_what_str_lines_says(text in "[a-c \n]{0,40}", end in prop::sample::select(&["\n", "\r\n", "\r"][..])) {
            let expected: Vec<_> = text.lines().collect();
            prop_assert_eq!(lines(text.replace('\n', end).as_bytes()), expected);
        }
    }
}
