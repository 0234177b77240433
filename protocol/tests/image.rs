//! The codec of images, against the format as Espressif documents it and against itself.

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::image::{Checker, ChipId, Description, HASH_LEN, Header, Image, ImageError, Segment, Text};
use sha2::{Digest as _, Sha256};

fn described() -> Description {
    Description {
        secure_version: 7,
        version: Text::new("1.2.0").expect("short"),
        project: Text::new("lamp").expect("short"),
        time: Text::new("12:00:00").expect("short"),
        date: Text::new("Jan 31 2026").expect("short"),
        idf_version: Text::new("v5.3").expect("short"),
        elf_sha256: [0xab; 32],
    }
}

fn emit(image: &Image<'_>) -> Vec<u8> {
    let mut octets = vec![0xcc; image.buffer_len()];
    assert_eq!(image.emit(&mut octets), Ok(octets.len()));
    octets
}

fn small() -> Vec<u8> {
    emit(&Image {
        chip: ChipId::ESP32_S3,
        entry: 0x4037_5a00,
        description: described(),
        address: 0x3c00_0020,
        data: &[1, 2, 3, 4],
        segments: &[Segment {
            address: 0x4200_0000,
            data: &[5; 8],
        }],
    })
}

fn check(octets: &[u8]) -> Result<Option<u32>, ImageError> {
    Checker::new().feed(octets)
}

#[test]
fn fields_are_where_the_documentation_has_them() {
    let octets = small();
    // esp_image_header_t
    assert_eq!(octets[..2], [0xe9, 2]);
    assert_eq!(octets[4..8], 0x4037_5a00_u32.to_le_bytes());
    assert_eq!(octets[12..14], [9, 0], "an ESP32-S3");
    assert_eq!(octets[23], 1, "a hash is appended");
    // esp_image_segment_header_t
    assert_eq!(octets[24..28], 0x3c00_0020_u32.to_le_bytes());
    assert_eq!(octets[28..32], 260_u32.to_le_bytes());
    // esp_app_desc_t
    assert_eq!(octets[32..36], [0x32, 0x54, 0xcd, 0xab]);
    assert_eq!(octets[36..40], 7_u32.to_le_bytes());
    assert_eq!(&octets[48..54], b"1.2.0\0");
    assert_eq!(&octets[80..85], b"lamp\0");
    assert_eq!(&octets[112..121], b"12:00:00\0");
    assert_eq!(&octets[128..140], b"Jan 31 2026\0");
    assert_eq!(&octets[144..149], b"v5.3\0");
    assert_eq!(octets[176..208], [0xab; 32]);
    // The second segment.
    assert_eq!(octets[292..296], 0x4200_0000_u32.to_le_bytes());
    assert_eq!(octets[296..308], [8, 0, 0, 0, 5, 5, 5, 5, 5, 5, 5, 5]);
    // 308 octets of segments: zeros and the checksum up to 320, then the hash.
    assert_eq!(octets.len(), 320 + HASH_LEN);
    assert_eq!(octets[308..319], [0; 11]);
    let sum = octets[32..292]
        .iter()
        .chain(&octets[300..308])
        .fold(0xef, |sum, octet| sum ^ octet);
    assert_eq!(octets[319], sum);
}

/// Worked out from the documented structures with Python's `struct` and `hashlib`.
#[test]
fn the_hash_is_sha_256_over_everything_before_it() {
    let octets = small();
    let hash = hex::encode(&octets[octets.len() - HASH_LEN..]);
    assert_eq!(hash, "364e39c8d180b1122f2b2f7028b8ed2325a1302c7038cd2a67cb7e761b4ef9e3");
}

#[test]
fn parts_tell_what_the_image_is() {
    let octets = small();
    let header = Header::parse(&octets).expect("a header");
    assert_eq!((header.segments, header.chip.to_string().as_str()), (2, "ESP32-S3"));
    assert_eq!(
        Description::parse(&octets[Description::OFFSET as usize..]),
        Ok(described())
    );
    assert_eq!(Description::parse(&octets), Err(ImageError::Description));
    assert_eq!(Description::parse(&octets[32..200]), Err(ImageError::Truncated));
    assert_eq!(Header::parse(&octets[..23]), Err(ImageError::Truncated));
    assert_eq!(Header::parse(&octets[1..]), Err(ImageError::Magic));
}

#[test]
fn a_whole_image_has_a_hash() {
    let mut octets = small();
    let (image, hash) = octets.split_at(octets.len() - HASH_LEN);
    let mut checker = Checker::new();
    assert_eq!((checker.feed(image), checker.hash()), (Ok(None), None));
    assert_eq!(checker.feed(hash), Ok(Some(352)));
    assert_eq!(checker.hash().as_ref().map(|found| &found[..]), Some(hash));
    // Where none is appended, it is that of all octets.
    octets[23] = 0;
    octets.truncate(320);
    let mut checker = Checker::new();
    assert_eq!(checker.feed(&octets), Ok(Some(320)));
    assert_eq!(checker.hash(), Some(Sha256::digest(&octets).into()));
}

