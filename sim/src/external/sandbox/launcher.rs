//! The process that gives up its rights and then becomes an interpreter.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use super::super::process::hand_over;
use super::{Capabilities, limits};

/// The first argument of a program that is to be the launcher.
pub(super) const LAUNCH: &str = "__launch";

/// The first argument of a program that is to try what can be given up.
pub(super) const TRY: &str = "__try";

/// What a shell says, too, when a command can't be started.
const CANT_START: u8 = 126;

/// Becomes a board's interpreter, if this is what the process was started for; else returns `None` at once. A program that runs
/// boards' programs calls this first: [`Confinement::by`](super::Confinement::by) starts it again.
///
/// It is called while there is but one thread, and returns only if it was not asked or if it failed.
#[must_use]
pub fn launch_if_asked(args: &[OsString]) -> Option<ExitCode> {
    let rest = args.get(2..).unwrap_or_default();
    match args.get(1).and_then(|first| first.to_str()) {
        Some(LAUNCH) => Some(launch(rest)),
        Some(TRY) => Some(attempt(rest)),
        _ => None,
    }
}

/// `LAB FOLDER MODULES INTERPRETER ARGUMENT…`; the line to the lab is standard input.
fn launch(args: &[OsString]) -> ExitCode {
    let [lab, folder, modules, interpreter, arguments @ ..] = args else {
        return fail("it starts boards' programs, and is called by a lab alone");
    };
    let line = match rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), super::super::process::DESCRIPTOR) {
        Ok(line) => line,
        Err(error) => return fail(&error.to_string()),
    };
    let mut command = Command::new(interpreter);
    // Not before: what is in that folder is a board's.
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    if let Err(error) = hand_over(&mut command, line) {
        return fail(&error.to_string());
    }
    if let Err(why) = give_up(lab, folder.as_ref(), &[modules.as_ref(), interpreter.as_ref()]) {
        return fail(&why);
    }
    let error = command.exec();
    fail(&format!("{}: {error}", Path::new(interpreter).display()))
}

/// `LAB FOLDER`: gives up what programs do, and says on standard output what this system has to enforce it.
fn attempt(args: &[OsString]) -> ExitCode {
    let [lab, folder] = args else {
        return fail("it tries what boards' programs are kept from, and is called by a lab alone");
    };
    match give_up(lab, folder.as_ref(), &[]) {
        Ok(capabilities) => match io::stdout().write_all(capabilities.to_words().as_bytes()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&error.to_string()),
        },
        Err(why) => fail(&why),
    }
}

/// Standard error is the board's console.
fn fail(why: &str) -> ExitCode {
    // Nobody is left to tell if this fails.
    let _ = writeln!(io::stderr(), "{why}");
    ExitCode::from(CANT_START)
}

/// Gives up what a program in this folder is kept from. What the system has not is left out; what it has and refuses is an error.
fn give_up(lab: &OsStr, folder: &Path, needed: &[&Path]) -> Result<Capabilities, String> {
    close_fds::set_fds_cloexec(3, &[]);
    #[cfg(target_os = "linux")]
    {
        let cant = |what: &str, error: &dyn std::fmt::Display| format!("{what}: {error}");
        die_with(lab).map_err(|error| cant("its end can't be tied to the lab's", &error))?;
        let unprivileged =
            super::privileges::drop_all().map_err(|error| cant("privileges can't be given up", &error))?;
        let memory = limits::apply().map_err(|error| cant("limits can't be set", &error))?;
        let landlock = super::files::restrict(folder, needed).map_err(|error| cant("Landlock refuses", &error))?;
        let seccomp = super::calls::filter().map_err(|error| cant("the filter of system calls is refused", &error))?;
        let processes = if seccomp {
            true
        } else {
            limits::deny_processes().map_err(|error| cant("limits can't be set", &error))?
        };
        Ok(Capabilities {
            landlock,
            seccomp,
            memory,
            processes,
            unprivileged,
        })
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (lab, folder, needed);
        let memory = limits::apply().map_err(|error| format!("limits can't be set: {error}"))?;
        Ok(Capabilities {
            memory,
            unprivileged: !rustix::process::geteuid().is_root(),
            ..Capabilities::default()
        })
    }
}

/// Has this process killed when the thread ends that has started it, and so when the lab does.
#[cfg(target_os = "linux")]
fn die_with(lab: &OsStr) -> io::Result<()> {
    use rustix::process::{Signal, getppid, set_parent_process_death_signal};

    set_parent_process_death_signal(Some(Signal::KILL))?;
    let parent = getppid().map_or(0, |id| id.as_raw_nonzero().get());
    if lab == OsStr::new(&parent.to_string()) {
        Ok(())
    } else {
        Err(io::Error::other("the lab is gone"))
    }
}
