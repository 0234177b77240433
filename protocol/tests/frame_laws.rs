//! What holds for every frame.

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use protocol::MacAddress;
use protocol::espnow::Key;
use protocol::frame::{
    Ack, ActionFrame, FCS_LEN, HEADER_LEN, Header, MacFields, Mpdu, Packet, PacketNumber, Payload, Refusal, SealError,
    SequenceNumber, TemporalKey, Version, append_fcs, check_fcs, stamp,
};

/// Octets of the CCMP header; those of its packet number are part of the nonce.
const CCMP_HEADER_LEN: usize = 8;

fn addresses() -> impl Strategy<Value = MacAddress> {
    any::<[u8; 6]>().prop_map(MacAddress)
}

fn board_addresses() -> impl Strategy<Value = MacAddress> {
    any::<[u8; 6]>().prop_map(|[first, rest @ ..]| {
        let [b, c, d, e, f] = rest;
        MacAddress([first & !1, b, c, d, e, f])
    })
}

fn sequence_numbers() -> impl Strategy<Value = SequenceNumber> {
    (0..4096_u16).prop_filter_map("12 bits", SequenceNumber::new)
}

fn mac_fields() -> impl Strategy<Value = MacFields> {
    (any::<u16>(), sequence_numbers(), any::<bool>()).prop_map(|(duration_us, sequence, retry)| MacFields {
        duration_us,
        sequence,
        retry,
    })
}

fn headers(destinations: impl Strategy<Value = MacAddress>) -> impl Strategy<Value = Header> {
    (destinations, addresses(), addresses(), mac_fields()).prop_map(|(destination, source, bssid, fields)| Header {
        destination,
        source,
        bssid,
        duration_us: fields.duration_us,
        sequence: fields.sequence,
        retry: fields.retry,
    })
}

fn contents() -> impl Strategy<Value = (Version, Vec<u8>)> {
    prop_oneof![Just(Version::V1), Just(Version::V2)].prop_flat_map(|version| {
        // The lengths at which elements fill up are the interesting ones.
        let most = version.max_payload();
        let edge = (0..=most / 250, 0..3_usize).prop_map(move |(n, k)| (250 * n + k).saturating_sub(1).min(most));
        let length = prop_oneof![0..=most, edge, Just(most)];
        let body = length.prop_flat_map(|length| prop::collection::vec(any::<u8>(), length));
        (Just(version), body)
    })
}

fn keys() -> impl Strategy<Value = TemporalKey> {
    any::<([u8; 16], [u8; 16])>().prop_map(|(pmk, lmk)| TemporalKey::derive(&Key::new(pmk), &Key::new(lmk)))
}

fn packet_numbers() -> impl Strategy<Value = PacketNumber> {
    (0..1_u64 << 48).prop_filter_map("48 bits", PacketNumber::new)
}

fn emit(frame: &ActionFrame<'_>) -> Vec<u8> {
    let mut octets = vec![0; frame.buffer_len()];
    assert_eq!(frame.emit(&mut octets), Ok(octets.len()));
    octets
}

fn seal(frame: &ActionFrame<'_>, key: &TemporalKey, number: PacketNumber) -> Vec<u8> {
    let mut octets = vec![0; frame.sealed_len()];
    assert_eq!(frame.emit_sealed(key, number, &mut octets), Ok(octets.len()));
    octets
}

fn open<'b>(mpdu: &[u8], key: &TemporalKey, scratch: &'b mut [u8]) -> Result<Packet<'b>, Refusal> {
    match Mpdu::parse(mpdu)? {
        Mpdu::Sealed(sealed) => sealed.open(key, scratch),
        other => panic!("not sealed: {other:?}"),
    }
}

fn payload_of(packet: &Packet<'_>) -> Vec<u8> {
    let mut payload = vec![0; packet.payload_len()];
    assert_eq!(packet.copy_payload(&mut payload), payload.len());
    payload
}

