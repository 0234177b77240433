//! What is wrong with a file, in one line.

use std::fmt;
use std::io;
use std::ops::Range;

use super::Override;
use super::decode::Problem;
use super::tree::{Node, Place};

/// Why a text is no scenario: where, which key, what, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{whereabouts}: {message}")]
pub struct ScenarioError {
    whereabouts: Whereabouts,
    message: String,
}

impl ScenarioError {
    /// Where it is.
    #[must_use]
    pub const fn whereabouts(&self) -> &Whereabouts {
        &self.whereabouts
    }

    /// What is wrong, and how to mend it.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    pub(in crate::scenario) fn unreadable(name: &str, source: &io::Error) -> Self {
        let message = match source.kind() {
            io::ErrorKind::InvalidData => "this is no text: save it as UTF-8".to_owned(),
            _ => format!("can't be read: {source}"),
        };
        Self {
            whereabouts: Whereabouts {
                source: name.to_owned(),
                position: None,
                key: String::new(),
            },
            message,
        }
    }

    /// Something is wrong with a scenario that no file was read for.
    pub(in crate::scenario) fn of_value(scenario: &str, path: &str, message: String) -> Self {
        Self {
            whereabouts: Whereabouts {
                source: scenario.to_owned(),
                position: None,
                key: path.to_owned(),
            },
            message,
        }
    }
}

/// Where in a scenario something is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whereabouts {
    /// The file, or `--set KEY=VALUE`.
    pub source: String,
    /// Line and column in the file, counted from 1.
    pub position: Option<(usize, usize)>,
    /// The way to the key: `board.0.count`; empty if it concerns the whole file.
    pub key: String,
}

impl fmt::Display for Whereabouts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)?;
        if let Some((line, column)) = self.position {
            write!(f, ":{line}:{column}")?;
        }
        if !self.key.is_empty() {
            write!(f, ": {}", self.key)?;
        }
        Ok(())
    }
}

/// What errors point into.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a str,
    pub(super) overrides: &'a [Override],
}

impl Source<'_> {
    pub(super) fn syntax(self, message: &str, span: Option<Range<usize>>) -> ScenarioError {
        let whereabouts = Whereabouts {
            source: self.name.to_owned(),
            position: span.map(|span| self.position(span.start)),
            key: String::new(),
        };
        let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
        ScenarioError { whereabouts, message }
    }

    pub(super) fn error(self, problem: Problem, tree: &Node) -> ScenarioError {
        let path = problem.path();
        let place = problem.place.as_ref().unwrap_or_else(|| tree.place_of(&path.0));
        let (source, position) = match place {
            Place::File(span) => (self.name.to_owned(), Some(self.position(span.start))),
            Place::Override(number) => {
                let text = self.overrides.get(*number).map(ToString::to_string).unwrap_or_default();
                (format!("--set {text}"), None)
            }
        };
        ScenarioError {
            whereabouts: Whereabouts {
                source,
                position,
                key: path.to_string(),
            },
            message: problem.message,
        }
    }

    fn position(self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (line, column)
    }
}
