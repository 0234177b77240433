//! The images that a board can run.

use core::convert::Infallible;
use core::fmt;

use super::ResetCause;

/// Octets of a sector, the least that can be erased.
pub const SECTOR: u32 = 4096;

/// One of the two places for an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Slot {
    /// The one that runs. It can only be read.
    Running,
    /// The other one: where a new image is written, and where the one before may still be.
    Other,
}

/// What the boot loader thinks of the image that runs (ESP-IDF, "Over The Air Updates", App Rollback).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ImageState {
    /// It is to be kept.
    Confirmed,
    /// It runs for the first time. Unless it confirms itself, the next start runs the one before.
    OnTrial,
}

/// Two slots for images, and the boot loader that chooses between them (ESP-IDF, "Over The Air Updates").
///
/// ```text
///    erase ─► write … ─► switch ─► restart ─► the new image runs, on trial ─► confirm
///                                                  │ restart without confirm, or roll_back
///                                                  ▼
///                                             the old image runs
/// ```
///
/// What an image says of itself is a part of it, which is read like any other: see
/// [`Description`](crate::image::Description).
///
/// While the image that runs is on trial, the other slot holds the one before, which is what a failed trial falls back to:
/// then it can't be erased or written (ESP-IDF: `ESP_ERR_OTA_ROLLBACK_INVALID_STATE`).
pub trait Firmware {
    /// Octets that a slot holds.
    fn slot_size(&self) -> u32;

    /// Octets of the image in a slot; `None` if there is none, or none that is whole.
    async fn length(&mut self, slot: Slot) -> Option<u32>;

    /// Fills `buffer` with what a slot has from `offset` on.
    ///
    /// # Errors
    /// [`FirmwareError::Range`] past the slot's end, [`FirmwareError::Flash`].
    async fn read(&mut self, slot: Slot, offset: u32, buffer: &mut [u8]) -> Result<(), FirmwareError>;

    /// Makes `length` octets from `offset` on of the other slot ready for writing: they are 0xff then. `offset` is a multiple
    /// of [`SECTOR`], and whole sectors are erased, so that an upgrade can erase as it goes, or go on where it was
    /// interrupted. Takes as long as flash takes: about 50 ms a sector.
    ///
    /// # Errors
    /// [`FirmwareError::Range`], [`FirmwareError::Alignment`], [`FirmwareError::OnTrial`], [`FirmwareError::Flash`].
    async fn erase(&mut self, offset: u32, length: u32) -> Result<(), FirmwareError>;

    /// Writes to the other slot. `offset` and length are multiples of 4; every part is written once after it was erased.
    ///
    /// # Errors
    /// [`FirmwareError::Range`], [`FirmwareError::Alignment`], [`FirmwareError::OnTrial`], [`FirmwareError::Flash`].
    async fn write(&mut self, offset: u32, data: &[u8]) -> Result<(), FirmwareError>;

    /// Makes the next start run the other slot's image, on trial.
    ///
    /// # Errors
    /// [`FirmwareError::Image`] if there is no whole image, [`FirmwareError::Flash`].
    async fn switch(&mut self) -> Result<(), FirmwareError>;

    /// Whether the image that runs is to be kept.
    fn state(&self) -> ImageState;

    /// Keeps the image that runs.
    ///
    /// # Errors
    /// [`FirmwareError::Flash`].
    async fn confirm(&mut self) -> Result<(), FirmwareError>;

    /// Gives the image that runs up: the next start runs the one before.
    ///
    /// # Errors
    /// [`FirmwareError::Image`] if there is none, [`FirmwareError::Flash`].
    async fn roll_back(&mut self) -> Result<(), FirmwareError>;

    /// Why the board started.
    fn reset_cause(&self) -> ResetCause;

    /// Starts the board anew. All but storage and slots is lost.
    async fn restart(&mut self) -> Infallible;
}

/// Why an image can't be read, written or run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FirmwareError {
    /// The slot ends before that.
    Range,
    /// The offset or the length is no multiple of what it has to be.
    Alignment,
    /// There is no whole image.
    Image,
    /// The image that runs is on trial, and this would destroy what it falls back to.
    OnTrial,
    /// The flash refused.
    Flash,
}

impl fmt::Display for FirmwareError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Range => "the slot ends before that",
            Self::Alignment => "flash is written by 4 octets and erased by sectors of 4096",
            Self::Image => "there is no whole image",
            Self::OnTrial => "the image that runs is on trial and needs the other slot",
            Self::Flash => "the flash refused",
        })
    }
}

impl core::error::Error for FirmwareError {}
