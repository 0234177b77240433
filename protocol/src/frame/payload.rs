//! What an application sends in one frame.

use core::fmt;

use super::Version;

/// Application data that fits one frame of its version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payload<'a> {
    version: Version,
    bytes: &'a [u8],
}

impl<'a> Payload<'a> {
    /// `bytes` as the payload of a frame of this version; it may be empty.
    ///
    /// # Errors
    ///
    /// [`PayloadTooLong`] beyond [`Version::max_payload`].
    pub const fn new(version: Version, bytes: &'a [u8]) -> Result<Self, PayloadTooLong> {
        let octets = bytes.len();
        if octets > version.max_payload() {
            return Err(PayloadTooLong { version, octets });
        }
        Ok(Self { version, bytes })
    }

    /// The version of the frame that carries it.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// The application's octets.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }
}

/// The data exceeds one frame of the version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayloadTooLong {
    /// The version asked for.
    pub version: Version,
    /// Octets of data.
    pub octets: usize,
}

impl fmt::Display for PayloadTooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, octets } = self;
        let (number, most) = (version.number(), version.max_payload());
        write!(
            f,
            "{octets} octets of payload, ESP-NOW version {number} carries {most} a frame: split them"
        )
    }
}

impl core::error::Error for PayloadTooLong {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_end_where_their_version_does() {
        let data = [0; 1471];
        for version in [Version::V1, Version::V2] {
            let most = version.max_payload();
            assert!(Payload::new(version, &data[..0]).is_ok());
            assert!(Payload::new(version, &data[..most]).is_ok());
            let octets = most + 1;
            assert_eq!(
                Payload::new(version, &data[..octets]),
                Err(PayloadTooLong { version, octets })
            );
        }
    }
}
