//! What is written where: no input is overwritten, no file is two outputs, and what is complete replaces what was there.

use std::fs;
use std::process::Stdio;

use crate::shell::{Folder, json, printed, read, refusal, sim};

/// The least that can be run.
const QUIET: &str = "version = 1\nduration = \"1s\"\n[[board]]\nname = \"board\"\n";

/// One that expects what does not come.
const FAILS: &str = "version = 1\nduration = \"1s\"\n[[board]]\nname = \"board\"\n[[expect]]\nboard = \"board\"\n\
                     pixel = { index = 0, colour = \"green\" }\nby = \"1s\"\n";

#[test]
fn an_output_is_no_input() {
    let folder = Folder::new();
    let scenario = folder.write("s.toml", QUIET);
    let places = folder.write("places.txt", "0 0 0\n1 0 0\n");
    let script = folder.write("x.py", "print('x')\n");
    let recording = folder.path("a.rec");
    printed(&["run", &scenario, "--record", &recording]);
    let places_key = format!("places={places}");
    let before: Vec<_> = [&scenario, &places, &script, &recording].map(|path| read(path)).into();
    for option in ["--pcap", "--report", "--html", "--trace", "--record"] {
        for (args, input) in [
            (&["run", &scenario][..], &scenario),
            (
                &["run", "--demo", "field", "--set", "boards=2", "--set", &places_key],
                &places,
            ),
            (&["run", &script], &script),
            (&["replay", &recording], &recording),
        ] {
            if option == "--record" && args[0] == "replay" {
                continue;
            }
            let line = refusal(&[args, &[option, input]].concat());
            assert_eq!(
                line,
                format!("sim: {option} {input} would overwrite a file that is read: give it another file")
            );
        }
    }
    for option in ["--junit", "--json"] {
        let test = folder.write("t.toml", FAILS);
        let line = refusal(&["test", &test, option, &test]);
        assert!(line.contains("would overwrite a file that is read"), "{line}");
        assert_eq!(read(&test), FAILS.as_bytes());
    }
    let after: Vec<_> = [&scenario, &places, &script, &recording].map(|path| read(path)).into();
    assert!(before == after);
}

#[test]
fn what_a_scenario_names_is_an_input() {
    let folder = Folder::new();
    fs::create_dir(folder.path("board")).expect("room");
    folder.write("board/main.py", "print('x')\n");
    let script = folder.write("x.py", "print('x')\n");
    let with =
        |script: &str| format!("version = 1\nduration = \"1s\"\n[[board]]\nname = \"a\"\nscript = \"{script}\"\n");
    let scenario = folder.write("s.toml", with("x.py"));
    let line = refusal(&["run", &scenario, "--report", &script]);
    assert!(line.contains("would overwrite a file that is read"), "{line}");
    let scenario = folder.write("f.toml", with("board"));
    for args in [&["run", &scenario][..], &["run", &folder.path("board")]] {
        let inside = folder.path("board/report.json");
        let line = refusal(&[args, &["--report", &inside]].concat());
        assert!(
            line.contains("whose files are read: give it a file elsewhere"),
            "{line}"
        );
        assert!(!fs::exists(&inside).expect("it can be told"));
    }
}

#[test]
fn shrinking_overwrites_nothing_that_is_tested() {
    let folder = Folder::new();
    fs::create_dir(folder.path("other")).expect("room");
    for name in ["x.toml", "x.shrunk.toml", "other/x.toml"] {
        folder.write(name, FAILS);
    }
    for (paths, told) in [
        (["x.toml", "x.shrunk.toml"], "--shrink x.shrunk.toml would overwrite"),
        (
            ["x.toml", "other/x.toml"],
            "--shrink and --shrink both want x.shrunk.toml",
        ),
    ] {
        let output = sim(&["test", "--seeds", "1", "--shrink"])
            .args(paths)
            .current_dir(folder.path("."))
            .output()
            .expect("the command starts");
        assert_eq!(output.status.code(), Some(2));
        let line = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(line.contains(told), "{line}");
    }
    assert_eq!(read(&folder.path("x.shrunk.toml")), FAILS.as_bytes());
}

#[test]
#[cfg(unix)]
fn one_file_by_two_names_is_one_file() {
    use std::os::unix::fs::symlink;

    let folder = Folder::new();
    let [first, hard, dangling, later] = ["first", "hard", "dangling", "later"].map(|name| folder.path(name));
    fs::write(&first, "before").expect("room");
    fs::hard_link(&first, &hard).expect("a link");
    symlink("later", &dangling).expect("a link");
    for [one, other] in [[&first, &hard], [&dangling, &later]] {
        let line = refusal(&["--trace", one, "--pcap", other]);
        assert!(line.starts_with("sim: --pcap and --trace both want "), "{line}");
        let test = folder.write("t.toml", FAILS);
        let line = refusal(&["test", &test, "--json", one, "--junit", other]);
        assert!(line.starts_with("sim: --junit and --json both want "), "{line}");
    }
    assert_eq!(read(&first), b"before");
    if fs::exists("/dev/stdout").unwrap_or_default() {
        for other in ["/dev/stdout", "/proc/self/fd/1"]
            .into_iter()
            .filter(|path| fs::exists(path).unwrap_or_default())
        {
            let line = refusal(&["--trace", "-", "--pcap", other]);
            assert_eq!(
                line,
                format!("sim: --pcap {other} and --trace - both want standard output: give one of them a file")
            );
            // The lines give way to it, as to `-`.
            assert_eq!(printed(&["--trace", other]), printed(&["--trace", "-"]));
        }
    }
    // A scenario by another name is an input, too.
    let scenario = folder.write("s.toml", QUIET);
    let alias = folder.path("alias.toml");
    fs::hard_link(&scenario, &alias).expect("a link");
    assert!(refusal(&["run", &scenario, "--trace", &alias]).contains("would overwrite a file that is read"));
}

