//! A Wi-Fi's name and password, as ESP-IDF lays them out.

use core::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::field::{Field, Secret};
use super::record::{Custom, MAX_CUSTOM, WIFI};
use crate::{Channel, MacAddress};

/// Octets of `wifi_sta_config_t`, with which a record's token moves: of ESP-IDF 5.5 first, which is what is sent; then of 5.1 to 5.4,
/// 5.0, and 4.4.
const CONFIGURATION_LENS: [usize; 4] = [184, 180, 140, 132];

/// Octets before the configuration: `wifi_mode_t`.
const MODE_LEN: usize = 4;

/// Octets of the token.
const TOKEN_LEN: usize = 32;

/// Octets of the longest record that is sent.
pub const MAX_WIFI_LEN: usize = 1 + MODE_LEN + CONFIGURATION_LENS[0] + TOKEN_LEN + 1 + MAX_CUSTOM;

// In the configuration, alike in all versions.
const PASSWORD: usize = 32;
const STATION_BSSID_SET: usize = 100;
const STATION_BSSID: usize = 101;
const STATION_CHANNEL: usize = 107;
const ACCESS_POINT_CHANNEL: usize = 97;
const ACCESS_POINT_SSID_LEN: usize = 96;
const COMMON_LEN: usize = 108;

/// What the interface is to be (`wifi_mode_t`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WifiMode {
    /// 0: not said. The component's examples leave it so and mean a station.
    #[default]
    Null,
    /// 1: a station.
    Station,
    /// 2: an access point.
    AccessPoint,
    /// 3: both.
    Both,
    /// What ESP-IDF 5.5 does not know for an ESP32.
    Other(u32),
}

impl WifiMode {
    const fn from_number(number: u32) -> Self {
        match number {
            0 => Self::Null,
            1 => Self::Station,
            2 => Self::AccessPoint,
            3 => Self::Both,
            other => Self::Other(other),
        }
    }

    const fn number(self) -> u32 {
        match self {
            Self::Null => 0,
            Self::Station => 1,
            Self::AccessPoint => 2,
            Self::Both => 3,
            Self::Other(number) => number,
        }
    }
}

/// A Wi-Fi (`espnow_prov_wifi_t`). Its secrets are wiped when it is dropped.
///
/// ```text
/// mode u32 │ configuration 184 │ token 32 │ size of custom data u8 │ custom data
///            ssid 32, password 64, scan method u32, bssid set 1, bssid 6, channel 1, …
/// ```
///
/// The configuration is ESP-IDF's `wifi_config_t`, whose layout and length belong to its version (`esp_wifi_types_generic.h`); written
/// is that of version 5.5, with its defaults (zeros) but for the fields here. Of the others, back to 4.4, these fields stand in the same
/// places and only the token moves: it is found by the length of the whole.
///
/// ```
/// use protocol::service::provisioning::Wifi;
///
/// let wifi = Wifi::station("attic", b"correct horse").expect("both fit");
/// assert_eq!(wifi.ssid.as_str(), Some("attic"));
/// assert_eq!(format!("{:?}", wifi.password), "secret");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wifi {
    /// What the interface is to be.
    pub mode: WifiMode,
    /// The network's name.
    pub ssid: Field<32>,
    /// Its password.
    pub password: Secret<64>,
    /// The access point that is meant, if it is one in particular. Not for an access point itself.
    pub bssid: Option<MacAddress>,
    /// A hint for a station, an order for an access point.
    pub channel: Option<Channel>,
    /// What the device can show to somebody else. All zero if the record's length was none that is known.
    pub token: Secret<32>,
    /// What the application adds.
    pub custom: Custom,
}

impl Wifi {
    /// A network to join; `None` if the name is longer than 32 octets or the password longer than 64.
    #[must_use]
    pub fn station(ssid: &str, password: &[u8]) -> Option<Self> {
        Some(Self {
            mode: WifiMode::Station,
            ssid: Field::new(ssid)?,
            password: Secret::new(password)?,
            ..Self::default()
        })
    }

    /// Octets that it takes in a message. 230 fit into a frame of ESP-NOW v1, which leaves 8 for the application; 1450 into one of v2.
    #[must_use]
    pub fn buffer_len(&self) -> usize {
        MAX_WIFI_LEN - MAX_CUSTOM + self.custom.octets().len()
    }

