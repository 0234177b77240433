//! The board's small values.

use protocol::board::{LONGEST_KEY, LONGEST_VALUE, Storage, StorageError};

use super::Shared;
use super::flash::{Client, Command, perform};

/// See [`Storage`]. Loading takes no time: ESP-IDF's NVS keeps an index of its entries in RAM, and reading a few octets
/// takes microseconds.
#[derive(Debug)]
pub struct VirtualStorage {
    hardware: Shared,
}

impl VirtualStorage {
    pub(super) fn new(hardware: Shared) -> Self {
        Self { hardware }
    }
}

impl Storage for VirtualStorage {
    async fn load(&mut self, key: &str, buffer: &mut [u8]) -> Result<Option<usize>, StorageError> {
        check(key)?;
        let hardware = self.hardware.borrow();
        let Some(value) = hardware.used_flash().and_then(|flash| flash.values.get(key)) else {
            return Ok(None);
        };
        let needed = value.len();
        let place = buffer.get_mut(..needed).ok_or(StorageError::Buffer { needed })?;
        place.copy_from_slice(value);
        Ok(Some(needed))
    }

    async fn store(&mut self, key: &str, value: &[u8]) -> Result<(), StorageError> {
        check(key)?;
        if value.len() > LONGEST_VALUE {
            return Err(StorageError::Value);
        }
        {
            let mut hardware = self.hardware.borrow_mut();
            let values = &hardware.flash().values;
            if values.get(key) == Some(value) {
                // NVS looks before it writes.
                return Ok(());
            }
            if !values.has_room_for(value) {
                return Err(StorageError::Full);
            }
        }
        let (key, value) = (key.into(), Some(value.into()));
        perform(&self.hardware, Client::Storage, Command::Keep { key, value }).await;
        Ok(())
    }

    async fn remove(&mut self, key: &str) -> Result<(), StorageError> {
        check(key)?;
        let kept = self
            .hardware
            .borrow()
            .used_flash()
            .is_some_and(|flash| flash.values.get(key).is_some());
        if kept {
            let (key, value) = (key.into(), None);
            perform(&self.hardware, Client::Storage, Command::Keep { key, value }).await;
        }
        Ok(())
    }
}

fn check(key: &str) -> Result<(), StorageError> {
    match key.len() {
        1..=LONGEST_KEY => Ok(()),
        _ => Err(StorageError::Key),
    }
}
