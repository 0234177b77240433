//! The kinds of boards that can be asked for, in a scenario's file and on the command line.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{EnumIter, EnumString, IntoEnumIterator as _, IntoStaticStr, VariantNames};

use super::Profile;

/// What a board is.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    JsonSchema,
    EnumIter,
    EnumString,
    IntoStaticStr,
    VariantNames,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Chip {
    /// BPI-Leaf-S3: an ESP32-S3, with a strip of 25 NeoPixels.
    #[default]
    Esp32S3,
    /// An ESP32-C3 with as many.
    Esp32C3,
    /// An ESP32 with as many.
    Esp32,
    /// An ESP8266: ESP-NOW 1.
    Esp8266,
    /// A station by the textbook, for comparisons.
    #[serde(rename = "802.11b")]
    #[strum(serialize = "802.11b")]
    Ieee80211b,
}

impl Chip {
    /// How they are written.
    pub(crate) const NAMES: &[&str] = <Self as VariantNames>::VARIANTS;

    /// What such a board has.
    #[must_use]
    pub const fn profile(self) -> Profile {
        match self {
            Self::Esp32S3 => Profile::ESP32_S3,
            Self::Esp32C3 => Profile::ESP32_C3,
            Self::Esp32 => Profile::ESP32,
            Self::Esp8266 => Profile::ESP8266,
            Self::Ieee80211b => Profile::IEEE_80211B,
        }
    }

    /// Its number in the protocol for external boards. What is no chip is an ESP32-S3 to programs.
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::Esp32S3 | Self::Ieee80211b => 0,
            Self::Esp32C3 => 1,
            Self::Esp32 => 2,
            Self::Esp8266 => 3,
        }
    }

    /// The pins that its converter can read.
    pub(crate) const fn analogue_pins(self) -> &'static [u8] {
        match self {
            Self::Esp32S3 | Self::Ieee80211b => {
                &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]
            }
            Self::Esp32C3 => &[0, 1, 2, 3, 4, 5],
            Self::Esp32 => &[0, 2, 4, 12, 13, 14, 15, 25, 26, 27, 32, 33, 34, 35, 36, 37, 38, 39],
            Self::Esp8266 => &[0, 17],
        }
    }

    /// The one that a profile is of.
    pub(crate) fn of(profile: &Profile) -> Option<Self> {
        Self::iter().find(|chip| chip.profile().chip == profile.chip)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_the_command_line_have_the_same_names() {
        for chip in Chip::iter() {
            let name: &str = chip.into();
            assert_eq!(serde_json::to_value(chip).expect("a name"), name);
            assert_eq!(name.parse(), Ok(chip));
            assert_eq!(Chip::of(&chip.profile()), Some(chip));
        }
    }
}
