//! Addresses for boards that are given none.

use std::collections::BTreeSet;

use protocol::MacAddress;

/// A chip has four addresses, one after the other: its station's, its access point's, Bluetooth's and Ethernet's.
pub(crate) const PER_BOARD: u32 = 4;

/// Espressif's, as the demos'.
const FIRST: MacAddress = MacAddress([0x34, 0x85, 0x18, 0, 0, PER_BOARD as u8]);

/// Addresses that are nobody's yet, in their order.
#[derive(Debug)]
pub(crate) struct FreeAddresses {
    next: u64,
    taken: BTreeSet<u64>,
}

impl FreeAddresses {
    /// All but those that boards with these addresses have.
    pub(crate) fn beside(taken: impl IntoIterator<Item = MacAddress>) -> Self {
        Self {
            next: number(FIRST),
            taken: taken.into_iter().map(number).collect(),
        }
    }
}

impl Iterator for FreeAddresses {
    type Item = MacAddress;

    fn next(&mut self) -> Option<MacAddress> {
        loop {
            let first = self.next;
            let [0, 0, octets @ ..] = first.to_be_bytes() else {
                return None;
            };
            let address = MacAddress(octets);
            if address.is_group() {
                return None;
            }
            self.next += u64::from(PER_BOARD);
            // None of this board's four is one of another board's.
            let near = first.saturating_sub(u64::from(PER_BOARD) - 1)..self.next;
            if self.taken.range(near).next().is_none() {
                return Some(address);
            }
        }
    }
}

fn number(address: MacAddress) -> u64 {
    let octets = address.octets().into_iter();
    octets.fold(0, |number, octet| number << 8 | u64::from(octet))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn address(last: [u8; 2]) -> MacAddress {
        MacAddress([0x34, 0x85, 0x18, 0, last[0], last[1]])
    }

    #[test]
    fn no_board_has_another_ones_access_points_address() {
        let mut free = FreeAddresses::beside([address([0, 11]), address([0, 17])]);
        // 11 to 14 and 17 to 20 are taken, so 8, 12, 16 and 20 can't begin a board's four.
        let first: Vec<_> = free.by_ref().take(3).collect();
        assert_eq!(first, [address([0, 4]), address([0, 24]), address([0, 28])]);
        assert_eq!(free.nth(56), Some(address([1, 0])));
    }

    #[test]
    fn addresses_end_before_groups_do() {
        let mut free = FreeAddresses {
            next: 0xfeff_ffff_fffc,
            taken: BTreeSet::new(),
        };
        assert_eq!(free.next(), Some(MacAddress([0xfe, 0xff, 0xff, 0xff, 0xff, 0xfc])));
        assert_eq!(free.next(), None);
    }
}
