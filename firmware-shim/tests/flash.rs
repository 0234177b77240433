//! What is in a board's flash is read alike by the firmware, the boot loader's crate and the project's own parsers.

use std::fs;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use esp_bootloader_esp_idf::ota::Ota;
use esp_bootloader_esp_idf::partitions::{
    AppPartitionSubType, DataPartitionSubType, FlashStorage, PARTITION_TABLE_MAX_LEN, PartitionEntry, PartitionType,
    read_partition_table,
};
use protocol::board::{ImageState, SECTOR};
use protocol::image::{BootData, Checker, ChipId, Description, ENTRY_LEN, Header};

/// What `partitions.csv` is laid out for.
const FLASH: u32 = 4 << 20;

/// Where the boot loader looks for the table, which ends where the partitions begin.
const TABLE: Range<usize> = 0x8000..0x9000;

/// The memory of chips is mapped in pages of 64 KiB: images begin with one.
const PAGE: u32 = 0x1_0000;

/// Where the C3 and the S3 see the first octet of an image's first segment.
const FIRST_SEGMENT: [u8; 4] = 0x3c00_0020_u32.to_le_bytes();

const OTA_DATA: PartitionType = PartitionType::Data(DataPartitionSubType::Ota);
const SLOTS: [AppPartitionSubType; 2] = [AppPartitionSubType::Ota0, AppPartitionSubType::Ota1];

/// The table as the flash has it.
fn table() -> Vec<u8> {
    esp_idf_part::PartitionTable::try_from_str(include_str!("../partitions.csv"))
        .and_then(|table| table.to_bin())
        .expect("the table is right")
}

/// The flash that the boot loader's crate has for tests, of which there is one.
struct Flash(
    FlashStorage<'static>,
    #[expect(dead_code, reason = "a lock")] MutexGuard<'static, ()>,
);

impl Flash {
    /// With what its beginning holds.
    fn of(table: &[u8], ota_data: &[u8]) -> Self {
        static ONE: Mutex<()> = Mutex::new(());
        let lock = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        let mut flash = FlashStorage::new();
        let put = |flash: &mut FlashStorage<'_>, at, octets| flash.write(at, octets).expect("there is room");
        put(&mut flash, TABLE.start as u32, table);
        put(&mut flash, 0x9000, ota_data);
        Self(flash, lock)
    }

    fn partitions(&mut self) -> Vec<PartitionEntry> {
        let mut buffer = [0; PARTITION_TABLE_MAX_LEN];
        let table = read_partition_table(&mut self.0, &mut buffer).expect("the table is right");
        table.iter().collect()
    }

    fn ota(&mut self) -> Ota<'_, 'static> {
        let entry = find(&self.partitions(), OTA_DATA);
        Ota::new(entry.as_flash_region(&mut self.0), SLOTS.len()).expect("it is the boot loader's data")
    }

    /// The project's own view of what the boot loader chooses by.
    fn boot_data(&mut self) -> BootData {
        let mut sectors = [[0; ENTRY_LEN]; 2];
        for (number, sector) in (0..).zip(&mut sectors) {
            self.0.read(0x9000 + number * SECTOR, sector).expect("there is flash");
        }
        BootData::parse(&sectors)
    }
}

const ERASED: [u8; 2 * SECTOR as usize] = [0xff; 2 * SECTOR as usize];

fn find(partitions: &[PartitionEntry], wanted: PartitionType) -> PartitionEntry {
    *partitions
        .iter()
        .find(|entry| entry.partition_type() == wanted)
        .unwrap_or_else(|| panic!("the table has no {wanted:?}"))
}

#[test]
fn the_table_has_what_the_firmware_looks_for() {
    let partitions = Flash::of(&table(), &ERASED).partitions();
    let slots = SLOTS.map(|slot| find(&partitions, PartitionType::App(slot)));
    assert_eq!(slots[0].len(), slots[1].len());
    assert!(slots.iter().all(|slot| slot.offset() % PAGE == 0));
    let ota_data = find(&partitions, OTA_DATA);
    // Where espflash erases it, by its name, and the firmware and the boot loader read it.
    assert_eq!(
        (ota_data.label_as_str(), ota_data.offset(), ota_data.len()),
        ("otadata", 0x9000, 2 * SECTOR)
    );
    let storage = partitions.iter().find(|entry| entry.label_as_str() == "storage");
    assert!(storage.is_some_and(|storage| storage.len() >= 2 * SECTOR));

    let mut ends = TABLE.end as u32;
    for entry in &partitions {
        assert!(
            entry.offset() >= ends,
            "{} begins before the one before it ends",
            entry.label_as_str()
        );
        ends = entry.offset() + entry.len();
    }
    assert!(ends <= FLASH);
}

