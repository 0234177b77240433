//! What is different when the run comes from a recording: keys that go back, and a line to type times and words into.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::keys::{self, Command};
use super::palette::Tone;
use super::state::State;
use super::text;

/// What a key asks of a replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplayCommand {
    /// What it asks of a run: to pause, to step, another pace, to leave.
    Run(Command),
    /// Back to before the last frame or console line.
    StepBack,
    /// A second on.
    SecondForward,
    /// A second back.
    SecondBack,
    /// To the moment that was typed.
    Seek(String),
    /// To the next place of what was typed.
    Search(String),
    /// To the next place of the same.
    Next,
    /// To the place before.
    Previous,
    /// To the first moment.
    First,
    /// To the last.
    Last,
}

/// Where a replay is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReplayPlace {
    /// Entries that have happened.
    pub position: usize,
    /// All of them.
    pub entries: usize,
}

/// What the screen shows of a replay besides the run.
#[derive(Clone, Debug, Default)]
pub(super) struct ReplayView {
    pub(super) place: ReplayPlace,
    prompt: Option<Prompt>,
    /// What came of the last thing typed.
    message: Option<String>,
    is_searching: bool,
}

/// A line that is being typed.
#[derive(Clone, Debug)]
struct Prompt {
    what: Asked,
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Moment,
    Words,
}

/// Longer lines are not typed.
const LONGEST: usize = 200;

impl State {
    /// Tells where a replay is, which this is from then on.
    pub fn set_replay(&mut self, place: ReplayPlace) {
        self.replay.get_or_insert_default().place = place;
    }

    /// Says something in the row of the keys until the next key.
    pub fn say(&mut self, words: &str) {
        let words = text::clean(words, self.palette.charset);
        self.replay.get_or_insert_default().message = Some(words);
    }

    /// A key on a replay. Returns what the host has to do about it; the rest is done here.
    pub fn on_replay_key(&mut self, key: KeyEvent) -> Option<ReplayCommand> {
        if key.kind == KeyEventKind::Release {
            return None;
        }
        let view = self.replay.get_or_insert_default();
        view.message = None;
        if view.prompt.is_some() {
            return view.on_typed(key);
        }
        let shift = key.modifiers.contains(KeyModifiers::SHIFT);
        let searching = view.is_searching;
        let mut ask = |what| {
            view.prompt = Some(Prompt {
                what,
                text: String::new(),
            });
            None
        };
        match key.code {
            _ if key.modifiers.contains(KeyModifiers::CONTROL) => keys::on_key(self, key).map(ReplayCommand::Run),
            KeyCode::Right if shift => Some(ReplayCommand::Run(Command::Step)),
            KeyCode::Left if shift => Some(ReplayCommand::StepBack),
            KeyCode::Right => Some(ReplayCommand::SecondForward),
            KeyCode::Left => Some(ReplayCommand::SecondBack),
            KeyCode::Char('b') => Some(ReplayCommand::StepBack),
            KeyCode::Char('n') if searching => Some(ReplayCommand::Next),
            KeyCode::Char('N') if searching => Some(ReplayCommand::Previous),
            KeyCode::Char('r' | '0') => Some(ReplayCommand::First),
            KeyCode::Char('e' | '$') => Some(ReplayCommand::Last),
            KeyCode::Char('g' | ':') => ask(Asked::Moment),
            KeyCode::Char('/') => ask(Asked::Words),
            // What happened has happened.
            KeyCode::Char('[' | ']') => None,
            _ => keys::on_key(self, key).map(ReplayCommand::Run),
        }
    }
}

impl ReplayView {
    fn on_typed(&mut self, key: KeyEvent) -> Option<ReplayCommand> {
        let prompt = self.prompt.as_mut()?;
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Esc => self.prompt = None,
            KeyCode::Char('c') if control => self.prompt = None,
            KeyCode::Char('u') if control => prompt.text.clear(),
            KeyCode::Backspace if prompt.text.is_empty() => self.prompt = None,
            KeyCode::Backspace => {
                prompt.text.pop();
            }
            KeyCode::Char(letter) if !control && prompt.text.chars().count() < LONGEST => prompt.text.push(letter),
            KeyCode::Enter => {
                let Prompt { what, text } = self.prompt.take()?;
                match what {
                    _ if text.is_empty() => {}
                    Asked::Moment => return Some(ReplayCommand::Seek(text)),
                    Asked::Words => {
                        self.is_searching = true;
                        return Some(ReplayCommand::Search(text));
                    }
                }
            }
            _ => {}
        }
        None
    }
}

/// Draws what is typed, or what came of it, over the row of the keys. `false` if there is nothing.
pub(super) fn draw_row(state: &State, area: Rect, buffer: &mut Buffer) -> bool {
    let Some(ReplayView { prompt, message, .. }) = &state.replay else {
        return false;
    };
    let palette = state.palette;
    let glyphs = palette.charset.glyphs();
    let spans = match (prompt, message) {
        (Some(Prompt { what, text }), _) => {
            let (label, help) = match what {
                Asked::Moment => (" go to: ", "   1.5, 250ms, +3s, -3s, 50%"),
                Asked::Words => (" search: ", "   in consoles and frames"),
            };
            let typed = text::clean(text, palette.charset);
            let room = usize::from(area.width).saturating_sub(label.len() + 2);
            let shown = text::fit_end(&typed, room, glyphs.ellipsis);
            let help = if typed.is_empty() { help } else { "" };
            vec![
                Span::styled(label, palette.style(Tone::Key)),
                Span::raw(format!("{shown}_")),
                Span::styled(help, palette.style(Tone::Dim)),
            ]
        }
        (None, Some(message)) => {
            let room = usize::from(area.width).saturating_sub(2);
            let shown = text::fit(message, room, glyphs.ellipsis);
            vec![Span::styled(format!(" {shown}"), palette.style(Tone::Warning))]
        }
        (None, None) => return false,
    };
    Line::from(spans).render(area, buffer);
    true
}
