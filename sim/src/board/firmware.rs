//! The board's images.

use std::convert::Infallible;
use std::future::{pending, poll_fn};
use std::task::Poll;

use protocol::board::{Firmware, FirmwareError, ImageState, ResetCause, SECTOR, Slot};

use super::clock::wait;
use super::flash::{Client, Command, Flash, pages, perform};
use super::timer::TimerId;
use super::{Restart, Shared};
use crate::observe;

/// See [`Firmware`].
#[derive(Debug)]
pub struct VirtualFirmware {
    hardware: Shared,
}

impl VirtualFirmware {
    pub(super) fn new(hardware: Shared) -> Self {
        Self { hardware }
    }

    async fn perform(&mut self, command: Command) {
        perform(&self.hardware, Client::Firmware, command).await;
    }

    /// Waits as long as reading so much takes.
    async fn take_time_to_read(&mut self, octets: usize) {
        let done = self.hardware.borrow().now + Flash::read_span(octets);
        wait(&self.hardware, TimerId::Flash(Client::Firmware), done).await;
    }

    async fn whole(&mut self, slot: Slot) -> Result<u32, FirmwareError> {
        self.length(slot).await.ok_or(FirmwareError::Image)
    }
}

impl Firmware for VirtualFirmware {
    fn slot_size(&self) -> u32 {
        self.hardware.borrow().slot_size
    }

    async fn length(&mut self, slot: Slot) -> Option<u32> {
        let length = self.hardware.borrow_mut().flash().length(slot)?;
        // All of it is read to see whether it is whole.
        self.take_time_to_read(length as usize).await;
        Some(length)
    }

    async fn read(&mut self, slot: Slot, offset: u32, buffer: &mut [u8]) -> Result<(), FirmwareError> {
        self.hardware.borrow_mut().flash().check_range(offset, buffer.len())?;
        self.take_time_to_read(buffer.len()).await;
        self.hardware.borrow_mut().flash().read(slot, offset, buffer);
        Ok(())
    }

    async fn erase(&mut self, offset: u32, length: u32) -> Result<(), FirmwareError> {
        {
            let mut hardware = self.hardware.borrow_mut();
            let flash = hardware.flash();
            flash.check_range(offset, length as usize)?;
            flash.check_not_on_trial()?;
        }
        if !offset.is_multiple_of(SECTOR) {
            return Err(FirmwareError::Alignment);
        }
        for sector in offset / SECTOR..(offset + length).div_ceil(SECTOR) {
            self.perform(Command::Erase { sector }).await;
        }
        Ok(())
    }

    async fn write(&mut self, offset: u32, data: &[u8]) -> Result<(), FirmwareError> {
        {
            let mut hardware = self.hardware.borrow_mut();
            let flash = hardware.flash();
            flash.check_range(offset, data.len())?;
            flash.check_not_on_trial()?;
        }
        if !offset.is_multiple_of(4) || !data.len().is_multiple_of(4) {
            return Err(FirmwareError::Alignment);
        }
        for (offset, page) in pages(offset, data).filter(|(_, page)| !page.is_empty()) {
            let data = page.into();
            self.perform(Command::Program { offset, data }).await;
        }
        Ok(())
    }

    async fn switch(&mut self) -> Result<(), FirmwareError> {
        self.whole(Slot::Other).await?;
        let command = self.hardware.borrow_mut().flash().switch();
        self.perform(command).await;
        Ok(())
    }

    fn state(&self) -> ImageState {
        let hardware = self.hardware.borrow();
        hardware.used_flash().map_or(ImageState::Confirmed, Flash::state)
    }

    async fn confirm(&mut self) -> Result<(), FirmwareError> {
        let command = self.hardware.borrow().used_flash().and_then(Flash::confirm);
        if let Some(command) = command {
            self.perform(command).await;
        }
        Ok(())
    }

    async fn roll_back(&mut self) -> Result<(), FirmwareError> {
        if !self.hardware.borrow_mut().flash().can_roll_back() {
            return Err(FirmwareError::Image);
        }
        self.whole(Slot::Other).await?;
        let command = self.hardware.borrow_mut().flash().give_up();
        self.perform(command).await;
        Ok(())
    }

    fn reset_cause(&self) -> ResetCause {
        match self.hardware.borrow().cause {
            // A chip sees no difference.
            observe::ResetCause::PowerOn | observe::ResetCause::Pin => ResetCause::PowerOn,
            observe::ResetCause::Software | observe::ResetCause::Panic | observe::ResetCause::Soft => {
                ResetCause::Software
            }
            observe::ResetCause::Watchdog => ResetCause::Watchdog,
            observe::ResetCause::DeepSleep => ResetCause::DeepSleep,
        }
    }

    async fn restart(&mut self) -> Infallible {
        poll_fn(|_| {
            self.hardware.borrow_mut().requests.restart = Some(Restart::at_once(observe::ResetCause::Software));
            Poll::Ready(())
        })
        .await;
        // The lab does the rest.
        pending().await
    }
}
