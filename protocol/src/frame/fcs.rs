//! The frame check sequence (IEEE 802.11-2020, clause 9.2.4.8).

use crc::{CRC_32_ISO_HDLC, Crc, Table};

use super::room::reserve;
use super::{BufferTooSmall, Refusal};

/// Octets of the frame check sequence.
pub const FCS_LEN: usize = 4;

/// An octet a step, for 1 KiB of tables. On a chip the MAC does this, and a program seldom needs it.
#[cfg(not(feature = "fast-fcs"))]
static CRC: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISO_HDLC);

/// Sixteen octets a step, for 16 KiB of tables.
#[cfg(feature = "fast-fcs")]
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    static SMALL: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISO_HDLC);
    static FAST: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISO_HDLC);

    #[test]
    fn it_is_the_check_sequence_of_ethernet_and_802_11() {
        // The check value of CRC-32/ISO-HDLC.
        assert_eq!(fcs(b"123456789"), 0xcbf4_3926);
    }

    proptest! {
        #[test]
        fn small_and_fast_tables_agree(mpdu in prop::collection::vec(any::<u8>(), 0..300)) {
            prop_assert_eq!(fcs(&mpdu), SMALL.checksum(&mpdu));
            prop_assert_eq!(fcs(&mpdu), FAST.checksum(&mpdu));
        }
    }
}
