//! What a shard's rows say about the sweep that they are a part of.

use std::fmt;
use std::str::FromStr;

use super::identity::Identity;

/// The column's name.
pub(super) const MARK: &str = "sweep";

/// Which sweep a row is a part of, in a cell: what is swept, the program, and how many rows there are in all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    swept: String,
    program: String,
    /// Of all shards together.
    pub(super) rows: u64,
}

const PROGRAM: [&str; 2] = ["the version of sim", "the executable of sim"];

impl Mark {
    pub(super) fn of(identity: &Identity, rows: u64) -> Self {
        let [version, executable] = PROGRAM;
        Self {
            swept: identity.short(&["shard", version, executable]),
            program: identity.only(&PROGRAM).short(&[]),
            rows,
        }
    }

    /// What is different in another one, in words.
    pub(super) fn difference(&self, other: &Self) -> Option<&'static str> {
        if self.program != other.program {
            Some("sim itself is another")
        } else if self != other {
            Some("a file that is read, the parameters, the seeds or the interpreter differ")
        } else {
            None
        }
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.swept, self.program, self.rows)
    }
}

/// The text is no mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ParseMarkError;

impl FromStr for Mark {
    type Err = ParseMarkError;

    fn from_str(text: &str) -> Result<Self, ParseMarkError> {
        let mut parts = text.split('-').map(str::to_owned);
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(swept), Some(program), Some(rows), None) => Ok(Self {
                swept,
                program,
                rows: rows.parse().map_err(|_| ParseMarkError)?,
            }),
            _ => Err(ParseMarkError),
        }
    }
}
