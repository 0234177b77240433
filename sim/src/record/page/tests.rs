use proptest::prelude::*;
use protocol::MacAddress;

use super::*;
use crate::lab::{BoardStatistics, Statistics};
use crate::observe::testing::any_event;
use crate::observe::{Advice, BoardId, BoardInfo};
use crate::record::recording::Ended;

fn run(name: &str, text: &str, boards: u32) -> (Description, Conclusion) {
    let board = |index: u32| BoardInfo {
        name: format!("{name}{index}").into(),
        chip: "ESP32-S3",
        address: MacAddress([0x24, 0x0a, 0xc4, 0, (index >> 8) as u8, index as u8]),
        pixels: 3,
    };
    let description = Description {
        scenario: text.into(),
        seed: 7,
        command: format!("sim run --set {text}").into(),
        loss: 0.0,
        watch_at: 1.0,
        boards: (0..boards).map(board).collect(),
        places: Vec::new(),
        interferers: Vec::new(),
    };
    let conclusion = Conclusion {
        at: Time::from_micros(2_500_000),
        ended: Ended::Over,
        statistics: Statistics {
            boards: vec![BoardStatistics::default(); boards as usize],
            ..Statistics::default()
        },
        advice: vec![Advice {
            board: BoardId(0),
            trap: "group-address",
            text: text.to_owned(),
        }],
        bridge: None,
        responses: Vec::new(),
        remark: None,
        verdicts: Vec::new(),
    };
    (description, conclusion)
}

fn console(line: &str) -> Event {
    Event::Console {
        board: BoardId(0),
        line: line.into(),
    }
}

/// The tags of a page, in order, but those that nothing ends: a small parser, strict on purpose.
fn tags(page: &str) -> Result<Vec<String>, String> {
    let mut rest = page.strip_prefix("<!DOCTYPE html>").ok_or("no doctype")?;
    let (mut open, mut all): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        let end = rest.find('>').ok_or("an open tag")?;
        let (tag, after) = (&rest[..end], &rest[end + 1..]);
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            let expected = open.pop();
            if expected.as_deref() != Some(name) {
                return Err(format!("</{name}> where {expected:?} is open"));
            }
            continue;
        }
        let name = tag.split([' ', '/']).next().unwrap_or_default().to_owned();
        all.push(name.clone());
        match &*name {
            "meta" => {}
            // What is in them is no markup.
            "script" | "style" => {
                let end = rest.find(&format!("</{name}>")).ok_or("an endless script")?;
                rest = &rest[end + name.len() + 3..];
            }
            _ => open.push(name),
        }
    }
    match open.pop() {
        None => Ok(all),
        Some(name) => Err(format!("{name} is never closed")),
    }
}

#[test]
fn the_main_figures_are_there_without_scripts() {
    let (description, conclusion) = run("board", "hello", 2);
    let mut page = Page::default();
    page.observe(Time::ZERO, &console("b'All received.'"));
    let text = page.render(&description, &conclusion);
    let (before_scripts, _) = text.split_once("<script").expect("scripts at the end");
    for words in [
        "2 boards, seed 7, 2.50 s of virtual time",
        "sim run --set hello",
        "receptions lost",
        "group-address",
        "b'All received.'",
        "board0",
    ] {
        assert!(before_scripts.contains(words), "{words}");
    }
    tags(&text).expect("well-formed");
    for address in ["http:", "https:", "//cdn", "src=", "@import", "url("] {
        assert!(!text.contains(address), "it needs nothing else: {address}");
    }
}

#[test]
fn what_boards_say_is_no_markup() {
    let evil = "</pre></script><script>alert(1)</script><!--";
    let (description, conclusion) = run(evil, evil, 2);
    let mut page = Page::default();
    page.observe(Time::ZERO, &console(evil));
    let text = page.render(&description, &conclusion);
    assert!(!text.contains("<script>alert"), "{text}");
    let harmless = Page::default().render(&run("a", "b", 2).0, &conclusion);
    let scripts = |text: &str| text.matches("<script").count();
    assert_eq!(scripts(&text), scripts(&harmless));
}

#[test]
fn long_runs_are_cut_and_the_page_says_so() {
    let (description, conclusion) = run("b", "long", 300);
    let mut page = Page::default();
    for line in 0..1_000 {
        page.observe(Time::ZERO, &console(&format!("line {line}")));
    }
    let text = page.render(&description, &conclusion);
    assert!(text.contains("Shown are the first 200 boards of 300."));
    assert!(text.contains("The last 200 of 1\u{202f}000 lines:"));
    assert!(!text.contains("line 799") && text.contains("line 999"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_run_is_a_page(
        (name, text) in (".{0,30}", ".{0,60}"),
        boards in 0..6_u32,
        places in prop::collection::vec((-1e6..1e6, -1e6..1e6), 0..6),
        mut events in prop::collection::vec(any_event(), 0..40),
    ) {
        events.sort_by_key(|(at, _)| *at);
        let (mut description, conclusion) = run(&name, &text, boards);
        let place = |(x, y)| crate::medium::propagation::Position::on_ground(x, y);
        description.places = places.into_iter().map(place).collect();
        let mut page = Page::default();
        let mut harmless = Page::default();
        for (at, event) in &events {
            page.observe(Time::from_nanos(*at), event);
            let quiet = match event {
                Event::Console { board, line } => Event::Console { board: *board, line: hex::encode(&**line).into() },
                other => other.clone(),
            };
            harmless.observe(Time::from_nanos(*at), &quiet);
        }
        let text = page.render(&description, &conclusion);
        let found = tags(&text);
        prop_assert!(found.is_ok(), "{found:?}\n{text}");
        // Whatever is said, the markup is the same.
        let (mut plain, mut end) = run("x", "x", boards);
        plain.places.clone_from(&description.places);
        end.advice.clone_from(&conclusion.advice);
        prop_assert_eq!(found, tags(&harmless.render(&plain, &end)));
    }
}
