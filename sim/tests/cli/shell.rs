//! Starting the command and looking at how it ended.

use std::fs;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The command with nothing inherited that it reads.
pub(crate) fn sim(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sim"));
    command.args(args).stdin(Stdio::null());
    for name in ["RUST_LOG", "RUST_BACKTRACE", "NO_COLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command
}

/// How a command ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

pub(crate) fn run(args: &[&str]) -> Ended {
    sim(args).output().expect("the command starts").into()
}

/// What a command without complaints prints.
#[track_caller]
pub(crate) fn printed(args: &[&str]) -> String {
    let ended = run(args);
    assert_eq!((ended.code, &*ended.stderr), (Some(0), ""), "{args:?}");
    ended.stdout
}

/// The one line that a command complains with.
#[track_caller]
pub(crate) fn complaint(ended: &Ended, code: i32) -> &str {
    assert_eq!(ended.code, Some(code), "{ended:?}");
    let line = ended.stderr.strip_suffix('\n').expect("a whole line");
    assert!(line.starts_with("sim: ") && !line.contains('\n'), "{ended:?}");
    line
}

/// The complaint about a wrong command line or file; nothing else is printed.
#[track_caller]
pub(crate) fn refusal(args: &[&str]) -> String {
    let ended = run(args);
    assert_eq!(ended.stdout, "", "{args:?}");
    complaint(&ended, 2).to_owned()
}

/// A directory for one test's files.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary directory"))
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().expect("UTF-8").to_owned()
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::write(&path, content).expect("room for it");
        path
    }
}

pub(crate) fn read(path: &str) -> Vec<u8> {
    fs::read(path).expect("a readable file")
}

pub(crate) fn json(octets: &[u8]) -> Value {
    serde_json::from_slice(octets).expect("one JSON object")
}
