//! Sockets and links in folders that others may have been in.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};

/// Nobody's number on most systems; any but the test's own will do.
const SOMEBODY: u32 = 65534;

/// The command in the world of a user with this runtime directory and this folder for temporary files.
fn sim(runtime: Option<&Path>, temporary: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sim"));
    for name in ["RUST_LOG", "SIM_LAB", "SIM_INTERPRETER", "XDG_RUNTIME_DIR"] {
        command.env_remove(name);
    }
    command.env("TMPDIR", temporary).stdin(Stdio::null());
    if let Some(runtime) = runtime {
        command.env("XDG_RUNTIME_DIR", runtime);
    }
    command
}

fn folder(mode: u32) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    set_mode(folder.path(), mode);
    folder
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
}

/// Exit code 2, and one line with these words.
#[track_caller]
fn assert_refused(output: &Output, words: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains(words) && stderr.lines().count() == 1, "{stderr}");
}

/// Something that runs until the test ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(id) = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(id, Signal::INT);
        }
        let _ = self.0.wait();
    }
}

#[test]
fn a_lab_removes_nothing_but_a_dead_socket() {
    let place = folder(0o700);
    let at = place.path().join("notes.txt");
    let listen = || {
        sim(None, place.path())
            .args(["lab", "--listen"])
            .arg(&at)
            .output()
            .expect("it ends")
    };
    fs::write(&at, "notes").expect("room");
    assert_refused(&listen(), "is no socket, and is left alone");
    assert_eq!(fs::read_to_string(&at).expect("it is there"), "notes");
    fs::remove_file(&at).expect("it is there");
    // What is behind a link is no more the lab's.
    let target = place.path().join("target");
    drop(UnixListener::bind(&target).expect("a socket"));
    symlink(&target, &at).expect("room");
    assert_refused(&listen(), "is no socket, and is left alone");
    assert!(target.exists());
    fs::remove_file(&at).expect("it is there");
    // A dead one is in nobody's way.
    drop(UnixListener::bind(&at).expect("a socket"));
    let mut child = sim(None, place.path());
    let mut child = child
        .args(["lab", "--listen"])
        .arg(&at)
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut line = String::new();
    let stdout = child.stdout.take().expect("a pipe");
    let child = Running(child);
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    assert!(line.contains("boards wait"), "{line}");
    // Another one in its place is not removed with it.
    fs::remove_file(&at).expect("it is there");
    let _other = UnixListener::bind(&at).expect("a socket");
    drop(child);
    assert!(at.exists());
}

