//! The live screen in a terminal of its own: a pseudo-terminal that is read as a person would read it.
//!
//! Nothing sleeps here: a test waits for what is to be seen, and fails with the screen when it does not come.
#![cfg(unix)]

mod hanging;
mod repl;
mod replay;
#[cfg(target_os = "linux")]
mod unread;

use std::io::{Read as _, Write as _};
use std::num::NonZeroU16;
use std::path::Path;
use std::process::Child;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use pty_process::Size;
use pty_process::blocking::{Command, Pty};
use rustix::process::{Pid, Signal, kill_process};
use vt100::{Color, Parser, Screen};

/// Only a failing test waits for so long.
const PATIENCE: Duration = Duration::from_secs(20);

/// Lines that scrolled off and are kept.
const SCROLLBACK: usize = 1000;

const CTRL_C: &str = "\u{3}";

fn parser(columns: u16, rows: u16) -> Parser {
    let [columns, rows] = [columns, rows].map(|cells| NonZeroU16::new(cells).expect("cells"));
    Parser::new(rows, columns, SCROLLBACK)
}

/// A terminal in which `sim` runs.
struct Terminal {
    pty: Arc<Pty>,
    child: Child,
    output: Receiver<Vec<u8>>,
    parser: Parser,
    /// All that was written to the terminal.
    raw: Vec<u8>,
}

impl Terminal {
    fn start(args: &[&str]) -> Self {
        Self::with(80, 24, args, &[])
    }

