//! The socket that a lab listens on, and whose peers are looked at.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use tokio::net::UnixListener;

use crate::own_folder;
use crate::undo::Undo;

/// A socket's name, which goes with the lab if it is still this socket's.
#[derive(Debug)]
pub(super) struct OwnSocket {
    path: PathBuf,
    /// Which it is: device and number.
    identity: (u64, u64),
    _undo: Undo,
}

impl OwnSocket {
    /// Listens there, in place of a lab of the user's that is gone. Anything else that is there is left alone.
    pub(super) fn listen(path: &Path) -> io::Result<(UnixListener, Self)> {
        let taken = |why: &str| io::Error::new(io::ErrorKind::AlreadyExists, format!("{why}, and is left alone"));
        match fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
            Ok(it) if !it.file_type().is_socket() => return Err(taken("what is there is no socket")),
            Ok(it) if it.uid() != own_folder::user() => return Err(taken("the socket there is another user's")),
            Ok(_) => match UnixStream::connect(path) {
                Ok(_) => return Err(io::Error::new(io::ErrorKind::AddrInUse, "another lab listens there")),
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path)?,
                Err(error) => return Err(error),
            },
        }
        let listener = UnixListener::bind(path)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
        let it = fs::symlink_metadata(path)?;
        let (name, identity) = (path.to_owned(), (it.dev(), it.ino()));
        let socket = Self {
            path: path.to_owned(),
            identity,
            _undo: Undo::new(move || remove(&name, identity)),
        };
        Ok((listener, socket))
    }
}

impl Drop for OwnSocket {
    fn drop(&mut self) {
        remove(&self.path, self.identity);
    }
}

/// Removes a socket's name. It may have been taken away already, or be another lab's by now.
fn remove(path: &Path, identity: (u64, u64)) {
    if fs::symlink_metadata(path).is_ok_and(|it| (it.dev(), it.ino()) == identity) {
        let _ = fs::remove_file(path);
    }
}

/// Whether the process at the other end is the user's.
pub(super) fn is_users(peer: &tokio::net::UnixStream) -> io::Result<bool> {
    Ok(peer.peer_cred()?.uid() == own_folder::user())
}

/// Connects to a lab of the user's; `None` if who listens is another user, who would say what this process is to run.
pub(super) fn connect(path: &Path) -> io::Result<Option<UnixStream>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(async {
        let stream = tokio::net::UnixStream::connect(path).await?;
        if !is_users(&stream)? {
            return Ok(None);
        }
        let stream = stream.into_std()?;
        stream.set_nonblocking(false)?;
        Ok(Some(stream))
    })
}
