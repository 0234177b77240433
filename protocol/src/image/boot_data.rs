//! What the boot loader reads to choose a slot (ESP-IDF, "Over The Air Updates", and `esp_ota_select_entry_t`).
//!
//! Two sectors hold an entry each. Of those that are valid the one with the higher sequence number counts, and the slot is
//! that number, less one, modulo the number of slots. A sector is written as a whole while the other one holds, so a power
//! cut leaves the old choice or the new one.
//!
//! ```text
//!    switch            new entry, higher number, state New
//!      restart         boot loader: New ─► PendingVerify, or, if it was built without rollback, nothing
//!    confirm           state Valid
//!      restart         boot loader: PendingVerify ─► Aborted, and the other slot runs
//! ```
//!
//! Boot loaders built without rollback are common, espflash's among them. So an image that starts as New makes itself
//! pending and signs that ([`BootData::at_start`]); one that starts and finds its own signature has had its trial.

use crc::{CRC_32_ISO_HDLC, Crc, NoTable};

use crate::board::ImageState;

/// Octets of an entry, at the beginning of its sector.
pub const ENTRY_LEN: usize = 32;

/// Slots for images.
const SLOTS: u32 = 2;

const ERASED: u32 = u32::MAX;

/// In the label, which the boot loader leaves alone.
const SIGNATURE: [u8; 20] = *b"pending by the image";

/// `esp_ota_img_states_t`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    New,
    PendingVerify,
    Valid,
    Invalid,
    Aborted,
    Undefined,
}

impl State {
    const ALL: [Self; 6] = [
        Self::New,
        Self::PendingVerify,
        Self::Valid,
        Self::Invalid,
        Self::Aborted,
        Self::Undefined,
    ];

    const fn number(self) -> u32 {
        match self {
            Self::New => 0,
            Self::PendingVerify => 1,
            Self::Valid => 2,
            Self::Invalid => 3,
            Self::Aborted => 4,
            Self::Undefined => ERASED,
        }
    }
}

/// An entry that is to be written at the beginning of its sector, which is erased before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BootEntry {
    /// In which of the two sectors, 0 or 1.
    pub sector: usize,
    /// Its octets.
    pub octets: [u8; ENTRY_LEN],
}

/// What an image has to do about its trial when it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtStart {
    /// Nothing.
    Run,
    /// Write this: the trial begins, and the boot loader does not watch over it.
    Begin(BootEntry),
    /// Go back to the other slot: the trial is over, and the image did not confirm itself.
    GoBack,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    sequence: u32,
    is_signed: bool,
    state: State,
}

impl Entry {
    /// `None` if the boot loader would not look at it twice.
    fn parse(octets: &[u8; ENTRY_LEN]) -> Option<Self> {
        let (sequence, rest) = octets.split_first_chunk()?;
        let (label, rest) = rest.split_first_chunk::<20>()?;
        let (state, rest) = rest.split_first_chunk()?;
        let (check, _) = rest.split_first_chunk()?;
        let (number, state) = (u32::from_le_bytes(*sequence), u32::from_le_bytes(*state));
        if matches!(number, 0 | ERASED) || u32::from_le_bytes(*check) != check_of(number) {
            return None;
        }
        Some(Self {
            sequence: number,
            is_signed: *label == SIGNATURE,
            state: State::ALL.into_iter().find(|known| known.number() == state)?,
        })
    }

    fn emit(self) -> [u8; ENTRY_LEN] {
        let mut octets = [0xff; ENTRY_LEN];
        octets[..4].copy_from_slice(&self.sequence.to_le_bytes());
        if self.is_signed {
            octets[4..24].copy_from_slice(&SIGNATURE);
        }
        octets[24..28].copy_from_slice(&self.state.number().to_le_bytes());
        octets[28..].copy_from_slice(&check_of(self.sequence).to_le_bytes());
        octets
    }

    const fn slot(self) -> usize {
        ((self.sequence - 1) % SLOTS) as usize
    }

    const fn with(self, state: State, is_signed: bool) -> Self {
        Self {
            sequence: self.sequence,
            is_signed,
            state,
        }
    }

    const fn is_bootable(self) -> bool {
        !matches!(self.state, State::Invalid | State::Aborted)
    }
}

