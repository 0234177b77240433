//! What the boot loader reads first.

use core::fmt;

use super::{ImageError, MOST_SEGMENTS, array};

/// A kind of chip, as images name it (`esp_chip_id_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChipId(pub u16);

impl ChipId {
    /// ESP32.
    pub const ESP32: Self = Self(0);
    /// ESP32-S2.
    pub const ESP32_S2: Self = Self(2);
    /// ESP32-C3.
    pub const ESP32_C3: Self = Self(5);
    /// ESP32-S3.
    pub const ESP32_S3: Self = Self(9);
    /// ESP32-C2.
    pub const ESP32_C2: Self = Self(12);
    /// ESP32-C6.
    pub const ESP32_C6: Self = Self(13);
    /// ESP32-H2.
    pub const ESP32_H2: Self = Self(16);
}

impl fmt::Display for ChipId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match *self {
            Self::ESP32 => "ESP32",
            Self::ESP32_S2 => "ESP32-S2",
            Self::ESP32_C3 => "ESP32-C3",
            Self::ESP32_S3 => "ESP32-S3",
            Self::ESP32_C2 => "ESP32-C2",
            Self::ESP32_C6 => "ESP32-C6",
            Self::ESP32_H2 => "ESP32-H2",
            Self(other) => return write!(f, "chip {other}"),
        })
    }
}

/// The first 24 octets of an image (`esp_image_header_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// How many segments there are: 1 to [`MOST_SEGMENTS`].
    pub segments: u8,
    /// How the flash is read: mode, then speed and size. The boot loader's matter alone.
    pub flash: [u8; 2],
    /// Where the program begins.
    pub entry: u32,
    /// The flash's write-protect pin (0xee: none) and the drive of its pins.
    pub pins: [u8; 4],
    /// The only kind of chip that it runs on.
    pub chip: ChipId,
    /// The oldest revision of the chip that it runs on: major · 100 + minor.
    pub oldest_revision: u16,
    /// The newest revision; 0xffff: any.
    pub newest_revision: u16,
    /// Whether a SHA-256 follows the checksum.
    pub hash_appended: bool,
}

impl Header {
    /// Octets.
    pub const LEN: usize = 24;

    pub(super) const MAGIC: u8 = 0xe9;

    /// Reads the header at the beginning of `octets`.
    ///
    /// # Errors
    /// [`ImageError::Truncated`], [`ImageError::Magic`], [`ImageError::Segments`].
    pub fn parse(octets: &[u8]) -> Result<Self, ImageError> {
        let octets: [u8; Self::LEN] = array(octets, 0)?;
        let [magic, segments, mode, speed_and_size, ..] = octets;
        if magic != Self::MAGIC {
            return Err(ImageError::Magic);
        }
        if segments == 0 || usize::from(segments) > MOST_SEGMENTS {
            return Err(ImageError::Segments);
        }
        Ok(Self {
            segments,
            flash: [mode, speed_and_size],
            entry: u32::from_le_bytes(array(&octets, 4)?),
            pins: array(&octets, 8)?,
            chip: ChipId(u16::from_le_bytes(array(&octets, 12)?)),
            oldest_revision: u16::from_le_bytes(array(&octets, 15)?),
            newest_revision: u16::from_le_bytes(array(&octets, 17)?),
            hash_appended: octets[23] == 1,
        })
    }

    /// Its octets.
    #[must_use]
    pub fn emit(&self) -> [u8; Self::LEN] {
        let mut octets = [0; Self::LEN];
        octets[..2].copy_from_slice(&[Self::MAGIC, self.segments]);
        octets[2..4].copy_from_slice(&self.flash);
        octets[4..8].copy_from_slice(&self.entry.to_le_bytes());
        octets[8..12].copy_from_slice(&self.pins);
        octets[12..14].copy_from_slice(&self.chip.0.to_le_bytes());
        // 14: the major revision in the way of old chips, which boot loaders no longer look at.
        octets[15..17].copy_from_slice(&self.oldest_revision.to_le_bytes());
        octets[17..19].copy_from_slice(&self.newest_revision.to_le_bytes());
        octets[23] = u8::from(self.hash_appended);
        octets
    }
}
