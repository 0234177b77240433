//! The help panel: keys, and what the marks mean.

use ratatui::text::{Line, Span};

use super::palette::{ColourDepth, Tone};
use super::state::State;
use super::text;

const KEYS: [(&str, &str); 12] = [
    ("space", "pause, go on"),
    ("s, n", "run to the next frame or console line"),
    ("+, -", "faster, slower: 0.01x to 100x, then max"),
    ("], [", "5 % more, 5 % less loss on every link"),
    ("Tab, left, right", "select a board"),
    ("up, down, PgUp, PgDn", "scroll the selected board's console"),
    ("Home, End", "its first line, its newest line"),
    ("a", "all advice"),
    ("r", "run again with the next seed"),
    ("?, h", "this help"),
    ("Esc", "close a panel, or quit"),
    ("q, Ctrl-C", "quit"),
];

const REPLAY_KEYS: [(&str, &str); 15] = [
    ("space", "pause, go on"),
    ("s, shift-right", "on to the next frame or console line"),
    ("b, shift-left", "back to before the last one"),
    ("left, right", "a second back, a second on"),
    ("g, :", "go to a time: 1.5, 250ms, +3s, -3s, 50%"),
    ("r, e", "to the start, to the end"),
    ("/", "search: part of a trace's line, or octets of a frame: 0x18fe34"),
    ("n, N", "the next place, the one before"),
    ("+, -", "faster, slower: 0.01x to 100x, then max"),
    ("Tab", "select a board"),
    ("up, down, PgUp, PgDn", "scroll the selected board's console"),
    ("Home, End", "its first line, its newest line"),
    ("a", "all advice"),
    ("?, h", "this help"),
    ("q, Esc, Ctrl-C", "close a panel, quit"),
];

/// The panel's rows.
pub(super) fn rows(state: &State, width: usize) -> Vec<Line<'static>> {
    let (palette, glyphs) = (state.palette, state.palette.charset.glyphs());
    let key_width = if width < 60 { 17 } else { 22 };
    let entry = |key: &str, words: &str| {
        let room = width.saturating_sub(key_width);
        let mut key = format!("{:<key_width$}", text::fit(key, key_width - 1, glyphs.ellipsis));
        let mut rows = Vec::new();
        for row in text::wrap(words, room) {
            let key = std::mem::replace(&mut key, " ".repeat(key_width));
            rows.push(Line::from(vec![
                Span::styled(key, palette.style(Tone::Key)),
                Span::raw(row),
            ]));
        }
        rows
    };
    let keys = match state.replay {
        Some(_) => &REPLAY_KEYS[..],
        None => &KEYS[..],
    };
    let mut rows: Vec<Line<'static>> = keys.iter().flat_map(|(key, words)| entry(key, words)).collect();
    rows.push(Line::default());
    let lit = match palette.depth {
        ColourDepth::None => "R G B Y C M W",
        _ => glyphs.lit,
    };
    let pixels = match palette.depth {
        ColourDepth::None => "a lit NeoPixel's colour; small letters are dim",
        _ => "a lit NeoPixel, brighter than its values so that it can be seen",
    };
    let marks = [
        (lit, pixels),
        (glyphs.off, "a NeoPixel that is off"),
        (glyphs.data, "in a lane: a frame, as long as its airtime"),
        (glyphs.retry, "a repeated frame"),
        (glyphs.ack, "an ACK"),
        (glyphs.lost, "lost by this board"),
        (
            glyphs.interference,
            "energy that no board sent: Wi-Fi, Bluetooth, an oven",
        ),
        ("sent 3 in 5 attempts", "messages, and frames that they took"),
        ("acked, failed", "messages acknowledged, given up"),
        ("received, lost", "messages taken in, frames lost"),
    ];
    rows.extend(marks.iter().flat_map(|(mark, words)| entry(mark, words)));
    rows
}
