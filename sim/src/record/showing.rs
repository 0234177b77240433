//! No way of showing a run lets through what a terminal obeys, or what looks like something else.

use std::time::Duration;

use proptest::prelude::*;
use protocol::MacAddress;

use super::recording::{Conclusion, Description, Ended, Recording, RecordingWriter};
use super::{Page, Plain, Reporter, ResponseReport, Trace};
use crate::kernel::{Span, Time};
use crate::lab::{BoardStatistics, Statistics};
use crate::legible::{self, is_legible, testing::hostile};
use crate::medium::interferer::InterfererStatistics;
use crate::medium::propagation::Position;
use crate::observe::{Advice, BoardId, BoardInfo, Ending, Event, InterfererInfo, Observer};
use crate::replay::compare;

const BOARD: BoardId = BoardId(0);

/// A run whose every text is this, but for the board's name, and for what names of constants say: chips, traps, interferers.
fn described(name: &str, constant: &'static str, text: &str) -> (Description, Conclusion) {
    let board = BoardInfo {
        name: name.into(),
        chip: constant,
        address: MacAddress([0x24, 0x0a, 0xc4, 0, 0, 1]),
        pixels: 1,
    };
    let description = Description {
        scenario: text.into(),
        seed: 7,
        command: text.into(),
        loss: 0.0,
        watch_at: 1.0,
        boards: vec![board],
        places: vec![Position::default()],
        interferers: vec![InterfererInfo {
            kind: constant,
            power_dbm: 20.0,
            position: Position::default(),
        }],
    };
    let conclusion = Conclusion {
        at: Time::from_micros(9),
        ended: Ended::Over,
        statistics: Statistics {
            boards: vec![BoardStatistics::default()],
            interferers: vec![InterfererStatistics {
                kind: constant,
                airtime: Span::from_micros(1),
                deferred: 1,
            }],
            ..Statistics::default()
        },
        advice: vec![Advice {
            board: BOARD,
            trap: constant,
            text: text.to_owned(),
        }],
        bridge: None,
        responses: vec![ResponseReport {
            command: text.to_owned(),
            asked: 1,
            answered: 0,
            median_us: None,
            p90_us: None,
            last_us: None,
        }],
        remark: Some(text.to_owned()),
        verdicts: vec![format!("not met: {text}")],
    };
    (description, conclusion)
}

/// All events that have words of somebody else's.
fn events(constant: &'static str, text: &str) -> Vec<Event> {
    let board = BOARD;
    vec![
        Event::Console {
            board,
            line: text.into(),
        },
        Event::Staged { what: text.into() },
        Event::Started {
            board,
            version: text.into(),
            on_trial: true,
        },
        Event::Received {
            board,
            source: MacAddress([0x24, 0x0a, 0xc4, 0, 0, 1]),
            length: 1,
            queued_at: Time::ZERO,
        },
        Event::Advice(Advice {
            board,
            trap: constant,
            text: text.to_owned(),
        }),
        Event::Ended {
            board,
            ending: Ending::Failed(text.to_owned()),
        },
    ]
}

/// Of what programs have as constants, and recordings as text.
fn constant() -> impl Strategy<Value = &'static str> {
    let any_text = hostile().prop_map(|text| &*Box::leak(text.into_boxed_str()));
    prop_oneof![
        Just("ESP32-S3"),
        any_text.prop_filter("recordings keep no longer ones", |text| text.len() <= 64)
    ]
}

fn shown<O: Observer>(mut observer: O, events: &[Event]) -> O {
    for event in events {
        observer.observe(Time::from_micros(1), event);
    }
    observer
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_way_of_showing_a_run_is_legible(name in hostile(), constant in constant(), text in hostile()) {
        let (description, conclusion) = described(&name, constant, &text);
        let events = events(constant, &text);
        let boards = || description.boards.clone();
        let plain = shown(Plain::new(Vec::new(), boards()), &events).finish().expect("memory");
        let trace = shown(Trace::new(Vec::new(), boards()), &events).finish().expect("memory");
        let page = shown(Page::default(), &events).render(&description, &conclusion);
        let report = shown(Reporter::default(), &events).report_of(&description, &conclusion, Duration::ZERO);
        let json = legible::json_text(&report).expect("a report");
        let texts = [
            String::from_utf8(plain).expect("text"),
            String::from_utf8(trace).expect("text"),
            page,
            json.clone(),
        ];
        for shown in &texts {
            let bad = shown.chars().find(|character| *character != '\n' && !is_legible(*character));
            prop_assert_eq!(bad, None, "{:?}", shown);
        }
        let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        prop_assert_eq!(&value["boards"][0]["console"][0], &serde_json::Value::from(text));
    }

    /// A recording is refused for its names, and what else it says is escaped.
    #[test]
    fn a_comparison_is_legible(name in hostile(), constant in constant(), texts in [hostile(), hostile()]) {
        let recordings = texts.each_ref().map(|text| {
            let (description, conclusion) = described(&name, constant, text);
            let mut writer = RecordingWriter::new(Vec::new(), &description).expect("memory");
            events(constant, text).iter().for_each(|event| writer.observe(Time::from_micros(1), event));
            Recording::read(writer.finish(&conclusion).expect("memory"), "it")
        });
        match recordings {
            [Ok(a), Ok(b)] => {
                prop_assert!(legible::check_name(&name).is_ok() && constant.chars().all(is_legible));
                let words = compare(&a, &b).to_string();
                prop_assert!(words.chars().all(|character| character == '\n' || is_legible(character)), "{:?}", words);
            }
            _ => prop_assert!(legible::check_name(&name).is_err() || !constant.chars().all(is_legible)),
        }
    }
}

/// Recordings whose blocks are whole, with octets changed in them before they were packed: all that can be read can be shown.
mod changed {
    use super::*;
    use crate::record::recording::Entry;
    use crate::record::recording::testing::{blocks, file_of};

    fn recording() -> Vec<Vec<u8>> {
        let (description, conclusion) = described("sender", "ESP32-S3", "hello");
        let mut writer = RecordingWriter::new(Vec::new(), &description).expect("memory");
        let events = events("ESP32-S3", "hello");
        events
            .iter()
            .for_each(|event| writer.observe(Time::from_micros(1), event));
        blocks(&writer.finish(&conclusion).expect("memory"))
    }

    fn show(recording: &Recording) {
        let (mut page, mut reporter) = (Page::default(), Reporter::default());
        let mut cursor = recording.cursor();
        while let Some((at, entry)) = cursor.advance() {
            if let Entry::Event(event) = entry {
                page.observe(*at, event);
                reporter.observe(*at, event);
            }
        }
        if let Some(conclusion) = recording.conclusion() {
            let page = page.render(recording.description(), conclusion);
            assert!(page.chars().all(|character| character == '\n' || is_legible(character)));
            let report = reporter.report_of(recording.description(), conclusion, Duration::ZERO);
            legible::json_text(&report).expect("a report");
            assert!(!conclusion.summary().contains('\n'));
        }
        assert!(compare(recording, recording).is_same());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn what_can_be_read_can_be_shown(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..5)
        ) {
            let mut blocks = recording();
            for (block, place, octet, how) in changes {
                let octets = block.get_mut(&mut blocks);
                let place = place.index(octets.len());
                match how {
                    0 => octets[place] = octet,
                    // A number close to the largest one, as `postcard` writes it.
                    1 => drop(octets.splice(place..=place, [octet | 0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1])),
                    _ => drop(octets.splice(place..=place, [octet | 0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])),
                }
            }
            if let Ok(recording) = Recording::read(file_of(&blocks), "it") {
                show(&recording);
            }
        }
    }
}
