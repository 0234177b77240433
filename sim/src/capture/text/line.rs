//! One line of text, by itself: which octets are on it, and what kind of line it is.

use super::super::error::HexError;
use super::dump::{self, Dump};
use super::literal::{self, Literal};

/// What a line is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Nothing, or a comment.
    Blank,
    /// Octets alone.
    Octets(Vec<u8>),
    /// An offset and the octets that are there.
    Dump(Dump),
    /// `*`: the line before is repeated up to the next offset.
    Repeated,
    /// String literals.
    Literal(Literal),
    /// Part of a list in braces or brackets.
    List {
        /// It begins on this line.
        opens: bool,
        octets: Vec<u8>,
        /// It ends on this line.
        closes: bool,
    },
    /// No octets, and why not.
    Text(HexError),
    /// A message of a chip's log, which may stand between octets that are logged.
    Logged,
}

/// What a line is in that has begun before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Within {
    Nothing,
    /// A list in braces or brackets.
    List,
    /// A string of several literals.
    Literal,
}

/// What the line is.
pub(super) fn read(text: &str, within: Within) -> Line {
    let in_list = within == Within::List;
    let (text, logged) = match message(text) {
        Some(message) => (message, true),
        None => (text, false),
    };
    let text = text.trim_end();
    if text.trim_start() == "*" {
        return Line::Repeated;
    }
    if !in_list && let Some(dump) = dump::read(text) {
        return dump;
    }
    // Before comments, whose marks may be in it.
    if !in_list && let Some(literal) = literal::read(text, within == Within::Literal) {
        return Line::Literal(literal);
    }
    let text = without_comments(text);
    let text = text.trim();
    if text.is_empty() {
        return Line::Blank;
    }
    if let Some(line) = list(text, in_list) {
        return line;
    }
    match bare(text) {
        Ok(octets) => Line::Octets(octets),
        Err(_) if logged => Line::Logged,
        Err(reason) => Line::Text(reason),
    }
}

/// The octets of a line that has nothing else on it.
pub(super) fn bare(text: &str) -> Result<Vec<u8>, HexError> {
    let text = text.replace("\\x", " 0x");
    let mut octets = Vec::with_capacity(text.len() / 2);
    for group in text.split(|c: char| c.is_whitespace() || matches!(c, ':' | ',' | ';' | '-')) {
        let (digits, prefixed) = match group.strip_prefix("0x").or_else(|| group.strip_prefix("0X")) {
            Some(digits) => (digits, true),
            None => (group, false),
        };
        if let Some(other) = digits.chars().find(|c| !c.is_ascii_hexdigit()) {
            return Err(HexError::NotADigit(other));
        }
        match (digits.len(), prefixed) {
            // As C has it: 0x7 is an octet.
            (1, true) => octets.extend(u8::from_str_radix(digits, 16)),
            _ => octets.extend(hex::decode(digits).map_err(|_| HexError::Odd)?),
        }
    }
    Ok(octets)
}

/// What is logged on a line of ESP-IDF's log, as in `I (1234) sniffer: d0 00`.
fn message(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let rest = text.strip_prefix(['E', 'W', 'I', 'D', 'V'])?.strip_prefix(" (")?;
    let (time, rest) = rest.split_once(") ")?;
    let is_time = !time.is_empty() && time.chars().all(|c| c.is_ascii_digit() || matches!(c, ':' | '.'));
    let (_tag, message) = rest.split_once(": ")?;
    is_time.then_some(message)
}

