//! The law of dumps: whatever the length and whatever the octets, a tool's dump is read whole, or the reason is told.

use proptest::prelude::*;

use super::super::error::HexError;
use super::super::{Capture, CaptureError};
use super::tests::{characters, halves, in_groups};

/// The only frame of a text, or what is wrong with it.
fn read(text: &str) -> Result<Vec<u8>, HexError> {
    let mut frames = Vec::new();
    for frame in Capture::new(text.as_bytes()).expect("it is not empty") {
        match frame {
            Ok(frame) => frames.push(frame.mpdu),
            Err(CaptureError::Hex { reason, .. }) => return Err(reason),
            Err(other) => panic!("{other} in\n{text}"),
        }
    }
    assert_eq!(frames.len(), 1, "frames in\n{text}");
    Ok(frames.remove(0))
}

/// What `xxd -c columns -g size` writes, with other octets of a group first as `-e` has it, or with decimal offsets, as `-d`.
fn xxd(octets: &[u8], columns: usize, size: usize, is_little: bool, is_decimal: bool) -> String {
    let mut text = String::new();
    let width = columns * 2 + columns.div_ceil(size) - 1;
    for (line, row) in octets.chunks(columns).enumerate() {
        let at = line * columns;
        text += &match is_decimal {
            true => format!("{at:08}: "),
            false => format!("{at:08x}: "),
        };
        let groups = match is_little {
            false => in_groups(row, size),
            true => row
                .chunks(size)
                .map(|group| {
                    let reversed: Vec<u8> = group.iter().rev().copied().collect();
                    format!("{:>1$}", hex::encode(reversed), 2 * size)
                })
                .collect::<Vec<_>>()
                .join(" "),
        };
        text += &format!("{groups:<width$}  {}\n", characters(row));
    }
    text
}

fn rows(octets: &[u8], write: impl Fn(usize, &[u8]) -> String) -> String {
    let rows = octets.chunks(16).enumerate();
    rows.map(|(row, octets)| write(16 * row, octets) + "\n").collect()
}

/// The octets in words, least significant octet first, `gap` apart.
fn words(octets: &[u8], gap: &str) -> String {
    let word = |word: &[u8]| format!("{:02x}{:02x}", word.get(1).unwrap_or(&0), word[0]);
    octets.chunks(2).map(word).collect::<Vec<_>>().join(gap)
}

/// Dumps that are read, whatever is in them.
fn dumps(octets: &[u8]) -> Vec<(String, String)> {
    let length = octets.len();
    let mut dumps = vec![
        (
            "hexdump -C".to_owned(),
            rows(octets, |at, row| {
                format!("{at:08x}  {:<48}  |{}|", halves(row), characters(row))
            }) + &format!("{length:08x}\n"),
        ),
        (
            "hexdump".to_owned(),
            rows(octets, |at, row| format!("{at:07x} {}", words(row, " "))) + &format!("{length:07x}\n"),
        ),
        (
            "hexdump -x".to_owned(),
            rows(octets, |at, row| format!("{at:07x}    {}", words(row, "    "))) + &format!("{length:07x}\n"),
        ),
        (
            "od -x".to_owned(),
            rows(octets, |at, row| format!("{at:07o} {}", words(row, " "))) + &format!("{length:07o}\n"),
        ),
        (
            "od -A x -t x1 -v".to_owned(),
            rows(octets, |at, row| format!("{at:06x} {}", in_groups(row, 1))) + &format!("{length:06x}\n"),
        ),
        (
            "od -A x -t x1z -v".to_owned(),
            rows(octets, |at, row| {
                format!("{at:06x} {:<47}  >{}<", in_groups(row, 1), characters(row))
            }) + &format!("{length:06x}\n"),
        ),
        (
            "Wireshark".to_owned(),
            rows(octets, |at, row| {
                format!("{at:04x}   {:<47}   {}", in_groups(row, 1), characters(row))
            }),
        ),
        (
            "tcpdump -x".to_owned(),
            rows(octets, |at, row| format!("\t0x{at:04x}:  {}", in_groups(row, 2))),
        ),
        (
            "tcpdump -XX".to_owned(),
            rows(octets, |at, row| {
                format!("\t0x{at:04x}:  {:<39}  {}", in_groups(row, 2), characters(row))
            }),
        ),
    ];
    for size in [1, 2, 3, 4, 8, 16] {
        for columns in [4, 5, 7, 8, 10, 12, 16, 20, 31, 32] {
            dumps.push((
                format!("xxd -c {columns} -g {size}"),
                xxd(octets, columns, size, false, false),
            ));
        }
    }
    dumps.push(("xxd -d".to_owned(), xxd(octets, 16, 2, false, true)));
    dumps.push(("xxd -g 0".to_owned(), xxd(octets, 16, 256, false, false)));
    dumps
}

