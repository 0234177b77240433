//! Nothing waits for a program without an end: neither a lab, nor its time, nor whoever wants to stop it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::desk::{Desk, interpreters};

/// Only a failing test waits for so long.
const FAILING: Duration = Duration::from_secs(60);

/// What a stop may take on a busy machine; it should take a few hundredths of it.
const AT_ONCE: Duration = Duration::from_secs(5);

/// Asks as a beginner would in another language: at the time that the last reply showed.
const ASK: &str = "
import _board as b, struct
at = 0
def raw(octets):
    b._writer.write(struct.pack('<H', len(octets)) + octets)
    return b._read(struct.unpack('<H', b._read(2))[0])
def ask(op, body=b''):
    global at
    reply = raw(struct.pack('<BQ', op, at) + body)
    at = struct.unpack('<Q', reply[1:9])[0]
    return reply[23:]
";

const LOOP: &str = "import time\nprint('here')\ntime.sleep_ms(1)\nwhile True:\n    pass\n";

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).expect("room");
        path.to_str().expect("UTF-8").to_owned()
    }
}

fn sim(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sim"));
    for name in ["RUST_LOG", "SIM_LAB", "SIM_INTERPRETER"] {
        command.env_remove(name);
    }
    command.args(args).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The command's end, which comes.
#[track_caller]
fn ends(mut child: Child) -> Output {
    let deadline = Instant::now() + FAILING;
    while child.try_wait().expect("a child").is_none() {
        if Instant::now() > deadline {
            child.kill().expect("it runs");
            panic!("it does not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output().expect("it has ended")
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

#[test]
fn time_goes_on_whatever_a_program_says_its_clock_shows() {
    let folder = Folder::new();
    for interpreter in interpreters() {
        let interpreter = interpreter.path().to_str().expect("UTF-8").to_owned();
        for ask in [
            "ask(0x33, b'\\0')",
            // Nothing to wait for, and an event that is there.
            "ask(0x02, struct.pack('<QH', 0, 0))",
            "ask(0x02, struct.pack('<QH', at, 2))",
            "ask(0x02, struct.pack('<QH', 1 << 63, 2))",
            // No operation at all.
            "ask(0xee)",
            "raw(b'')",
        ] {
            let asking = folder.file("asking.py", &format!("{ASK}print('asks')\nwhile True:\n    {ask}\n"));
            let args = [
                "run",
                "--headless",
                "--for",
                "5ms",
                &asking,
                "--interpreter",
                &interpreter,
            ];
            let run = ends(sim(&args).spawn().expect("it starts"));
            let stdout = text(&run.stdout);
            assert_eq!(run.status.code(), Some(0), "{ask}: {stdout}");
            assert!(
                stdout.contains("] asks\n") && stdout.contains("over at 0.005000 s"),
                "{ask}: {stdout}"
            );
        }
    }
}

#[test]
fn who_does_not_read_replies_is_ended_and_others_go_on() {
    let folder = Folder::new();
    // It asks for many random octets, and never reads one.
    let unread = folder.file(
        "unread.py",
        "import _board as b, struct\nr = struct.pack('<HBQH', 11, 6, 0, 65000)\nfor i in range(100):\n    b._writer.write(r)\nwhile True:\n    pass\n",
    );
    let good = folder.file("good.py", "import time\ntime.sleep(1)\nprint('still here')\n");
    for interpreter in interpreters() {
        let interpreter = interpreter.path().to_str().expect("UTF-8").to_owned();
        let args = [
            "run",
            "--headless",
            "--patience",
            "1s",
            &unread,
            &good,
            "--interpreter",
            &interpreter,
        ];
        let run = ends(sim(&args).spawn().expect("it starts"));
        let stdout = text(&run.stdout);
        assert_eq!(run.status.code(), Some(0), "{stdout}");
        assert!(
            stdout.contains("failed: it did not read a reply for 1s of real time"),
            "{stdout}"
        );
        assert!(stdout.contains("[  1.000"), "{stdout}");
        assert!(stdout.contains("good  ] still here\n"), "{stdout}");
    }
}

#[test]
fn ten_that_hang_cost_one_patience() {
    for interpreter in interpreters() {
        let mut desk = Desk::with_patience(&interpreter, Duration::from_secs(6));
        for _ in 0..10 {
            desk = desk.script("while True:\n    pass\n");
        }
        let began = Instant::now();
        let record = desk.script("print('still here')\n").run();
        let took = began.elapsed();
        let lines = record.lines();
        assert_eq!(
            lines.iter().filter(|line| line.contains("it computed for 6s")).count(),
            10,
            "{lines:?}"
        );
        assert!(lines.contains(&"10 still here".to_owned()), "{lines:?}");
        // One after the other would take a minute.
        assert!(took < Duration::from_secs(45), "{took:?}");
    }
}

#[test]
fn a_signal_stops_a_run_at_once_while_programs_compute() {
    let folder = Folder::new();
    let hanging = folder.file("hanging.py", LOOP) + "*10";
    let interpreters = interpreters();
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let interpreter = interpreters[0].path().to_str().expect("UTF-8").to_owned();
        let report = folder.0.path().join("report.json");
        let report = report.to_str().expect("UTF-8");
        let args = [
            "run",
            "--headless",
            "--speed",
            "1",
            "--report",
            report,
            &hanging,
            "--interpreter",
            &interpreter,
        ];
        let mut child = sim(&args).spawn().expect("it starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe"));
        for _ in 0..10 {
            let mut line = String::new();
            lines.read_line(&mut line).expect("a line");
            assert!(line.contains("here"), "{line}");
        }
        std::thread::sleep(Duration::from_millis(100));
        kill_process(Pid::from_child(&child), signal).expect("it runs");
        let asked = Instant::now();
        let ended = ends(child);
        assert!(asked.elapsed() < AT_ONCE, "{:?}", asked.elapsed());
        assert_eq!((ended.status.code(), &*text(&ended.stderr)), (Some(code), ""));
        let mut rest = String::new();
        lines.read_to_string(&mut rest).expect("text");
        assert!(rest.starts_with("interrupted at 0.001"), "{rest}");
        assert!(std::fs::read_to_string(report).expect("a report").contains("\"seed\""));
    }
}

/// Signals that come while boards start are obeyed, too, and what has been made by then goes.
#[test]
fn a_signal_while_boards_start_leaves_nothing_behind() {
    let folder = Folder::new();
    let program = folder.file("main.py", "print('here')\n") + "*200";
    let scenario = folder.file(
        "many.toml",
        "version = 1\nduration = \"1s\"\n[[board]]\nname = \"one-{n}\"\ncount = 200\nscript = \"main.py\"\n\
         [[expect]]\nboard = \"one-1\"\nconsole = { contains = \"here\" }\nby = \"1s\"\n",
    );
    let interpreter = interpreters()[0].path().to_str().expect("UTF-8").to_owned();
    let temporary = folder.0.path().join("temporary");
    std::fs::create_dir(&temporary).expect("room");
    let count = || std::fs::read_dir(&temporary).expect("a folder").count();
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        for args in [
            vec!["run", "--headless", &program, "--interpreter", &interpreter],
            vec!["run", "--headless", &scenario],
            vec!["test", &scenario],
        ] {
            let mut command = sim(&args);
            command.env("TMPDIR", &temporary).env("SIM_INTERPRETER", &interpreter);
            let mut child = command.spawn().expect("it starts");
            let own = Pid::from_child(&child);
            let deadline = Instant::now() + FAILING;
            while count() < 20 && child.try_wait().expect("a child").is_none() {
                assert!(Instant::now() < deadline, "{args:?}: {} folders", count());
                std::thread::sleep(Duration::from_millis(1));
            }
            // If it has ended, it says why.
            let _ = kill_process(own, signal);
            let ended = ends(child);
            assert_eq!(ended.status.code(), Some(code), "{args:?}: {}", text(&ended.stderr));
            assert_eq!(count(), 0, "{args:?}");
        }
    }
}

/// A scenario whose only board hangs.
fn hanging_scenario(folder: &Folder) -> String {
    folder.file("hanging.py", LOOP);
    let text = "version = 1\nduration = \"1s\"\n[[board]]\nname = \"one\"\nscript = \"hanging.py\"\n\
                [[expect]]\nboard = \"one\"\nconsole = { contains = \"never said\" }\nby = \"1s\"\n";
    folder.file("hanging.toml", text)
}

#[test]
fn a_signal_stops_tests_and_sweeps_at_once_while_programs_compute() {
    let folder = Folder::new();
    let scenario = hanging_scenario(&folder);
    let table = folder.0.path().join("table.csv");
    let table = table.to_str().expect("UTF-8");
    let [xml, json] = ["tests.xml", "tests.json"].map(|name| folder.0.path().join(name));
    let reports = [&xml, &json].map(|path| path.to_str().expect("UTF-8"));
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        for args in [
            vec!["test", &scenario, "--junit", reports[0], "--json", reports[1]],
            vec!["sweep", &scenario, "--out", table],
        ] {
            let child = sim(&args).spawn().expect("it starts");
            let own = child.id();
            // Until its programs are there.
            let deadline = Instant::now() + FAILING;
            while children(own) == 0 {
                assert!(Instant::now() < deadline, "{args:?}: no program starts");
                std::thread::sleep(Duration::from_millis(20));
            }
            std::thread::sleep(Duration::from_millis(500));
            kill_process(Pid::from_child(&child), signal).expect("it runs");
            let asked = Instant::now();
            let ended = ends(child);
            assert!(asked.elapsed() < AT_ONCE, "{args:?}: {:?}", asked.elapsed());
            assert_eq!(ended.status.code(), Some(code), "{args:?}: {}", text(&ended.stderr));
            if args[0] == "test" {
                // Nothing was tried to its end, so nothing has passed.
                let stdout = text(&ended.stdout);
                assert!(stdout.starts_with("interrupted hanging: 0 of 10 runs"), "{stdout}");
                assert!(
                    stdout.contains("0 of 1 scenarios passed, 1 interrupted, 0 runs in "),
                    "{stdout}"
                );
                let written = [&xml, &json].map(|path| std::fs::read_to_string(path).expect("a report"));
                assert!(
                    written[0].contains("<skipped message=\"interrupted after 0 of 10 runs\""),
                    "{}",
                    written[0]
                );
                assert!(
                    written[1].starts_with("{\"interrupted\":true,\"passed\":false,"),
                    "{}",
                    written[1]
                );
            }
        }
    }
}

/// How many processes a process has started that are there.
fn children(of: u32) -> usize {
    let listed = Command::new("ps")
        .args(["-o", "pid=", "--ppid", &of.to_string()])
        .output();
    text(&listed.expect("ps").stdout).lines().count()
}

/// `sim lab`, which ends with the test.
struct RunningLab(Child, Folder);

impl RunningLab {
    fn start(command: &mut Command, folder: Folder) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("it starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        assert!(line.contains("boards wait"), "{line}");
        Self(child, folder)
    }

    fn socket(&self) -> PathBuf {
        self.1.0.path().join("lab")
    }

    /// A client that has a board.
    fn attach(&self) -> UnixStream {
        let mut stream = UnixStream::connect(self.socket()).expect("a lab");
        let mut head = [0; 3];
        stream.read_exact(&mut head).expect("a greeting");
        assert_eq!(head[0], 1);
        let mut path = vec![0; usize::from(u16::from_le_bytes([head[1], head[2]]))];
        stream.read_exact(&mut path).expect("a path");
        stream
    }
}

impl Drop for RunningLab {
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_child(&self.0), Signal::INT);
        let _ = self.0.wait();
    }
}

