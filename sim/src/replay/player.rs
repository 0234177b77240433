//! A place in a recording, and what the screen knows there.

use super::Needle;
use super::search;
use crate::kernel::Time;
use crate::observe::Observer as _;
use crate::record::lines::Names;
use crate::record::recording::{Cursor, Entry, Recording};
use crate::record::trace;
use crate::screen::{Seen, State};

/// Entries between two checkpoints, at first.
const EVERY: usize = 1_024;

/// Checkpoints that are kept at most, and what they may weigh together: see [`State::weight`].
const KEPT: usize = 64;
const WEIGHT: usize = 4_000_000;

/// Where a stretch that is played again is longer than this, a checkpoint is kept so long before its end.
const NEAR: usize = 512;

/// What was seen at a place.
struct Checkpoint {
    position: usize,
    seen: Seen,
}

/// Shows a recording. The state is always what the screen knew when all entries before the position had happened.
pub struct Player {
    recording: Recording,
    cursor: Cursor,
    names: Names,
    now: Time,
    state: State,
    /// In order; the first is the start.
    checkpoints: Vec<Checkpoint>,
    every: usize,
    /// Shortly before the place that was gone back to last.
    near: Option<Checkpoint>,
}

impl Player {
    /// At the recording's start. `state` is that of a run which has not begun.
    #[must_use]
    pub fn new(recording: Recording, mut state: State) -> Self {
        state.set_loss(recording.description().loss);
        state.set_interferers(&recording.description().interferers);
        let start = Checkpoint {
            position: 0,
            seen: state.seen(),
        };
        Self {
            cursor: recording.cursor(),
            names: Names::new(recording.description().boards.clone()),
            now: Time::ZERO,
            state,
            checkpoints: vec![start],
            every: EVERY,
            near: None,
            recording,
        }
    }

    /// What is played.
    #[must_use]
    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    /// What the screen shows.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// For keys, sizes and the clock.
    pub fn state_mut(&mut self) -> &mut State {
        &mut self.state
    }

    /// Virtual time.
    #[must_use]
    pub fn now(&self) -> Time {
        self.now
    }

    /// How many entries have happened.
    #[must_use]
    pub fn position(&self) -> usize {
        self.cursor.position()
    }

    /// Whether all has been shown.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.position() >= self.recording.len() && self.now >= self.recording.end()
    }

    /// Lets happen what is due by `until`, `most` entries at most. Returns whether that was all.
    pub fn advance_to(&mut self, until: Time, most: usize) -> bool {
        for _ in 0..most {
            match self.cursor.peek() {
                Some((at, _)) if *at <= until => self.play(),
                _ => {
                    self.now = until.min(self.recording.end()).max(self.now);
                    return true;
                }
            };
        }
        false
    }

    /// Goes to the end of what happened at `at`.
    pub fn seek(&mut self, at: Time) {
        let at = at.min(self.recording.end());
        self.go_to(self.recording.entries_until(at));
        self.now = at;
    }

    /// Plays to the next thing that one can see, which has happened then with all that it brought with it at once. `false` if
    /// there is none.
    pub fn step(&mut self) -> bool {
        while let Some(notable) = self.play() {
            if notable {
                self.go_to(behind(&mut self.cursor.clone(), self.now));
                return true;
            }
        }
        self.now = self.recording.end();
        false
    }

    /// Goes back to where the step before this place ended. `false` if it was the start already.
    pub fn step_back(&mut self) -> bool {
        let here = self.position();
        let mut cursor = self.cursor.clone();
        let before = loop {
            match cursor.retreat() {
                None => break 0,
                Some((at, Entry::Event(event))) if event.is_notable() => {
                    let at = *at;
                    let mut ahead = cursor.clone();
                    ahead.seek(cursor.position() + 1);
                    let end = behind(&mut ahead, at);
                    if end < here {
                        break end;
                    }
                }
                Some(_) => {}
            }
        };
        self.go_to(before);
        here > 0
    }

    /// Goes behind the next entry, or the one before, that has the needle in it. Returns it in words.
    pub fn find(&mut self, needle: &Needle, backwards: bool) -> Option<String> {
        let mut cursor = self.cursor.clone();
        if backwards {
            // Not the one that was found last.
            cursor.seek(self.position().saturating_sub(1));
        }
        let found = search::find(&mut cursor, &self.names, needle, backwards)?;
        self.go_to(found + 1);
        cursor.seek(found);
        match cursor.peek() {
            Some((at, Entry::Event(event))) => Some(format!(
                "{at} {} {}",
                event.board().map_or("-", |board| self.names.name(board)),
                trace::words(&self.names, event)
            )),
            _ => None,
        }
    }

    /// Goes to where so many entries have happened.
    pub fn go_to(&mut self, position: usize) {
        let position = position.min(self.recording.len());
        if position < self.position() {
            self.rewind(position);
        }
        while self.position() < position {
            if position - self.position() == NEAR {
                self.near = Some(self.checkpoint());
            }
            if self.play().is_none() {
                break;
            }
        }
        let mut cursor = self.cursor.clone();
        self.now = cursor.retreat().map_or(Time::ZERO, |(at, _)| *at);
    }

    /// To the last checkpoint at or before `position`.
    fn rewind(&mut self, position: usize) {
        let kept = self
            .checkpoints
            .partition_point(|checkpoint| checkpoint.position <= position);
        let known = self.checkpoints.get(kept.saturating_sub(1));
        let near = self.near.as_ref().filter(|near| near.position <= position);
        let best = known
            .into_iter()
            .chain(near)
            .max_by_key(|checkpoint| checkpoint.position);
        if let Some(checkpoint) = best {
            self.cursor.seek(checkpoint.position);
            self.state.rewind_to(&checkpoint.seen);
        }
    }

    fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            position: self.position(),
            seen: self.state.seen(),
        }
    }

    /// Lets the next entry happen. Returns whether one can see it, `None` at the end.
    fn play(&mut self) -> Option<bool> {
        let position = self.position();
        let is_new = self
            .checkpoints
            .last()
            .is_none_or(|last| position >= last.position + self.every);
        if is_new {
            self.keep_checkpoint();
        }
        let (at, entry) = self.cursor.advance()?;
        self.now = *at;
        Some(match entry {
            Entry::Event(event) => {
                self.state.observe(*at, event);
                event.is_notable()
            }
            Entry::Loss(loss) => {
                self.state.set_loss(*loss);
                false
            }
            Entry::Conclusion(_) => false,
        })
    }

    /// When there are too many, every other one goes, and from then on there are half as many.
    fn keep_checkpoint(&mut self) {
        let most = (WEIGHT / self.state.weight().max(1)).clamp(4, KEPT);
        if self.checkpoints.len() >= most {
            let mut is_kept = false;
            self.checkpoints.retain(|_| {
                is_kept = !is_kept;
                is_kept
            });
            self.every *= 2;
        }
        self.checkpoints.push(self.checkpoint());
    }
}

