//! What a recording says.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::kernel::{Span, Time};
use crate::lab::{Lab, Statistics};
use crate::medium::propagation::Position;
use crate::observe::{Advice, BoardInfo, Event, InterfererInfo};
use crate::record::{BridgeReport, ResponseReport};

/// What is known of a run before it begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// The scenario's name.
    pub scenario: Arc<str>,
    /// Its seed.
    pub seed: u64,
    /// What runs it again: `sim run --demo hello --seed 1`. Empty where there is no such line.
    pub command: Arc<str>,
    /// The loss set by hand on all links, 0 to 1.
    pub loss: f64,
    /// Virtual seconds per second at which it is good to watch.
    pub watch_at: f64,
    /// The boards, in their order.
    pub boards: Vec<BoardInfo>,
    /// Where they are at the start, a place a board.
    pub places: Vec<Position>,
    /// The interferers, in their order.
    pub interferers: Vec<InterfererInfo>,
}

impl Description {
    /// That of a run that has not begun, without what only its maker knows: a command, a loss on all links, a pace.
    #[must_use]
    pub fn of(lab: &Lab) -> Self {
        let boards: Vec<_> = lab.boards().cloned().collect();
        Self {
            scenario: lab.name().into(),
            seed: lab.seed(),
            command: Arc::default(),
            loss: 0.0,
            watch_at: 1.0,
            places: lab.positions().collect(),
            boards,
            interferers: lab.interferers().to_vec(),
        }
    }
}

/// What is known of a run when it is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conclusion {
    /// Virtual time.
    pub at: Time,
    /// Why it is over.
    pub ended: Ended,
    /// The counters.
    pub statistics: Statistics,
    /// The traps that were noticed.
    pub advice: Vec<Advice>,
    /// What passed over the bridge to real boards, if there was one.
    pub bridge: Option<BridgeReport>,
    /// How soon commands were obeyed, where a board commands others.
    pub responses: Vec<ResponseReport>,
    /// What else was said of the run at its end, in a line.
    pub remark: Option<String>,
    /// What became of the scenario's expectations, a line each: `met: …`, or `not met: …` and why.
    pub verdicts: Vec<String>,
}

impl Conclusion {
    /// That of a run as it is now.
    #[must_use]
    pub fn of(lab: &Lab, ended: Ended) -> Self {
        Self {
            at: lab.now(),
            ended,
            statistics: lab.statistics(),
            advice: lab.advice().to_vec(),
            bridge: None,
            responses: Vec::new(),
            remark: None,
            verdicts: Vec::new(),
        }
    }

    /// The run in a line: `1.2 s: 104 frames on the air, …`.
    #[must_use]
    pub fn summary(&self) -> String {
        let medium = self.statistics.medium;
        format!(
            "{} s: {} frames on the air, {} of them ACKs; {} of {} receptions lost",
            self.at,
            medium.transmissions,
            medium.acks,
            medium.lost.total(),
            medium.in_range,
        )
    }
}

/// How a run came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ended {
    /// Nothing was left to happen, or its time was over.
    Over,
    /// Somebody stopped it.
    Interrupted,
    /// Somebody left its screen.
    Left,
}

impl Ended {
    /// In a word: `over`, `interrupted`, `left`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Over => "over",
            Self::Interrupted => "interrupted",
            Self::Left => "left",
        }
    }
}

/// Something that happened, or was done, in the order of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Entry {
    /// Something that observers were told.
    Event(Event),
    /// Somebody at the screen set the loss of all links, 0 to 1.
    Loss(f64),
    /// The run's end; nothing follows.
    Conclusion(Box<Conclusion>),
}

/// An entry and how long after the one before it came; in a block's first, after the run's start.
#[derive(Serialize, Deserialize)]
pub(super) struct Timed {
    pub(super) after: Span,
    pub(super) entry: Entry,
}
