//! A simulated serial board in a process of its own.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// Only a failing test waits for so long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A process whose lines are read as they come.
pub(crate) struct Lines {
    child: Child,
    lines: Receiver<String>,
}

impl Lines {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the command starts");
        let stdout = child.stdout.take().expect("it is piped");
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self { child, lines }
    }

    /// Reads up to a line that has these words. Returns all of them.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, words: &str) -> Vec<String> {
        let deadline = Instant::now() + PATIENCE;
        let mut lines = Vec::new();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => {
                    let found = line.contains(words);
                    lines.push(line);
                    if found {
                        return lines;
                    }
                }
                Err(error) => panic!("no {words:?} ({error}) in {lines:?}"),
            }
        }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it runs");
    }

    /// Waits for its end. Returns what it still said.
    pub(crate) fn rest(&mut self) -> Vec<String> {
        let lines = self.lines.iter().collect();
        self.child.wait().expect("it ends");
        lines
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        // Both fail where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) struct Board {
    folder: TempDir,
    args: Vec<String>,
    process: Lines,
    said: Vec<String>,
}

impl Board {
    /// Plugs one in that runs with these options.
    pub(crate) fn start(args: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let args = args.iter().map(ToString::to_string).collect();
        let process = launch(&folder, &args);
        Self {
            folder,
            args,
            process,
            said: Vec::new(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().expect("UTF-8").to_owned()
    }

    /// What to give to `--bridge`.
    pub(crate) fn link(&self) -> String {
        self.path("antenna")
    }

    pub(crate) fn wait_for(&mut self, words: &str) {
        let lines = self.process.wait_for(words);
        self.said.extend(lines);
    }

    /// All at once, as a cable does.
    pub(crate) fn unplug(&mut self) {
        self.process.signal(Signal::KILL);
        let rest = self.process.rest();
        self.said.extend(rest);
    }

    pub(crate) fn plug_in(&mut self) {
        self.process = launch(&self.folder, &self.args);
    }

    pub(crate) fn freeze(&mut self) {
        self.process.signal(Signal::STOP);
    }

    pub(crate) fn thaw(&mut self) {
        self.process.signal(Signal::CONT);
    }

    /// Ends it. Returns all that its boards ever said.
    pub(crate) fn stop(&mut self) -> Vec<String> {
        self.process.signal(Signal::INT);
        let rest = self.process.rest();
        self.said.extend(rest);
        std::mem::take(&mut self.said)
    }
}

fn launch(folder: &TempDir, args: &Vec<String>) -> Lines {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sim"));
    command
        .args(["antenna", "--link"])
        .arg(folder.path().join("antenna"))
        .args(args)
        .stdin(Stdio::null())
        .env_remove("RUST_LOG");
    let mut process = Lines::start(command);
    process.wait_for("simulated antenna");
    process
}
