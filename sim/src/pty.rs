//! A pseudo-terminal that behaves like a serial port.

use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

use pty_process::{OwnedReadPty, OwnedWritePty, Pts};
use rustix::termios::OptionalActions;

/// The board's side of it.
pub(crate) struct Pty {
    pub(crate) path: PathBuf,
    pub(crate) reader: OwnedReadPty,
    pub(crate) writer: OwnedWritePty,
    /// Open all the time, so that a host may come and go as with a real port.
    _theirs: Pts,
}

impl Pty {
    pub(crate) fn open() -> io::Result<Self> {
        let (ours, theirs) = pty_process::open().map_err(io::Error::other)?;
        let path = rustix::pty::ptsname(&ours, Vec::new())?;
        // A terminal would echo what the board says before the host comes.
        let mut modes = rustix::termios::tcgetattr(&theirs)?;
        modes.make_raw();
        rustix::termios::tcsetattr(&theirs, OptionalActions::Now, &modes)?;
        let (reader, writer) = ours.into_split();
        Ok(Self {
            path: PathBuf::from(OsString::from_vec(path.into_bytes())),
            reader,
            writer,
            _theirs: theirs,
        })
    }
}
