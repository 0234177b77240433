//! Reading a recording, from any place in it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::entry::{Conclusion, Description, Entry, Timed};
use super::{BLOCK, CRC, HEAD, LONGEST_BLOCK, MAGIC, MOST_ENTRIES, check};
use crate::intake;
use crate::kernel::Time;

/// Why a file can't be shown at all.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// It can't be read.
    #[error("can't read {path}: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is something else.
    #[error("{name} is no recording: `sim run --record FILE` writes one")]
    Other {
        /// The file.
        name: String,
    },
    /// It is of another version.
    #[error("{name} is a recording of version {found}, and this program reads version {ours}: record the run again", ours = MAGIC[7])]
    Version {
        /// The file.
        name: String,
        /// Its version.
        found: u8,
    },
    /// What it says of its run can't be.
    #[error("{name} says what no run has ({what}): it was not written by `sim run --record`, or was changed since")]
    Impossible {
        /// The file.
        name: String,
        /// What it says.
        what: String,
    },
    /// Even its first block is damaged, which says what was recorded.
    #[error("{name} is damaged in its first octets: record the run again")]
    Headless {
        /// The file.
        name: String,
    },
}

/// What is wrong with a recording that can be shown up to some point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// It ends in the middle, as that of a killed run does.
    CutOff,
    /// Octets were changed.
    Broken,
}

/// Where a block is.
#[derive(Clone, Debug)]
struct Block {
    packed: std::ops::Range<usize>,
    unpacked: usize,
    /// Entries before it.
    first: usize,
    /// When its first entry happened.
    starts: Time,
}

/// What is in a block.
struct Survey {
    /// When its first entry happened, and its last.
    starts: Time,
    ends: Time,
    entries: usize,
    conclusion: Option<Box<Conclusion>>,
}

/// A recording in memory, packed as it is in its file.
#[derive(Clone, Debug)]
pub struct Recording {
    octets: Arc<[u8]>,
    description: Arc<Description>,
    blocks: Arc<[Block]>,
    entries: usize,
    end: Time,
    conclusion: Option<Arc<Conclusion>>,
    damage: Option<Damage>,
}

impl Recording {
    /// Reads a file.
    ///
    /// # Errors
    /// If it can't be read, or nothing of it can be shown.
    pub fn open(path: &Path) -> Result<Self, RecordingError> {
        let octets = intake::read(path, intake::Kind::Recording).map_err(|source| RecordingError::Read {
            path: path.to_path_buf(),
            source,
        })?;
        Self::read(octets, &path.display().to_string())
    }

    /// Reads a recording from memory; `name` is what errors call it. Every block is checked.
    ///
    /// # Errors
    /// If nothing of it can be shown.
    pub fn read(octets: impl Into<Arc<[u8]>>, name: &str) -> Result<Self, RecordingError> {
        let octets: Arc<[u8]> = octets.into();
        let (name, (magic, version)) = (name.to_owned(), (&MAGIC[..7], MAGIC[7]));
        match octets.get(..MAGIC.len()) {
            Some(start) if start == MAGIC => {}
            Some(start) if &start[..7] == magic && start[7] != version => {
                return Err(RecordingError::Version { name, found: start[7] });
            }
            _ => return Err(RecordingError::Other { name }),
        }
        let mut at = MAGIC.len();
        let Some(description) = block(&octets, &mut at)
            .ok()
            .and_then(|(packed, unpacked)| unpack(&octets[packed], unpacked))
            .and_then(|unpacked| whole::<Description>(&unpacked))
        else {
            return Err(RecordingError::Headless { name });
        };
        check::description(&description).map_err(|what| RecordingError::Impossible {
            name: name.clone(),
            what,
        })?;
        let mut recording = Self {
            octets: Arc::clone(&octets),
            description: Arc::new(description),
            blocks: Arc::default(),
            entries: 0,
            end: Time::ZERO,
            conclusion: None,
            damage: None,
        };
        recording.index(at);
        Ok(recording)
    }

    /// Goes over all blocks once.
    fn index(&mut self, mut at: usize) {
        let mut blocks = Vec::new();
        self.damage = loop {
            if at == self.octets.len() {
                break self.conclusion.is_none().then_some(Damage::CutOff);
            }
            if self.conclusion.is_some() {
                break Some(Damage::Broken);
            }
            let (packed, unpacked) = match block(&self.octets, &mut at) {
                Ok(found) => found,
                Err(damage) => break Some(damage),
            };
            let Some(found) = unpack(&self.octets[packed.clone()], unpacked).and_then(|octets| self.survey(&octets))
            else {
                break Some(Damage::Broken);
            };
            if found.starts < self.end || self.entries + found.entries > MOST_ENTRIES {
                break Some(Damage::Broken);
            }
            self.conclusion = found.conclusion.map(Arc::from);
            blocks.push(Block {
                packed,
                unpacked,
                first: self.entries,
                starts: found.starts,
            });
            self.entries += found.entries;
            self.end = found.ends;
        };
        self.blocks = blocks.into();
    }

    /// Looks through a block without keeping what is in it. `None` if it is none, or holds what can't be of this run.
    fn survey(&self, octets: &[u8]) -> Option<Survey> {
        let boards = self.description.boards.len();
        let mut entries = Entries::of(octets);
        let mut survey = Survey {
            starts: Time::MAX,
            ends: Time::ZERO,
            entries: 0,
            conclusion: None,
        };
        for entry in &mut entries {
            let (at, entry) = entry?;
            // Nothing follows a run's end.
            if survey.conclusion.is_some() || !check::is_possible(&entry, boards) {
                return None;
            }
            survey.starts = survey.starts.min(at);
            survey.ends = at;
            survey.entries += 1;
            if let Entry::Conclusion(conclusion) = entry {
                survey.conclusion = Some(conclusion);
            }
        }
        (survey.entries > 0).then_some(survey)
    }

