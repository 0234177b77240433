//! The flash that the chip boots from, shared by what is kept in it.

use core::cell::{RefCell, RefMut};

use embedded_storage_async::nor_flash::{
    ErrorType, MultiwriteNorFlash, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
};
use esp_bootloader_esp_idf::partitions::{self, FlashRegion, PARTITION_TABLE_MAX_LEN, PartitionEntry, PartitionTable};
use esp_hal::peripherals::FLASH;
use esp_storage::FlashStorage;
use firmware_shim::keep::Keep;
use protocol::board::{Storage, StorageError};
use static_cell::StaticCell;

/// The name of the partition that [`Keep`] is in.
const STORAGE: &str = "storage";

/// The flash. Nobody awaits anything while he has it, so that it is always free.
pub(crate) struct Flash(RefCell<FlashStorage<'static>>);

impl Flash {
    pub(crate) fn new(flash: FLASH<'static>) -> &'static Self {
        static THE_FLASH: StaticCell<Flash> = StaticCell::new();
        THE_FLASH.init(Self(RefCell::new(FlashStorage::new(flash))))
    }

    fn borrow(&self) -> RefMut<'_, FlashStorage<'static>> {
        self.0.borrow_mut()
    }

    /// Reads the partition table and looks something up in it; `None` if there is none to read.
    pub(crate) fn with_table<T>(&self, look_up: impl FnOnce(&PartitionTable<'_>) -> Option<T>) -> Option<T> {
        let mut buffer = [0; PARTITION_TABLE_MAX_LEN];
        let table = partitions::read_partition_table(&mut self.borrow(), &mut buffer).ok()?;
        look_up(&table)
    }
}

/// A part of the flash. Addresses are its own.
#[derive(Clone, Copy)]
pub(crate) struct Partition {
    flash: &'static Flash,
    entry: PartitionEntry,
}

impl Partition {
    pub(crate) const fn new(flash: &'static Flash, entry: PartitionEntry) -> Self {
        Self { flash, entry }
    }

    pub(crate) fn size(&self) -> u32 {
        self.entry.len()
    }

    /// Does something with the partition.
    pub(crate) fn with<T>(
        &self,
        f: impl FnOnce(&mut FlashRegion<'_, 'static>) -> Result<T, partitions::Error>,
    ) -> Result<T, Refused> {
        f(&mut self.entry.as_flash_region(&mut self.flash.borrow())).map_err(|_| Refused)
    }
}

/// The flash, or the partition table, said no.
#[derive(Debug)]
pub(crate) struct Refused;

impl NorFlashError for Refused {
    fn kind(&self) -> NorFlashErrorKind {
        NorFlashErrorKind::Other
    }
}

impl ErrorType for Partition {
    type Error = Refused;
}

impl ReadNorFlash for Partition {
    const READ_SIZE: usize = FlashStorage::READ_SIZE;

    async fn read(&mut self, offset: u32, octets: &mut [u8]) -> Result<(), Refused> {
        self.with(|region| region.read(offset, octets))
    }

    fn capacity(&self) -> usize {
        self.size() as usize
    }
}

impl NorFlash for Partition {
    const WRITE_SIZE: usize = FlashStorage::WRITE_SIZE;
    const ERASE_SIZE: usize = FlashStorage::ERASE_SIZE;

    async fn erase(&mut self, from: u32, to: u32) -> Result<(), Refused> {
        self.with(|region| region.erase(from, to))
    }

    async fn write(&mut self, offset: u32, octets: &[u8]) -> Result<(), Refused> {
        self.with(|region| embedded_storage::nor_flash::NorFlash::write(&mut region.as_nor_flash()?, offset, octets))
    }
}

impl MultiwriteNorFlash for Partition {}

/// What the board keeps across resets. Without a partition for it, or if the flash refuses, all is refused.
pub(crate) struct ChipStorage(Option<Keep<Partition>>);

impl ChipStorage {
    /// Opens the partition for it.
    pub(crate) async fn open(flash: &'static Flash) -> Self {
        let entry = flash.with_table(|table| table.iter().find(|entry| entry.label_as_str() == STORAGE));
        Self(match entry {
            Some(entry) => Keep::open(Partition::new(flash, entry)).await.ok().flatten(),
            None => None,
        })
    }

    fn keep(&mut self) -> Result<&mut Keep<Partition>, StorageError> {
        self.0.as_mut().ok_or(StorageError::Flash)
    }
}

impl Storage for ChipStorage {
    async fn load(&mut self, key: &str, buffer: &mut [u8]) -> Result<Option<usize>, StorageError> {
        self.keep()?.load(key, buffer).await
    }

    async fn store(&mut self, key: &str, value: &[u8]) -> Result<(), StorageError> {
        self.keep()?.store(key, value).await
    }

    async fn remove(&mut self, key: &str) -> Result<(), StorageError> {
        self.keep()?.remove(key).await
    }
}