    /// Writes type and record to the beginning of `buffer` and returns the length; `None` if they do not fit.
    pub fn emit(&self, buffer: &mut [u8]) -> Option<usize> {
        let length = self.buffer_len();
        let buffer = buffer.get_mut(..length)?;
        buffer.fill(0);
        buffer[0] = WIFI;
        let (mode, rest) = buffer[1..].split_at_mut(MODE_LEN);
        mode.copy_from_slice(&self.mode.number().to_le_bytes());
        let (configuration, rest) = rest.split_at_mut(CONFIGURATION_LENS[0]);
        configuration[..PASSWORD].copy_from_slice(self.ssid.octets());
        configuration[PASSWORD..PASSWORD + 64].copy_from_slice(self.password.octets());
        let channel = self.channel.map_or(0, Channel::number);
        if self.mode == WifiMode::AccessPoint {
            configuration[ACCESS_POINT_CHANNEL] = channel;
        } else {
            configuration[STATION_CHANNEL] = channel;
            if let Some(bssid) = self.bssid {
                configuration[STATION_BSSID_SET] = 1;
                configuration[STATION_BSSID..][..6].copy_from_slice(&bssid.octets());
            }
        }
        let (token, custom) = rest.split_at_mut(TOKEN_LEN);
        token.copy_from_slice(self.token.octets());
        self.custom.emit(custom)?;
        Some(length)
    }

    /// Reads a record without its type.
    pub(super) fn parse(record: &[u8]) -> Result<Self, WifiRecordError> {
        let too_short = WifiRecordError { have: record.len() };
        let (mode, configuration) = record.split_first_chunk::<MODE_LEN>().ok_or(too_short)?;
        let common = configuration.first_chunk::<COMMON_LEN>().ok_or(too_short)?;
        let mode = WifiMode::from_number(u32::from_le_bytes(*mode));
        let mut ssid = [0; PASSWORD];
        ssid.copy_from_slice(&common[..PASSWORD]);
        let is_access_point = mode == WifiMode::AccessPoint;
        if is_access_point && common[ACCESS_POINT_SSID_LEN] != 0 {
            // Then the name need not end with a NUL, and what follows is no part of it.
            let length = usize::from(common[ACCESS_POINT_SSID_LEN]).min(PASSWORD);
            ssid[length..].fill(0);
        }
        let is_bssid_set = !is_access_point && common[STATION_BSSID_SET] != 0;
        let channel = common[if is_access_point {
            ACCESS_POINT_CHANNEL
        } else {
            STATION_CHANNEL
        }];
        let (token, custom) = tail(configuration).unwrap_or_default();
        Ok(Self {
            mode,
            ssid: Field::from_octets(ssid),
            password: Secret::new(&common[PASSWORD..PASSWORD + 64]).unwrap_or_default(),
            bssid: MacAddress::from_prefix(&common[STATION_BSSID..]).filter(|_| is_bssid_set),
            channel: Channel::new(channel),
            token,
            custom,
        })
    }
}

/// Token and data behind the configuration, if the record is exactly as long as one of a known version.
fn tail(configuration: &[u8]) -> Option<(Secret<TOKEN_LEN>, Custom)> {
    CONFIGURATION_LENS.into_iter().find_map(|length| {
        let (token, custom) = configuration.get(length..)?.split_first_chunk::<TOKEN_LEN>()?;
        let size = usize::from(*custom.first()?);
        if custom.len() != 1 + size {
            return None;
        }
        Some((Secret::new(token)?, Custom::parse(custom)?))
    })
}

impl Zeroize for Wifi {
    fn zeroize(&mut self) {
        self.password.zeroize();
        self.token.zeroize();
        self.custom.zeroize();
        self.ssid = Field::EMPTY;
        self.bssid = None;
    }
}

// Its secrets wipe themselves.
impl ZeroizeOnDrop for Wifi {}

/// A Wi-Fi record ends within what all versions of ESP-IDF have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WifiRecordError {
    /// Octets that there are.
    pub have: usize,
}

impl fmt::Display for WifiRecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let least = MODE_LEN + COMMON_LEN;
        write!(
            f,
            "{} octets, a Wi-Fi record of any ESP-IDF has more than {least}",
            self.have
        )
    }
}

impl core::error::Error for WifiRecordError {}
