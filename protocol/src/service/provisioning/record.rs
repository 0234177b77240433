//! What a responder says to everybody, and what a device says of itself.

use core::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::field::{Field, Secret, take};
use super::wifi::{Wifi, WifiRecordError};

/// Octets of data that an application may add (`ESPNOW_PROV_CUSTOM_MAX_SIZE`).
pub const MAX_CUSTOM: usize = 64;

pub(super) const BEACON: u8 = 0;
pub(super) const DEVICE: u8 = 1;
pub(super) const WIFI: u8 = 2;

/// Octets of a beacon.
pub const BEACON_LEN: usize = 1 + 32;

/// Octets of a device record without data of the application's.
const DEVICE_LEN: usize = 1 + 32 + 4 + 32 + 1;

/// Octets of the longest device record.
pub const MAX_DEVICE_LEN: usize = DEVICE_LEN + MAX_CUSTOM;

/// Data of the application's, wiped when it is dropped: nobody knows whether it is secret.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Custom(heapless::Vec<u8, MAX_CUSTOM>);

impl Custom {
    /// None.
    #[must_use]
    pub const fn none() -> Self {
        Self(heapless::Vec::new())
    }

    /// A copy of `octets`; `None` if they are more than [`MAX_CUSTOM`].
    #[must_use]
    pub fn new(octets: &[u8]) -> Option<Self> {
        heapless::Vec::from_slice(octets).ok().map(Self)
    }

    /// The octets.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.0
    }

    /// Reads size and data at the beginning of `rest`. More than [`MAX_CUSTOM`] are no application's: the component's own initiator
    /// announces data and sends what stands in its memory, if its program asks for it.
    pub(super) fn parse(rest: &[u8]) -> Option<Self> {
        let (&size, data) = rest.split_first()?;
        Self::new(data.get(..usize::from(size))?)
    }

    /// Writes size and data to the beginning of `buffer`.
    pub(super) fn emit(&self, buffer: &mut [u8]) -> Option<usize> {
        let (size, data) = buffer.split_first_mut()?;
        data.get_mut(..self.0.len())?.copy_from_slice(&self.0);
        // At most 64.
        *size = self.0.len() as u8;
        Some(1 + self.0.len())
    }
}

impl Zeroize for Custom {
    fn zeroize(&mut self) {
        self.0.as_mut_slice().zeroize();
        self.0.clear();
    }
}

impl Drop for Custom {
    fn drop(&mut self) {
        self.zeroize();
    }
}

impl ZeroizeOnDrop for Custom {}

impl fmt::Debug for Custom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} octets", self.0.len())
    }
}

/// Who knows a Wi-Fi (`espnow_prov_responder_t`): what a beacon says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Beacon {
    /// For which product.
    pub product_id: Field<16>,
    /// Its name.
    pub device_name: Field<16>,
}

impl Beacon {
    /// As it is sent: type 0, product, name.
    #[must_use]
    pub fn to_octets(&self) -> [u8; BEACON_LEN] {
        let mut octets = [BEACON; BEACON_LEN];
        octets[1..17].copy_from_slice(self.product_id.octets());
        octets[17..].copy_from_slice(self.device_name.octets());
        octets
    }

    fn parse(mut rest: &[u8]) -> Option<Self> {
        Some(Self {
            product_id: Field::from_octets(*take(&mut rest)?),
            device_name: Field::from_octets(*take(&mut rest)?),
        })
    }
}

/// What a device's secret is (`espnow_prov_auth_mode_t`). The component checks none: that is the application's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AuthMode {
    /// 0: there is none.
    #[default]
    Invalid,
    /// 1: the product's.
    Product,
    /// 2: the device's own.
    Device,
    /// 3: a certificate's.
    Certificate,
    /// What no version of the component knows.
    Other(u32),
}

