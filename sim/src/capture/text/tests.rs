//! What people paste, in all the forms that tools write.

use proptest::prelude::*;
use protocol::frame::{ActionFrame, Header, Payload, Version, fcs};
use protocol::{MacAddress, Rate};

use super::super::error::HexError;
use super::super::{Capture, CaptureError, CapturedFrame, FcsStatus};
use crate::record::radiotap;

/// The frames up to the error, and the error.
fn read(text: &str) -> (Vec<CapturedFrame>, Option<CaptureError>) {
    let mut error = None;
    let capture = Capture::new(text.as_bytes()).expect("it is not empty");
    let frames = capture
        .map_while(|frame| frame.map_err(|failure| error = Some(failure)).ok())
        .collect();
    (frames, error)
}

/// The MPDUs of text that has nothing wrong.
fn mpdus(text: &str) -> Vec<Vec<u8>> {
    let (frames, error) = read(text);
    assert!(error.is_none(), "{error:?} in\n{text}");
    frames.into_iter().map(|frame| frame.mpdu).collect()
}

fn message(payload: &[u8]) -> Vec<u8> {
    let frame = ActionFrame {
        header: Header::new(MacAddress::BROADCAST, MacAddress([0x34, 0x85, 0x18, 0, 0, 4])),
        random: [1, 2, 3, 4],
        payload: Payload::new(Version::V1, payload).expect("short enough"),
    };
    let mut mpdu = vec![0; frame.buffer_len()];
    frame.emit(&mut mpdu).expect("room");
    mpdu
}

fn behind_radiotap(mpdu: &[u8]) -> Vec<u8> {
    let mut packet = Vec::new();
    let header = radiotap::Header {
        signal_dbm: Some(-40),
        ..radiotap::Header::default()
    };
    header.with_rate(Rate::Dsss1M).emit(&mut packet);
    packet.extend(mpdu);
    packet
}

/// How tools show octets.
#[derive(Clone, Copy, Debug)]
enum Form {
    Line,
    Columns,
    Plain,
    Wireshark,
    WiresharkWithoutCharacters,
    Tcpdump,
    TcpdumpWithCharacters,
    Xxd,
    XxdOctets,
    HexdumpCanonical,
    HexdumpWords,
    OdOctets,
    OdDecimal,
    Log,
    LogDump,
    C,
    CWithComments,
    Python,
}

const FORMS: [Form; 18] = [
    Form::Line,
    Form::Columns,
    Form::Plain,
    Form::Wireshark,
    Form::WiresharkWithoutCharacters,
    Form::Tcpdump,
    Form::TcpdumpWithCharacters,
    Form::Xxd,
    Form::XxdOctets,
    Form::HexdumpCanonical,
    Form::HexdumpWords,
    Form::OdOctets,
    Form::OdDecimal,
    Form::Log,
    Form::LogDump,
    Form::C,
    Form::CWithComments,
    Form::Python,
];

pub(super) fn in_groups(octets: &[u8], size: usize) -> String {
    octets.chunks(size).map(hex::encode).collect::<Vec<_>>().join(" ")
}

/// As `hexdump -C` has a line: its halves are a little apart.
pub(super) fn halves(octets: &[u8]) -> String {
    let halves = octets.chunks(8).map(|half| in_groups(half, 1));
    halves.collect::<Vec<_>>().join("  ")
}

pub(super) fn characters(octets: &[u8]) -> String {
    let shown = |octet: &u8| {
        if (32..127).contains(octet) {
            char::from(*octet)
        } else {
            '.'
        }
    };
    octets.iter().map(shown).collect()
}

