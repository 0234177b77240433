//! The images that a chip's boot loader starts (ESP-IDF, "App Image Format"; `esp_app_format.h`, `esp_app_desc.h`).
//!
//! ```text
//!   0         24         32                        288
//!   ┌─────────┬──────────┬─────────────────────────┬─────────┬──────────────┬───────────┬──────────┬─────────┐
//!   │ header  │ segment  │ description, the first  │ rest of │ more segments│ zeros to  │ checksum │ SHA-256 │
//!   │         │ header   │ part of segment 0       │ it      │              │ 16n − 1   │          │         │
//!   └─────────┴──────────┴─────────────────────────┴─────────┴──────────────┴───────────┴──────────┴─────────┘
//!                                                                              1 to 16 octets        32
//! ```
//!
//! [`Header`] and [`Description`] are parsed from their octets alone, so that who has read a few hundred octets of an image
//! knows what it is. [`BootData`] is how a boot loader chooses between two of them. [`Checker`] goes through a whole image piece by piece, as a boot loader does, and never needs more
//! memory than a few hundred octets. [`Image`] makes one.
//!
//! ```
//! use protocol::image::{Checker, ChipId, Description, Image, Text};
//!
//! let mut description = Description::default();
//! description.version = Text::new("1.2.0").expect("short enough");
//! let image = Image { chip: ChipId::ESP32_S3, entry: 0x4037_0000, description, address: 0x3c00_0020, data: &[], segments: &[] };
//! let mut octets = [0; 1024];
//! let length = image.emit(&mut octets)?;
//! assert_eq!(Checker::new().feed(&octets[..length])?, Some(336));
//! # Ok::<(), protocol::image::ImageError>(())
//! ```

mod boot_data;
mod checker;
mod description;
mod emit;
mod error;
mod header;
mod text;

pub use boot_data::{AtStart, BootData, BootEntry, ENTRY_LEN};
pub use checker::Checker;
pub use description::Description;
pub use emit::{Image, Segment};
pub use error::ImageError;
pub use header::{ChipId, Header};
pub use text::Text;

/// Segments of an image at most (`ESP_IMAGE_MAX_SEGMENTS`).
pub const MOST_SEGMENTS: usize = 16;

/// Octets of the SHA-256 at the end.
pub const HASH_LEN: usize = 32;

/// Octets of a segment's header: where it is loaded to, and how long it is.
const SEGMENT_HEADER_LEN: usize = 8;

/// Checksum and zeros before it fill the image up to a multiple of this.
const BLOCK: u32 = 16;

/// What the checksum starts with (`ESP_ROM_CHECKSUM_INITIAL`).
const CHECKSUM_SEED: u8 = 0xef;

/// The checksum goes over the octets of all segments.
fn checksum(before: u8, data: &[u8]) -> u8 {
    data.iter().fold(before, |sum, octet| sum ^ octet)
}

/// The zeros and the checksum after segments that end at `end`: 1 to 16 octets.
const fn padding(end: u32) -> u32 {
    BLOCK - end % BLOCK
}

fn array<const N: usize>(octets: &[u8], offset: usize) -> Result<[u8; N], ImageError> {
    octets
        .get(offset..)
        .and_then(|rest| rest.first_chunk())
        .copied()
        .ok_or(ImageError::Truncated)
}
