//! A program's process.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use command_fds::{CommandFdExt as _, FdMapping};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::interpreter::Interpreter;
use super::line::{Line, Silence};
use super::sandbox::Confinement;
use crate::undo::Undo;

/// The descriptor that the protocol is spoken on.
pub(crate) const DESCRIPTOR: i32 = 3;

/// SIGKILL, which ends a process without its doing.
const KILLED: i32 = Signal::KILL.as_raw();

/// How long a process may take to end that has closed its line.
const ENDING: Duration = Duration::from_millis(50);

/// Between two looks at whether it has.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// A program's process, which ends when this is dropped, and all that it has started.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    undo: Option<Undo>,
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
        let child = command.spawn()?;
        Ok(Self {
            undo: end_with_lab(&child),
            child,
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
            Silence::Closed => match self.ended_by_itself() {
                Ok(Some(status)) => format!("its process ended: {}", describe(status)),
                Ok(None) => "it closed its line to the lab, and was ended".to_owned(),
                Err(error) => format!("its process ended: {error}"),
            },
            Silence::Failed(error) => format!("the line to its process failed: {error}"),
        }
    }

    /// How the process ended that has closed its line. A line closes a little before its process is over, and what the lab ends itself has a
    /// status that says nothing of the program.
    fn ended_by_itself(&mut self) -> io::Result<Option<ExitStatus>> {
        let began = Instant::now();
        loop {
            let status = self.child.try_wait()?;
            if status.is_some() {
                // Its number may be another's from now on.
                self.undo = None;
            }
            if status.is_some() || began.elapsed() >= ENDING {
                return Ok(status);
            }
            std::thread::sleep(LOOK_AGAIN);
        }
    }

    fn kill(&mut self) {
        if let Some(group) = group(&self.child) {
            // It may be gone already.
            let _ = kill_process_group(group, Signal::KILL);
        }
        self.undo = None;
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

/// What a signal is called that ends a program for a fault of its own.
fn name(signal: i32) -> Option<&'static str> {
    let names = [
        (Signal::SEGV, "segmentation fault"),
        (Signal::BUS, "bus error"),
        (Signal::ABORT, "aborted"),
        (Signal::FPE, "arithmetic fault"),
        (Signal::ILL, "illegal instruction"),
        (Signal::SYS, "a system call that is not allowed"),
        (Signal::XCPU, "processor time used up"),
        (Signal::XFSZ, "file too large"),
    ];
    names
        .iter()
        .find_map(|(known, name)| (known.as_raw() == signal).then_some(*name))
}

/// The group that a process leads.
fn group(child: &Child) -> Option<Pid> {
    i32::try_from(child.id()).ok().and_then(Pid::from_raw)
}

/// Has a process that leads a group end with the lab, however the lab ends.
pub(super) fn end_with_lab(child: &Child) -> Option<Undo> {
    group(child).map(|group| Undo::new(move || end(group)))
}

/// Ends a group of processes whose leader nobody waits for any more. Its folder can go when it is over, which is soon.
fn end(group: Pid) {
    let _ = kill_process_group(group, Signal::KILL);
    let over = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
    let began = Instant::now();
    while matches!(waitid(WaitId::Pid(group), over), Ok(None)) && began.elapsed() < ENDING {
        std::thread::sleep(LOOK_AGAIN);
    }
}

fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        // Nobody else ends boards' processes so, unless somebody wants to.
        (None, Some(KILLED)) => format!("signal {KILLED}, as the system ends processes when memory is short"),
        (None, Some(signal)) => match name(signal) {
            Some(name) => format!("signal {signal} ({name})"),
            None => format!("signal {signal}"),
        },
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