impl Form {
    fn write(self, octets: &[u8]) -> String {
        let lines = |write: &dyn Fn(usize, &[u8]) -> String| -> String {
            let lines = octets.chunks(16).enumerate();
            lines.map(|(line, octets)| write(16 * line, octets) + "\n").collect()
        };
        let length = octets.len();
        match self {
            Self::Line => hex::encode(octets) + "\n",
            Self::Columns => lines(&|_, octets| in_groups(octets, 1)),
            Self::Plain => octets.chunks(30).map(|octets| hex::encode(octets) + "\n").collect(),
            Self::Wireshark => {
                lines(&|at, octets| format!("{at:04x}   {:<47}   {}", in_groups(octets, 1), characters(octets))) + "\n"
            }
            Self::WiresharkWithoutCharacters => {
                lines(&|at, octets| format!("{at:04x}   {}", in_groups(octets, 1))) + "\n"
            }
            Self::Tcpdump => {
                "12:00:00.000000 1.0 Mb/s 2412 MHz 11b -40dBm signal antenna 1 Action: Vendor Act#1\n".to_owned()
                    + &lines(&|at, octets| format!("\t0x{at:04x}:  {}", in_groups(octets, 2)))
            }
            Self::TcpdumpWithCharacters => {
                "12:00:00.000000 Action (34:85:18:00:00:04): Vendor Act#1\n".to_owned()
                    + &lines(&|at, octets| {
                        format!("\t0x{at:04x}:  {:<39}  {}", in_groups(octets, 2), characters(octets))
                    })
            }
            Self::Xxd => lines(&|at, octets| format!("{at:08x}: {:<39}  {}", in_groups(octets, 2), characters(octets))),
            Self::XxdOctets => {
                lines(&|at, octets| format!("{at:08x}: {:<47}  {}", in_groups(octets, 1), characters(octets)))
            }
            Self::HexdumpCanonical => {
                lines(&|at, octets| format!("{at:08x}  {:<48}  |{}|", halves(octets), characters(octets)))
                    + &format!("{length:08x}\n")
            }
            Self::HexdumpWords => {
                let words = |octets: &[u8]| {
                    let word = |word: &[u8]| format!("{:02x}{:02x}", word.get(1).unwrap_or(&0), word[0]);
                    octets.chunks(2).map(word).collect::<Vec<_>>().join(" ")
                };
                lines(&|at, octets| format!("{at:07x} {:<39}", words(octets))) + &format!("{length:07x}\n")
            }
            Self::OdOctets => {
                lines(&|at, octets| format!("{at:07o} {}", in_groups(octets, 1))) + &format!("{length:07o}\n")
            }
            Self::OdDecimal => {
                lines(&|at, octets| format!("{at:07} {}", in_groups(octets, 1))) + &format!("{length:07}\n")
            }
            Self::Log => {
                "I (1234) sniffer: a frame\n".to_owned()
                    + &lines(&|_, octets| format!("I (1234) sniffer: {}", in_groups(octets, 1)))
            }
            Self::LogDump => lines(&|at, octets| {
                format!(
                    "I (1234) sniffer: 0x{:x}   {:<47}  |{}|",
                    0x3ffb_1230 + at,
                    in_groups(octets, 1),
                    characters(octets)
                )
            }),
            Self::C => {
                let list: Vec<_> = octets.iter().map(|octet| format!("{octet:#x}")).collect();
                format!("static const uint8_t frame[{length}] = {{ {} }};\n", list.join(", "))
            }
            Self::CWithComments => {
                let row = |octets: &[u8]| {
                    octets
                        .iter()
                        .map(|octet| format!("0x{octet:02x}, "))
                        .collect::<String>()
                };
                format!(
                    "#include <stdint.h>\nuint8_t frame[] = {{\n{}}};\nunsigned int frame_len = {length};\n",
                    lines(&|_, octets| row(octets) + "/* an octet */")
                )
            }
            Self::Python => {
                let escaped = |octet: &u8| match octet {
                    b'\'' | b'\\' => format!("\\{}", char::from(*octet)),
                    32..127 => char::from(*octet).to_string(),
                    _ => format!("\\x{octet:02x}"),
                };
                format!("frame = b'{}'\n", octets.iter().map(escaped).collect::<String>())
            }
        }
    }

    /// Whether the end of a frame is only told by what is in it.
    const fn has_no_end(self) -> bool {
        matches!(self, Self::Columns | Self::Plain | Self::Log)
    }
}

#[test]
fn every_form_is_read_with_and_without_radiotap_and_fcs() {
    for payload in [&b"hello"[..], b"ab cd ef 01", &[0x61; 200], &[0; 64]] {
        let mpdu = message(payload);
        let check = fcs(&mpdu);
        let with = |check: [u8; 4]| [&mpdu[..], &check].concat();
        for (octets, status) in [
            (mpdu.clone(), None),
            (with(check.to_le_bytes()), Some(FcsStatus::Good)),
            (with(check.to_be_bytes()), Some(FcsStatus::GoodReversed)),
        ] {
            for form in FORMS {
                for packet in [octets.clone(), behind_radiotap(&octets)] {
                    let text = form.write(&packet);
                    let (frames, error) = read(&text);
                    assert!(error.is_none(), "{form:?} {error:?}\n{text}");
                    assert_eq!(frames.len(), 1, "{form:?}\n{text}");
                    assert_eq!(frames[0].mpdu, mpdu, "{form:?}\n{text}");
                    assert_eq!(frames[0].fcs, status, "{form:?}\n{text}");
                    assert_eq!(frames[0].radiotap.is_some(), packet.len() > octets.len(), "{form:?}");
                }
            }
        }
    }
}

