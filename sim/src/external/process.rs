//! A program's process.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::rc::Rc;

use command_fds::{CommandFdExt as _, FdMapping};
use rustix::process::{Pid, Signal, kill_process_group};

use super::interpreter::Interpreter;
use super::line::{Line, Silence};
use super::sandbox::Confinement;

/// The descriptor that the protocol is spoken on.
pub(crate) const DESCRIPTOR: i32 = 3;

/// A program's process, which ends when this is dropped, and all that it has started.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    pub(super) line: Rc<Line>,
}

impl Process {
    /// Starts a program in its folder. What it prints is the board's console, and it has no standard input.
    pub(super) fn start(
        interpreter: &Interpreter,
        modules: &Path,
        folder: &Path,
        arguments: &[&str],
        confinement: &Confinement,
    ) -> io::Result<Self> {
        let (ours, theirs) = UnixStream::pair()?;
        let (console, out) = io::pipe()?;
        let plain = interpreter.command(modules, arguments);
        let mut command = match confinement.command(&plain, folder, modules) {
            Some(mut confined) => {
                confined.stdin(Stdio::from(OwnedFd::from(theirs)));
                confined
            }
            None => {
                let mut plain = plain;
                plain.stdin(Stdio::null());
                hand_over(&mut plain, theirs.into())?;
                plain
            }
        };
        command
            .current_dir(folder)
            .stdout(out.try_clone()?)
            .stderr(out)
            .process_group(0);
        Ok(Self {
            child: command.spawn()?,
            line: Rc::new(Line::new(ours, Some(console))?),
        })
    }

    /// Why it asks nothing any more, in a line for people.
    pub(super) fn last_words(&mut self, silence: &Silence) -> String {
        match silence {
            Silence::Patience(patience) => format!(
                "it computed for {} of real time without a pause, and was ended (--patience)",
                humantime::format_duration(*patience)
            ),
            Silence::Crawling(patience) => format!(
                "it computed for {} of real time in less than a millisecond of its board's time, and was ended (--patience)",
                humantime::format_duration(*patience)
            ),
            Silence::Unread(patience) => format!(
                "it did not read a reply for {} of real time, and was ended (--patience)",
                humantime::format_duration(*patience)
            ),
            Silence::Closed => {
                self.kill();
                match self.child.wait() {
                    Ok(status) => format!("its process ended: {}", describe(status)),
                    Err(error) => format!("its process ended: {error}"),
                }
            }
            Silence::Failed(error) => format!("the line to its process failed: {error}"),
        }
    }

    fn kill(&mut self) {
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // It may be gone already.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A process that has ended and was waited for has no group that could be another's by now.
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            self.kill();
            let _ = self.child.wait();
        }
    }
}

fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => status.to_string(),
    }
}

/// Has a command's process find the program's end of the line where the protocol says.
pub(crate) fn hand_over(command: &mut Command, theirs: OwnedFd) -> io::Result<()> {
    command
        .fd_mappings(vec![FdMapping {
            parent_fd: theirs,
            child_fd: DESCRIPTOR,
        }])
        .map(|_| ())
        .map_err(io::Error::other)
}
