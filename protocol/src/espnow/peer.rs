//! Peers and their keys.

use core::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{Channel, MacAddress, Rate};

/// `ESP_NOW_MAX_TOTAL_PEER_NUM`.
pub const MAX_PEERS: usize = 20;

/// The most peers that can be encrypted, in the widest configuration of ESP-IDF
/// (`CONFIG_ESP_WIFI_ESPNOW_MAX_ENCRYPT_NUM`).
pub const MAX_ENCRYPTED_PEERS: usize = 17;

/// A primary or local master key: 16 octets, wiped when dropped and never printed.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Key([u8; 16]);

impl Key {
    /// The key with these octets.
    #[must_use]
    pub const fn new(octets: [u8; 16]) -> Self {
        Self(octets)
    }

    /// The octets, for a driver that keeps keys itself.
    #[must_use]
    pub const fn octets(&self) -> &[u8; 16] {
        &self.0
    }
}

impl From<[u8; 16]> for Key {
    fn from(octets: [u8; 16]) -> Self {
        Self::new(octets)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// The Wi-Fi interface that a peer is reached through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Interface {
    /// `WIFI_IF_STA`.
    #[default]
    Station,
    /// `WIFI_IF_AP`.
    AccessPoint,
}

impl Interface {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Station, Self::AccessPoint];

    /// How much this interface's last octet is above the station's (ESP-IDF, "Miscellaneous System APIs", MAC Address).
    const fn above_station(self) -> u8 {
        match self {
            Self::Station => 0,
            Self::AccessPoint => 1,
        }
    }

    /// The address of this interface on the device whose station has that one.
    ///
    /// ```
    /// use protocol::MacAddress;
    /// use protocol::espnow::Interface;
    ///
    /// let station = MacAddress([0x24, 0x0a, 0xc4, 0, 0, 4]);
    /// assert_eq!(Interface::AccessPoint.address(station), MacAddress([0x24, 0x0a, 0xc4, 0, 0, 5]));
    /// ```
    #[must_use]
    pub const fn address(self, station: MacAddress) -> MacAddress {
        let MacAddress(mut octets) = station;
        octets[5] = octets[5].wrapping_add(self.above_station());
        MacAddress(octets)
    }

    /// The station's address on the device whose interface of this kind has that one.
    #[must_use]
    pub const fn station_beside(self, address: MacAddress) -> MacAddress {
        let MacAddress(mut octets) = address;
        octets[5] = octets[5].wrapping_sub(self.above_station());
        MacAddress(octets)
    }
}

/// `esp_now_peer_info_t`: somebody to send to.
///
/// ```
/// use protocol::espnow::{Key, Peer};
/// use protocol::MacAddress;
///
/// let lamp = Peer::new(MacAddress([0x24, 0x0a, 0xc4, 0, 0, 1])).with_key(Key::new(*b"0123456789abcdef"));
/// assert!(lamp.is_encrypted());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Who.
    pub address: MacAddress,
    /// The channel it listens on; `None` (0 in C) for the interface's current one.
    pub channel: Option<Channel>,
    /// The interface to use.
    pub interface: Interface,
    /// The local master key. `Some` means that frames to and from this peer are encrypted.
    pub lmk: Option<Key>,
    /// The data rate; `None` for the interface's.
    pub rate: Option<Rate>,
}

impl Peer {
    /// A peer on the current channel of the station interface, without encryption.
    #[must_use]
    pub const fn new(address: MacAddress) -> Self {
        Self {
            address,
            channel: None,
            interface: Interface::Station,
            lmk: None,
            rate: None,
        }
    }

    /// The same peer with encryption under `lmk`.
    #[must_use]
    pub fn with_key(self, lmk: Key) -> Self {
        Self { lmk: Some(lmk), ..self }
    }

    /// The same peer, bound to a channel.
    #[must_use]
    pub fn on_channel(self, channel: Channel) -> Self {
        Self {
            channel: Some(channel),
            ..self
        }
    }

    /// The same peer at another data rate (`esp_now_set_peer_rate_config`).
    #[must_use]
    pub fn at_rate(self, rate: Rate) -> Self {
        Self {
            rate: Some(rate),
            ..self
        }
    }

    /// Whether frames to and from this peer are encrypted.
    #[must_use]
    pub const fn is_encrypted(&self) -> bool {
        self.lmk.is_some()
    }
}
