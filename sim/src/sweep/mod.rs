//! Many runs, a row each: every combination of some parameters' values, with many seeds.
//!
//! ```text
//!    Grid (--set loss=0..0.5/0.05 --set boards=10,20) × seeds ─► tasks, numbered
//!         │ those of this shard, without those in the journal
//!         ▼
//!    threads: Subject ─► lab ─► Row ─► Journal, a line a row as it is done      Subject reads a Snapshot of its files
//!                                         │ when all are there, in order of their numbers
//!                                         ▼
//!                                      CSV or Parquet, renamed into place
//! ```
//!
//! A row depends on its parameters and its seed alone, and rows are written in the order of their numbers: the file has the same
//! octets whoever made it, on however many cores, killed and gone on with or not, in one piece or merged from shards. What a sweep
//! reads is copied before its first row, and what is copied is what the journal says that the rows are of: files that change meanwhile
//! change nothing. The interpreter of scripts is not copied, and a sweep whose interpreter changes ends.

mod grid;
mod identity;
mod interpreter;
mod journal;
mod mark;
mod merge;
mod row;
mod subject;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

pub use grid::{Axis, AxisError, Grid, Point};
pub use merge::{MergeError, merge};
pub use row::Column;
pub use subject::{LinkSettings, Subject, SubjectError};
pub use table::Format;

use crate::intake::Snapshot;
use crate::outlet::{Place, Whole};
use crate::scenario::Seeds;
use identity::Identity;
use interpreter::Watched;
use journal::Journal;
use mark::Mark;
use table::Table;

/// A part of a sweep: every `of`th row, from number `index` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: u64,
    of: u64,
}

impl Shard {
    /// All of it.
    pub const WHOLE: Self = Self { index: 0, of: 1 };

    const fn has(self, number: u64) -> bool {
        number % self.of == self.index
    }
}

/// The text is no shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a shard is I/N with I from 1 to N, as in 3/16")]
pub struct ParseShardError;

impl std::str::FromStr for Shard {
    type Err = ParseShardError;

    fn from_str(text: &str) -> Result<Self, ParseShardError> {
        let (index, of) = text.split_once('/').ok_or(ParseShardError)?;
        let number = |text: &str| text.trim().parse::<u64>().map_err(|_| ParseShardError);
        let (index, of) = (number(index)?, number(of)?);
        match index.checked_sub(1) {
            Some(index) if index < of => Ok(Self { index, of }),
            _ => Err(ParseShardError),
        }
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.index + 1, self.of)
    }
}

/// Why there is no sweep, or not all of it.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// A run can't be described.
    #[error(transparent)]
    Subject(#[from] SubjectError),
    /// More rows than can be.
    #[error("{0} combinations and seeds are too many: at most {MOST_ROWS} rows")]
    TooMany(u128),
    /// More rows than one file takes.
    #[error(
        "{rows} rows are too many for one file: at most {MOST_ROWS_A_FILE}; cut them into shards, as in --shard 1/{shards}"
    )]
    TooManyHere {
        /// How many there are.
        rows: u64,
        /// How many shards would do.
        shards: u64,
    },
    /// The file is there already.
    #[error("{path} is there already: remove it, or give another --out", path = path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// What was left there belongs to something else.
    #[error("{path} was left by another sweep ({difference}): remove it, or give another --out", path = path.display())]
    OtherSweep {
        /// The journal.
        path: PathBuf,
        /// What is different.
        difference: String,
    },
    /// What was left there is not what was written.
    #[error("{path} is damaged in line {line}, or of another version of sim: remove it to start anew, or give another --out", path = path.display())]
    Damaged {
        /// The journal.
        path: PathBuf,
        /// Where.
        line: usize,
    },
    /// The interpreter changed while the rows were made.
    #[error("{path} changed while the sweep ran: the rows before that are kept, and the same command goes on with them if the file is again what it was", path = path.display())]
    Changed {
        /// The interpreter.
        path: PathBuf,
    },
    /// What is to be written is read, or lies in a folder whose files are read.
    #[error("{out} would be written over or into {input}, which is read: give another --out", out = out.display(), input = input.display())]
    OutIsInput {
        /// What is to be written.
        out: PathBuf,
        /// What is read.
        input: PathBuf,
    },
    /// Another sweep is at it.
    #[error("{path} is in use by another sweep that goes on", path = path.display())]
    InUse {
        /// The journal.
        path: PathBuf,
    },
    /// Somebody said stop.
    #[error("stopped after {rows} of {of} rows: the same command goes on from there{}", unless(.changed))]
    Stopped {
        /// Those that are done.
        rows: u64,
        /// All of them.
        of: u64,
        /// Files that are not any more what the rows are of.
        changed: Vec<PathBuf>,
    },
    /// A file can't be written at all.
    #[error("can't write {path}: {source}", path = path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file failed.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl SweepError {
    fn io(path: &Path) -> impl Fn(io::Error) -> Self + use<> {
        let path = path.to_path_buf();
        move |source| Self::Io {
            path: path.clone(),
            source,
        }
    }
}