#[test]
fn an_image_can_end_with_its_checksum() {
    let mut octets = small();
    octets[23] = 0;
    assert_eq!(check(&octets), Ok(Some(320)), "what follows is not looked at");
    octets[319] ^= 1;
    assert_eq!(check(&octets), Err(ImageError::Checksum));
}

#[test]
fn what_no_boot_loader_takes_is_refused() {
    let mut octets = small();
    octets[1] = 17;
    assert_eq!(check(&octets), Err(ImageError::Segments));
    octets[1] = 0;
    assert_eq!(check(&octets), Err(ImageError::Segments));
    let mut octets = small();
    octets[28] = 3;
    assert_eq!(check(&octets), Err(ImageError::SegmentLength));
    octets[28..32].copy_from_slice(&0x0100_0000_u32.to_le_bytes());
    assert_eq!(check(&octets), Err(ImageError::SegmentLength));
    assert_eq!(check(&[0xff; 4096]), Err(ImageError::Magic), "erased flash");
}

#[test]
fn images_that_can_not_be_are_not_made() {
    let image = Image {
        chip: ChipId::ESP32,
        entry: 0,
        description: described(),
        address: 0,
        data: &[],
        segments: &[],
    };
    assert_eq!(image.emit(&mut [0; 335]), Err(ImageError::Room));
    let odd = Image { data: &[1, 2], ..image };
    assert_eq!(odd.emit(&mut [0; 1024]), Err(ImageError::SegmentLength));
    let segment = Segment { address: 0, data: &[] };
    let crowded = Image {
        segments: &[segment; 16],
        ..image
    };
    assert_eq!(crowded.emit(&mut [0; 1024]), Err(ImageError::Segments));
    assert_eq!(Text::<4>::new("four"), None);
    assert_eq!(Text::<4>::new("a\0b"), None);
}

fn text<const N: usize>() -> impl Strategy<Value = Text<N>> {
    // Without the standard library, proptest reads no patterns.
    let letter = prop_oneof![prop::char::range(' ', '~'), Just('µ')];
    prop::collection::vec(letter, 0..=40).prop_map(|letters| {
        let text: String = letters.into_iter().collect();
        let length = (0..N).rev().find(|&length| text.is_char_boundary(length));
        Text::new(&text[..length.unwrap_or(0)]).expect("it was cut")
    })
}

prop_compose! {
    fn description()(
        secure_version: u32,
        version in text(),
        project in text(),
        time in text(),
        date in text(),
        idf_version in text(),
        elf_sha256: [u8; 32],
    ) -> Description {
        Description { secure_version, version, project, time, date, idf_version, elf_sha256 }
    }
}

fn words(most: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(any::<[u8; 4]>(), 0..most).prop_map(|words| words.concat())
}

proptest! {
    #[test]
    fn descriptions_survive(description in description()) {
        prop_assert_eq!(Description::parse(&description.emit()), Ok(description));
    }

    #[test]
    fn headers_survive(
        segments in 1_u8..=16, flash: [u8; 2], entry: u32, pins: [u8; 4], chip: u16, oldest_revision: u16,
        newest_revision: u16, hash_appended: bool,
    ) {
        let chip = ChipId(chip);
        let header = Header { segments, flash, entry, pins, chip, oldest_revision, newest_revision, hash_appended };
        prop_assert_eq!(Header::parse(&header.emit()), Ok(header));
    }

    /// In whatever pieces, the checker finds the end; and no octet can be another, the zeros included.
    #[test]
    fn images_are_whole_or_not(
        description in description(),
        data in words(40),
        segments in vec(words(20), 0..5),
        pieces in vec(1_usize..50, 1..20),
        spoilt: prop::sample::Index,
        bit in 0_u8..8,
        trailing in vec(any::<u8>(), 0..40),
    ) {
        let segments: Vec<_> = segments.iter().map(|data| Segment { address: 4, data }).collect();
        let image = Image { chip: ChipId::ESP32, entry: 1, description, address: 2, data: &data, segments: &segments };
        let octets = emit(&image);
        let length = octets.len() as u32;
        let mut checker = Checker::new();
        let (mut rest, mut sizes) = (&octets[..], pieces.iter().cycle());
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(rest.len().min(sizes.next().copied().unwrap_or(1)));
            let expected = if after.is_empty() { Some(length) } else { None };
            prop_assert_eq!(checker.feed(piece), Ok(expected));
            rest = after;
        }
        prop_assert_eq!(checker.feed(&trailing), Ok(Some(length)));
        prop_assert_eq!(check(&octets[..octets.len() - 1]), Ok(None));

        let mut other = octets.clone();
        other[spoilt.index(octets.len())] ^= 1 << bit;
        prop_assert_ne!(check(&other), Ok(Some(length)));
    }

    #[test]
    fn nothing_panics(octets in vec(any::<u8>(), 0..600)) {
        let _ = (Header::parse(&octets), Description::parse(&octets), check(&octets));
        let mut begun = small();
        begun.truncate(32);
        begun.extend(octets);
        let _ = check(&begun);
    }
}
