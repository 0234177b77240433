//! Recordings, whoever made them, and the screen that shows them.

use std::time::Duration;

use crc::{CRC_32_ISO_HDLC, Crc};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use sim::kernel::Time;
use sim::observe::Observer;
use sim::record::recording::{Entry, Recording};
use sim::record::{Page, Plain, Reporter, Trace};
use sim::replay::{Needle, Player, compare};
use sim::screen::{Charset, ColourDepth, Palette, State, draw};

const MAGIC: &[u8] = b"sim rec\x01";

/// Entries of one recording that are looked at.
const ENTRIES: usize = 4_096;

/// What may be in the blocks of a recording, one after the other with the length of each before it, as a file with the right checksums: what
/// a fuzzer does not find by itself.
#[must_use]
pub fn in_blocks(octets: &[u8]) -> Vec<u8> {
    let mut blocks = Vec::new();
    let mut rest = octets;
    while let [low, high, others @ ..] = rest {
        let length = usize::from(u16::from_le_bytes([*low, *high]));
        let (block, behind) = others.split_at(others.len().min(length));
        blocks.push(block);
        rest = behind;
    }
    of_blocks(&blocks)
}

/// A file whose blocks are these.
#[must_use]
pub fn of_blocks(blocks: &[&[u8]]) -> Vec<u8> {
    let mut file = MAGIC.to_vec();
    for block in blocks {
        let packed = lz4_flex::block::compress(block);
        let check = Crc::<u32>::new(&CRC_32_ISO_HDLC).checksum(&packed);
        for number in [packed.len(), block.len(), check as usize] {
            file.extend(u32::try_from(number).expect("it is short").to_le_bytes());
        }
        file.extend(packed);
    }
    file
}

/// The octets as a recording, if they are one, or as its blocks.
fn read(octets: &[u8]) -> Option<Recording> {
    let file = if octets.starts_with(MAGIC) {
        octets.to_vec()
    } else {
        in_blocks(octets)
    };
    match Recording::read(file, "it") {
        Ok(recording) => Some(recording),
        Err(error) => {
            let line = error.to_string();
            assert!(line.starts_with("it ") && !line.contains('\n'), "{line:?}");
            None
        }
    }
}

fn player(recording: &Recording) -> Player {
    let palette = Palette {
        depth: ColourDepth::None,
        charset: Charset::Unicode,
    };
    let description = recording.description();
    let state = State::new(
        &description.scenario,
        description.seed,
        description.boards.clone(),
        palette,
    );
    Player::new(recording.clone(), state)
}

/// Whether there is something that a terminal obeys, or that turns what is around it.
fn check_shown(text: &str) {
    let bad = |character: char| {
        (character.is_control() && character != '\n')
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    assert!(!text.contains(bad), "{text:?}");
}

/// The octets are a recording, or what is in its blocks. It is refused in one line, or all of it can be shown: forwards, backwards, as lines,
/// as a report and as a page, with nothing in it that a terminal obeys. It is the same as itself.
pub fn recording(octets: &[u8]) {
    let Some(recording) = read(octets) else { return };
    let description = recording.description();
    let boards = || description.boards.clone();
    let mut plain = Plain::new(Vec::new(), boards());
    let mut trace = Trace::new(Vec::new(), boards());
    let (mut page, mut reporter) = (Page::default(), Reporter::default());
    let mut cursor = recording.cursor();
    let mut before = Time::ZERO;
    for _ in 0..ENTRIES {
        let Some((at, entry)) = cursor.advance() else { break };
        assert!(*at >= before && *at <= recording.end(), "times go on");
        before = *at;
        if let Entry::Event(event) = entry {
            let observers: [&mut dyn Observer; 4] = [&mut plain, &mut trace, &mut page, &mut reporter];
            for observer in observers {
                observer.observe(*at, event);
            }
        }
    }
    for lines in [plain.finish(), trace.finish()] {
        check_shown(&String::from_utf8(lines.expect("memory")).expect("text"));
    }
    if let Some(conclusion) = recording.conclusion() {
        check_shown(&page.render(description, conclusion));
        let report = reporter.report_of(description, conclusion, Duration::ZERO);
        assert!(report.boards.len() <= description.boards.len());
    }
    assert!(compare(&recording, &recording).is_same());
    check_moves(&recording, octets);
}

/// From wherever one comes to a place, it is the same one.
fn check_moves(recording: &Recording, octets: &[u8]) {
    let mut player = player(recording);
    player.advance_to(Time::MAX, ENTRIES);
    player.seek(Time::ZERO);
    for step in octets.iter().rev().take(16) {
        match step % 4 {
            0 => drop(player.step()),
            1 => drop(player.step_back()),
            2 => player.go_to(recording.len().min(ENTRIES) * usize::from(*step) / 256),
            _ => {
                let needle = Needle::new("rx frame").expect("a text");
                let _ = player.find(&needle, step & 4 == 0);
            }
        }
        assert!(player.position() <= recording.len() && player.now() <= recording.end());
    }
}

/// The octets are a recording, or what is in its blocks; the last of them are keys. Whatever the terminal's size and whatever is pressed, the
/// screen shows it, with nothing in a cell that a terminal obeys.
pub fn screen(octets: &[u8]) {
    let Some(recording) = read(octets) else { return };
    let mut player = player(&recording);
    for (number, octet) in (1_usize..).zip(octets.iter().rev().take(12)) {
        let (columns, rows) = (u16::from(*octet) + 1, u16::from(octet >> 2) + 1);
        player.state_mut().on_resize(columns, rows);
        let code = match octet % 8 {
            0 => KeyCode::Tab,
            1 => KeyCode::Down,
            2 => KeyCode::PageUp,
            3 => KeyCode::Enter,
            4 => KeyCode::Esc,
            _ => KeyCode::Char(char::from(*octet)),
        };
        let _ = player.state_mut().on_key(KeyEvent::new(code, KeyModifiers::NONE));
        player.go_to(recording.len().min(ENTRIES) * number / 12);
        let now = player.now();
        player.state_mut().set_clock(now, sim::pace::Pace::Max, false);
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).expect("it has no device");
        terminal
            .draw(|frame| draw(player.state(), frame))
            .expect("it has no device");
        for cell in terminal.backend().buffer().content() {
            check_shown(cell.symbol());
        }
    }
}
