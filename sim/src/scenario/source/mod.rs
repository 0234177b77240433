//! From a file's text to a scenario.
//!
//! ```text
//!   text ─► Node (tree; each key and value knows its place) ─► parameters, --set ─► serde ─► Scenario ─► check
//!                                  ▲                                                             │
//!                                  └────────── where is board.0.arguments.peer? ─────────────────┘
//! ```

mod decode;
mod error;
mod overrides;
mod tree;

use std::path::Path;

use serde::Deserialize as _;

pub use error::{ScenarioError, Whereabouts};
pub use overrides::{Override, ParseOverrideError};

use super::{Kept, Scenario};
use crate::intake;
pub(super) use decode::suggest;
use decode::{Decoder, Problem};
use error::Source;
use tree::Node;

/// A value's way through a file: `board.0.count`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct KeyPath(pub(super) Vec<Step>);

/// A step of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

impl KeyPath {
    pub(super) fn key(mut self, key: &str) -> Self {
        self.0.push(Step::Key(key.to_owned()));
        self
    }

    pub(super) fn index(mut self, index: usize) -> Self {
        self.0.push(Step::Index(index));
        self
    }
}

impl std::fmt::Display for KeyPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, step) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            match step {
                Step::Key(key) => f.write_str(key)?,
                Step::Index(index) => index.fmt(f)?,
            }
        }
        Ok(())
    }
}

/// Reads a file, and what it names, with some of its values set otherwise. What is in the snapshot is read from there.
pub(super) fn load(path: &Path, kept: Kept, overrides: &[Override]) -> Result<Scenario, ScenarioError> {
    let name = path.display().to_string();
    let text = intake::text(kept.copy_of(path), intake::Kind::Scenario);
    let text = text.map_err(|source| ScenarioError::unreadable(&name, &source))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut scenario = parse_in(folder, kept, &name, &text, overrides)?;
    if scenario.name.is_empty() {
        scenario.name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    }
    Ok(scenario)
}

/// Reads a text; `name` is what it is called in errors.
pub(super) fn parse(name: &str, text: &str, overrides: &[Override]) -> Result<Scenario, ScenarioError> {
    parse_in(Path::new(""), Kept::default(), name, text, overrides)
}

/// Reads a text whose files are in a folder.
fn parse_in(
    folder: &Path,
    kept: Kept,
    name: &str,
    text: &str,
    overrides: &[Override],
) -> Result<Scenario, ScenarioError> {
    let source = Source { name, text, overrides };
    let mut tree = Node::parse(text).map_err(|(message, span)| source.syntax(&message, span))?;
    overrides::apply(&mut tree, overrides).map_err(|problem| source.error(problem, &tree))?;
    let mut scenario = Scenario::deserialize(Decoder::new(&tree)).map_err(|problem| source.error(problem, &tree))?;
    folder.clone_into(&mut scenario.folder);
    scenario.kept = kept;
    scenario.check().map_err(|complaint| {
        let problem = Problem::at(complaint.path, complaint.message);
        source.error(problem, &tree)
    })?;
    Ok(scenario)
}
