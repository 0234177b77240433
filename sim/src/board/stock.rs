//! The image that a board comes with.

use bytes::Bytes;
use protocol::board::SECTOR;
use protocol::image::{ChipId, Description, Image, Text};

use super::whole_image::WholeImage;

/// An image and what is known about it, kept once for all boards that come with it.
#[derive(Debug)]
pub(crate) struct Stock {
    octets: Bytes,
    whole: Option<WholeImage>,
    description: Description,
}

impl Stock {
    pub(crate) fn new(octets: Bytes) -> Self {
        let size = octets.len().next_multiple_of(SECTOR as usize);
        let whole = WholeImage::find(u32::try_from(size).unwrap_or(u32::MAX), |offset, buffer| {
            let rest = octets.get(offset as usize..).unwrap_or_default();
            let length = rest.len().min(buffer.len());
            buffer[..length].copy_from_slice(&rest[..length]);
            buffer[length..].fill(0xff);
        });
        let description = whole.as_ref().map(|whole| whole.description).unwrap_or_default();
        Self {
            octets,
            whole,
            description,
        }
    }

    pub(super) fn octets(&self) -> &[u8] {
        &self.octets
    }

    pub(super) fn whole(&self) -> Option<&WholeImage> {
        self.whole.as_ref()
    }

    pub(super) fn description(&self) -> &Description {
        &self.description
    }
}

/// A small image that a boot loader takes: nothing but a description of this project and version, and so many octets of
/// `data` in place of a program.
///
/// # Panics
/// If a name is longer than 31 octets or has a zero in it, or the length of `data` is no multiple of 4.
#[must_use]
pub fn synthetic_image(chip: ChipId, project: &str, version: &str, data: &[u8]) -> Bytes {
    let description = Description {
        project: Text::new(project).expect("a name of at most 31 octets"),
        version: Text::new(version).expect("a version of at most 31 octets"),
        ..Description::default()
    };
    // Where an ESP32-S3 maps its flash and has its RAM; nobody runs it.
    let image = Image {
        chip,
        entry: 0x4037_0000,
        description,
        address: 0x3c00_0020,
        data,
        segments: &[],
    };
    let mut octets = vec![0; image.buffer_len()];
    let length = image.emit(&mut octets).expect("a multiple of 4 octets");
    octets.truncate(length);
    octets.into()
}
