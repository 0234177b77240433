//! Temporary folders, which only their user can enter, and which go whatever programs have made of them.

use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};

use crate::undo::Undo;

/// What its owner may do with a folder: all.
#[cfg(unix)]
const OPEN: u32 = 0o700;

/// A folder that is there as long as this.
#[derive(Debug)]
pub(crate) struct TemporaryFolder {
    path: PathBuf,
    identity: Identity,
    _undo: Undo,
}

/// What makes a folder itself, whatever its name.
type Identity = (u64, u64);

impl TemporaryFolder {
    /// Its path is without symbolic links, as the interpreter will see it.
    pub(crate) fn new(prefix: &str) -> io::Result<Self> {
        Self::within(&place()?, prefix)
    }

    fn within(place: &Path, prefix: &str) -> io::Result<Self> {
        let path = make(place, prefix)?;
        let identity = identity(&path)?;
        let removed = path.clone();
        let undo = Undo::new(move || {
            // Nobody is there to be told.
            let _ = remove_own(&removed, identity);
        });
        Ok(Self {
            path,
            identity,
            _undo: undo,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Where they are.
#[cfg(unix)]
fn place() -> io::Result<PathBuf> {
    crate::own_folder::temporary().map_err(io::Error::other)
}

#[cfg(not(unix))]
fn place() -> io::Result<PathBuf> {
    std::env::temp_dir().canonicalize()
}

/// A folder that only its owner can enter: what a board has may be secret.
fn make(place: &Path, prefix: &str) -> io::Result<PathBuf> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(OPEN));
    }
    // What tempfile does at its end fails at folders that their owner can't enter, and at a path that is long enough.
    Ok(builder.tempdir_in(place)?.keep())
}

#[cfg(unix)]
fn identity(path: &Path) -> io::Result<Identity> {
    use std::os::unix::fs::MetadataExt as _;

    let found = fs::symlink_metadata(path)?;
    Ok((found.dev(), found.ino()))
}

/// Elsewhere a folder's name is all that is known of it.
#[cfg(not(unix))]
fn identity(path: &Path) -> io::Result<Identity> {
    fs::symlink_metadata(path).map(|_| (0, 0))
}

/// Removes what was made, and nothing that has its name by now.
fn remove_own(path: &Path, made: Identity) -> io::Result<()> {
    match identity(path)? == made {
        true => remove(path),
        false => Err(io::Error::other("its name is another's by now")),
    }
}

/// Removes a folder with all that is in it.
///
/// A program can make folders in folders for as long as it likes. So this neither calls itself nor keeps folders open nor makes
/// paths longer: folders are moved to one place, under a number each, and are looked through one after the other.
fn remove(root: &Path) -> io::Result<()> {
    let place = root.parent().unwrap_or(Path::new("/"));
    let mut heap = None;
    let (mut next, mut count) = (0_u64, 0_u64);
    let mut folder = root.to_owned();
    loop {
        clear(&folder, |inner| {
            let heap = match &heap {
                Some(heap) => heap,
                None => heap.insert(make(place, "sim-")?),
            };
            fs::rename(inner, heap.join(count.to_string()))?;
            count += 1;
            Ok(())
        })?;
        fs::remove_dir(&folder)?;
        match &heap {
            Some(heap) if next < count => folder = heap.join(next.to_string()),
            _ => break,
        }
        next += 1;
    }
    heap.map_or(Ok(()), fs::remove_dir)
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        if let Err(error) = remove_own(&self.path, self.identity) {
            tracing::warn!(folder = %self.path.display(), %error, "stays behind");
        }
    }
}

/// Removes the files in a folder and has its folders moved elsewhere.
fn clear(folder: &Path, mut move_away: impl FnMut(&Path) -> io::Result<()>) -> io::Result<()> {
    open_up(folder)?;
    // Whether a list shows all of a folder that changes meanwhile is up to the file system.
    loop {
        let mut is_empty = true;
        for entry in fs::read_dir(folder)? {
            let entry: DirEntry = entry?;
            is_empty = false;
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                // One that can't be written can't be moved either.
                open_up(&path)?;
                move_away(&path)?;
            } else {
                fs::remove_file(&path)?;
            }
        }
        if is_empty {
            return Ok(());
        }
    }
}

/// Lets its owner list and change a folder: a program may have made it so that nobody can.
#[cfg(unix)]
fn open_up(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    let mut permissions = fs::symlink_metadata(folder)?.permissions();
    if permissions.mode() & OPEN == OPEN {
        return Ok(());
    }
    permissions.set_mode(permissions.mode() | OPEN);
    fs::set_permissions(folder, permissions)
}

#[cfg(not(unix))]
fn open_up(_folder: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn what_has_taken_the_name_stays() {
        let place = tempfile::tempdir().expect("a folder");
        let precious = place.path().join("precious");
        fs::create_dir(&precious).expect("room");
        fs::write(precious.join("thesis"), "x").expect("room");
        let folder = TemporaryFolder::within(place.path(), "board-").expect("room");
        let mode = fs::metadata(folder.path()).expect("a folder").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        fs::rename(folder.path(), place.path().join("elsewhere")).expect("it is ours");
        symlink("precious", folder.path()).expect("room");
        drop(folder);
        assert!(precious.join("thesis").is_file());
    }

    #[test]
    fn a_folder_goes_with_all_that_is_in_it_and_nothing_else() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = TemporaryFolder::within(place.path(), "board-").expect("room");
        fs::create_dir(place.path().join("other")).expect("room");
        fs::write(place.path().join("other/file"), "x").expect("room");
        symlink("../other", folder.path().join("link")).expect("room");
        // Names as the removal gives them, and folders that others than a superuser can't list or change.
        for path in ["0", "0/1", "0/1/0", "1", "closed", "closed/0"] {
            fs::create_dir(folder.path().join(path)).expect("room");
            fs::write(folder.path().join(path).join("file"), "x").expect("room");
        }
        for (name, mode) in [("unlisted", 0o300), ("unchanged", 0o500), ("none", 0)] {
            let mut builder = fs::DirBuilder::new();
            builder
                .mode(mode)
                .create(folder.path().join("1").join(name))
                .expect("room");
        }
        let path = folder.path().to_owned();
        drop(folder);
        assert!(!path.exists());
        let left: Vec<_> = fs::read_dir(place.path())
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        assert_eq!(left, ["other"]);
        assert!(place.path().join("other/file").is_file());
    }
}
