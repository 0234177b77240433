//! The images that a board can run.

use core::convert::Infallible;
use core::fmt;

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
/// An image's description (version, project, date, hash) is at its offset 32, behind the image's and its first segment's
/// headers (ESP-IDF, "App Image Format"): a program reads it like any other part.
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

    /// Makes the first `length` octets of the other slot ready for writing. Takes as long as flash takes: about 50 ms for
    /// 4 KiB.
    ///
    /// # Errors
    /// [`FirmwareError::Range`], [`FirmwareError::Flash`].
    async fn erase(&mut self, length: u32) -> Result<(), FirmwareError>;

    /// Writes to the other slot. `offset` and length are multiples of 4; every part is written once after it was erased.
    ///
    /// # Errors
    /// [`FirmwareError::Range`], [`FirmwareError::Alignment`], [`FirmwareError::Flash`].
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

    /// Starts the board anew. All but storage and slots is lost.
    async fn restart(&mut self) -> Infallible;
}

/// Why an image can't be read, written or run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FirmwareError {
    /// The slot ends before that.
    Range,
    /// The offset or the length is no multiple of 4.
    Alignment,
    /// There is no whole image.
    Image,
    /// The flash refused.
    Flash,
}

impl fmt::Display for FirmwareError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Range => "the slot ends before that",
            Self::Alignment => "offset and length must be multiples of 4",
            Self::Image => "there is no whole image",
            Self::Flash => "the flash refused",
        })
    }
}

impl core::error::Error for FirmwareError {}
