//! Runs described: which boards there are and where, what runs on each, what the air is like, what is done to them and what is
//! expected. In Rust, or in a file.
//!
//! ```
//! use std::time::Duration;
//! use sim::scenario::{Air, Board, Colour, Expectation, Scenario, Share};
//!
//! let scenario = Scenario::new("hello")
//!     .air(Air::default().loss(Share::new(0.1).unwrap()))
//!     .board(Board::new("sender").app("hello-sender").with("peer", "receiver"))
//!     .board(Board::new("receiver").app("hello-receiver"))
//!     .expect(Expectation::pixel("receiver", 0, Colour::GREEN).by(Duration::from_secs(2)));
//! let mut lab = scenario.builder(1)?.build();
//! lab.run();
//! # Ok::<(), sim::scenario::ScenarioError>(())
//! ```
//!
//! The same as a file, which [`Scenario::to_toml`] writes and [`Scenario::load`] reads:
//!
//! ```
//! # use sim::scenario::Scenario;
//! let scenario = Scenario::parse("hello.toml", r##"
//!     version = 1
//!
//!     [air]
//!     loss = 0.1
//!
//!     [[board]]
//!     name = "sender"
//!     app = "hello-sender"
//!     arguments = { peer = "receiver" }
//!
//!     [[board]]
//!     name = "receiver"
//!     app = "hello-receiver"
//!
//!     [[expect]]
//!     board = "receiver"
//!     pixel = { index = 0, colour = "green" }
//!     by = "2s"
//! "##)?;
//! # Ok::<(), sim::scenario::ScenarioError>(())
//! ```
//!
//! - [`Scenario`], [`Air`], [`Board`], [`LinkRule`], [`Event`], [`Expectation`]: the tables of a file.
//! - [`App`]: the programs that can be named in a file, and what they take.
//! - `source`: from a file's text to these types, with the place of what is wrong.
//! - [`schema`]: the JSON schema, for editors.

mod air;
mod app;
mod arguments;
mod assemble;
mod board;
mod cast;
mod check;
mod event;
mod expectation;
mod files;
mod link;
mod runtime;
mod scalar;
pub mod schema;
mod scripts;
mod source;
pub mod starter;
mod workload;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use crate::board::Chip;
pub use air::{Air, BurstRule, Environment, Fading, InterfererRule, WallRule};
pub use app::{App, Kind, Parameter};
pub use arguments::{Argument, Arguments};
pub use board::{Board, Placement};
pub use event::{Event, Fault, JamRule};
pub use expectation::{Comparison, Condition, Counter, Expectation, ProgramEnd, When, Window};
pub use files::Kept;
pub use link::{LinkRule, LinkSettings};
pub use runtime::Runtime;
pub use scalar::{
    Address, Colour, ParseColourError, ParseSeedsError, Period, Place, Seeds, Selector, Share, TextMatch, WifiChannel,
};
pub use source::{Override, ParseOverrideError, ScenarioError, Whereabouts};
pub use workload::{Program, Workload};

pub(crate) use cast::Cast;

use crate::intake::Snapshot;

/// The keys of a file's first level.
const TOP_LEVEL: [&str; 12] = [
    "version",
    "name",
    "summary",
    "duration",
    "seeds",
    "speed",
    "parameters",
    "air",
    "board",
    "link",
    "event",
    "expect",
];

/// How long a run is unless something else is said.
const DEFAULT_DURATION: Duration = Duration::from_secs(10);

/// A run described.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The version of the format: 1.
    pub version: FormatVersion,
    /// What it is called. In a file, its own name is the default.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What it shows, in a line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// The run ends then at the latest.
    #[serde(default = "default_duration")]
    pub duration: Period,
    /// The seeds that it is tested with unless others are asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seeds: Option<Seeds>,
    /// Virtual seconds per second at which it is good to watch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed: Option<f64>,
    /// Values with names. A value that is written `"$name"` is the parameter's; `--set name=value` sets it.
    #[serde(default, skip_serializing)]
    pub parameters: BTreeMap<String, Argument>,
    /// What lies between the boards.
    #[serde(default, skip_serializing_if = "Air::is_default")]
    pub air: Air,
    /// The boards, one or several an entry.
    #[serde(default, rename = "board", skip_serializing_if = "Vec::is_empty")]
    pub boards: Vec<Board>,
    /// Links that differ from the others. Where several name the same, each adds to those before.
    #[serde(default, rename = "link", skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<LinkRule>,
    /// What is done to the run, and when.
    #[serde(default, rename = "event", skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
    /// What is expected of the run.
    #[serde(default, rename = "expect", skip_serializing_if = "Vec::is_empty")]
    pub expectations: Vec<Expectation>,
    /// Where the files are that it names.
    #[serde(skip)]
    pub folder: PathBuf,
    /// What runs its boards' scripts.
    #[serde(skip)]
    pub runtime: Runtime,
    /// Copies of the files that it names, if they were kept.
    #[serde(skip)]
    pub kept: Kept,
}