    /// What was known before the run began.
    #[must_use]
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// What was known at its end, unless the recording ends before.
    #[must_use]
    pub fn conclusion(&self) -> Option<&Conclusion> {
        self.conclusion.as_deref()
    }

    /// What is wrong with it. What comes after the damage is not shown.
    #[must_use]
    pub fn damage(&self) -> Option<Damage> {
        self.damage
    }

    /// The last entry's time.
    #[must_use]
    pub fn end(&self) -> Time {
        self.end
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries
    }

    /// Whether nothing happened.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries == 0
    }

    /// Reads from the start.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        Cursor {
            recording: self.clone(),
            next: 0,
            block: None,
        }
    }

    /// How many entries happen until `at`, those that happen then included.
    #[must_use]
    pub fn entries_until(&self, at: Time) -> usize {
        let begun = self.blocks.partition_point(|block| block.starts <= at);
        let Some((first, entries)) = begun
            .checked_sub(1)
            .and_then(|last| self.blocks.get(last))
            .and_then(|block| self.block_of(block.first))
        else {
            return 0;
        };
        first + entries.partition_point(|(time, _)| *time <= at)
    }

    /// The block that holds an entry, with what is in it.
    fn block_of(&self, entry: usize) -> Option<(usize, Vec<(Time, Entry)>)> {
        let after = self.blocks.partition_point(|block| block.first <= entry);
        let block = self.blocks.get(after.checked_sub(1)?)?;
        let octets = self.octets.get(block.packed.clone())?;
        let entries: Option<_> = Entries::of(&unpack(octets, block.unpacked)?).collect();
        Some((block.first, entries?))
    }
}

/// A place in a recording.
#[derive(Clone, Debug)]
pub struct Cursor {
    recording: Recording,
    next: usize,
    /// The block read last, with the number of its first entry.
    block: Option<(usize, Vec<(Time, Entry)>)>,
}

impl Cursor {
    /// The number of the entry that comes next: how many there are before it.
    #[must_use]
    pub fn position(&self) -> usize {
        self.next
    }

    /// Goes elsewhere; behind the last entry at the furthest.
    pub fn seek(&mut self, position: usize) {
        self.next = position.min(self.recording.len());
    }

    /// The entry that comes next, which stays the next.
    pub fn peek(&mut self) -> Option<&(Time, Entry)> {
        if self.next >= self.recording.len() {
            return None;
        }
        let holds = |(first, entries): &(usize, Vec<_>)| (*first..*first + entries.len()).contains(&self.next);
        if !self.block.as_ref().is_some_and(holds) {
            self.block = self.recording.block_of(self.next);
        }
        let (first, entries) = self.block.as_ref()?;
        entries.get(self.next - first)
    }

    /// The next entry.
    pub fn advance(&mut self) -> Option<&(Time, Entry)> {
        self.peek()?;
        self.next += 1;
        let (first, entries) = self.block.as_ref()?;
        entries.get(self.next - 1 - first)
    }

    /// The entry before, which becomes the next.
    pub fn retreat(&mut self) -> Option<&(Time, Entry)> {
        self.next = self.next.checked_sub(1)?;
        self.peek()
    }
}

/// A block's head, and where its octets are. `at` goes behind it.
fn block(octets: &[u8], at: &mut usize) -> Result<(std::ops::Range<usize>, usize), Damage> {
    let head = octets.get(*at..*at + HEAD).ok_or(Damage::CutOff)?;
    let number = |place: usize| {
        let octets = head.get(place..place + 4).and_then(|octets| octets.try_into().ok());
        octets.map_or(0, u32::from_le_bytes)
    };
    let [length, unpacked] = [number(0), number(4)].map(|number| usize::try_from(number).unwrap_or(usize::MAX));
    if unpacked > LONGEST_BLOCK {
        return Err(Damage::Broken);
    }
    let start = *at + HEAD;
    let end = start.saturating_add(length);
    let packed = octets.get(start..end).ok_or(Damage::CutOff)?;
    if CRC.checksum(packed) != number(8) {
        return Err(Damage::Broken);
    }
    *at = end;
    Ok((start..end, unpacked))
}

fn unpack(packed: &[u8], unpacked: usize) -> Option<Vec<u8>> {
    let octets = lz4_flex::block::decompress(packed, unpacked).ok()?;
    (octets.len() == unpacked).then_some(octets)
}

/// A value that takes all of `octets`.
fn whole<T: DeserializeOwned>(octets: &[u8]) -> Option<T> {
    let (value, rest) = postcard::take_from_bytes(octets).ok()?;
    rest.is_empty().then_some(value)
}

/// The entries of a block, one after the other; the last is `None` if what follows is no entry.
struct Entries<'a> {
    octets: &'a [u8],
    length: usize,
    at: Time,
}

impl<'a> Entries<'a> {
    fn of(octets: &'a [u8]) -> Self {
        Self {
            octets,
            length: octets.len(),
            at: Time::ZERO,
        }
    }
}

impl Iterator for Entries<'_> {
    type Item = Option<(Time, Entry)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.octets.is_empty() {
            return None;
        }
        let begins = self.length - self.octets.len();
        let octets = std::mem::take(&mut self.octets);
        // The writer ends a block before.
        if begins >= BLOCK {
            return Some(None);
        }
        let Ok((Timed { after, entry }, rest)) = postcard::take_from_bytes(octets) else {
            return Some(None);
        };
        self.octets = rest;
        self.at += after;
        Some(Some((self.at, entry)))
    }
}