#[test]
fn boards_terminals_are_in_the_users_own_folder() {
    let (runtime, temporary) = (folder(0o700), folder(0o1777));
    let place = folder(0o700);
    let board = place.path().join("board.py");
    fs::write(&board, "print('here')\n").expect("room");
    for (runtime, expected) in [
        (Some(runtime.path()), runtime.path().join("sim-boards")),
        (
            None,
            temporary
                .path()
                .join(format!("sim-{}/sim-boards", rustix::process::geteuid())),
        ),
    ] {
        let mut run = sim(runtime, temporary.path());
        run.args(["run", "--interpreter", "python3", "--pty"]).arg(&board);
        let mut run = run
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut line = String::new();
        let stderr = run.stderr.take().expect("a pipe");
        let run = Running(run);
        BufReader::new(stderr).read_line(&mut line).expect("a line");
        assert_eq!(line, format!("terminals in {}\n", expected.display()));
        assert_eq!(
            fs::metadata(&expected).expect("it is there").permissions().mode() & 0o777,
            0o700
        );
        // It finds the board by its name, and leaves at its Ctrl-].
        let mut repl = sim(runtime, temporary.path());
        let repl = repl
            .args(["repl", "board"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut repl = repl.spawn().expect("it starts");
        let mut typed = repl.stdin.take().expect("a pipe");
        typed.write_all(b"1234 + 1\r").expect("it reads");
        let mut heard = Vec::new();
        let mut stdout = BufReader::new(repl.stdout.take().expect("a pipe"));
        while !heard.ends_with(b"1235") {
            let mut octet = [0];
            std::io::Read::read_exact(&mut stdout, &mut octet).expect("the board's answer");
            heard.extend(octet);
        }
        typed.write_all(b"\x1d").expect("it reads");
        assert!(repl.wait().expect("it ends").success());
        drop(run);
        assert!(
            fs::symlink_metadata(expected.join("board")).is_err(),
            "the link went with the run"
        );
    }
}

#[test]
fn a_folder_that_others_can_enter_is_refused() {
    let (runtime, temporary) = (folder(0o755), folder(0o1777));
    let own = temporary.path().join(format!("sim-{}", rustix::process::geteuid()));
    fs::create_dir(&own).expect("room");
    set_mode(&own, 0o777);
    for args in [&["lab"][..], &["python", "-c", "1"], &["repl", "board"]] {
        let output = sim(Some(runtime.path()), temporary.path())
            .args(args)
            .output()
            .expect("it ends");
        assert_refused(&output, "is open to other users, and is not used");
    }
    // A temporary folder in which others can take away what is ours is no place for it.
    fs::remove_dir(&own).expect("it is empty");
    set_mode(temporary.path(), 0o777);
    let script = temporary.path().join("main.py");
    fs::write(&script, "").expect("room");
    let program = script.to_str().expect("UTF-8");
    // Wherever the socket is, there are programs' folders, too.
    set_mode(runtime.path(), 0o700);
    for runtime in [None, Some(runtime.path())] {
        for args in [&["lab"][..], &["run", program, "--interpreter", "python3"]] {
            let output = sim(runtime, temporary.path()).args(args).output().expect("it ends");
            assert_refused(&output, "others can rename");
        }
    }
    let nowhere = temporary.path().join("nowhere");
    let output = sim(None, &nowhere).args(["run", program]).output().expect("it ends");
    assert_refused(&output, "set TMPDIR to a folder of your own");
    // A folder for terminals that was named is the user's, too.
    let open = temporary.path().join("open");
    fs::create_dir(&open).expect("room");
    set_mode(&open, 0o777);
    set_mode(temporary.path(), 0o700);
    let mut run = sim(None, temporary.path());
    run.arg("run").arg(&script).args(["--interpreter", "python3"]);
    let output = run.arg(format!("--pty={}", open.display())).output().expect("it ends");
    assert_refused(&output, "is open to other users");
}

#[test]
fn what_is_typed_goes_into_terminals_alone() {
    let (runtime, place) = (folder(0o700), folder(0o700));
    let boards = runtime.path().join("sim-boards");
    fs::create_dir(&boards).expect("room");
    set_mode(&boards, 0o700);
    let file = place.path().join("file");
    fs::write(&file, "own words").expect("room");
    symlink(&file, boards.join("file")).expect("room");
    symlink("/dev/zero", boards.join("device")).expect("room");
    let type_into = |board: &Path| {
        let mut repl = sim(Some(runtime.path()), place.path());
        let repl = repl.arg("repl").arg(board).stdin(Stdio::piped()).stderr(Stdio::piped());
        let mut repl = repl.spawn().expect("it starts");
        // It may have ended by then.
        let _ = repl.stdin.take().expect("a pipe").write_all(b"typed\r\x1d");
        repl.wait_with_output().expect("it ends")
    };
    assert_refused(&type_into(Path::new("file")), "is no terminal");
    assert_refused(&type_into(&file), "is no terminal");
    assert_refused(&type_into(Path::new("device")), "is no terminal");
    assert_eq!(fs::read_to_string(&file).expect("it is there"), "own words");
    // A link to a real terminal, where others can put links.
    let (ours, _theirs) = pty_process::blocking::open().expect("a terminal");
    let terminal = rustix::pty::ptsname(&ours, Vec::new()).expect("its name");
    let open = place.path().join("open");
    fs::create_dir(&open).expect("room");
    set_mode(&open, 0o777);
    symlink(terminal.to_str().expect("UTF-8"), open.join("board")).expect("room");
    assert_refused(&type_into(&open.join("board")), "in a folder that others can write to");
    set_mode(&open, 0o755);
    assert!(type_into(&open.join("board")).status.success());
}

/// A process of another user's that runs this in Python, as a superuser can start it.
fn somebody(source: &str) -> Option<Command> {
    if !rustix::process::geteuid().is_root() || !Path::new("/usr/bin/python3").exists() {
        eprintln!("skipped: only a superuser can be two users, and needs /usr/bin/python3 for it");
        return None;
    }
    let mut command = Command::new("/usr/bin/python3");
    command
        .args(["-c", source])
        .uid(SOMEBODY)
        .gid(SOMEBODY)
        .current_dir("/");
    Some(command)
}

#[test]
fn who_listens_for_another_user_is_not_believed() {
    let place = folder(0o1777);
    let at = place.path().join("lab");
    let source = format!(
        "import socket\ns = socket.socket(socket.AF_UNIX)\ns.bind('{}')\ns.listen()\nprint(1, flush=True)\nc = s.accept()[0]\n\
         c.sendall(b'\\x01\\x04\\x00/tmp')\nc.recv(1)\n",
        at.display()
    );
    let Some(mut command) = somebody(&source) else { return };
    let mut child = command.stdout(Stdio::piped()).spawn().expect("it starts");
    let stdout = child.stdout.take().expect("a pipe");
    let _child = Running(child);
    BufReader::new(stdout)
        .read_line(&mut String::new())
        .expect("it listens");
    let mut python = sim(None, place.path());
    let output = python
        .args(["python", "-c", "1"])
        .env("SIM_LAB", &at)
        .output()
        .expect("it ends");
    assert_refused(&output, "is another user");
    // Nor is their socket removed.
    let output = sim(None, place.path())
        .args(["lab", "--listen"])
        .arg(&at)
        .output()
        .expect("it ends");
    assert_refused(&output, "is another user's, and is left alone");
    assert!(at.exists());
}

#[test]
fn a_lab_has_no_board_for_another_user() {
    let place = folder(0o755);
    let at = place.path().join("lab");
    let source = format!(
        "import socket\ns = socket.socket(socket.AF_UNIX)\ns.connect('{}')\ns.settimeout(5)\nprint(s.recv(100), flush=True)\n",
        at.display()
    );
    let Some(mut stranger) = somebody(&source) else { return };
    let mut lab = sim(None, place.path());
    let mut lab = lab
        .args(["lab", "--listen"])
        .arg(&at)
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let stdout = lab.stdout.take().expect("a pipe");
    let _lab = Running(lab);
    let mut lines = BufReader::new(stdout);
    lines.read_line(&mut String::new()).expect("it listens");
    // As if it were for all.
    set_mode(&at, 0o777);
    let output = stranger.output().expect("it ends");
    let heard = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        heard.contains("another user"),
        "{heard}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
