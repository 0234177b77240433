//! Which messages of whom were taken.
//!
//! ```text
//!   never │ each once, as the bits say │ never yet           counters
//! ────────┼────────────────────────────┼──────────►
//!   highest − 63                    highest        ceiling: no counter from here on was accepted before it stood in the flash
//! ```
//!
//! After a reset nothing below the ceiling is taken: what was accepted before is there, and what was lost with it is at most
//! [`AHEAD`] messages of a sender in the middle of a burst.
//!
//! In the flash each window is a row, and the rows say how many follow, so that one that is missing is missed:
//!
//! ```text
//! 2 × how many follow + 1, u8 │ source 6 │ epoch 4 │ ceiling 4 │ which key 1 │ CRC-32      little-endian
//! ```
//!
//! The CRC-32 is that of the version, 2, and of all before. A row whose check fits and that names another key is about that key, and none
//! of this one's. (Where two keys have that octet in common, a ceiling of the other is kept too long: its sender was past it before the key
//! was given.) A row whose check does not fit says nothing, and the whole value is damaged. Rows of the first version had no count, and
//! the key in the check alone (18 octets: source, epoch, ceiling, check); they are still read, and one that does not fit is damage
//! there, too. A row begins with an odd octet, and a board's address with an even one, so that one is not taken for the other.

use crate::MacAddress;
use crate::service::security::record::checksum;

/// How many counters below the highest may still come, once each.
pub const WINDOW: u32 = 64;

/// How far ahead the flash goes of a sender that sends one message after the other.
pub const AHEAD: u32 = 32;

const VERSION: u8 = 2;

/// Octets of a window in the flash.
const STORED_LEN: usize = 20;

/// Octets of a window in the flash, as the first version kept it.
const FIRST_STORED_LEN: usize = 18;

/// The flash does not have what was kept there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Damaged;

/// What a message is to its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It was not taken before.
    New,
    /// It was, or might have been.
    Old,
    /// There is no window for its sender, and no room for one.
    NoRoom,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    source: MacAddress,
    epoch: u32,
    highest: u32,
    /// Bit n: the highest − n was taken.
    taken: u64,
    /// No message from here on may be taken before a higher ceiling is in the flash.
    ceiling: u32,
    /// The ceiling that is to be in the flash next.
    wanted: u32,
}

impl Window {
    fn contains(&self, counter: u32) -> bool {
        match self.highest.checked_sub(counter) {
            None => false,
            Some(behind) => behind >= WINDOW || self.taken >> behind & 1 == 1,
        }
    }

    const fn take(&mut self, counter: u32) {
        match counter.checked_sub(self.highest) {
            Some(ahead) => {
                let moved = if ahead >= WINDOW { 0 } else { self.taken << ahead };
                self.taken = moved | 1;
                self.highest = counter;
            }
            None => self.taken |= 1 << (self.highest - counter),
        }
    }
}

/// The windows of `SENDERS` senders: who begins to count anew is another one. None is ever given up by itself: what it knew could be
/// sent again.
#[derive(Debug)]
pub(super) struct Windows<const SENDERS: usize> {
    windows: heapless::Vec<Window, SENDERS>,
    stored: [[u8; STORED_LEN]; SENDERS],
}

impl<const SENDERS: usize> Windows<SENDERS> {
    pub(super) const fn new() -> Self {
        Self {
            windows: heapless::Vec::new(),
            stored: [[0; STORED_LEN]; SENDERS],
        }
    }

    pub(super) fn clear(&mut self) {
        self.windows.clear();
    }

    fn find(&mut self, source: MacAddress, epoch: u32) -> Option<&mut Window> {
        self.windows
            .iter_mut()
            .find(|window| window.source == source && window.epoch == epoch)
    }

    pub(super) fn judge(&mut self, source: MacAddress, epoch: u32, counter: u32) -> Verdict {
        let full = self.windows.is_full();
        match self.find(source, epoch) {
            Some(window) if window.contains(counter) => Verdict::Old,
            None if full => Verdict::NoRoom,
            _ => Verdict::New,
        }
    }

    /// Whether the flash allows a new, authentic message to be taken now.
    pub(super) fn is_allowed(&mut self, source: MacAddress, epoch: u32, counter: u32) -> bool {
        self.find(source, epoch).is_some_and(|window| counter < window.ceiling)
    }

    /// Takes a new, authentic message. Returns whether the flash should go ahead.
    pub(super) fn take(&mut self, source: MacAddress, epoch: u32, counter: u32) -> bool {
        self.find(source, epoch).is_some_and(|window| {
            window.take(counter);
            window.ceiling.saturating_sub(window.highest) <= AHEAD / 2
        })
    }

    /// Wants a sender's ceiling raised so that `counter`, and `ahead` more, may be taken once it is stored. Makes a window if there
    /// is none: `judge` has seen to the room. Not between `emit` and its outcome.
    pub(super) fn raise(&mut self, source: MacAddress, epoch: u32, counter: u32, ahead: u32) {
        if self.find(source, epoch).is_none() {
            let _ = self.windows.push(Window {
                source,
                epoch,
                // Nothing was taken: as if the one before had come.
                highest: counter.saturating_sub(1),
                taken: 0,
                ceiling: 0,
                wanted: 0,
            });
        }
        if let Some(window) = self.find(source, epoch) {
            window.wanted = window.wanted.max(counter.saturating_add(1).saturating_add(ahead));
        }
    }

