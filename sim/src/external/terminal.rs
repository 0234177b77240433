//! A pseudo-terminal for each board, on which its console is: for `sim repl`, and for tools that want a serial port.
//!
//! ```text
//!   mpremote ═ DIR/NAME ═ Pty ── typed octets ──► Lab::type_in, and Ctrl-C ──► Lab::interrupt
//!                             ◄── what was said ── Lab::take_output
//! ```

use std::io;
use std::path::{Path, PathBuf};

use futures_util::future::select_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::host::Attendance;
use crate::lab::Lab;
use crate::observe::BoardId;
use crate::own_folder::{self, OwnLink};
use crate::pty::Pty;

const CTRL_C: u8 = 0x03;

/// What was said while nobody read, at most; older words make room.
const KEPT: usize = 1 << 16;

/// The terminals of a lab's boards, and the links to them.
pub struct Terminals {
    folder: PathBuf,
    terminals: Vec<Terminal>,
}

struct Terminal {
    _link: OwnLink,
    pty: Pty,
    typed: Vec<u8>,
    said: Vec<u8>,
}

impl Terminals {
    /// Makes a terminal for each board, with a link of its name in this folder.
    ///
    /// # Errors
    /// If there can't be one: there is something else in its place.
    pub fn open(folder: &Path, lab: &mut Lab) -> io::Result<Self> {
        own_folder::make_named(folder).map_err(io::Error::other)?;
        let mut terminals = Self {
            folder: folder.to_owned(),
            terminals: Vec::new(),
        };
        let names: Vec<_> = lab.boards().map(|board| board.name.replace('/', "_")).collect();
        for (index, name) in (0..).zip(names) {
            let link = folder.join(name);
            let pty = Pty::open()?;
            // An old one is of a lab that is gone.
            let link = OwnLink::make(&pty.path, &link)?;
            terminals.terminals.push(Terminal {
                _link: link,
                pty,
                typed: Vec::new(),
                said: Vec::new(),
            });
            // From here on it is listened to.
            lab.take_output(BoardId(index));
        }
        Ok(terminals)
    }

    /// Where they are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Attendance for Terminals {
    async fn ready(&mut self) {
        if self.terminals.is_empty() {
            std::future::pending::<()>().await;
        }
        let terminals = self.terminals.iter_mut().map(|terminal| Box::pin(terminal.serve()));
        select_all(terminals).await;
    }

    fn pump(&mut self, lab: &mut Lab) {
        for (index, terminal) in (0..).zip(&mut self.terminals) {
            let board = BoardId(index);
            // What comes after a Ctrl-C is for whoever is there then.
            for piece in terminal.typed.split_inclusive(|&octet| octet == CTRL_C) {
                match piece.split_last() {
                    Some((&CTRL_C, before)) => {
                        lab.type_in(board, before);
                        lab.interrupt(board);
                    }
                    _ => lab.type_in(board, piece),
                }
            }
            terminal.typed.clear();
            terminal.said.extend(lab.take_output(board));
            let surplus = terminal.said.len().saturating_sub(KEPT);
            terminal.said.drain(..surplus);
        }
    }
}

impl Terminal {
    /// Reads or writes, whichever is possible first. Given up in the middle, it loses nothing.
    async fn serve(&mut self) {
        let Self { pty, typed, said, .. } = self;
        tokio::select! {
            read = pty.reader.read_buf(typed) => {
                if read.is_err() {
                    std::future::pending::<()>().await;
                }
            }
            written = pty.writer.write(said), if !said.is_empty() => {
                if let Ok(count) = written {
                    said.drain(..count);
                }
            }
        }
    }
}

impl std::fmt::Debug for Terminals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Terminals")
            .field("folder", &self.folder)
            .field("count", &self.terminals.len())
            .finish_non_exhaustive()
    }
}
