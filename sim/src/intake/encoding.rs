//! What text is written in: UTF-8, or UTF-16 as PowerShell's `>` and some editors write it, with a byte order mark or without.

use std::collections::VecDeque;
use std::io::{self, Read};

/// The byte order mark in UTF-8.
const MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// Octets that tell the encoding: two characters of UTF-16, or a mark.
const TELLING: usize = 4;

/// How characters become octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Utf16 { is_big_endian: bool },
}

impl Encoding {
    /// The encoding of text that begins so, and how many octets its byte order mark has. Without a mark, UTF-16 is told by its zeros: text
    /// for this program begins with ASCII characters, and has none that is 0.
    fn of(start: &[u8]) -> (Self, usize) {
        let utf16 = |is_big_endian| Self::Utf16 { is_big_endian };
        let is_text = |octet: u8| octet.is_ascii_graphic() || octet.is_ascii_whitespace();
        match *start {
            [0xff, 0xfe, ..] => (utf16(false), 2),
            [0xfe, 0xff, ..] => (utf16(true), 2),
            [a, 0, b, 0, ..] if is_text(a) && is_text(b) => (utf16(false), 0),
            [0, a, 0, b, ..] if is_text(a) && is_text(b) => (utf16(true), 0),
            _ if start.starts_with(&MARK) => (Self::Utf8, MARK.len()),
            _ => (Self::Utf8, 0),
        }
    }
}

/// All of a text. `None` if it is no text in its encoding.
pub(super) fn decode(octets: Vec<u8>) -> Option<String> {
    let (encoding, mark) = Encoding::of(&octets);
    match encoding {
        Encoding::Utf8 if mark == 0 => String::from_utf8(octets).ok(),
        Encoding::Utf8 => octets
            .get(mark..)
            .and_then(|octets| str::from_utf8(octets).ok())
            .map(str::to_owned),
        Encoding::Utf16 { is_big_endian } => {
            let (units, []) = octets.get(mark..)?.as_chunks() else {
                return None;
            };
            let unit = |octets: &[u8; 2]| match is_big_endian {
                true => u16::from_be_bytes(*octets),
                false => u16::from_le_bytes(*octets),
            };
            char::decode_utf16(units.iter().map(unit))
                .collect::<Result<_, _>>()
                .ok()
        }
    }
}

/// Reads text in UTF-8, whatever it is written in. What is no character in UTF-16 comes as U+FFFD.
pub(crate) struct Decoded<R> {
    reader: R,
    /// `None` before the first octets have come.
    encoding: Option<Encoding>,
    /// Octets that were read and not decoded: less than a character.
    undecoded: Vec<u8>,
    decoded: VecDeque<u8>,
}

impl<R: Read> Decoded<R> {
    pub(crate) const fn new(reader: R) -> Self {
        Self {
            reader,
            encoding: None,
            undecoded: Vec::new(),
            decoded: VecDeque::new(),
        }
    }

    /// Reads until there is a character, or the end.
    fn fill(&mut self, is_big_endian: bool) -> io::Result<()> {
        while self.decoded.is_empty() {
            let mut octets = [0; 4096];
            let length = self.reader.read(&mut octets)?;
            self.undecoded
                .extend_from_slice(octets.get(..length).unwrap_or_default());
            self.decode(is_big_endian, length == 0);
            if length == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Decodes what is whole; at the end, everything.
    fn decode(&mut self, is_big_endian: bool, is_end: bool) {
        let (pairs, odd) = self.undecoded.as_chunks();
        let mut units: Vec<u16> = pairs
            .iter()
            .map(|pair| match is_big_endian {
                true => u16::from_be_bytes(*pair),
                false => u16::from_le_bytes(*pair),
            })
            .collect();
        let mut rest = odd.to_vec();
        // The first half of a character waits for the second.
        if !is_end && let Some(0xd800..=0xdbff) = units.last() {
            units.pop();
            rest = self.undecoded.split_off(2 * units.len());
        }
        if is_end && !rest.is_empty() {
            units.push(0xfffd);
            rest.clear();
        }
        for character in char::decode_utf16(units) {
            let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
            self.decoded.extend(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
        self.undecoded = rest;
    }

    fn tell(&mut self) -> io::Result<Encoding> {
        if let Some(encoding) = self.encoding {
            return Ok(encoding);
        }
        let mut start = Vec::new();
        self.reader.by_ref().take(TELLING as u64).read_to_end(&mut start)?;
        let (encoding, mark) = Encoding::of(&start);
        start.drain(..mark);
        match encoding {
            Encoding::Utf8 => self.decoded.extend(start),
            Encoding::Utf16 { .. } => self.undecoded = start,
        }
        self.encoding = Some(encoding);
        Ok(encoding)
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let encoding = self.tell()?;
        if let Encoding::Utf16 { is_big_endian } = encoding {
            self.fill(is_big_endian)?;
        }
        if self.decoded.is_empty() {
            return match encoding {
                Encoding::Utf8 => self.reader.read(buffer),
                Encoding::Utf16 { .. } => Ok(0),
            };
        }
        self.decoded.read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn utf16(text: &str, is_big_endian: bool, with_mark: bool) -> Vec<u8> {
        let units = with_mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
        let octets = |unit: u16| match is_big_endian {
            true => unit.to_be_bytes(),
            false => unit.to_le_bytes(),
        };
        units.flat_map(octets).collect()
    }

    /// A few octets at a time, as a pipe gives them.
    struct Drops<'a>(&'a [u8], usize);

    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(buffer.len());
            (&mut self.0).take(length as u64).read(buffer)
        }
    }

    fn streamed(octets: &[u8], at_once: usize) -> String {
        let mut text = String::new();
        Decoded::new(Drops(octets, at_once))
            .read_to_string(&mut text)
            .expect("it is UTF-8");
        text
    }

    #[test]
    fn what_is_no_text_is_told() {
        for octets in [&b"\xff\xfea"[..], b"\xff\xfe\x00\xd8", b"\xc3\x28", b"\xef\xbb\xbf\xff"] {
            assert_eq!(decode(octets.to_vec()), None, "{octets:?}");
        }
        assert_eq!(streamed(b"\xff\xfea", 1), "\u{fffd}");
        assert_eq!(streamed(b"\xff\xfe\x00\xd8", 1), "\u{fffd}");
        assert_eq!(streamed(b"", 1), "");
    }

    proptest! {
        #[test]
        fn a_text_is_the_same_in_every_encoding(
            start in "[a-z# \n]{2}",
            rest in "[a-z\n#é漢😀]{0,40}",
            is_big_endian: bool,
            with_mark: bool,
            at_once in 1..9_usize,
        ) {
            let text = start + &rest;
            let mut marked = MARK.to_vec();
            marked.extend(text.as_bytes());
            for octets in [text.clone().into_bytes(), marked, utf16(&text, is_big_endian, with_mark)] {
                prop_assert_eq!(streamed(&octets, at_once), text.clone());
                prop_assert_eq!(decode(octets), Some(text.clone()));
            }
        }

        #[test]
        fn any_octets_are_text_or_not(octets: Vec<u8>, at_once in 1..9_usize) {
            let mut text = Vec::new();
            Decoded::new(Drops(&octets, at_once)).read_to_end(&mut text).expect("memory");
            if let Some(whole) = decode(octets) {
                prop_assert_eq!(text, whole.into_bytes());
            }
        }
    }
}
