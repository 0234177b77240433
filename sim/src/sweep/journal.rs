//! What a sweep has done so far, beside the file that it will become.
//!
//! A line a row, appended when the row is done, in whatever order that is. What a killed sweep leaves behind is whole lines and at most
//! one that was cut, which is forgotten. The first line says which sweep it is.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::SweepError;

/// A journal that nobody else writes to.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    rows: BTreeSet<u64>,
}

impl Journal {
    /// The journal of the sweep that `out` will come from: what is left of it, or a new one.
    pub(super) fn open(out: &Path, fingerprint: &[(&'static str, String)]) -> Result<Self, SweepError> {
        let mut path = out.as_os_str().to_owned();
        path.push(".journal");
        let path = PathBuf::from(path);
        let io = SweepError::io(&path);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(&io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(SweepError::InUse { path }),
            Err(fs::TryLockError::Error(source)) => return Err(io(source)),
        }
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(&io)?;
        // A line that was cut has no end.
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        text.truncate(whole);
        let ours = record(fingerprint.iter().map(|(_, value)| value.as_str()));
        let mut rows = BTreeSet::new();
        let mut lines = reader(&text);
        match lines.next() {
            None => {
                file.set_len(0).map_err(&io)?;
                file.seek(SeekFrom::Start(0)).map_err(&io)?;
                file.write_all(&ours).map_err(&io)?;
            }
            Some(found) => {
                let found: Vec<String> = found.unwrap_or_default();
                let other = fingerprint
                    .iter()
                    .enumerate()
                    .find(|(place, (_, value))| found.get(*place) != Some(value));
                if let Some((place, (what, value))) = other {
                    let theirs = found.get(place).map_or("nothing", String::as_str);
                    return Err(SweepError::OtherSweep {
                        difference: format!("{what}: {theirs}, not {value}"),
                        path,
                    });
                }
                for line in lines {
                    let number = line.ok().and_then(|cells| cells.first()?.parse::<u64>().ok());
                    rows.extend(number);
                }
                let length = u64::try_from(whole).unwrap_or(u64::MAX);
                file.set_len(length).map_err(&io)?;
                file.seek(SeekFrom::End(0)).map_err(&io)?;
            }
        }
        Ok(Self { path, file, rows })
    }

    pub(super) fn has(&self, number: u64) -> bool {
        self.rows.contains(&number)
    }

    pub(super) fn rows(&self) -> u64 {
        self.rows.len() as u64
    }

    /// A row is done.
    pub(super) fn append(&mut self, number: u64, cells: &[String]) -> Result<(), SweepError> {
        let number_text = number.to_string();
        let cells = std::iter::once(number_text.as_str()).chain(cells.iter().map(String::as_str));
        // One write: lines of several processes can't mix, and a cut line is cut once.
        self.file
            .write_all(&record(cells))
            .map_err(SweepError::io(&self.path))?;
        self.rows.insert(number);
        Ok(())
    }

    /// All rows in the order of their numbers, the number first.
    pub(super) fn read(&mut self) -> Result<Vec<Vec<String>>, SweepError> {
        let io = SweepError::io(&self.path);
        let mut text = String::new();
        self.file.seek(SeekFrom::Start(0)).map_err(&io)?;
        self.file.read_to_string(&mut text).map_err(&io)?;
        let mut rows: Vec<(u64, Vec<String>)> = reader(&text)
            .skip(1)
            .filter_map(|cells| {
                let cells = cells.ok()?;
                Some((cells.first()?.parse().ok()?, cells))
            })
            .collect();
        rows.sort_by_key(|(number, _)| *number);
        rows.dedup_by_key(|(number, _)| *number);
        Ok(rows.into_iter().map(|(_, cells)| cells).collect())
    }

    /// Nobody needs it any more.
    pub(super) fn remove(self) -> Result<(), SweepError> {
        fs::remove_file(&self.path).map_err(SweepError::io(&self.path))
    }
}

/// A line with its end. No cell has a line end in it.
fn record<'a>(cells: impl Iterator<Item = &'a str>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    // Memory does not fail.
    let _ = writer.write_record(cells);
    writer.into_inner().unwrap_or_default()
}

fn reader(text: &str) -> impl Iterator<Item = Result<Vec<String>, csv::Error>> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes())
        .into_deserialize()
}