/// `esp_rom_crc32_le(UINT32_MAX, …)` over the number alone: the CRC-32 of IEEE 802.3, begun with zero instead of ones.
fn check_of(sequence: u32) -> u32 {
    // Without a table: it is four octets, once a start.
    const ALGORITHM: crc::Algorithm<u32> = crc::Algorithm {
        init: 0,
        ..CRC_32_ISO_HDLC
    };
    const CRC: Crc<u32, NoTable> = Crc::<u32, NoTable>::new(&ALGORITHM);
    CRC.checksum(&sequence.to_le_bytes())
}

/// Both entries, as far as they are valid.
#[derive(Clone, Copy, Debug)]
pub struct BootData([Option<Entry>; 2]);

impl BootData {
    /// From the beginnings of both sectors.
    #[must_use]
    pub fn parse(sectors: &[[u8; ENTRY_LEN]; 2]) -> Self {
        Self([Entry::parse(&sectors[0]), Entry::parse(&sectors[1])])
    }

    /// The entry that `is_wanted` and has the highest number, with its sector.
    fn highest(&self, is_wanted: impl Fn(Entry) -> bool) -> Option<(usize, Entry)> {
        let entries = self.0.iter().copied().enumerate();
        entries
            .filter_map(|(sector, entry)| Some((sector, entry?)))
            .filter(|&(_, entry)| is_wanted(entry))
            .max_by_key(|&(_, entry)| entry.sequence)
    }

    /// The slot that the next start runs, 0 or 1; slot 0 where nothing was ever chosen.
    #[must_use]
    pub fn chosen(&self) -> usize {
        self.highest(Entry::is_bootable).map_or(0, |(_, entry)| entry.slot())
    }

    /// What is to be written so that the next start runs the image in `slot`, on trial or for good.
    #[must_use]
    pub fn choose(&self, slot: usize, state: ImageState) -> BootEntry {
        let kept = self.highest(Entry::is_bootable).map(|(sector, _)| sector);
        // Above all others, the ones that are not bootable, too.
        let above = self.highest(|_| true).map_or(0, |(_, entry)| entry.sequence);
        let mut sequence = above.saturating_add(1);
        if (sequence - 1) % SLOTS != slot as u32 {
            sequence = sequence.saturating_add(1);
        }
        let entry = Entry {
            sequence,
            is_signed: false,
            state: match state {
                ImageState::OnTrial => State::New,
                ImageState::Confirmed => State::Valid,
            },
        };
        BootEntry {
            sector: kept.map_or(0, |sector| 1 - sector),
            octets: entry.emit(),
        }
    }

    /// Whether the image in `slot`, which runs, is to be kept.
    #[must_use]
    pub fn state(&self, slot: usize) -> ImageState {
        match self.highest(|entry| entry.slot() == slot) {
            Some((_, entry)) if matches!(entry.state, State::New | State::PendingVerify) => ImageState::OnTrial,
            _ => ImageState::Confirmed,
        }
    }

    /// What is to be written so that the image in `slot`, which runs, is kept; `None` if it is kept anyway.
    #[must_use]
    pub fn confirm(&self, slot: usize) -> Option<BootEntry> {
        self.rewrite(slot, State::Valid, false)
    }

    /// What is to be written so that the next start runs the other slot's image instead of the one in `slot`, which runs. A power
    /// cut meanwhile costs this image its entry, not the other one.
    #[must_use]
    pub fn go_back(&self, slot: usize) -> BootEntry {
        // Where no slot has an entry, slot 0 runs.
        let other_is_next = self.may_run(1 - slot) || slot == 1;
        match self.highest(|entry| entry.slot() == slot) {
            Some((sector, entry)) if other_is_next => BootEntry {
                sector,
                octets: entry.with(State::Invalid, false).emit(),
            },
            _ => self.choose(1 - slot, ImageState::Confirmed),
        }
    }

    /// Whether the boot loader would run the image in `slot` if it were the only one.
    #[must_use]
    pub fn may_run(&self, slot: usize) -> bool {
        self.highest(|entry| entry.slot() == slot)
            .is_some_and(|(_, entry)| entry.is_bootable())
    }

