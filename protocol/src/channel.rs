//! Channels of the 2.4 GHz band.

use core::fmt;

/// A 2.4 GHz channel, 1 to 14 (IEEE 802.11-2020, clause 15.4.4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Channel(u8);

impl Channel {
    /// Channel 1, where Espressif's chips are after start.
    pub const DEFAULT: Self = Self(1);

    /// The channel with this number; `None` outside 1 to 14.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        match number {
            1..=14 => Some(Self(number)),
            _ => None,
        }
    }

    /// 1 to 14.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// Centre frequency in MHz: 2412 for channel 1, 5 MHz apart, but 2484 for channel 14.
    #[must_use]
    pub const fn centre_mhz(self) -> u16 {
        match self.0 {
            14 => 2484,
            number => 2407 + 5 * number as u16,
        }
    }
}

impl Default for Channel {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_band_has_channels() {
        assert_eq!(Channel::new(0), None);
        assert_eq!(Channel::new(15), None);
        assert_eq!(Channel::new(1).map(Channel::centre_mhz), Some(2412));
        assert_eq!(Channel::new(13).map(Channel::centre_mhz), Some(2472));
        assert_eq!(Channel::new(14).map(Channel::centre_mhz), Some(2484));
    }
}
