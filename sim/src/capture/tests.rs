//! The formats, whole and damaged.

use std::io;

use proptest::prelude::*;
use proptest::sample::Index;
use protocol::Rate;

use super::*;
use crate::kernel::Time;
use crate::record::PcapngWriter;
use crate::record::radiotap::{self, flags};

/// An ACK with its FCS.
fn ack() -> Vec<u8> {
    let mut mpdu = vec![0xd4, 0, 0, 0, 0x24, 0x0a, 0xc4, 0, 0, 1];
    mpdu.extend(protocol::frame::fcs(&mpdu).to_le_bytes());
    mpdu
}

fn header() -> radiotap::Header {
    radiotap::Header {
        tsft_micros: Some(5),
        flags: Some(flags::FCS_AT_END),
        signal_dbm: Some(-20),
        ..radiotap::Header::default()
    }
    .with_rate(Rate::Dsss1M)
}

/// Three ACKs, 1 µs apart, the second with a wrong FCS.
fn pcapng() -> Vec<u8> {
    let mut writer = PcapngWriter::new(Vec::new(), None).expect("memory");
    for number in 0..3 {
        let mut mpdu = ack();
        mpdu[9] += u8::from(number == 1);
        writer
            .write_frame(Time::from_micros(number), &header(), &mpdu)
            .expect("memory");
    }
    writer.into_inner()
}

/// A pcap file with one packet, of which `original_len` octets are claimed. `word` is the byte order.
fn pcap(magic: u32, link_type: u32, original_len: u32, packet: &[u8], word: fn(u32) -> [u8; 4]) -> Vec<u8> {
    let version = match word(1) {
        [1, ..] => [2, 0, 4, 0],
        _ => [0, 2, 0, 4],
    };
    let mut file = word(magic).to_vec();
    file.extend(version);
    for value in [0, 0, 0, link_type, 7, 9, packet.len() as u32, original_len] {
        file.extend(word(value));
    }
    file.extend(packet);
    file
}

/// The frames up to the error, and the error.
fn read(file: &[u8]) -> (Vec<CapturedFrame>, Option<CaptureError>) {
    let mut frames = Vec::new();
    match Capture::new(file) {
        Ok(capture) => {
            for frame in capture {
                match frame {
                    Ok(frame) => frames.push(frame),
                    Err(error) => return (frames, Some(error)),
                }
            }
            (frames, None)
        }
        Err(error) => (frames, Some(error)),
    }
}

#[test]
fn what_was_recorded_is_read_back() {
    let (frames, error) = read(&pcapng());
    assert!(error.is_none(), "{error:?}");
    assert_eq!(frames.len(), 3);
    assert_eq!(
        frames[2],
        CapturedFrame {
            index: 3,
            timestamp_ns: Some(2_000),
            radiotap: Some(header()),
            fcs: Some(FcsStatus::Good),
            cut_off: 0,
            mpdu: ack()[..10].to_vec(),
        }
    );
    assert_eq!(frames[1].fcs, Some(FcsStatus::Bad));
    assert_eq!(frames[1].mpdu.len(), 10);
}

#[test]
fn pcap_comes_in_four_kinds() {
    for (magic, nanos) in [(0xa1b2_c3d4, 7_000_009_000), (0xa1b2_3c4d, 7_000_000_009)] {
        for word in [u32::to_le_bytes, u32::to_be_bytes] {
            // The upper bits of the link type say that an FCS of four octets is there.
            let (frames, error) = read(&pcap(magic, 0x4400_0069, 14, &ack(), word));
            assert!(error.is_none(), "{error:?}");
            assert_eq!(frames[0].timestamp_ns, Some(nanos));
            assert_eq!(frames[0].fcs, Some(FcsStatus::Good));
            assert_eq!(frames[0].mpdu, ack()[..10]);
        }
    }
}

#[test]
fn a_bare_frame_may_have_no_fcs() {
    let (frames, _) = read(&pcap(0xa1b2_c3d4, 105, 10, &ack()[..10], u32::to_le_bytes));
    assert_eq!(frames[0].fcs, None);
    assert_eq!(frames[0].mpdu, ack()[..10]);
}

#[test]
fn cut_frames_have_no_fcs() {
    let mut packet = Vec::new();
    header().emit(&mut packet);
    packet.extend(&ack()[..12]);
    let whole = packet.len() as u32 + 2;
    let (frames, error) = read(&pcap(0xa1b2_c3d4, 127, whole, &packet, u32::to_le_bytes));
    assert!(error.is_none(), "{error:?}");
    assert_eq!((frames[0].cut_off, frames[0].fcs), (2, None));
    assert_eq!(frames[0].mpdu, ack()[..10]);
}

#[test]
fn other_blocks_interfaces_and_sections_are_taken_as_they_come() {
    fn block(out: &mut Vec<u8>, kind: u32, body: &[u8]) {
        let length = (body.len() as u32 + 12).to_be_bytes();
        out.extend(kind.to_be_bytes());
        out.extend(length);
        out.extend(body);
        out.extend(length);
    }
    let unhex = |text: &str| hex::decode(text.replace(' ', "")).expect("hex");
    // A little-endian section first, then a big-endian one with two interfaces, the second in units of 2⁻¹⁰ s.
    let mut file = pcapng();
    block(&mut file, 0x0a0d_0d0a, &unhex("1a2b3c4d 00010000 ffffffffffffffff"));
    block(&mut file, 1, &unhex("00690000 00000000"));
    block(&mut file, 0x0bad_cafe, &unhex("01020304"));
    block(&mut file, 1, &unhex("00690000 00000000 00090001 8a000000 00000000"));
    let mut enhanced = unhex("00000001 00000000 00000200 0000000e 0000000e");
    enhanced.extend(ack());
    enhanced.extend([0, 0]);
    block(&mut file, 6, &enhanced);
    let mut obsolete = unhex("0000ffff 00000000 00000003 0000000e 0000000e");
    obsolete.extend(ack());
    obsolete.extend([0, 0]);
    block(&mut file, 2, &obsolete);
    let mut simple = unhex("0000000e");
    simple.extend(ack());
    simple.extend([0, 0]);
    block(&mut file, 3, &simple);

    let (frames, error) = read(&file);
    assert!(error.is_none(), "{error:?}");
    let times: Vec<_> = frames.iter().skip(3).map(|frame| frame.timestamp_ns).collect();
    assert_eq!(times, [Some(500_000_000), Some(3_000), None]);
    assert!(frames.iter().skip(3).all(|frame| frame.mpdu == ack()[..10]));
}