#[test]
#[cfg(unix)]
fn the_file_that_standard_output_goes_to_is_standard_output() {
    let folder = Folder::new();
    let path = folder.path("both");
    let file = fs::File::create(&path).expect("room");
    let status = sim(&["--trace", &path])
        .stdout(file)
        .status()
        .expect("the command starts");
    assert_eq!(status.code(), Some(0));
    assert_eq!(read(&path), printed(&["--trace", "-"]).as_bytes());
}

#[test]
#[cfg(unix)]
fn a_killed_run_leaves_the_last_report() {
    use std::io::{BufRead as _, BufReader};

    let folder = Folder::new();
    let files = ["report", "page"].map(|name| folder.path(name));
    printed(&["--seed", "9", "--report", &files[0], "--html", &files[1]]);
    let last = files.each_ref().map(|file| read(file));
    let mut child = sim(&[
        "--speed",
        "0.01",
        "--headless",
        "--report",
        &files[0],
        "--html",
        &files[1],
    ])
    .stdout(Stdio::piped())
    .spawn()
    .expect("the command starts");
    let mut line = String::new();
    let mut reader = BufReader::new(child.stdout.take().expect("a pipe"));
    reader.read_line(&mut line).expect("it has begun");
    child.kill().expect("it goes on");
    child.wait().expect("it ends");
    assert_eq!(files.each_ref().map(|file| read(file)), last);
    let names: Vec<_> = fs::read_dir(folder.path(".")).expect("a folder").flatten().collect();
    assert_eq!(names.len(), 2, "nothing else is left: {names:?}");
    printed(&["--report", &files[0], "--html", &files[1]]);
    assert!(json(&read(&files[0])).is_object() && read(&files[1]).starts_with(b"<!DOCTYPE html>"));
}

/// Whoever forgets the name of an output gives the file's name to the option, and a demo would run. Nothing of it is lost.
#[test]
fn a_file_of_another_kind_is_not_replaced() {
    let folder = Folder::new();
    let own = folder.write("mine.py", "import espnow\n");
    let report = folder.path("report.json");
    printed(&["--report", &report]);
    let before = read(&report);
    for option in ["--pcap", "--report", "--html", "--trace", "--record"] {
        let line = refusal(&["run", "--headless", option, &own]);
        assert!(
            line.starts_with(&format!("sim: {option} {own}: what is there is not a"))
                && line.ends_with(", and stays: remove it, or give another name"),
            "{line}"
        );
    }
    assert_eq!(read(&own), b"import espnow\n");
    // A page does not take a report's place either, and a report does.
    assert!(refusal(&["run", "--headless", "--html", &report]).contains("not a page"));
    assert_eq!(read(&report), before);
    printed(&["--report", &report, "--seed", "2"]);
    assert_ne!(read(&report), before);
    let scenario = folder.write("s.toml", FAILS);
    for option in ["--junit", "--json"] {
        assert!(refusal(&["test", &scenario, option, &own]).contains("what is there is not a"));
    }
    assert!(
        refusal(&["sweep", &scenario, "--out", &folder.write("mine.csv", "a,b\n")]).contains("not a sweep's table")
    );
}

/// A limit on files' size is told as a full disk is, and leaves as little behind.
#[test]
#[cfg(unix)]
fn a_limit_on_the_size_of_files_is_an_error_and_no_end() {
    for option in ["--pcap", "--report", "--html", "--trace", "--record"] {
        let folder = Folder::new();
        let path = folder.path("output");
        let run = std::process::Command::new("sh")
            .args(["-c", "ulimit -f 1 && exec \"$@\"", "sh", env!("CARGO_BIN_EXE_sim")])
            .args(["run", "--headless", "--demo", "flood", "--for", "2s", option, &path])
            .output()
            .expect("the command ends");
        let stderr = String::from_utf8_lossy(&run.stderr);
        assert_eq!(run.status.code(), Some(1), "{option}: {:?} {stderr}", run.status);
        assert!(
            stderr.starts_with("sim: writing ") && stderr.lines().count() == 1,
            "{stderr}"
        );
        let names: Vec<_> = fs::read_dir(folder.path(".")).expect("a folder").flatten().collect();
        assert!(names.iter().all(|name| name.file_name() == "output"), "{names:?}");
    }
}
