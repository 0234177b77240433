//! Values under short names, in a partition of flash.
//!
//! The map of [`sequential_storage`]: what is stored is appended, with a check, and the sectors are used in turn, so that
//! they wear alike and a power cut leaves the old value or the new one. What is left to do here: names as keys, the seam's
//! errors, and a partition that was never used, or that another program used.

use protocol::board::{LONGEST_KEY, LONGEST_VALUE, Storage, StorageError};
use sequential_storage::Error;
use sequential_storage::cache::{Cache, Uncached};
use sequential_storage::map::{Key, MapConfig, MapStorage, SerializationError};

use embedded_storage_async::nor_flash::{MultiwriteNorFlash, NorFlash};

/// A key, its length, a value and what rounds it up to a word.
const ROOM: usize = 1 + LONGEST_KEY + LONGEST_VALUE + 16;

/// A name: 1 to [`LONGEST_KEY`] octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Name {
    length: u8,
    octets: [u8; LONGEST_KEY],
}

impl Name {
    fn new(name: &[u8]) -> Option<Self> {
        let mut octets = [0; LONGEST_KEY];
        octets
            .get_mut(..name.len())
            .filter(|room| !room.is_empty())?
            .copy_from_slice(name);
        Some(Self {
            length: name.len() as u8,
            octets,
        })
    }

    fn octets(&self) -> &[u8] {
        &self.octets[..self.length.into()]
    }
}

impl Key for Name {
    fn serialize_into(&self, buffer: &mut [u8]) -> Result<usize, SerializationError> {
        let name = self.octets();
        let [length, rest @ ..] = buffer else {
            return Err(SerializationError::BufferTooSmall);
        };
        *length = self.length;
        rest.get_mut(..name.len())
            .ok_or(SerializationError::BufferTooSmall)?
            .copy_from_slice(name);
        Ok(1 + name.len())
    }

    fn deserialize_from(buffer: &[u8]) -> Result<(Self, usize), SerializationError> {
        let (&length, rest) = buffer.split_first().ok_or(SerializationError::BufferTooSmall)?;
        let name = rest.get(..length.into()).ok_or(SerializationError::BufferTooSmall)?;
        let name = Self::new(name).ok_or(SerializationError::InvalidFormat)?;
        Ok((name, 1 + usize::from(length)))
    }
}

/// [`Storage`] in a partition of flash.
pub struct Keep<F: NorFlash> {
    map: MapStorage<Name, F, Cache<Uncached, Uncached, Uncached, Name>>,
    buffer: [u8; ROOM],
}

impl<F: MultiwriteNorFlash> Keep<F> {
    /// Opens a partition and erases it if it holds what this can't read. `None` if it has fewer than two sectors.
    ///
    /// # Errors
    /// [`StorageError::Flash`].
    pub async fn open(partition: F) -> Result<Option<Self>, StorageError> {
        let Ok(config) = MapConfig::try_new(0..partition.capacity() as u32) else {
            return Ok(None);
        };
        let mut keep = Self {
            map: MapStorage::new(partition, config, Cache::new_uncached()),
            buffer: [0; ROOM],
        };
        let mut items = match keep.map.fetch_all_items(&mut keep.buffer).await {
            Ok(items) => items,
            Err(_) => return keep.erase().await.map(Some),
        };
        loop {
            match items.next::<&[u8]>(&mut keep.buffer).await {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(_) => return keep.erase().await.map(Some),
            }
        }
        Ok(Some(keep))
    }

    async fn erase(mut self) -> Result<Self, StorageError> {
        self.map.erase_all().await.map_err(refused)?;
        Ok(self)
    }
}

impl<F: MultiwriteNorFlash> Storage for Keep<F> {
    async fn load(&mut self, key: &str, buffer: &mut [u8]) -> Result<Option<usize>, StorageError> {
        let name = Name::new(key.as_bytes()).ok_or(StorageError::Key)?;
        let value: Option<&[u8]> = self.map.fetch_item(&mut self.buffer, &name).await.map_err(refused)?;
        let Some(value) = value else {
            return Ok(None);
        };
        let needed = value.len();
        buffer
            .get_mut(..needed)
            .ok_or(StorageError::Buffer { needed })?
            .copy_from_slice(value);
        Ok(Some(needed))
    }

    async fn store(&mut self, key: &str, value: &[u8]) -> Result<(), StorageError> {
        let name = Name::new(key.as_bytes()).ok_or(StorageError::Key)?;
        if value.len() > LONGEST_VALUE {
            return Err(StorageError::Value);
        }
        let stored = self.map.store_item(&mut self.buffer, &name, &value).await;
        stored.map_err(refused)
    }

    async fn remove(&mut self, key: &str) -> Result<(), StorageError> {
        let name = Name::new(key.as_bytes()).ok_or(StorageError::Key)?;
        self.map.remove_item(&mut self.buffer, &name).await.map_err(refused)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of map_err")]
fn refused<E>(error: Error<E>) -> StorageError {
    match error {
        Error::FullStorage => StorageError::Full,
        _ => StorageError::Flash,
    }
}
