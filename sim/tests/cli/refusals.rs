//! What is refused, and in which words.

use std::path::Path;

use crate::shell::{Folder, complaint, printed, read, refusal, run};

#[test]
fn wrong_command_lines_are_refused_in_one_line() {
    for (args, because) in [
        (&["--bogus"][..], "--bogus"),
        (&["bogus"], "bogus"),
        (&["run", "run"], "can't put run on a board"),
        (&["check"], "<PATH>"),
        (&["check", "no such.toml"], "no such.toml: can't be read"),
        (&["test"], "<PATH>"),
        (&["test", "no such.toml"], "no such.toml: can't be read"),
        (&["test", "x", "--seeds", "5..1"], "seeds are a range"),
        (&["test", "x", "--seeds", "-1"], "--seeds"),
        (&["test", "x", "--jobs", "0"], "--jobs"),
        (&["test", "x", "--set", "loss"], "write KEY=VALUE"),
        (&["demos", "hello"], "unexpected argument 'hello'"),
        (&["--seed", "2", "run"], "--seed"),
        (&["--demo"], "--demo"),
        (
            &["--demo", "nope"],
            "there are hello, hello-unicast, flood, pair, field, saturation",
        ),
        (&["--demo", "a\nb"], "no such demo"),
        (&["--loss", "2"], "from 0 to 1"),
        (&["--loss", "-1"], "from 0 to 1"),
        (&["--loss", "x"], "from 0 to 1"),
        (&["--loss", "--headless"], "from 0 to 1"),
        (&["--for", "3x"], "unknown time unit"),
        (&["--for", ""], "--for"),
        (&["--for", "-3s"], "invalid value '-3s' for '--for"),
        (&["--for", "99999999999999999999999999h"], "too large"),
        (&["--latency", "-1ms"], "invalid value '-1ms' for '--latency"),
        (&["--jitter", "5"], "time unit"),
        (&["--burst", "0.2"], "0.2,50ms"),
        (&["--burst", "2,50ms"], "from 0 to 1"),
        (&["--burst", "-1,50ms"], "from 0 to 1"),
        (&["--burst", "0.2,0s"], "1us or more"),
        (&["--interferer", "radar"], "there are wifi, ble, microwave"),
        (&["--interferer", "wifi:channel=15"], "a channel from 1 to 14"),
        (&["--interferer", "wifi:mains=50"], "channel, duty, power, x, y, z"),
        (&["--interferer", "microwave:power=99"], "from -100 to 60 dBm"),
        (&["--seed", "x"], "whole number from 0"),
        (&["--seed", "-1"], "whole number from 0"),
        (&["--seed", "18446744073709551616"], "whole number from 0"),
        (&["--speed", "0"], "above 0"),
        (&["--speed", "-1"], "above 0"),
        (&["--speed", "nan"], "above 0"),
        (&["--speed", "paused"], "needs the live screen"),
        (&["--seed", "1", "--seed", "2"], "multiple times"),
        (
            &["--demo", "pair", "--set", "rate=1M", "--set", "rate=2M"],
            "--set rate=… is given twice",
        ),
        (
            &["run", "x.toml", "--set", "k=1", "--set", "k=2"],
            "--set k=… is given twice",
        ),
        (
            &[
                "run",
                "scenarios/hidden-node.toml",
                "--loss",
                "0",
                "--set",
                "air.loss=1",
            ],
            "--loss and --set air.loss=… set the same",
        ),
        (
            &[
                "test",
                "scenarios/hidden-node.toml",
                "--set",
                "duration=1s",
                "--set",
                "duration=2s",
            ],
            "duration is set twice",
        ),
        (
            &[
                "check",
                "scenarios/hidden-node.toml",
                "--set",
                "duration=1s",
                "--set",
                "duration=2s",
            ],
            "duration is set twice",
        ),
        (&["test", "scenarios/hidden-node.toml", "--unconfined"], "no board of"),
        (
            &["--report", "-", "--trace", "-"],
            "--report - and --trace - both want standard output",
        ),
        (
            &["--report", "-", "--pcap", "-"],
            "--pcap - and --report - both want standard output",
        ),
        (&["--pcap", ""], "--pcap"),
        (&["decode"], "<FILE>"),
        (&["decode", "x", "--pmk", "00112233445566778899aabbccddeeff"], "--lmk"),
        (
            &["decode", "x", "--pmk", "0011", "--lmk", "00"],
            "32 hexadecimal digits, or 16 letters as in a program's text; this has 4",
        ),
        (
            &["decode", "x", "--lmk", "0011223344556677889900112233445g"],
            "its character 32 is not a hexadecimal digit",
        ),
        (&["run", "--demo", "pair", "--chip", "esp32"], "--demo"),
        (&["run", "--demo", "pair", "--patience", "1s"], "--demo"),
        (&["run", "x.py", "--chip", "esp32-c9"], "esp32-c3"),
        (
            &["run", "examples/hello/hello.toml", "--chip", "esp32"],
            "write chip = \"…\" in its [[board]]",
        ),
        (
            &["run", "scenarios/hidden-node.toml", "--patience", "1s"],
            "no board of scenarios/hidden-node.toml runs one",
        ),
        (&["run", "--show", "pin"], "pins, pixels"),
        (&["run", "--report", "-", "--show", "pins"], "--show is for plain lines"),
    ] {
        let line = refusal(args);
        assert!(line.contains(because), "{args:?}: {line}");
    }
}

