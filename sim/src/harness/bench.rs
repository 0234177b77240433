//! A run in a test's hands: let it go on, break something, look.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use protocol::Channel;
use protocol::board::Rgb;
use protocol::espnow::Peer;

use crate::kernel::{Span, Time};
use crate::lab::{BoardStatistics, Lab};
use crate::observe::{BoardId, Event, Observer, Transmission};
use crate::scenario::{
    Cast, Fault, JamRule, LinkRule, LinkSettings, Period, Place, Scenario, ScenarioError, Selector, Share, WifiChannel,
};

/// A run in a test's hands.
///
/// Boards are named as in the scenario, where several are meant with `*`. A name that no board has is a panic: a test's author wants to
/// know at once.
///
/// ```
/// use std::time::Duration;
/// use sim::harness::Bench;
/// use sim::scenario::{Board, Scenario};
///
/// let scenario = Scenario::new("bench")
///     .board(Board::new("sender").app("hello-sender").with("peer", "receiver"))
///     .board(Board::new("receiver").app("hello-receiver"));
/// let mut bench = Bench::new(&scenario, 1)?;
/// bench.wait_until(Duration::from_secs(1), |bench| bench.printed("receiver", "b'1010"))?;
/// bench.partition("sender", "receiver");
/// bench.run_for(Duration::from_millis(500));
/// assert!(bench.statistics("sender").tx_failed > 0);
/// bench.repair("sender", "receiver");
/// bench.wait_until(Duration::from_secs(2), |bench| bench.printed("receiver", "b'end'"))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Bench {
    lab: Lab,
    scenario: Scenario,
    cast: Cast,
    view: Rc<RefCell<View>>,
}

/// A line on a console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When.
    pub at: Time,
    /// What.
    pub text: Arc<str>,
}

/// What was waited for has not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what was waited for has not come by {at} s, after {waited:?}")]
pub struct TimedOut {
    /// The time at the end of waiting.
    pub at: Time,
    /// How long that was.
    pub waited: Duration,
}

/// What boards have shown and printed.
#[derive(Debug)]
struct View {
    pixels: Vec<Arc<[Rgb]>>,
    lines: Vec<Vec<Line>>,
}

impl Observer for View {
    fn observe(&mut self, at: Time, event: &Event) {
        match event {
            Event::Console { board, line } => {
                if let Some(lines) = self.lines.get_mut(board.index()) {
                    lines.push(Line {
                        at,
                        text: Arc::clone(line),
                    });
                }
            }
            Event::Pixels { board, colours } => {
                if let Some(pixels) = self.pixels.get_mut(board.index()) {
                    *pixels = Arc::clone(colours);
                }
            }
            _ => {}
        }
    }

    fn watches_air(&self) -> bool {
        false
    }
}

impl Bench {
    /// A scenario's run with a seed, of which nothing has happened yet.
    ///
    /// # Errors
    /// What is wrong with the scenario.
    pub fn new(scenario: &Scenario, seed: u64) -> Result<Self, ScenarioError> {
        let cast = scenario.cast()?;
        let mut lab = scenario.builder(seed)?.build();
        let dark = |pixels: usize| vec![Rgb::OFF; pixels].into();
        let view = Rc::new(RefCell::new(View {
            pixels: lab.boards().map(|board| dark(board.pixels)).collect(),
            lines: vec![Vec::new(); cast.members().len()],
        }));
        lab.observe(Box::new(Rc::clone(&view)));
        Ok(Self {
            lab,
            scenario: scenario.clone(),
            cast,
            view,
        })
    }

    /// The lab itself, for what is not here.
    pub const fn lab(&mut self) -> &mut Lab {
        &mut self.lab
    }

    /// Virtual time.
    #[must_use]
    pub fn now(&self) -> Time {
        self.lab.now()
    }

    /// Lets time pass. Returns whether the run goes on.
    pub fn run_for(&mut self, length: Duration) -> bool {
        let until = self.now() + Span::from(length);
        self.lab.run_until(until)
    }

    /// Lets the run come to its end.
    pub fn run(&mut self) {
        self.lab.run();
    }

    /// Lets time pass until something is so, event by event. Returns when that was.
    ///
    /// # Errors
    /// If it is not so within this time, or by the run's end.
    pub fn wait_until(&mut self, within: Duration, is_so: impl Fn(&Self) -> bool) -> Result<Time, TimedOut> {
        let deadline = self.now() + Span::from(within);
        loop {
            if is_so(self) {
                return Ok(self.now());
            }
            if self.lab.next_at().is_none_or(|at| at > deadline) {
                self.lab.run_until(deadline);
                return Err(TimedOut {
                    at: self.now(),
                    waited: within,
                });
            }
            self.lab.step();
        }
    }

    fn id(&self, board: &str) -> BoardId {
        match self.cast.select(&Selector::from(board))[..] {
            [only] => only,
            [] => panic!("no board is called {board}; there are {}", self.cast.names().join(", ")),
            _ => panic!("{board} stands for several boards"),
        }
    }

    fn ids(&self, boards: &Selector) -> Vec<BoardId> {
        let ids = self.cast.select(boards);
        assert!(
            !ids.is_empty(),
            "no board is called {boards}; there are {}",
            self.cast.names().join(", ")
        );
        ids
    }

    // ---- look ----

    /// All that a board has printed.
    #[must_use]
    pub fn console(&self, board: &str) -> Vec<Line> {
        self.view.borrow().lines[self.id(board).index()].clone()
    }

