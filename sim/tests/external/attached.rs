//! `sim lab` and `sim python`: programs that become boards of a lab that runs already.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use sim::external::Interpreter;

use crate::desk::interpreters;

/// A lab that ends with the test.
struct RunningLab {
    child: Child,
    folder: tempfile::TempDir,
}

impl RunningLab {
    fn start(boards: u8) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut child = sim()
            .args(["lab", "--boards", &boards.to_string(), "--listen"])
            .arg(folder.path().join("lab"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("the command starts");
        // It says so when it listens.
        let mut line = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        assert!(line.contains("boards wait"), "{line}");
        Self { child, folder }
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("lab")
    }

    fn python(&self, interpreter: &Interpreter, args: &[&str]) -> Command {
        let mut command = sim();
        command
            .env("SIM_LAB", self.socket())
            .env("SIM_INTERPRETER", interpreter.path())
            .arg("python")
            .args(args)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

impl Drop for RunningLab {
    fn drop(&mut self) {
        if let Some(id) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(id, Signal::INT);
        }
        let _ = self.child.wait();
    }
}

fn sim() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sim"));
    for name in ["RUST_LOG", "SIM_LAB", "SIM_INTERPRETER"] {
        command.env_remove(name);
    }
    command
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

const LISTENER: &str = "
import network, espnow
network.WLAN(network.STA_IF).active(True)
e = espnow.ESPNow()
e.active(True)
print(network.WLAN(network.STA_IF).config('mac'))
host, msg = e.recv()
print(msg)
";

const SPEAKER: &str = "
import sys, network, espnow
network.WLAN(network.STA_IF).active(True)
e = espnow.ESPNow()
e.active(True)
peer = eval(sys.stdin.readline())
e.add_peer(peer)
print(e.send(peer, 'typed ' + input()))
";

#[test]
fn two_programs_talk_in_a_lab_and_hear_their_own_standard_input() {
    for interpreter in interpreters() {
        let lab = RunningLab::start(2);
        let mut listener = lab.python(&interpreter, &["-c", LISTENER]).spawn().expect("it starts");
        let mut heard = BufReader::new(listener.stdout.take().expect("a pipe"));
        let mut address = String::new();
        heard.read_line(&mut address).expect("an address");
        let mut speaker = lab
            .python(&interpreter, &["-c", SPEAKER])
            .stdin(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut stdin = speaker.stdin.take().expect("a pipe");
        stdin.write_all(address.as_bytes()).expect("room");
        stdin.write_all(b"by hand\n").expect("room");
        let spoken: Output = speaker.wait_with_output().expect("it ends");
        assert_eq!(text(&spoken.stdout), "True\n", "{}", text(&spoken.stderr));
        let mut message = String::new();
        heard.read_line(&mut message).expect("a message");
        assert_eq!(message, "b'typed by hand'\n");
        assert!(listener.wait().expect("it ends").success());
    }
}

#[test]
fn a_program_ends_as_it_would_without_a_lab() {
    for interpreter in interpreters() {
        let lab = RunningLab::start(1);
        let run = |args: &[&str]| lab.python(&interpreter, args).output().expect("it ends");
        // One board, one after the other.
        let output = run(&["-c", "import sys; print(sys.argv); sys.exit(3)", "one", "two"]);
        assert_eq!(text(&output.stdout), "['-c', 'one', 'two']\n");
        assert_eq!(output.status.code(), Some(3));
        std::fs::write(lab.folder.path().join("file.py"), "print('a file')\n1 / 0\n").expect("room");
        let output = run(&["file.py"]);
        assert!(
            text(&output.stdout).starts_with("a file\nTraceback"),
            "{}",
            text(&output.stdout)
        );
        assert!(
            text(&output.stdout).contains("File \"file.py\", line 2"),
            "{}",
            text(&output.stdout)
        );
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn who_finds_no_board_is_told_in_one_line() {
    let interpreter = &interpreters()[0];
    let nobody = sim()
        .env("SIM_LAB", "/nonexistent/lab")
        .env("SIM_INTERPRETER", interpreter.path())
        .args(["python", "-c", "print(1)"])
        .output()
        .expect("it ends");
    assert_eq!(nobody.status.code(), Some(2));
    assert!(
        text(&nobody.stderr).starts_with("sim: no lab listens on /nonexistent/lab: start one"),
        "{}",
        text(&nobody.stderr)
    );

    let lab = RunningLab::start(1);
    let mut first = lab
        .python(interpreter, &["-c", "print('here'); input()"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut line = String::new();
    BufReader::new(first.stdout.take().expect("a pipe"))
        .read_line(&mut line)
        .expect("a line");
    let second = lab.python(interpreter, &["-c", "print(1)"]).output().expect("it ends");
    assert_eq!(second.status.code(), Some(2));
    assert!(
        text(&second.stderr).contains("all boards of the lab have a program"),
        "{}",
        text(&second.stderr)
    );
    drop(first.stdin.take());
    let _ = first.wait();
}

#[test]
fn two_labs_do_not_share_a_socket() {
    let lab = RunningLab::start(1);
    let second = sim()
        .args(["lab", "--listen"])
        .arg(lab.socket())
        .output()
        .expect("it ends");
    assert_eq!(second.status.code(), Some(2));
    assert!(
        text(&second.stderr).contains("another lab listens there"),
        "{}",
        text(&second.stderr)
    );
    let elsewhere = sim()
        .args(["lab", "--listen", "/nonexistent/lab"])
        .output()
        .expect("it ends");
    assert_eq!(elsewhere.status.code(), Some(2));
    assert!(!Path::new("/nonexistent/lab").exists());
}
