//! What programs are kept from on Linux.

#![cfg(target_os = "linux")]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use sim::external::{Confinement, Restriction};

const SIM: &str = env!("CARGO_BIN_EXE_sim");

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

/// Here everything is expected to hold that the system has; what it has not is told by the command, too.
fn gaps() -> Vec<Restriction> {
    let confinement = Confinement::by(Path::new(SIM), |notice| eprintln!("skipped in part: {notice}"));
    let capabilities = confinement.capabilities().expect("a trial").expect("it is tried");
    capabilities.gaps().collect()
}

/// A run of the program that reaches for all that it should not, from a shell that leaves a descriptor open.
fn reach(unconfined: bool) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let outside = folder.path().canonicalize().expect("a folder").join("outside");
    fs::create_dir(&outside).expect("room");
    fs::write(outside.join("file"), "contents").expect("room");
    let _listener = UnixListener::bind(outside.join("socket")).expect("a socket");
    let name = format!("sim-test-{}-{unconfined}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).expect("a name");
    let _abstract = UnixListener::bind_addr(&address).expect("a socket");
    let script = folder.path().join("reach.py");
    let source = include_str!("reach.py")
        .replace("@OUT@", outside.to_str().expect("UTF-8"))
        .replace("@ABSTRACT@", &name);
    fs::write(&script, source).expect("room");
    let more = if unconfined { "--unconfined" } else { "" };
    Command::new("sh")
        .args([
            "-c",
            "exec 8>\"$3\"; exec \"$1\" run \"$2\" --interpreter python3 $4",
            "sh",
            SIM,
        ])
        .arg(&script)
        .arg(outside.join("descriptor"))
        .arg(more)
        .env("SECRET", "a-secret-of-the-users")
        .env_remove("RUST_LOG")
        .output()
        .expect("the command ends")
}

#[test]
fn a_program_reaches_nothing_but_its_board() {
    let gaps = gaps();
    if !gaps.is_empty() {
        eprintln!("skipped: {gaps:?} can't be held here");
        return;
    }
    let run = reach(false);
    assert_eq!((run.status.code(), &*text(&run.stderr)), (Some(0), ""));
    let stdout = text(&run.stdout);
    let reached: Vec<_> = stdout
        .lines()
        .filter_map(|line| line.split_once("reached "))
        .map(|(_, what)| what)
        .collect();
    let own = [
        "a file",
        "a folder",
        "another name",
        "no file",
        "chance",
        "a signal",
        "a thread",
    ];
    assert_eq!(reached, own.map(|what| format!("itself: {what}")), "{stdout}");
    assert_eq!(stdout.matches("kept from ").count(), 38, "{stdout}");
}

/// And it could, if it were not kept from it: each of these is a test that can fail.
#[test]
fn an_unconfined_program_reaches_all_that_its_user_can() {
    let run = reach(true);
    let stdout = text(&run.stdout);
    // Descriptors are closed for all, memory may be short, and file systems differ in attributes that they know.
    let kept: Vec<_> = stdout
        .lines()
        .filter_map(|line| line.split_once("kept from "))
        .map(|(_, what)| what)
        .filter(|what| {
            !["a file's attributes", "a file's extended", "all memory"]
                .iter()
                .any(|it| what.starts_with(it))
        })
        .collect();
    assert!(kept.is_empty(), "{kept:?}\n{stdout}{}", text(&run.stderr));
    assert!(run.stderr.is_empty(), "{}", text(&run.stderr));
}

/// A program whose memory is full is told so as on a board, and what is told of it has the board's names.
#[test]
fn a_program_without_memory_says_so_and_may_go_on() {
    if gaps().contains(&Restriction::Memory) {
        eprintln!("skipped: memory can't be held here");
        return;
    }
    const FILL: &str = "kept = []\ndef fill():\n    while True: kept.append(bytearray(10000))\n";
    let folder = tempfile::tempdir().expect("a folder");
    for (rest, lines) in [
        (
            "try:\n    fill()\nexcept MemoryError as error:\n    print(error)\n    kept.clear()\nprint('goes on')\n",
            &["memory allocation failed", "goes on", "program finished"][..],
        ),
        (
            "fill()\n",
            &[
                "Traceback (most recent call last):",
                "File \"main.py\", line 4, in <module>",
                "File \"main.py\", line 3, in fill",
                "MemoryError: memory allocation failed",
                "program failed: MemoryError: memory allocation failed",
            ],
        ),
    ] {
        let script = folder.path().join("main.py");
        fs::write(&script, format!("{FILL}{rest}")).expect("room");
        let run = Command::new(SIM)
            .arg("run")
            .arg(&script)
            .args(["--headless", "--interpreter", "python3"])
            .output()
            .expect("the command ends");
        let stdout = text(&run.stdout);
        let said: Vec<_> = stdout
            .lines()
            .filter_map(|line| Some(line.split_once("main] ")?.1.trim_start()))
            .collect();
        assert_eq!(said, lines, "{}", text(&run.stderr));
    }
}

/// A program that computes for ever does not outlive a lab that is killed.
#[test]
fn a_program_ends_with_its_lab() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("main.py");
    let source = "import _modules, time\nprint(_modules.host('os').getpid())\ntime.sleep(1)\nwhile True:\n    pass\n";
    fs::write(&script, source).expect("room");
    let mut lab = Command::new(SIM)
        .arg("run")
        .arg(&script)
        .args(["--interpreter", "python3", "--patience", "10min", "--speed", "10"])
        // A lab that is killed removes nothing.
        .env("TMPDIR", folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut line = String::new();
    let stdout = lab.stdout.take().expect("a pipe");
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    let id = line.split_whitespace().last().and_then(|word| word.parse().ok());
    let program = id
        .and_then(Pid::from_raw)
        .unwrap_or_else(|| panic!("a process's number: {line}"));
    test_kill_process(program).expect("it runs");
    let id = i32::try_from(lab.id()).ok().and_then(Pid::from_raw).expect("a number");
    kill_process(id, Signal::KILL).expect("it runs");
    lab.wait().expect("it ends");
    let deadline = Instant::now() + Duration::from_secs(10);
    while test_kill_process(program).is_ok() && !is_zombie(program) {
        assert!(Instant::now() < deadline, "{program:?} goes on");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Whoever takes orphans in may not have looked after it yet.
fn is_zombie(process: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero()));
    stat.is_ok_and(|stat| stat.contains(") Z "))
}
