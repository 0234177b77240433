//! The whole screen, as text.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use proptest::prelude::*;
use protocol::board::Rgb;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::Color;

use super::palette::{Charset, ColourDepth, Palette};
use super::state::State;
use super::story::{self, Story};
use super::{Command, draw};
use crate::kernel::Time;
use crate::medium::propagation::Position;
use crate::observe::testing::any_event;
use crate::observe::{Advice, BoardId, Ending, Event, InterfererInfo, Observer, ResetCause};
use crate::pace::Pace;

fn render(state: &State, width: u16, height: u16) -> Buffer {
    let mut terminal = ratatui::Terminal::new(TestBackend::new(width, height)).expect("a test backend has no errors");
    terminal
        .draw(|frame| draw(state, frame))
        .expect("a test backend has no errors");
    terminal.backend().buffer().clone()
}

fn text(state: &State, width: u16, height: u16) -> String {
    let buffer = render(state, width, height);
    let row = |y| {
        let row: String = (0..width).map(|x| buffer[(x, y)].symbol()).collect();
        row.trim_end().to_owned()
    };
    (0..height).map(row).collect::<Vec<_>>().join("\n")
}

fn press(state: &mut State, code: KeyCode) -> Option<Command> {
    state.on_key(KeyEvent::new(code, KeyModifiers::NONE))
}

fn hello() -> State {
    let mut story = Story::new(2);
    let at = Time::from_micros;
    story.console(at(0), 0, "hello, sending to 24:0a:c4:00:00:02");
    story.console(at(0), 1, "hello, listening");
    story.delivered(at(1_000), b"hello 1");
    story.console(at(2_000), 1, "received hello 1");
    story.light(at(2_000), 1, Rgb::new(0, 25, 0));
    story.lost_once(at(501_000), b"hello 2");
    story.console(at(506_000), 1, "received hello 2");
    story.failed(at(1_001_000), b"hello 3");
    story.console(at(1_010_000), 0, "hello 3: no acknowledgement");
    story.advice(
        at(1_010_000),
        "a message was given up though its receiver has it: only the ACK was lost.",
    );
    story.state.set_clock(at(1_011_000), Pace::Paused, false);
    story.state.set_loss(0.2);
    story.state
}

const AT_80_BY_24: &str = "
 hello  seed 7                              t = 1.011000 s │ loss 20 % │ PAUSED
┏ ▸sender ESP32-S3 ━━━━━━━━━━━ running ┓╭ receiver ESP32-S3 ────────── running ╮
┃· · · · ·  24:0a:c4:00:00:01          ┃│· ██· ██·  24:0a:c4:00:00:02          │
┃· · · · ·  sent 3 in 7 attempts       ┃│· ██· ██·  sent 0 in 0 attempts       │
┃· · · · ·  acked 2  failed 1          ┃│██· · · ██ acked 0  failed 0          │
┃· · · · ·  received 0  lost 0         ┃│· ██████·  received 3  lost 4         │
┃· · · · ·                             ┃│· · · · ·                             │
┃hello, sending to 24:0a:c4:00:00:02   ┃│received hello 1                      │
┃hello 3: no acknowledgement           ┃│received hello 2                      │
┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛╰──────────────────────────────────────╯
 air: last 10 ms, a cell is 144 µs                  █ data ▓ retry ▄ ACK ✗ lost
▸sender   ────█████────▓▓▓▓▓─✗────▓▓▓▓▓────▓▓▓▓▓───────────────────────────────
 receiver ────────✗────────▄▄▄────────✗────────✗───────────────────────────────
  time, s from → to           kind rate   octets try at receiver ACK
 0.001000 sender → receiver   DATA 1M         50   1 ✓ received  ✓ ACK
 0.501000 sender → receiver   DATA 1M         50   1 ✗ fault     ✗ no ACK
 0.503292 sender → receiver   DATA 1M         50   2 ✓ received  ✓ ACK
 1.001700 sender → receiver   DATA 1M         50   1 ✗ fault     ✗ no ACK
 1.002992 sender → receiver   DATA 1M         50   2 ✓ received  ✗ ACK collision
 1.004598 sender → receiver   DATA 1M         50   3 ✗ fault     ✗ no ACK
 1.005890 sender → receiver   DATA 1M         50   4 ✗ fault     ✗ gave up
 ! sender: a message was given up though its receiver has it: only the ACK was
 lost.
 space go on  n step  +/- speed  [/] loss  tab board  a advice  ? help  q quit";

