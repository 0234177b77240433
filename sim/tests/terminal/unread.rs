//! A terminal that nobody reads, as when a connection hangs.

use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use pty_process::Size;
use pty_process::blocking::Command;
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{LocalModes, tcgetattr};

/// Only a failing test waits for so long.
const FAILING: Duration = Duration::from_secs(60);

/// What a stop may take on a busy machine; it should take a tenth of a second.
const AT_ONCE: Duration = Duration::from_secs(20);

/// Waits until a command does nothing any more.
fn wait_until_it_stands_still(child: &Child) {
    let deadline = Instant::now() + FAILING;
    let schedule = format!("/proc/{0}/task/{0}/schedstat", child.id());
    let look = || std::fs::read_to_string(&schedule).ok();
    let (mut last, mut since) = (look(), Instant::now());
    while since.elapsed() < Duration::from_millis(1_500) {
        assert!(Instant::now() < deadline, "it goes on");
        sleep(Duration::from_millis(20));
        let now = look();
        if now != last {
            (last, since) = (now, Instant::now());
        }
    }
}

#[test]
fn signals_end_what_nobody_reads() {
    let folder = tempfile::tempdir().expect("a folder");
    let recording = folder.path().join("field.rec");
    let recording = recording.to_str().expect("UTF-8");
    let field = ["run", "--demo", "field", "--set", "boards=40"];
    let mut recorder =
        super::Terminal::start(&[&field[..], &["--headless", "--for", "20s", "--record", recording]].concat());
    assert_eq!(recorder.ends(), Some(0));
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        for (args, is_screen) in [
            (&[&field[..], &["--for", "1h", "--speed", "20"]].concat()[..], true),
            (&["replay", recording, "--speed", "2"], true),
            (&[&field[..], &["--for", "1h", "--trace", "-"]].concat(), false),
        ] {
            if !is_screen && signal == Signal::HUP {
                // That is `nohup`'s.
                continue;
            }
            let (pty, pts) = pty_process::blocking::open().expect("a pseudo-terminal");
            pty.resize(Size::new(60, 200)).expect("any size");
            let mut child = Command::new(env!("CARGO_BIN_EXE_sim"))
                .args(args)
                .env("TERM", "xterm-256color")
                .spawn(pts)
                .expect("it starts");
            wait_until_it_stands_still(&child);
            let is_raw = || {
                let modes = tcgetattr(&pty).expect("a terminal").local_modes;
                !modes.contains(LocalModes::ICANON | LocalModes::ECHO)
            };
            assert_eq!(is_raw(), is_screen, "{args:?}");
            kill_process(Pid::from_child(&child), signal).expect("it runs");
            let asked = Instant::now();
            let status = loop {
                if let Some(status) = child.try_wait().expect("it runs") {
                    break status;
                }
                if asked.elapsed() > AT_ONCE {
                    let _ = child.kill();
                    panic!("{args:?} {signal:?}: it does not end");
                }
                sleep(Duration::from_millis(5));
            };
            assert_eq!(status.code(), Some(code), "{args:?} {signal:?}");
            assert!(!is_raw(), "{args:?} {signal:?}");
        }
    }
}
