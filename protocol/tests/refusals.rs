//! Every rule of the format, broken on its own.

use protocol::MacAddress;
use protocol::espnow::Key;
use protocol::frame::{
    Ack, ActionFrame, BufferTooSmall, Header, MacFields, Mpdu, PacketNumber, Payload, Refusal, SealError, TemporalKey,
    Version, append_fcs, check_fcs, stamp,
};

const LAMP: MacAddress = MacAddress([0x24, 0x0a, 0xc4, 0, 0, 1]);
const DESK: MacAddress = MacAddress([0x24, 0x0a, 0xc4, 0, 0, 2]);

// Where the fields are.
const FLAGS: usize = 1;
const SEQUENCE_CONTROL: usize = 22;
const CATEGORY: usize = 24;
const ORGANISATION: usize = 25;
const ELEMENT: usize = 32;
const CCMP: usize = 24;

fn frame(version: Version, body: &[u8]) -> ActionFrame<'_> {
    ActionFrame {
        header: Header::new(LAMP, DESK),
        random: [1, 2, 3, 4],
        payload: Payload::new(version, body).expect("it fits"),
    }
}

fn plain(version: Version, body: &[u8]) -> Vec<u8> {
    let mut mpdu = vec![0; ActionFrame::MAX_LEN];
    let length = frame(version, body).emit(&mut mpdu).expect("room for any frame");
    mpdu.truncate(length);
    mpdu
}

fn key() -> TemporalKey {
    TemporalKey::derive(&Key::new([1; 16]), &Key::new([2; 16]))
}

fn sealed(body: &[u8]) -> Vec<u8> {
    let mut mpdu = vec![0; ActionFrame::MAX_LEN];
    let length = frame(Version::V1, body)
        .emit_sealed(&key(), PacketNumber::FIRST, &mut mpdu)
        .expect("room for any frame");
    mpdu.truncate(length);
    mpdu
}

/// A version octet and a body as an element.
fn element(version_octet: u8, body: &[u8]) -> Vec<u8> {
    let length = 5 + u8::try_from(body.len()).expect("at most 250 octets");
    [&[221, length, 0x18, 0xfe, 0x34, 4, version_octet], body].concat()
}

fn with_elements(elements: &[Vec<u8>]) -> Vec<u8> {
    let mut mpdu = plain(Version::V1, b"");
    mpdu.truncate(ELEMENT);
    mpdu.extend(elements.concat());
    mpdu
}

fn changed(mut mpdu: Vec<u8>, at: usize, octet: u8) -> Vec<u8> {
    mpdu[at] = octet;
    mpdu
}

fn refusal(mpdu: &[u8]) -> Option<Refusal> {
    Mpdu::parse(mpdu).err()
}

#[track_caller]
fn assert_refused(mpdu: &[u8], expected: Refusal) {
    assert_eq!(refusal(mpdu), Some(expected));
}

