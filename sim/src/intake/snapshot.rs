//! Files as they were at one time, for many runs that are to be the same but for their seeds.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{Folders, Kind, Refusal, TreeError, copy, copy_tree, digest};
use crate::temporary::TemporaryFolder;

/// Copies of files and folders. Whoever reads the copies reads the same in the last run as in the first, whatever becomes of the files.
#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    /// Where the copies are, if there are any.
    folder: Option<TemporaryFolder>,
    copies: BTreeMap<PathBuf, Copied>,
}

#[derive(Debug)]
struct Copied {
    /// Under the same name, in a folder of its own; `None` if it was only looked at.
    path: Option<PathBuf>,
    digest: [u8; 32],
}

/// Where copies are.
fn folder() -> io::Result<TemporaryFolder> {
    let folder = TemporaryFolder::new("sim-copies-")
        .map_err(|error| io::Error::new(error.kind(), format!("it can't be copied: {error}")))?;
    // Demos take the names of files as text.
    if folder.path().to_str().is_none() {
        let message = "its copy has no place: the name of the folder for temporary files (TMPDIR) is not UTF-8";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    Ok(folder)
}

impl Snapshot {
    /// Copies these files and folders.
    ///
    /// # Errors
    /// Which can't be copied, and why.
    pub(crate) fn of<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Result<Self, (PathBuf, io::Error)> {
        let mut snapshot = Self::default();
        for path in paths {
            snapshot.add(path).map_err(|source| (path.to_owned(), source))?;
        }
        Ok(snapshot)
    }

    fn add(&mut self, path: &Path) -> io::Result<()> {
        let folder = match &self.folder {
            Some(folder) => folder,
            None => self.folder.insert(folder()?),
        };
        let folder = folder.path().join(self.copies.len().to_string());
        fs::create_dir(&folder)?;
        let target = folder.join(path.file_name().unwrap_or("it".as_ref()));
        let kind = Kind::Input;
        let mut room = kind.limit();
        let too_long = || io::Error::from(Refusal::TooLong(kind));
        if path.is_dir() {
            fs::create_dir(&target)?;
            copy_tree(path, &target, kind, &mut Folders::default(), &mut room).map_err(|error| match error {
                TreeError::Io { source, .. } => source,
                TreeError::NoRoom => too_long(),
            })?;
        } else if !copy(path, &target, kind, &mut room)? {
            return Err(too_long());
        }
        let copied = Copied {
            digest: digest(&target)?,
            path: Some(target),
        };
        self.copies.insert(path.to_owned(), copied);
        Ok(())
    }

    /// Looks at a file without copying it, so that [`Self::changed`] tells if it changes.
    ///
    /// # Errors
    /// If it can't be read.
    pub(crate) fn watch(&mut self, path: &Path) -> io::Result<()> {
        let digest = digest(path)?;
        let looked_at = Copied { path: None, digest };
        self.copies.entry(path.to_owned()).or_insert(looked_at);
        Ok(())
    }

    /// Where the copy of a file is; the file itself if it was not copied.
    pub(crate) fn copy_of<'a>(&'a self, path: &'a Path) -> &'a Path {
        let copied = self.copies.get(path).and_then(|copied| copied.path.as_deref());
        copied.unwrap_or(path)
    }

    /// What was copied or looked at, with the SHA-256 of it.
    pub(crate) fn digests(&self) -> impl Iterator<Item = (&Path, [u8; 32])> {
        self.copies.iter().map(|(path, copied)| (&**path, copied.digest))
    }

    /// What is not any more what it was.
    pub(crate) fn changed(&self) -> Vec<PathBuf> {
        let is_changed = |(path, copied): &(&PathBuf, &Copied)| digest(path).ok() != Some(copied.digest);
        let changed = self.copies.iter().filter(is_changed);
        changed.map(|(path, _)| path.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_stays_what_the_file_was() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("board")).expect("room");
        for name in [
            "a.py",
            "b.py",
            "board/main.py",
            "board/.hidden",
            "other.py",
            "watched.toml",
        ] {
            fs::write(path(name), "before").expect("room");
        }
        let paths = ["a.py", "b.py", "board"].map(path);
        let mut snapshot = Snapshot::of(paths.iter().map(PathBuf::as_path)).expect("room");
        snapshot.watch(&path("watched.toml")).expect("it is there");
        assert!(snapshot.changed().is_empty());
        assert_eq!(snapshot.digests().count(), 4);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;

            let place = snapshot.folder.as_ref().expect("there are copies").path();
            let mode = fs::metadata(place).expect("it is there").permissions().mode();
            assert_eq!(mode & 0o777, 0o700, "a program's secrets are nobody else's");
        }
        for name in ["a.py", "board/main.py", "board/.hidden", "other.py", "watched.toml"] {
            fs::write(path(name), "after").expect("room");
        }
        fs::remove_file(path("b.py")).expect("it is there");
        assert_eq!(snapshot.changed(), [&paths[..], &[path("watched.toml")]].concat());
        for (path, inner) in paths.iter().zip(["", "", "main.py"]) {
            let copy = snapshot.copy_of(path);
            assert!(copy != path && copy.file_name() == path.file_name());
            let file = if inner.is_empty() {
                copy.to_owned()
            } else {
                copy.join(inner)
            };
            assert_eq!(fs::read(file).expect("a copy"), b"before", "{}", path.display());
        }
        for name in ["other.py", "watched.toml"] {
            assert_eq!(snapshot.copy_of(&path(name)), path(name));
        }
        let place = snapshot.copy_of(&paths[0]).to_owned();
        drop(snapshot);
        assert!(!place.exists());
    }

    #[test]
    fn what_has_no_end_is_not_copied() {
        let Err((path, error)) = Snapshot::of([Path::new("/dev/zero")]) else {
            panic!("a device has no end");
        };
        assert_eq!(path, Path::new("/dev/zero"));
        assert!(error.to_string().contains("this is a device"), "{error}");
    }
}
