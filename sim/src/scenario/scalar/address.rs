//! Boards' addresses, and channels.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use protocol::{Channel, MacAddress};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::written_as_text;

/// The address of a board: not a group's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address(MacAddress);

impl Address {
    /// `None` for a group's address.
    #[must_use]
    pub fn new(address: MacAddress) -> Option<Self> {
        (!address.is_group()).then_some(Self(address))
    }

    /// The octets.
    #[must_use]
    pub const fn get(self) -> MacAddress {
        self.0
    }

    /// The address so many further on; `None` beyond the last one that is no group's.
    #[must_use]
    pub fn plus(self, count: u32) -> Option<Self> {
        let octets = self
            .0
            .0
            .into_iter()
            .fold(0_u64, |number, octet| number << 8 | u64::from(octet));
        let [_, _, octets @ ..] = (octets + u64::from(count)).to_be_bytes();
        Self::new(MacAddress(octets))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text is no board's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a board's address is written as 34:85:18:00:00:01, its first octet even")]
pub struct ParseAddressError;

impl FromStr for Address {
    type Err = ParseAddressError;

    fn from_str(text: &str) -> Result<Self, ParseAddressError> {
        text.parse().ok().and_then(Self::new).ok_or(ParseAddressError)
    }
}

written_as_text!(
    Address,
    "Address",
    "a board's address, as in \"34:85:18:00:00:01\", its first octet even",
    "^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$"
);

/// A Wi-Fi channel, 1 to 14.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WifiChannel(pub Channel);

impl Serialize for WifiChannel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.0.number())
    }
}

impl<'de> Deserialize<'de> for WifiChannel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = i64::deserialize(deserializer)?;
        let channel = u8::try_from(number).ok().and_then(Channel::new);
        channel
            .map(Self)
            .ok_or_else(|| D::Error::invalid_value(Unexpected::Signed(number), &"a channel from 1 to 14"))
    }
}

impl JsonSchema for WifiChannel {
    fn schema_name() -> Cow<'static, str> {
        "Channel".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 1, "maximum": 14, "description": "a Wi-Fi channel" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_count_up_and_carry() {
        let first: Address = "34:85:18:00:00:ff".parse().expect("a board's");
        assert_eq!(
            first.plus(1).map(|next| next.to_string()),
            Some("34:85:18:00:01:00".to_owned())
        );
        let last: Address = "fe:ff:ff:ff:ff:ff".parse().expect("a board's");
        assert_eq!(last.plus(1), None);
        assert!("ff:ff:ff:ff:ff:ff".parse::<Address>().is_err());
    }
}