    /// What a boot loader that was built with rollback does at a start: a trial that was not confirmed is over, a new one begins.
    /// Returns the slot that it runs, and the entries that it writes. Where that slot has no image for this chip, it runs the
    /// other one.
    #[must_use]
    pub fn start(mut self) -> (usize, heapless::Vec<BootEntry, 3>) {
        let mut written = heapless::Vec::new();
        for sector in 0..self.0.len() {
            if let Some(entry) = self.0[sector].filter(|entry| entry.state == State::PendingVerify) {
                self.rewrite_at(sector, entry.with(State::Aborted, false), &mut written);
            }
        }
        if let Some((sector, entry)) = self.highest(Entry::is_bootable)
            && entry.state == State::New
        {
            self.rewrite_at(sector, entry.with(State::PendingVerify, false), &mut written);
        }
        (self.chosen(), written)
    }

    fn rewrite_at(&mut self, sector: usize, entry: Entry, written: &mut heapless::Vec<BootEntry, 3>) {
        self.0[sector] = Some(entry);
        let octets = entry.emit();
        // Two that are over, and one that begins.
        let _ = written.push(BootEntry { sector, octets });
    }

    /// What the image in `slot` has to do when it starts.
    #[must_use]
    pub fn at_start(&self, slot: usize) -> AtStart {
        match self.highest(|entry| entry.slot() == slot) {
            Some((_, entry)) if entry.state == State::New => match self.rewrite(slot, State::PendingVerify, true) {
                Some(write) => AtStart::Begin(write),
                None => AtStart::Run,
            },
            Some((_, entry)) if entry.state == State::PendingVerify && entry.is_signed => AtStart::GoBack,
            _ => AtStart::Run,
        }
    }

