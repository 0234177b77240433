//! What the boot loader knows about the slots (ESP-IDF, "Over The Air Updates": OTA Data Partition, App Rollback).
//!
//! ```text
//!   switch ─► New ─► Pending ─► Valid      confirmed
//!                 start   │
//!                         ├───► Aborted    started again without that
//!                         └───► Invalid    given up
//! ```
//!
//! Each slot has an entry; of those that may run, the one with the highest number does. An entry is a sector of its own: it is
//! erased and written anew, and lost if the power is cut meanwhile. Then the other slot's counts.

/// How a slot's image has fared (`esp_ota_img_states_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Trial {
    New,
    Pending,
    Valid,
    Invalid,
    Aborted,
}

/// A slot's entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Entry {
    pub(super) sequence: u32,
    pub(super) trial: Trial,
}

impl Entry {
    fn may_run(self) -> bool {
        !matches!(self.trial, Trial::Invalid | Trial::Aborted)
    }
}

/// The entries of both slots; `None` is one that is erased or torn.
#[derive(Debug)]
pub(super) struct BootData {
    entries: [Option<Entry>; 2],
}

impl Default for BootData {
    /// After the first start of a new board, which runs its first slot.
    fn default() -> Self {
        let entry = Entry {
            sequence: 1,
            trial: Trial::Valid,
        };
        Self {
            entries: [Some(entry), None],
        }
    }
}

impl BootData {
    pub(super) fn trial(&self, slot: usize) -> Option<Trial> {
        self.entries[slot].map(|entry| entry.trial)
    }

    pub(super) fn may_run(&self, slot: usize) -> bool {
        self.entries[slot].is_some_and(Entry::may_run)
    }

    pub(super) fn set(&mut self, slot: usize, entry: Option<Entry>) {
        self.entries[slot] = entry;
    }

    /// An entry that makes the next start run its slot.
    pub(super) fn newest(&self, trial: Trial) -> Entry {
        let highest = self.entries.iter().flatten().map(|entry| entry.sequence).max();
        Entry {
            sequence: highest.unwrap_or(0) + 1,
            trial,
        }
    }

    /// A slot's entry with another state.
    pub(super) fn entry(&self, slot: usize, trial: Trial) -> Entry {
        match self.entries[slot] {
            Some(entry) => Entry { trial, ..entry },
            None => self.newest(trial),
        }
    }

    /// What the boot loader does at a start: a trial that was not confirmed is over, a new one begins. Returns the slot to
    /// run; the other one is tried if that has no image.
    pub(super) fn start(&mut self) -> usize {
        for entry in self.entries.iter_mut().flatten() {
            if entry.trial == Trial::Pending {
                entry.trial = Trial::Aborted;
            }
        }
        let candidates = (0..).zip(self.entries).filter_map(|(slot, entry)| Some((slot, entry?)));
        let chosen = candidates
            .filter(|(_, entry)| entry.may_run())
            .max_by_key(|(_, entry)| entry.sequence);
        // Without a factory image, the first slot is the last resort.
        let Some((slot, entry)) = chosen else { return 0 };
        if entry.trial == Trial::New {
            let trial = Trial::Pending;
            self.entries[slot] = Some(Entry { trial, ..entry });
        }
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn switched() -> BootData {
        let mut data = BootData::default();
        data.set(1, Some(data.newest(Trial::New)));
        data
    }

    #[test]
    fn an_image_that_confirms_itself_stays() {
        let mut data = switched();
        assert_eq!(data.start(), 1);
        assert_eq!(data.trial(1), Some(Trial::Pending));
        data.set(1, Some(data.entry(1, Trial::Valid)));
        assert_eq!((data.start(), data.start()), (1, 1));
    }

    #[test]
    fn an_image_that_does_not_gives_way_to_the_one_before() {
        let mut data = switched();
        assert_eq!([data.start(), data.start(), data.start()], [1, 0, 0]);
        assert_eq!(
            (data.trial(0), data.trial(1)),
            (Some(Trial::Valid), Some(Trial::Aborted))
        );
        assert!(!data.may_run(1));
    }

    #[test]
    fn a_lost_entry_leaves_the_other_slot() {
        let mut data = switched();
        data.set(1, None);
        assert_eq!(data.start(), 0);
        let mut data = switched();
        data.start();
        data.set(0, None);
        data.set(1, None);
        assert_eq!(data.start(), 0, "the last resort");
    }

    #[test]
    fn switching_back_and_forth_counts_on() {
        let mut data = switched();
        for round in 0..10 {
            let slot = data.start();
            assert_eq!(slot, (round + 1) % 2);
            data.set(slot, Some(data.entry(slot, Trial::Valid)));
            data.set(1 - slot, Some(data.newest(Trial::New)));
        }
    }
}
