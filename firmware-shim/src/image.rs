//! How long an image in flash is, and whether it is whole (ESP-IDF, "App Image Format").
//!
//! ```text
//!    24 octets   header: magic E9, number of segments, …, last octet: whether a hash follows
//!    8 + n       each segment: load address, n, n octets (n is a multiple of 4)
//!    1 to 16     zeros, then the checksum, so that the whole is a multiple of 16
//!    32          SHA-256 of all before it, if the header says so
//! ```

use protocol::board::FirmwareError;
use sha2::{Digest, Sha256};

const HEADER_LEN: u32 = 24;
const SEGMENT_HEADER_LEN: u32 = 8;
const HASH_LEN: u32 = 32;
const MAGIC: u8 = 0xe9;
/// `ESP_IMAGE_MAX_SEGMENTS`.
const MAX_SEGMENTS: u8 = 16;
/// What the exclusive or of all the segments' octets begins with (`ESP_ROM_CHECKSUM_INITIAL`).
const CHECKSUM_START: u8 = 0xef;

/// Where an image is.
#[expect(async_fn_in_trait, reason = "polled on one thread, as all the seam is")]
pub trait Place {
    /// Octets of it.
    fn size(&self) -> u32;

    /// Fills `buffer` with what is there from `offset` on.
    ///
    /// # Errors
    /// [`FirmwareError::Range`], [`FirmwareError::Flash`].
    async fn read(&mut self, offset: u32, buffer: &mut [u8]) -> Result<(), FirmwareError>;
}

/// Octets of the image at the beginning of `place`; `None` if there is none, or if its checksum or its hash are not those of
/// its octets. Reads all of it: a second or two for a megabyte.
///
/// # Errors
/// [`FirmwareError::Flash`].
pub async fn whole_length<P: Place>(place: &mut P) -> Result<Option<u32>, FirmwareError> {
    let mut header = [0; HEADER_LEN as usize];
    if place.size() < HEADER_LEN {
        return Ok(None);
    }
    place.read(0, &mut header).await?;
    let [magic, segments, .., has_hash] = header;
    if magic != MAGIC || segments == 0 || segments > MAX_SEGMENTS {
        return Ok(None);
    }
    let mut reading = Reading {
        hash: Sha256::new_with_prefix(header),
        checksum: CHECKSUM_START,
        offset: HEADER_LEN,
    };
    for _ in 0..segments {
        let mut head = [0; SEGMENT_HEADER_LEN as usize];
        if !reading.take(place, &mut head).await? {
            return Ok(None);
        }
        let [.., a, b, c, d] = head;
        let length = u32::from_le_bytes([a, b, c, d]);
        if !length.is_multiple_of(4) || !reading.take_segment(place, length).await? {
            return Ok(None);
        }
    }
    // The checksum is the last of 1 to 16 octets.
    let mut padding = [0; 16];
    let padding = &mut padding[..16 - (reading.offset % 16) as usize];
    if !reading.take(place, padding).await? || padding.last() != Some(&reading.checksum) {
        return Ok(None);
    }
    if has_hash == 0 {
        return Ok(Some(reading.offset));
    }
    let computed = reading.hash.clone().finalize();
    let mut hash = [0; HASH_LEN as usize];
    let is_there = reading.take(place, &mut hash).await?;
    Ok((is_there && hash[..] == computed[..]).then_some(reading.offset))
}

/// An image, as far as it was read.
struct Reading {
    hash: Sha256,
    checksum: u8,
    offset: u32,
}

impl Reading {
    /// Reads the next octets; `false` if the place ends before.
    async fn take<P: Place>(&mut self, place: &mut P, buffer: &mut [u8]) -> Result<bool, FirmwareError> {
        // No buffer here is longer than a sector.
        let end = self.offset.saturating_add(buffer.len() as u32);
        if end > place.size() {
            return Ok(false);
        }
        place.read(self.offset, buffer).await?;
        self.hash.update(&*buffer);
        self.offset = end;
        Ok(true)
    }

    async fn take_segment<P: Place>(&mut self, place: &mut P, length: u32) -> Result<bool, FirmwareError> {
        if length > place.size() {
            return Ok(false);
        }
        let mut chunk = [0; 256];
        let mut left = length as usize;
        while left > 0 {
            let chunk = &mut chunk[..left.min(256)];
            if !self.take(place, chunk).await? {
                return Ok(false);
            }
            self.checksum ^= chunk.iter().fold(0, |sum, octet| sum ^ octet);
            left -= chunk.len();
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::vec::Vec;

    use embassy_futures::block_on;
    use proptest::prelude::*;

    use super::*;

    struct Flash(Vec<u8>);

    impl Place for Flash {
        fn size(&self) -> u32 {
            self.0.len() as u32
        }

        async fn read(&mut self, offset: u32, buffer: &mut [u8]) -> Result<(), FirmwareError> {
            let from = offset as usize;
            let part = self.0.get(from..from + buffer.len()).ok_or(FirmwareError::Range)?;
            buffer.copy_from_slice(part);
            Ok(())
        }
    }

    fn image(segments: &[Vec<u8>], with_hash: bool) -> Vec<u8> {
        let mut image = std::vec![0; HEADER_LEN as usize];
        image[0] = MAGIC;
        image[1] = segments.len() as u8;
        image[23] = with_hash.into();
        let mut checksum = CHECKSUM_START;
        for segment in segments {
            image.extend([0, 0, 0, 0x3c]);
            image.extend((segment.len() as u32).to_le_bytes());
            image.extend(segment);
            checksum = segment.iter().fold(checksum, |sum, octet| sum ^ octet);
        }
        while image.len() % 16 != 15 {
            image.push(0);
        }
        image.push(checksum);
        if with_hash {
            image.extend(Sha256::digest(&image));
        }
        image
    }

    fn length(octets: Vec<u8>) -> Option<u32> {
        block_on(whole_length(&mut Flash(octets))).expect("this flash does not refuse")
    }

    fn segments() -> impl Strategy<Value = Vec<Vec<u8>>> {
        let segment = (0..200_usize).prop_flat_map(|words| prop::collection::vec(any::<u8>(), words * 4));
        prop::collection::vec(segment, 1..=16)
    }

    proptest! {
        #[test]
        fn a_whole_image_has_its_length(segments in segments(), with_hash: bool, behind in 0..500_usize) {
            let image = image(&segments, with_hash);
            let expected = image.len() as u32;
            let mut flash = image;
            flash.resize(flash.len() + behind, 0xff);
            prop_assert_eq!(length(flash), Some(expected));
        }

        #[test]
        fn a_changed_or_cut_image_is_none(segments in segments(), at: prop::sample::Index, with: u8, cut: prop::sample::Index) {
            let image = image(&segments, true);
            let mut changed = image.clone();
            let octet = at.get_mut(&mut changed);
            // The last octet of the header says whether there is a hash to disagree.
            prop_assume!(*octet != with && at.index(image.len()) != 23);
            *octet = with;
            prop_assert_eq!(length(changed), None);
            prop_assert_eq!(length(image[..cut.index(image.len())].to_vec()), None);
        }

        #[test]
        fn anything_is_read_or_refused(mut octets: Vec<u8>, magic: bool) {
            if let (true, Some(first)) = (magic, octets.first_mut()) {
                *first = MAGIC;
            }
            let _ = length(octets);
        }
    }

    #[test]
    fn erased_flash_is_no_image() {
        assert_eq!(length(std::vec![0xff; 4096]), None);
        assert_eq!(length(Vec::new()), None);
    }
}
