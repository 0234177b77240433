//! Scenarios' files: `sim run FILE`, `check`, `new`, `test`.

use std::fs;

use crate::shell::{Ended, Folder, complaint, json, printed, read, refusal, run, sim};

const HELLO: &str = r#"
version = 1
duration = "3s"
[parameters]
loss = 0.0
[air]
loss = "$loss"
[[board]]
name = "sender"
app = "hello-sender"
arguments = { peer = "receiver" }
[[board]]
name = "receiver"
app = "hello-receiver"
[[expect]]
board = "receiver"
pixel = { index = 0, colour = "green" }
by = "2s"
"#;

#[test]
fn a_file_runs_as_a_demo_does() {
    let folder = Folder::new();
    let file = folder.write("hello.toml", HELLO);
    let text = printed(&["run", &file]);
    assert!(text.contains("] 34:85:18:00:00:04 b'end'"), "{text}");
    assert!(text.ends_with("met: receiver: pixel 0 green by 2s\n"), "{text}");
    assert_eq!(text, printed(&["run", &file, "--seed", "1", "--headless"]));
    // The options change what the file says.
    let lost = printed(&["run", &file, "--loss", "100%"]);
    assert!(
        lost.contains("not met: receiver: pixel 0 green by 2s: at 2.000000 s, receiver"),
        "{lost}"
    );
    assert_eq!(lost, printed(&["run", &file, "--set", "loss=1"]));
    assert!(printed(&["run", &file, "--burst", "1,50ms"]).contains("not met"));
    let short = printed(&["run", &file, "--for", "100ms"]);
    assert!(short.contains("over at 0.1") && short.contains("not met"), "{short}");
    let report = json(printed(&["run", &file, "--report", "-"]).as_bytes());
    assert_eq!(report["scenario"], "hello");
    assert_eq!(report["boards"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_new_scenario_can_be_checked_and_tested_at_once() {
    let folder = Folder::new();
    let file = folder.path("mine.toml");
    assert!(printed(&["new", &file]).contains("sim test"));
    assert_eq!(read(&file), printed(&["new"]).as_bytes());
    assert_eq!(
        printed(&["check", &file]),
        format!("{file}: ok, 4 boards, 3 expectations\n")
    );
    let tested = printed(&["test", &file]);
    assert!(
        tested.starts_with("ok     mine: 5 runs, seeds 1..5\n1 of 1 scenarios passed, 5 runs in "),
        "{tested}"
    );
    // What is there is not written over.
    assert!(refusal(&["new", &file]).contains("is there already"));
}

#[test]
fn everything_that_is_wrong_is_told() {
    let folder = Folder::new();
    let good = folder.write("a.toml", HELLO);
    let bad = folder.write("b.toml", HELLO.replace("hello-sender", "helo-sender"));
    let ended = run(&["check", &good, &bad, &bad]);
    assert_eq!((ended.code, ended.stderr.lines().count()), (Some(2), 2));
    assert!(ended.stdout.starts_with(&good));
    let line = refusal(&["test", &bad]);
    assert!(
        line.contains("b.toml:10:7: board.0.app: there is no app \"helo-sender\"; did you mean hello-sender?"),
        "{line}"
    );
    assert_eq!(refusal(&["run", &bad]), line);
    let line = refusal(&["run", &good, "--set", "los=1"]);
    assert!(
        line.contains("--set los=1: no parameter and no key has this name; did you mean loss?"),
        "{line}"
    );
}

#[test]
fn failures_are_told_to_people_to_programs_and_to_ci() {
    let folder = Folder::new();
    let file = folder.write("hello.toml", HELLO);
    let (xml, report) = (folder.path("x.xml"), folder.path("x.json"));
    let args = [
        "test", &file, "--seeds", "1..20", "--set", "loss=0.6", "--junit", &xml, "--json", &report, "--jobs", "2",
    ];
    let ended = run(&args);
    assert_eq!((ended.code, &*ended.stderr), (Some(1), ""));
    for part in [
        "FAILED hello: 20 runs, seeds 1..20\n",
        "  expected receiver: pixel 0 green by 2s\n",
        " of 20 runs fail, with the seeds ",
        ", at 2.000000 s, receiver: pixel 0 ",
        "    before that:\n",
        "sent to receiver: failed after ",
        &format!("    see it: sim run {file} --set loss=0.6 --seed "),
        "0 of 1 scenarios passed, 20 runs in ",
    ] {
        assert!(ended.stdout.contains(part), "{}\nlacks {part}", ended.stdout);
    }
    let object = json(&read(&report));
    assert_eq!(object["passed"], false);
    let expectation = &object["scenarios"][0]["expectations"][0];
    assert_eq!(expectation["name"], "receiver: pixel 0 green by 2s");
    let seeds = expectation["failed_seeds"].as_array().expect("seeds");
    assert_eq!(object["scenarios"][0]["failed"], seeds.len());
    assert_eq!(expectation["failures"][0]["seed"], seeds[0]);
    assert_eq!(expectation["failures"][0]["at_us"], 2_000_000);
    // The command that is offered shows that run.
    let command = expectation["failures"][0]["command"].as_str().expect("a command");
    let words: Vec<_> = command.split(' ').skip(1).collect();
    assert!(
        printed(&words).contains("not met: receiver: pixel 0 green by 2s"),
        "{command}"
    );
    let xml = String::from_utf8(read(&xml)).expect("text");
    for part in [
        "<testsuite name=\"hello\"",
        "failures=\"1\"",
        "<failure",
        "of 20 runs fail",
        "value=\"1..20\"",
    ] {
        assert!(xml.contains(part), "{xml}\nlacks {part}");
    }
    // The same again, alone on standard output, with another number of threads.
    let alone = run(&[
        "test", &file, "--seeds", "1..20", "--set", "loss=0.6", "--json", "-", "--jobs", "1",
    ]);
    assert_eq!((alone.code, alone.stdout.as_bytes()), (Some(1), &*read(&report)));
}

#[test]
fn a_folder_is_all_its_scenarios() {
    let folder = Folder::new();
    folder.write("a.toml", HELLO);
    folder.write(
        "b.toml",
        HELLO.replace("[[expect]]\n", "").replace(
            "board = \"receiver\"\npixel = { index = 0, colour = \"green\" }\nby = \"2s\"\n",
            "",
        ),
    );
    folder.write("notes.txt", "no scenario");
    let tested = printed(&["test", &folder.path("."), "--seeds", "3"]);
    assert!(
        tested.contains("ok     a: 1 run, seeds 3\n") && tested.contains("nothing is expected in "),
        "{tested}"
    );
    assert!(refusal(&["test", &folder.path("b.toml")]).contains("nothing to test: no expectation in "));
    let empty = Folder::new();
    assert!(refusal(&["test", &empty.path(".")]).contains("no file in "));
}

#[test]
fn what_fails_is_written_smaller() {
    let folder = Folder::new();
    let file = folder.write(
        "big.toml",
        format!("{HELLO}[[board]]\nname = \"idle-{{n}}\"\ncount = 20\n[[event]]\nat = \"1s\"\nreboot = \"idle-3\"\n"),
    );
    let inside = folder.path(".");
    let mut command = sim(&["test", &file, "--set", "loss=1", "--seeds", "1", "--shrink"]);
    let output = command.current_dir(&inside).output().expect("the command starts");
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.contains("boards, 0 events, 2s: sim run big.shrunk.toml --seed "),
        "{text}"
    );
    let smaller = folder.path("big.shrunk.toml");
    let again = run(&["test", &smaller]);
    assert_eq!(again.code, Some(1), "{again:?}");
}

#[test]
fn what_cannot_be_written_smaller_has_failed_all_the_same() {
    let folder = Folder::new();
    let file = folder.write("big.toml", HELLO);
    fs::create_dir(folder.path("big.shrunk.toml")).expect("room");
    let mut command = sim(&["test", &file, "--set", "loss=1", "--seeds", "1", "--shrink"]);
    let output = command.current_dir(folder.path(".")).output();
    let ended = Ended::from(output.expect("the command starts"));
    assert!(ended.stdout.contains("FAILED big"), "{ended:?}");
    assert!(
        complaint(&ended, 1).contains("can't write big.shrunk.toml: "),
        "{ended:?}"
    );
}

#[test]
fn apps_are_listed_with_what_they_take() {
    let list = printed(&["apps"]);
    for part in [
        "\nhello-sender ",
        "\nbeacon ",
        "period: from one broadcast to the next (1s unless given; a time",
        "has to be given",
    ] {
        assert!(list.contains(part), "{list}\nlacks {part}");
    }
}

#[test]
fn a_report_that_cannot_be_written_is_told() {
    let folder = Folder::new();
    let file = folder.write("hello.toml", HELLO);
    let gone = folder.path("no/x.xml");
    let ended = run(&["test", &file, "--seeds", "1", "--junit", &gone]);
    assert!(complaint(&ended, 2).contains("can't write"));
}

#[test]
fn a_new_scenario_is_written_to_standard_output_where_all_outputs_are() {
    let folder = Folder::new();
    let output = sim(&["new", "-"]).current_dir(folder.path(".")).output();
    let output = output.expect("the command starts");
    assert_eq!(String::from_utf8_lossy(&output.stdout), printed(&["new"]));
    assert!(!std::path::Path::new(&folder.path("-")).exists());
}

/// What is named by mistake is said to be what it is, and is not run as a program.
#[test]
fn a_file_is_run_as_what_it_is() {
    let folder = Folder::new();
    let scenario = folder.write(
        "MINE.TOML",
        "version = 1\nduration = \"1s\"\n[[board]]\nname = \"board\"\n",
    );
    // A board without a program waits for nothing, and is not told that it does.
    let idle = printed(&["run", &scenario]);
    assert!(idle.starts_with("over at ") && !idle.contains("waiting"), "{idle}");
    let recording = folder.path("a.rec");
    let capture = folder.path("a.pcapng");
    let report = folder.path("a.json");
    printed(&["--record", &recording, "--pcap", &capture, "--report", &report]);
    for (file, what) in [
        (&recording, "it is a recording, which `sim replay` shows"),
        (&capture, "it is a capture, which `sim decode` explains"),
        (
            &report,
            "a program's name ends in .py, a scenario's in .toml, and a folder has a main.py",
        ),
    ] {
        assert_eq!(refusal(&["run", file]), format!("sim: {file} is no program: {what}"));
    }
}
