//! Shards put together.

use std::io;
use std::path::{Path, PathBuf};

use super::MOST_ROWS_A_FILE;
use super::mark::{MARK, Mark};
use super::row::{Column, FIGURES, Kind, kind_of};
use super::table::{Format, Table};
use crate::intake;
use crate::outlet::Whole;

/// Why shards don't make a whole.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// A file can't be read, or is no CSV.
    #[error("can't read {path}: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: csv::Error,
    },
    /// It is of no sweep.
    #[error("{path} is no shard of a sweep in CSV: its first column is not `row`", path = path.display())]
    NoShard {
        /// The file.
        path: PathBuf,
    },
    /// It is of another sweep.
    #[error("{path} has other columns than {first}", path = path.display(), first = first.display())]
    OtherColumns {
        /// The file.
        path: PathBuf,
        /// The first file.
        first: PathBuf,
    },
    /// It is a part of another sweep.
    #[error("{path} is a part of another sweep than {first} ({difference}): run the one that is not right again", path = path.display(), first = first.display())]
    OtherSweep {
        /// The file.
        path: PathBuf,
        /// The first file.
        first: PathBuf,
        /// What is different.
        difference: &'static str,
    },
    /// Nothing says which sweep it is of.
    #[error("{path} has no column `sweep`, which says what a shard is a part of: run that shard again, with this version of sim", path = path.display())]
    Unmarked {
        /// The file.
        path: PathBuf,
    },
    /// A row is there twice.
    #[error("row {row} is in two of the files: give each shard once")]
    Twice {
        /// Its number.
        row: u64,
    },
    /// A row is missing.
    #[error("row {row} is in none of the files: a shard is missing")]
    Missing {
        /// Its number.
        row: u64,
    },
    /// More rows than one file takes.
    #[error(
        "the shards have more than {MOST_ROWS_A_FILE} rows together, too many for one file: merge fewer, or read them as they are"
    )]
    TooMany,
    /// More text than rows have.
    #[error("the shards have more than {} MiB together: these are no rows of a sweep", intake::Kind::Shard.limit_mib())]
    TooLong,
    /// The result can't be written at all.
    #[error("can't write {path}: {source}", path = path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The result can't be written.
    #[error("can't write {path}: {source}", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Puts the shards of a sweep, in CSV, into one file: the same that the sweep would have made in one piece. Returns how many
/// rows it has.
///
/// # Errors
/// If they are not all shards of one sweep, or the file can't be written.
pub fn merge(shards: &[PathBuf], out: &Path, format: Format) -> Result<u64, MergeError> {
    let prepared = Whole::prepare(out).map_err(|source| MergeError::Create {
        path: out.to_path_buf(),
        source,
    })?;
    drop(prepared);
    let mut octets = 0_u64;
    let mut names: Vec<String> = Vec::new();
    let mut rows: Vec<(u64, Vec<String>)> = Vec::new();
    let mut mark: Option<Mark> = None;
    for path in shards {
        let read = |source| MergeError::Read {
            path: path.clone(),
            source,
        };
        let file = intake::open(path, intake::Kind::Shard).map_err(|source| read(source.into()))?;
        let mut reader = csv::Reader::from_reader(file);
        let mut header: Vec<String> = reader.headers().map_err(read)?.iter().map(str::to_owned).collect();
        let is_marked = header.pop_if(|name| name == MARK).is_some();
        let no_shard = || MergeError::NoShard { path: path.clone() };
        if header.first().map(String::as_str) != Some("row") {
            return Err(no_shard());
        }
        // One file alone may be a whole sweep.
        if !is_marked && shards.len() > 1 {
            return Err(MergeError::Unmarked { path: path.clone() });
        }
        if names.is_empty() {
            names = header;
        } else if names != header {
            return Err(MergeError::OtherColumns {
                path: path.clone(),
                first: shards.first().cloned().unwrap_or_default(),
            });
        }
        for record in reader.records() {
            let record = record.map_err(read)?;
            // Each file has a limit of its own; this is for all of them, as they are put in order in memory.
            if rows.len() as u64 >= MOST_ROWS_A_FILE {
                return Err(MergeError::TooMany);
            }
            octets += record.as_slice().len() as u64;
            if octets > intake::Kind::Shard.limit_mib() << 20 {
                return Err(MergeError::TooLong);
            }
            let number = record.get(0).and_then(|cell| cell.parse().ok()).ok_or_else(no_shard)?;
            let mut cells: Vec<String> = record.iter().map(str::to_owned).collect();
            if is_marked {
                let found = cells
                    .pop()
                    .and_then(|cell| cell.parse::<Mark>().ok())
                    .ok_or_else(no_shard)?;
                let first = mark.get_or_insert_with(|| found.clone());
                if let Some(difference) = first.difference(&found) {
                    return Err(MergeError::OtherSweep {
                        path: path.clone(),
                        first: shards.first().cloned().unwrap_or_default(),
                        difference,
                    });
                }
            }
            rows.push((number, cells));
        }
    }
    rows.sort_by_key(|(number, _)| *number);
    for (expected, (number, _)) in (0..).zip(&rows) {
        if *number < expected {
            return Err(MergeError::Twice { row: *number });
        }
        if *number > expected {
            return Err(MergeError::Missing { row: expected });
        }
    }
    let missing = mark.map(|mark| mark.rows).filter(|&all| (rows.len() as u64) < all);
    if missing.is_some() {
        return Err(MergeError::Missing { row: rows.len() as u64 });
    }
    let rows: Vec<_> = rows.into_iter().map(|(_, cells)| cells).collect();
    let count = rows.len() as u64;
    let columns = columns(names, &rows);
    Table::new(columns, rows)
        .write(out, format)
        .map_err(|source| MergeError::Write {
            path: out.to_path_buf(),
            source,
        })?;
    Ok(count)
}

/// The figures' columns are known; what a parameter's holds its values say.
fn columns(names: Vec<String>, rows: &[Vec<String>]) -> Vec<Column> {
    let parameters = names.len().saturating_sub(FIGURES.len() + 2);
    let kind = |(place, name): (usize, &String)| match place.checked_sub(parameters + 2) {
        Some(figure) => FIGURES.get(figure).map_or(Kind::Text, |(_, kind)| *kind),
        None if place == 0 || (place == parameters + 1 && name == "seed") => Kind::Count,
        None => kind_of(rows.iter().map(|row| row.get(place).map_or("", String::as_str))),
    };
    let kinds: Vec<_> = names.iter().enumerate().map(kind).collect();
    names
        .into_iter()
        .zip(kinds)
        .map(|(name, kind)| Column { name, kind })
        .collect()
}