#[track_caller]
fn assert_payload(mpdu: &[u8], expected: &[u8]) {
    match Mpdu::parse(mpdu) {
        Ok(Mpdu::Plain(packet)) => assert_eq!(packet.segments().collect::<Vec<_>>().concat(), expected),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_frame_that_ends_early_says_what_it_needs() {
    let whole = plain(Version::V1, b"on");
    for length in 0..whole.len() {
        match refusal(&whole[..length]) {
            Some(Refusal::TooShort { have, need }) => {
                assert_eq!(have, length);
                assert!(have < need && need <= whole.len(), "{have} {need}");
            }
            other => panic!("{length} octets: {other:?}"),
        }
    }
    assert_refused(&sealed(b"")[..39], Refusal::TooShort { have: 39, need: 40 });
    assert_eq!(check_fcs(&[1, 2, 3]), Err(Refusal::TooShort { have: 3, need: 4 }));
}

#[test]
fn a_wrong_check_sequence_is_shown_with_the_right_one() {
    let mut frame = *b"123456789\0\0\0\0";
    assert_eq!(append_fcs(&mut frame, 9), Ok(13));
    // The check value of the catalogue of CRCs for ISO-HDLC.
    assert_eq!(frame[9..], 0xcbf4_3926_u32.to_le_bytes());
    frame[12] ^= 1;
    let (found, computed) = (0xcaf4_3926, 0xcbf4_3926);
    assert_eq!(check_fcs(&frame), Err(Refusal::Fcs { found, computed }));
}

#[test]
fn other_frames_of_802_11_are_not_espnow() {
    let whole = plain(Version::V1, b"on");
    assert_refused(&changed(whole.clone(), 0, 0xd1), Refusal::ProtocolVersion { found: 1 });
    for (first_octet, kind, subtype) in [(0x80, 0, 8), (0xe0, 0, 14), (0xb4, 1, 11), (0x88, 2, 8), (0x0c, 3, 0)] {
        assert_refused(
            &changed(whole.clone(), 0, first_octet),
            Refusal::FrameType { kind, subtype },
        );
    }
}

#[test]
fn flags_are_refused_where_they_change_the_format_only() {
    let whole = plain(Version::V1, b"on");
    for flags in [0x01, 0x02, 0x03] {
        assert_refused(&changed(whole.clone(), FLAGS, flags), Refusal::Flags { found: flags });
    }
    assert_refused(&changed(whole.clone(), FLAGS, 0x04), Refusal::Fragment);
    assert_refused(&changed(whole.clone(), SEQUENCE_CONTROL, 0x01), Refusal::Fragment);
    // Retry, power management, more data, order.
    for flags in [0x08, 0x10, 0x20, 0x80, 0xb8] {
        assert_payload(&changed(whole.clone(), FLAGS, flags), b"on");
    }
}

#[test]
fn any_third_address_is_accepted() {
    let whole = plain(Version::V1, b"on");
    let from_esp8266 = [&whole[..16], &LAMP.octets(), &whole[22..]].concat();
    assert_payload(&from_esp8266, b"on");
}

#[test]
fn other_action_frames_are_not_espnow() {
    let whole = plain(Version::V1, b"on");
    assert_refused(&changed(whole.clone(), CATEGORY, 4), Refusal::Category { found: 4 });
    let found = [0x18, 0xfe, 0x35];
    assert_refused(
        &changed(whole.clone(), ORGANISATION + 2, 0x35),
        Refusal::Organisation { found },
    );
    assert_refused(
        &changed(whole.clone(), ELEMENT + 4, 0x35),
        Refusal::Organisation { found },
    );
    assert_refused(
        &changed(whole.clone(), ELEMENT, 0x30),
        Refusal::ElementId { found: 0x30 },
    );
    assert_refused(
        &changed(whole.clone(), ELEMENT + 1, 4),
        Refusal::ElementLength { found: 4 },
    );
    assert_refused(&changed(whole, ELEMENT + 5, 5), Refusal::ElementType { found: 5 });
}

#[test]
fn versions_are_one_or_two_and_reserved_bits_are_ignored() {
    let whole = plain(Version::V1, b"on");
    for (octet, found) in [(0, 0), (3, 3), (0x10, 0), (0xff, 15)] {
        assert_refused(
            &changed(whole.clone(), ELEMENT + 6, octet),
            Refusal::ElementVersion { found },
        );
    }
    for octet in [0x11, 0x21, 0xf1, 0x22, 0xe2] {
        assert_payload(&changed(whole.clone(), ELEMENT + 6, octet), b"on");
    }
}

#[test]
fn elements_agree_with_each_other() {
    let (more, last) = (0x12, 2);
    assert_payload(&with_elements(&[element(more, b"a"), element(last, b"bc")]), b"abc");
    assert_refused(
        &with_elements(&[element(more, b"a"), element(1, b"bc")]),
        Refusal::MixedVersions,
    );
    assert_refused(
        &with_elements(&[element(1, b"a"), element(1, b"bc")]),
        Refusal::SeveralElementsInV1,
    );
    assert_refused(
        &with_elements(&[element(0x11, b"a"), element(1, b"bc")]),
        Refusal::SeveralElementsInV1,
    );
    assert_refused(
        &with_elements(&[element(last, b"a"), element(last, b"bc")]),
        Refusal::TrailingOctets { octets: 9 },
    );
    assert_refused(&with_elements(&[element(more, b"a")]), Refusal::MissingElement);
}

#[test]
fn octets_after_the_last_element_are_refused() {
    for version in [Version::V1, Version::V2] {
        let mut mpdu = plain(version, b"on");
        mpdu.extend([0; 3]);
        assert_refused(&mpdu, Refusal::TrailingOctets { octets: 3 });
    }
}

#[test]
fn elements_are_at_most_six_with_1470_octets() {
    let (more, last) = (0x12, 2);
    let of = |count: usize, body: &[u8]| {
        let mut elements = vec![element(more, body); count - 1];
        elements.push(element(last, body));
        with_elements(&elements)
    };
    assert_payload(&of(6, &[7; 245]), &[7; 1470]);
    assert_refused(&of(6, &[7; 246]), Refusal::PayloadTooLong { octets: 1476 });
    assert_refused(&of(7, b""), Refusal::TooManyElements);
}

#[test]
fn ccmp_headers_are_those_of_espnow() {
    let whole = sealed(b"on");
    assert!(matches!(Mpdu::parse(&whole), Ok(Mpdu::Sealed(_))));
    assert_refused(&changed(whole.clone(), CCMP + 2, 1), Refusal::CcmpReserved);
    assert_refused(&changed(whole.clone(), CCMP + 3, 0xe1), Refusal::CcmpReserved);
    assert_refused(&changed(whole.clone(), CCMP + 3, 0xc0), Refusal::NoExtendedIv);
    assert_refused(&changed(whole.clone(), CCMP + 3, 0x20), Refusal::KeyId { found: 0 });
    assert_refused(&changed(whole, 4, 0x25), Refusal::SealedGroupAddress);
}

#[test]
fn sealed_frames_have_a_longest() {
    let mut whole = sealed(b"");
    whole.resize(ActionFrame::MAX_LEN, 0);
    assert!(matches!(Mpdu::parse(&whole), Ok(Mpdu::Sealed(_))));
    whole.push(0);
    let (have, most) = (1521, 1520);
    assert_refused(&whole, Refusal::TooLong { have, most });
}

#[test]
fn opening_needs_the_key_and_the_room() {
    let whole = sealed(b"on");
    let Ok(Mpdu::Sealed(frame)) = Mpdu::parse(&whole) else {
        panic!("not sealed")
    };
    let mut scratch = [0; 17];
    assert_eq!(
        frame.open(&key(), &mut scratch[..16]).err(),
        Some(Refusal::ScratchTooSmall { have: 16, need: 17 })
    );
    let swapped = TemporalKey::derive(&Key::new([2; 16]), &Key::new([1; 16]));
    assert_eq!(frame.open(&swapped, &mut scratch).err(), Some(Refusal::Authentication));
    assert_eq!(scratch, [0; 17]);
    let packet = frame.open(&key(), &mut scratch).expect("the key is right");
    assert_eq!(packet.first_element(), b"on");
}

#[test]
fn acks_have_ten_octets_and_no_other_flags() {
    let ack = Ack { receiver: LAMP }.emit();
    assert!(matches!(Mpdu::parse(&ack), Ok(Mpdu::Ack(Ack { receiver: LAMP }))));
    assert_refused(&ack[..9], Refusal::TooShort { have: 9, need: 10 });
    assert_refused(&[&ack[..], &[0]].concat(), Refusal::TrailingOctets { octets: 1 });
    assert_refused(&changed(ack.to_vec(), FLAGS, 0x40), Refusal::Flags { found: 0x40 });
}

#[test]
fn refusals_say_what_is_wrong() {
    for (refusal, line) in [
        (
            Refusal::TooShort { have: 9, need: 10 },
            "the frame has 9 octets and needs 10",
        ),
        (
            Refusal::Fcs {
                found: 1,
                computed: 0xcbf4_3926,
            },
            "the FCS is 00000001, the octets before it give cbf43926",
        ),
        (
            Refusal::FrameType { kind: 1, subtype: 11 },
            "an RTS (type 1, subtype 11), expected an action frame or an ACK",
        ),
        (
            Refusal::Organisation { found: [0, 0x50, 0xf2] },
            "organisation 00:50:f2, expected 18:fe:34 (Espressif)",
        ),
        (
            Refusal::MissingElement,
            "the last element says that another one follows",
        ),
    ] {
        assert_eq!(refusal.to_string(), line);
    }
}

#[test]
fn what_does_not_fit_says_what_it_takes() {
    let (have, need) = (40, 41);
    assert_eq!(
        frame(Version::V1, b"on").emit(&mut [0; 40]),
        Err(BufferTooSmall { have, need })
    );
    let (have, need) = (56, 57);
    assert_eq!(
        frame(Version::V1, b"on").emit_sealed(&key(), PacketNumber::FIRST, &mut [0; 56]),
        Err(SealError::BufferTooSmall(BufferTooSmall { have, need }))
    );
    let (have, need) = (10, 24);
    assert_eq!(
        stamp(&mut [0; 10], MacFields::default()),
        Err(BufferTooSmall { have, need })
    );
    let (have, need) = (12, 13);
    assert_eq!(append_fcs(&mut [0; 12], 9), Err(BufferTooSmall { have, need }));
    assert!(append_fcs(&mut [0; 12], usize::MAX).is_err());
}
