//! The image that runs, as far as an upgrade asks.

use crate::image::{ChipId, Description, Header, Text};

/// What is known of it: nothing, where there is no image in the usual format.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Running {
    /// The first 16 octets of its SHA-256.
    pub(super) hash: Option<[u8; 16]>,
    pub(super) described: Option<Described>,
}

/// What its header and description say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Described {
    pub(super) chip: ChipId,
    pub(super) version: Text<32>,
    pub(super) secure_version: u32,
}

impl Described {
    /// From the first octets of an image.
    pub(super) fn parse(head: &[u8]) -> Result<Self, crate::image::ImageError> {
        let header = Header::parse(head)?;
        let description = head.get(Description::OFFSET as usize..).unwrap_or_default();
        let description = Description::parse(description)?;
        Ok(Self {
            chip: header.chip,
            version: description.version,
            secure_version: description.secure_version,
        })
    }
}