/// Octets that are a frame or miss it by one rule.
fn almost_frames() -> impl Strategy<Value = Vec<u8>> {
    let bodies = prop_oneof![
        prop::collection::vec(0..12_usize, 0..8),
        (0..6_usize, 0..251_usize).prop_map(|(full, last)| {
            let mut lengths = vec![250; full];
            lengths.push(last);
            lengths
        }),
    ]
    .prop_flat_map(|lengths| {
        let body = |length| prop::collection::vec(any::<u8>(), length);
        lengths.into_iter().map(body).collect::<Vec<_>>()
    });
    let version_octet = prop_oneof![2 => Just(1_u8), 3 => Just(2), 1 => any::<u8>()];
    let flags = prop_oneof![4 => Just(0_u8), 1 => any::<u8>()];
    let wrong_more = prop::option::weighted(0.1, any::<Index>());
    let tail = prop_oneof![9 => Just(Vec::new()), 1 => prop::collection::vec(any::<u8>(), 0..20)];
    let cut = prop::option::weighted(0.1, any::<Index>());
    (flags, version_octet, bodies, wrong_more, tail, cut).prop_map(
        |(flags, version_octet, bodies, wrong_more, tail, cut)| {
            let mut octets = vec![0xd0, flags];
            octets.extend([0; 22]);
            octets.extend([127, 0x18, 0xfe, 0x34, 1, 2, 3, 4]);
            for (n, body) in bodies.iter().enumerate() {
                let follows = n + 1 < bodies.len();
                let wrong = wrong_more.is_some_and(|index| index.index(bodies.len()) == n);
                let more = if follows == wrong { 0 } else { 0x10 };
                octets.extend([221, 5 + body.len() as u8, 0x18, 0xfe, 0x34, 4, version_octet | more]);
                octets.extend(body);
            }
            octets.extend(tail);
            if let Some(cut) = cut {
                octets.truncate(cut.index(octets.len()));
            }
            octets
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_is_emitted_is_read(
        header in headers(addresses()),
        random: [u8; 4],
        (version, body) in contents(),
    ) {
        let payload = Payload::new(version, &body).expect("it fits");
        let mpdu = emit(&ActionFrame { header, random, payload });
        let Ok(Mpdu::Plain(packet)) = Mpdu::parse(&mpdu) else {
            return Err(TestCaseError::fail("not read as a plain frame"));
        };
        prop_assert_eq!(*packet.header(), header);
        prop_assert_eq!(packet.random(), random);
        prop_assert_eq!(packet.version(), version);
        prop_assert_eq!(packet.first_element(), &body[..body.len().min(250)]);
        prop_assert_eq!(payload_of(&packet), body);
    }

    #[test]
    fn what_is_sealed_is_opened_with_its_key_only(
        header in headers(board_addresses()),
        random: [u8; 4],
        (version, body) in contents(),
        key in keys(),
        other_key in keys(),
        number in packet_numbers(),
    ) {
        let payload = Payload::new(version, &body).expect("it fits");
        let mpdu = seal(&ActionFrame { header, random, payload }, &key, number);
        let mut scratch = [0xa5; ActionFrame::MAX_LEN];
        let packet = open(&mpdu, &key, &mut scratch).expect("its own key");
        prop_assert_eq!(*packet.header(), header);
        prop_assert_eq!(packet.random(), random);
        prop_assert_eq!(packet.version(), version);
        prop_assert_eq!(payload_of(&packet), body);

        let mut scratch = [0; ActionFrame::MAX_LEN];
        prop_assert_eq!(open(&mpdu, &other_key, &mut scratch).err(), Some(Refusal::Authentication));
        prop_assert!(scratch.iter().all(|&octet| octet == 0), "unauthenticated octets left behind");
    }

    #[test]
    fn group_frames_are_never_sealed(
        header in headers(addresses().prop_filter("a group", |address| address.is_group())),
        key in keys(),
        number in packet_numbers(),
    ) {
        let payload = Payload::new(Version::V1, b"to everybody").expect("it fits");
        let frame = ActionFrame { header, random: [0; 4], payload };
        let mut buffer = [0; ActionFrame::MAX_LEN];
        prop_assert_eq!(frame.emit_sealed(&key, number, &mut buffer), Err(SealError::GroupAddress));
    }

    #[test]
    fn a_flipped_bit_of_the_authenticated_part_is_refused(
        header in headers(board_addresses()),
        body in prop::collection::vec(any::<u8>(), 0..80),
        key in keys(),
        number in packet_numbers(),
        octet: Index,
        bit in 0..8_u8,
    ) {
        let payload = Payload::new(Version::V1, &body).expect("it fits");
        let mut mpdu = seal(&ActionFrame { header, random: [9; 4], payload }, &key, number);
        // The three addresses, then from the CCMP header to the end of the MIC.
        let authenticated: Vec<usize> = (4..22).chain(HEADER_LEN..mpdu.len()).collect();
        let octet = authenticated[octet.index(authenticated.len())];
        mpdu[octet] ^= 1 << bit;
        let mut scratch = [0; ActionFrame::MAX_LEN];
        prop_assert!(open(&mpdu, &key, &mut scratch).is_err());
        prop_assert!(scratch.iter().all(|&octet| octet == 0), "unauthenticated octets left behind");
    }

    #[test]
    fn a_stamp_changes_its_fields_only(
        header in headers(board_addresses()),
        (version, body) in contents(),
        key in keys(),
        number in packet_numbers(),
        fields in mac_fields(),
    ) {
        let payload = Payload::new(version, &body).expect("it fits");
        let frame = ActionFrame { header, random: [7; 4], payload };
        let MacFields { duration_us, sequence, retry } = fields;
        let stamped_header = Header { duration_us, sequence, retry, ..header };

        let mut plain = emit(&frame);
        prop_assert_eq!(stamp(&mut plain, fields), Ok(()));
        prop_assert_eq!(&plain, &emit(&ActionFrame { header: stamped_header, ..frame }));

        let mut sealed = seal(&frame, &key, number);
        prop_assert_eq!(stamp(&mut sealed, fields), Ok(()));
        let mut scratch = [0; ActionFrame::MAX_LEN];
        let packet = open(&sealed, &key, &mut scratch).expect("still authentic");
        prop_assert_eq!(*packet.header(), stamped_header);
        prop_assert_eq!(payload_of(&packet), body);
    }

    #[test]
    fn a_stamp_leaves_flags_and_body_of_any_octets(
        mut mpdu in prop::collection::vec(any::<u8>(), HEADER_LEN..60),
        fields in mac_fields(),
    ) {
        let before = mpdu.clone();
        prop_assert_eq!(stamp(&mut mpdu, fields), Ok(()));
        prop_assert_eq!(mpdu[1] & !0x08, before[1] & !0x08);
        prop_assert_eq!(mpdu[0], before[0]);
        prop_assert_eq!(&mpdu[4..22], &before[4..22]);
        prop_assert_eq!(&mpdu[24..], &before[24..]);
    }

    #[test]
    fn buffers_are_filled_exactly_or_left_alone(
        header in headers(board_addresses()),
        (version, body) in contents(),
        key in keys(),
        spare in 0..4_usize,
        missing: Index,
    ) {
        let payload = Payload::new(version, &body).expect("it fits");
        let frame = ActionFrame { header, random: [7; 4], payload };
        let mut buffer = vec![0xa5; ActionFrame::MAX_LEN + spare];
        let length = frame.emit(&mut buffer).expect("room for any frame");
        prop_assert!(buffer[length..].iter().all(|&octet| octet == 0xa5));

        let mut short = vec![0xa5; missing.index(length)];
        prop_assert!(frame.emit(&mut short).is_err());
        prop_assert!(frame.emit_sealed(&key, PacketNumber::FIRST, &mut short).is_err());
        prop_assert!(short.iter().all(|&octet| octet == 0xa5));
    }

    #[test]
    fn payloads_are_cut_to_the_buffer(
        header in headers(addresses()),
        (version, body) in contents(),
        room in 0..1600_usize,
    ) {
        let payload = Payload::new(version, &body).expect("it fits");
        let mpdu = emit(&ActionFrame { header, random: [7; 4], payload });
        let Ok(Mpdu::Plain(packet)) = Mpdu::parse(&mpdu) else {
            return Err(TestCaseError::fail("not read as a plain frame"));
        };
        let mut buffer = vec![0xa5; room];
        let copied = packet.copy_payload(&mut buffer);
        prop_assert_eq!(copied, body.len().min(room));
        prop_assert_eq!(&buffer[..copied], &body[..copied]);
        prop_assert!(buffer[copied..].iter().all(|&octet| octet == 0xa5));
    }

    #[test]
    fn the_fcs_finds_every_flipped_bit(
        mut frame in prop::collection::vec(any::<u8>(), FCS_LEN..200),
        octet: Index,
        bit in 0..8_u8,
    ) {
        let mpdu_len = frame.len() - FCS_LEN;
        prop_assert_eq!(append_fcs(&mut frame, mpdu_len), Ok(mpdu_len + FCS_LEN));
        prop_assert_eq!(check_fcs(&frame), Ok(&frame[..mpdu_len]));
        let octet = octet.index(frame.len());
        frame[octet] ^= 1 << bit;
        let refusal = check_fcs(&frame);
        prop_assert!(matches!(refusal, Err(Refusal::Fcs { .. })), "{:?}", refusal);
    }

    #[test]
    fn acks_are_read_as_emitted(receiver in addresses()) {
        let ack = Ack { receiver };
        let mpdu = ack.emit();
        let Ok(Mpdu::Ack(read)) = Mpdu::parse(&mpdu) else {
            return Err(TestCaseError::fail("not read as an ACK"));
        };
        prop_assert_eq!(read, ack);
    }
}

/// Reads `octets` in every way; the tests below fail if that panics.
fn read(octets: &[u8]) {
    let key = TemporalKey::derive(&Key::new([1; 16]), &Key::new([2; 16]));
    let _ = check_fcs(octets);
    match Mpdu::parse(octets) {
        Ok(Mpdu::Plain(packet)) => {
            assert_eq!(payload_of(&packet), packet.segments().collect::<Vec<_>>().concat());
            assert!(packet.payload_len() <= packet.version().max_payload());
        }
        Ok(Mpdu::Sealed(sealed)) => {
            let mut scratch = [0; ActionFrame::MAX_LEN];
            assert_eq!(sealed.open(&key, &mut scratch).err(), Some(Refusal::Authentication));
        }
        Ok(Mpdu::Ack(ack)) => assert_eq!(ack.emit().len(), octets.len()),
        Err(refusal) => assert!(!refusal.to_string().is_empty()),
    }
}

proptest! {
    #[test]
    fn any_octets_are_read_or_refused(octets in prop::collection::vec(any::<u8>(), 0..200)) {
        read(&octets);
    }

    #[test]
    fn any_sealed_octets_are_read_or_refused(
        header in headers(board_addresses()),
        rest in prop::collection::vec(any::<u8>(), 0..80),
        proper: bool,
    ) {
        let payload = Payload::new(Version::V1, b"").expect("it fits");
        let mut octets = emit(&ActionFrame { header, random: [0; 4], payload });
        octets[1] |= 0x40;
        octets.truncate(HEADER_LEN);
        if proper {
            octets.extend([1, 0, 0, 0xe0, 0, 0, 0, 0]);
            assert_eq!(octets.len(), HEADER_LEN + CCMP_HEADER_LEN);
        }
        octets.extend(rest);
        read(&octets);
    }

    #[test]
    fn an_accepted_frame_is_the_only_spelling_of_its_content(octets in almost_frames()) {
        read(&octets);
        let Ok(Mpdu::Plain(packet)) = Mpdu::parse(&octets) else { return Ok(()) };
        if !is_canonical(&octets, &packet) {
            return Ok(());
        }
        let body = payload_of(&packet);
        let payload = Payload::new(packet.version(), &body).expect("no longer than the version allows");
        let again = emit(&ActionFrame { header: *packet.header(), random: packet.random(), payload });
        prop_assert_eq!(again, octets);
    }
}

/// Whether there is nothing in the accepted frame that a receiver ignores or that could be spelt in another way.
fn is_canonical(octets: &[u8], packet: &Packet<'_>) -> bool {
    let ignored_flags = octets[1] & 0xb0;
    let reserved_bits = match packet.version() {
        Version::V1 => 0xf0,
        Version::V2 => 0xe0,
    };
    let mut version_octets = Vec::new();
    let mut at = HEADER_LEN + 8;
    for segment in packet.segments() {
        version_octets.push(octets[at + 6]);
        at += 7 + segment.len();
    }
    let lengths: Vec<_> = packet.segments().map(<[u8]>::len).collect();
    let full_before_the_last = match lengths.split_last() {
        Some((&last, before)) => before.iter().all(|&length| length == 250) && (last > 0 || before.is_empty()),
        None => false,
    };
    ignored_flags == 0 && version_octets.iter().all(|octet| octet & reserved_bits == 0) && full_before_the_last
}

#[test]
fn almost_frames_are_often_frames() {
    // Else the law above would hold of nothing.
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut canonical_with_elements = [0; 7];
    for _ in 0..512 {
        let octets = almost_frames().new_tree(&mut runner).expect("no filters").current();
        if let Ok(Mpdu::Plain(packet)) = Mpdu::parse(&octets)
            && is_canonical(&octets, &packet)
        {
            canonical_with_elements[packet.segments().count()] += 1;
        }
    }
    assert!(canonical_with_elements[1] > 20, "{canonical_with_elements:?}");
    assert!(
        canonical_with_elements[2..].iter().sum::<i32>() > 20,
        "{canonical_with_elements:?}"
    );
}
