use std::fs;
use std::io::{self, Write};

use proptest::prelude::*;
use protocol::MacAddress;

use super::testing::{blocks, file_of};
use super::*;
use crate::kernel::{Span, Time};
use crate::lab::{BoardStatistics, Statistics};
use crate::medium::propagation::Position;
use crate::observe::testing::any_event;
use crate::observe::{Advice, BoardId, BoardInfo, Event, InterfererInfo, Loss, Losses, Observer as _};
use crate::record::BridgeReport;

fn description() -> Description {
    Description {
        scenario: "hello".into(),
        seed: 7,
        command: "sim run --seed 7".into(),
        loss: 0.25,
        watch_at: 0.1,
        boards: vec![BoardInfo {
            name: "sender".into(),
            chip: "ESP32-S3",
            address: MacAddress([0x24, 0x0a, 0xc4, 0, 0, 1]),
            pixels: 1,
        }],
        places: vec![Position::on_ground(1.0, -2.0)],
        interferers: vec![InterfererInfo {
            kind: "wifi",
            power_dbm: 20.0,
            position: Position::default(),
        }],
    }
}

fn conclusion(at: Time) -> Conclusion {
    let mut statistics = Statistics {
        boards: vec![BoardStatistics {
            tx_frames: 3,
            airtime: Span::from_micros(5),
            ..BoardStatistics::default()
        }],
        events: 9,
        ..Statistics::default()
    };
    let mut lost = Losses::default();
    lost.count(Loss::Noise);
    statistics.medium.lost = lost;
    Conclusion {
        at,
        ended: Ended::Over,
        statistics,
        advice: vec![Advice {
            board: BoardId(0),
            trap: "group-address",
            text: "nobody acknowledges".to_owned(),
        }],
        bridge: None,
        responses: Vec::new(),
        remark: None,
        verdicts: Vec::new(),
    }
}

/// The boards that any event may be of.
fn five_boards() -> Description {
    let one = description();
    Description {
        boards: vec![one.boards[0].clone(); 5],
        places: vec![one.places[0]; 5],
        ..one
    }
}

fn record(events: &[(Time, Event)]) -> Vec<u8> {
    let mut writer = RecordingWriter::new(Vec::new(), &five_boards()).expect("memory");
    for (at, event) in events {
        writer.observe(*at, event);
    }
    let end = events.last().map_or(Time::ZERO, |(at, _)| *at);
    writer.finish(&conclusion(end)).expect("memory")
}

fn entries(recording: &Recording) -> Vec<(Time, Entry)> {
    let mut cursor = recording.cursor();
    std::iter::from_fn(|| cursor.advance().cloned()).collect()
}

fn events(recording: &Recording) -> Vec<(Time, Event)> {
    let event = |(at, entry)| match entry {
        Entry::Event(event) => Some((at, event)),
        Entry::Loss(_) | Entry::Conclusion(_) => None,
    };
    entries(recording).into_iter().filter_map(event).collect()
}

fn in_order() -> impl Strategy<Value = Vec<(Time, Event)>> {
    prop::collection::vec(any_event(), 0..60).prop_map(|mut events| {
        events.sort_by_key(|(at, _)| *at);
        let time = |(at, event)| (Time::from_nanos(at), event);
        events.into_iter().map(time).collect()
    })
}

/// Console lines, a tenth of a second apart.
fn lines(count: u64) -> Vec<(Time, Event)> {
    let line = |number: u64| {
        let event = Event::Console {
            board: BoardId(0),
            line: format!("line {number}").into(),
        };
        (Time::from_micros(100_000 * number), event)
    };
    (0..count).map(line).collect()
}

