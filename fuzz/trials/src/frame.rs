//! One frame off the air.

use protocol::espnow::Key;
use protocol::frame::{ActionFrame, Header, Mpdu, Packet, PacketNumber, Payload, TemporalKey, append_fcs, check_fcs};

/// Octets of the longest plaintext.
const SCRATCH: usize = 2048;

/// The octets are an MPDU, with its FCS or without. What is accepted is made of parts that add up, and comes out the same when it is
/// emitted again; so does the same message sealed and opened.
pub fn frame(octets: &[u8]) {
    let _ = check_fcs(octets);
    let Ok(mpdu) = Mpdu::parse(octets) else { return };
    let mut scratch = [0; SCRATCH];
    match mpdu {
        Mpdu::Ack(ack) => {
            let _ = format!("{ack:?}");
        }
        Mpdu::Plain(packet) => {
            check_packet(&packet);
            check_emitted(&packet, octets);
            check_sealed(&packet);
        }
        Mpdu::Sealed(sealed) => {
            for key in vector_keys() {
                assert!(sealed.open(&key, &mut []).is_err(), "no body is empty");
                if let Ok(packet) = sealed.open(&key, &mut scratch) {
                    check_packet(&packet);
                }
            }
        }
    }
}

/// The keys of the vectors (protocol/vectors/espnow.json), so that what is sealed in the corpus is opened: PMK and LMK.
const VECTOR_KEYS: [[u128; 2]; 3] = [
    [0, 0],
    [
        0x97f0_1309_75cc_f412_3bd7_d0ed_bad6_8ec1,
        0xffc4_c96f_b1ff_7b54_931c_9322_bf37_a367,
    ],
    [
        0x024a_7c0d_62b8_cdfb_9f41_86b4_bf6b_86d9,
        0x496e_4447_b4c3_5089_26a9_141c_d99a_337a,
    ],
];

fn vector_keys() -> [TemporalKey; 3] {
    VECTOR_KEYS.map(|keys| {
        let [pmk, lmk] = keys.map(|key| Key::new(key.to_be_bytes()));
        TemporalKey::derive(&pmk, &lmk)
    })
}

fn check_packet(packet: &Packet<'_>) {
    let length = packet.payload_len();
    assert!(length <= packet.version().max_payload());
    assert_eq!(packet.segments().map(<[u8]>::len).sum::<usize>(), length);
    let mut payload = vec![0; length];
    assert_eq!(packet.copy_payload(&mut payload), length);
    assert_eq!(packet.segments().collect::<Vec<_>>().concat(), payload);
    assert!(payload.starts_with(packet.first_element()));
    let mut short = vec![0; length / 2];
    assert_eq!(packet.copy_payload(&mut short), short.len());
    assert!(payload.starts_with(&short));
}

/// Elements need not be full in a frame that came in, and reserved bits are free: the octets may differ, what they say must not.
fn check_emitted(packet: &Packet<'_>, original: &[u8]) {
    with_frame(packet, |frame| {
        let mut buffer = [0; ActionFrame::MAX_LEN + 4];
        let length = frame.emit(&mut buffer).expect("room for the longest");
        assert_eq!(length, frame.buffer_len());
        assert!(length <= original.len(), "full elements are the shortest form");
        let Ok(Mpdu::Plain(again)) = Mpdu::parse(&buffer[..length]) else {
            panic!("what was emitted is a plain frame");
        };
        check_same(packet, &again);
        let whole = append_fcs(&mut buffer, length).expect("room for the longest");
        assert_eq!(check_fcs(&buffer[..whole]).map(<[u8]>::len), Ok(length));
    });
}

fn check_sealed(packet: &Packet<'_>) {
    if packet.header().destination.is_group() {
        return;
    }
    with_frame(packet, |frame| {
        let ([key, ..], mut buffer) = (vector_keys(), [0; ActionFrame::MAX_LEN]);
        let length = frame
            .emit_sealed(&key, PacketNumber::FIRST, &mut buffer)
            .expect("room for the longest, and it is for one board");
        let mut scratch = [0; SCRATCH];
        let Ok(Mpdu::Sealed(sealed)) = Mpdu::parse(&buffer[..length]) else {
            panic!("what was sealed is a sealed frame");
        };
        check_same(
            packet,
            &sealed.open(&key, &mut scratch).expect("it was sealed under this key"),
        );
        if let Some(last) = buffer[..length].last_mut() {
            *last ^= 1;
        }
        let Ok(Mpdu::Sealed(changed)) = Mpdu::parse(&buffer[..length]) else {
            panic!("the MIC does not make it another frame");
        };
        assert!(changed.open(&key, &mut scratch).is_err(), "another MIC");
    });
}

fn with_frame(packet: &Packet<'_>, check: impl FnOnce(ActionFrame<'_>)) {
    let mut payload = vec![0; packet.payload_len()];
    packet.copy_payload(&mut payload);
    check(ActionFrame {
        header: *packet.header(),
        random: packet.random(),
        payload: Payload::new(packet.version(), &payload).expect("it came in a frame"),
    });
}

fn check_same(one: &Packet<'_>, other: &Packet<'_>) {
    let all = |packet: &Packet<'_>| -> (Header, [u8; 4], _, Vec<u8>) {
        let payload = packet.segments().collect::<Vec<_>>().concat();
        (*packet.header(), packet.random(), packet.version(), payload)
    };
    assert_eq!(all(one), all(other));
}