#[test]
fn a_small_terminal_shows_it_all() {
    assert_eq!(text(&hello(), 80, 24), AT_80_BY_24.trim_start_matches('\n'));
}

#[test]
fn a_large_terminal_has_times_words_and_room() {
    let shown = text(&hello(), 200, 60);
    for words in [
        "   0.000000 hello, listening",
        "sent 3 in 7 attempts  acked 2  failed 1  received 0  lost 0",
        "0.001000 sender → receiver   DATA 1 Mbit/s",
        "50   1 ✗ fault",
        "✗ ACK collision",
        "✗ gave up",
        "▓ retry",
    ] {
        assert!(shown.contains(words), "{words:?} is not in\n{shown}");
    }
}

#[test]
fn a_tiny_terminal_shows_the_essentials() {
    let shown = text(&hello(), 40, 12);
    for words in ["1.011000", "PAUSED", "sender", "receiver", "✗ gave"] {
        assert!(shown.contains(words), "{words:?} is not in\n{shown}");
    }
    assert!(text(&hello(), 31, 12).starts_with("terminal too small\nneed 32x8"));
}

#[test]
fn ascii_locales_see_ascii() {
    let palette = Palette {
        depth: ColourDepth::None,
        charset: Charset::Ascii,
    };
    let mut state = State::new("hällo", 7, story::boards(2), palette);
    state.observe(
        Time::ZERO,
        &Event::Console {
            board: BoardId(0),
            line: "21 °C".into(),
        },
    );
    state.set_clock(Time::from_micros(3), Pace::Max, false);
    assert!(text(&state, 80, 24).is_ascii());
    press(&mut state, KeyCode::Char('?'));
    assert!(text(&state, 80, 24).is_ascii());
}

#[test]
fn without_colours_no_cell_has_one() {
    let mut story = Story::new(2);
    story.state.palette.depth = ColourDepth::None;
    story.light(Time::ZERO, 1, Rgb::new(0, 25, 0));
    story.lost_once(Time::ZERO, b"hello");
    let buffer = render(&story.state, 80, 24);
    assert!(
        buffer
            .content
            .iter()
            .all(|cell| (cell.fg, cell.bg) == (Color::Reset, Color::Reset))
    );
    assert!(text(&story.state, 80, 24).contains("· g · g ·"));
}

#[test]
fn pixels_shine_in_their_colour() {
    let buffer = render(&hello(), 80, 24);
    let lit = buffer
        .content
        .iter()
        .filter(|cell| cell.fg == Color::Rgb(0, 160, 0))
        .count();
    assert_eq!(lit, 2 * 9);
}

#[test]
fn silence_is_told() {
    let mut state = hello();
    state.set_clock(Time::from_micros(1_510_000), Pace::Max, false);
    assert!(!text(&state, 80, 24).contains("waiting"));
    state.set_clock(Time::from_micros(1_510_001), Pace::Max, false);
    assert!(text(&state, 80, 24).contains("waiting since t = 1.010000 s; nothing on the air"));
    state.set_clock(Time::from_micros(1_510_001), Pace::Max, true);
    let shown = text(&state, 80, 24);
    assert!(!shown.contains("waiting") && shown.contains("finished"));
}

#[test]
fn endings_are_told() {
    let mut state = hello();
    let failed = Ending::Failed("no peer answers".to_owned());
    state.observe(
        Time::ZERO,
        &Event::Ended {
            board: BoardId(0),
            ending: failed,
        },
    );
    state.observe(
        Time::ZERO,
        &Event::Ended {
            board: BoardId(1),
            ending: Ending::Finished,
        },
    );
    state.set_clock(Time::from_micros(1_510_001), Pace::Max, true);
    let shown = text(&state, 80, 24);
    for words in [
        " failed ┓",
        " finished ╮",
        "no peer answers",
        "finished, 1 failed",
        "r again",
    ] {
        assert!(shown.contains(words), "{words:?} is not in\n{shown}");
    }
    assert!(!shown.contains("pause"));
}