    fn with(columns: u16, rows: u16, args: &[&str], environment: &[(&str, &str)]) -> Self {
        let (pty, pts) = pty_process::blocking::open().expect("a pseudo-terminal");
        pty.resize(Size::new(rows, columns)).expect("any size");
        let mut command = Command::new(env!("CARGO_BIN_EXE_sim"))
            .args(args)
            .env("TERM", "xterm-256color")
            .env("LC_ALL", "C.UTF-8");
        for name in ["RUST_LOG", "RUST_BACKTRACE", "NO_COLOR", "COLORTERM"] {
            command = command.env_remove(name);
        }
        let child = command
            .envs(environment.iter().copied())
            .spawn(pts)
            .expect("the command starts");
        let pty = Arc::new(pty);
        let (sender, output) = mpsc::channel();
        let source = Arc::clone(&pty);
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            // An error is how Linux says that nobody has the terminal open any more.
            while let Ok(length @ 1..) = (&*source).read(&mut buffer) {
                if sender.send(buffer[..length].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            pty,
            child,
            output,
            parser: parser(columns, rows),
            raw: Vec::new(),
        }
    }

    fn screen(&self) -> &Screen {
        self.parser.screen()
    }

    fn text(&self) -> String {
        self.screen().contents()
    }

    /// Rows as they are, with the blanks at their end.
    fn rows(&self) -> Vec<String> {
        self.screen().rows(0, u16::MAX).collect()
    }

    /// Takes in what was written. `false` if it was the last.
    fn read(&mut self, deadline: Instant) -> bool {
        match self
            .output
            .recv_timeout(deadline.saturating_duration_since(Instant::now()))
        {
            Ok(octets) => {
                self.parser.process(&octets);
                self.raw.extend(octets);
                true
            }
            Err(RecvTimeoutError::Disconnected) => false,
            Err(RecvTimeoutError::Timeout) => panic!("no patience left with:\n{}", self.text()),
        }
    }

    #[track_caller]
    fn wait_until(&mut self, shows: impl Fn(&Screen) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !shows(self.screen()) {
            assert!(self.read(deadline), "it ended with:\n{}", self.text());
        }
    }

    #[track_caller]
    fn wait_for(&mut self, words: &str) {
        self.wait_until(|screen| screen.contents().contains(words));
    }

    /// Waits for the status bar.
    #[track_caller]
    fn wait_for_status(&mut self, words: &[&str]) {
        self.wait_until(|screen| {
            let bar = screen.rows(0, u16::MAX).next().unwrap_or_default();
            words.iter().all(|words| bar.contains(words))
        });
    }

    fn press(&self, keys: &str) {
        (&*self.pty).write_all(keys.as_bytes()).expect("somebody listens");
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it runs");
    }

    fn resize(&mut self, columns: u16, rows: u16) {
        let [width, height] = [columns, rows].map(|cells| NonZeroU16::new(cells).expect("cells"));
        self.parser.set_size(height, width);
        self.pty.resize(Size::new(rows, columns)).expect("any size");
    }

    /// Waits for its end, reads what it still writes, and gives its exit code.
    #[track_caller]
    fn ends(&mut self) -> Option<i32> {
        let deadline = Instant::now() + PATIENCE;
        while self.read(deadline) {}
        self.child.wait().expect("it ends").code()
    }

    #[track_caller]
    fn assert_given_back(&self) {
        assert!(!self.screen().alternate_screen(), "the alternate screen is off");
        assert!(!self.screen().hide_cursor(), "the cursor is visible");
        let rows = self.rows();
        let farewell = rows.iter().position(|row| row.starts_with("left at "));
        assert!(farewell.is_some(), "a summary from the first column:\n{}", self.text());
        self.assert_modes_given_back();
    }

    fn assert_modes_given_back(&self) {
        let cooked = rustix::termios::LocalModes::ICANON | rustix::termios::LocalModes::ECHO;
        // Elsewhere this end does not know the other's modes.
        if cfg!(target_os = "linux") {
            let modes = rustix::termios::tcgetattr(&*self.pty).expect("a terminal");
            assert!(modes.local_modes.contains(cooked), "raw mode is off");
        }
    }

    fn cells(&self) -> impl Iterator<Item = &vt100::Cell> {
        let (rows, columns) = self.screen().size();
        let places = (0..rows.get()).flat_map(move |row| (0..columns.get()).map(move |column| (row, column)));
        places.filter_map(|(row, column)| self.screen().cell(row, column))
    }

    fn has_colours(&self) -> bool {
        self.cells()
            .any(|cell| cell.fgcolor() != Color::Default || cell.bgcolor() != Color::Default)
    }
}

fn json(path: &Path) -> serde_json::Value {
    let octets = std::fs::read(path).expect("a file");
    serde_json::from_slice(&octets).expect("one JSON object")
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Both fail where the test went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_finished_run_stays_on_the_screen_until_a_key() {
    let mut terminal = Terminal::start(&["--speed", "max"]);
    terminal.wait_for_status(&["hello  seed 1", "t = 1.214204 s", "loss 0 %", "finished"]);
    terminal.wait_for("q quit");
    let text = terminal.text();
    for words in ["sender ESP32-S3", "receiver ESP32-S3", "b'All received.'", "b'end'"] {
        assert!(text.contains(words), "{words:?} is not in\n{text}");
    }
    assert!(terminal.screen().alternate_screen() && terminal.screen().hide_cursor());
    assert!(terminal.has_colours());

    terminal.press("q");
    assert_eq!(terminal.ends(), Some(0));
    terminal.assert_given_back();
    let text = terminal.text();
    assert!(
        text.contains("advice for sender: bb:bb:bb:bb:bb:bb is a group address"),
        "{text}"
    );
    let farewell = "left at 1.214204 s: 104 frames on the air, 1 of them ACKs; 0 of 103 receptions lost";
    assert!(text.contains(farewell), "{text}");
    assert!(!text.contains("ESP32-S3"), "nothing of the screen is left:\n{text}");
}

#[test]
fn ctrl_c_and_escape_are_keys() {
    for (key, code) in [(CTRL_C, 130), ("\u{1b}", 0)] {
        let mut terminal = Terminal::start(&[]);
        terminal.wait_for("q quit");
        terminal.press(key);
        assert_eq!(terminal.ends(), Some(code), "{key:?}");
        terminal.assert_given_back();
    }
}

#[test]
fn signals_give_the_terminal_back() {
    for (signal, code) in [
        (Signal::INT, 130),
        (Signal::QUIT, 131),
        (Signal::TERM, 143),
        (Signal::HUP, 129),
    ] {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let report = folder.path().join("report.json");
        let mut terminal = Terminal::start(&["--report", report.to_str().expect("UTF-8")]);
        terminal.wait_for("q quit");
        terminal.signal(signal);
        assert_eq!(terminal.ends(), Some(code), "{signal:?}");
        terminal.assert_given_back();
        assert_eq!(json(&report)["seed"], 1);
    }
}

#[test]
fn another_size_is_another_picture() {
    let mut fresh = Terminal::with(200, 60, &["--speed", "max"], &[]);
    let complete = |screen: &Screen| {
        let rows: Vec<_> = screen.rows(0, u16::MAX).collect();
        let first_and_last = rows.first().zip(rows.last());
        first_and_last.is_some_and(|(bar, keys)| bar.trim_end().ends_with("finished") && keys.contains("q quit"))
    };
    fresh.wait_until(complete);
    let mut resized = Terminal::start(&["--speed", "max"]);
    resized.wait_until(complete);
    let small = resized.rows();
    resized.resize(200, 60);
    // Every cell counts: what is left of the old picture would never go.
    let rows = fresh.rows();
    resized.wait_until(|screen| screen.rows(0, u16::MAX).eq(rows.iter().cloned()));
    resized.resize(80, 24);
    resized.wait_until(|screen| screen.rows(0, u16::MAX).eq(small.iter().cloned()));
    resized.resize(20, 5);
    resized.wait_for("too small");
    resized.press("q");
    assert_eq!(resized.ends(), Some(0));
}

#[test]
fn keys_drive_the_run() {
    let mut terminal = Terminal::start(&["--speed", "paused"]);
    terminal.wait_for_status(&["seed 1", "t = 0.000000 s", "loss 0 %", "PAUSED"]);
    terminal.press("n");
    terminal.wait_for_status(&["t = 0.000260 s", "PAUSED"]);
    terminal.press("]");
    terminal.wait_for_status(&["loss 5 %"]);
    terminal.press("]][");
    terminal.wait_for_status(&["loss 10 %"]);
    terminal.press("r");
    terminal.wait_for_status(&["seed 2", "t = 0.000000 s", "loss 10 %", "PAUSED"]);
    // As slow as can be before it goes on, so that it is not over before it is seen.
    terminal.press("---- ");
    terminal.wait_for_status(&["0.01x"]);
    terminal.press("+");
    terminal.wait_for_status(&["0.02x"]);
    terminal.press(" ");
    terminal.wait_for_status(&["PAUSED"]);
    terminal.press("q");
    assert_eq!(terminal.ends(), Some(0));
    terminal.assert_given_back();
}

#[test]
fn panels_open_and_close() {
    let mut terminal = Terminal::start(&["--speed", "max"]);
    terminal.wait_for_status(&["finished"]);
    for (key, words) in [("?", "run again with the next seed"), ("a", "Use the receiver's own")] {
        terminal.press(key);
        terminal.wait_for(words);
        // Closes the panel, not the run.
        terminal.press("\u{1b}");
        terminal.wait_for("▸sender ESP32-S3");
        terminal.wait_until(|screen| !screen.contents().contains(words));
    }
    terminal.press("q");
    assert_eq!(terminal.ends(), Some(0));
}

#[test]
fn files_hold_the_run_that_was_left() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = folder.path().join("report.json");
    let mut terminal = Terminal::start(&["--speed", "max", "--report", path.to_str().expect("UTF-8")]);
    terminal.wait_for_status(&["seed 1", "finished"]);
    terminal.press("r");
    terminal.wait_for_status(&["seed 2", "finished"]);
    terminal.press("q");
    assert_eq!(terminal.ends(), Some(0));
    let report = json(&path);
    assert_eq!(report["seed"], 2);
    assert!(report["virtual_us"].as_u64() > Some(1_000_000));
}

#[test]
fn no_color_is_heeded() {
    let mut terminal = Terminal::with(80, 24, &["--speed", "max"], &[("NO_COLOR", "1")]);
    terminal.wait_for_status(&["finished"]);
    terminal.wait_for("q quit");
    assert!(!terminal.has_colours());
    terminal.press("q");
    assert_eq!(terminal.ends(), Some(0));
}

#[test]
fn other_locales_get_ascii() {
    let mut terminal = Terminal::with(80, 24, &["--speed", "max"], &[("LC_ALL", "C")]);
    terminal.wait_for_status(&["finished"]);
    terminal.wait_for("q quit");
    terminal.press("q");
    assert_eq!(terminal.ends(), Some(0));
    assert!(terminal.raw.is_ascii());
}

#[test]
fn a_terminal_that_cannot_move_its_cursor_gets_lines() {
    let dumb = [("TERM", "dumb")];
    for (args, environment) in [(&[][..], &dumb[..]), (&["--headless"], &[]), (&["--report", "-"], &[])] {
        let mut terminal = Terminal::with(80, 24, args, environment);
        assert_eq!(terminal.ends(), Some(0), "{args:?}");
        assert!(!terminal.raw.contains(&0x1b), "{args:?}:\n{}", terminal.text());
    }
}

#[test]
fn logs_do_not_spoil_the_picture() {
    let mut terminal = Terminal::with(80, 24, &["--speed", "max"], &[("RUST_LOG", "sim=debug")]);
    terminal.wait_for_status(&["finished"]);
    terminal.press("q");
    assert_eq!(terminal.ends(), Some(0));
    let raw = String::from_utf8_lossy(&terminal.raw);
    assert!(!raw.contains("DEBUG") && !raw.contains("sim::lab"));
}

#[test]
fn a_wrong_command_line_leaves_the_terminal_alone() {
    for args in [&["--loss", "2"][..], &["--pcap", "/no such/folder/air"]] {
        let mut terminal = Terminal::start(args);
        assert_eq!(terminal.ends(), Some(2));
        assert!(terminal.raw.starts_with(b"sim: ") && !terminal.raw.contains(&0x1b));
    }
}
