//! The check that values in flash carry: a bit that flips there must not be believed.

use crc::{CRC_32_ISO_HDLC, Crc, NoTable};

/// Octets of a check.
pub(super) const CHECK_LEN: usize = 4;

/// Without a table: a value is checked once a start.
const CRC: Crc<u32, NoTable> = Crc::<u32, NoTable>::new(&CRC_32_ISO_HDLC);

/// The CRC-32 of these parts, one after the other.
pub(super) fn checksum(parts: &[&[u8]]) -> [u8; CHECK_LEN] {
    let mut digest = CRC.digest();
    for part in parts {
        digest.update(part);
    }
    digest.finalize().to_le_bytes()
}
