//! The documented errors.

use core::fmt;

/// `ESP_ERR_ESPNOW_BASE`: `ESP_ERR_WIFI_BASE` (0x3000) + 100.
const BASE: u32 = 0x3064;

/// Why a call was refused, with the codes and names of ESP-IDF's `esp_now.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Error {
    /// ESP-NOW is not initialised.
    NotInit,
    /// Invalid argument: payload empty or too long, a key for a group address.
    Arg,
    /// Out of memory: the driver's transmit queue is full. Wait for a frame to go out and try again.
    NoMem,
    /// The peer list is full.
    Full,
    /// No such peer. Every destination has to be a peer, broadcast included.
    NotFound,
    /// An error inside the driver.
    Internal,
    /// The peer is there already.
    Exist,
    /// The peer's interface is not active.
    If,
    /// The peer's channel is not the interface's.
    Chan,
}

impl Error {
    const ALL: [Self; 9] = [
        Self::NotInit,
        Self::Arg,
        Self::NoMem,
        Self::Full,
        Self::NotFound,
        Self::Internal,
        Self::Exist,
        Self::If,
        Self::Chan,
    ];

    /// The error that ESP-IDF means by a number; `None` if it is not one of ESP-NOW's.
    #[must_use]
    pub fn from_code(code: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|error| error.code() == code)
    }

    /// The number that ESP-IDF returns.
    #[must_use]
    pub const fn code(self) -> u32 {
        BASE + match self {
            Self::NotInit => 1,
            Self::Arg => 2,
            Self::NoMem => 3,
            Self::Full => 4,
            Self::NotFound => 5,
            Self::Internal => 6,
            Self::Exist => 7,
            Self::If => 8,
            Self::Chan => 9,
        }
    }

    /// The name in `esp_now.h`, which MicroPython shows as well.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotInit => "ESP_ERR_ESPNOW_NOT_INIT",
            Self::Arg => "ESP_ERR_ESPNOW_ARG",
            Self::NoMem => "ESP_ERR_ESPNOW_NO_MEM",
            Self::Full => "ESP_ERR_ESPNOW_FULL",
            Self::NotFound => "ESP_ERR_ESPNOW_NOT_FOUND",
            Self::Internal => "ESP_ERR_ESPNOW_INTERNAL",
            Self::Exist => "ESP_ERR_ESPNOW_EXIST",
            Self::If => "ESP_ERR_ESPNOW_IF",
            Self::Chan => "ESP_ERR_ESPNOW_CHAN",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl core::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_esp_now_h() {
        assert_eq!(Error::NotInit.code(), 12389);
        assert_eq!(Error::If.code(), 12396);
        assert_eq!(Error::Chan.code(), 0x306d);
    }

    #[test]
    fn a_code_is_that_of_one_error() {
        let known: heapless::Vec<_, 16> = (0..=0xffff).filter_map(Error::from_code).collect();
        assert_eq!(known, Error::ALL);
        for error in Error::ALL {
            assert_eq!(Error::from_code(error.code()), Some(error));
        }
    }
}