fn default_duration() -> Period {
    Period(DEFAULT_DURATION)
}

/// The version of the format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FormatVersion;

impl FormatVersion {
    const NUMBER: i64 = 1;
}

impl Serialize for FormatVersion {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(Self::NUMBER)
    }
}

impl<'de> Deserialize<'de> for FormatVersion {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match i64::deserialize(deserializer)? {
            Self::NUMBER => Ok(Self),
            other => Err(serde::de::Error::custom(format!(
                "version {other} of the format is not known; this simulator reads version {}",
                Self::NUMBER
            ))),
        }
    }
}

impl JsonSchema for FormatVersion {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "FormatVersion".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "const": Self::NUMBER })
    }
}

/// Whether a file is a scenario by its name: `.toml`, in whatever letters.
pub(crate) fn is_scenario(path: &Path) -> bool {
    has_extension(path, "toml")
}

/// Whether a file's name ends so, after a dot and in whatever letters.
pub(crate) fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case(wanted))
}

impl Scenario {
    /// Nobody on a desk, for ten seconds.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            version: FormatVersion,
            name: name.to_owned(),
            summary: String::new(),
            duration: default_duration(),
            seeds: None,
            speed: None,
            parameters: BTreeMap::new(),
            air: Air::default(),
            boards: Vec::new(),
            links: Vec::new(),
            events: Vec::new(),
            expectations: Vec::new(),
            folder: PathBuf::new(),
            runtime: Runtime::default(),
            kept: Kept::default(),
        }
    }

    /// Reads a file, with some of its values set otherwise.
    ///
    /// # Errors
    /// What is wrong with the file, and where.
    pub fn load(path: &Path, overrides: &[Override]) -> Result<Self, ScenarioError> {
        source::load(path, Kept::default(), overrides)
    }

    /// The same, with what is in the snapshot read from there.
    pub(crate) fn load_from(
        path: &Path,
        snapshot: &Arc<Snapshot>,
        overrides: &[Override],
    ) -> Result<Self, ScenarioError> {
        source::load(path, Kept::in_snapshot(snapshot), overrides)
    }

    /// Reads a text; `name` is what errors call it.
    ///
    /// # Errors
    /// As [`Scenario::load`].
    pub fn parse(name: &str, text: &str) -> Result<Self, ScenarioError> {
        source::parse(name, text, &[])
    }

    /// The run ends then at the latest.
    #[must_use]
    pub fn lasts(mut self, duration: Duration) -> Self {
        self.duration = Period(duration);
        self
    }

    /// What lies between the boards.
    #[must_use]
    pub fn air(mut self, air: Air) -> Self {
        self.air = air;
        self
    }

    /// Adds a board, or a group of them.
    #[must_use]
    pub fn board(mut self, board: Board) -> Self {
        self.boards.push(board);
        self
    }

    /// Adds links that differ.
    #[must_use]
    pub fn link(mut self, link: LinkRule) -> Self {
        self.links.push(link);
        self
    }

    /// Does something to the run.
    #[must_use]
    pub fn event(mut self, event: Event) -> Self {
        self.events.push(event);
        self
    }

    /// Expects something of the run.
    #[must_use]
    pub fn expect(mut self, expectation: Expectation) -> Self {
        self.expectations.push(expectation);
        self
    }

    /// The names of all boards, in their order.
    ///
    /// # Errors
    /// If the boards can't be told apart.
    pub fn board_names(&self) -> Result<Vec<String>, ScenarioError> {
        let cast = self.cast()?;
        Ok(cast.members().iter().map(|member| member.name.clone()).collect())
    }

    /// As a file, without comments and parameters.
    ///
    /// # Errors
    /// If a program of it is a Rust closure.
    pub fn to_toml(&self) -> Result<String, UnwritableError> {
        let of_rust = |board: &&Board| matches!(board.workload, Workload::Program(_));
        if let Some(board) = self.boards.iter().find(of_rust) {
            return Err(UnwritableError(format!(
                "what {} runs is a program in Rust",
                board.name
            )));
        }
        toml::to_string(self).map_err(|error| UnwritableError(error.to_string()))
    }

    pub(crate) fn cast(&self) -> Result<Cast, ScenarioError> {
        Cast::new(self).map_err(|complaint| self.error(complaint))
    }

    fn error(&self, complaint: check::Complaint) -> ScenarioError {
        ScenarioError::of_value(&self.name, &complaint.path.to_string(), complaint.message)
    }
}

/// The scenario has no form in a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("can't be written as a file: {0}")]
pub struct UnwritableError(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_of_the_first_level_are_those_of_the_type() {
        let schema = schemars::schema_for!(Scenario);
        let properties = schema.get("properties").and_then(|properties| properties.as_object());
        let mut keys: Vec<_> = properties.expect("an object").keys().map(String::as_str).collect();
        let mut listed = TOP_LEVEL.to_vec();
        keys.sort_unstable();
        listed.sort_unstable();
        assert_eq!(listed, keys);
    }
}
