//! `sim replay` on the screen.

use std::process::ExitCode;
use std::time::Instant;

use crossterm::event::{Event as TerminalEvent, EventStream};
use futures_util::StreamExt as _;
use tokio::time::MissedTickBehavior;

use super::{PICTURE, ReplayArgs, damage, say};
use crate::cli::CliError;
use crate::kernel::{Span, Time};
use crate::pace::Pace;
use crate::record::recording::Recording;
use crate::replay::{Moment, Needle, Player};
use crate::screen::terminal::{Terminal, TerminalGuard};
use crate::screen::{self, Command, Palette, ReplayCommand, ReplayPlace, State};
use crate::signals::{Interruption, Signals, Stop};

/// Entries between two looks at the keys.
const ENTRIES_A_LOOK: usize = 20_000;

const SECOND: Span = Span::from_micros(1_000_000);

pub(super) fn show(args: &ReplayArgs, recording: Recording) -> Result<ExitCode, CliError> {
    let palette = Palette::detect(|name| std::env::var(name).ok());
    let description = recording.description();
    let state = State::new(
        &description.scenario,
        description.seed,
        description.boards.clone(),
        palette,
    );
    let watch_at = Pace::Times(description.watch_at);
    let complaint = damage(&args.file, &recording);
    let mut show = Show {
        playback: Playback::new(args.speed.unwrap_or(watch_at)),
        player: Player::new(recording, state),
        watch_at,
        needle: None,
    };
    if let Some(moment) = args.at {
        show.player
            .seek(moment.resolve(Time::ZERO, show.player.recording().end()));
        show.playback.paused = true;
    }
    if let Some(words) = &complaint {
        show.player.state_mut().say(words);
    }
    crate::log::keep_off_terminal();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(CliError::Terminal)?;
    let (leaving, show) = runtime.block_on(async {
        let mut signals = Signals::listen_on_screen().map_err(CliError::Terminal)?;
        Interruption::listen_on_screen().map_err(CliError::Terminal)?;
        show.run(&mut signals).await
    })?;
    let (now, end) = (show.player.now(), show.player.recording().end());
    say(&format!("left at {now} s of {end} s"))?;
    if let Some(words) = complaint {
        say(&words)?;
    }
    Ok(leaving)
}

/// Keeps a replay in step with the wall clock.
struct Playback {
    /// The pace, or what it will be after the pause.
    pace: Pace,
    paused: bool,
    /// The wall clock when it was looked at last.
    looked: Instant,
}

impl Playback {
    fn new(pace: Pace) -> Self {
        Self {
            pace,
            paused: pace == Pace::Paused,
            looked: Instant::now(),
        }
    }

    /// Until when things are due, if any are.
    fn target(&mut self, now: Time) -> Option<Time> {
        let passed = self.looked.elapsed();
        self.looked = Instant::now();
        match self.pace {
            _ if self.paused => None,
            Pace::Paused => None,
            Pace::Max => Some(Time::MAX),
            // Casts from float saturate.
            Pace::Times(factor) => Some(now + Span::from_nanos((passed.as_secs_f64() * factor * 1e9) as u64)),
        }
    }
}

struct Show {
    player: Player,
    playback: Playback,
    watch_at: Pace,
    needle: Option<Needle>,
}

