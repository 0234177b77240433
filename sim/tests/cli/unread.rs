//! Signals end a command whose output nobody reads.

use std::io::{self, ErrorKind, PipeReader, PipeWriter, Write as _};
use std::process::{Child, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::fs::{CWD, Mode};
use rustix::process::{Pid, Signal, kill_process};

use crate::shell::{Folder, sim};

/// Only a failing test waits for so long.
const FAILING: Duration = Duration::from_secs(60);

/// What a stop may take on a busy machine; it should take a tenth of a second.
const AT_ONCE: Duration = Duration::from_secs(20);

const SIGNALS: [(Signal, i32); 2] = [(Signal::INT, 130), (Signal::TERM, 143)];

/// A pipe that takes nothing more.
fn full_pipe() -> (PipeReader, PipeWriter) {
    let (reader, mut writer) = io::pipe().expect("a pipe");
    rustix::io::ioctl_fionbio(&writer, true).expect("a pipe");
    for octets in [&[b'x'; 4096][..], b"x"] {
        let full = loop {
            if let Err(error) = writer.write(octets) {
                break error;
            }
        };
        assert_eq!(full.kind(), ErrorKind::WouldBlock);
    }
    rustix::io::ioctl_fionbio(&writer, false).expect("a pipe");
    (reader, writer)
}

/// Waits until a command does nothing any more.
fn wait_until_it_stands_still(child: &Child, args: &[&str]) {
    let deadline = Instant::now() + FAILING;
    let tasks = format!("/proc/{}/task", child.id());
    let look = || {
        let threads = std::fs::read_dir(&tasks).into_iter().flatten().flatten();
        let looks = threads.map(|thread| std::fs::read_to_string(thread.path().join("schedstat")).ok());
        looks.collect::<Vec<_>>()
    };
    let (mut last, mut since) = (look(), Instant::now());
    while since.elapsed() < Duration::from_millis(1_500) {
        assert!(Instant::now() < deadline, "{args:?} goes on: {last:?}");
        sleep(Duration::from_millis(20));
        let now = look();
        if now != last {
            (last, since) = (now, Instant::now());
        }
    }
}

#[track_caller]
fn ends(mut child: Child) -> ExitStatus {
    let asked = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("it runs") {
            return status;
        }
        if asked.elapsed() > AT_ONCE {
            let _ = child.kill();
            panic!("it does not end");
        }
        sleep(Duration::from_millis(5));
    }
}

fn tell(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).expect("it runs");
}

#[test]
fn whatever_is_not_read() {
    for (signal, code) in SIGNALS {
        let folder = Folder::new();
        let [socket, table] = ["lab", "sweep.csv"].map(|name| folder.path(name));
        for args in [
            &["run", "--headless"][..],
            &["run", "--headless", "--speed", "1"],
            &["run", "--headless", "--trace", "-"],
            &["test", "scenarios/clock.toml", "--seeds", "1"],
            &[
                "sweep", "--demo", "pair", "--seeds", "1", "--for", "1s", "--out", &table,
            ],
            &["lab", "--listen", &socket],
            &["antenna"],
        ] {
            let (_reader, writer) = full_pipe();
            let child = sim(args)
                .current_dir(env!("CARGO_MANIFEST_DIR"))
                .env("TMPDIR", folder.path(""))
                .stdout(writer)
                .spawn()
                .expect("it starts");
            wait_until_it_stands_still(&child, args);
            tell(&child, signal);
            assert_eq!(ends(child).code(), Some(code), "{args:?} {signal:?}");
        }
        std::fs::remove_file(table).expect("the sweep was done");
        let left = std::fs::read_dir(folder.path("")).expect("a folder").count();
        assert_eq!(left, 0, "the lab's socket and its modules are gone");
    }
}

#[test]
fn a_file_that_nobody_reads() {
    for (signal, code) in SIGNALS {
        let folder = Folder::new();
        let path = folder.path("fifo");
        rustix::fs::mkfifoat(CWD, &path, Mode::RUSR | Mode::WUSR).expect("room");
        for is_open in [false, true] {
            // Held open, it fills; else nobody comes who would read it.
            let reader = is_open.then(|| {
                let options = std::fs::File::options().read(true).write(true).open(&path);
                options.expect("a pipe")
            });
            let args = ["run", "--headless", "--demo", "field", "--for", "1h", "--trace", &path];
            let child = sim(&args).stdout(Stdio::null()).spawn().expect("it starts");
            wait_until_it_stands_still(&child, &args);
            tell(&child, signal);
            assert_eq!(ends(child).code(), Some(code), "{is_open} {signal:?}");
            drop(reader);
        }
    }
}

#[test]
fn what_is_told_at_the_end() {
    for (signal, code) in SIGNALS {
        let (_reader, writer) = full_pipe();
        let child = sim(&["run", "--headless", "--demo", "field", "--for", "1h"])
            .stdout(writer)
            .spawn()
            .expect("it starts");
        // It computes then, and one of its threads listens to signals.
        let deadline = Instant::now() + FAILING;
        let tasks = format!("/proc/{}/task", child.id());
        while std::fs::read_dir(&tasks).expect("it runs").count() < 2 {
            assert!(Instant::now() < deadline, "nobody listens");
            sleep(Duration::from_millis(5));
        }
        tell(&child, signal);
        assert_eq!(ends(child).code(), Some(code), "{signal:?}");
    }
}
