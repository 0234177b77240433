//! Files that are complete or not there.

use std::fs::{self, File, Permissions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use super::place::{Place, folder};
use crate::undo::Undo;

/// A file that will be written in one piece, beside its name, and renamed when it is complete. Until then, and for good if that
/// never happens, what was there before stays.
#[derive(Debug)]
pub(crate) struct Whole(Target);

#[derive(Debug)]
enum Target {
    Stdout,
    /// A device, a FIFO or a descriptor: there is nothing to be renamed.
    Open(File),
    /// The folder takes no new file, the file itself can be written.
    Over(File),
    Beside {
        path: PathBuf,
        /// Those of the file that is replaced.
        permissions: Option<Permissions>,
    },
}

impl Whole {
    /// Finds out whether a path can be written, and changes nothing yet.
    ///
    /// # Errors
    /// If it can't be.
    pub(crate) fn prepare(path: &Path) -> io::Result<Self> {
        let path = match Place::of(path) {
            Place::Stdout => return Ok(Self(Target::Stdout)),
            Place::Descriptor(path) => {
                return Ok(Self(Target::Open(File::options().append(true).open(path)?)));
            }
            Place::Special(path) => return Ok(Self(Target::Open(File::options().write(true).open(path)?))),
            Place::File(path) => path,
        };
        match File::options().write(true).open(&path) {
            Ok(file) => {
                let permissions = file.metadata()?.permissions();
                Ok(Self(match beside(&path) {
                    Ok(_) => Target::Beside {
                        path,
                        permissions: Some(permissions),
                    },
                    Err(_) => Target::Over(file),
                }))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                beside(&path)?;
                Ok(Self(Target::Beside {
                    path,
                    permissions: None,
                }))
            }
            Err(error) => Err(error),
        }
    }

    /// Writes all of it, and only then gives it its name.
    ///
    /// # Errors
    /// If `fill` fails, or the file does; what was there before is untouched then, unless it had to be written in place.
    pub(crate) fn write(self, fill: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>) -> io::Result<()> {
        match self.0 {
            Target::Stdout => buffered(io::stdout(), fill).map(drop),
            Target::Open(file) => buffered(file, fill).map(drop),
            Target::Over(file) => {
                file.set_len(0)?;
                buffered(file, fill).map(drop)
            }
            Target::Beside { path, permissions } => {
                let file = beside(&path)?;
                let part = file.path().to_owned();
                let _undo = Undo::new(move || {
                    let _ = fs::remove_file(part);
                });
                let file = buffered(file, fill)?;
                if let Some(permissions) = permissions {
                    file.as_file().set_permissions(permissions)?;
                }
                file.as_file().sync_all()?;
                file.persist(&path).map(drop).map_err(|error| error.error)
            }
        }
    }
}

fn buffered<W: Write + Send>(out: W, fill: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>) -> io::Result<W> {
    let mut out = BufWriter::new(out);
    fill(&mut out)?;
    out.into_inner().map_err(io::IntoInnerError::into_error)
}

/// A new file beside a name, `.report.json.sim-a1b2c3.part`, which is removed unless it gets the name.
fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // A name has 255 octets at most.
    let name: String = name.chars().take(40).collect();
    let prefix = format!(".{name}.sim-");
    let mut builder = Builder::new();
    builder.prefix(&prefix).suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // Less what the user's mask takes away, as with any new file.
        builder.permissions(Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder(path)).map_err(without_path)
}

/// What went wrong, without the name of a file that nobody knows.
fn without_path(error: io::Error) -> io::Error {
    match error.get_ref() {
        Some(_) => error.kind().into(),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a folder has something in it that is not complete.
    fn has_parts(folder: &Path) -> bool {
        let entries = fs::read_dir(folder).expect("a folder");
        entries
            .flatten()
            .any(|entry| entry.file_name().to_string_lossy().ends_with(".part"))
    }

    #[test]
    fn what_fails_leaves_what_was_there() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let path = folder.path().join("report.json");
        for before in [None, Some("the last one")] {
            if let Some(text) = before {
                fs::write(&path, text).expect("room");
            }
            let whole = Whole::prepare(&path).expect("it can be written");
            assert_eq!(fs::read_to_string(&path).ok().as_deref(), before, "nothing is emptied");
            let failed = whole.write(|out| {
                out.write_all(b"half of it")?;
                Err(io::ErrorKind::StorageFull.into())
            });
            assert_eq!(failed.expect_err("no room").kind(), io::ErrorKind::StorageFull);
            assert_eq!(fs::read_to_string(&path).ok().as_deref(), before);
            assert!(!has_parts(folder.path()));
        }
        let whole = Whole::prepare(&path).expect("it can be written");
        whole.write(|out| out.write_all(b"all of it")).expect("room");
        assert_eq!(fs::read_to_string(&path).expect("text"), "all of it");
        assert!(!has_parts(folder.path()));
    }

    #[test]
    fn an_error_names_no_file_that_nobody_knows() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let error = Whole::prepare(&folder.path().join("none/page.html")).expect_err("no folder");
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert!(!error.to_string().contains(".part"), "{error}");
    }

    #[test]
    #[cfg(unix)]
    fn links_are_written_through_and_modes_are_kept() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};

        let folder = tempfile::tempdir().expect("a temporary directory");
        let file = |name| folder.path().join(name);
        fs::create_dir(file("elsewhere")).expect("room");
        symlink("elsewhere/report", file("link")).expect("a link");
        for text in ["new", "newer"] {
            let whole = Whole::prepare(&file("link")).expect("it can be written");
            whole.write(|out| out.write_all(text.as_bytes())).expect("room");
            assert!(fs::symlink_metadata(file("link")).expect("a link").is_symlink());
            assert_eq!(fs::read_to_string(file("elsewhere/report")).expect("text"), text);
            fs::set_permissions(file("elsewhere/report"), Permissions::from_mode(0o640)).expect("ours");
        }
        let mode = fs::metadata(file("link")).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
    }
}