/// Where what happens at `at` is over, or something comes that one can see.
fn behind(cursor: &mut Cursor, at: Time) -> usize {
    while let Some((time, Entry::Event(event))) = cursor.peek()
        && *time == at
        && !event.is_notable()
    {
        cursor.advance();
    }
    cursor.position()
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::demo::{Demo, Settings};
    use crate::kernel::Span;
    use crate::medium::{Link, Links};
    use crate::record::recording::{Conclusion, Description, Ended, RecordingWriter};
    use crate::screen::{Charset, ColourDepth, Palette};

    /// A unicast run on a bad link: some thousand entries.
    static RECORDING: LazyLock<Recording> = LazyLock::new(record);

    fn record() -> Recording {
        let settings = Settings {
            seed: 1,
            links: Links::all(Link {
                loss: 0.3,
                ..Link::default()
            }),
            ..Settings::default()
        };
        let demo = Demo::named("hello-unicast").expect("a demo");
        let mut lab = demo.builder(settings).expect("no parameters").build();
        let writer = RecordingWriter::new(Vec::new(), &Description::of(&lab)).expect("memory");
        let writer = Rc::new(RefCell::new(writer));
        lab.observe(Box::new(Rc::clone(&writer)));
        lab.run();
        let conclusion = Conclusion::of(&lab, Ended::Over);
        drop(lab);
        let writer = Rc::into_inner(writer).expect("the lab is gone").into_inner();
        Recording::read(writer.finish(&conclusion).expect("memory"), "it").expect("a recording")
    }

    fn player(recording: &Recording) -> Player {
        let palette = Palette {
            depth: ColourDepth::None,
            charset: Charset::Ascii,
        };
        let boards = recording.description().boards.clone();
        let mut player = Player::new(recording.clone(), State::new("it", 1, boards, palette));
        // Few entries are between two checkpoints, and few checkpoints are kept.
        player.every = 16;
        player
    }

    fn seen(player: &Player) -> String {
        format!("{:?} {} {:?}", player.now(), player.position(), player.state().seen())
    }

    #[test]
    fn steps_back_are_steps_undone() {
        let recording = &*RECORDING;
        let mut player = player(recording);
        let mut places = vec![seen(&player)];
        while player.step() {
            places.push(seen(&player));
        }
        assert!(places.len() > 300, "{}", places.len());
        // Behind the last step there may be what nobody sees.
        assert!(player.step_back());
        while let Some(place) = places.pop() {
            assert_eq!(seen(&player), place);
            let position = player.position();
            assert_eq!(player.step_back(), position > 0);
            if position > 0 {
                player.step();
                assert_eq!(seen(&player), place);
                player.step_back();
            }
        }
        assert_eq!(player.position(), 0);
    }

    #[test]
    fn words_and_octets_are_found() {
        let recording = &*RECORDING;
        let mut player = player(recording);
        let needle = Needle::new("LOST: fault").expect("a text");
        let first = player.find(&needle, false).expect("a bad link");
        let position = player.position();
        let second = player.find(&needle, false).expect("a very bad link");
        assert!(first < second, "{first} {second}");
        assert_eq!(player.find(&needle, true), Some(first));
        assert_eq!(player.position(), position);
        assert_eq!(player.find(&needle, true), None);
        player.go_to(0);
        // The product page's first message, as text, and Espressif's organisation identifier.
        for text in ["Starting...", "0x18fe34"] {
            player.go_to(0);
            let found = player
                .find(&Needle::new(text).expect("a text"), false)
                .expect("in a frame");
            assert!(found.contains(" tx frame 0 "), "{found}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        #[test]
        fn a_place_looks_the_same_from_wherever_one_comes(moves in prop::collection::vec((0..4, 0..1_500_000_u64), 1..16)) {
            let recording = &*RECORDING;
            let mut player = player(recording);
            for (what, micros) in moves {
                match what {
                    0 => player.seek(Time::from_micros(micros)),
                    1 => player.go_to(micros as usize % (recording.len() + 1)),
                    2 => {
                        let until = player.now() + Span::from_micros(micros / 10);
                        player.advance_to(until, usize::MAX);
                    }
                    _ => {
                        player.step_back();
                    }
                }
                let mut fresh = self::player(recording);
                fresh.advance_to(player.now(), player.position());
                fresh.now = player.now();
                prop_assert_eq!(seen(&player), seen(&fresh));
            }
        }
    }
}
