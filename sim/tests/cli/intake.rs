//! What comes in from files: nothing is waited for, nothing fills the memory, nothing reaches the terminal as it is.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::shell::{Ended, Folder, complaint, printed, run, sim};

/// Longer than any refusal takes.
const SOON: Duration = Duration::from_secs(20);

/// How a command ends that must not wait for anything.
#[track_caller]
fn soon(args: &[&str]) -> Ended {
    let mut child = sim(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let began = Instant::now();
    while child.try_wait().expect("a child").is_none() {
        if began.elapsed() > SOON {
            child.kill().expect("it can be ended");
            panic!("{args:?} waits for ever");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.wait_with_output().expect("it has ended").into()
}

#[cfg(unix)]
fn make_pipe(path: &str) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.expect("mkfifo").success());
}

#[cfg(unix)]
#[test]
fn pipes_and_devices_are_no_files() {
    let folder = Folder::new();
    let pipe = folder.path("pipe.toml");
    make_pipe(&pipe);
    for (path, what) in [
        (&*pipe, "this is a pipe, not a file"),
        ("/dev/zero", "this is a device, not a file"),
    ] {
        let places = format!("places={path}");
        let out = folder.path("out.csv");
        for args in [
            &["check", path][..],
            &["test", path],
            &["replay", path],
            &["diff", path, path],
            &["sweep", "--merge", path, "--out", &out],
            &["run", "--demo", "field", "--set", &places, "--headless"],
        ] {
            let ended = soon(args);
            let line = complaint(&ended, 2);
            assert!(line.contains(what) && line.contains(path), "{args:?}: {line}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_is_no_program() {
    let folder = Folder::new();
    let pipe = folder.path("main.py");
    make_pipe(&pipe);
    let ended = soon(&["run", &pipe, "--headless"]);
    assert!(complaint(&ended, 2).contains("this is a pipe, not a file"), "{ended:?}");
    let file = folder.write(
        "a.toml",
        "version = 1\nduration = \"1s\"\n[[board]]\nname = \"a\"\nscript = \"main.py\"\n",
    );
    let ended = soon(&["check", &file]);
    assert!(
        complaint(&ended, 2).contains("neither a file nor a folder"),
        "{ended:?}"
    );
}

#[test]
fn a_scenario_has_a_size() {
    let folder = Folder::new();
    let path = folder.path("long.toml");
    let file = fs::File::create(&path).expect("room");
    file.set_len(5 << 20).expect("a hole takes no room");
    let ended = soon(&["check", &path]);
    assert!(complaint(&ended, 2).contains("at most 4 MiB"), "{ended:?}");
}

#[cfg(unix)]
#[test]
fn a_folder_that_leads_back_to_itself_is_walked_once() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new();
    let inner = folder.path("inner");
    fs::create_dir(&inner).expect("room");
    for name in ["one", "two", "three"] {
        symlink(folder.path(""), format!("{inner}/{name}")).expect("a link");
    }
    folder.write(
        "a.toml",
        "version = 1\nduration = \"1s\"\n[[board]]\nname = \"a\"\napp = \"hello-receiver\"\n",
    );
    folder.write(
        "inner/b.toml",
        "version = 1\nduration = \"1s\"\n[[board]]\nname = \"b\"\napp = \"hello-receiver\"\n",
    );
    let ended = soon(&["check", &folder.path("")]);
    assert_eq!((ended.code, ended.stdout.lines().count()), (Some(0), 2), "{ended:?}");
}

#[test]
fn what_a_scenario_says_is_escaped_wherever_it_is_told() {
    let folder = Folder::new();
    let file = folder.write(
        "a.toml",
        "version = 1\nname = \"x\\u001b[2J\\u202ey\\ufffe\\uffff\"\nduration = \"1s\"\n[[board]]\nname = \"a\"\napp = \"hello-receiver\"\n\
         [[event]]\nname = \"e\\u001b[31m\\u2066\"\nat = \"1ms\"\npress = \"a\"\n\
         [[expect]]\nboard = \"a\"\nconsole = \"\\u001b]0;t\\u0007\\u200b\"\nwithin = \"5ms\"\nafter = \"e\\u001b[31m\\u2066\"\n",
    );
    let mut seen = Vec::new();
    for args in [
        &["check", &file][..],
        &["test", &file, "--seeds", "1..2"],
        &["test", &file, "--seeds", "1..2", "--json", "-"],
        &["run", &file, "--headless"],
        &["test", &file, "--seeds", "1..2", "--junit", "-"],
        &["run", &file, "--headless", "--report", "-"],
        &["run", &file, "--headless", "--html", "-"],
    ] {
        let ended = run(args);
        let text = ended.stdout + &ended.stderr;
        let bad = |c: char| {
            (c.is_control() && c != '\n') || matches!(c, '\u{200b}' | '\u{202e}' | '\u{2066}' | '\u{fffe}' | '\u{ffff}')
        };
        assert!(!text.contains(bad), "{args:?}: {text:?}");
        seen.push(text);
    }
    for seen in [&seen[1], &seen[4]] {
        assert!(seen.contains("x\\u{1b}[2J\\u{202e}y\\u{fffe}\\u{ffff}"), "{seen}");
    }
    assert!(seen[3].contains("not met:"), "{}", seen[3]);
    let value: serde_json::Value = serde_json::from_str(&seen[2]).expect("JSON");
    assert_eq!(value["scenarios"][0]["name"], "x\u{1b}[2J\u{202e}y\u{fffe}\u{ffff}");
}

/// How a scenario begins.
const HEAD: &str = "version = 1\nduration = \"1s\"\n";

#[test]
fn limits_hold_for_all_groups_together() {
    let folder = Folder::new();
    let group =
        |number: u32| format!("[[board]]\nname = \"g{number}-{{n}}\"\ncount = 1000000\napp = \"hello-receiver\"\n");
    let file = folder.write("many.toml", HEAD.to_owned() + &(1..=20).map(group).collect::<String>());
    let ended = soon(&["check", &file]);
    assert!(
        complaint(&ended, 2).contains("with these there are 2000000 boards, more than 1000000"),
        "{ended:?}"
    );
    let group = |number: u32| {
        format!("[[board]]\nname = \"g{number}-{{n}}\"\ncount = 1000\npixels = 65535\napp = \"hello-receiver\"\n")
    };
    let file = folder.write("bright.toml", HEAD.to_owned() + &group(1));
    let ended = soon(&["check", &file]);
    assert!(complaint(&ended, 2).contains("NeoPixels together"), "{ended:?}");
    let file = folder.write(
        "name.toml",
        "version = 1\nduration = \"1s\"\n[[board]]\nname = \"a\\u202eb\"\napp = \"hello-receiver\"\n",
    );
    let ended = soon(&["check", &file]);
    assert!(complaint(&ended, 2).contains("direction-turning"), "{ended:?}");
    let out = folder.path("out.csv");
    let sweep = [
        "sweep",
        "--demo",
        "pair",
        "--set",
        "distance=1..5000",
        "--set",
        "payload=1..250",
        "--seeds",
        "100",
    ];
    let ended = soon(&[&sweep[..], &["--out", &out]].concat());
    assert!(complaint(&ended, 2).contains("at most 100000000 rows"), "{ended:?}");
    let ended = soon(&[&sweep[..7], &["--seeds", "1", "--out", &out]].concat());
    assert!(
        complaint(&ended, 2).contains("at most 1000000; cut them into shards, as in --shard 1/2"),
        "{ended:?}"
    );
}

/// Numbers in a file, whose checksums are right because its maker made them.
#[test]
fn a_recording_claims_nothing_that_a_run_can_not_have() {
    let folder = Folder::new();
    let good = folder.path("good.rec");
    printed(&[
        "run",
        "--demo",
        "hello-unicast",
        "--for",
        "20ms",
        "--headless",
        "--record",
        &good,
    ]);
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/corpus/recording/");
    let html = folder.path("out.html");
    for (claim, words) in [
        ("pixels-without-end", "NeoPixels"),
        ("pixels-of-gigabytes", "NeoPixels"),
        ("name-with-escapes", "a board's name"),
        ("name-turned", "a board's name"),
    ] {
        let path = format!("{corpus}{claim}");
        for args in [
            &["replay", &path, "--headless"][..],
            &["replay", &path, "--report", "-"],
            &["replay", &path, "--html", &html],
            &["diff", &path, &good],
        ] {
            let ended = soon(args);
            assert!(complaint(&ended, 2).contains(words), "{args:?}: {ended:?}");
        }
    }
    let ended = soon(&["replay", &format!("{corpus}small-entries"), "--headless"]);
    assert!(complaint(&ended, 0).contains("is damaged"), "{ended:?}");
}
