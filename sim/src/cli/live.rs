//! `sim run` on the live screen.

use std::cell::{Cell, RefCell};
use std::io::{self, Write as _};
use std::pin::Pin;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crossterm::event::{Event as TerminalEvent, EventStream};
use futures_util::StreamExt as _;
use tokio::time::MissedTickBehavior;

use super::CliError;
use super::args::RunArgs;
use super::bridge;
use super::recorders::Lines;
use super::session::Session;
use crate::bridge::Bridge;
use crate::host::{self, Metronome};
use crate::kernel::Time;
use crate::lab::Progress;
use crate::legible;
use crate::observe::{Event, Observer};
use crate::pace::Pace;
use crate::record::recording::Ended;
use crate::screen::terminal::{Terminal, TerminalGuard};
use crate::screen::{self, Command, Palette, State};
use crate::signals::{Interruption, Signals, Stop};

/// Between two pictures.
const PICTURE: Duration = Duration::from_millis(33);

/// How long a step goes on between two pictures.
const STEPPING: Duration = Duration::from_millis(20);

/// What a key adds to or takes from the loss.
const LOSS_STEP: f64 = 0.05;

/// Runs the scenario on the screen until the user leaves.
///
/// Boxed here and not by the caller, who would need a stack frame for all of it even when nobody watches.
#[inline(never)]
pub(super) fn watch(
    args: &RunArgs,
    bridge: Option<Box<Bridge>>,
) -> Pin<Box<dyn Future<Output = Result<ExitCode, CliError>> + '_>> {
    Box::pin(show(args, bridge))
}

async fn show(args: &RunArgs, bridge: Option<Box<Bridge>>) -> Result<ExitCode, CliError> {
    // What can fail for the command line's sake fails before the terminal changes.
    let mut signals = Signals::listen_on_screen().map_err(CliError::Terminal)?;
    let interruption = Interruption::listen_on_screen().map_err(CliError::Terminal)?;
    let show = Show::start(args.clone(), bridge, Rc::new(interruption))?;
    crate::log::keep_off_terminal();
    let (show, leaving) = show.run(&mut signals).await?;
    show.finish()?;
    Ok(match leaving {
        Leaving::Asked => ExitCode::SUCCESS,
        Leaving::Stopped(stop) => stop.exit_code(),
    })
}

/// Why the screen is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leaving {
    /// A key said so.
    Asked,
    /// A signal or Ctrl-C came, or the terminal is gone.
    Stopped(Stop),
}

/// A session on the screen.
struct Show {
    args: RunArgs,
    began: Instant,
    session: Session,
    /// With it, the pace is the wall clock's.
    bridge: Option<Box<Bridge>>,
    /// While boards start, nobody looks at the signals but between two of them.
    interruption: Rc<Interruption>,
    screen: Rc<RefCell<State>>,
    /// Counts what a step stops at.
    notable: Rc<Notable>,
    metronome: Metronome,
    /// The pace, or what it will be after the pause.
    pace: Pace,
    paused: bool,
    /// How many notable things there were when the user wanted to see the next one.
    stepping_from: Option<u64>,
    over: bool,
}

#[derive(Default)]
struct Notable(Cell<u64>);

impl Observer for Rc<Notable> {
    fn observe(&mut self, _: Time, event: &Event) {
        if event.is_notable() {
            self.0.set(self.0.get() + 1);
        }
    }
}

impl Show {
    fn start(args: RunArgs, bridge: Option<Box<Bridge>>, interruption: Rc<Interruption>) -> Result<Self, CliError> {
        let palette = Palette::detect(|name| std::env::var(name).ok());
        let mut session = Session::start(&args, args.seed, Lines::None, bridge.as_deref(), &interruption)?;
        let boards = session.lab.boards().cloned().collect();
        let screen = State::new(session.lab.name(), args.seed, boards, palette);
        let screen = Rc::new(RefCell::new(screen));
        screen.borrow_mut().set_loss(session.loss);
        screen.borrow_mut().set_interferers(session.lab.interferers());
        let notable = Rc::new(Notable::default());
        session.lab.observe(Box::new(Rc::clone(&screen)));
        session.lab.observe(Box::new(Rc::clone(&notable)));
        let pace = match bridge {
            Some(_) => Pace::default(),
            None => args.speed.unwrap_or(Pace::Times(session.watch_at)),
        };
        let metronome = Metronome::new(pace, Time::ZERO);
        let began = Instant::now();
        Ok(Self {
            args,
            began,
            session,
            bridge,
            interruption,
            screen,
            notable,
            metronome,
            pace,
            paused: pace == Pace::Paused,
            stepping_from: None,
            over: false,
        })
    }

    async fn run(mut self, signals: &mut Signals) -> Result<(Self, Leaving), CliError> {
        let (mut terminal, _guard) = TerminalGuard::enter().map_err(CliError::Terminal)?;
        let mut input = EventStream::new();
        let mut pictures = tokio::time::interval(PICTURE);
        pictures.set_missed_tick_behavior(MissedTickBehavior::Delay);
        self.fit(&terminal)?;
        loop {
            tokio::select! {
                biased;
                stop = signals.received() => return Ok((self, Leaving::Stopped(stop))),
                event = input.next() => match event {
                    Some(Ok(TerminalEvent::Key(key))) => {
                        let command = self.screen.borrow_mut().on_key(key);
                        match command {
                            Some(Command::Quit) => return Ok((self, Leaving::Asked)),
                            Some(Command::Interrupt) => return Ok((self, Leaving::Stopped(Stop::Interrupt))),
                            Some(Command::Restart) => {
                                self = self.restart()?;
                                self.fit(&terminal)?;
                            }
                            Some(command) => self.obey(command),
                            None => {}
                        }
                    }
                    Some(Ok(TerminalEvent::Resize(columns, rows))) => {
                        self.screen.borrow_mut().on_resize(columns, rows);
                    }
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return Err(CliError::Terminal(error)),
                    // The terminal is gone.
                    None => return Ok((self, Leaving::Stopped(Stop::Hangup))),
                },
                () = host::ready(self.bridge.as_deref_mut()) => self.advance(),
                () = self.metronome.wait(&self.session.lab), if self.bridge.is_some() && !self.over => self.advance(),
                _ = pictures.tick() => {
                    self.advance();
                    self.tell_time();
                    let screen = self.screen.borrow();
                    terminal.draw(|frame| screen::draw(&screen, frame)).map_err(CliError::Terminal)?;
                }
            }
        }
    }

