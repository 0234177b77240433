//! A run whose lines nobody reads ends with all that belongs to it.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// Only a failing test waits for so long.
const FAILING: Duration = Duration::from_secs(60);

/// What a stop may take on a busy machine; it should take a tenth of a second.
const AT_ONCE: Duration = Duration::from_secs(20);

/// It says which process it is, and has a thread that outlives the line to the lab.
const SCRIPT: &str = "
import _modules, time
os, threading = _modules.host('os'), _modules.host('threading')
def stay():
    while True:
        _modules.host('time').sleep(0.01)
threading.Thread(target=stay).start()
with open('pid', 'w') as file:
    file.write(str(os.getpid()))
while True:
    print('x' * 60)
";

fn file_of_board(place: &Path, name: &str) -> Option<PathBuf> {
    let folders = std::fs::read_dir(place).expect("a folder").flatten();
    folders
        .map(|folder| folder.path().join(name))
        .find(|path| path.is_file())
}

fn is_running(process: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
    state.is_some_and(|state| !matches!(state, 'Z' | 'X'))
}

#[test]
fn boards_processes_and_folders_go_with_a_run_that_nobody_reads() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("main.py");
    std::fs::write(&script, SCRIPT).expect("room");
    let place = folder.path().join("place");
    std::fs::create_dir(&place).expect("room");
    let (_reader, mut writer) = std::io::pipe().expect("a pipe");
    rustix::io::ioctl_fionbio(&writer, true).expect("a pipe");
    while writer.write(&[b'x'; 4096]).is_ok() {}
    rustix::io::ioctl_fionbio(&writer, false).expect("a pipe");
    let mut lab = Command::new(env!("CARGO_BIN_EXE_sim"))
        .args(["run", "--headless", "--unconfined", "--interpreter", "python3"])
        .arg(&script)
        .env("TMPDIR", &place)
        .stdin(Stdio::null())
        .stdout(writer)
        .spawn()
        .expect("it starts");
    let deadline = Instant::now() + FAILING;
    let process = loop {
        assert!(Instant::now() < deadline, "the program does not begin");
        sleep(Duration::from_millis(20));
        let said = file_of_board(&place, "pid").map(|path| std::fs::read_to_string(path).unwrap_or_default());
        match said {
            Some(process) if !process.is_empty() => break process,
            _ => {}
        }
    };
    // By then the lab stands still, or soon will.
    sleep(Duration::from_secs(1));
    assert!(is_running(&process));
    kill_process(Pid::from_child(&lab), Signal::TERM).expect("it runs");
    let asked = Instant::now();
    let status = loop {
        if let Some(status) = lab.try_wait().expect("it runs") {
            break status;
        }
        if asked.elapsed() > AT_ONCE {
            let _ = lab.kill();
            panic!("it does not end");
        }
        sleep(Duration::from_millis(5));
    };
    assert_eq!(status.code(), Some(143));
    assert!(!is_running(&process));
    let left: Vec<_> = std::fs::read_dir(&place).expect("a folder").flatten().collect();
    assert!(left.is_empty(), "{left:?}");
}