/// No frame begins with the octets of a radiotap header or a capture file here; those have tests of their own.
fn of_length(length: usize, of: impl Fn(usize) -> u8) -> Vec<u8> {
    (0..length)
        .map(|place| if place == 0 { 0xd0 } else { of(place) })
        .collect()
}

#[test]
fn every_length_is_read_whole() {
    for length in 1..=260 {
        let contents: [fn(usize) -> u8; 3] = [
            |place| (place * 151 + place / 7) as u8,
            // What looks like octets, offsets and the ends of columns.
            |place| b"00 11 ab |>*  0x"[place % 16],
            |place| b"  a0 1  "[(place * 5) % 8],
        ];
        // All of them for what is shorter than a few lines.
        let some = if length < 70 { 0..3 } else { length % 3..length % 3 + 1 };
        for of in &contents[some] {
            let octets = of_length(length, of);
            for (tool, text) in dumps(&octets) {
                assert_eq!(read(&text), Ok(octets.clone()), "{tool}, {length} octets:\n{text}");
            }
        }
    }
}

#[test]
fn other_orders_are_told_by_their_characters() {
    for length in 20..=260 {
        let octets = of_length(length, |place| b"Starting... 12  "[(place * 3) % 16]);
        for size in [2, 4, 8] {
            let text = xxd(&octets, 16, size, true, false);
            assert_eq!(read(&text), Ok(octets.clone()), "{length} octets:\n{text}");
        }
    }
}

#[test]
fn other_digits_are_told() {
    let bits = |octets: &[u8]| {
        octets
            .iter()
            .map(|octet| format!("{octet:08b}"))
            .collect::<Vec<_>>()
            .join(" ")
    };
    for octets in [of_length(60, |place| place as u8), of_length(60, |_| 0)] {
        let text: String = (0..)
            .zip(octets.chunks(6))
            .map(|(row, octets)| format!("{:08x}: {}  {}\n", 6 * row, bits(octets), characters(octets)))
            .collect();
        assert_eq!(read(&text), Err(HexError::Bits), "{text}");
    }
    for text in [
        "0000000 000320 000000\n0000004\n",
        "0000000 320 000 072 001\n0000004\n",
        "0000000   53456   00314\n0000004\n",
        "0000000  8224  8224  8224\n0000006\n",
        "0000000 320  \\0   :\n0000003\n",
        "0000000  \\0  \\0\n0000002\n",
        "0000000 3a0140d0 4da4aeb0\n0000010\n",
        "0000000  -48    0   58\n0000003\n",
    ] {
        assert_eq!(read(text), Err(HexError::OtherWords), "{text}");
    }
}

#[test]
fn what_is_missing_is_told() {
    let octets = of_length(60, |place| place as u8);
    let whole = xxd(&octets, 16, 4, false, false);
    let changed = |from: &str, to: &str| read(&whole.replace(from, to));
    assert_eq!(changed("30313233", "30x13233"), Err(HexError::NoOctets));
    assert_eq!(changed("30313233 ", "303132 "), Err(HexError::NoOctets));
    assert_eq!(changed("34353637 ", "3435363 "), Err(HexError::NoOctets));
    assert_eq!(changed("14151617 ", "141516 "), Err(HexError::NoOctets));
    assert_eq!(changed("34353637 ", "343536 "), Err(HexError::NoOctets));
    assert!(matches!(
        changed("20212223 24252627 ", ""),
        Err(HexError::Offset { .. })
    ));
    // An offset alone that says another length, and lines that nobody counts.
    let length = HexError::Offset { found: 4, expected: 3 };
    assert_eq!(read("000000 d0 00 01\n000004\n"), Err(length));
    assert_eq!(read(" d0 00 01 02 03 04 05 06\n*\n 00 01\n"), Err(HexError::LeftOut));
}

#[test]
fn the_octets_of_a_capture_file_are_no_frame() {
    let file = hex::decode("d4c3b2a1020004000000000000000000ffff00007f000000").expect("digits");
    let section = hex::decode("0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000").expect("digits");
    for octets in [file, section] {
        let escaped: String = octets.iter().map(|octet| format!("\\x{octet:02x}")).collect();
        let list: String = octets.iter().map(|octet| format!("0x{octet:02x}, ")).collect();
        for text in [
            xxd(&octets, 16, 2, false, false),
            hex::encode(&octets) + "\n",
            in_groups(&octets, 1),
            format!("b'{escaped}'\n"),
            format!("char f[] = {{\n{list}\n}};\n"),
        ] {
            assert_eq!(read(&text), Err(HexError::CaptureFile), "{text}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_octets_are_read_whole(rest in prop::collection::vec(any::<u8>(), 0..260), columns in 4..33_usize, size in 1..17_usize) {
        let octets = [&[0xd0][..], &rest].concat();
        let dumps = dumps(&octets).into_iter().map(|(_, text)| text);
        for text in dumps.chain([xxd(&octets, columns, size, false, false)]) {
            prop_assert_eq!(read(&text), Ok(octets.clone()), "{}", text);
        }
    }
}
