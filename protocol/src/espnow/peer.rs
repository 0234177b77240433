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
    /// `WIFI_IF_AP`; its address is the station's plus one.
    AccessPoint,
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