/// What programs make of a text before it is pasted or saved.
#[test]
fn every_form_is_read_in_every_encoding_and_colour() {
    let mpdu = message(b"hello");
    let utf16 = |text: &str, mark: &str| -> Vec<u8> {
        let units = mark.encode_utf16().chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect()
    };
    let coloured = |text: &str| -> String {
        let line = |line: &str| format!("\x1b[0;32m{line}\x1b[0m\n");
        text.lines().map(line).collect()
    };
    for form in FORMS {
        let text = form.write(&mpdu);
        let marked = format!("\u{feff}{text}");
        for octets in [
            marked.clone().into_bytes(),
            utf16(&text, "\u{feff}"),
            utf16(&text, ""),
            utf16(&coloured(&text), "\u{feff}"),
            coloured(&text).into_bytes(),
            text.replace('\n', "\r\n").into_bytes(),
            text.replace('\n', "\r").into_bytes(),
            text.replace('\n', "\r\r\n").into_bytes(),
            [b"# caf\xe9\n", text.as_bytes()].concat(),
        ] {
            let frames: Result<Vec<_>, _> = Capture::new(&*octets).expect("it is not empty").collect();
            let frames = frames.unwrap_or_else(|error| panic!("{form:?}: {error} in {octets:?}"));
            assert_eq!(frames.len(), 1, "{form:?} {octets:?}");
            assert_eq!(frames[0].mpdu, mpdu, "{form:?} {octets:?}");
        }
    }
}

#[test]
fn strings_of_several_literals_are_one_frame() {
    let mpdu = message(b"a long \\ 'message' of \"words\", and some more of them");
    let quoted = |octets: &[u8], quote: char| -> String {
        let escaped = |octet: &u8| match octet {
            b'\'' | b'"' | b'\\' => format!("\\{}", char::from(*octet)),
            32..127 => char::from(*octet).to_string(),
            _ => format!("\\x{octet:02x}"),
        };
        format!("{quote}{}{quote}", octets.iter().map(escaped).collect::<String>())
    };
    for size in [1, 7, 16, 33, 80, 200] {
        let literals = |quote, prefix: &str, between: &str| {
            let literals = mpdu
                .chunks(size)
                .map(|octets| format!("{prefix}{}", quoted(octets, quote)));
            literals.collect::<Vec<_>>().join(between)
        };
        for text in [
            format!("const char f[] = {};\n", literals('"', "", " ")),
            format!("const char f[] =\n  {};\n", literals('"', "", "\n  ")),
            format!("const char f[] = {};\n", literals('"', "", "\n\n  ")),
            format!("f = {}\n", literals('\'', "b", " ")),
            format!("f = ({})\n", literals('\'', "b", "\n     ")),
            format!("f = (\n    {}\n)\n", literals('\'', "b", "\n    ")),
            format!("f = {}\n", literals('\'', "b", " \\\n    ")),
            format!("f = {}\n", literals('\'', "b", " +\n    ")),
            format!("{}\n", literals('\'', "b", "\n")),
        ] {
            assert_eq!(mpdus(&text), [&*mpdu], "{text}");
            assert_eq!(mpdus(&text.repeat(3)), [&*mpdu; 3], "{text}");
        }
    }
}

#[test]
fn a_paste_that_is_cut_off_was_not_damaged_on_the_air() {
    let mpdu = message(b"hello");
    let mut packet = Vec::new();
    let header = radiotap::Header {
        flags: Some(radiotap::flags::FCS_AT_END),
        ..radiotap::Header::default()
    };
    header.emit(&mut packet);
    let start = packet.len();
    packet.extend(&mpdu);
    packet.extend(fcs(&mpdu).to_le_bytes());
    for length in start + 1..packet.len() {
        let (frames, error) = read(&hex::encode(&packet[..length]));
        assert!(error.is_none(), "{error:?}");
        assert_eq!(frames[0].fcs, None, "{length}");
        assert_eq!(
            frames[0].mpdu,
            packet[start..length.min(start + mpdu.len())],
            "{length}"
        );
    }
    // One that is whole may have been.
    let last = packet.len() - 1;
    packet[last] ^= 1;
    assert_eq!(read(&hex::encode(&packet)).0[0].fcs, Some(FcsStatus::Bad));
}

