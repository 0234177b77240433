//! What runs boards' programs, which has to be the same for every row.
//!
//! It can't be copied, as it finds its own library by where it is. So whether it is still the same file is looked at before a row is
//! written down: a row that it has run since it changed never is.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::SweepError;
use crate::intake;

/// An interpreter, as it was in the beginning.
#[derive(Debug)]
pub(super) struct Watched {
    path: PathBuf,
    stamp: Stamp,
    digest: [u8; 32],
}

/// What the file system says of a file, which changes when the file does.
#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
    /// Device, number, and when any of it changed, which nobody can set back.
    of_unix: Option<(u64, u64, i64, i64)>,
}

impl Stamp {
    fn of(path: &Path) -> io::Result<Self> {
        let metadata = fs::metadata(path)?;
        Ok(Self {
            length: metadata.len(),
            modified: metadata.modified().ok(),
            of_unix: of_unix(&metadata),
        })
    }
}

#[cfg(unix)]
fn of_unix(metadata: &Metadata) -> Option<(u64, u64, i64, i64)> {
    use std::os::unix::fs::MetadataExt as _;
    Some((metadata.dev(), metadata.ino(), metadata.ctime(), metadata.ctime_nsec()))
}

#[cfg(not(unix))]
fn of_unix(_: &Metadata) -> Option<(u64, u64, i64, i64)> {
    None
}

impl Watched {
    pub(super) fn new(path: PathBuf) -> Result<Self, SweepError> {
        let io = SweepError::io(&path);
        // In this order: what changes in between is noticed.
        let stamp = Stamp::of(&path).map_err(&io)?;
        let digest = intake::digest(&path).map_err(&io)?;
        Ok(Self { path, stamp, digest })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) const fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// Whether it is still the same.
    pub(super) fn check(&self) -> Result<(), SweepError> {
        if Stamp::of(&self.path).is_ok_and(|stamp| stamp == self.stamp) {
            return Ok(());
        }
        Err(SweepError::Changed {
            path: self.path.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_the_place_of_an_interpreter_is_another_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("python");
        for change in ["rewritten", "replaced", "gone"] {
            fs::write(&path, "before").expect("room");
            let watched = Watched::new(path.clone()).expect("it is there");
            watched.check().expect("it is the same");
            match change {
                "rewritten" => fs::write(&path, "after it").expect("room"),
                "replaced" => {
                    let new = folder.path().join("new");
                    fs::write(&new, "before").expect("room");
                    fs::rename(new, &path).expect("room");
                }
                _ => fs::remove_file(&path).expect("it is there"),
            }
            // Where a file has no number, one of the same length and time can't be told.
            if cfg!(unix) || change != "replaced" {
                let error = watched.check().expect_err(change).to_string();
                assert!(error.contains("changed while the sweep ran"), "{error}");
            }
        }
    }
}
