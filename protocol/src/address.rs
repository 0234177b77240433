//! IEEE 802 MAC addresses, which are ESP-NOW's only addresses.

use core::fmt;
use core::str::FromStr;

/// A 48-bit MAC address in transmission order.
///
/// ```
/// use protocol::MacAddress;
///
/// let placeholder: MacAddress = "bb:bb:bb:bb:bb:bb".parse()?;
/// // Looks like a board's address, but its first octet is odd: nobody will acknowledge it.
/// assert!(placeholder.is_group());
/// # Ok::<(), protocol::ParseMacAddressError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MacAddress(pub [u8; 6]);

impl MacAddress {
    /// `ff:ff:ff:ff:ff:ff`, everybody.
    pub const BROADCAST: Self = Self([0xff; 6]);

    /// Whether the individual/group bit is set (IEEE 802, clause 8.2.2): a broadcast or multicast address.
    ///
    /// A frame to a group address is sent once, never acknowledged and never encrypted.
    #[must_use]
    pub const fn is_group(self) -> bool {
        self.0[0] & 1 == 1
    }

    /// The octets in transmission order.
    #[must_use]
    pub const fn octets(self) -> [u8; 6] {
        self.0
    }

    /// Reads an address from the first six octets of `bytes`, if there are six.
    #[must_use]
    pub fn from_prefix(bytes: &[u8]) -> Option<Self> {
        bytes.first_chunk().copied().map(Self)
    }
}

impl From<[u8; 6]> for MacAddress {
    fn from(octets: [u8; 6]) -> Self {
        Self(octets)
    }
}

impl fmt::Display for MacAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl fmt::Debug for MacAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not six pairs of hexadecimal digits separated by colons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseMacAddressError;

impl fmt::Display for ParseMacAddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a MAC address is written as six pairs of hexadecimal digits: 24:0a:c4:12:34:56")
    }
}

impl core::error::Error for ParseMacAddressError {}

impl FromStr for MacAddress {
    type Err = ParseMacAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut octets = [0; 6];
        let mut parts = text.split(':');
        for octet in &mut octets {
            let pair = parts.next().ok_or(ParseMacAddressError)?;
            // `from_str_radix` alone would take "+1".
            if pair.len() != 2 || !pair.bytes().all(|b| b.is_ascii_hexdigit()) {
                return Err(ParseMacAddressError);
            }
            *octet = u8::from_str_radix(pair, 16).map_err(|_| ParseMacAddressError)?;
        }
        if parts.next().is_some() {
            return Err(ParseMacAddressError);
        }
        Ok(Self(octets))
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use proptest::prelude::*;
    use std::string::ToString;

    #[test]
    fn group_bit_is_the_lowest_of_the_first_octet() {
        assert!(MacAddress::BROADCAST.is_group());
        assert!(MacAddress([0x01, 0, 0x5e, 0, 0, 1]).is_group());
        assert!(!MacAddress([0x24, 0x0a, 0xc4, 1, 1, 1]).is_group());
    }

    #[test]
    fn malformed_texts_are_refused() {
        for text in [
            "",
            "24:0a:c4:12:34",
            "24:0a:c4:12:34:56:78",
            "24-0a-c4-12-34-56",
            "+1:0a:c4:12:34:56",
            "2:0a:c4:12:34:56",
        ] {
            assert_eq!(text.parse::<MacAddress>(), Err(ParseMacAddressError), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn text_round_trips(octets: [u8; 6]) {
            let address = MacAddress(octets);
            prop_assert_eq!(address.to_string().parse(), Ok(address));
        }

        #[test]
        fn any_text_is_read_or_refused(text: std::vec::Vec<char>) {
            let _ = text.iter().collect::<std::string::String>().parse::<MacAddress>();
        }
    }
}