#[test]
fn lines_that_are_repeated_are_filled_in() {
    let mpdu = message(&[0; 64]);
    // What hexdump and xxd -a write.
    let text = Form::HexdumpCanonical.write(&mpdu);
    let lines: Vec<_> = text.lines().collect();
    let short = format!("{}\n*\n{}\n", lines[..4].join("\n"), lines[5..].join("\n"));
    assert_ne!(short, text);
    assert_eq!(mpdus(&short), [mpdu]);
}

#[test]
fn a_frame_a_line_stays_a_frame_a_line() {
    let ack = "d4000000240ac4000001";
    assert_eq!(mpdus(&format!("{ack}\n{ack}\n\n# again\n{ack}\n")).len(), 3);
    // A beacon's beginning is no whole frame, and neither line can be part of the other.
    let beacon = "80000000ffffffffffff240ac4000001240ac40000010000";
    assert_eq!(mpdus(&format!("{beacon}\n{ack}\n")).len(), 2);
    let (a, b) = (message(b"one"), message(b"two"));
    assert_eq!(mpdus(&(Form::Line.write(&a) + &Form::Line.write(&b))), [a, b]);
}

#[test]
fn what_is_no_octets_is_refused_where_it_stands() {
    let complaint = |text: &str| match read(text).1 {
        Some(CaptureError::Hex { line, reason }) => (line, reason),
        other => panic!("{other:?} in {text}"),
    };
    let ack = "d4000000240ac4000001";
    assert_eq!(
        complaint(&format!("{ack}\nd4 0x xx\n{ack}\n")),
        (2, HexError::NotADigit('x'))
    );
    assert_eq!(complaint("hello\n"), (1, HexError::NotADigit('h')));
    assert_eq!(complaint("hello\nd4 00\n"), (1, HexError::NotADigit('h')));
    assert_eq!(complaint("0000000 000324 000000\n"), (1, HexError::OtherWords));
    assert_eq!(complaint("uint8_t x[] = {\n0xd4,\n"), (2, HexError::Unclosed));
    let gap = "0000: d400 0000 240a c400 0001 0102 0304 0506\n0020: 0000\n";
    let offset = HexError::Offset {
        found: 0x20,
        expected: 16,
    };
    assert_eq!(complaint(gap), (2, offset));
    assert_eq!(complaint("0000: d400\n*\nffffffff: 00\n"), (3, HexError::TooLong));
}

#[test]
fn endless_lines_are_refused() {
    let (_, error) = read(&"d4".repeat(40_000));
    assert!(matches!(
        error,
        Some(CaptureError::Hex {
            line: 1,
            reason: HexError::TooLong
        })
    ));
}

fn forms() -> impl Strategy<Value = Form> {
    prop::sample::select(&FORMS[..])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn frames_of_any_form_follow_each_other(
        frames in prop::collection::vec((prop::collection::vec(any::<u8>(), 1..250), forms(), any::<bool>()), 1..6)
    ) {
        let mut text = String::new();
        let mut written = Vec::new();
        for (payload, form, with_fcs) in &frames {
            let mut mpdu = message(payload);
            written.push(mpdu.clone());
            if *with_fcs {
                mpdu.extend(fcs(&mpdu).to_le_bytes());
            }
            text += &form.write(&mpdu);
            if form.has_no_end() {
                text.push('\n');
            }
        }
        // Text that belongs to nothing stands before octets alone.
        let alone = |form: &Form| matches!(form, Form::Line | Form::Columns | Form::Plain | Form::Log | Form::Python);
        let follows = |pair: &[(Vec<u8>, Form, bool)]| matches!(pair[0].1, Form::CWithComments) && alone(&pair[1].1);
        prop_assume!(!frames.windows(2).any(follows));
        prop_assert_eq!(mpdus(&text), written);
    }

    #[test]
    fn damaged_text_is_read_or_refused(
        payload in prop::collection::vec(any::<u8>(), 1..100),
        form in forms(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), "[0-9a-f :*|{}x\\n]"), 0..6),
    ) {
        let mut text = form.write(&message(&payload));
        for (place, with) in damage {
            let at = place.index(text.len());
            text.replace_range(at..=at, &with);
        }
        read(&text);
    }
}
