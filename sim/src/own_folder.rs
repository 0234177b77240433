//! Folders that belong to the user and that nobody else can enter: where sockets and links are.
//!
//! In a shared folder, as the one for temporary files, a name that can be foreseen may have been taken by somebody else: who connects to a socket
//! there runs what its owner wants, and who writes to a link there writes where its owner wants.

use std::env;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use crate::undo::Undo;

/// Others' rights to read or enter, and to change.
const OTHERS: u32 = 0o077;
const OTHERS_WRITE: u32 = 0o022;

/// In such a folder, names are taken away by their owners alone.
const STICKY: u32 = 0o1000;

/// Why a folder is not used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It can't be made, or not be looked at.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is not the user's alone.
    #[error("{path} {why}, and is not used: remove it, or name a folder of your own", path = path.display())]
    Shared {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        why: &'static str,
    },
}

/// The user that this process acts for.
pub(crate) fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// The user's folder for what lasts as long as they are logged in: the one in `XDG_RUNTIME_DIR` if it is theirs alone, else one that is made among
/// the temporary files.
pub(crate) fn runtime() -> Result<PathBuf, FolderError> {
    let named = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    // After `su` it may still be another user's.
    if let Some(folder) = named.filter(|folder| folder.is_absolute() && check(folder, OTHERS).is_ok()) {
        return Ok(folder);
    }
    let shared = env::temp_dir();
    let looked_at = metadata(&shared, fs::metadata)?;
    let is_safe = looked_at.mode() & OTHERS_WRITE == 0 || looked_at.mode() & STICKY != 0;
    if !is_safe || ![0, user()].contains(&looked_at.uid()) {
        return Err(FolderError::Shared {
            path: shared,
            why: "is a folder in which others can rename what is yours",
        });
    }
    make(&shared.join(format!("sim-{}", user())))
}

/// Makes a folder that nobody else can enter, or takes the one that is there if it is such a folder.
pub(crate) fn make(path: &Path) -> Result<PathBuf, FolderError> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(source) if source.kind() != io::ErrorKind::AlreadyExists => Err(FolderError::Io {
            path: path.to_owned(),
            source,
        }),
        _ => check(path, OTHERS).map(|()| path.to_owned()),
    }
}

/// Makes a folder that the user has named, if it is not there, and looks whether others can change what is in it.
pub(crate) fn make_named(path: &Path) -> Result<(), FolderError> {
    if let Some(above) = path.parent().filter(|above| !above.as_os_str().is_empty()) {
        fs::create_dir_all(above).map_err(|source| FolderError::Io {
            path: above.to_owned(),
            source,
        })?;
    }
    match DirBuilder::new().mode(0o700).create(path) {
        Err(source) if source.kind() != io::ErrorKind::AlreadyExists => Err(FolderError::Io {
            path: path.to_owned(),
            source,
        }),
        // A link to a folder is a folder to whoever names it.
        _ => looks_right(path, &metadata(path, fs::metadata)?, OTHERS_WRITE),
    }
}

/// Whether nobody but the user and the superuser can change what is in the folder of this file.
pub(crate) fn is_trusted_place(file: &Path) -> bool {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    fs::metadata(folder.unwrap_or(Path::new(".")))
        .is_ok_and(|it| it.is_dir() && [0, user()].contains(&it.uid()) && it.mode() & OTHERS_WRITE == 0)
}

fn check(path: &Path, others: u32) -> Result<(), FolderError> {
    // A link is not followed: it is somebody's, and leads where they like.
    looks_right(path, &metadata(path, fs::symlink_metadata)?, others)
}

fn looks_right(path: &Path, metadata: &fs::Metadata, others: u32) -> Result<(), FolderError> {
    let why = if !metadata.is_dir() {
        "is no folder"
    } else if metadata.uid() != user() {
        "belongs to another user"
    } else if metadata.mode() & others != 0 {
        "is open to other users"
    } else {
        return Ok(());
    };
    Err(FolderError::Shared {
        path: path.to_owned(),
        why,
    })
}

fn metadata(path: &Path, look: fn(PathBuf) -> io::Result<fs::Metadata>) -> Result<fs::Metadata, FolderError> {
    look(path.to_owned()).map_err(|source| FolderError::Io {
        path: path.to_owned(),
        source,
    })
}