    /// Wants all ceilings lowered to what was taken: who is quiet loses nothing by a reset. Returns whether that is less than
    /// what the flash has. Not between `emit` and its outcome.
    pub(super) fn settle(&mut self) -> bool {
        let mut lowered = false;
        for window in &mut self.windows {
            let exact = window.highest.saturating_add(1);
            if exact < window.wanted {
                window.wanted = exact;
                lowered = true;
            }
        }
        lowered
    }

    /// Whether [`Windows::settle`] would lower a ceiling.
    pub(super) fn is_ahead(&self) -> bool {
        self.windows
            .iter()
            .any(|window| window.highest.saturating_add(1) < window.wanted)
    }

    /// What `emit` gave is in the flash, or is not.
    pub(super) fn handle_stored(&mut self, stored: bool) {
        for window in &mut self.windows {
            if stored {
                window.ceiling = window.wanted;
            } else {
                window.wanted = window.ceiling;
            }
        }
        // A sender that the flash never knew is none: a row without a ceiling could not be read back.
        self.windows.retain(|window| window.ceiling > 0);
    }

    /// Forgets a sender, whose messages can be repeated from then on.
    pub(super) fn forget(&mut self, source: MacAddress) {
        self.windows.retain(|window| window.source != source);
    }

    /// What is to be kept.
    pub(super) fn emit(&mut self, fingerprint: [u8; 8]) -> &[u8] {
        let count = self.windows.len();
        for (index, (stored, window)) in self.stored.iter_mut().zip(&mut self.windows).enumerate() {
            // A lower one counts from now on, a higher one when it is stored.
            window.ceiling = window.ceiling.min(window.wanted);
            // A value has at most a hundred rows.
            stored[0] = (2 * (count - 1 - index) + 1) as u8;
            stored[1..7].copy_from_slice(&window.source.octets());
            stored[7..11].copy_from_slice(&window.epoch.to_le_bytes());
            stored[11..15].copy_from_slice(&window.wanted.to_le_bytes());
            stored[15] = fingerprint[0];
            let check = row_check(stored);
            stored[16..].copy_from_slice(&check);
        }
        self.stored[..count].as_flattened()
    }

    /// Takes in what was kept; of another key's nothing.
    ///
    /// # Errors
    /// [`Damaged`], and then nothing is taken in.
    pub(super) fn restore(&mut self, value: &[u8], fingerprint: [u8; 8]) -> Result<(), Damaged> {
        self.windows.clear();
        let is_first = value.first().is_some_and(|octet| octet & 1 == 0);
        let result = if is_first {
            self.restore_first(value, fingerprint)
        } else {
            self.restore_rows(value, fingerprint)
        };
        if result.is_none() {
            self.windows.clear();
        }
        result.ok_or(Damaged)
    }

    fn restore_rows(&mut self, value: &[u8], fingerprint: [u8; 8]) -> Option<()> {
        let (rows, rest) = value.as_chunks::<STORED_LEN>();
        if rows.is_empty() || !rest.is_empty() {
            return None;
        }
        for (index, row) in rows.iter().enumerate() {
            let first = 2 * (rows.len() - 1 - index) + 1;
            if usize::from(row[0]) != first || row_check(row) != row[16..] {
                return None;
            }
            if row[15] == fingerprint[0] {
                self.restore_one(row[1..15].first_chunk()?)?;
            }
        }
        Some(())
    }

    fn restore_first(&mut self, value: &[u8], fingerprint: [u8; 8]) -> Option<()> {
        let (rows, rest) = value.as_chunks::<FIRST_STORED_LEN>();
        if !rest.is_empty() {
            return None;
        }
        for row in rows {
            let mut checked = [0; 14 + 8];
            checked[..14].copy_from_slice(&row[..14]);
            checked[14..].copy_from_slice(&fingerprint);
            if checksum(&checked) != row[14..] {
                return None;
            }
            self.restore_one(row.first_chunk()?)?;
        }
        Some(())
    }

    /// From source, epoch and ceiling.
    fn restore_one(&mut self, stored: &[u8; 14]) -> Option<()> {
        let ceiling = u32::from_le_bytes(*stored[10..].first_chunk()?);
        let window = Window {
            source: MacAddress::from_prefix(stored)?,
            epoch: u32::from_le_bytes(*stored[6..].first_chunk()?),
            highest: ceiling.checked_sub(1)?,
            taken: u64::MAX,
            ceiling,
            wanted: ceiling,
        };
        self.windows.push(window).ok()
    }
}

