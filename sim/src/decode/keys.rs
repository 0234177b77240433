//! Keys to try on encrypted frames.

use protocol::espnow::Key;
use protocol::frame::TemporalKey;
use protocol::message::AppKey;

/// A primary and a local master key: what two peers share. Never printed.
#[derive(Clone, Debug)]
pub struct KeyPair {
    temporal: TemporalKey,
}

impl KeyPair {
    /// The pair of these keys.
    #[must_use]
    pub fn new(pmk: &Key, lmk: &Key) -> Self {
        Self {
            temporal: TemporalKey::derive(pmk, lmk),
        }
    }

    /// Each PMK with each LMK, the LMKs changing faster.
    #[must_use]
    pub fn combine(pmks: &[Key], lmks: &[Key]) -> Vec<Self> {
        pmks.iter()
            .flat_map(|pmk| lmks.iter().map(|lmk| Self::new(pmk, lmk)))
            .collect()
    }

    pub(super) const fn temporal(&self) -> &TemporalKey {
        &self.temporal
    }
}

/// All that is tried on what is encrypted.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    /// On frames.
    pub pairs: Vec<KeyPair>,
    /// On payloads that `esp-now`'s message layer has secured.
    pub app: Vec<AppKey>,
}

/// The text is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseKeyError {
    /// Neither so many digits nor so many letters.
    #[error("a key is {octets} octets: {} hexadecimal digits, or {octets} letters as in a program's text; this has {characters}", 2 * octets)]
    Length {
        /// How many octets it should have.
        octets: usize,
        /// How many characters there are, without separators and `0x`.
        characters: usize,
    },
    /// As many characters as digits are expected, but not all are digits. Which one it is would tell something of the key.
    #[error("its character {place} is not a hexadecimal digit, not counting separators")]
    NotADigit {
        /// Counted from 1, without separators and `0x`.
        place: usize,
    },
}

/// Reads a key as 32 hexadecimal digits, or as the 16 characters that a program has as text. No text can be read in both ways. Between
/// digits there may be colons, hyphens, commas and spaces, and `0x` before them.
///
/// Errors say nothing of the key but its length and a place in it.
///
/// ```
/// use protocol::espnow::Key;
/// use sim::decode::{ParseKeyError, parse_key};
///
/// assert!(parse_key("00112233445566778899aabbccddeeff").is_ok());
/// assert_eq!(parse_key("pmk1234567890123"), Ok(Key::new(*b"pmk1234567890123")));
/// assert_eq!(parse_key("0011"), Err(ParseKeyError::Length { octets: 16, characters: 4 }));
/// ```
///
/// # Errors
/// [`ParseKeyError`].
pub fn parse_key(text: &str) -> Result<Key, ParseKeyError> {
    parse(text).map(Key::new)
}

/// Reads an application's key as 64 hexadecimal digits, written as those of [`parse_key`], or as 32 characters.
///
/// # Errors
/// [`ParseKeyError`].
pub fn parse_app_key(text: &str) -> Result<AppKey, ParseKeyError> {
    parse(text).map(AppKey::new)
}

fn parse<const N: usize>(text: &str) -> Result<[u8; N], ParseKeyError> {
    // What C and MicroPython take: octets, whatever they are.
    if let Ok(octets) = text.as_bytes().try_into() {
        return Ok(octets);
    }
    let groups = text.split(|c: char| c.is_whitespace() || matches!(c, ':' | '-' | ','));
    let digits: String = groups
        .map(|group| group.strip_prefix("0x").or(group.strip_prefix("0X")).unwrap_or(group))
        .collect();
    let characters = digits.chars().count();
    if characters != 2 * N {
        return Err(ParseKeyError::Length { octets: N, characters });
    }
    let mut octets = [0; N];
    match digits.chars().position(|c| !c.is_ascii_hexdigit()) {
        Some(before) => Err(ParseKeyError::NotADigit { place: before + 1 }),
        None => hex::decode_to_slice(&digits, &mut octets)
            .map(|()| octets)
            .map_err(|_| ParseKeyError::Length { octets: N, characters }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_have_sixteen_octets() {
        for form in ["0f:", "0f-", "0f ", "0x0f, ", "0X0F,"] {
            assert_eq!(parse_key(&form.repeat(16)), Ok(Key::new([0x0f; 16])), "{form}");
        }
        assert_eq!(parse_key(&format!("0x{}", "0f".repeat(16))), Ok(Key::new([0x0f; 16])));
        let length = |characters| Err(ParseKeyError::Length { octets: 16, characters });
        assert_eq!(parse_key(""), length(0));
        assert_eq!(parse_key(&"0".repeat(33)), length(33));
        assert_eq!(parse_key("pmk12345"), length(8));
        let nearly = format!("{}x", "0".repeat(31));
        assert_eq!(parse_key(&nearly), Err(ParseKeyError::NotADigit { place: 32 }));
    }

    #[test]
    fn keys_are_text_as_programs_have_them() {
        assert_eq!(parse_key("pmk1234567890123"), Ok(Key::new(*b"pmk1234567890123")));
        // Sixteen digits are eight octets, which no key has, so they are meant as text.
        assert_eq!(parse_key("0123456789abcdef"), Ok(Key::new(*b"0123456789abcdef")));
        let app = "an application's key, 32 letters";
        assert_eq!(
            parse_app_key(app),
            Ok(AppKey::new(*b"an application's key, 32 letters"))
        );
        assert!(parse_app_key("pmk1234567890123").is_err());
    }

    #[test]
    fn all_combinations_are_tried() {
        let key = |octet| Key::new([octet; 16]);
        assert_eq!(KeyPair::combine(&[key(1), key(2)], &[key(3), key(4), key(5)]).len(), 6);
        assert!(KeyPair::combine(&[key(1)], &[]).is_empty());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            let _ = parse_key(&text);
        }
    }
}