/// espflash writes boot loader, table and image, and leaves alone what the boot loader chose: after an upgrade over the air that is the
/// other slot.
#[test]
fn flashing_forgets_which_slot_was_chosen() {
    let partitions = Flash::of(&table(), &ERASED).partitions();
    let chosen_by = find(&partitions, OTA_DATA);
    let forgets = format!("--erase-parts {}", chosen_by.label_as_str());
    let runners: Vec<_> = include_str!("../.cargo/config.toml")
        .lines()
        .filter(|line| line.starts_with("runner = "))
        .collect();
    assert_eq!(runners.len(), 2);
    for runner in runners {
        assert!(runner.contains("--target-app-partition ota_0"), "{runner}");
        assert!(runner.contains(&forgets), "{runner}");
    }
}

#[test]
fn both_read_the_same_choice_of_a_slot() {
    let mut flash = Flash::of(&table(), &ERASED);
    assert_eq!(flash.boot_data().chosen(), 0);
    for (turn, slot) in [1, 0, 0, 1, 1, 0].into_iter().enumerate() {
        // Written by the one and read by the other, in turn.
        if turn % 2 == 0 {
            let entry = flash.boot_data().choose(slot, ImageState::OnTrial);
            let at = 0x9000 + entry.sector as u32 * SECTOR;
            flash.0.write(at, &entry.octets).expect("there is flash");
        } else {
            flash
                .ota()
                .set_current_app_partition(SLOTS[slot])
                .expect("there is flash");
        }
        assert_eq!(flash.boot_data().chosen(), slot);
        assert_eq!(flash.ota().current_app_partition(), Ok(SLOTS[slot]));
        let entry = flash.boot_data().confirm(slot);
        if let Some(entry) = entry {
            let at = 0x9000 + entry.sector as u32 * SECTOR;
            flash.0.write(at, &entry.octets).expect("there is flash");
        }
        assert_eq!(flash.boot_data().state(slot), ImageState::Confirmed);
        assert_eq!(flash.ota().current_app_partition(), Ok(SLOTS[slot]));
    }
}

/// Octets of the image that begins with these.
fn image_length(octets: &[u8]) -> usize {
    let length = Checker::new().feed(octets).expect("the image is right");
    length.expect("the image is whole") as usize
}

/// A whole flash for the ESP32-C3: boot loader, table, image.
#[test]
#[ignore = "needs FLASH_IMAGE, which .ci/chip-check.sh makes"]
fn a_whole_flash_starts_the_firmware() {
    let path = std::env::var_os("FLASH_IMAGE").expect("FLASH_IMAGE names a file");
    let octets = fs::read(path).expect("FLASH_IMAGE can be read");
    let mut flash = Flash::of(
        &octets[TABLE.start..][..PARTITION_TABLE_MAX_LEN],
        &octets[0x9000..0xb000],
    );

    let header = |at: usize| Header::parse(&octets[at..]).expect("an image begins there");
    assert!(
        image_length(&octets) <= TABLE.start,
        "the boot loader reaches into the table"
    );
    assert_eq!(header(0).chip, ChipId::ESP32_C3);

    assert_eq!(octets[0x9000..0xb000], ERASED, "a slot is chosen already");
    assert_eq!(flash.boot_data().chosen(), 0);
    let slot = find(&flash.partitions(), PartitionType::App(SLOTS[0]));
    let image = &octets[slot.offset() as usize..];
    assert!(
        image_length(image) <= slot.len() as usize,
        "the image does not fit its slot"
    );
    assert_eq!(header(slot.offset() as usize).chip, ChipId::ESP32_C3);
    // By this address the firmware finds out which slot it runs from.
    assert_eq!(image[Header::LEN..][..4], FIRST_SEGMENT);
    let description = image[Description::OFFSET as usize..].first_chunk::<{ Description::LEN }>();
    let description = Description::parse(description.expect("the image is whole")).expect("it has a description");
    assert_eq!(description.project.as_str(), "firmware-shim");
}
