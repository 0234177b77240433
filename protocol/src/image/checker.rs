//! Going through a whole image.

use sha2::{Digest, Sha256};

use super::{CHECKSUM_SEED, HASH_LEN, Header, ImageError, SEGMENT_HEADER_LEN, array, checksum, padding};

/// Checks an image as a boot loader does: header, segments, checksum, hash. It is fed the octets in their order, in pieces of
/// any length.
#[derive(Clone, Debug)]
pub struct Checker {
    part: Part,
    /// Octets fed so far, of the image alone.
    length: u32,
    hash: Sha256,
    checksum: u8,
    hash_appended: bool,
    /// What there is of a part that is looked at as a whole.
    collected: [u8; LONGEST_PART],
    collected_len: usize,
}

/// The hash.
const LONGEST_PART: usize = HASH_LEN;

#[derive(Clone, Copy, Debug)]
enum Part {
    Header,
    SegmentHeader {
        segments_left: u8,
    },
    Data {
        octets_left: u32,
        segments_left: u8,
    },
    /// Zeros and the checksum.
    Padding,
    Hash,
    Whole,
}

impl Default for Checker {
    fn default() -> Self {
        Self::new()
    }
}

impl Checker {
    /// Nothing is known yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            part: Part::Header,
            length: 0,
            hash: Sha256::new(),
            checksum: CHECKSUM_SEED,
            hash_appended: false,
            collected: [0; LONGEST_PART],
            collected_len: 0,
        }
    }

    /// Takes the next octets. `Some` is the image's length, once it is whole and right; what is fed after its end is not
    /// looked at.
    ///
    /// # Errors
    /// What is wrong with the image. After an error, no more can be learnt from it.
    pub fn feed(&mut self, mut octets: &[u8]) -> Result<Option<u32>, ImageError> {
        loop {
            let taken = match self.part {
                Part::Whole => return Ok(Some(self.length)),
                Part::Data {
                    octets_left: 0,
                    segments_left,
                } => {
                    self.part = match segments_left {
                        0 => Part::Padding,
                        segments_left => Part::SegmentHeader { segments_left },
                    };
                    continue;
                }
                _ if octets.is_empty() => return Ok(None),
                Part::Data {
                    octets_left,
                    segments_left,
                } => {
                    let taken = octets.len().min(octets_left as usize);
                    self.checksum = checksum(self.checksum, &octets[..taken]);
                    self.advance(&octets[..taken])?;
                    self.part = Part::Data {
                        octets_left: octets_left - taken as u32,
                        segments_left,
                    };
                    taken
                }
                Part::Header => self.collect(octets, Header::LEN, Self::end_header)?,
                Part::SegmentHeader { segments_left } => self.collect(octets, SEGMENT_HEADER_LEN, |checker| {
                    checker.end_segment_header(segments_left)
                })?,
                Part::Padding => {
                    let padding = padding(self.length - self.collected_len as u32) as usize;
                    self.collect(octets, padding, |checker| checker.end_padding(padding))?
                }
                Part::Hash => self.collect(octets, HASH_LEN, Self::end_hash)?,
            };
            octets = &octets[taken..];
        }
    }

    /// Takes what is missing of a part of `needed` octets, and calls `end` when all of it is there.
    fn collect(
        &mut self,
        octets: &[u8],
        needed: usize,
        end: impl FnOnce(&mut Self) -> Result<(), ImageError>,
    ) -> Result<usize, ImageError> {
        let taken = octets.len().min(needed - self.collected_len);
        self.collected[self.collected_len..][..taken].copy_from_slice(&octets[..taken]);
        self.collected_len += taken;
        self.advance(&octets[..taken])?;
        if self.collected_len == needed {
            self.collected_len = 0;
            end(self)?;
        }
        Ok(taken)
    }

    fn advance(&mut self, octets: &[u8]) -> Result<(), ImageError> {
        if !matches!(self.part, Part::Hash) {
            self.hash.update(octets);
        }
        let length = u32::try_from(octets.len())
            .ok()
            .and_then(|more| self.length.checked_add(more));
        self.length = length.ok_or(ImageError::SegmentLength)?;
        Ok(())
    }

    fn end_header(&mut self) -> Result<(), ImageError> {
        let header = Header::parse(&self.collected)?;
        self.hash_appended = header.hash_appended;
        self.part = Part::SegmentHeader {
            segments_left: header.segments,
        };
        Ok(())
    }

    fn end_segment_header(&mut self, segments_left: u8) -> Result<(), ImageError> {
        /// Boot loaders take no longer ones (`esp_image_format.c`).
        const TOO_LONG: u32 = 16 * 1024 * 1024;
        let octets_left = u32::from_le_bytes(array(&self.collected, 4)?);
        if octets_left % 4 != 0 || octets_left >= TOO_LONG {
            return Err(ImageError::SegmentLength);
        }
        self.part = Part::Data {
            octets_left,
            segments_left: segments_left - 1,
        };
        Ok(())
    }

    fn end_padding(&mut self, padding: usize) -> Result<(), ImageError> {
        if self.collected[padding - 1] != self.checksum {
            return Err(ImageError::Checksum);
        }
        self.part = if self.hash_appended { Part::Hash } else { Part::Whole };
        Ok(())
    }

    fn end_hash(&mut self) -> Result<(), ImageError> {
        if self.collected != *self.hash.finalize_reset() {
            return Err(ImageError::Hash);
        }
        self.part = Part::Whole;
        Ok(())
    }

    /// The image's SHA-256, as ESP-IDF's `esp_partition_get_sha256` has it, once it is whole: what it ends with, or where no hash is
    /// appended, that of all its octets.
    #[must_use]
    pub fn hash(&self) -> Option<[u8; HASH_LEN]> {
        match self.part {
            Part::Whole if self.hash_appended => Some(self.collected),
            Part::Whole => Some(self.hash.clone().finalize().into()),
            _ => None,
        }
    }
}