#[test]
fn version_1_is_these_octets() {
    let mut writer = RecordingWriter::new(Vec::new(), &description()).expect("memory");
    writer.observe(
        Time::from_micros(1),
        &Event::Console {
            board: BoardId(0),
            line: "up".into(),
        },
    );
    writer.set_loss(Time::from_micros(2), 0.5);
    let octets = writer.finish(&conclusion(Time::from_micros(3))).expect("memory");
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/src/record/recording/version_1.hex");
    let digits: String = fs::read_to_string(kept).expect("a file").split_whitespace().collect();
    let kept = hex::decode(digits).expect("digits");
    assert_eq!(blocks(&octets), blocks(&kept), "now {}", hex::encode(&octets));
}

#[test]
fn all_that_is_known_before_and_after_comes_back() {
    let mut end = conclusion(Time::from_micros(5));
    end.verdicts = vec!["met: the light is green".to_owned()];
    end.bridge = Some(BridgeReport {
        outward: 1,
        acknowledged: 2,
        unacknowledged: 3,
        refused: 4,
        inward: 5,
        dropped: 6,
        interruptions: 7,
        line_broken: 8,
        line_repeated: 9,
        round_trip_us: [10, 11],
        lag_us: [12, 13],
    });
    let mut writer = RecordingWriter::new(Vec::new(), &description()).expect("memory");
    writer.set_loss(Time::from_micros(4), 0.3);
    let octets = writer.finish(&end).expect("memory");
    let recording = Recording::read(octets, "it").expect("a recording");
    assert_eq!(recording.description(), &description());
    assert_eq!(recording.conclusion(), Some(&end));
    let expected = [
        (Time::from_micros(4), Entry::Loss(0.3)),
        (Time::from_micros(5), Entry::Conclusion(Box::new(end))),
    ];
    assert_eq!(entries(&recording), expected);
}

#[test]
fn a_second_is_a_block_and_every_block_can_be_found() {
    let recording = Recording::read(record(&lines(100)), "it").expect("a recording");
    // 0 to 1.0 s, 1.1 to 2.1 s, …: eleven lines each, and the last line with the end.
    assert_eq!(recording.len(), 101);
    let until = |micros| recording.entries_until(Time::from_micros(micros));
    assert_eq!([0, 99_999, 100_000, 1_050_000, 1_100_000].map(until), [1, 1, 2, 11, 12]);
    assert_eq!(recording.entries_until(Time::MAX), 101);
    let mut cursor = recording.cursor();
    let all = entries(&recording);
    for position in [0, 1, 10, 11, 12, 55, 100, 54, 0] {
        cursor.seek(position);
        assert_eq!(cursor.peek(), all.get(position));
        assert_eq!(
            cursor.retreat(),
            position.checked_sub(1).and_then(|before| all.get(before))
        );
    }
}

#[test]
fn a_cut_file_is_good_up_to_its_last_whole_block() {
    let all = lines(100);
    let octets = record(&all);
    let mut before = 0;
    for length in 0..octets.len() {
        match Recording::read(&octets[..length], "it") {
            Ok(recording) => {
                let found = events(&recording);
                assert_eq!(found, all[..found.len()]);
                assert_eq!(recording.damage(), Some(Damage::CutOff));
                assert!(found.len() >= before);
                before = found.len();
            }
            Err(error) => assert_eq!(before, 0, "{error}"),
        }
    }
    assert_eq!(before, 99);
}

#[test]
fn what_is_none_is_told_apart() {
    let octets = record(&[]);
    let error = |octets: &[u8]| Recording::read(octets, "it").expect_err("refused").to_string();
    let mut other = octets.clone();
    other[7] = 2;
    assert!(error(&other).starts_with("it is a recording of version 2, and this program reads version 1"));
    assert!(error(b"\x0a\x0d\x0d\x0a").starts_with("it is no recording"));
    assert!(error(&octets[..30]).starts_with("it is damaged in its first octets"));
}

#[test]
fn names_without_end_are_not_kept() {
    let mut long = description();
    long.boards[0].chip = Box::leak("x".repeat(65).into_boxed_str());
    let octets = RecordingWriter::new(Vec::new(), &long)
        .expect("memory")
        .finish(&conclusion(Time::ZERO))
        .expect("memory");
    assert!(matches!(
        Recording::read(octets, "it"),
        Err(RecordingError::Headless { .. })
    ));
}

