//! What a sweep has done so far, beside the file that it will become.
//!
//! A line a row, appended when the row is done, in whatever order that is: the CRC-32 of what comes after it, and the row's cells, the
//! number first, as JSON. What a killed sweep leaves behind is whole lines and at most one that was cut, which is forgotten. A whole
//! line that is not what was written is damage, and nothing of such a journal is used. The first line says which sweep it is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use crc::{CRC_32_ISO_HDLC, Crc};

use super::SweepError;
use super::identity::Identity;
use crate::intake::{self, Bounded};

/// No line is longer. The longest is the first, with all values of all parameters.
const LONGEST_LINE: u64 = 64 << 20;

const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// A journal that nobody else writes to.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    /// The numbers of the rows that are done.
    rows: BTreeSet<u64>,
}

/// Where the journal of the sweep is that `out` will come from.
pub(super) fn path_beside(out: &Path) -> PathBuf {
    let mut path = out.as_os_str().to_owned();
    path.push(".journal");
    PathBuf::from(path)
}

impl Journal {
    /// What is left of the journal, or a new one.
    pub(super) fn open(out: &Path, identity: &Identity) -> Result<Self, SweepError> {
        let path = path_beside(out);
        let io = SweepError::io(&path);
        let mut file = intake::open_or_make(&path).map_err(|source| SweepError::Create {
            path: path.clone(),
            source,
        })?;
        match file.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(SweepError::InUse { path }),
            Err(fs::TryLockError::Error(source)) => return Err(io(source)),
        }
        let mut rows = BTreeSet::new();
        let Left { head, whole } = Left::read(&mut file, &path, |number, _| {
            rows.insert(number);
        })?;
        if let Some(head) = head {
            if let Some(difference) = identity.difference(&Identity::from_cells(&head)) {
                return Err(SweepError::OtherSweep { path, difference });
            }
            file.set_len(whole).map_err(&io)?;
            file.seek(SeekFrom::End(0)).map_err(&io)?;
        } else {
            file.set_len(0).map_err(&io)?;
            file.seek(SeekFrom::Start(0)).map_err(&io)?;
            file.write_all(&line(identity.cells())).map_err(&io)?;
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
        self.file.write_all(&line(cells)).map_err(SweepError::io(&self.path))?;
        self.rows.insert(number);
        Ok(())
    }

    /// All rows in the order of their numbers, the number first.
    pub(super) fn read(&mut self) -> Result<Vec<Vec<String>>, SweepError> {
        let mut rows = BTreeMap::new();
        Left::read(&mut self.file, &self.path, |number, cells| {
            rows.entry(number).or_insert(cells);
        })?;
        Ok(rows.into_values().collect())
    }

    /// Nobody needs it any more.
    pub(super) fn remove(self) -> Result<(), SweepError> {
        fs::remove_file(&self.path).map_err(SweepError::io(&self.path))
    }
}

/// What is in a journal besides its rows.
struct Left {
    head: Option<Vec<String>>,
    /// How long it is, without a line that was cut.
    whole: u64,
}

impl Left {
    /// Reads a line at a time, and hands on the rows.
    fn read(file: &mut File, path: &Path, mut row: impl FnMut(u64, Vec<String>)) -> Result<Self, SweepError> {
        let io = SweepError::io(path);
        file.seek(SeekFrom::Start(0)).map_err(&io)?;
        let mut lines = BufReader::new(Bounded::new(&*file, intake::Kind::Journal));
        let mut left = Self { head: None, whole: 0 };
        let mut text = Vec::new();
        for number in 1.. {
            text.clear();
            let mut line = lines.by_ref().take(LONGEST_LINE);
            line.read_until(b'\n', &mut text).map_err(&io)?;
            let damaged = || SweepError::Damaged {
                path: path.to_owned(),
                line: number,
            };
            if !text.ends_with(b"\n") {
                // A line that was cut has no end, and is the last one.
                match line.limit() {
                    0 => return Err(damaged()),
                    _ => break,
                }
            }
            left.whole += text.len() as u64;
            let cells = cells_of(&text).ok_or_else(damaged)?;
            if left.head.is_none() {
                left.head = Some(cells);
            } else {
                let number = cells.first().and_then(|cell| cell.parse().ok()).ok_or_else(damaged)?;
                row(number, cells);
            }
        }
        Ok(left)
    }
}

/// A line with its end.
fn line<'a>(cells: impl Iterator<Item = &'a str>) -> Vec<u8> {
    // Texts in memory are always JSON, in one line.
    let text = serde_json::to_string(&cells.collect::<Vec<_>>()).unwrap_or_default();
    format!("{:08x} {text}\n", CRC.checksum(text.as_bytes())).into_bytes()
}

/// The cells of a whole line, if it is one that [`line`] made.
fn cells_of(line: &[u8]) -> Option<Vec<String>> {
    let text = std::str::from_utf8(line).ok()?.strip_suffix('\n')?;
    let (sum, text) = text.split_once(' ')?;
    (format!("{:08x}", CRC.checksum(text.as_bytes())) == sum).then_some(())?;
    serde_json::from_str(text).ok()
}