/// A symbolic link that goes when this is dropped, if it still leads where it led.
#[derive(Debug)]
pub(crate) struct OwnLink {
    name: PathBuf,
    target: PathBuf,
    _undo: Undo,
}

impl OwnLink {
    /// An old link of the user's is replaced; anything else is somebody's.
    pub(crate) fn make(target: &Path, name: &Path) -> io::Result<Self> {
        match fs::symlink_metadata(name) {
            Ok(old) if old.is_symlink() && old.uid() == user() => fs::remove_file(name)?,
            Ok(old) if old.is_symlink() => {
                return Err(io::Error::new(
                    io::ErrorKind::AlreadyExists,
                    format!("{} is another user's link, and is left alone", name.display()),
                ));
            }
            _ => {}
        }
        std::os::unix::fs::symlink(target, name)?;
        let (name, target) = (name.to_owned(), target.to_owned());
        let undo = Undo::new({
            let (name, target) = (name.clone(), target.clone());
            move || remove_link(&name, &target)
        });
        Ok(Self {
            name,
            target,
            _undo: undo,
        })
    }
}

impl Drop for OwnLink {
    fn drop(&mut self) {
        remove_link(&self.name, &self.target);
    }
}

/// Removes a link. It may have been taken away already, or be another run's by now.
fn remove_link(name: &Path, target: &Path) {
    if fs::read_link(name).is_ok_and(|leads_to| leads_to == target) {
        let _ = fs::remove_file(name);
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
    }

    fn complaint(path: &Path) -> String {
        make(path).expect_err("it is not ours alone").to_string()
    }

    #[test]
    fn a_folder_that_others_can_enter_is_not_used() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = place.path().join("own");
        assert_eq!(make(&folder).expect("it is made"), folder);
        assert_eq!(fs::metadata(&folder).expect("it is there").mode() & 0o777, 0o700);
        assert!(make(&folder).is_ok(), "the second time, too");
        set_mode(&folder, 0o710);
        assert!(complaint(&folder).contains("is open to other users"));
        assert!(make_named(&folder).is_ok(), "a folder that was named may be read");
        set_mode(&folder, 0o777);
        assert!(make_named(&folder).is_err());
        assert!(!is_trusted_place(&folder.join("file")));
        set_mode(&folder, 0o700);
        assert!(is_trusted_place(&folder.join("file")));
        let link = place.path().join("link");
        symlink(&folder, &link).expect("room");
        assert!(complaint(&link).contains("is no folder"));
        fs::write(place.path().join("file"), "").expect("room");
        assert!(complaint(&place.path().join("file")).contains("is no folder"));
    }

    #[test]
    fn another_users_folder_is_not_used() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = place.path().join("theirs");
        make(&folder).expect("it is made");
        if std::os::unix::fs::chown(&folder, Some(user() + 1), None).is_err() {
            eprintln!("skipped: only a superuser can give a folder away");
            return;
        }
        assert!(complaint(&folder).contains("belongs to another user"));
        let link = place.path().join("link");
        symlink("nowhere", &link).expect("room");
        std::os::unix::fs::lchown(&link, Some(user() + 1), None).expect("as above");
        assert!(OwnLink::make(Path::new("elsewhere"), &link).is_err());
        assert_eq!(fs::read_link(&link).expect("it is there"), Path::new("nowhere"));
    }

    #[test]
    fn only_an_own_link_goes() {
        let place = tempfile::tempdir().expect("a folder");
        let name = place.path().join("link");
        let first = OwnLink::make(Path::new("a"), &name).expect("room");
        let second = OwnLink::make(Path::new("b"), &name).expect("an old one is replaced");
        drop(first);
        assert_eq!(fs::read_link(&name).expect("it is there"), Path::new("b"));
        drop(second);
        assert!(fs::symlink_metadata(&name).is_err());
        fs::write(&name, "a file").expect("room");
        assert!(OwnLink::make(Path::new("c"), &name).is_err());
        assert_eq!(fs::read_to_string(&name).expect("it is there"), "a file");
    }
}
