//! `[[expect]]`: what a run is to show, and when.

mod written;

use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use written::Written;

use super::scalar::{Colour, Period, Selector, Share, TextMatch};

/// What a run is to show, and when.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Written", into = "Written")]
#[schemars(with = "Written")]
pub struct Expectation {
    /// What it is called in reports, if not by its own words.
    pub name: Option<String>,
    /// Which boards are to show it; `None` for any of all, or all together where something is counted.
    pub boards: Option<Selector>,
    /// Whether one of the boards is enough.
    pub any: bool,
    /// What.
    pub condition: Condition,
    /// When.
    pub when: When,
}

/// What is looked for.
#[derive(Clone, Debug)]
pub enum Condition {
    /// A line on the console.
    Console(TextMatch),
    /// A mark: the line `mark NAME` on the console, perhaps with more behind it.
    Mark(String),
    /// What a NeoPixel shows, or all of them.
    Pixel {
        /// Which, counted from 0; `None` for all.
        index: Option<usize>,
        /// What.
        colour: Colour,
    },
    /// A counter.
    Counter {
        /// Which.
        counter: Counter,
        /// How it compares.
        is: Comparison<f64>,
    },
    /// The share of messages that arrived, of those that were sent.
    Delivery {
        /// By whom.
        from: Selector,
        /// For whom.
        to: Selector,
        /// How it compares.
        is: Comparison<Share>,
    },
    /// From a program's handing a message to its driver to its arrival in the receiver's: the time that this share of messages
    /// does not exceed.
    Latency {
        /// From whom.
        from: Selector,
        /// To whom.
        to: Selector,
        /// Above 0, to 100.
        percentile: f64,
        /// How it compares.
        is: Comparison<Period>,
    },
    /// A trap that the run walks into: `group-address`, `queue-overrun`, `channel-mismatch`…
    Advice(String),
    /// A program's end.
    Program(ProgramEnd),
}

/// What is counted, from the run's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Counter {
    /// Messages that the MAC is done with, acknowledged or not.
    Sent,
    /// Frames on the air, repetitions included, ACKs not.
    Attempts,
    /// Unicast messages that were acknowledged.
    Acknowledged,
    /// Unicast messages that were given up.
    Failed,
    /// Messages put into the receive queue.
    Received,
    /// Messages thrown away because the receive queue was full.
    Dropped,
    /// Frames for this board that it did not get.
    Lost,
    /// Those that met another frame.
    Collisions,
    /// Those that were too weak over noise and interference.
    Noise,
    /// Those that a link lost by hand.
    Faults,
    /// Those that came while this board's radio slept.
    Asleep,
    /// Resets, whatever their cause.
    Resets,
    /// Lines on the console.
    Lines,
}

/// How a program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProgramEnd {
    /// It returns.
    Finished,
    /// It gives up.
    Failed,
}

/// How a value compares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Comparison<T> {
    /// It is this.
    Equals(T),
    /// It is this or more.
    AtLeast(T),
    /// It is this or less.
    AtMost(T),
}

impl<T: PartialOrd> Comparison<T> {
    /// Whether a value is like that.
    pub fn holds(&self, value: &T) -> bool {
        match self {
            Self::Equals(bound) => value == bound,
            Self::AtLeast(bound) => value >= bound,
            Self::AtMost(bound) => value <= bound,
        }
    }
}

impl<T: fmt::Display> fmt::Display for Comparison<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Equals(bound) => write!(f, "is {bound}"),
            Self::AtLeast(bound) => write!(f, "is at least {bound}"),
            Self::AtMost(bound) => write!(f, "is at most {bound}"),
        }
    }
}

/// When it is to be so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// At some moment until then.
    By(Period),
    /// At some moment in the time that begins with an event.
    Within {
        /// How long it is.
        length: Period,
        /// The event's name.
        after: String,
    },
    /// At no moment.
    Never(Window),
    /// At all moments.
    Always(Window),
    /// In the end: a line has come, a colour is shown, a count is reached.
    End,
}

/// A stretch of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// Its beginning, if not the run's.
    pub from: Option<Period>,
    /// Its end, if not the run's.
    pub until: Option<Period>,
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(from) = self.from {
            write!(f, " from {from} on")?;
        }
        if let Some(until) = self.until {
            write!(f, " until {until}")?;
        }
        Ok(())
    }
}

impl Expectation {
    fn new(boards: Option<Selector>, condition: Condition) -> Self {
        Self {
            name: None,
            boards,
            any: false,
            condition,
            when: When::End,
        }
    }

    /// A line on the consoles of these boards.
    #[must_use]
    pub fn console(boards: impl Into<Selector>, text: impl Into<TextMatch>) -> Self {
        Self::new(Some(boards.into()), Condition::Console(text.into()))
    }

    /// A mark of these boards' programs.
    #[must_use]
    pub fn mark(boards: impl Into<Selector>, name: &str) -> Self {
        Self::new(Some(boards.into()), Condition::Mark(name.to_owned()))
    }

    /// What a NeoPixel of these boards shows.
    #[must_use]
    pub fn pixel(boards: impl Into<Selector>, index: usize, colour: impl Into<Colour>) -> Self {
        let (index, colour) = (Some(index), colour.into());
        Self::new(Some(boards.into()), Condition::Pixel { index, colour })
    }

