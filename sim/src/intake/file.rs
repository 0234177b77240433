//! A file.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use super::encoding;

/// What a file is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A scenario in TOML.
    Scenario,
    /// Where boards are, a line each.
    Places,
    /// What `--record` wrote.
    Recording,
    /// A part of a sweep's rows, in CSV.
    Shard,
    /// What a sweep has done so far.
    Journal,
    /// Any file that the rows of a sweep, or the results of tests, depend on.
    Input,
    /// A program or a file for a board.
    Program,
}

impl Kind {
    /// What it is called.
    const fn name(self) -> &'static str {
        match self {
            Self::Scenario => "a scenario",
            Self::Places => "a list of places",
            Self::Recording => "a recording",
            Self::Shard => "a sweep's shard",
            Self::Journal => "a sweep's journal",
            Self::Input => "an input of many runs",
            Self::Program => "a board's file",
        }
    }

    /// No more is read, MiB: several times what the largest run needs.
    pub(crate) const fn limit_mib(self) -> u64 {
        match self {
            Self::Scenario => 4,
            Self::Program => 64,
            Self::Places | Self::Input => 128,
            Self::Recording | Self::Shard => 2_048,
            // Its rows are a million at most.
            Self::Journal => 4_096,
        }
    }

    pub(super) const fn limit(self) -> u64 {
        self.limit_mib() << 20
    }
}

/// Why a file is not taken. It comes as the inside of an [`io::Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// It is something else.
    #[error("this is {0}, not a file")]
    NotAFile(&'static str),
    /// It is longer than any of its kind.
    #[error("{} has at most {} MiB, and this is longer", .0.name(), .0.limit_mib())]
    TooLong(Kind),
    /// It is neither UTF-8 nor UTF-16.
    #[error("this is no text: save it as UTF-8")]
    NotText,
    /// There are more entries than a person means.
    #[error("there are more than {0} files and folders in it")]
    TooMany(usize),
    /// Folders in folders.
    #[error("its folders are more than {0} deep")]
    TooDeep(usize),
}

impl From<Refusal> for io::Error {
    fn from(refusal: Refusal) -> Self {
        let kind = match refusal {
            Refusal::NotText => io::ErrorKind::InvalidData,
            Refusal::TooLong(_) => io::ErrorKind::FileTooLarge,
            _ => io::ErrorKind::InvalidInput,
        };
        Self::new(kind, refusal)
    }
}

/// Reads so much and no more: what is longer is an error, not an end.
#[derive(Debug)]
pub(crate) struct Bounded<R> {
    reader: R,
    kind: Kind,
    left: u64,
}

impl<R: Read> Bounded<R> {
    /// Up to the kind's limit.
    pub(crate) const fn new(reader: R, kind: Kind) -> Self {
        Self {
            reader,
            kind,
            left: kind.limit(),
        }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.reader.read(buffer)?;
        match self.left.checked_sub(length as u64) {
            Some(left) => self.left = left,
            None => return Err(Refusal::TooLong(self.kind).into()),
        }
        Ok(length)
    }
}

/// Opens a regular file, to read as much as its kind may have.
///
/// # Errors
/// If it can't be opened, or is something else.
pub(crate) fn open(path: &Path, kind: Kind) -> io::Result<Bounded<File>> {
    // Opening a device may do something, so it is looked at before; it may be exchanged in between, so it is looked at again.
    regular(&fs::metadata(path)?)?;
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // A pipe would be waited for.
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        options.custom_flags(flags.bits().cast_signed());
    }
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    regular(&metadata)?;
    if metadata.len() > kind.limit() {
        return Err(Refusal::TooLong(kind).into());
    }
    Ok(Bounded::new(file, kind))
}

/// Opens a regular file of the program's own, to read it and to go on with it. If there is none it is made.
///
/// # Errors
/// If it can't be opened or made, or is something else.
pub(crate) fn open_or_make(path: &Path) -> io::Result<File> {
    if let Ok(metadata) = fs::metadata(path) {
        regular(&metadata)?;
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        options.custom_flags(flags.bits().cast_signed());
    }
    let file = options.open(path)?;
    regular(&file.metadata()?)?;
    Ok(file)
}

fn regular(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_file() {
        return Ok(());
    }
    Err(Refusal::NotAFile(what(metadata)).into())
}

fn what(metadata: &Metadata) -> &'static str {
    if metadata.is_dir() {
        return "a folder";
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        let file_type = metadata.file_type();
        if file_type.is_fifo() {
            return "a pipe";
        }
        if file_type.is_socket() {
            return "a socket";
        }
    }
    "a device"
}

/// All of a file.
///
/// # Errors
/// If it is no regular file, longer than its kind may be, or can't be read.
pub(crate) fn read(path: &Path, kind: Kind) -> io::Result<Vec<u8>> {
    let mut octets = Vec::new();
    open(path, kind)?.read_to_end(&mut octets)?;
    Ok(octets)
}

/// All of a file, as text.
///
/// # Errors
/// As [`read`], and if it is neither UTF-8 nor UTF-16.
pub(crate) fn text(path: &Path, kind: Kind) -> io::Result<String> {
    encoding::decode(read(path, kind)?).ok_or_else(|| Refusal::NotText.into())
}

/// Copies a file, as long as there is room for it. Returns whether there was.
///
/// # Errors
/// If it is no regular file, or can't be copied.
pub(crate) fn copy(from: &Path, to: &Path, kind: Kind, room: &mut u64) -> io::Result<bool> {
    let mut source = match open(from, kind) {
        Ok(source) => source.take(room.saturating_add(1)),
        Err(error) if error.kind() == io::ErrorKind::FileTooLarge => return Ok(false),
        Err(error) => return Err(error),
    };
    // What is read counts, not what the folder says of it: it may grow meanwhile.
    let copied = match io::copy(&mut source, &mut File::create(to)?) {
        Err(error) if error.kind() == io::ErrorKind::FileTooLarge => return Ok(false),
        copied => copied?,
    };
    match room.checked_sub(copied) {
        Some(left) => {
            *room = left;
            Ok(true)
        }
        None => Ok(false),
    }
}

/// Whether it is a regular file, or a link to one.
pub(crate) fn is_file(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file())
}