#[test]
fn what_is_done_to_boards_is_told() {
    let mut state = hello();
    let (sender, receiver) = (BoardId(0), BoardId(1));
    let cause = ResetCause::Panic;
    state.observe(Time::ZERO, &Event::Pressed { board: sender });
    state.observe(Time::ZERO, &Event::PowerOff { board: sender });
    state.observe(Time::ZERO, &Event::Reset { board: receiver, cause });
    let shown = text(&state, 80, 24);
    for words in [
        " off ┓",
        " starting ╮",
        "[button pressed]",
        "[power off]",
        "[reset: crash]",
    ] {
        assert!(shown.contains(words), "{words:?} is not in\n{shown}");
    }
    let started = Event::Started {
        board: receiver,
        version: "1.2.0".into(),
        on_trial: true,
    };
    state.observe(Time::ZERO, &started);
    let shown = text(&state, 80, 24);
    for words in [" running ╮", "[started version 1.2.0, on trial]"] {
        assert!(shown.contains(words), "{words:?} is not in\n{shown}");
    }
}

#[test]
fn interferers_have_a_lane() {
    let mut state = hello();
    let quiet = text(&state, 80, 24);
    let wifi = InterfererInfo {
        kind: "wifi",
        power_dbm: 20.0,
        position: Position::default(),
    };
    state.set_interferers(&[wifi]);
    for (micros, centre_mhz) in [(1_000_000, Some(2412)), (1_005_000, None)] {
        let event = Event::Interference {
            interferer: 0,
            centre_mhz,
        };
        state.observe(Time::from_micros(micros), &event);
    }
    let shown = text(&state, 80, 24);
    let lane = shown.lines().find(|row| row.starts_with(" wifi")).expect("a lane");
    assert!(
        lane.contains(" ░") && lane.contains("░─") && lane.ends_with('─'),
        "{lane}"
    );
    assert!(shown.contains("░ others"), "{shown}");
    assert!(!quiet.contains("wifi") && !quiet.contains('░'));
}

#[test]
fn advice_is_told_once_and_kept_for_reading() {
    let mut state = hello();
    let advice = Advice {
        board: BoardId(0),
        trap: "group-address",
        text: "again".to_owned(),
    };
    state.observe(Time::ZERO, &Event::Advice(advice));
    assert_eq!(state.advice.len(), 1);
    assert!(text(&state, 80, 24).contains("! sender: a message was given up"));
    assert_eq!(press(&mut state, KeyCode::Char('a')), None);
    assert!(text(&state, 80, 24).contains("sender: group-address"));
    assert_eq!(press(&mut state, KeyCode::Esc), None);
    assert!(!text(&state, 80, 24).contains("! sender"));
}

#[test]
fn keys_become_commands() {
    let mut state = hello();
    let commands = [
        (' ', Command::TogglePause),
        ('s', Command::Step),
        ('n', Command::Step),
        ('+', Command::Faster),
        ('-', Command::Slower),
        (']', Command::LossUp),
        ('[', Command::LossDown),
        ('r', Command::Restart),
        ('q', Command::Quit),
    ];
    for (key, command) in commands {
        assert_eq!(press(&mut state, KeyCode::Char(key)), Some(command));
    }
    let ctrl = |key| KeyEvent::new(KeyCode::Char(key), KeyModifiers::CONTROL);
    assert_eq!(state.on_key(ctrl('c')), Some(Command::Interrupt));
    assert_eq!(state.on_key(ctrl('q')), None);
    assert_eq!(press(&mut state, KeyCode::Char('x')), None);
}

#[test]
fn escape_closes_panels_first() {
    let mut state = hello();
    press(&mut state, KeyCode::Char('?'));
    assert!(text(&state, 80, 24).contains("run again with the next seed"));
    assert_eq!(press(&mut state, KeyCode::Esc), None);
    assert!(!text(&state, 80, 24).contains("run again with the next seed"));
    assert_eq!(press(&mut state, KeyCode::Esc), Some(Command::Quit));
}

