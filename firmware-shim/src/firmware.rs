//! The two slots for images, and the boot loader's choice between them.

use core::convert::Infallible;

use embassy_futures::yield_now;
use embedded_storage::nor_flash::NorFlash as _;
use esp_bootloader_esp_idf::partitions::{
    AppPartitionSubType, DataPartitionSubType, PartitionEntry, PartitionTable, PartitionType,
};
use esp_storage::FlashStorage;
use firmware_shim::image::{self, Place};
use firmware_shim::ota_data::{AtStart, ENTRY_LEN, OtaData, Write};
use protocol::board::{Firmware, FirmwareError, ImageState, Slot};

use crate::flash::{Flash, Partition, Refused};

const SECTOR: u32 = FlashStorage::SECTOR_SIZE;

/// The slots of the partition table, if it has two and the boot loader's data.
pub(crate) struct Slots(Option<Pair>);

impl Slots {
    /// Looks the slots up and does what an image has to do about its trial.
    pub(crate) fn start(flash: &'static Flash) -> Self {
        let slots = Self(flash.with_table(|table| Pair::find(table, flash)));
        if let Some(pair) = &slots.0 {
            pair.begin_or_end_trial();
        }
        slots
    }

    fn pair(&self) -> Result<&Pair, FirmwareError> {
        self.0.as_ref().ok_or(FirmwareError::Flash)
    }
}

struct Pair {
    slots: [Partition; 2],
    ota_data: Partition,
    /// Which of the slots runs.
    running: usize,
}

impl Pair {
    fn find(table: &PartitionTable<'_>, flash: &'static Flash) -> Option<Self> {
        let running = table.booted_partition().ok()??;
        let find = |wanted| table.find_partition(wanted).ok()?;
        let is_running = |entry: &PartitionEntry| entry.offset() == running.offset();
        let slots = [AppPartitionSubType::Ota0, AppPartitionSubType::Ota1].map(|slot| find(PartitionType::App(slot)));
        let [Some(first), Some(second)] = slots else {
            return None;
        };
        let running = [first, second].iter().position(is_running)?;
        Some(Self {
            slots: [first, second].map(|entry| Partition::new(flash, entry)),
            ota_data: Partition::new(flash, find(PartitionType::Data(DataPartitionSubType::Ota))?),
            running,
        })
    }

    fn partition(&self, slot: Slot) -> Partition {
        match slot {
            Slot::Running => self.slots[self.running],
            Slot::Other => self.slots[1 - self.running],
        }
    }

    fn ota_data(&self) -> Result<OtaData, FirmwareError> {
        let mut sectors = [[0; ENTRY_LEN]; 2];
        for (number, sector) in (0..).zip(&mut sectors) {
            self.ota_data.with(|region| region.read(number * SECTOR, sector))?;
        }
        Ok(OtaData::parse(&sectors))
    }

    fn write(&self, Write { sector, entry }: Write) -> Result<(), FirmwareError> {
        let at = sector as u32 * SECTOR;
        // This writes the sector as a whole.
        Ok(self.ota_data.with(|region| region.write(at, &entry))?)
    }

    /// Where the flash refuses, the image runs on: that is the best that is left.
    fn begin_or_end_trial(&self) {
        let Ok(data) = self.ota_data() else { return };
        match data.at_start(self.running) {
            AtStart::Run => {}
            AtStart::Begin(write) => {
                let _ = self.write(write);
            }
            AtStart::GoBack => {
                if self.write(data.choose(1 - self.running, ImageState::Confirmed)).is_ok() {
                    esp_hal::system::software_reset();
                }
            }
        }
    }
}

impl From<Refused> for FirmwareError {
    fn from(Refused: Refused) -> Self {
        Self::Flash
    }
}

/// An error if a slot of `size` octets has no `length` octets from `offset` on.
fn check_range(size: u32, offset: u32, length: usize) -> Result<(), FirmwareError> {
    let end = u32::try_from(length).ok().and_then(|length| offset.checked_add(length));
    match end {
        Some(end) if end <= size => Ok(()),
        _ => Err(FirmwareError::Range),
    }
}

impl Place for Partition {
    fn size(&self) -> u32 {
        Self::size(self)
    }

    async fn read(&mut self, offset: u32, buffer: &mut [u8]) -> Result<(), FirmwareError> {
        check_range(Self::size(self), offset, buffer.len())?;
        // Others may go on meanwhile: a whole image takes seconds.
        yield_now().await;
        Ok(self.with(|region| region.read(offset, buffer))?)
    }
}

impl Firmware for Slots {
    fn slot_size(&self) -> u32 {
        self.pair().map_or(0, |pair| pair.partition(Slot::Other).size())
    }

    async fn length(&mut self, slot: Slot) -> Option<u32> {
        let mut place = self.pair().ok()?.partition(slot);
        image::whole_length(&mut place).await.ok()?
    }

    async fn read(&mut self, slot: Slot, offset: u32, buffer: &mut [u8]) -> Result<(), FirmwareError> {
        Place::read(&mut self.pair()?.partition(slot), offset, buffer).await
    }

    async fn erase(&mut self, length: u32) -> Result<(), FirmwareError> {
        let slot = self.pair()?.partition(Slot::Other);
        check_range(slot.size(), 0, length as usize)?;
        for from in (0..length).step_by(SECTOR as usize) {
            slot.with(|region| region.erase(from, from + SECTOR))?;
            yield_now().await;
        }
        Ok(())
    }

    async fn write(&mut self, offset: u32, data: &[u8]) -> Result<(), FirmwareError> {
        let slot = self.pair()?.partition(Slot::Other);
        check_range(slot.size(), offset, data.len())?;
        if !offset.is_multiple_of(4) || !data.len().is_multiple_of(4) {
            return Err(FirmwareError::Alignment);
        }
        slot.with(|region| region.as_nor_flash()?.write(offset, data))?;
        yield_now().await;
        Ok(())
    }

    async fn switch(&mut self) -> Result<(), FirmwareError> {
        self.length(Slot::Other).await.ok_or(FirmwareError::Image)?;
        let pair = self.pair()?;
        pair.write(pair.ota_data()?.choose(1 - pair.running, ImageState::OnTrial))
    }

    fn state(&self) -> ImageState {
        let state = self.pair().and_then(|pair| Ok(pair.ota_data()?.state(pair.running)));
        state.unwrap_or(ImageState::Confirmed)
    }

    async fn confirm(&mut self) -> Result<(), FirmwareError> {
        let pair = self.pair()?;
        match pair.ota_data()?.confirm(pair.running) {
            Some(write) => pair.write(write),
            None => Ok(()),
        }
    }

    async fn roll_back(&mut self) -> Result<(), FirmwareError> {
        self.length(Slot::Other).await.ok_or(FirmwareError::Image)?;
        let pair = self.pair()?;
        pair.write(pair.ota_data()?.choose(1 - pair.running, ImageState::Confirmed))
    }

    async fn restart(&mut self) -> Infallible {
        esp_hal::system::software_reset()
    }
}
