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

/// Rights of those who are not in the folder's group.
const OTHERS_OF_ALL: u32 = 0o007;

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
    /// There is no folder for temporary files.
    #[error("{path}, where temporary files go: {source}; set TMPDIR to a folder of your own", path = path.display())]
    Temporary {
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
    make(&temporary()?.join(format!("sim-{}", user())))
}

/// The folder for temporary files, without links in its path: one in which nobody but the user and the superuser can rename what is the
/// user's, nor in one of those that it is in.
pub(crate) fn temporary() -> Result<PathBuf, FolderError> {
    let named = env::temp_dir();
    // TMPDIR may be set to nothing.
    let named = match named.as_os_str().is_empty() {
        true => PathBuf::from("/tmp"),
        false => named,
    };
    let path = named.canonicalize().map_err(|source| FolderError::Temporary {
        path: named.clone(),
        source,
    })?;
    for folder in path.ancestors() {
        let looked_at = metadata(folder, fs::metadata)?;
        if !keeps_names(&looked_at) {
            return Err(FolderError::Shared {
                path: folder.to_owned(),
                why: "is a folder in which others can rename what is yours (TMPDIR)",
            });
        }
    }
    Ok(path)
}

/// Whether nobody but the user and the superuser can rename what is the user's in it. A group of the user's own is nobody else.
fn keeps_names(folder: &fs::Metadata) -> bool {
    let others = match folder.gid() == rustix::process::getegid().as_raw() {
        true => OTHERS_WRITE & OTHERS_OF_ALL,
        false => OTHERS_WRITE,
    };
    let is_safe = folder.mode() & others == 0 || folder.mode() & STICKY != 0;
    is_safe && [0, user()].contains(&folder.uid())
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
    /// The link of a run that is gone is replaced; anything else is somebody's.
    pub(crate) fn make(target: &Path, name: &Path) -> io::Result<Self> {
        let left_alone = |why: &str| {
            io::Error::new(
                io::ErrorKind::AlreadyExists,
                format!(
                    "{} {why}, and is left alone: remove it, or name another folder",
                    name.display()
                ),
            )
        };
        match fs::symlink_metadata(name) {
            Ok(old) if !old.is_symlink() => {}
            Ok(old) if old.uid() != user() => return Err(left_alone("is another user's link")),
            Ok(_) if is_of_a_run_that_is_gone(name, target) => fs::remove_file(name)?,
            Ok(_) => return Err(left_alone("leads to what is there (another run's, or your own)")),
            Err(_) => {}
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

/// Whether a link leads to a terminal that is not there any more, or whose number is this run's by now: the system gives the lowest that is free.
fn is_of_a_run_that_is_gone(link: &Path, ours: &Path) -> bool {
    let target = fs::read_link(link).unwrap_or_default();
    target.starts_with("/dev") && (target == ours || fs::metadata(link).is_err())
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
    fn a_folder_in_which_others_rename_is_none_for_temporary_files() {
        let place = tempfile::tempdir().expect("a folder");
        for (mode, is_safe) in [
            (0o755, true),
            (0o700, true),
            (0o775, true),
            (0o777, false),
            (0o1777, true),
        ] {
            set_mode(place.path(), mode);
            let looked_at = fs::metadata(place.path()).expect("it is there");
            assert_eq!(keeps_names(&looked_at), is_safe, "{mode:o}");
        }
        set_mode(place.path(), 0o775);
        if std::os::unix::fs::chown(place.path(), None, Some(rustix::process::getegid().as_raw() + 1)).is_ok() {
            assert!(!keeps_names(&fs::metadata(place.path()).expect("it is there")));
        }
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
        let [gone, other] = ["/dev/pts/gone", "/dev/pts/other"].map(Path::new);
        let first = OwnLink::make(gone, &name).expect("room");
        let second = OwnLink::make(other, &name).expect("one that leads nowhere any more is replaced");
        drop(first);
        assert_eq!(fs::read_link(&name).expect("it is there"), other);
        drop(second);
        assert!(fs::symlink_metadata(&name).is_err());
        // A run that was killed has left a link to a terminal whose number is this run's.
        let null = Path::new("/dev/null");
        symlink(null, &name).expect("room");
        drop(OwnLink::make(null, &name).expect("it is replaced"));
        // One that leads to something else is in use, and one that led elsewhere is the user's own.
        for target in ["/dev/null", "../other", "/nowhere/else"].map(Path::new) {
            symlink(target, &name).expect("room");
            let refused = OwnLink::make(gone, &name).expect_err("it is left alone").to_string();
            assert!(
                refused.contains("leads to what is there (another run's, or your own)"),
                "{refused}"
            );
            assert_eq!(fs::read_link(&name).expect("it is there"), target);
            fs::remove_file(&name).expect("it is ours");
        }
        fs::write(&name, "a file").expect("room");
        assert!(OwnLink::make(gone, &name).is_err());
        assert_eq!(fs::read_to_string(&name).expect("it is there"), "a file");
    }
}