    fn rewrite(&self, slot: usize, state: State, is_signed: bool) -> Option<BootEntry> {
        if self.state(slot) == ImageState::Confirmed {
            return None;
        }
        let (sector, entry) = self.highest(|entry| entry.slot() == slot)?;
        Some(BootEntry {
            sector,
            octets: entry.with(state, is_signed).emit(),
        })
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use proptest::prelude::*;

    use super::*;

    /// Flash as espflash leaves it.
    const NEVER_CHOSEN: [[u8; ENTRY_LEN]; 2] = [[0xff; ENTRY_LEN]; 2];

    /// A chip: its two sectors, and whether its boot loader was built with rollback.
    struct Chip {
        sectors: [[u8; ENTRY_LEN]; 2],
        has_rollback: bool,
        running: usize,
    }

    impl Chip {
        fn new(has_rollback: bool) -> Self {
            Self {
                sectors: NEVER_CHOSEN,
                has_rollback,
                running: 0,
            }
        }

        fn data(&self) -> BootData {
            BootData::parse(&self.sectors)
        }

        fn write(&mut self, entry: BootEntry) {
            self.sectors[entry.sector] = entry.octets;
        }

        fn switch(&mut self) {
            let write = self.data().choose(1 - self.running, ImageState::OnTrial);
            self.write(write);
        }

        fn confirm(&mut self) {
            if let Some(write) = self.data().confirm(self.running) {
                self.write(write);
            }
        }

        fn restart(&mut self) {
            if self.has_rollback {
                let (slot, written) = self.data().start();
                for entry in written {
                    self.write(entry);
                }
                assert_eq!(slot, self.data().chosen());
            }
            self.running = self.data().chosen();
            match self.data().at_start(self.running) {
                AtStart::Run => {}
                AtStart::Begin(write) => self.write(write),
                AtStart::GoBack => {
                    let write = self.data().go_back(self.running);
                    self.write(write);
                    self.restart();
                }
            }
        }
    }

    /// As esp-bootloader-esp-idf's tests have it, and as ESP-IDF's `otatool.py` writes it.
    #[test]
    fn an_entry_has_the_octets_that_the_boot_loader_wants() {
        let write = BootData::parse(&NEVER_CHOSEN).choose(0, ImageState::Confirmed);
        let mut expected = [0xff; ENTRY_LEN];
        expected[..4].copy_from_slice(&[1, 0, 0, 0]);
        expected[24..].copy_from_slice(&[2, 0, 0, 0, 154, 152, 67, 71]);
        assert_eq!(
            write,
            BootEntry {
                sector: 0,
                octets: expected
            }
        );
        assert_eq!(check_of(2), u32::from_le_bytes([116, 55, 246, 85]));
    }

    #[test]
    fn a_new_image_runs_on_trial_and_stays_once_confirmed() {
        for has_rollback in [false, true] {
            let mut chip = Chip::new(has_rollback);
            chip.restart();
            assert_eq!((chip.running, chip.data().state(0)), (0, ImageState::Confirmed));
            for round in 1..10 {
                let new = round % 2;
                chip.switch();
                chip.restart();
                assert_eq!((chip.running, chip.data().state(new)), (new, ImageState::OnTrial));
                chip.confirm();
                assert_eq!(chip.data().state(new), ImageState::Confirmed);
                chip.restart();
                assert_eq!((chip.running, chip.data().state(new)), (new, ImageState::Confirmed));
            }
        }
    }

    #[test]
    fn an_image_that_does_not_confirm_itself_runs_once() {
        for has_rollback in [false, true] {
            let mut chip = Chip::new(has_rollback);
            for _ in 0..3 {
                chip.switch();
                chip.restart();
                assert_eq!(chip.running, 1);
                chip.restart();
                assert_eq!((chip.running, chip.data().state(0)), (0, ImageState::Confirmed));
                chip.restart();
                assert_eq!(chip.running, 0);
            }
        }
    }

    #[test]
    fn an_image_that_is_given_up_gives_way_and_so_it_does_when_the_power_is_cut_meanwhile() {
        for has_rollback in [false, true] {
            for switches in 1..5 {
                for torn in [false, true] {
                    let mut chip = Chip::new(has_rollback);
                    for _ in 1..switches {
                        chip.switch();
                        chip.restart();
                        chip.confirm();
                    }
                    let before = chip.running;
                    chip.switch();
                    chip.restart();
                    assert_eq!(chip.running, 1 - before);
                    let write = chip.data().go_back(chip.running);
                    if torn {
                        chip.sectors[write.sector] = [0xff; ENTRY_LEN];
                    } else {
                        chip.write(write);
                    }
                    chip.restart();
                    assert_eq!(
                        (chip.running, chip.data().state(before)),
                        (before, ImageState::Confirmed)
                    );
                    chip.switch();
                    chip.restart();
                    assert_eq!(chip.running, 1 - before, "it can be tried again");
                }
            }
        }
    }

    #[test]
    fn what_no_entry_is_known_of_can_be_gone_back_to() {
        let mut chip = Chip::new(true);
        let write = chip.data().go_back(0);
        chip.write(write);
        chip.restart();
        assert_eq!(chip.running, 1);
    }

    proptest! {
        #[test]
        fn a_power_cut_while_choosing_leaves_the_old_choice(switches in 0..6_usize, torn: [u8; ENTRY_LEN], length in 0..ENTRY_LEN) {
            let mut chip = Chip::new(false);
            for _ in 0..switches {
                chip.switch();
                chip.restart();
                chip.confirm();
            }
            let before = chip.data().chosen();
            let write = chip.data().choose(1 - chip.running, ImageState::OnTrial);
            let mut sector = torn;
            sector[..length].copy_from_slice(&write.octets[..length]);
            // A torn sector that reads as a valid entry is a hit in 2³².
            prop_assume!(Entry::parse(&sector).is_none());
            chip.sectors[write.sector] = sector;
            prop_assert_eq!(chip.data().chosen(), before);
        }

        #[test]
        fn whatever_the_sectors_hold_a_slot_can_be_chosen(first: [u8; ENTRY_LEN], second: [u8; ENTRY_LEN], sequence: u32, slot in 0..2_usize) {
            let odd = Entry { sequence: sequence.clamp(1, u32::MAX - 3), is_signed: false, state: State::Aborted }.emit();
            for mut sectors in [[first, second], [odd, second], [first, odd]] {
                let data = BootData::parse(&sectors);
                let _ = (data.state(slot), data.at_start(slot), data.go_back(slot), data.start());
                let write = data.choose(slot, ImageState::OnTrial);
                sectors[write.sector] = write.octets;
                prop_assert_eq!(BootData::parse(&sectors).chosen(), slot);
            }
        }
    }
}
