//! What is wrong with an image.

use core::fmt;

/// Why octets are no image, or an image can't be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImageError {
    /// It ends too early.
    Truncated,
    /// It does not begin with 0xe9.
    Magic,
    /// It has no segment, or more than [`MOST_SEGMENTS`](super::MOST_SEGMENTS).
    Segments,
    /// A segment's length is no multiple of 4, or past all that an image can hold.
    SegmentLength,
    /// There is no description where one belongs.
    Description,
    /// A text of the description is not UTF-8.
    Text,
    /// The checksum over the segments is another.
    Checksum,
    /// The SHA-256 over everything is another.
    Hash,
    /// The image does not fit into the buffer.
    Room,
}

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truncated => "the image ends too early",
            Self::Magic => "an image begins with 0xe9",
            Self::Segments => "an image has 1 to 16 segments",
            Self::SegmentLength => "a segment's length is no multiple of 4, or too long",
            Self::Description => "the image has no description at offset 32",
            Self::Text => "a text of the description is not UTF-8",
            Self::Checksum => "the checksum does not match",
            Self::Hash => "the SHA-256 does not match",
            Self::Room => "the image does not fit into the buffer",
        })
    }
}

impl core::error::Error for ImageError {}
