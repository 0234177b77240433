//! A board's storage and image slots, in memory, with the time that they take and what a power cut leaves.

use std::collections::BTreeMap;

use protocol::board::{FirmwareError, LONGEST_VALUE, Slot, StorageError};
use protocol::image::Checker;
use protocol::service::{ImageDone, ImageTask, Input};

const SECTOR: usize = 4096;
const SLOT_SIZE: usize = 2 * 1024 * 1024;

/// What outlives a power cut.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flash {
    pub(crate) values: BTreeMap<&'static str, Vec<u8>>,
    /// Why no value can be read, if so.
    pub(crate) unreadable: Option<StorageError>,
    /// The image that runs.
    pub(crate) running: Vec<u8>,
    /// The other slot, as far as it was written; beyond that it is erased.
    pub(crate) other: Vec<u8>,
    /// How long the image in the other slot is, once it was switched to or was the running one.
    pub(crate) switched: bool,
    /// The running image has not confirmed itself.
    pub(crate) on_trial: bool,
}

/// What is being done.
#[derive(Clone, Debug)]
pub(super) enum Operation {
    Load { key: &'static str },
    Store { key: &'static str, value: Vec<u8> },
    Remove { key: &'static str },
    Length { slot: Slot },
    Read { slot: Slot, offset: u32, length: u16 },
    Erase { offset: u32, length: u32 },
    Write { offset: u32, data: Vec<u8> },
    Switch,
    Confirm,
    RollBack,
}

impl Operation {
    pub(super) fn image(task: ImageTask<'_>) -> Self {
        match task {
            ImageTask::Length { slot } => Self::Length { slot },
            ImageTask::Read { slot, offset, length } => Self::Read { slot, offset, length },
            ImageTask::Erase { offset, length } => Self::Erase { offset, length },
            ImageTask::Write { offset, data } => Self::Write {
                offset,
                data: data.to_vec(),
            },
            ImageTask::Switch => Self::Switch,
            ImageTask::Confirm => Self::Confirm,
            ImageTask::RollBack => Self::RollBack,
        }
    }

    /// µs; what flash of this kind takes, roughly.
    pub(super) fn duration(&self) -> u64 {
        match self {
            Self::Load { .. } | Self::Length { .. } | Self::Read { .. } => 50,
            Self::Store { .. } | Self::Remove { .. } => 2000,
            Self::Erase { length, .. } => u64::from(length.div_ceil(SECTOR as u32)) * 45_000,
            Self::Write { data, .. } => 100 + 3 * data.len() as u64,
            Self::Switch | Self::Confirm | Self::RollBack => 50_000,
        }
    }
}

impl Flash {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// What the boot loader does: an image that did not confirm itself is given up.
    pub(super) fn boot(&mut self) {
        if self.switched {
            std::mem::swap(&mut self.running, &mut self.other);
            self.switched = false;
            self.on_trial = true;
        } else if self.on_trial {
            std::mem::swap(&mut self.running, &mut self.other);
            self.on_trial = false;
        }
    }

    /// Does it, and tells the result.
    pub(super) fn carry_out(&mut self, operation: Operation, tell: impl FnOnce(Input<'_>)) {
        match operation {
            Operation::Load { key } => {
                let value = match self.unreadable {
                    Some(error) => Err(error),
                    None => Ok(self.values.get(key).map(Vec::as_slice)),
                };
                tell(Input::Loaded { key, value });
            }
            Operation::Store { key, value } => {
                let result = if value.len() > LONGEST_VALUE {
                    Err(StorageError::Value)
                } else {
                    self.values.insert(key, value);
                    Ok(())
                };
                tell(Input::Stored { key, result });
            }
            Operation::Remove { key } => {
                self.values.remove(key);
                tell(Input::Stored { key, result: Ok(()) });
            }
            Operation::Length { slot } => {
                let length = Checker::new().feed(self.slot(slot)).ok().flatten();
                tell(Input::Image(Ok(ImageDone::Length(length))));
            }
            Operation::Read { slot, offset, length } => {
                let mut part = vec![0xff; usize::from(length)];
                let image = self.slot(slot);
                let start = (offset as usize).min(image.len());
                let end = (start + part.len()).min(image.len());
                part[..end - start].copy_from_slice(&image[start..end]);
                tell(Input::Image(Ok(ImageDone::Read(&part))));
            }
            Operation::Erase { offset, length } => {
                let (start, length) = (offset as usize, length as usize);
                let result = if start + length > SLOT_SIZE {
                    Err(FirmwareError::Range)
                } else if !start.is_multiple_of(SECTOR) {
                    Err(FirmwareError::Alignment)
                } else if self.on_trial {
                    Err(FirmwareError::OnTrial)
                } else {
                    self.erase(start, length);
                    Ok(ImageDone::Done)
                };
                tell(Input::Image(result));
            }
            Operation::Write { offset, data } => {
                let result = if offset as usize + data.len() > SLOT_SIZE {
                    Err(FirmwareError::Range)
                } else if !offset.is_multiple_of(4) || !data.len().is_multiple_of(4) {
                    Err(FirmwareError::Alignment)
                } else if self.on_trial {
                    Err(FirmwareError::OnTrial)
                } else {
                    self.write(offset as usize, &data);
                    Ok(ImageDone::Done)
                };
                tell(Input::Image(result));
            }
            Operation::Switch => {
                self.switched = matches!(Checker::new().feed(&self.other), Ok(Some(_)));
                tell(Input::Image(if self.switched {
                    Ok(ImageDone::Done)
                } else {
                    Err(FirmwareError::Image)
                }));
            }
            Operation::Confirm => {
                self.on_trial = false;
                tell(Input::Image(Ok(ImageDone::Done)));
            }
            Operation::RollBack => {
                self.on_trial = true;
                self.switched = false;
                tell(Input::Image(Ok(ImageDone::Done)));
            }
        }
    }

    /// The power went while it was done. Values are kept whole; images are written and erased in part.
    pub(super) fn tear(&mut self, operation: Operation, chance: u64) {
        match operation {
            Operation::Store { key, value } if chance.is_multiple_of(2) => {
                self.values.insert(key, value);
            }
            Operation::Remove { key } if chance.is_multiple_of(2) => {
                self.values.remove(key);
            }
            Operation::Erase { offset, length } if !self.on_trial => {
                let sectors = u64::from(length.div_ceil(SECTOR as u32)) + 1;
                self.erase(offset as usize, (chance % sectors) as usize * SECTOR);
            }
            Operation::Write { offset, data } => {
                let done = (chance % (data.len() as u64 + 1)) as usize;
                self.write(offset as usize, &data[..done]);
            }
            Operation::Switch if chance.is_multiple_of(2) => self.switched = true,
            Operation::Confirm if chance.is_multiple_of(2) => self.on_trial = false,
            _ => {}
        }
    }

    fn slot(&self, slot: Slot) -> &Vec<u8> {
        match slot {
            Slot::Running => &self.running,
            Slot::Other => &self.other,
        }
    }

    fn erase(&mut self, start: usize, length: usize) {
        let end = (start + length).next_multiple_of(SECTOR).min(self.other.len());
        let start = start.min(end);
        self.other[start..end].fill(0xff);
        if end == self.other.len() {
            self.other.truncate(start);
        }
    }

    /// Writing only clears bits.
    fn write(&mut self, offset: usize, data: &[u8]) {
        let end = offset + data.len();
        if self.other.len() < end {
            self.other.resize(end, 0xff);
        }
        for (cell, octet) in self.other[offset..end].iter_mut().zip(data) {
            *cell &= octet;
        }
    }
}
