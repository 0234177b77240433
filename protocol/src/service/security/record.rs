//! What a board keeps of its key across resets.
//!
//! ```text
//! version 1 │ mode │ client 6 │ key 32 │ CRC-32 of all before, little-endian
//! ```
//!
//! The key stands there in the clear, as the component's would. Whoever can read the flash has it; ESP-IDF's encrypted NVS helps.

use zeroize::Zeroizing;

use super::packet::Mode;
use crate::MacAddress;
use crate::message::AppKey;
use crate::service::check::{self, CHECK_LEN};

const VERSION: u8 = 1;

const CHECKED_LEN: usize = 8 + AppKey::LEN;

/// Octets of a record.
pub(super) const RECORD_LEN: usize = CHECKED_LEN + CHECK_LEN;

/// The CRC-32 that stored values end with.
pub(super) fn checksum(octets: &[u8]) -> [u8; CHECK_LEN] {
    check::checksum(&[octets])
}

/// A key, and whence it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) mode: Mode,
    pub(super) client: MacAddress,
    pub(super) key: AppKey,
}

impl Record {
    /// `None` if it is none, or damaged.
    pub(super) fn parse(octets: &[u8]) -> Option<Self> {
        let octets: &[u8; RECORD_LEN] = octets.try_into().ok()?;
        let (checked, check) = octets.split_at(CHECKED_LEN);
        if checked[0] != VERSION || checksum(checked) != check {
            return None;
        }
        Some(Self {
            mode: Mode::from_number(checked[1])?,
            client: MacAddress::from_prefix(&checked[2..8])?,
            key: AppKey::new(*checked[8..].first_chunk()?),
        })
    }

    pub(super) fn to_octets(&self) -> Zeroizing<[u8; RECORD_LEN]> {
        let mut octets = Zeroizing::new([0; RECORD_LEN]);
        octets[0] = VERSION;
        octets[1] = self.mode as u8;
        octets[2..8].copy_from_slice(&self.client.octets());
        octets[8..CHECKED_LEN].copy_from_slice(self.key.expose());
        let check = checksum(&octets[..CHECKED_LEN]);
        octets[CHECKED_LEN..].copy_from_slice(&check);
        octets
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_kept_is_found_and_damage_is_noticed(
            client: [u8; 6],
            key: [u8; AppKey::LEN],
            strong: bool,
            place in 0..RECORD_LEN,
            by in 1_u8..,
            other in prop::collection::vec(any::<u8>(), 0..2 * RECORD_LEN),
        ) {
            let mode = if strong { Mode::Strong } else { Mode::Compatible };
            let record = Record { mode, client: MacAddress(client), key: AppKey::new(key) };
            let mut octets = record.to_octets();
            prop_assert_eq!(Record::parse(&*octets), Some(record));
            octets[place] ^= by;
            prop_assert_eq!(Record::parse(&*octets), None);
            let _ = Record::parse(&other);
        }
    }
}
