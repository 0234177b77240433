//! Which packets are written.

/// A bit a packet: bit `k` of octet `k / 8`, as it goes on the air.
pub(super) fn get(bitmap: &[u8], number: u16) -> bool {
    bitmap
        .get(usize::from(number / 8))
        .is_some_and(|octet| octet & 1 << (number % 8) != 0)
}

pub(super) fn set(bitmap: &mut [u8], number: u16) {
    if let Some(octet) = bitmap.get_mut(usize::from(number / 8)) {
        *octet |= 1 << (number % 8);
    }
}

/// Octets for `packets` bits.
pub(super) const fn octets(packets: u16) -> usize {
    packets.div_ceil(8) as usize
}

/// The first of the packets from `from` on whose bit is not set.
pub(super) fn first_hole(bitmap: &[u8], from: u16, packets: u16) -> Option<u16> {
    let mut number = from;
    while number < packets {
        // Eight at once, where all are written.
        if number.is_multiple_of(8) && bitmap.get(usize::from(number / 8)) == Some(&0xff) {
            number = number.saturating_add(8);
        } else if get(bitmap, number) {
            number += 1;
        } else {
            return Some(number);
        }
    }
    None
}

/// How many of the packets have no bit set.
pub(super) fn holes(bitmap: &[u8], packets: u16) -> u16 {
    (0..packets).map(|number| u16::from(!get(bitmap, number))).sum()
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn holes_are_found_one_after_the_other(written: [u8; 12], packets in 0_u16..=96) {
            let expected: Vec<_> = (0..packets).filter(|&number| !get(&written, number)).collect();
            let mut found = Vec::new();
            let mut next = first_hole(&written, 0, packets);
            while let Some(number) = next {
                found.push(number);
                next = first_hole(&written, number + 1, packets);
            }
            prop_assert_eq!(holes(&written, packets) as usize, expected.len());
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn bits_past_the_end_are_never_set(mut written: [u8; 2], number: u16) {
            set(&mut written, number);
            prop_assert_eq!(get(&written, number), number < 16);
        }
    }
}