fn unless(changed: &[PathBuf]) -> String {
    let names: Vec<_> = changed.iter().map(|path| path.display().to_string()).collect();
    match names.is_empty() {
        true => String::new(),
        false => format!(", once what has changed since is what it was: {}", names.join(", ")),
    }
}

/// No sweep has more rows.
pub const MOST_ROWS: u64 = 100_000_000;

/// No file has more: they are put in order in memory, and a row takes a kilobyte there.
pub const MOST_ROWS_A_FILE: u64 = 1_000_000;

/// Many runs.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// What is run.
    pub subject: Subject,
    /// With which parameters.
    pub grid: Grid,
    /// With which seeds, each combination with each.
    pub seeds: Seeds,
    /// Which part of it.
    pub shard: Shard,
    /// How many runs at the same time.
    pub jobs: NonZeroUsize,
}

/// What a sweep did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Rows in the file.
    pub rows: u64,
    /// Those of them that an earlier sweep left behind.
    pub resumed: u64,
    /// Files that have changed since they were read. The rows are of what they were.
    pub changed: Vec<PathBuf>,
}

impl Sweep {
    /// How many rows the whole has, all shards together.
    ///
    /// # Errors
    /// If they are too many.
    pub fn rows(&self) -> Result<u64, SweepError> {
        let rows = self.grid.len() as u128 * u128::from(self.seeds.count());
        match u64::try_from(rows) {
            Ok(rows) if rows <= MOST_ROWS => Ok(rows),
            _ => Err(SweepError::TooMany(rows)),
        }
    }

    /// Which parameters and which seed a row has.
    fn task(&self, number: u64) -> (Point<'_>, u64) {
        let seeds = self.seeds.count();
        let first = *self.seeds.range().start();
        (self.grid.point(number / seeds), first + number % seeds)
    }

    /// Runs what is not in the journal beside `out` yet, and writes the file when all is done. `progress` is told how many rows
    /// there are of how many, now and then.
    ///
    /// # Errors
    /// If a run can't be described, before the first one runs; or if a file fails.
    pub fn run(&self, out: &Path, format: Format, progress: &mut dyn FnMut(u64, u64)) -> Result<Done, SweepError> {
        self.run_unless(out, format, &AtomicBool::new(false), progress)
    }