/// The text without what C, Python and people mean as a comment.
pub(super) fn without_comments(text: &str) -> String {
    let mut rest = text;
    let mut kept = String::with_capacity(text.len());
    while let Some((before, comment)) = rest.split_once("/*") {
        kept += before;
        kept.push(' ');
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    kept += rest;
    let end = [kept.find('#'), kept.find("//")].into_iter().flatten().min();
    if let Some(end) = end {
        kept.truncate(end);
    }
    kept
}

/// Part of a list, as C and Python write it.
fn list(text: &str, in_list: bool) -> Option<Line> {
    let (opens, text) = match opening(text) {
        Some(after) if !in_list => (true, after),
        _ if in_list => (false, text),
        _ => return None,
    };
    let (text, closes) = match text.find(['}', ']']) {
        Some(end) => (&text[..end], true),
        None => (text, false),
    };
    Some(match bare(text) {
        Ok(octets) => Line::List { opens, octets, closes },
        Err(reason) => Line::Text(reason),
    })
}

/// What comes behind the brace or bracket that a list begins with. An array's length is in brackets, too.
fn opening(text: &str) -> Option<&str> {
    text.match_indices(['{', '[']).find_map(|(at, mark)| {
        let after = text[at + mark.len()..].trim_start();
        (after.is_empty() || after.starts_with("0x") || after.starts_with("0X")).then_some(after)
    })
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
            "d4-00-00-a1",
            " 0xd4, 0x0 0x00,0xA1\r\n",
            "\\xd4\\x00\\x00\\xa1",
            "d4 00 00a1 # an ACK",
            "d4 00 00a1 // an ACK",
            "I (4711) sniffer: d4 00 00 a1",
        ] {
            assert_eq!(
                read(line, Within::Nothing),
                Line::Octets(vec![0xd4, 0, 0, 0xa1]),
                "{line:?}"
            );
        }
        assert_eq!(read("# d4", Within::Nothing), Line::Blank);
        assert_eq!(read("\n", Within::Nothing), Line::Blank);
        assert_eq!(read("I (4711) sniffer: a frame", Within::Nothing), Line::Logged);
    }

    #[test]
    fn other_text_is_refused() {
        let refused = |line| match read(line, Within::Nothing) {
            Line::Text(reason) => reason,
            other => panic!("{line:?} is {other:?}"),
        };
        assert_eq!(refused("d4 0 00"), HexError::Odd);
        assert_eq!(refused("hello"), HexError::NotADigit('h'));
        assert_eq!(refused("d4é0"), HexError::NotADigit('é'));
        assert_eq!(refused("0000000 000000 000010"), HexError::OtherWords);
        assert_eq!(refused("b'no escape'"), HexError::NotADigit('\''));
    }

    #[test]
    fn characters_beside_the_octets_are_no_octets() {
        for (line, count) in [
            ("0000   d0 00 61 62   ..ab", 4),
            ("0000  d0 00 01 02 03 04 05 06  07 08 09 0a 0b 0c 0d 0e   ab cd", 16),
            ("00000000  d0 00 01 02 03 04 05 06  07                       |ab cd|", 9),
            ("00000000: d000 6162 6364 0102  ..abcd..", 8),
            ("\t0x0010:  d000 6162 63            ..abc", 5),
            ("000000 d0 00 61 62                                      >..ab<", 4),
            ("0x3ffb1234   d0 00 61 62 63 64 65 66  67 |..abcdefg|", 9),
        ] {
            let Line::Dump(dump) = read(line, Within::Nothing) else {
                panic!("{line:?} is a dump")
            };
            assert_eq!(dump.octets.len(), count, "{line:?}");
        }
    }

    fn within() -> impl Strategy<Value = Within> {
        prop::sample::select(&[Within::Nothing, Within::List, Within::Literal][..])
    }

    proptest! {
        #[test]
        fn any_line_is_read_or_refused(line in ".*", within in within()) {
            let _ = read(&line, within);
        }

        #[test]
        fn what_looks_like_a_dump_is_read_or_refused(line in "[0-9a-fx: |>*\\\\{}\\[\\]'\t]{0,80}", within in within()) {
            let _ = read(&line, within);
        }

        #[test]
        fn octets_survive(octets: Vec<u8>) {
            prop_assert_eq!(bare(&hex::encode(&octets)), Ok(octets));
        }
    }
}