#[test]
fn what_no_run_has_is_refused_in_a_line() {
    type Claim = fn(&mut Description);
    let claims: [(&str, Claim); 13] = [
        ("NeoPixels, and a strip has 65535 at most", |d| {
            d.boards[0].pixels = usize::MAX;
        }),
        ("NeoPixels, and a strip has 65535 at most", |d| {
            d.boards[0].pixels = 1 << 34;
        }),
        ("NeoPixels together", |d| {
            d.boards = vec![d.boards[0].clone(); 20];
            d.places = vec![d.places[0]; 20];
            d.boards.iter_mut().for_each(|board| board.pixels = 65_535);
        }),
        ("a board's name", |d| d.boards[0].name = "a\u{1b}[2J".into()),
        ("a board's name", |d| d.boards[0].name = "a\u{202e}b".into()),
        ("a board's name", |d| d.boards[0].name = "x".repeat(256).into()),
        ("1 boards have 0 places", |d| d.places.clear()),
        ("a place is nowhere", |d| d.places[0].x_m = f64::NAN),
        ("a place is nowhere", |d| d.interferers[0].position.y_m = 1e300),
        ("power is no number", |d| d.interferers[0].power_dbm = f64::INFINITY),
        ("a loss of NaN", |d| d.loss = f64::NAN),
        ("0 is no speed", |d| d.watch_at = 0.0),
        ("interferers are more than", |d| {
            d.interferers = vec![d.interferers[0].clone(); 10_001];
        }),
    ];
    for (words, claim) in claims {
        let mut claimed = description();
        claim(&mut claimed);
        let file = file_of(&[postcard::to_allocvec(&claimed).expect("memory")]);
        match Recording::read(file, "it") {
            Err(error @ RecordingError::Impossible { .. }) => {
                let line = error.to_string();
                assert!(line.contains(words), "{line}");
            }
            other => panic!("{words}: {other:?}"),
        }
    }
}

fn octets_of(after: u64, entry: Entry) -> Vec<u8> {
    let after = Span::from_nanos(after);
    postcard::to_allocvec(&entry::Timed { after, entry }).expect("memory")
}

fn console(board: u32, line: &str) -> Entry {
    Entry::Event(Event::Console {
        board: BoardId(board),
        line: line.into(),
    })
}

#[test]
fn entries_that_no_run_has_are_damage() {
    let head = postcard::to_allocvec(&description()).expect("memory");
    let good = octets_of(1, console(0, "good"));
    let mut end = conclusion(Time::ZERO);
    end.advice[0].board = BoardId(1);
    let pixels = Event::Pixels {
        board: BoardId(0),
        colours: vec![protocol::board::Rgb::OFF; 65_536].into(),
    };
    for bad in [
        console(1, "nobody's"),
        console(u32::MAX, "nobody's"),
        Entry::Loss(f64::NAN),
        Entry::Event(pixels),
        Entry::Event(Event::Received {
            board: BoardId(0),
            source: MacAddress::BROADCAST,
            length: usize::MAX,
            queued_at: Time::ZERO,
        }),
        Entry::Conclusion(Box::new(end)),
    ] {
        let file = file_of(&[head.clone(), good.clone(), octets_of(2, bad)]);
        let recording = Recording::read(file, "it").expect("its head is good");
        assert_eq!(recording.damage(), Some(Damage::Broken));
        assert_eq!(entries(&recording), [(Time::from_nanos(1), console(0, "good"))]);
    }
}