#[test]
fn two_outputs_want_two_files() {
    let folder = Folder::new();
    let path = folder.path("x");
    let line = refusal(&["--pcap", &path, "--report", &path]);
    assert_eq!(
        line,
        format!("sim: --pcap and --report both want {path}: give one of them another file")
    );
    refusal(&["run", "--trace", &path, "--report", &folder.path("./x")]);
    assert!(!Path::new(&path).exists(), "refused before anything is written");
}

#[test]
fn files_that_cannot_be_written_are_named() {
    let folder = Folder::new();
    let missing = folder.path("no/such/file");
    let folder = folder.path("");
    for option in ["--pcap", "--report", "--trace"] {
        for path in [&missing, &folder] {
            let line = refusal(&[option, path]);
            assert!(line.starts_with(&format!("sim: can't write {path}: ")), "{line}");
        }
    }
}

#[test]
fn captures_that_cannot_be_read_are_named() {
    let folder = Folder::new();
    let missing = folder.path("missing");
    let empty = folder.write("empty", "");
    let garbage = folder.write("garbage", [0, 159, 146, 150].repeat(20));
    let prose = folder.write("prose", "no frames here\n");
    let headless = folder.write("headless", b"\x0a\x0d\x0d\x0a");
    let directory = folder.path("");
    for (path, because) in [
        (&missing, ""),
        (&directory, ""),
        (&empty, "empty"),
        (&garbage, "neither a pcap or pcapng capture"),
        (&prose, "line 1: 'n' is not a hexadecimal digit"),
        (&headless, ""),
    ] {
        let ended = run(&["decode", path]);
        let line = complaint(&ended, 2);
        assert!(line.starts_with(&format!("sim: {path}: {because}")), "{line}");
    }
    assert_eq!(
        refusal(&["decode", "no such\nfile\u{1b}[2J"]).split(": ").nth(1),
        Some("no such\\nfile\\u{1b}[2J"),
        "a name can't write to the terminal"
    );
}

#[test]
fn frames_before_the_damage_are_explained() {
    let folder = Folder::new();
    let pcap = folder.path("air");
    printed(&["--pcap", &pcap]);
    let whole = printed(&["decode", &pcap]);
    let octets = read(&pcap);
    let cut = folder.write("cut", &octets[..octets.len() - 10]);
    let ended = run(&["decode", &cut]);
    assert!(complaint(&ended, 2).contains("cut short"));
    let mut frames: Vec<_> = ended.stdout.lines().collect();
    assert!(frames.pop().expect("a summary").starts_with("103 frames: "));
    assert!(frames.len() > 103);
    assert!(whole.starts_with(&frames.join("\n")));
}

#[cfg(unix)]
#[test]
fn names_are_text_for_all_commands() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt as _;

    use crate::shell::sim;

    let folder = Folder::new();
    let inner = Path::new(&folder.path("inner")).to_owned();
    std::fs::create_dir(&inner).expect("room");
    let name = OsString::from_vec(b"\xff.toml".to_vec());
    // Some file systems take only text.
    if std::fs::write(inner.join(&name), "version = 1\n").is_err() {
        return;
    }
    let path = inner.join(&name).into_os_string();
    let out = folder.path("out.csv");
    for (words, path) in [
        (&["run", "--headless"][..], &path),
        (&["check"], &path),
        (&["test"], &path),
        (&["sweep", "--out", &out], &path),
        (&["replay"], &path),
        (&["decode"], &path),
        (&["new"], &path),
        (&["run", "--headless", "--report"], &path),
        (&["check"], &inner.clone().into_os_string()),
        (&["test", "--json", "-"], &inner.clone().into_os_string()),
    ] {
        let ended = sim(words).arg(path).output().expect("the command starts").into();
        let line = complaint(&ended, 2);
        assert!(line.contains("is not UTF-8, as names have to be"), "{words:?}: {line}");
    }
}
