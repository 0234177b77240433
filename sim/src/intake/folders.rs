//! Folders in folders.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::Refusal;

/// More files and folders than anybody means.
const MOST_ENTRIES: usize = 100_000;

/// Folders in folders, at most.
const DEEPEST: usize = 64;

/// A walk over a folder and all that is in it. Links to folders are followed; a folder that leads back to itself is not entered again.
#[derive(Debug, Default)]
pub(crate) struct Folders {
    /// Those that the walk is in, from the outermost.
    within: Vec<Identity>,
    entries: usize,
}

/// What a folder is, however it is called.
#[cfg(unix)]
type Identity = (u64, u64);
#[cfg(not(unix))]
type Identity = PathBuf;

#[cfg(unix)]
fn identity(_: &Path, metadata: &Metadata) -> io::Result<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    Ok((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path, _: &Metadata) -> io::Result<Identity> {
    path.canonicalize()
}

impl Folders {
    /// Goes into a folder and returns what is in it, by name; `None` if the walk is in this folder already. After it, [`Self::leave`].
    ///
    /// # Errors
    /// If it can't be read, or there is more than anybody means.
    pub(crate) fn enter(&mut self, folder: &Path) -> io::Result<Option<Vec<PathBuf>>> {
        let identity = identity(folder, &fs::metadata(folder)?)?;
        if self.within.contains(&identity) {
            return Ok(None);
        }
        if self.within.len() >= DEEPEST {
            return Err(Refusal::TooDeep(DEEPEST).into());
        }
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder)? {
            self.entries += 1;
            if self.entries > MOST_ENTRIES {
                return Err(Refusal::TooMany(MOST_ENTRIES).into());
            }
            paths.push(entry?.path());
        }
        paths.sort();
        self.within.push(identity);
        Ok(Some(paths))
    }

    /// Out of the folder that was entered last.
    pub(crate) fn leave(&mut self) {
        self.within.pop();
    }
}