#[test]
fn ends_that_no_run_has_are_damage() {
    type Claim = fn(&mut Conclusion);
    const BEYOND: u64 = 1 << 57;
    let claims: [(&str, Claim); 19] = [
        ("frames", |end| end.statistics.boards[0].tx_frames = BEYOND),
        ("attempts", |end| end.statistics.boards[0].tx_attempts = BEYOND),
        ("acknowledged", |end| end.statistics.boards[0].tx_acked = u64::MAX),
        ("failed", |end| end.statistics.boards[0].tx_failed = u64::MAX - 1),
        ("received", |end| end.statistics.boards[0].rx_frames = BEYOND),
        ("dropped", |end| end.statistics.boards[0].rx_dropped = BEYOND),
        ("longer on the air than the run", |end| {
            end.statistics.boards[0].airtime = end.at + Span::from_micros(10_000_001) - Time::ZERO;
        }),
        ("longer asleep than the run", |end| {
            end.statistics.boards[0].asleep = Span::from_nanos(u64::MAX);
        }),
        ("more rows than boards", |end| {
            end.statistics.boards.push(BoardStatistics::default());
        }),
        ("transmissions", |end| end.statistics.medium.transmissions = BEYOND),
        ("ACKs", |end| end.statistics.medium.acks = BEYOND),
        ("pairs", |end| end.statistics.medium.in_range = BEYOND),
        ("receptions", |end| end.statistics.medium.receptions = BEYOND),
        ("losses of a cause", |end| {
            end.statistics.medium.lost.count_many(Loss::Busy, u64::MAX - 1);
        }),
        ("losses together", |end| {
            for loss in [Loss::Collision, Loss::Noise, Loss::Fault, Loss::Busy] {
                end.statistics.medium.lost.count_many(loss, 1 << 55);
            }
        }),
        ("events", |end| end.statistics.events = BEYOND),
        ("an interferer's waits", |end| {
            end.statistics.interferers = vec![crate::medium::interferer::InterfererStatistics {
                kind: "wifi",
                airtime: Span::ZERO,
                deferred: BEYOND,
            }];
        }),
        ("the bridge", |end| {
            end.bridge = Some(BridgeReport {
                outward: u64::MAX,
                acknowledged: 0,
                unacknowledged: 0,
                refused: 0,
                inward: 0,
                dropped: 0,
                interruptions: 0,
                line_broken: 0,
                line_repeated: 0,
                round_trip_us: [0; 2],
                lag_us: [0; 2],
            });
        }),
        ("answers of more than were asked", |end| {
            end.responses = vec![crate::record::ResponseReport {
                command: "key_1: power 1".to_owned(),
                asked: 0,
                answered: 1,
                median_us: None,
                p90_us: None,
                last_us: None,
            }];
        }),
    ];
    let head = postcard::to_allocvec(&description()).expect("memory");
    let read = |end: &Conclusion| {
        let last = octets_of(0, Entry::Conclusion(Box::new(end.clone())));
        Recording::read(file_of(&[head.clone(), last]), "it").expect("its head is good")
    };
    let good = conclusion(Time::from_micros(3));
    assert_eq!(read(&good).damage(), None);
    for (what, claim) in claims {
        let mut end = good.clone();
        claim(&mut end);
        assert_eq!(read(&end).damage(), Some(Damage::Broken), "{what}");
    }
}

#[test]
fn names_that_can_not_be_shown_are_refused() {
    for name in ["a\u{1b}[31m", "a\0", "a\nb", "a\u{202e}b", "a\u{200b}"] {
        let mut described = description();
        described.boards[0].chip = name;
        let refused = Recording::read(file_of(&[postcard::to_allocvec(&described).expect("memory")]), "it");
        assert!(matches!(refused, Err(RecordingError::Headless { .. })), "{name:?}");
        let mut described = description();
        described.interferers[0].kind = name;
        let refused = Recording::read(file_of(&[postcard::to_allocvec(&described).expect("memory")]), "it");
        assert!(matches!(refused, Err(RecordingError::Headless { .. })), "{name:?}");
        let head = postcard::to_allocvec(&description()).expect("memory");
        let advice = Advice {
            board: BoardId(0),
            trap: name,
            text: String::new(),
        };
        let mut end = conclusion(Time::ZERO);
        end.advice = vec![advice.clone()];
        for entry in [Entry::Event(Event::Advice(advice)), Entry::Conclusion(Box::new(end))] {
            let recording = Recording::read(file_of(&[head.clone(), octets_of(0, entry)]), "it").expect("its head");
            assert_eq!(recording.damage(), Some(Damage::Broken), "{name:?}");
        }
    }
}