#[test]
fn a_client_that_says_nothing_keeps_its_board_for_half_a_minute_and_stops_nobody() {
    let folder = Folder::new();
    let socket = folder.0.path().join("lab");
    let lab = RunningLab::start(
        &mut sim(&["lab", "--boards", "3", "--listen", socket.to_str().expect("UTF-8")]),
        folder,
    );
    let began = Instant::now();
    let (mut silent, mut half) = (lab.attach(), lab.attach());
    half.write_all(&[11, 0, 1]).expect("room");
    // Others go on at their pace.
    let interpreter = &interpreters()[0];
    let program = "import time\nfor i in range(20):\n    time.sleep_ms(50)\nprint('done')\n";
    let run = sim(&["python", "-c", program])
        .env("SIM_LAB", lab.socket())
        .env("SIM_INTERPRETER", interpreter.path())
        .spawn();
    let run = ends(run.expect("it starts"));
    assert_eq!(text(&run.stdout), "done\n", "{}", text(&run.stderr));
    assert!(began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());
    for stream in [&mut silent, &mut half] {
        stream.set_read_timeout(Some(FAILING)).expect("a timeout");
        assert_eq!(stream.read(&mut [0]).expect("an end"), 0);
    }
    let took = began.elapsed();
    assert!(
        (Duration::from_secs(29)..Duration::from_secs(50)).contains(&took),
        "{took:?}"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_lab_without_descriptors_says_so_once_and_waits() {
    let folder = Folder::new();
    let socket = folder.0.path().join("lab");
    let mut shell = Command::new("sh");
    shell
        .args([
            "-c",
            "ulimit -n 24; exec \"$0\" lab --boards 50 --listen \"$1\"",
            env!("CARGO_BIN_EXE_sim"),
        ])
        .arg(&socket)
        .stderr(Stdio::piped());
    let mut lab = RunningLab::start(&mut shell, folder);
    let clients: Vec<_> = (0..40).filter_map(|_| UnixStream::connect(lab.socket()).ok()).collect();
    assert!(clients.len() > 20);
    let mut stderr = BufReader::new(lab.0.stderr.take().expect("a pipe"));
    let mut line = String::new();
    stderr.read_line(&mut line).expect("a line");
    assert!(
        line.starts_with("sim: can't take another program in for now: "),
        "{line}"
    );
    // Told once: it tries again several times meanwhile.
    std::thread::sleep(Duration::from_secs(1));
    drop(clients);
    drop(lab);
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).expect("text");
    assert_eq!(rest, "");
}

#[test]
fn patience_has_no_overflow() {
    let folder = Folder::new();
    let script = folder.file("quick.py", "print('here')\n");
    let long = sim(&["run", &script, "--patience", "18446744073709551615s"])
        .output()
        .expect("it ends");
    assert_eq!(long.status.code(), Some(2));
    assert!(
        text(&long.stderr).contains("nobody waits longer"),
        "{}",
        text(&long.stderr)
    );
    for interpreter in interpreters() {
        let record = Desk::with_patience(&interpreter, Duration::MAX)
            .script("print('here')\n")
            .run();
        assert_eq!(record.lines(), ["0 here", "0 finished"]);
    }
}

/// A C function of a chip's makes 32 bits of it.
#[test]
fn a_sleep_that_is_too_long_is_the_longest_there_is() {
    for seconds in ["1e15", "float('inf')", "float('nan')", "10 ** 400", "2 ** 40"] {
        let script = format!("import time\ntime.sleep({seconds})\nprint(time.time())\n");
        for interpreter in interpreters() {
            let lines = Desk::new(&interpreter).script(&script).run().lines();
            assert_eq!(lines, ["0 4294967", "0 finished"], "{seconds} on {interpreter:?}");
        }
    }
}
