//! One line of text, by itself: which octets are on it, and what kind of line it is.

use super::super::error::HexError;
use super::offset::Offset;

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

/// A line of a dump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dump {
    pub(super) offset: Offset,
    pub(super) octets: Vec<u8>,
    /// What the line is if the offset makes no sense: octets alone, in groups of several sizes.
    pub(super) otherwise: Result<Vec<u8>, HexError>,
}

/// What the line is. `in_list` is whether a list has begun and not ended before it.
pub(super) fn read(text: &str, in_list: bool) -> Line {
    let (text, logged) = match message(text) {
        Some(message) => (message, true),
        None => (text, false),
    };
    let text = text.trim_end();
    if text.trim_start() == "*" {
        return Line::Repeated;
    }
    if !in_list && let Some(dump) = dump(text) {
        return dump;
    }
    // Before comments, whose marks may be in it.
    if !in_list && let Some(octets) = literal(text) {
        return Line::Octets(octets);
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
fn without_comments(text: &str) -> String {
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

/// A line of a dump: an offset, octets in groups of one size, and perhaps the same as characters.
fn dump(text: &str) -> Option<Line> {
    let (token, rest) = text.trim_start().split_once(char::is_whitespace)?;
    let offset = Offset::parse(token)?;
    let size = rest.trim_start().chars().take_while(char::is_ascii_hexdigit).count();
    let is_one = match (offset.has_colon, offset.is_prefixed, size) {
        // tcpdump, xxd.
        (true, _, 2 | 4 | 8 | 16) => true,
        // Wireshark, hexdump -C, od -t x1, ESP-IDF's dumps.
        (false, _, 2) => true,
        // hexdump, od -x: words, least significant octet first.
        (false, false, 4) => offset.digits >= 7,
        // od without options.
        (false, false, 6) if offset.digits == 7 => return Some(Line::Text(HexError::OctalWords)),
        _ => false,
    };
    if !is_one {
        return None;
    }
    let mut octets = groups(rest, size);
    if !offset.has_colon && size == 4 {
        for word in octets.chunks_exact_mut(2) {
            word.swap(0, 1);
        }
    }
    let otherwise = bare(without_comments(text).trim());
    Some(Line::Dump(Dump {
        offset,
        octets,
        otherwise,
    }))
}

/// The octets in groups of `size` digits, up to the column of characters.
fn groups(text: &str, size: usize) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut rest = text;
    loop {
        let token = rest.trim_start();
        let gap: usize = rest[..rest.len() - token.len()]
            .chars()
            .map(|space| if space == '\t' { 8 } else { 1 })
            .sum();
        let end = token.find(char::is_whitespace).unwrap_or(token.len());
        let (group, after) = token.split_at(end);
        let is_group = !group.is_empty() && group.len() <= size && group.len().is_multiple_of(2);
        // hexdump -C and tshark have a gap in the middle of a line; before characters it is as wide or wider.
        let is_middle = gap == 2 && size == 2 && octets.len() == 8 && is_half(token);
        if !is_group || !(octets.is_empty() || gap == 1 || is_middle) {
            return octets;
        }
        let Ok(more) = hex::decode(group) else { return octets };
        octets.extend(more);
        if group.len() < size {
            return octets;
        }
        rest = after;
    }
}

/// Whether the second half of a line begins here: octets up to the next gap.
fn is_half(text: &str) -> bool {
    let end = text.find("  ").unwrap_or(text.len());
    let is_octet = |group: &str| group.len() == 2 && group.chars().all(|c| c.is_ascii_hexdigit());
    text[..end]
        .split(' ')
        .all(|group| is_octet(group) || group.starts_with(['|', '>']))
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

/// The octets of a string literal with escapes, as in `b'\xd0\x00hello'`.
fn literal(text: &str) -> Option<Vec<u8>> {
    let start = text.find(['\'', '"'])?;
    let quote = text[start..].chars().next()?;
    let mut octets = Vec::new();
    let mut escapes = false;
    let mut characters = text[start + 1..].chars();
    loop {
        match characters.next()? {
            end if end == quote => return escapes.then_some(octets),
            '\\' => match characters.next()? {
                'x' => {
                    escapes = true;
                    let digits: String = characters.by_ref().take(2).collect();
                    octets.push(hex::decode(digits).ok()?.pop()?);
                }
                'n' => octets.push(b'\n'),
                'r' => octets.push(b'\r'),
                't' => octets.push(b'\t'),
                '0' => octets.push(0),
                other => octets.push(u8::try_from(other).ok()?),
            },
            other => octets.push(u8::try_from(other).ok().filter(u8::is_ascii)?),
        }
    }
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
            "frame = b'\\xd4\\x00\\0\\xa1'",
            "\"\\xd4\\x00\\x00\\xa1\" \\",
        ] {
            assert_eq!(read(line, false), Line::Octets(vec![0xd4, 0, 0, 0xa1]), "{line:?}");
        }
        assert_eq!(read("# d4", false), Line::Blank);
        assert_eq!(read("\n", false), Line::Blank);
        assert_eq!(read("I (4711) sniffer: a frame", false), Line::Logged);
    }

    #[test]
    fn other_text_is_refused() {
        let refused = |line| match read(line, false) {
            Line::Text(reason) => reason,
            other => panic!("{line:?} is {other:?}"),
        };
        assert_eq!(refused("d4 0 00"), HexError::Odd);
        assert_eq!(refused("hello"), HexError::NotADigit('h'));
        assert_eq!(refused("d4é0"), HexError::NotADigit('é'));
        assert_eq!(refused("0000000 000000 000010"), HexError::OctalWords);
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
            let Line::Dump(dump) = read(line, false) else {
                panic!("{line:?} is a dump")
            };
            assert_eq!(dump.octets.len(), count, "{line:?}");
        }
    }

    proptest! {
        #[test]
        fn any_line_is_read_or_refused(line in ".*", in_list: bool) {
            let _ = read(&line, in_list);
        }

        #[test]
        fn what_looks_like_a_dump_is_read_or_refused(line in "[0-9a-fx: |>*\\\\{}\\[\\]'\t]{0,80}", in_list: bool) {
            let _ = read(&line, in_list);
        }

        #[test]
        fn octets_survive(octets: Vec<u8>) {
            prop_assert_eq!(bare(&hex::encode(&octets)), Ok(octets));
        }
    }
}
