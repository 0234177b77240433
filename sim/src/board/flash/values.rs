//! What ESP-IDF's non-volatile storage library makes of a partition ("Non-Volatile Storage Library", Internals).

use std::collections::BTreeMap;

use super::timing;
use crate::kernel::Span;

/// Entries of a page, which is a sector of flash.
const ENTRIES_PER_PAGE: usize = 126;

/// 24 KiB, as in ESP-IDF's partition tables ("Single factory app, no OTA" and the others), are six pages.
const PAGES: usize = 6;

/// One page is kept free to move others to, and one entry is the namespace's name.
const ENTRIES: usize = (PAGES - 1) * ENTRIES_PER_PAGE - 1;

/// Octets of an entry.
const ENTRY_LEN: usize = 32;

/// Keys and values. A value takes an entry for its index, one for its chunk's header and one for each 32 octets.
#[derive(Debug, Default)]
pub(crate) struct Values {
    values: BTreeMap<Box<str>, Box<[u8]>>,
    used: usize,
    /// Entries written since the last page was erased.
    written: usize,
}

fn entries(value: &[u8]) -> usize {
    2 + value.len().div_ceil(ENTRY_LEN)
}

impl Values {
    pub(crate) fn get(&self, key: &str) -> Option<&[u8]> {
        self.values.get(key).map(|value| &**value)
    }

    /// The new value is written before the old one is given up, so there must be room for both.
    pub(crate) fn has_room_for(&self, value: &[u8]) -> bool {
        self.used + entries(value) <= ENTRIES
    }

    /// How long it takes to write a value, or to mark one as gone: its entries and their states, and erasing a page
    /// whenever one is full.
    pub(super) fn span(&self, value: Option<&[u8]>) -> Span {
        let state = timing::program(4);
        let Some(value) = value else { return state };
        let entries = entries(value);
        let pages = (self.written + entries) / ENTRIES_PER_PAGE;
        (timing::program(ENTRY_LEN) + state) * entries as u64 + timing::ERASE * pages as u64
    }

    pub(super) fn set(&mut self, key: Box<str>, value: Option<Box<[u8]>>) {
        if let Some(value) = &value {
            self.used += entries(value);
            self.written = (self.written + entries(value)) % ENTRIES_PER_PAGE;
        }
        let before = match value {
            Some(value) => self.values.insert(key, value),
            None => self.values.remove(&key),
        };
        self.used -= before.map_or(0, |before| entries(&before));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_of_24_kib_holds_so_much() {
        let mut values = Values::default();
        let long = [7; 2048];
        let mut kept = 0;
        while values.has_room_for(&long) {
            values.set(format!("key{kept}").into(), Some(long.into()));
            kept += 1;
        }
        assert_eq!(kept, 9, "9 × 66 entries of 629");
        values.set("key0".into(), None);
        assert!(values.has_room_for(&long));
        assert_eq!(values.get("key0"), None);
        assert_eq!(values.used, 8 * 66);
    }

    #[test]
    fn replacing_a_value_gives_the_old_ones_room_back() {
        let mut values = Values::default();
        for round in 0..2_000_u32 {
            assert!(values.has_room_for(&round.to_le_bytes()));
            values.set("count".into(), Some(round.to_le_bytes().into()));
        }
        assert_eq!(
            (values.used, values.get("count")),
            (3, Some(&1_999_u32.to_le_bytes()[..]))
        );
    }

    #[test]
    fn every_126th_entry_costs_an_erased_page() {
        let mut values = Values::default();
        let spans: Vec<_> = (0..42)
            .map(|_| {
                let span = values.span(Some(&[0; 4]));
                values.set("k".into(), Some([0; 4].into()));
                span
            })
            .collect();
        let long: Vec<_> = (0..42).filter(|&index| spans[index] > timing::ERASE).collect();
        assert_eq!(long, [41], "three entries each");
        assert!(spans[0] < Span::from_micros(1_000), "{:?}", spans[0]);
    }
}