    /// Whether a board has printed a line with this in it.
    #[must_use]
    pub fn printed(&self, board: &str, part: &str) -> bool {
        let view = self.view.borrow();
        view.lines[self.id(board).index()]
            .iter()
            .any(|line| line.text.contains(part))
    }

    /// What a board's NeoPixels show.
    #[must_use]
    pub fn pixels(&self, board: &str) -> Arc<[Rgb]> {
        Arc::clone(&self.view.borrow().pixels[self.id(board).index()])
    }

    /// What one of them shows; nothing, if there are fewer.
    #[must_use]
    pub fn pixel(&self, board: &str, index: usize) -> Rgb {
        self.pixels(board).get(index).copied().unwrap_or(Rgb::OFF)
    }

    /// The peers that a board's driver knows.
    #[must_use]
    pub fn peers(&self, board: &str) -> Vec<Peer> {
        self.lab.peers(self.id(board))
    }

    /// The frames that are on the air.
    #[must_use]
    pub fn in_flight(&self) -> Vec<Transmission> {
        self.lab.in_flight()
    }

    /// A board's counters.
    #[must_use]
    pub fn statistics(&self, board: &str) -> BoardStatistics {
        let statistics = self.lab.statistics();
        statistics.boards[self.id(board).index()]
    }

    // ---- break, and mend ----

    /// Does to the run what a file's event does. It has happened when this returns.
    ///
    /// # Panics
    /// If it names a board that is not there.
    pub fn stage(&mut self, fault: &Fault) {
        for actions in self.scenario.actions(&self.cast, fault) {
            self.lab.act(actions);
        }
        let now = self.now();
        self.lab.run_until(now);
    }

    fn stage_for(&mut self, boards: impl Into<Selector>, fault: fn(Selector) -> Fault) {
        let boards = boards.into();
        self.ids(&boards);
        self.stage(&fault(boards));
    }

    fn set_links(&mut self, a: impl Into<Selector>, b: impl Into<Selector>, settings: LinkSettings) {
        let (from, to) = (a.into(), b.into());
        self.ids(&from);
        self.ids(&to);
        self.stage(&Fault::Link(LinkRule {
            from,
            to,
            both: true,
            settings,
        }));
    }

    /// Those and those don't hear each other any more.
    pub fn partition(&mut self, a: impl Into<Selector>, b: impl Into<Selector>) {
        let settings = LinkSettings {
            off: Some(true),
            ..LinkSettings::default()
        };
        self.set_links(a, b, settings);
    }

    /// Those and those hear each other again.
    pub fn repair(&mut self, a: impl Into<Selector>, b: impl Into<Selector>) {
        let settings = LinkSettings {
            off: Some(false),
            ..LinkSettings::default()
        };
        self.set_links(a, b, settings);
    }

    /// Between those and those this share of frames is lost.
    pub fn lose(&mut self, a: impl Into<Selector>, b: impl Into<Selector>, loss: Share) {
        self.set_links(a, b, LinkSettings::loss(loss));
    }

    /// What these send those is acknowledged, but kept from their drivers until it is released.
    pub fn hold(&mut self, from: impl Into<Selector>, to: impl Into<Selector>) {
        let (from, to) = (from.into(), to.into());
        self.stage(&Fault::Hold { from, to });
    }

    /// What was held comes through, in order, and all that follows.
    pub fn release(&mut self, from: impl Into<Selector>, to: impl Into<Selector>) {
        let (from, to) = (from.into(), to.into());
        self.stage(&Fault::Release { from, to });
    }

    /// Programs crash, upon which the chips reset themselves.
    pub fn crash(&mut self, boards: impl Into<Selector>) {
        self.stage_for(boards, Fault::Crash);
    }

    /// Somebody presses the reset buttons.
    pub fn bounce(&mut self, boards: impl Into<Selector>) {
        self.stage_for(boards, Fault::Reboot);
    }

    /// Boards lose their power.
    pub fn power_off(&mut self, boards: impl Into<Selector>) {
        self.stage_for(boards, Fault::PowerOff);
    }

    /// They get it back.
    pub fn power_on(&mut self, boards: impl Into<Selector>) {
        self.stage_for(boards, Fault::PowerOn);
    }

    /// Somebody presses the buttons.
    pub fn press(&mut self, boards: impl Into<Selector>) {
        self.stage_for(boards, Fault::Press);
    }

    /// A channel is full of energy for a time.
    pub fn jam(&mut self, channel: Channel, length: Duration) {
        self.stage(&Fault::Jam(JamRule {
            channel: Some(WifiChannel(channel)),
            length: Period(length),
            power: None,
            place: None,
        }));
    }

    /// Boards are put elsewhere, in metres.
    pub fn move_to(&mut self, boards: impl Into<Selector>, x_m: f64, y_m: f64) {
        let boards = boards.into();
        self.ids(&boards);
        let to = Place::on_ground(x_m, y_m);
        self.stage(&Fault::Move { boards, to });
    }

    /// Boards' sensors show something else.
    pub fn sense(&mut self, boards: impl Into<Selector>, name: &str, value: f64) {
        let boards = boards.into();
        self.ids(&boards);
        let name = name.to_owned();
        self.stage(&Fault::Sensor { boards, name, value });
    }
}

impl std::fmt::Debug for Bench {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bench")
            .field("scenario", &self.scenario.name)
            .field("now", &self.now())
            .finish_non_exhaustive()
    }
}
