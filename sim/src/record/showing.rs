//! No way of showing a run lets through what a terminal obeys, or what looks like something else.

use std::time::Duration;

use proptest::prelude::*;
use protocol::MacAddress;

use super::recording::{Conclusion, Description, Ended, Recording, RecordingWriter};
use super::{Page, Plain, Reporter, Trace};
use crate::kernel::Time;
use crate::lab::{BoardStatistics, Statistics};
use crate::legible::{self, is_legible, testing::hostile};
use crate::medium::propagation::Position;
use crate::observe::{Advice, BoardId, BoardInfo, Ending, Event, Observer};
use crate::replay::compare;

const BOARD: BoardId = BoardId(0);

/// A run whose every text is this, but for the board's name.
fn described(name: &str, text: &str) -> (Description, Conclusion) {
    let board = BoardInfo {
        name: name.into(),
        chip: "ESP32-S3",
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
        interferers: Vec::new(),
    };
    let conclusion = Conclusion {
        at: Time::from_micros(9),
        ended: Ended::Over,
        statistics: Statistics {
            boards: vec![BoardStatistics::default()],
            ..Statistics::default()
        },
        advice: vec![Advice {
            board: BOARD,
            trap: "group-address",
            text: text.to_owned(),
        }],
        bridge: None,
        responses: Vec::new(),
        remark: Some(text.to_owned()),
        verdicts: vec![format!("not met: {text}")],
    };
    (description, conclusion)
}

/// All events that have words of somebody else's.
fn events(text: &str) -> Vec<Event> {
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
            trap: "group-address",
            text: text.to_owned(),
        }),
        Event::Ended {
            board,
            ending: Ending::Failed(text.to_owned()),
        },
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
    fn every_way_of_showing_a_run_is_legible(name in hostile(), text in hostile()) {
        let (description, conclusion) = described(&name, &text);
        let events = events(&text);
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

    /// A recording is refused for its boards' names, and what else it says is escaped.
    #[test]
    fn a_comparison_is_legible(name in hostile(), texts in [hostile(), hostile()]) {
        let recordings = texts.each_ref().map(|text| {
            let (description, conclusion) = described(&name, text);
            let mut writer = RecordingWriter::new(Vec::new(), &description).expect("memory");
            events(text).iter().for_each(|event| writer.observe(Time::from_micros(1), event));
            Recording::read(writer.finish(&conclusion).expect("memory"), "it")
        });
        match recordings {
            [Ok(a), Ok(b)] => {
                prop_assert!(legible::check_name(&name).is_ok());
                let words = compare(&a, &b).to_string();
                prop_assert!(words.chars().all(|character| character == '\n' || is_legible(character)), "{:?}", words);
            }
            _ => prop_assert!(legible::check_name(&name).is_err()),
        }
    }
}
