//! What a board is given of a folder, and what that is in a few letters.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::{Folders, Kind, copy, is_file, open};

/// Why a folder is not copied.
#[derive(Debug)]
pub(crate) enum TreeError {
    /// A file or a folder can't be read or made.
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is more than there is room for.
    NoRoom,
}

/// What is hidden and what Python has compiled is left behind.
fn is_left_behind(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".") || name == "__pycache__"
}

/// Copies all that is in a folder, but for what is hidden, into another one, as long as there is room. Links are followed, as a copy
/// has none; devices and pipes stay behind.
pub(crate) fn copy_tree(
    from: &Path,
    to: &Path,
    kind: Kind,
    folders: &mut Folders,
    room: &mut u64,
) -> Result<(), TreeError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| TreeError::Io { path, source }
    };
    let Some(paths) = folders.enter(from).map_err(failed(from))? else {
        return Ok(());
    };
    for path in paths {
        let name = path.file_name().unwrap_or_default();
        if is_left_behind(name) {
            continue;
        }
        let target = to.join(name);
        if path.is_dir() {
            fs::create_dir(&target).map_err(failed(&path))?;
            copy_tree(&path, &target, kind, folders, room)?;
        } else if is_file(&path) && !copy(&path, &target, kind, room).map_err(failed(&path))? {
            return Err(TreeError::NoRoom);
        }
    }
    folders.leave();
    Ok(())
}

/// The SHA-256 of a file, or of all of a folder that [`copy_tree`] copies, in an order that does not depend on the file system.
pub(crate) fn digest(path: &Path) -> io::Result<[u8; 32]> {
    let mut digest = Sha256::new();
    add(path, &mut Folders::default(), &mut digest)?;
    Ok(digest.finalize().into())
}

/// The SHA-256 of what a reader brings.
pub(crate) fn digest_of(reader: impl Read) -> io::Result<[u8; 32]> {
    let mut digest = Sha256::new();
    add_octets(reader, &mut digest)?;
    Ok(digest.finalize().into())
}

fn add(path: &Path, folders: &mut Folders, digest: &mut Sha256) -> io::Result<()> {
    if !path.is_dir() {
        let file = open(path, Kind::Input)?;
        digest.update(fs::metadata(path)?.len().to_le_bytes());
        return add_octets(file, digest);
    }
    let Some(entries) = folders.enter(path)? else {
        return Ok(());
    };
    for entry in entries {
        let name = entry.file_name().unwrap_or_default();
        if is_left_behind(name) {
            continue;
        }
        if entry.is_dir() || is_file(&entry) {
            digest.update((name.len() as u64).to_le_bytes());
            digest.update(name.as_encoded_bytes());
            add(&entry, folders, digest)?;
        }
    }
    folders.leave();
    Ok(())
}

fn add_octets(file: impl Read, digest: &mut Sha256) -> io::Result<()> {
    let mut file = BufReader::with_capacity(1 << 16, file);
    loop {
        let octets = file.fill_buf()?;
        if octets.is_empty() {
            return Ok(());
        }
        digest.update(octets);
        let length = octets.len();
        file.consume(length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_all_that_is_copied_from_it() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let file = |name: &str| folder.path().join(name);
        fs::create_dir_all(file("lib")).expect("room");
        fs::write(file("main.py"), "1").expect("room");
        let of = || {
            let copied = tempfile::tempdir().expect("a temporary directory");
            let mut room = 100;
            let done = copy_tree(
                folder.path(),
                copied.path(),
                Kind::Input,
                &mut Folders::default(),
                &mut room,
            );
            done.expect("room");
            let digests = [folder.path(), copied.path()].map(|path| digest(path).expect("it can be read"));
            assert_eq!(digests[0], digests[1]);
            digests[0]
        };
        let mut before = of();
        for (name, counts) in [("lib/own.py", true), ("main.py", true), (".git", false)] {
            fs::write(file(name), "2").expect("room");
            let after = of();
            assert_eq!(before != after, counts, "{name}");
            before = after;
        }
        // What is in a file can't be taken for the next file's name.
        fs::rename(file("lib/own.py"), file("lib/other.py")).expect("room");
        assert_ne!(before, of());
    }
}