impl AuthMode {
    const fn from_number(number: u32) -> Self {
        match number {
            0 => Self::Invalid,
            1 => Self::Product,
            2 => Self::Device,
            3 => Self::Certificate,
            other => Self::Other(other),
        }
    }

    const fn number(self) -> u32 {
        match self {
            Self::Invalid => 0,
            Self::Product => 1,
            Self::Device => 2,
            Self::Certificate => 3,
            Self::Other(number) => number,
        }
    }
}

/// What a device says of itself (`espnow_prov_initiator_t`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// Its product.
    pub product_id: Field<16>,
    /// Its name.
    pub device_name: Field<16>,
    /// What its secret is.
    pub auth_mode: AuthMode,
    /// What proves that it belongs here.
    pub secret: Secret<32>,
    /// What the application adds.
    pub custom: Custom,
}

impl Device {
    /// Writes it to the beginning of `buffer` and returns its length; `None` if it does not fit.
    ///
    /// The component's initiator sends as many octets as its largest record has, with its memory behind this one; responders read by
    /// offset, so that is left out.
    pub fn emit(&self, buffer: &mut [u8]) -> Option<usize> {
        let (fixed, custom) = buffer.split_at_mut_checked(DEVICE_LEN - 1)?;
        fixed[0] = DEVICE;
        fixed[1..17].copy_from_slice(self.product_id.octets());
        fixed[17..33].copy_from_slice(self.device_name.octets());
        fixed[33..37].copy_from_slice(&self.auth_mode.number().to_le_bytes());
        fixed[37..].copy_from_slice(self.secret.octets());
        Some(DEVICE_LEN - 1 + self.custom.emit(custom)?)
    }

    fn parse(mut rest: &[u8]) -> Result<Self, RecordError> {
        let too_short = RecordError::TooShort { have: rest.len() + 1 };
        let parse = |rest: &mut &[u8]| {
            Some(Self {
                product_id: Field::from_octets(*take(rest)?),
                device_name: Field::from_octets(*take(rest)?),
                auth_mode: AuthMode::from_number(u32::from_le_bytes(*take(rest)?)),
                secret: Secret::new(take::<32>(rest)?)?,
                custom: Custom::none(),
            })
        };
        let mut device = parse(&mut rest).ok_or(too_short)?;
        device.custom = Custom::parse(rest).ok_or(RecordError::Custom)?;
        Ok(device)
    }
}

/// What a provisioning message says; its first octet is its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// 0: here is somebody who knows a Wi-Fi.
    Beacon(Beacon),
    /// 1: a device wants to know it.
    Device(Device),
    /// 2: here it is.
    Wifi(Wifi),
}

impl Record {
    /// Reads a payload. What follows a record is not looked at.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn parse(octets: &[u8]) -> Result<Self, RecordError> {
        let too_short = RecordError::TooShort { have: octets.len() };
        match octets.split_first().ok_or(too_short)? {
            (&BEACON, rest) => Beacon::parse(rest).map(Self::Beacon).ok_or(too_short),
            (&DEVICE, rest) => Device::parse(rest).map(Self::Device),
            (&WIFI, rest) => Wifi::parse(rest).map(Self::Wifi).map_err(RecordError::Wifi),
            (&found, _) => Err(RecordError::Type { found }),
        }
    }
}

/// Why a payload is no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordError {
    /// It ends within the record.
    TooShort {
        /// Octets that there are.
        have: usize,
    },
    /// There is no such type.
    Type {
        /// What stands there.
        found: u8,
    },
    /// The application's data is not all there, or longer than it may be.
    Custom,
    /// It is no Wi-Fi record.
    Wifi(WifiRecordError),
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { have } => write!(f, "{have} octets are too few for its record"),
            Self::Type { found } => write!(f, "type {found} is none of provisioning's"),
            Self::Custom => write!(f, "the application's data is cut off, or more than {MAX_CUSTOM} octets"),
            Self::Wifi(why) => why.fmt(f),
        }
    }
}

impl core::error::Error for RecordError {}
