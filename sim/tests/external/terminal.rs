//! A board's console on a pseudo-terminal: the prompts that tools for real boards want.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process};
use sim::external::Interpreter;

use crate::desk::interpreters;

/// A run whose boards have terminals, and one of these.
struct Console {
    child: Child,
    device: File,
    heard: Vec<u8>,
    _folder: tempfile::TempDir,
}

impl Console {
    fn of(interpreter: &Interpreter, main: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let board = folder.path().join("board");
        std::fs::create_dir(&board).expect("room");
        std::fs::write(board.join("main.py"), main).expect("room");
        let mut child = Command::new(env!("CARGO_BIN_EXE_sim"))
            .args(["run", "--interpreter"])
            .arg(interpreter.path())
            .arg(format!("--pty={}", folder.path().join("dev").display()))
            .arg(&board)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let mut line = String::new();
        let stderr = child.stderr.take().expect("a pipe");
        BufReader::new(stderr).read_line(&mut line).expect("a line");
        assert!(line.starts_with("terminals in "), "{line}");
        let device = folder.path().join("dev/board");
        let device = OpenOptions::new()
            .read(true)
            .write(true)
            .open(device)
            .expect("a terminal");
        Self {
            child,
            device,
            heard: Vec::new(),
            _folder: folder,
        }
    }

    fn say(&mut self, octets: &[u8]) {
        self.device.write_all(octets).expect("room");
    }

    /// Waits until this is heard, and returns all up to it.
    #[track_caller]
    fn hear(&mut self, wanted: &str) -> String {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let found = self
                .heard
                .windows(wanted.len())
                .position(|window| window == wanted.as_bytes());
            if let Some(place) = found {
                let heard: Vec<_> = self.heard.drain(..place + wanted.len()).collect();
                return String::from_utf8_lossy(&heard).into_owned();
            }
            assert!(
                Instant::now() < deadline,
                "{wanted:?} in {:?}",
                String::from_utf8_lossy(&self.heard)
            );
            let mut descriptors = [PollFd::new(&self.device, PollFlags::IN)];
            let timeout = Timespec { tv_sec: 1, tv_nsec: 0 };
            if poll(&mut descriptors, Some(&timeout)).expect("a terminal") > 0 {
                let mut buffer = [0; 1024];
                let count = self.device.read(&mut buffer).expect("a terminal");
                self.heard.extend(&buffer[..count]);
            }
        }
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        if let Some(id) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(id, Signal::INT);
        }
        let _ = self.child.wait();
    }
}

#[test]
fn a_prompt_comes_after_the_program_and_ctrl_c_before_its_end() {
    for interpreter in interpreters() {
        let mut console = Console::of(&interpreter, "import time\nprint('main')\nx = 4\ntime.sleep(1000)\n");
        console.hear("main\r\n");
        console.say(b"\x03");
        let heard = console.hear(">>> ");
        assert!(heard.contains("main.py\", line 4"), "{heard}");
        assert!(heard.contains("KeyboardInterrupt"), "{heard}");
        assert!(heard.contains("MicroPython"), "{heard}");
        console.say(b"x + 1\r");
        assert_eq!(console.hear(">>> "), "x + 1\r\n5\r\n>>> ");
        console.say(b"for i in (1, 2):\r    print(i * 'a')\r\r");
        let heard = console.hear("aa\r\n>>> ");
        assert!(heard.contains("... ") && heard.contains("\r\na\r\n"), "{heard}");
        console.say(b"gone\x08\x08\x08\x08'k' + 'ept'\r");
        console.hear("'kept'\r\n>>> ");
        console.say(b"\x04");
        console.hear("MPY: soft reboot\r\nmain\r\n");
    }
}

#[test]
fn tools_find_the_raw_prompt_and_its_flow_control() {
    for interpreter in interpreters() {
        let mut console = Console::of(&interpreter, "");
        console.hear(">>> ");
        console.say(b"\r\x03\x01");
        console.hear("raw REPL; CTRL-B to exit\r\n>");
        console.say(b"print(1 + 1)\x04");
        assert_eq!(console.hear("\x04>"), "OK2\r\n\x04\x04>");
        console.say(b"1 / 0\x04");
        let heard = console.hear("\x04>");
        assert!(
            heard.starts_with("OK\x04Traceback") && heard.contains("ZeroDivisionError"),
            "{heard:?}"
        );

        // Raw paste: a window, and more of it as it is used up.
        console.say(b"\x05A\x01");
        console.hear("R\x01\x7f\x00\x01");
        let program = format!("text = '{}'\nprint(len(text))\n", "x".repeat(200));
        console.say(&program.as_bytes()[..127]);
        console.hear("\x01");
        console.say(&program.as_bytes()[127..]);
        console.say(b"\x04");
        assert_eq!(console.hear("\x04>"), "\x04200\r\n\x04\x04>");

        // A soft reset from here leads back to here.
        console.say(b"\x04");
        console.hear("OK\r\nMPY: soft reboot\r\n");
        console.hear("raw REPL; CTRL-B to exit\r\n>");
        console.say(b"print('text' in globals())\x04");
        console.hear("OKFalse\r\n\x04\x04>");
        console.say(b"\x02");
        console.hear(">>> ");
    }
}
