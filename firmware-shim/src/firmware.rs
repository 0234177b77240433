//! The two slots for images, and the boot loader's choice between them.

use core::convert::Infallible;

use embassy_futures::yield_now;
use embedded_storage::nor_flash::NorFlash as _;
use esp_bootloader_esp_idf::partitions::{
    AppPartitionSubType, DataPartitionSubType, PartitionEntry, PartitionTable, PartitionType,
};
use esp_hal::rtc_cntl::{Rwdt, RwdtStage};
use esp_hal::time::Duration;
use firmware_shim::trial::{Step, Trial, WATCHDOG};
use protocol::board::{Clock as _, Firmware, FirmwareError, ImageState, SECTOR, Slot};
use protocol::image::{AtStart, BootData, BootEntry, Checker, ENTRY_LEN};

use crate::clock::ChipClock;
use crate::flash::{Flash, Partition, Refused};
use crate::restart;

/// Octets of an image that are looked at at a time.
const CHUNK: usize = 512;

/// The slots of the partition table, if it has two and the boot loader's data.
pub(crate) struct Slots(Option<Pair>);

impl Slots {
    /// Looks the slots up and does what an image has to do about its trial. The watchdog is switched on for an image on trial.
    pub(crate) fn start(flash: &'static Flash, watchdog: Rwdt) -> (Self, Option<OnTrial>) {
        let slots = Self(flash.with_table(|table| Pair::find(table, flash)));
        let trial = slots.0.and_then(|pair| OnTrial::begin(pair, watchdog));
        (slots, trial)
    }

    fn pair(&self) -> Result<&Pair, FirmwareError> {
        self.0.as_ref().ok_or(FirmwareError::Flash)
    }
}

#[derive(Clone, Copy)]
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

    /// The slot that does not run, to be changed there. What a failed trial falls back to is spared.
    fn spare(&self, offset: u32, length: usize) -> Result<Partition, FirmwareError> {
        let slot = self.partition(Slot::Other);
        check_range(slot.size(), offset, length)?;
        match self.ota_data()?.state(self.running) {
            ImageState::Confirmed => Ok(slot),
            ImageState::OnTrial => Err(FirmwareError::OnTrial),
        }
    }

    fn ota_data(&self) -> Result<BootData, FirmwareError> {
        let mut sectors = [[0; ENTRY_LEN]; 2];
        for (number, sector) in (0..).zip(&mut sectors) {
            self.ota_data.with(|region| region.read(number * SECTOR, sector))?;
        }
        Ok(BootData::parse(&sectors))
    }

    fn write(&self, BootEntry { sector, octets }: BootEntry) -> Result<(), FirmwareError> {
        let at = sector as u32 * SECTOR;
        // This writes the sector as a whole.
        Ok(self.ota_data.with(|region| region.write(at, &octets))?)
    }

    fn state(&self) -> ImageState {
        let state = self.ota_data().map(|data| data.state(self.running));
        state.unwrap_or(ImageState::Confirmed)
    }

    fn confirm(&self) -> Result<(), FirmwareError> {
        match self.ota_data()?.confirm(self.running) {
            Some(write) => self.write(write),
            None => Ok(()),
        }
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
                if self.write(data.go_back(self.running)).is_ok() {
                    esp_hal::system::software_reset();
                }
            }
        }
    }
}

/// An image on trial, and the watchdog that ends it if the image hangs.
pub(crate) struct OnTrial {
    pair: Pair,
    watchdog: Rwdt,
}

impl OnTrial {
    fn begin(pair: Pair, mut watchdog: Rwdt) -> Option<Self> {
        if pair.state() != ImageState::OnTrial {
            return None;
        }
        // Before the trial is begun in the flash: a hang from there on costs the image its trial.
        watchdog.set_timeout(RwdtStage::Stage0, Duration::from_millis(WATCHDOG.as_millis() as u64));
        watchdog.enable();
        watchdog.feed();
        pair.begin_or_end_trial();
        Some(Self { pair, watchdog })
    }
}

/// Keeps the image when it has run for a while, whatever application it runs. The radio is up.
#[embassy_executor::task]
pub(crate) async fn end_trial(on_trial: OnTrial) {
    let OnTrial { pair, mut watchdog } = on_trial;
    let trial = Trial::new(ChipClock.now());
    while let Step::Feed(next) = trial.step(ChipClock.now()) {
        watchdog.feed();
        ChipClock.sleep_until(next).await;
    }
    // Where the flash refuses, the next start goes back to the image before, which is what a trial is for.
    let _ = pair.confirm();
    watchdog.disable();
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

/// Octets of the image at the beginning of a slot, if it is whole. Others may go on meanwhile: it takes a second or two.
async fn whole_length(slot: Partition) -> Option<u32> {
    let mut checker = Checker::new();
    for offset in (0..slot.size()).step_by(CHUNK) {
        let mut chunk = [0; CHUNK];
        let length = CHUNK.min((slot.size() - offset) as usize);
        let chunk = &mut chunk[..length];
        slot.with(|region| region.read(offset, chunk)).ok()?;
        if let Some(length) = checker.feed(chunk).ok()? {
            return Some(length);
        }
        yield_now().await;
    }
    None
}

impl Firmware for Slots {
    fn slot_size(&self) -> u32 {
        self.pair().map_or(0, |pair| pair.partition(Slot::Other).size())
    }

    async fn length(&mut self, slot: Slot) -> Option<u32> {
        whole_length(self.pair().ok()?.partition(slot)).await
    }

    async fn read(&mut self, slot: Slot, offset: u32, buffer: &mut [u8]) -> Result<(), FirmwareError> {
        let slot = self.pair()?.partition(slot);
        check_range(slot.size(), offset, buffer.len())?;
        slot.with(|region| region.read(offset, buffer))?;
        yield_now().await;
        Ok(())
    }

    async fn erase(&mut self, offset: u32, length: u32) -> Result<(), FirmwareError> {
        let slot = self.pair()?.spare(offset, length as usize)?;
        if !offset.is_multiple_of(SECTOR) {
            return Err(FirmwareError::Alignment);
        }
        for from in (offset..offset + length).step_by(SECTOR as usize) {
            slot.with(|region| region.erase(from, from + SECTOR))?;
            yield_now().await;
        }
        Ok(())
    }

    async fn write(&mut self, offset: u32, data: &[u8]) -> Result<(), FirmwareError> {
        let slot = self.pair()?.spare(offset, data.len())?;
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
        self.pair().map_or(ImageState::Confirmed, Pair::state)
    }

    async fn confirm(&mut self) -> Result<(), FirmwareError> {
        self.pair()?.confirm()
    }

    async fn roll_back(&mut self) -> Result<(), FirmwareError> {
        self.length(Slot::Other).await.ok_or(FirmwareError::Image)?;
        let pair = self.pair()?;
        pair.write(pair.ota_data()?.go_back(pair.running))
    }

    async fn restart(&mut self) -> Infallible {
        restart::when_printed().await
    }
}