#[test]
fn damage_ends_the_frames_with_one_error() {
    let file = pcapng();
    let last = file.len() - 1;
    let (frames, error) = read(&file[..last]);
    assert_eq!(frames.len(), 2);
    assert_eq!(
        error.expect("cut short").to_string(),
        "cut short: ends inside packet 3, which starts at octet 216, or that packet's length is wrong"
    );

    let mut broken = file.clone();
    broken[last] ^= 0x40;
    let (frames, error) = read(&broken);
    assert_eq!(frames.len(), 2);
    assert!(
        matches!(
            error,
            Some(CaptureError::Damaged {
                packet: 3,
                offset: 216,
                ..
            })
        ),
        "{error:?}"
    );

    let mut capture = Capture::new(&file[..last]).expect("the header is whole");
    assert_eq!(capture.by_ref().filter(Result::is_err).count(), 1);
    assert!(capture.next().is_none());
}

#[test]
fn lengths_that_can_not_be_are_refused() {
    let mut file = pcap(0xa1b2_c3d4, 127, 14, &ack(), u32::to_le_bytes);
    file[32..36].copy_from_slice(&u32::MAX.to_le_bytes());
    let (frames, error) = read(&file);
    assert!(frames.is_empty());
    assert!(
        matches!(error, Some(CaptureError::CutShort { packet: 1, offset: 24 })),
        "{error:?}"
    );
}

#[test]
fn other_files_are_refused_with_a_reason() {
    let message = |file: &[u8]| read(file).1.expect("refused").to_string();
    assert_eq!(
        message(b""),
        "empty: expected a pcap or pcapng capture, or octets in hexadecimal digits"
    );
    assert_eq!(
        message(b"\x7fELF\x02\x01"),
        "neither a pcap or pcapng capture nor octets in hexadecimal digits"
    );
    assert_eq!(
        message(b"# a frame\nd4 xx\n"),
        "line 2: 'x' is not a hexadecimal digit (not pcap or pcapng, so read as octets in hexadecimal digits)"
    );
    assert_eq!(
        message(&pcap(0xa1b2_c3d4, 119, 14, &ack(), u32::to_le_bytes)),
        "packet 1 has link type 119 (Prism); capture with radiotap headers (127) or bare 802.11 (105)"
    );
    assert_eq!(
        message(&pcap(0xa1b2_c3d4, 127, 14, &ack(), u32::to_le_bytes)),
        "damaged in packet 1: radiotap version 212; only 0 exists"
    );
}

#[test]
fn interfaces_without_end_are_refused() {
    let section = hex::decode("0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000").expect("digits");
    let short = hex::decode("01000000140000007f0000000000000014000000").expect("digits");
    let mut long = hex::decode("01000000000010007f000000000000000100e8ff").expect("digits");
    long.resize((1 << 20) - 4, 0);
    long.extend((1_u32 << 20).to_le_bytes());
    for (block, enough, too_many) in [(short, 16_384, 16_385), (long, 16, 17)] {
        let file = |count| [&*section, &block.repeat(count)].concat();
        let (_, error) = read(&file(enough));
        assert!(error.is_none(), "{error:?}");
        let (_, error) = read(&file(too_many));
        let error = error.expect("refused").to_string();
        assert!(error.contains("there are more than 16384 interfaces"), "{error}");
        // A section's own.
        let (_, error) = read(&file(enough).repeat(2));
        assert!(error.is_none(), "{error:?}");
    }
}

#[test]
fn a_failing_disk_is_told_from_a_damaged_file() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("no more"))
        }
    }
    let file = pcapng();
    let error = Capture::new(file.as_slice().chain(Failing))
        .expect("the header is whole")
        .find_map(Result::err)
        .expect("the disk fails");
    assert_eq!(error.to_string(), "reading failed: no more");
}

fn samples() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(pcapng()),
        Just(pcap(0xa1b2_c3d4, 105, 14, &ack(), u32::to_le_bytes)),
        Just(pcap(0xa1b2_3c4d, 105, 14, &ack(), u32::to_be_bytes)),
        Just(b"d4000000240ac4000001\n# end\n".to_vec()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_octets_are_read_or_refused(
        magic in prop::sample::select([PCAP_MAGICS.as_slice(), &[PCAPNG_MAGIC, *b"0xd4"]].concat()),
        rest in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        read(&rest);
        read(&[&magic[..], &rest].concat());
    }

    #[test]
    fn damaged_files_are_read_or_refused(
        file in samples(),
        damage in prop::collection::vec((any::<Index>(), any::<u8>()), 0..4),
        end: Index,
    ) {
        let mut file = file;
        for (place, octet) in damage {
            *place.get_mut(&mut file) = octet;
        }
        read(&file);
        read(&file[..end.index(file.len())]);
    }
}
