//! What a sweep depends on. Two sweeps are the same if all of it is.
//!
//! A row is a function of its parameters and its seed only as long as nothing else changes: the files that are read, the interpreter
//! that runs boards' programs, and `sim` itself. Of `sim` the executable's own octets count, not its version alone: what made the
//! rows is this file, with all that is built into it, and a version stays the same through many changes.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::OnceLock;

use sha2::{Digest as _, Sha256};

use crate::intake;

/// How a digest is told from other values.
const DIGEST: &str = "sha256:";

/// What a sweep depends on: what it is called, and its value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Identity(Vec<(String, String)>);

impl Identity {
    /// With one more thing that it depends on.
    pub(super) fn with(mut self, what: &str, value: impl Into<String>) -> Self {
        self.0.push((what.to_owned(), value.into()));
        self
    }

    /// With the content of a file, or of a folder, as its SHA-256.
    pub(super) fn with_content(self, path: &Path, digest: [u8; 32]) -> Self {
        self.with(&path.display().to_string(), named(digest))
    }

    /// With this program.
    pub(super) fn with_program(self) -> io::Result<Self> {
        let program = program()?;
        Ok(self
            .with("the version of sim", env!("CARGO_PKG_VERSION"))
            .with("the executable of sim", program))
    }

    /// The part of it that has these names.
    pub(super) fn only(&self, names: &[&str]) -> Self {
        let mine = self.0.iter().filter(|(what, _)| names.contains(&what.as_str()));
        Self(mine.cloned().collect())
    }

    /// As a line of texts.
    pub(super) fn cells(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|(what, value)| [what.as_str(), value.as_str()])
    }

    /// What [`Identity::cells`] were made from.
    pub(super) fn from_cells(cells: &[String]) -> Self {
        let pairs = cells.chunks(2).map(|pair| {
            let cell = |place: usize| pair.get(place).cloned().unwrap_or_default();
            (cell(0), cell(1))
        });
        Self(pairs.collect())
    }

    /// What is different in another one, in words.
    pub(super) fn difference(&self, other: &Self) -> Option<String> {
        let changed = self.0.iter().find_map(|(what, ours)| match other.value(what) {
            Some(theirs) if theirs == ours => None,
            Some(theirs) if theirs.starts_with(DIGEST) => Some(format!("{what} has changed since")),
            Some(theirs) => Some(format!("{what}: {theirs}, not {ours}")),
            None => Some(format!("it did not have {what}")),
        });
        changed.or_else(|| {
            let gone = other.0.iter().find(|(what, _)| self.value(what).is_none());
            gone.map(|(what, _)| format!("it had {what}"))
        })
    }

    fn value(&self, what: &str) -> Option<&str> {
        let found = self.0.iter().find(|(name, _)| name == what);
        found.map(|(_, value)| value.as_str())
    }

    /// All of it in a few letters, but for what `besides` names.
    pub(super) fn short(&self, besides: &[&str]) -> String {
        let mut digest = Sha256::new();
        for (what, value) in self.0.iter().filter(|(what, _)| !besides.contains(&what.as_str())) {
            for text in [what, value] {
                digest.update((text.len() as u64).to_le_bytes());
                digest.update(text);
            }
        }
        named(digest.finalize().into())
            .chars()
            .skip(DIGEST.len())
            .take(16)
            .collect()
    }
}

fn named(digest: [u8; 32]) -> String {
    format!("{DIGEST}{}", hex::encode(digest))
}

/// The digest of the running executable.
fn program() -> io::Result<String> {
    static PROGRAM: OnceLock<String> = OnceLock::new();
    if let Some(known) = PROGRAM.get() {
        return Ok(known.clone());
    }
    // Under this name Linux has it even if the file was replaced meanwhile.
    let file = match File::open("/proc/self/exe") {
        Ok(file) => file,
        Err(_) => File::open(std::env::current_exe()?)?,
    };
    let digest = intake::digest_of(file)?;
    Ok(PROGRAM.get_or_init(|| named(digest)).clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_told() {
        let ours = Identity::default().with("seeds", "1..3").with("a.py", "sha256:00");
        let cells: Vec<String> = ours.cells().map(str::to_owned).collect();
        assert_eq!(Identity::from_cells(&cells), ours);
        assert_eq!(ours.difference(&ours), None);
        for (other, words) in [
            (
                Identity::default().with("seeds", "1..4").with("a.py", "sha256:00"),
                "seeds: 1..4, not 1..3",
            ),
            (
                Identity::default().with("seeds", "1..3").with("a.py", "sha256:01"),
                "a.py has changed since",
            ),
            (Identity::default().with("seeds", "1..3"), "it did not have a.py"),
            (ours.clone().with("b.py", "sha256:02"), "it had b.py"),
        ] {
            assert_eq!(ours.difference(&other).as_deref(), Some(words));
            assert_ne!(ours.short(&[]), other.short(&[]));
        }
        assert_eq!(
            ours.short(&["seeds"]),
            Identity::default()
                .with("seeds", "9")
                .with("a.py", "sha256:00")
                .short(&["seeds"])
        );
    }
}
