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
    /// Another number of digits.
    #[error("a key is {octets} octets, which is {} hexadecimal digits; this has {digits}", 2 * octets)]
    Length {
        /// How many octets it should have.
        octets: usize,
        /// How many characters there are.
        digits: usize,
    },
    /// Something else than a digit.
    #[error("{0:?} is not a hexadecimal digit")]
    NotADigit(char),
}

/// Reads a key as 32 hexadecimal digits; colons between them are allowed.
///
/// ```
/// use sim::decode::{ParseKeyError, parse_key};
///
/// assert!(parse_key("00112233445566778899aabbccddeeff").is_ok());
/// assert_eq!(parse_key("0011"), Err(ParseKeyError::Length { octets: 16, digits: 4 }));
/// ```
///
/// # Errors
/// [`ParseKeyError`].
pub fn parse_key(text: &str) -> Result<Key, ParseKeyError> {
    parse(text).map(Key::new)
}

/// Reads an application's key as 64 hexadecimal digits; colons between them are allowed.
///
/// # Errors
/// [`ParseKeyError`].
pub fn parse_app_key(text: &str) -> Result<AppKey, ParseKeyError> {
    parse(text).map(AppKey::new)
}

fn parse<const N: usize>(text: &str) -> Result<[u8; N], ParseKeyError> {
    let digits: String = text.chars().filter(|c| *c != ':').collect();
    if let Some(other) = digits.chars().find(|c| !c.is_ascii_hexdigit()) {
        return Err(ParseKeyError::NotADigit(other));
    }
    let mut octets = [0; N];
    hex::decode_to_slice(&digits, &mut octets).map_err(|_| ParseKeyError::Length {
        octets: N,
        digits: digits.len(),
    })?;
    Ok(octets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_have_sixteen_octets() {
        assert_eq!(parse_key(&"0f:".repeat(16)), Ok(Key::new([0x0f; 16])));
        assert_eq!(parse_key(""), Err(ParseKeyError::Length { octets: 16, digits: 0 }));
        assert_eq!(
            parse_key(&"0".repeat(33)),
            Err(ParseKeyError::Length { octets: 16, digits: 33 })
        );
        assert_eq!(parse_key("pmk1234567890123"), Err(ParseKeyError::NotADigit('p')));
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