impl Show {
    async fn run(mut self, signals: &mut Signals) -> Result<(ExitCode, Self), CliError> {
        let (mut terminal, _guard) = TerminalGuard::enter().map_err(CliError::Terminal)?;
        let mut input = EventStream::new();
        let mut pictures = tokio::time::interval(PICTURE);
        pictures.set_missed_tick_behavior(MissedTickBehavior::Delay);
        self.fit(&terminal)?;
        loop {
            tokio::select! {
                biased;
                stop = signals.received() => return Ok((stop.exit_code(), self)),
                event = input.next() => match event {
                    Some(Ok(TerminalEvent::Key(key))) => match self.player.state_mut().on_replay_key(key) {
                        Some(ReplayCommand::Run(Command::Quit)) => return Ok((ExitCode::SUCCESS, self)),
                        Some(ReplayCommand::Run(Command::Interrupt)) => return Ok((Stop::Interrupt.exit_code(), self)),
                        Some(command) => self.obey(command),
                        None => {}
                    },
                    Some(Ok(TerminalEvent::Resize(columns, rows))) => {
                        self.player.state_mut().on_resize(columns, rows);
                    }
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return Err(CliError::Terminal(error)),
                    // The terminal is gone.
                    None => return Ok((Stop::Hangup.exit_code(), self)),
                },
                _ = pictures.tick() => {
                    if let Some(target) = self.playback.target(self.player.now()) {
                        self.player.advance_to(target, ENTRIES_A_LOOK);
                    }
                    self.tell_place();
                    let state = self.player.state();
                    terminal.draw(|frame| screen::draw(state, frame)).map_err(CliError::Terminal)?;
                }
            }
        }
    }

    fn fit(&mut self, terminal: &Terminal) -> Result<(), CliError> {
        let size = terminal.size().map_err(CliError::Terminal)?;
        self.player.state_mut().on_resize(size.width, size.height);
        Ok(())
    }

    fn tell_place(&mut self) {
        let (now, is_over) = (self.player.now(), self.player.is_over());
        let place = ReplayPlace {
            position: self.player.position(),
            entries: self.player.recording().len(),
        };
        let pace = if self.playback.paused {
            Pace::Paused
        } else {
            self.playback.pace
        };
        let state = self.player.state_mut();
        state.set_clock(now, pace, is_over);
        state.set_replay(place);
    }

    fn obey(&mut self, command: ReplayCommand) {
        let now = self.player.now();
        match command {
            ReplayCommand::Run(Command::TogglePause) => {
                self.playback.paused = !self.playback.paused;
                if self.playback.pace == Pace::Paused {
                    self.playback.pace = self.watch_at;
                }
            }
            ReplayCommand::Run(Command::Faster) => self.playback.pace = self.playback.pace.faster(),
            ReplayCommand::Run(Command::Slower) => self.playback.pace = self.playback.pace.slower(),
            ReplayCommand::Run(Command::Step) => {
                self.playback.paused = true;
                self.player.step();
            }
            ReplayCommand::StepBack => {
                self.playback.paused = true;
                self.player.step_back();
            }
            ReplayCommand::SecondForward => self.player.seek(now + SECOND),
            ReplayCommand::SecondBack => self.player.seek(Moment::Earlier(SECOND).resolve(now, now)),
            ReplayCommand::First => self.player.seek(Time::ZERO),
            ReplayCommand::Last => self.player.seek(Time::MAX),
            ReplayCommand::Seek(text) => match text.parse::<Moment>() {
                Ok(moment) => self.player.seek(moment.resolve(now, self.player.recording().end())),
                Err(error) => self.player.state_mut().say(&error.to_string()),
            },
            ReplayCommand::Search(text) => {
                self.needle = Needle::new(&text);
                self.find(false);
            }
            ReplayCommand::Next => self.find(false),
            ReplayCommand::Previous => self.find(true),
            // Nothing of a replay.
            ReplayCommand::Run(
                Command::LossUp | Command::LossDown | Command::Restart | Command::Quit | Command::Interrupt,
            ) => {}
        }
    }

    fn find(&mut self, backwards: bool) {
        let Some(needle) = self.needle.clone() else {
            return;
        };
        self.playback.paused = true;
        let words = match (self.player.find(&needle, backwards), backwards) {
            (Some(found), _) => found,
            (None, false) => format!("no more {:?} from here on", needle.text()),
            (None, true) => format!("no {:?} before", needle.text()),
        };
        self.player.state_mut().say(&words);
    }
}
