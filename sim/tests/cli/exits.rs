//! The exit code says what was found, whether anybody reads the output or not.

use std::fs;
use std::io;

use crate::shell::{Ended, Folder, complaint, json, printed, read, sim};

const FAILS: &str = "version = 1\nduration = \"1s\"\n[[board]]\nname = \"board\"\n[[expect]]\nboard = \"board\"\n\
                     pixel = { index = 0, colour = \"green\" }\nby = \"1s\"\n";

/// How a command ends whose output nobody reads.
fn unread(args: &[&str]) -> Ended {
    let (reader, writer) = io::pipe().expect("a pipe");
    drop(reader);
    sim(args).stdout(writer).output().expect("the command starts").into()
}

#[test]
fn failures_are_failures_without_a_reader() {
    let folder = Folder::new();
    let fails = folder.write("a.toml", FAILS);
    let more = folder.write("b.toml", FAILS);
    let [xml, report] = ["x.xml", "x.json"].map(|name| folder.path(name));
    let test = [
        "test", &fails, &more, "--seeds", "1..3", "--junit", &xml, "--json", &report,
    ];
    let ended = unread(&test);
    assert_eq!((ended.code, &*ended.stderr), (Some(1), ""));
    let scenarios = json(&read(&report))["scenarios"].as_array().map(Vec::len);
    assert_eq!(scenarios, Some(2), "both are run");
    assert!(read(&xml).ends_with(b"</testsuites>\n"), "and told");
    let ended = unread(&["test", &fails, "--seeds", "1", "--json", "-"]);
    assert_eq!((ended.code, &*ended.stderr), (Some(1), ""));

    let [first, second] = ["1", "2"].map(|seed| {
        let file = folder.path(seed);
        printed(&["--loss", "0.3", "--seed", seed, "--record", &file]);
        file
    });
    assert_eq!(unread(&["diff", &first, &second]).code, Some(1));
    assert_eq!(unread(&["diff", &first, &first]).code, Some(0));

    let wrong = folder.write("c.toml", "version = 2\n");
    let ended = unread(&["check", &fails, &wrong]);
    assert!(
        complaint(&ended, 2).contains("c.toml"),
        "what is wrong is told all the same"
    );
}

#[test]
fn a_damaged_capture_is_one_without_a_reader() {
    let folder = Folder::new();
    let pcap = folder.path("air");
    printed(&["--demo", "flood", "--for", "1s", "--pcap", &pcap]);
    let octets = read(&pcap);
    let cut = folder.write("cut", &octets[..octets.len() - 10]);
    for args in [&["decode", &cut][..], &["decode", "--json", &cut]] {
        let ended = unread(args);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.stderr.contains("cut short"), "{ended:?}");
    }
    assert_eq!(unread(&["decode", &pcap]).code, Some(0));
}

#[test]
fn a_full_disk_hides_no_failure() {
    let Ok(full) = fs::File::options().write(true).open("/dev/full") else {
        println!("skipped: there is no /dev/full");
        return;
    };
    let folder = Folder::new();
    let wrong = folder.write("c.toml", "version = 2\n");
    let good = folder.write("a.toml", FAILS);
    let xml = folder.path("x.xml");
    let to_full = |args: &[&str]| {
        let stdout = full.try_clone().expect("a descriptor");
        Ended::from(sim(args).stdout(stdout).output().expect("the command starts"))
    };
    let ended = to_full(&["check", &good, &wrong]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("writing to standard output failed"), "{ended:?}");
    let ended = to_full(&["test", &good, "--seeds", "1", "--junit", &xml]);
    assert_eq!(ended.code, Some(1));
    assert!(read(&xml).ends_with(b"</testsuites>\n"));
}

#[test]
#[cfg(unix)]
fn an_interrupted_run_is_one_without_a_reader() {
    use std::io::{BufRead as _, BufReader};
    use std::process::Stdio;

    use rustix::process::{Pid, Signal, kill_process};

    let folder = Folder::new();
    let pcap = folder.path("air");
    let mut child = sim(&["--speed", "0.01", "--headless", "--pcap", &pcap])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the command starts");
    let mut line = String::new();
    let mut reader = BufReader::new(child.stdout.take().expect("a pipe"));
    reader.read_line(&mut line).expect("it has begun");
    drop(reader);
    kill_process(Pid::from_child(&child), Signal::INT).expect("it can be signalled");
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
}