    /// A counter of each of these boards.
    #[must_use]
    pub fn counter(boards: impl Into<Selector>, counter: Counter, is: Comparison<f64>) -> Self {
        Self::new(Some(boards.into()), Condition::Counter { counter, is })
    }

    /// The sum of a counter over all boards.
    #[must_use]
    pub fn total(counter: Counter, is: Comparison<f64>) -> Self {
        Self::new(None, Condition::Counter { counter, is })
    }

    /// The share of messages that arrived.
    #[must_use]
    pub fn delivery(from: impl Into<Selector>, to: impl Into<Selector>, is: Comparison<Share>) -> Self {
        let (from, to) = (from.into(), to.into());
        Self::new(None, Condition::Delivery { from, to, is })
    }

    /// How long messages take.
    #[must_use]
    pub fn latency(
        from: impl Into<Selector>,
        to: impl Into<Selector>,
        percentile: f64,
        is: Comparison<Period>,
    ) -> Self {
        let (from, to) = (from.into(), to.into());
        Self::new(
            None,
            Condition::Latency {
                from,
                to,
                percentile,
                is,
            },
        )
    }

    /// A trap that these boards walk into.
    #[must_use]
    pub fn advice(boards: impl Into<Selector>, trap: &str) -> Self {
        Self::new(Some(boards.into()), Condition::Advice(trap.to_owned()))
    }

    /// At some moment until then.
    #[must_use]
    pub fn by(mut self, time: Duration) -> Self {
        self.when = When::By(Period(time));
        self
    }

    /// At some moment in the time after an event.
    #[must_use]
    pub fn within(mut self, length: Duration, after: &str) -> Self {
        self.when = When::Within {
            length: Period(length),
            after: after.to_owned(),
        };
        self
    }

    /// At no moment of the run.
    #[must_use]
    pub fn never(mut self) -> Self {
        self.when = When::Never(Window::default());
        self
    }

    /// At all moments of the run.
    #[must_use]
    pub fn always(mut self) -> Self {
        self.when = When::Always(Window::default());
        self
    }

    /// One of the boards is enough.
    #[must_use]
    pub fn on_any(mut self) -> Self {
        self.any = true;
        self
    }

    /// The way of its key in the file, and which boards it names there.
    pub(super) fn selectors(&self) -> Vec<(&'static [&'static str], &Selector)> {
        let mut selectors: Vec<(&'static [&'static str], &Selector)> = Vec::new();
        selectors.extend(self.boards.iter().map(|boards| (&["board"][..], boards)));
        match &self.condition {
            Condition::Delivery { from, to, .. } => {
                selectors.extend([(&["delivery", "from"][..], from), (&["delivery", "to"][..], to)]);
            }
            Condition::Latency { from, to, .. } => {
                selectors.extend([(&["latency", "from"][..], from), (&["latency", "to"][..], to)]);
            }
            _ => {}
        }
        selectors
    }
}

impl Condition {
    /// Whether it is something that happens, and not something that is so for a while.
    pub(crate) const fn is_moment(&self) -> bool {
        matches!(
            self,
            Self::Console(_) | Self::Mark(_) | Self::Advice(_) | Self::Program(_)
        )
    }
}

impl Counter {
    /// How many there are.
    pub(crate) const COUNT: usize = Self::Lines as usize + 1;

    /// Its name in a file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Attempts => "attempts",
            Self::Acknowledged => "acknowledged",
            Self::Failed => "failed",
            Self::Received => "received",
            Self::Dropped => "dropped",
            Self::Lost => "lost",
            Self::Collisions => "collisions",
            Self::Noise => "noise",
            Self::Faults => "faults",
            Self::Asleep => "asleep",
            Self::Resets => "resets",
            Self::Lines => "lines",
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Console(text) => write!(f, "a line {text}"),
            Self::Mark(name) => write!(f, "the mark {name}"),
            Self::Pixel {
                index: Some(index),
                colour,
            } => write!(f, "pixel {index} {colour}"),
            Self::Pixel { index: None, colour } => write!(f, "all pixels {colour}"),
            Self::Counter { counter, is } => write!(f, "{} {is}", counter.name()),
            Self::Delivery { from, to, is } => write!(f, "delivery from {from} to {to} {is}"),
            Self::Latency {
                from,
                to,
                percentile,
                is,
            } => write!(f, "latency from {from} to {to}, percentile {percentile}, {is}"),
            Self::Advice(trap) => write!(f, "advice {trap}"),
            Self::Program(ProgramEnd::Finished) => f.write_str("the program finished"),
            Self::Program(ProgramEnd::Failed) => f.write_str("the program failed"),
        }
    }
}

impl fmt::Display for Expectation {
    /// Its name, or what it says: `lamp-*: pixel 0 green by 2s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            return f.write_str(name);
        }
        if let Some(boards) = &self.boards {
            let any = if self.any { "any of " } else { "" };
            write!(f, "{any}{boards}: ")?;
        }
        self.condition.fmt(f)?;
        match &self.when {
            When::By(by) => write!(f, " by {by}"),
            When::Within { length, after } => write!(f, " within {length} after {after}"),
            When::Never(window) => write!(f, " never{window}"),
            When::Always(window) => write!(f, " always{window}"),
            When::End => f.write_str(" in the end"),
        }
    }
}