    /// The same, until somebody says stop. What is in the journal then stays there.
    ///
    /// # Errors
    /// As above, and if it was stopped.
    pub fn run_unless(
        &self,
        out: &Path,
        format: Format,
        stop: &AtomicBool,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Done, SweepError> {
        let all = self.rows()?;
        let here = all / self.shard.of + u64::from(self.shard.index < all % self.shard.of);
        if here > MOST_ROWS_A_FILE {
            return Err(SweepError::TooManyHere {
                rows: here,
                shards: all.div_ceil(MOST_ROWS_A_FILE),
            });
        }
        if out.exists() {
            return Err(SweepError::Exists {
                path: out.to_path_buf(),
            });
        }
        let mut files = BTreeSet::new();
        for number in 0..self.grid.len() {
            files.extend(self.subject.check(&self.grid.point(number))?);
        }
        for written in [out.to_path_buf(), journal::path_beside(out)] {
            let place = Place::of(&written);
            let is_read = |input: &&PathBuf| place.is_same(&Place::of(input)) || place.is_in(input);
            if let Some(input) = files.iter().find(is_read) {
                return Err(SweepError::OutIsInput {
                    out: written,
                    input: input.clone(),
                });
            }
        }
        Whole::prepare(out).map_err(|source| SweepError::Create {
            path: out.to_path_buf(),
            source,
        })?;
        let snapshot = Snapshot::of(files.iter().map(PathBuf::as_path));
        let snapshot = Arc::new(snapshot.map_err(|(path, source)| SweepError::Io { path, source })?);
        let interpreter = self.subject.interpreter(&files).map(Watched::new).transpose()?;
        let identity = self.identity(&snapshot, interpreter.as_ref())?;
        let mut journal = Journal::open(out, &identity)?;
        let resumed = journal.rows();
        let wanted = (0..all).filter(|number| self.shard.has(*number)).count() as u64;
        let pending: Vec<u64> = (0..all)
            .filter(|number| self.shard.has(*number) && !journal.has(*number))
            .collect();
        progress(resumed, wanted);
        self.work(&snapshot, &pending, stop, |number, cells| {
            interpreter.as_ref().map_or(Ok(()), Watched::check)?;
            journal.append(number, &cells)?;
            progress(journal.rows(), wanted);
            Ok(())
        })?;
        if journal.rows() < wanted {
            return Err(SweepError::Stopped {
                rows: journal.rows(),
                of: wanted,
                changed: snapshot.changed(),
            });
        }
        let mut table = Table::new(row::columns(&self.grid), journal.read()?);
        if self.shard != Shard::WHOLE {
            table.mark(&Mark::of(&identity, all).to_string());
        }
        table.write(out, format).map_err(SweepError::io(out))?;
        journal.remove()?;
        Ok(Done {
            rows: wanted,
            resumed,
            changed: snapshot.changed(),
        })
    }

    /// Runs tasks on all threads, and hands on what each brought.
    fn work(
        &self,
        snapshot: &Arc<Snapshot>,
        pending: &[u64],
        stop: &AtomicBool,
        mut done: impl FnMut(u64, Vec<String>) -> Result<(), SweepError>,
    ) -> Result<(), SweepError> {
        let next = AtomicUsize::new(0);
        let (sender, results) = mpsc::channel();
        thread::scope(|scope| {
            for _ in 0..self.jobs.get().min(pending.len()) {
                let (sender, next) = (sender.clone(), &next);
                scope.spawn(move || {
                    while !stop.load(Ordering::Relaxed)
                        && let Some(&number) = pending.get(next.fetch_add(1, Ordering::Relaxed))
                    {
                        let (point, seed) = self.task(number);
                        let Some(row) = self.subject.run(&point, seed, snapshot, stop).transpose() else {
                            break;
                        };
                        if sender.send((number, row)).is_err() {
                            break;
                        }
                    }
                });
            }
            drop(sender);
            for (number, row) in results {
                done(number, row?)?;
            }
            Ok(())
        })
    }

    /// What makes two sweeps the same, with the content of the files that they read.
    fn identity(&self, snapshot: &Snapshot, interpreter: Option<&Watched>) -> Result<Identity, SweepError> {
        let axes = self.grid.axes().iter().map(ToString::to_string);
        let identity = Identity::default()
            .with("what is run", self.subject.to_string())
            .with("parameters", axes.collect::<Vec<_>>().join(" "))
            .with("seeds", self.seeds.to_string())
            .with("shard", self.shard.to_string());
        let interpreter = interpreter.map(|interpreter| (interpreter.path(), interpreter.digest()));
        let contents = snapshot.digests().chain(interpreter);
        let identity = contents.fold(identity, |identity, (path, digest)| identity.with_content(path, digest));
        identity.with_program().map_err(SweepError::io(Path::new("sim")))
    }
}
