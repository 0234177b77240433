//! What an image says of itself.

use super::{Header, ImageError, SEGMENT_HEADER_LEN, Text, array};

/// An image's description (`esp_app_desc_t`): the first 256 octets of its first segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// Boot loaders with anti-rollback refuse images whose number is below that in the chip's fuses.
    pub secure_version: u32,
    /// The version: "1.2.0".
    pub version: Text<32>,
    /// The project's name.
    pub project: Text<32>,
    /// When it was built: "12:00:00".
    pub time: Text<16>,
    /// And on which day: "Jan 31 2026".
    pub date: Text<16>,
    /// The version of ESP-IDF, or of what stands in its place.
    pub idf_version: Text<32>,
    /// The SHA-256 of the linked program before it became an image.
    pub elf_sha256: [u8; 32],
}

impl Description {
    /// Octets.
    pub const LEN: usize = 256;

    /// Where it is in an image.
    pub const OFFSET: u32 = (Header::LEN + SEGMENT_HEADER_LEN) as u32;

    const MAGIC: u32 = 0xabcd_5432;

    /// Reads the description at the beginning of `octets`, which are those from [`Description::OFFSET`] on.
    ///
    /// # Errors
    /// [`ImageError::Truncated`], [`ImageError::Description`] if it is something else, [`ImageError::Text`].
    pub fn parse(octets: &[u8]) -> Result<Self, ImageError> {
        let octets: [u8; Self::LEN] = array(octets, 0)?;
        if u32::from_le_bytes(array(&octets, 0)?) != Self::MAGIC {
            return Err(ImageError::Description);
        }
        Ok(Self {
            secure_version: u32::from_le_bytes(array(&octets, 4)?),
            version: Text::parse(array(&octets, 16)?)?,
            project: Text::parse(array(&octets, 48)?)?,
            time: Text::parse(array(&octets, 80)?)?,
            date: Text::parse(array(&octets, 96)?)?,
            idf_version: Text::parse(array(&octets, 112)?)?,
            elf_sha256: array(&octets, 144)?,
        })
    }

    /// Its octets.
    #[must_use]
    pub fn emit(&self) -> [u8; Self::LEN] {
        let mut octets = [0; Self::LEN];
        octets[..4].copy_from_slice(&Self::MAGIC.to_le_bytes());
        octets[4..8].copy_from_slice(&self.secure_version.to_le_bytes());
        octets[16..48].copy_from_slice(self.version.octets());
        octets[48..80].copy_from_slice(self.project.octets());
        octets[80..96].copy_from_slice(self.time.octets());
        octets[96..112].copy_from_slice(self.date.octets());
        octets[112..144].copy_from_slice(self.idf_version.octets());
        octets[144..176].copy_from_slice(&self.elf_sha256);
        octets
    }
}
