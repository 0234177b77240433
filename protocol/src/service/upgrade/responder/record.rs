//! What a responder keeps across resets.

use sha2::{Digest, Sha256};

use super::super::{ImageId, Layout, bitmap};
use crate::MacAddress;

/// Octets of a record before its bitmap.
pub const RECORD_HEAD_LEN: usize = 36;

/// Under which name it is kept.
pub(super) const KEY: &str = "upgrade";

const VERSION: u8 = 1;
const BODY: usize = RECORD_HEAD_LEN - 4;

/// An upgrade that has begun.
///
/// ```text
/// 1 │ packet length u8 │ packets u16 │ size u32 │ SHA-256, first 16 │ initiator 6 │ 0 0 │ check 4 │ bitmap
/// ```
///
/// The check is the beginning of the SHA-256 over the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Session {
    pub(super) image: ImageId,
    pub(super) packets: u16,
    pub(super) initiator: MacAddress,
}

impl Session {
    /// The session of a kept value, which becomes the beginning of `record`; `None` if the value is damaged, of another version or
    /// layout, or longer than `record`.
    pub(super) fn load(value: &[u8], layout: Layout, record: &mut [u8]) -> Option<Self> {
        let (head, written) = value.split_first_chunk::<RECORD_HEAD_LEN>()?;
        let [version, packet_len, packets0, packets1, size @ .., _, _, _, _, _, _] = *head.first_chunk::<14>()?;
        let hash = *head[8..].first_chunk()?;
        let size = u32::from_le_bytes(*size.first_chunk()?);
        let session = Self {
            image: ImageId { hash, size },
            packets: u16::from_le_bytes([packets0, packets1]),
            initiator: MacAddress::from_prefix(&head[24..])?,
        };
        let agrees = version == VERSION
            && usize::from(packet_len) == layout.packet_len()
            && layout.packets(size) == Some(session.packets)
            && size > 0
            && written.len() == bitmap::octets(session.packets)
            && head[BODY..] == check(&head[..BODY], written)
            && (session.packets..=u16::MAX)
                .take(7)
                .all(|past| !bitmap::get(written, past));
        record.get_mut(..value.len())?.copy_from_slice(value);
        agrees.then_some(session)
    }

    /// Completes `record`, whose bitmap is up to date, and gives the part of it that is kept.
    pub(super) fn seal<'r>(&self, layout: Layout, record: &'r mut [u8]) -> &'r [u8] {
        let length = RECORD_HEAD_LEN + bitmap::octets(self.packets);
        let record = &mut record[..length];
        let (head, written) = record.split_at_mut(RECORD_HEAD_LEN);
        head.fill(0);
        head[0] = VERSION;
        // 224 at most.
        head[1] = layout.packet_len().to_le_bytes()[0];
        head[2..4].copy_from_slice(&self.packets.to_le_bytes());
        head[4..8].copy_from_slice(&self.image.size.to_le_bytes());
        head[8..24].copy_from_slice(&self.image.hash);
        head[24..30].copy_from_slice(&self.initiator.octets());
        let check = check(&head[..BODY], written);
        head[BODY..].copy_from_slice(&check);
        record
    }
}

fn check(head: &[u8], written: &[u8]) -> [u8; 4] {
    let hash = Sha256::new().chain_update(head).chain_update(written).finalize();
    let [a, b, c, d, ..]: [u8; 32] = hash.into();
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    fn session(size: u32) -> Session {
        Session {
            image: ImageId { hash: [7; 16], size },
            packets: Layout::PLAIN.packets(size).expect("not too many"),
            initiator: MacAddress([2, 0, 0, 0, 0, 9]),
        }
    }

    proptest! {
        #[test]
        fn a_session_comes_back(size in 1_u32..200_000, number: u16) {
            let session = session(size);
            let mut record = [0; RECORD_HEAD_LEN + 120];
            bitmap::set(&mut record[RECORD_HEAD_LEN..], number % session.packets);
            let value: Vec<u8> = session.seal(Layout::PLAIN, &mut record).into();
            let mut loaded = [0; RECORD_HEAD_LEN + 120];
            prop_assert_eq!(Session::load(&value, Layout::PLAIN, &mut loaded), Some(session));
            prop_assert!(bitmap::get(&loaded[RECORD_HEAD_LEN..], number % session.packets));
            prop_assert_eq!(Session::load(&value, Layout::SEALABLE, &mut loaded), None);
            prop_assert_eq!(Session::load(&value, Layout::PLAIN, &mut loaded[..40]).is_some(), value.len() <= 40);
        }

        #[test]
        fn a_damaged_one_does_not(size in 1_u32..200_000, place: prop::sample::Index, bit in 0_u8..8) {
            let mut record = [0; RECORD_HEAD_LEN + 120];
            let mut value: Vec<u8> = session(size).seal(Layout::PLAIN, &mut record).into();
            let place = place.index(value.len());
            value[place] ^= 1 << bit;
            prop_assert_eq!(Session::load(&value, Layout::PLAIN, &mut record), None);
        }

        #[test]
        fn any_octets_are_one_or_none(value in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Session::load(&value, Layout::PLAIN, &mut [0; 150]);
        }
    }
}
