//! Readers who leave, disks that are full, logs and signals.

use std::fs;
use std::io::{self, BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;

use crate::shell::{Ended, Folder, complaint, json, printed, read, run, sim};

#[test]
fn a_reader_may_leave_early() {
    let folder = Folder::new();
    let [pcap, report] = ["air", "report"].map(|name| folder.path(name));
    // More than a pipe holds.
    let args = ["--demo", "flood", "--trace", "-", "--pcap", &pcap, "--report", &report];
    let mut child = sim(&args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut line = String::new();
    let mut reader = BufReader::new(child.stdout.take().expect("a pipe"));
    reader.read_line(&mut line).expect("a line");
    drop(reader);
    assert!(line.starts_with("0.000"), "{line}");
    let ended = Ended::from(child.wait_with_output().expect("it ends"));
    assert_eq!((ended.code, &*ended.stderr), (Some(0), ""));
    let frames = json(&read(&report))["medium"]["transmissions"].as_u64();
    let summary = printed(&["decode", &pcap]);
    let summary = summary.lines().last().and_then(|line| line.split(' ').next());
    assert_eq!(summary.map(str::to_owned), frames.map(|frames| frames.to_string()));
}

#[test]
fn nobody_reads_and_nobody_complains() {
    let folder = Folder::new();
    let [report, pcap] = ["report", "air"].map(|name| folder.path(name));
    printed(&["--pcap", &pcap]);
    for args in [
        &["--report", &report][..],
        &["--report", "-"],
        &["--trace", "-"],
        &["demos"],
        &["--help"],
        &["decode", &pcap],
        &["decode", "--json", &pcap],
    ] {
        let (reader, writer) = io::pipe().expect("a pipe");
        drop(reader);
        let output = sim(args).stdout(writer).output().expect("the command starts");
        let ended = Ended::from(output);
        assert_eq!(ended.code, Some(0), "{args:?}: {ended:?}");
        assert!(
            !ended.stderr.contains("sim:") && !ended.stderr.contains("panic"),
            "{ended:?}"
        );
    }
    assert!(json(&read(&report)).is_object(), "the report does not need a reader");
}

#[test]
fn a_full_disk_is_a_failure() {
    let full = Path::new("/dev/full");
    if !full.exists() {
        println!("skipped: there is no /dev/full");
        return;
    }
    let folder = Folder::new();
    let pcap = folder.path("air");
    printed(&["--pcap", &pcap]);
    let open = || fs::File::options().write(true).open(full).expect("the device opens");
    for args in [
        &[][..],
        &["--report", "-"],
        &["--trace", "-"],
        &["--pcap", "-"],
        &["demos"],
        &["--help"],
        &["decode", &pcap],
    ] {
        let output = sim(args).stdout(open()).output().expect("the command starts");
        let ended = Ended::from(output);
        assert!(!complaint(&ended, 1).contains(" - "), "{args:?}: {ended:?}");
    }
    for option in ["--pcap", "--report", "--trace"] {
        let ended = run(&[option, "/dev/full"]);
        assert!(complaint(&ended, 1).starts_with("sim: writing /dev/full failed: "));
        assert!(ended.stdout.contains("b'end'"), "the run itself is printed");
    }
    let status = sim(&["--bogus"]).stderr(open()).status().expect("the command starts");
    assert_eq!(status.code(), Some(2), "even if nobody can be told why");
}

#[test]
fn logs_stand_on_standard_error_in_virtual_time() {
    let logged = |value| {
        let output = sim(&["run"]).env("RUST_LOG", value).output();
        Ended::from(output.expect("the command starts"))
    };
    let ended = logged("sim=debug");
    assert_eq!(ended.code, Some(0));
    assert_eq!(ended.stdout, printed(&["run"]));
    assert!(
        ended
            .stderr
            .starts_with("    0.000260 DEBUG sim::lab::air: transmits board=\"sender\"")
    );
    assert!(!ended.stderr.contains('\u{1b}'), "a pipe has no colours");
    assert_eq!(ended, logged("sim=debug"));
    assert_eq!(logged("==,=").stderr, "", "what can't be understood asks for nothing");
}

#[test]
#[cfg(unix)]
fn an_interrupted_run_keeps_its_files() {
    use std::io::Read as _;

    use rustix::process::{Pid, Signal, kill_process};

    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let folder = Folder::new();
        let [pcap, report] = ["air", "report"].map(|name| folder.path(name));
        // It would take two minutes.
        let mut child = sim(&["--speed", "0.01", "--headless", "--pcap", &pcap, "--report", &report])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let mut reader = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        while !line.ends_with("True\n") {
            line.clear();
            assert_ne!(reader.read_line(&mut line).expect("lines"), 0, "a frame is sent");
        }
        kill_process(Pid::from_child(&child), signal).expect("it can be signalled");
        let mut text = String::new();
        reader.read_to_string(&mut text).expect("text");
        let ended = Ended::from(child.wait_with_output().expect("it ends"));
        assert_eq!((ended.code, &*ended.stderr), (Some(code), ""));
        let summary = text.lines().last().expect("a summary");
        assert!(summary.starts_with("interrupted at 0.0"), "{summary}");
        let frames = json(&read(&report))["medium"]["transmissions"]
            .as_u64()
            .expect("a number");
        assert!((1..104).contains(&frames));
        assert!(summary.contains(&format!("{frames} frames on the air")));
        let decoded = printed(&["decode", &pcap]);
        let decoded = decoded.lines().last().expect("a summary");
        assert!(decoded.starts_with(&format!("{frames} frame")), "{decoded}");
    }
}