    fn advance(&mut self) {
        self.step();
        let lab = &mut self.session.lab;
        // After the run's end the line still wants to be attended to.
        self.over |= !self.metronome.advance_bridged(lab, self.bridge.as_deref_mut());
    }

    fn fit(&self, terminal: &Terminal) -> Result<(), CliError> {
        let size = terminal.size().map_err(CliError::Terminal)?;
        self.screen.borrow_mut().on_resize(size.width, size.height);
        Ok(())
    }

    fn tell_time(&self) {
        let pace = if self.paused { Pace::Paused } else { self.pace };
        self.screen
            .borrow_mut()
            .set_clock(self.session.lab.now(), pace, self.over);
    }

    fn obey(&mut self, command: Command) {
        let about_pace = !matches!(command, Command::LossUp | Command::LossDown);
        if about_pace && self.bridge.is_some() {
            // Real boards do not wait.
            return;
        }
        match command {
            Command::TogglePause => self.set_pace(!self.paused, self.pace),
            Command::Faster => self.set_pace(self.paused, self.pace.faster()),
            Command::Slower => self.set_pace(self.paused, self.pace.slower()),
            Command::Step => {
                self.set_pace(true, self.pace);
                self.stepping_from = Some(self.notable.0.get());
            }
            Command::LossUp => self.change_loss(LOSS_STEP),
            Command::LossDown => self.change_loss(-LOSS_STEP),
            // The loop's business.
            Command::Restart | Command::Quit | Command::Interrupt => {}
        }
    }

    fn set_pace(&mut self, paused: bool, pace: Pace) {
        self.stepping_from = None;
        self.paused = paused;
        // Started with `--speed paused`, it has to go on somehow.
        self.pace = if pace == Pace::Paused {
            Pace::Times(self.session.watch_at)
        } else {
            pace
        };
        let pace = if paused { Pace::Paused } else { self.pace };
        self.metronome.set_pace(pace, self.session.lab.now());
    }

    /// Goes on towards the next thing that one can see, until the next picture is due.
    fn step(&mut self) {
        let began = Instant::now();
        while self.stepping_from == Some(self.notable.0.get()) {
            let left = STEPPING.saturating_sub(began.elapsed());
            if left.is_zero() {
                return;
            }
            match self.session.lab.try_step() {
                Progress::Happened => {}
                Progress::Computing => self.session.lab.await_programs(left),
                Progress::Over => {
                    self.over = true;
                    break;
                }
            }
        }
        self.stepping_from = None;
    }

    fn change_loss(&mut self, by: f64) {
        // In whole steps, so that 0.05 taken from 0.15 thrice is 0.
        let loss = (((self.session.loss + by) / LOSS_STEP).round() * LOSS_STEP).clamp(0.0, 1.0);
        self.session.loss = loss;
        self.args.loss = Some(loss);
        self.session.set_loss(loss);
        self.screen.borrow_mut().set_loss(loss);
    }

    /// The same again with the next seed. The files are written anew, so that they hold the last run.
    fn restart(mut self) -> Result<Self, CliError> {
        let (pace, paused) = (self.pace, self.paused);
        let args = RunArgs {
            seed: self.args.seed.wrapping_add(1),
            ..self.args
        };
        // Before the next one opens the same files.
        let passed = self.bridge.as_deref().map(Bridge::statistics);
        self.session
            .finish(Ended::Left, self.began.elapsed(), passed.as_ref())?;
        if let Some(bridge) = &mut self.bridge {
            bridge.leave_lab();
        }
        let mut next = Self::start(args, self.bridge, self.interruption)?;
        next.set_pace(paused, pace);
        Ok(next)
    }

    /// What is worth keeping stays in the terminal after the screen is gone.
    fn finish(self) -> Result<(), CliError> {
        let mut lines = Vec::new();
        for advice in self.session.lab.advice() {
            let name = self
                .session
                .lab
                .boards()
                .nth(advice.board.index())
                .map_or("?", |info| &*info.name);
            lines.push(format!("advice for {name}: {}", advice.text));
        }
        lines.push(format!("left at {}", self.session.summary()));
        lines.extend(self.session.remark());
        lines.extend(self.session.verdicts());
        let passed = self.bridge.as_deref().map(Bridge::statistics);
        lines.extend(passed.as_ref().map(bridge::summary));
        let ended = if self.over { Ended::Over } else { Ended::Left };
        self.session.finish(ended, self.began.elapsed(), passed.as_ref())?;
        let mut out = io::stdout().lock();
        lines
            .iter()
            .try_for_each(|line| writeln!(out, "{}", legible::lines(line)))
            .map_err(|source| CliError::Write {
                what: "to standard output".to_owned(),
                source,
            })
    }
}
