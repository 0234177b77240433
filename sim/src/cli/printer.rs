//! What a command prints besides its files.

use std::io::{self, Write as _};
use std::process::ExitCode;

use super::CliError;
use super::error;
use crate::legible;

/// Standard output for a command whose exit code says what was found. If nobody can read it, or it can't be written, the rest of the
/// work is done all the same.
#[derive(Debug, Default)]
pub(super) struct Printer {
    /// Nothing is printed after the first failure.
    failed: Option<io::Error>,
}

impl Printer {
    /// Prints a text of lines, escaped for people. JSON has escapes of its own and stays as it is.
    pub(super) fn print(&mut self, text: &str) {
        if self.failed.is_none() {
            let mut stdout = io::stdout().lock();
            let written = stdout
                .write_all(legible::lines(text).as_bytes())
                .and_then(|()| stdout.flush());
            self.failed = written.err();
        }
    }

    /// Prints a line.
    pub(super) fn line(&mut self, line: &str) {
        self.print(&format!("{line}\n"));
    }

    /// The command's exit code: the result's. A reader who has left is no failure; a full disk is one.
    pub(super) fn finish(self, result: u8) -> ExitCode {
        match unless_left(self.failed.map_or(Ok(()), Err)) {
            Ok(()) => ExitCode::from(result),
            Err(source) => {
                let error = CliError::Write {
                    what: "to standard output".to_owned(),
                    source,
                };
                error::complain(&error.to_string());
                ExitCode::from(result.max(1))
            }
        }
    }
}

/// Prints a text of lines, escaped for people, for a command whose exit code is known elsewhere. A reader who has left is no failure.
///
/// # Errors
/// If it can't be written.
pub(super) fn say(text: &str) -> Result<(), CliError> {
    unless_left(io::stdout().write_all(legible::lines(text).as_bytes())).map_err(|source| CliError::Write {
        what: "to standard output".to_owned(),
        source,
    })
}

/// What became of writing, if a reader who has seen enough is no failure.
pub(super) fn unless_left(written: io::Result<()>) -> io::Result<()> {
    written.or_else(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Ok(()),
        _ => Err(error),
    })
}
