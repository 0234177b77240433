//! Making images.

use sha2::{Digest, Sha256};

use super::{
    CHECKSUM_SEED, ChipId, Description, HASH_LEN, Header, ImageError, MOST_SEGMENTS, SEGMENT_HEADER_LEN, checksum,
    padding,
};

/// A part of an image that the boot loader puts somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment<'a> {
    /// Where it is loaded to, or mapped.
    pub address: u32,
    /// A multiple of 4 octets.
    pub data: &'a [u8],
}

/// An image to be made, with a SHA-256 at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image<'a> {
    /// The kind of chip that it is for.
    pub chip: ChipId,
    /// Where the program begins.
    pub entry: u32,
    /// What it says of itself.
    pub description: Description,
    /// Where the first segment is mapped, which begins with the description.
    pub address: u32,
    /// What follows the description in the first segment: a multiple of 4 octets.
    pub data: &'a [u8],
    /// The segments after the first, [`MOST_SEGMENTS`] − 1 at most.
    pub segments: &'a [Segment<'a>],
}

impl Image<'_> {
    /// Octets of the image.
    #[must_use]
    pub fn buffer_len(&self) -> usize {
        let more: usize = self
            .segments
            .iter()
            .map(|segment| SEGMENT_HEADER_LEN + segment.data.len())
            .sum();
        let end = Description::OFFSET as usize + Description::LEN + self.data.len() + more;
        // Only the last digit counts.
        end + padding((end % 16) as u32) as usize + HASH_LEN
    }

    /// Writes the image to the beginning of `buffer` and returns its length.
    ///
    /// # Errors
    /// [`ImageError::Room`], [`ImageError::Segments`] if there are too many, [`ImageError::SegmentLength`] if one is no
    /// multiple of 4 or longer than an image can say.
    pub fn emit(&self, buffer: &mut [u8]) -> Result<usize, ImageError> {
        if self.segments.len() >= MOST_SEGMENTS {
            return Err(ImageError::Segments);
        }
        let length = self.buffer_len();
        let buffer = buffer.get_mut(..length).ok_or(ImageError::Room)?;
        let header = Header {
            segments: 1 + self.segments.len() as u8,
            flash: [2, 0x2f],
            entry: self.entry,
            pins: [0xee, 0, 0, 0],
            chip: self.chip,
            oldest_revision: 0,
            newest_revision: u16::MAX,
            hash_appended: true,
        };
        let mut rest = put(buffer, &header.emit());
        let mut sum = CHECKSUM_SEED;
        let description = self.description.emit();
        let first = (self.address, [&description[..], self.data]);
        let more = self
            .segments
            .iter()
            .map(|segment| (segment.address, [segment.data, &[]]));
        for (address, parts) in core::iter::once(first).chain(more) {
            let octets = parts[0].len() + parts[1].len();
            if !octets.is_multiple_of(4) {
                return Err(ImageError::SegmentLength);
            }
            let octets = u32::try_from(octets).map_err(|_| ImageError::SegmentLength)?;
            rest = put(rest, &address.to_le_bytes());
            rest = put(rest, &octets.to_le_bytes());
            for part in parts {
                rest = put(rest, part);
                sum = checksum(sum, part);
            }
        }
        // Zeros, the checksum, the hash.
        let last = rest.len() - HASH_LEN - 1;
        rest[..last].fill(0);
        rest[last] = sum;
        let (image, hash) = buffer.split_at_mut(length - HASH_LEN);
        hash.copy_from_slice(&Sha256::digest(image));
        Ok(length)
    }
}

/// Copies `octets` to the beginning of `buffer`, which has room for them, and returns the rest.
fn put<'b>(buffer: &'b mut [u8], octets: &[u8]) -> &'b mut [u8] {
    let (place, rest) = buffer.split_at_mut(octets.len());
    place.copy_from_slice(octets);
    rest
}