#[test]
fn panels_scroll_to_their_end_and_no_further() {
    let mut state = hello();
    state.on_resize(40, 12);
    press(&mut state, KeyCode::Char('h'));
    assert!(text(&state, 40, 12).contains("pause, go on"));
    for _ in 0..9 {
        press(&mut state, KeyCode::PageDown);
    }
    assert!(text(&state, 40, 12).contains("received, lost"));
    let end = text(&state, 40, 12);
    press(&mut state, KeyCode::Down);
    assert_eq!(text(&state, 40, 12), end);
    press(&mut state, KeyCode::Up);
    assert_ne!(text(&state, 40, 12), end);
}

#[test]
fn boards_are_selected_around_the_end() {
    let mut state = hello();
    let mut after = |key| {
        press(&mut state, key);
        state.selected
    };
    assert_eq!(after(KeyCode::Tab), 1);
    assert_eq!(after(KeyCode::Right), 0);
    assert_eq!(after(KeyCode::BackTab), 1);
    assert_eq!(after(KeyCode::Left), 0);
    let mut nobody = story::state(0);
    assert_eq!(press(&mut nobody, KeyCode::Tab), None);
    assert_eq!(press(&mut nobody, KeyCode::BackTab), None);
}

#[test]
fn the_selected_console_scrolls_and_says_so() {
    let mut story = Story::new(2);
    for line in 1..=30 {
        story.console(Time::ZERO, 0, &format!("line {line} of 30"));
    }
    let mut state = story.state;
    assert!(text(&state, 80, 24).contains("line 30 of 30"));
    press(&mut state, KeyCode::Home);
    let shown = text(&state, 80, 24);
    assert!(shown.contains("line 1 of 30") && !shown.contains("line 30 of 30"));
    assert!(shown.contains("newer below"));
    press(&mut state, KeyCode::End);
    assert!(!text(&state, 80, 24).contains("newer below"));
}

#[test]
fn many_boards_have_a_line_each_and_the_selected_one_a_box() {
    let mut state = story::state(40);
    state.selected = 33;
    for (width, height) in [(80, 24), (200, 60), (40, 12)] {
        let shown = text(&state, width, height);
        assert!(shown.contains("▸board 33"), "{width}x{height}\n{shown}");
    }
    assert!(text(&state, 80, 24).contains("24:0a:c4:00:00:22"));
    assert!(text(&state, 200, 60).contains("24:0a:c4:00:00:22"));
}

fn any_key() -> impl Strategy<Value = KeyCode> {
    use KeyCode::{BackTab, Char, Down, End, Esc, Home, PageDown, PageUp, Tab, Up};
    prop::sample::select(vec![
        Tab,
        BackTab,
        Up,
        Down,
        PageUp,
        PageDown,
        Home,
        End,
        Esc,
        Char('a'),
        Char('?'),
        Char(' '),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn nothing_panics_at_any_size(
        boards in 0..30_u32,
        events in prop::collection::vec(any_event(), 0..60),
        keys in prop::collection::vec(any_key(), 0..8),
        sizes in prop::collection::vec((0..250_u16, 0..80_u16), 1..4),
        small in (28..60_u16, 6..16_u16),
        (now, loss, over) in (any::<u64>(), any::<f64>(), any::<bool>()),
        depth in prop::sample::select(vec![
            ColourDepth::TrueColour, ColourDepth::Ansi256, ColourDepth::Ansi16, ColourDepth::None,
        ]),
        pace in prop::sample::select(vec![Pace::Paused, Pace::Times(1e-9), Pace::Times(1e300), Pace::Max]),
    ) {
        let palette = Palette { depth, charset: Charset::Unicode };
        let mut state = State::new("any", u64::MAX, story::boards(boards), palette);
        for (at, event) in &events {
            state.observe(Time::from_nanos(*at), event);
        }
        state.set_clock(Time::from_nanos(now >> (now % 64)), pace, over);
        state.set_loss(loss);
        for (width, height) in sizes.into_iter().chain([small]) {
            render(&state, width, height);
            state.on_resize(width, height);
            for key in &keys {
                press(&mut state, *key);
            }
            render(&state, width, height);
        }
    }
}
