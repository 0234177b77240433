//! The two versions of ESP-NOW's vendor element.

/// The ESP-NOW version of a frame or of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// One vendor element, up to 250 octets of payload.
    V1,
    /// Up to six vendor elements, up to 1470 octets of payload (ESP-IDF 5.4 and later).
    V2,
}

impl Version {
    /// The longest payload in octets (`ESP_NOW_MAX_DATA_LEN`, `ESP_NOW_MAX_DATA_LEN_V2`).
    #[must_use]
    pub const fn max_payload(self) -> usize {
        match self {
            Self::V1 => 250,
            Self::V2 => 1470,
        }
    }

    /// The number on the air: 1 or 2.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::V1 => 1,
            Self::V2 => 2,
        }
    }

    /// The version with this number on the air; `None` unless 1 or 2.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::V1),
            2 => Some(Self::V2),
            _ => None,
        }
    }
}
