//! What a path leads to, and whether two paths lead to the same file.

use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

/// Links that are followed from one name; more go round in circles.
const LINKS: usize = 40;

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Standard output: `-`, `/dev/stdout`, or the file that standard output was directed to.
    Stdout,
    /// Another descriptor of a process, as `/dev/stderr` is. What is written is added to what is there.
    Descriptor(PathBuf),
    /// A device, a FIFO or a socket. It is written directly.
    Special(PathBuf),
    /// A file, or a name that one can have. The path has no links in it, as far as it exists.
    File(PathBuf),
}

impl Place {
    /// What a path leads to.
    pub(crate) fn of(path: &Path) -> Self {
        if path == Path::new("-") || is_standard_output(path) {
            return Self::Stdout;
        }
        let mut place = path.to_owned();
        for _ in 0..LINKS {
            if let Some(number) = descriptor(&place) {
                return match number {
                    1 => Self::Stdout,
                    _ => Self::Descriptor(place),
                };
            }
            let Ok(target) = fs::read_link(&place) else { break };
            place = folder(&place).join(target);
        }
        match fs::metadata(&place) {
            Ok(found) if !found.is_file() && !found.is_dir() => Self::Special(place),
            _ => Self::File(resolve(&place)),
        }
    }

    /// Whether both are the same file. What takes whatever several writers give it, as `/dev/null` does, is nobody's.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        if self == &Self::Stdout || other == &Self::Stdout {
            return self == other;
        }
        let (path, other) = (self.path(), other.path());
        match (fs::metadata(path), fs::metadata(other)) {
            (Ok(found), Ok(other_found)) if identity(&found).is_some() || identity(&other_found).is_some() => {
                identity(&found) == identity(&other_found)
            }
            (Ok(found), Ok(_)) => found.is_file() && path == other,
            _ => path == other,
        }
    }

    /// Whether it is in a folder, or in one below.
    pub(crate) fn is_in(&self, folder: &Path) -> bool {
        match (self, folder.canonicalize()) {
            (Self::File(path), Ok(folder)) => path.starts_with(folder),
            _ => false,
        }
    }

    fn path(&self) -> &Path {
        match self {
            Self::Stdout => Path::new("-"),
            Self::Descriptor(path) | Self::Special(path) | Self::File(path) => path,
        }
    }
}

/// Opens a place to be written to from its beginning on, while others may already read. A file that is there is emptied.
pub(crate) fn stream(path: &Path) -> io::Result<Box<dyn Write>> {
    Ok(match Place::of(path) {
        Place::Stdout => Box::new(io::stdout()),
        Place::Descriptor(path) => Box::new(File::options().append(true).open(path)?),
        Place::Special(path) | Place::File(path) => Box::new(File::create(path)?),
    })
}

/// The folder that a name is in.
pub(super) fn folder(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// The path without links. A file that is not there yet has its folder's.
fn resolve(path: &Path) -> PathBuf {
    if let Ok(resolved) = path.canonicalize() {
        return resolved;
    }
    match (folder(path).canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

/// The number of the descriptor that a name like `/proc/self/fd/1` or `/dev/fd/1` stands for.
fn descriptor(path: &Path) -> Option<u32> {
    let number = path.file_name()?.to_str()?.parse().ok()?;
    let folder = folder(path).canonicalize().ok()?;
    let is_of_process = folder.starts_with("/proc") && folder.components().next_back() == Some(name("fd"));
    (is_of_process || folder == Path::new("/dev/fd")).then_some(number)
}

fn name(text: &str) -> Component<'_> {
    Component::Normal(text.as_ref())
}

/// Whether a path leads to the very file, pipe or terminal that standard output is.
#[cfg(unix)]
fn is_standard_output(path: &Path) -> bool {
    use std::io::IsTerminal as _;
    use std::os::unix::fs::MetadataExt as _;

    let Ok(found) = fs::metadata(path) else { return false };
    let Ok(stdout) = rustix::fs::fstat(io::stdout()) else {
        return false;
    };
    // The fields' types differ from system to system.
    #[allow(clippy::unnecessary_cast, clippy::cast_lossless)]
    let is_same = (found.dev(), found.ino()) == (stdout.st_dev as u64, stdout.st_ino as u64);
    is_same && (identity(&found).is_some() || io::stdout().is_terminal())
}

#[cfg(not(unix))]
fn is_standard_output(_path: &Path) -> bool {
    false
}

/// What makes a file itself, whatever its name; none of devices and folders.
#[cfg(unix)]
fn identity(found: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};

    let kind = found.file_type();
    let is_device = kind.is_char_device() || kind.is_block_device() || kind.is_dir();
    (!is_device).then(|| (found.dev(), found.ino()))
}

#[cfg(not(unix))]
fn identity(_found: &Metadata) -> Option<(u64, u64)> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_same(path: &Path, other: &Path) -> bool {
        Place::of(path).is_same(&Place::of(other))
    }

    #[test]
    fn one_file_has_many_names() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let file = |name| folder.path().join(name);
        for _ in ["not there yet", "there"] {
            assert!(is_same(&file("air"), &file("air")));
            assert!(is_same(&file("./air"), &folder.path().join("../").join(file("air"))));
            assert!(!is_same(&file("air"), &file("events")));
            fs::write(file("air"), "").expect("room for nothing");
        }
        assert!(is_same(&file("no/air"), &file("no/air")));
        assert!(is_same(Path::new("air"), Path::new("./air")));
        assert!(!is_same(folder.path(), folder.path()), "no file at all");
        assert!(Place::of(&file("new")).is_in(folder.path()));
        assert!(!Place::of(&file("new")).is_in(&file("air")));
    }

    #[test]
    #[cfg(unix)]
    fn links_of_all_kinds_are_names() {
        use std::os::unix::fs::symlink;

        let folder = tempfile::tempdir().expect("a temporary directory");
        let file = |name| folder.path().join(name);
        symlink("later", file("dangling")).expect("a link");
        symlink("dangling", file("link to a link")).expect("a link");
        assert!(is_same(&file("dangling"), &file("later")));
        assert!(is_same(&file("link to a link"), &file("later")));
        fs::write(file("air"), "").expect("room for nothing");
        fs::hard_link(file("air"), file("hard")).expect("a link");
        assert!(is_same(&file("air"), &file("hard")));
        assert!(!is_same(&file("air"), &file("later")));
        symlink("round", file("round")).expect("a link");
        assert!(matches!(Place::of(&file("round")), Place::File(_)));
        assert!(!is_same(Path::new("/dev/null"), Path::new("/dev/null")));
        if Path::new("/dev/stderr").exists() {
            // Both may lead to the same file.
            let stderr = Place::of(Path::new("/dev/stderr"));
            assert!(matches!(stderr, Place::Descriptor(_) | Place::Stdout), "{stderr:?}");
            assert_eq!(Place::of(Path::new("/dev/stdout")), Place::Stdout);
        }
    }
}
