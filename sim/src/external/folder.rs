//! A board's file system: a temporary folder, with what the user's has in the beginning.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::intake::{self, Folders, TreeError};
use crate::temporary::TemporaryFolder;
use include_dir::{Dir, include_dir};

/// The modules that boards' programs import.
static MODULES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/python");

/// As much as a board's flash may hold here; real ones have 16 MiB at most.
const LARGEST: u64 = 64 << 20;

/// Why a program can't be put on a board.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A file can't be read, or not be put into the board's folder.
    #[error("can't put {path} on a board: {source}", path = path.display())]
    Copy {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A folder without a program.
    #[error("there is no main.py in {path}: a board's folder has one, and maybe boot.py, modules and files", path = path.display())]
    NoMain {
        /// Which.
        path: PathBuf,
    },
    /// More than fits.
    #[error("{path} has more than 64 MiB in it: too much for a board", path = path.display())]
    TooLarge {
        /// Which.
        path: PathBuf,
    },
}

/// Lays the modules out, for all boards of a run.
pub(super) fn lay_out_modules() -> io::Result<TemporaryFolder> {
    let folder = TemporaryFolder::new("board-")?;
    lay_out(&MODULES, folder.path())?;
    Ok(folder)
}

fn lay_out(modules: &Dir<'_>, root: &Path) -> io::Result<()> {
    let is_source = |path: &Path| path.extension().is_some_and(|extension| extension == "py");
    for file in modules.files().filter(|file| is_source(file.path())) {
        let target = root.join(file.path());
        if let Some(package) = target.parent() {
            fs::create_dir_all(package)?;
        }
        fs::write(target, file.contents())?;
    }
    modules.dirs().try_for_each(|package| lay_out(package, root))
}

/// A board's folder.
#[derive(Debug)]
pub(super) struct BoardFolder {
    folder: TemporaryFolder,
    /// The file that is run after boot.py.
    pub(super) main: String,
}

impl BoardFolder {
    /// With a copy of a script, or of a folder with `main.py`, unless it may be without.
    pub(super) fn with(path: &Path, may_be_bare: bool) -> Result<Self, SourceError> {
        let failed = |source| SourceError::Copy {
            path: path.to_owned(),
            source,
        };
        let folder = TemporaryFolder::new("board-").map_err(failed)?;
        let mut room = LARGEST;
        let main = if fs::metadata(path).map_err(failed)?.is_dir() {
            if !may_be_bare && !intake::is_file(&path.join("main.py")) {
                return Err(SourceError::NoMain { path: path.to_owned() });
            }
            let kind = intake::Kind::Program;
            let copied = intake::copy_tree(path, folder.path(), kind, &mut Folders::default(), &mut room);
            copied.map_err(|error| match error {
                TreeError::Io { path, source } => SourceError::Copy { path, source },
                TreeError::NoRoom => SourceError::TooLarge { path: path.to_owned() },
            })?;
            "main.py".to_owned()
        } else {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            copy_file(path, &folder.path().join(&name), &mut room)?;
            name
        };
        Ok(Self { folder, main })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

fn copy_file(from: &Path, to: &Path, room: &mut u64) -> Result<(), SourceError> {
    match intake::copy(from, to, intake::Kind::Program, room) {
        Ok(true) => Ok(()),
        Ok(false) => Err(SourceError::TooLarge { path: from.to_owned() }),
        Err(source) => Err(SourceError::Copy {
            path: from.to_owned(),
            source,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_copied_and_what_is_hidden_left_out() {
        let user = tempfile::tempdir().expect("a folder");
        let file = |name: &str| user.path().join(name);
        assert!(matches!(
            BoardFolder::with(user.path(), false),
            Err(SourceError::NoMain { .. })
        ));
        assert!(BoardFolder::with(user.path(), true).is_ok());
        fs::create_dir(file("lib")).expect("room");
        for name in ["main.py", "lib/own.py", ".secret"] {
            fs::write(file(name), name).expect("room");
        }
        let board = BoardFolder::with(user.path(), false).expect("a board");
        assert_eq!(
            fs::read(board.path().join("lib/own.py")).expect("a copy"),
            b"lib/own.py"
        );
        assert!(!board.path().join(".secret").exists());
        let board = BoardFolder::with(&file("lib/own.py"), false).expect("a board");
        assert_eq!(board.main, "own.py");
        assert!(matches!(
            BoardFolder::with(&file("no"), false),
            Err(SourceError::Copy { .. })
        ));
    }

    #[cfg(unix)]
    #[test]
    fn links_count_by_what_they_lead_to_and_lead_nowhere_twice() {
        use std::os::unix::fs::symlink;
        let user = tempfile::tempdir().expect("a folder");
        let library = tempfile::tempdir().expect("a folder");
        fs::write(library.path().join("own.py"), "x = 1").expect("room");
        let file = |name: &str| user.path().join(name);
        fs::write(file("main.py"), "import lib.own").expect("room");
        symlink(library.path(), file("lib")).expect("a link");
        symlink(user.path(), library.path().join("back")).expect("a link");
        let board = BoardFolder::with(user.path(), false).expect("a board");
        assert!(board.path().join("lib/own.py").is_file());
        assert!(!board.path().join("lib/back/lib").exists());
        // A hole takes no room until it is copied.
        let large = library.path().join("large.bin");
        fs::File::create(&large)
            .and_then(|file| file.set_len(LARGEST))
            .expect("room");
        symlink(&large, file("data.bin")).expect("a link");
        assert!(matches!(
            BoardFolder::with(user.path(), false),
            Err(SourceError::TooLarge { .. })
        ));
        fs::File::options()
            .write(true)
            .open(&large)
            .and_then(|file| file.set_len(LARGEST + 1))
            .expect("room");
        assert!(matches!(
            BoardFolder::with(&large, false),
            Err(SourceError::TooLarge { .. })
        ));
        let Err(error) = BoardFolder::with(Path::new("/dev/zero"), false) else {
            panic!("a device has no end");
        };
        assert!(error.to_string().contains("this is a device"), "{error}");
    }

    #[test]
    fn the_modules_are_there() {
        let modules = lay_out_modules().expect("room");
        assert!(modules.path().join("_board.py").is_file());
        assert!(modules.path().join("umqtt/simple.py").is_file());
    }
}