/// The smallest entries, as many as a block may claim to unpack to: half a megabyte of such blocks took seconds and a gigabyte.
#[test]
fn a_block_of_more_entries_than_are_written_is_damage() {
    let head = postcard::to_allocvec(&description()).expect("memory");
    let pressed = octets_of(0, Entry::Event(Event::Pressed { board: BoardId(0) }));
    let bomb = pressed.repeat(LONGEST_BLOCK / pressed.len());
    let recording = Recording::read(file_of(&[head.clone(), bomb]), "it").expect("its head is good");
    assert_eq!((recording.damage(), recording.len()), (Some(Damage::Broken), 0));
    // As many as the writer puts there are good.
    let full = pressed.repeat(BLOCK.div_ceil(pressed.len()));
    let recording = Recording::read(file_of(&[head.clone(), full]), "it").expect("a recording");
    assert_eq!(recording.damage(), Some(Damage::CutOff));
    assert_eq!(recording.len(), BLOCK.div_ceil(pressed.len()));
    // One long entry is, too, wherever it begins before that.
    let long = [pressed, octets_of(0, console(0, &"x".repeat(2 * BLOCK)))].concat();
    let recording = Recording::read(file_of(&[head, long]), "it").expect("a recording");
    assert_eq!((recording.damage(), recording.len()), (Some(Damage::CutOff), 2));
}

/// A disk of so many octets.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(octets.len()).ok_or(io::ErrorKind::StorageFull)?;
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_error_waits_for_the_end() {
    let mut writer = RecordingWriter::new(Full(200), &description()).expect("it has room");
    for (at, event) in lines(100) {
        writer.observe(at, &event);
    }
    assert!(writer.has_given_up());
    let error = writer.finish(&conclusion(Time::ZERO)).err().expect("no room");
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn every_event_comes_back(expected in in_order()) {
        let recording = Recording::read(record(&expected), "it").expect("a recording");
        prop_assert_eq!(recording.damage(), None);
        prop_assert_eq!(events(&recording), expected);
    }

    #[test]
    fn any_octets_are_shown_or_refused(octets in prop::collection::vec(any::<u8>(), 0..200), has_magic: bool) {
        let mut file = if has_magic { MAGIC.to_vec() } else { Vec::new() };
        file.extend(octets);
        let _ = Recording::read(file, "it");
    }

    /// A block that nobody damaged, with any octets in it.
    #[test]
    fn any_block_is_shown_or_refused(blocks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 1..3), first: bool) {
        let mut file = record(&[]);
        // Without the end, or without anything.
        file.truncate(if first { MAGIC.len() } else { MAGIC.len() + HEAD + usize::from(file[MAGIC.len()]) });
        for block in &blocks {
            let packed = lz4_flex::block::compress(block);
            for number in [packed.len() as u32, block.len() as u32, CRC.checksum(&packed)] {
                file.extend(number.to_le_bytes());
            }
            file.extend(packed);
        }
        if let Ok(recording) = Recording::read(file, "it") {
            prop_assert_eq!(entries(&recording).len(), recording.len());
        }
    }

    #[test]
    fn a_changed_octet_is_noticed(expected in in_order(), place: prop::sample::Index, change in 1..=255_u8) {
        let mut octets = record(&expected);
        let place = place.index(octets.len());
        octets[place] ^= change;
        if let Ok(recording) = Recording::read(octets, "it") {
            let found = events(&recording);
            prop_assert!(recording.damage().is_some());
            prop_assert_eq!(&expected[..found.len()], found);
        }
    }
}
