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
        // Looks through all of it, and repairs what a power cut left half done.
        let nobody = Name::new(b"-").ok_or(StorageError::Key)?;
        match keep.map.fetch_item::<&[u8]>(&mut keep.buffer, &nobody).await {
            Ok(_) => Ok(Some(keep)),
            Err(Error::Storage { .. }) => Err(StorageError::Flash),
            Err(_) => keep.erase().await.map(Some),
        }
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::string::String;
    use std::vec::Vec;

    use embassy_futures::block_on;
    use embedded_storage_async::nor_flash::{ErrorType, NorFlashError, NorFlashErrorKind, ReadNorFlash};
    use proptest::prelude::*;

    use super::*;

    const SECTOR: usize = 4096;

    /// NOR flash of some sectors: erasing sets bits, writing clears them, by words. The power fails after so many words.
    struct Flash {
        octets: Vec<u8>,
        words_left: usize,
    }

    #[derive(Debug)]
    struct PowerCut;

    impl NorFlashError for PowerCut {
        fn kind(&self) -> NorFlashErrorKind {
            NorFlashErrorKind::Other
        }
    }

    impl Flash {
        fn new(octets: Vec<u8>) -> Self {
            Self {
                octets,
                words_left: usize::MAX,
            }
        }

        fn work(&mut self) -> Result<(), PowerCut> {
            self.words_left = self.words_left.checked_sub(1).ok_or(PowerCut)?;
            Ok(())
        }
    }

    impl ErrorType for &mut Flash {
        type Error = PowerCut;
    }

    impl ReadNorFlash for &mut Flash {
        const READ_SIZE: usize = 4;

        async fn read(&mut self, offset: u32, buffer: &mut [u8]) -> Result<(), PowerCut> {
            let from = offset as usize;
            buffer.copy_from_slice(&self.octets[from..from + buffer.len()]);
            Ok(())
        }

        fn capacity(&self) -> usize {
            self.octets.len()
        }
    }

    impl NorFlash for &mut Flash {
        const WRITE_SIZE: usize = 4;
        const ERASE_SIZE: usize = SECTOR;

        async fn erase(&mut self, from: u32, to: u32) -> Result<(), PowerCut> {
            for word in (from as usize..to as usize).step_by(4) {
                self.work()?;
                self.octets[word..word + 4].fill(0xff);
            }
            Ok(())
        }

        async fn write(&mut self, offset: u32, octets: &[u8]) -> Result<(), PowerCut> {
            for (at, word) in (offset as usize..).step_by(4).zip(octets.chunks(4)) {
                self.work()?;
                for (cell, octet) in self.octets[at..].iter_mut().zip(word) {
                    *cell &= octet;
                }
            }
            Ok(())
        }
    }

    impl MultiwriteNorFlash for &mut Flash {}

    fn open(flash: &mut Flash) -> Keep<&mut Flash> {
        block_on(Keep::open(flash))
            .expect("there is power")
            .expect("there are sectors")
    }

    fn load<F: MultiwriteNorFlash>(keep: &mut Keep<F>, key: &str) -> Option<Vec<u8>> {
        let mut buffer = [0; LONGEST_VALUE];
        let length = block_on(keep.load(key, &mut buffer)).expect("it can be read")?;
        Some(buffer[..length].to_vec())
    }

    #[test]
    fn limits_are_those_of_the_seam() {
        let mut flash = Flash::new(std::vec![0xff; 4 * SECTOR]);
        let mut keep = open(&mut flash);
        let longest = [7; LONGEST_VALUE];
        let name = "fifteen-octets!";
        assert_eq!(name.len(), LONGEST_KEY);
        assert_eq!(block_on(keep.store(name, &longest)), Ok(()));
        assert_eq!(load(&mut keep, name), Some(longest.to_vec()));
        assert_eq!(
            block_on(keep.store("k", &[7; LONGEST_VALUE + 1])),
            Err(StorageError::Value)
        );
        assert_eq!(block_on(keep.store("", b"v")), Err(StorageError::Key));
        assert_eq!(block_on(keep.store("sixteen-octets!!", b"v")), Err(StorageError::Key));
        assert_eq!(
            block_on(keep.load(name, &mut [0; 10])),
            Err(StorageError::Buffer { needed: LONGEST_VALUE })
        );
        assert_eq!(block_on(keep.store("empty", b"")), Ok(()));
        assert_eq!(load(&mut keep, "empty"), Some(Vec::new()));
        assert_eq!(load(&mut keep, "none"), None);
    }

    #[test]
    fn a_full_partition_says_so_and_keeps_what_it_has() {
        let mut flash = Flash::new(std::vec![0xff; 2 * SECTOR]);
        let mut keep = open(&mut flash);
        let names = ["a", "b", "c"];
        let results = names.map(|name| block_on(keep.store(name, &[1; LONGEST_VALUE])));
        assert_eq!(results.last(), Some(&Err(StorageError::Full)));
        for (name, result) in names.into_iter().zip(results) {
            assert_eq!(load(&mut keep, name).is_some(), result.is_ok(), "{name}");
        }
    }

    #[test]
    fn a_partition_with_anything_else_in_it_is_erased() {
        for content in [0x00, 0x5a, 0xff] {
            let mut flash = Flash::new(std::vec![content; 4 * SECTOR]);
            let mut keep = open(&mut flash);
            assert_eq!(block_on(keep.store("key", b"value")), Ok(()));
            assert_eq!(load(&mut keep, "key"), Some(b"value".to_vec()));
        }
        assert!(
            block_on(Keep::open(&mut Flash::new(std::vec![0xff; SECTOR])))
                .expect("there is power")
                .is_none()
        );
    }

    #[derive(Clone, Debug)]
    enum Call {
        Store(String, Vec<u8>),
        Remove(String),
    }

    fn calls() -> impl Strategy<Value = Vec<Call>> {
        let call =
            ("[a-d]", prop::collection::vec(any::<u8>(), 0..700), 0..4).prop_map(|(name, value, what)| match what {
                0 => Call::Remove(name),
                _ => Call::Store(name, value),
            });
        prop::collection::vec(call, 1..40)
    }

    proptest! {
        #[test]
        fn after_a_power_cut_there_is_the_old_value_or_the_new_one(calls in calls(), cut in 0..12_000_usize) {
            let mut flash = Flash::new(std::vec![0xff; 4 * SECTOR]);
            let _ = open(&mut flash);
            flash.words_left = cut;
            let mut kept = BTreeMap::new();
            let mut in_doubt = None;
            {
                // Opening reads alone.
                let mut keep = open(&mut flash);
                for call in &calls {
                    let (name, value, result) = match call {
                        Call::Store(name, value) => (name, Some(value), block_on(keep.store(name, value))),
                        Call::Remove(name) => (name, None, block_on(keep.remove(name))),
                    };
                    if result.is_err() {
                        in_doubt = Some((name, value));
                        break;
                    }
                    match value {
                        Some(value) => kept.insert(name, value),
                        None => kept.remove(name),
                    };
                }
            }
            flash.words_left = usize::MAX;
            let mut keep = open(&mut flash);
            for name in ["a", "b", "c", "d"].map(String::from) {
                let found = load(&mut keep, &name);
                let old = kept.get(&name).copied();
                let is_new = matches!(in_doubt, Some((doubted, new)) if *doubted == name && found.as_ref() == new);
                prop_assert!(found.as_ref() == old || is_new, "{name}: {found:?}");
            }
        }

        #[test]
        fn whatever_a_partition_holds_it_can_be_used(seed: [u8; 64], length in 0..=2 * SECTOR) {
            let mut octets = std::vec![0xff; 3 * SECTOR];
            for (cell, octet) in octets[..length].iter_mut().zip(seed.iter().cycle()) {
                *cell = *octet;
            }
            let mut flash = Flash::new(octets);
            let mut keep = open(&mut flash);
            prop_assert_eq!(block_on(keep.store("key", b"value")), Ok(()));
            prop_assert_eq!(load(&mut keep, "key"), Some(b"value".to_vec()));
        }
    }
}
