//! The frame check sequence (IEEE 802.11-2020, clause 9.2.4.8).

use crc::{CRC_32_ISO_HDLC, Crc, Table};

use super::room::reserve;
use super::{BufferTooSmall, Refusal};

/// Octets of the frame check sequence.
pub const FCS_LEN: usize = 4;

/// Sixteen octets a step, for 16 KiB of tables. On a chip the MAC does this, and nothing of it is linked.
static CRC: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISO_HDLC);

/// The CRC-32 of an MPDU, which follows it on the air in little-endian order.
#[must_use]
pub fn fcs(mpdu: &[u8]) -> u32 {
    CRC.checksum(mpdu)
}

/// Writes the frame check sequence after the first `mpdu_len` octets of `buffer`; gives the length of the whole frame.
///
/// # Errors
///
/// [`BufferTooSmall`] when `buffer` has no room for it.
pub fn append_fcs(buffer: &mut [u8], mpdu_len: usize) -> Result<usize, BufferTooSmall> {
    let frame_len = mpdu_len.saturating_add(FCS_LEN);
    let (mpdu, check) = reserve(buffer, frame_len)?.split_at_mut(mpdu_len);
    check.copy_from_slice(&fcs(mpdu).to_le_bytes());
    Ok(frame_len)
}

/// The MPDU of a frame whose check sequence is right.
///
/// # Errors
///
/// [`Refusal::TooShort`] or [`Refusal::Fcs`].
pub fn check_fcs(frame: &[u8]) -> Result<&[u8], Refusal> {
    let (mpdu, check) = frame.split_last_chunk().ok_or(Refusal::TooShort {
        have: frame.len(),
        need: FCS_LEN,
    })?;
    let found = u32::from_le_bytes(*check);
    let computed = fcs(mpdu);
    if found == computed {
        Ok(mpdu)
    } else {
        Err(Refusal::Fcs { found, computed })
    }
}
