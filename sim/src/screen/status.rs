//! The first row, which says where the run is, and the last, which says what keys do.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::palette::Tone;
use super::replay::{self, ReplayPlace};
use super::state::State;
use super::text;
use crate::observe::Ending;
use crate::pace::Pace;

/// Up to this pace microseconds can be read.
const SLOW: f64 = 0.05;

/// A key and what it does.
struct Hint {
    key: &'static str,
    what: &'static str,
    /// Where room is short, those with the highest number are left out.
    rank: u8,
}

const HINTS: [Hint; 9] = [
    Hint::new("space", "pause", 2),
    Hint::new("n", "step", 3),
    Hint::new("+/-", "speed", 4),
    Hint::new("[/]", "loss", 5),
    Hint::new("tab", "board", 7),
    Hint::new("a", "advice", 6),
    Hint::new("r", "again", 8),
    Hint::new("?", "help", 1),
    Hint::new("q", "quit", 0),
];

const REPLAY_HINTS: [Hint; 11] = [
    Hint::new("space", "pause", 2),
    Hint::new("s", "step", 3),
    Hint::new("b", "back", 3),
    Hint::new("left/right", "1 s", 7),
    Hint::new("g", "go to", 5),
    Hint::new("/", "search", 4),
    Hint::new("+/-", "speed", 6),
    Hint::new("tab", "board", 8),
    Hint::new("a", "advice", 9),
    Hint::new("?", "help", 1),
    Hint::new("q", "quit", 0),
];

/// Keys that do nothing to a run that is over.
const RUNNING_ONLY: [&str; 4] = ["space", "n", "+/-", "[/]"];

impl Hint {
    const fn new(key: &'static str, what: &'static str, rank: u8) -> Self {
        Self { key, what, rank }
    }

    const fn width(&self) -> usize {
        self.key.len() + self.what.len() + 3
    }
}

fn time(state: &State) -> String {
    let time = state.now.to_string();
    if state.over || state.pace.factor() <= SLOW {
        return format!("{time} s");
    }
    let milliseconds = time.len().saturating_sub(3);
    format!("{} s", time.get(..milliseconds).unwrap_or(&time))
}

fn pace(state: &State) -> String {
    let Some(replay) = &state.replay else {
        return run_pace(state);
    };
    let ReplayPlace { position, entries } = replay.place;
    let percent = (100 * position).checked_div(entries).unwrap_or(100);
    let pace = if state.over { "end".to_owned() } else { run_pace(state) };
    format!("replay {pace} {percent} %")
}

fn run_pace(state: &State) -> String {
    let failed = state
        .boards
        .iter()
        .filter(|board| matches!(board.ending, Some(Ending::Failed(_))))
        .count();
    match (state.over, failed) {
        (true, 0) => "finished".to_owned(),
        (true, _) => format!("finished, {failed} failed"),
        (false, _) if state.pace == Pace::Paused => "PAUSED".to_owned(),
        (false, _) => state.pace.to_string(),
    }
}

/// Draws the first row.
pub(super) fn draw(state: &State, area: Rect, buffer: &mut Buffer) {
    let (palette, glyphs) = (state.palette, state.palette.charset.glyphs());
    buffer.set_style(area, palette.style(Tone::Bar));
    // "-0" would be shown for a loss that went down to a little below zero.
    let loss = format!("loss {:.0} %", (state.loss * 100.0).clamp(0.0, 100.0).abs());
    let time = match area.width {
        ..60 => time(state),
        _ => format!("t = {}", time(state)),
    };
    let right = [time, loss, pace(state)].join(&format!(" {} ", glyphs.separator));
    let right = format!("{right} ");
    let right = text::fit(&right, area.width.into(), glyphs.ellipsis);
    let room = usize::from(area.width) - text::width(&right);
    Line::raw(right).right_aligned().render(area, buffer);

    let seed = format!("  seed {}", state.seed);
    let left = match room.saturating_sub(seed.len() + 3) {
        0..4 => text::fit(&state.scenario, room.saturating_sub(2), glyphs.ellipsis),
        names => format!("{}{seed}", text::fit(&state.scenario, names, glyphs.ellipsis)),
    };
    if room > 2 {
        Line::raw(format!(" {left}")).render(area, buffer);
    }
}

/// Draws the last row.
pub(super) fn draw_keys(state: &State, area: Rect, buffer: &mut Buffer) {
    if replay::draw_row(state, area, buffer) {
        return;
    }
    let palette = state.palette;
    let room = usize::from(area.width);
    // A run that is over can't be hurried, stopped or disturbed.
    let is_replay = state.replay.is_some();
    let all = if is_replay { &REPLAY_HINTS[..] } else { &HINTS[..] };
    let is_idle = |hint: &Hint| !is_replay && state.over && RUNNING_ONLY.contains(&hint.key);
    let hints = || all.iter().filter(|hint| !is_idle(hint));
    let fits = |rank: u8| hints().filter(|hint| hint.rank <= rank).map(Hint::width).sum::<usize>() <= room;
    let mut spans = Vec::new();
    for Hint { key, what, .. } in hints().filter(|hint| fits(hint.rank)) {
        let (what, tone) = match *key {
            "space" if state.pace == Pace::Paused => ("go on", Tone::Dim),
            "a" if state.unread_advice() > 0 => (*what, Tone::Warning),
            _ => (*what, Tone::Dim),
        };
        spans.extend([
            Span::styled(format!(" {key}"), palette.style(Tone::Key)),
            Span::styled(format!(" {what} "), palette.style(tone)),
        ]);
    }
    Line::from(spans).render(area, buffer);
}