fn row_check(row: &[u8; STORED_LEN]) -> [u8; 4] {
    let mut checked = [VERSION; 17];
    checked[1..].copy_from_slice(&row[..16]);
    checksum(&checked)
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::collections::BTreeSet;
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    const SENDER: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);

    proptest! {
        /// In whatever order counters come, however often, and with resets between: each is taken at most once, and one within
        /// the window, without a reset, is taken.
        #[test]
        fn each_counter_is_taken_once(
            start in 0..u32::MAX - 1000,
            steps in prop::collection::vec(prop_oneof![9 => (0..200_u32).prop_map(Some), 1 => Just(None)], 1..200),
        ) {
            let mut windows = Windows::<2>::new();
            let mut flash = Vec::new();
            let mut taken = BTreeSet::new();
            let mut highest = None;
            let mut last_reset_ceiling = 0;
            for step in steps {
                let Some(offset) = step else {
                    if !flash.is_empty() {
                        prop_assert_eq!(windows.restore(&flash, [0; 8]), Ok(()));
                    } else {
                        windows.clear();
                    }
                    last_reset_ceiling = windows.find(SENDER, 1).map_or(0, |window| window.ceiling);
                    continue;
                };
                let counter = start + offset;
                let verdict = windows.judge(SENDER, 1, counter);
                let behind = highest.map_or(0, |highest: u32| highest.saturating_sub(counter));
                let expected = !taken.contains(&counter) && behind < WINDOW && counter >= last_reset_ceiling;
                // The first message of a sender sets the window's lower end.
                if highest.is_some() {
                    prop_assert_eq!(verdict == Verdict::New, expected, "counter {}", counter);
                }
                if verdict != Verdict::New {
                    continue;
                }
                prop_assert!(taken.insert(counter), "{} was taken twice", counter);
                if !windows.is_allowed(SENDER, 1, counter) {
                    windows.raise(SENDER, 1, counter, offset % 3 * AHEAD);
                    let value = windows.emit([0; 8]).to_vec();
                    prop_assert!(!windows.is_allowed(SENDER, 1, counter), "before it is stored");
                    flash = value;
                    windows.handle_stored(true);
                }
                windows.take(SENDER, 1, counter);
                highest = highest.max(Some(counter));
                if offset % 7 == 0 && windows.settle() {
                    flash = windows.emit([0; 8]).to_vec();
                    windows.handle_stored(true);
                }
            }
        }

        #[test]
        fn arbitrary_flash_never_panics(value in prop::collection::vec(any::<u8>(), 0..100)) {
            let _ = Windows::<2>::new().restore(&value, [0; 8]);
        }

        /// Whatever octet of what was kept is another, or missing: it is noticed, and nothing of it is taken in.
        #[test]
        fn damage_is_noticed(place in 0..2 * STORED_LEN, by in 1_u8.., length in 0..2 * STORED_LEN) {
            let mut windows = Windows::<2>::new();
            windows.raise(SENDER, 1, 5, 0);
            windows.raise(SENDER, 2, 6, 0);
            let value = windows.emit([1; 8]).to_vec();
            prop_assert_eq!(windows.restore(&value[..length], [1; 8]), Err(Damaged));
            let mut changed = value;
            changed[place] ^= by;
            prop_assert_eq!(windows.restore(&changed, [1; 8]), Err(Damaged));
            prop_assert!(windows.windows.is_empty());
        }
    }

    #[test]
    fn another_keys_windows_are_not_taken_in() {
        let mut windows = Windows::<2>::new();
        windows.raise(SENDER, 1, 5, 0);
        let value = windows.emit([1; 8]).to_vec();
        assert_eq!(Windows::<2>::new().restore(&value, [1; 8]), Ok(()));
        let mut other = Windows::<2>::new();
        assert_eq!(other.restore(&value, [2; 8]), Ok(()));
        assert_eq!(other.judge(SENDER, 1, 0), Verdict::New);
    }

    #[test]
    fn what_the_first_version_kept_is_read() {
        let mut value = SENDER.octets().to_vec();
        value.extend_from_slice(&1_u32.to_le_bytes());
        value.extend_from_slice(&6_u32.to_le_bytes());
        let checked: Vec<u8> = value.iter().copied().chain([1; 8]).collect();
        value.extend_from_slice(&checksum(&checked));
        let mut windows = Windows::<2>::new();
        assert_eq!(windows.restore(&value, [1; 8]), Ok(()));
        assert_eq!(windows.judge(SENDER, 1, 5), Verdict::Old);
        assert_eq!(windows.judge(SENDER, 1, 6), Verdict::New);
        value[12] ^= 1;
        assert_eq!(windows.restore(&value, [1; 8]), Err(Damaged));
    }

    #[test]
    fn no_window_is_given_up_for_another() {
        let mut windows = Windows::<2>::new();
        for epoch in 0..2 {
            windows.raise(SENDER, epoch, 7, 0);
            windows.handle_stored(true);
            windows.take(SENDER, epoch, 7);
        }
        assert_eq!(windows.judge(SENDER, 2, 7), Verdict::NoRoom);
        assert_eq!(windows.judge(SENDER, 0, 7), Verdict::Old);
        windows.forget(SENDER);
        assert_eq!(windows.judge(SENDER, 2, 7), Verdict::New);
    }
}
