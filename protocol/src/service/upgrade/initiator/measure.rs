//! Which image a slot has: its length and its hash.

use core::cmp::min;

use super::{End, Initiator, Job, Source, State, Want};
use crate::board::{FirmwareError, Slot};
use crate::service::upgrade::ImageId;
use crate::service::{ImageDone, ImageTask};

/// Octets of an image that are looked at in one go.
const CHUNK: u16 = 1024;

/// Where measuring is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measuring {
    Length,
    Hash { offset: u32, length: u32 },
}

impl<const TARGETS: usize, const BITMAP: usize> Initiator<TARGETS, BITMAP> {
    fn slot(&self) -> Slot {
        match self.source {
            Source::Slot(slot) => slot,
            Source::Application(_) => Slot::Running,
        }
    }

    pub(super) fn poll_measure(&mut self, measuring: Measuring) -> Want {
        let slot = self.slot();
        self.job = Some(Job::Measure);
        Want::Image(match measuring {
            Measuring::Length => ImageTask::Length { slot },
            Measuring::Hash { offset, length } => ImageTask::Read {
                slot,
                offset,
                length: min(u32::from(CHUNK), length - offset) as u16,
            },
        })
    }

    pub(super) fn handle_measured(&mut self, result: Result<ImageDone<'_>, FirmwareError>) {
        let State::Measuring(measuring) = self.state else {
            return;
        };
        match (measuring, result) {
            (Measuring::Length, Ok(ImageDone::Length(Some(length)))) if length > 0 => {
                self.state = State::Measuring(Measuring::Hash { offset: 0, length });
            }
            (Measuring::Hash { offset, length }, Ok(ImageDone::Read(octets))) => {
                let offset = offset + octets.len() as u32;
                match self.checker.feed(octets) {
                    Ok(None) if offset < length && !octets.is_empty() => {
                        self.state = State::Measuring(Measuring::Hash { offset, length });
                    }
                    Ok(Some(size)) => self.measured(size),
                    _ => self.end(End::Image(FirmwareError::Image)),
                }
            }
            (_, Err(error)) => self.end(End::Image(error)),
            _ => self.end(End::Image(FirmwareError::Image)),
        }
    }

    fn measured(&mut self, size: u32) {
        let hash = self.checker.hash().and_then(|hash| hash.first_chunk().copied());
        let image = ImageId {
            hash: hash.unwrap_or_default(),
            size,
        };
        if !self.set_image(image) {
            self.end(End::TooLarge);
        }
    }
}
