//! An image for a chip.

use protocol::image::{Checker, ChipId, Description, Header, Image, ImageError, Segment, Text};

/// The octets are an image. Its pieces' lengths do not matter to what is found, and what an image is made of is what is read from it.
pub fn image(octets: &[u8]) {
    let header = Header::parse(octets);
    if let Ok(header) = header {
        assert_eq!(Header::parse(&header.emit()), Ok(header));
    }
    let description = octets.get(Description::OFFSET as usize..).map(Description::parse);
    if let Some(Ok(description)) = description {
        assert_eq!(Description::parse(&description.emit()), Ok(description));
        for text in [
            description.version.as_str(),
            description.project.as_str(),
            description.idf_version.as_str(),
        ] {
            assert!(text.len() <= 32 && !text.contains('\0'));
        }
        check_made(&description, octets);
    }
    let whole = Checker::new().feed(octets);
    for size in [1, 7, 64] {
        assert_eq!(feed_in_pieces(octets, size), whole, "in pieces of {size}");
    }
    if let Ok(Some(length)) = whole {
        assert!(header.is_ok() && length as usize <= octets.len() && length.is_multiple_of(16));
    }
}

/// Feeds octets in pieces up to the image's end or the first error.
fn feed_in_pieces(octets: &[u8], size: usize) -> Result<Option<u32>, ImageError> {
    let mut checker = Checker::new();
    // An image may be whole before the first octet: it is not.
    let mut found = Ok(None);
    for piece in octets.chunks(size) {
        found = checker.feed(piece);
        if found != Ok(None) {
            break;
        }
    }
    found
}

/// Makes an image around the description, with what follows as its segments.
fn check_made(description: &Description, octets: &[u8]) {
    let rest = octets
        .get(Description::OFFSET as usize + Description::LEN..)
        .unwrap_or_default();
    let (data, more) = rest.split_at(rest.len() / 8 * 4);
    let more = &more[..more.len() / 4 * 4];
    let image = Image {
        chip: Header::parse(octets).map_or(ChipId::ESP32_S3, |header| header.chip),
        entry: 0x4037_0000,
        description: *description,
        address: 0x3c00_0020,
        data,
        segments: &[Segment {
            address: 0x3fc8_0000,
            data: more,
        }],
    };
    let mut buffer = vec![0; image.buffer_len()];
    let length = image
        .emit(&mut buffer)
        .expect("there is room, and segments are multiples of four");
    assert_eq!(length, buffer.len());
    assert_eq!(Checker::new().feed(&buffer), Ok(Some(length as u32)));
    assert_eq!(
        Description::parse(&buffer[Description::OFFSET as usize..]),
        Ok(*description)
    );
    // Any octet but those of the boot loader's own affair would do; the hash is over all of them.
    let place = rest.first().map_or(0, |octet| usize::from(*octet) * 31 % length);
    buffer[place] ^= 1;
    assert_ne!(
        Checker::new().feed(&buffer),
        Ok(Some(length as u32)),
        "octet {place} was changed"
    );
}

/// An image for an ESP32-S3 with hardly anything in it, of this version.
#[must_use]
pub fn small_image(version: u8) -> Vec<u8> {
    let image = Image {
        chip: ChipId::ESP32_S3,
        entry: 0x4037_0000,
        description: Description {
            version: Text::new(&format!("1.{version}.0")).unwrap_or_default(),
            project: Text::new("small").unwrap_or_default(),
            ..Description::default()
        },
        address: 0x3c00_0020,
        data: b"data",
        segments: &[Segment {
            address: 0x3fc8_0000,
            data: b"more",
        }],
    };
    let mut octets = vec![0; image.buffer_len()];
    image
        .emit(&mut octets)
        .expect("there is room, and segments are multiples of four");
    octets
}
