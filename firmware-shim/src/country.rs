//! The country whose rules the radio keeps.
//!
//! Whatever country it is given, esp-radio allows channels 1 to 13 and no other. So the firmware keeps the rule itself: it does not go
//! to channels that a country does not have. Nobody sends there by mistake, as a board only sends on the channel that it is on.

use protocol::Channel;

/// A country's code (ISO 3166).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Country([u8; 2]);

impl Country {
    /// China, as esp-radio has it by default: channels 1 to 13, as in most of the world.
    const DEFAULT: Self = Self(*b"CN");

    /// Where channels 12 and 13 are not to be sent on at full power.
    const ELEVEN: [Self; 3] = [Self(*b"US"), Self(*b"CA"), Self(*b"TW")];

    /// The country that the firmware is built for.
    ///
    /// # Panics
    /// When the firmware is built: `COUNTRY` is not two capital letters.
    #[must_use]
    pub const fn named(code: Option<&str>) -> Self {
        let Some(code) = code else {
            return Self::DEFAULT;
        };
        let [first @ b'A'..=b'Z', second @ b'A'..=b'Z'] = code.as_bytes() else {
            panic!("COUNTRY is two capital letters, like DE");
        };
        Self([*first, *second])
    }

    /// As the driver takes it.
    #[must_use]
    pub const fn code(self) -> [u8; 2] {
        self.0
    }

    /// Whether boards may send there.
    #[must_use]
    pub fn has(self, channel: Channel) -> bool {
        let last = if Self::ELEVEN.contains(&self) { 11 } else { 13 };
        channel.number() <= last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(number: u8) -> Channel {
        Channel::new(number).expect("there is one")
    }

    #[test]
    fn a_country_has_its_channels() {
        let (default, states) = (Country::named(None), Country::named(Some("US")));
        assert_eq!((default.code(), states.code()), (*b"CN", *b"US"));
        assert!(default.has(channel(13)) && !default.has(channel(14)));
        assert!(states.has(channel(11)) && !states.has(channel(12)));
    }

    #[test]
    fn a_code_is_two_capital_letters() {
        for wrong in ["", "D", "de", "DEU", "01"] {
            assert!(
                std::panic::catch_unwind(|| Country::named(Some(wrong))).is_err(),
                "{wrong}"
            );
        }
    }
}
