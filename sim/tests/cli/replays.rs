//! Recordings: shown again, written out again, compared.

use std::fs;

use crate::shell::{Folder, complaint, json, printed, read, refusal, run, sim};

/// A field of every kind of line, with interference.
const RUNS: [&[&str]; 3] = [
    &["--demo", "hello-unicast", "--loss", "0.3"],
    &["--demo", "light", "--seed", "3"],
    &["--demo", "pair", "--interferer", "wifi:duty=0.5", "--for", "1s"],
];

#[test]
fn a_replay_says_and_writes_what_the_run_did() {
    for options in RUNS {
        let folder = Folder::new();
        let recording = folder.path("run.rec");
        let written = |name: &str| {
            ["pcap", "trace", "html", "report"]
                .map(|kind| (format!("--{kind}"), folder.path(&format!("{name}.{kind}"))))
        };
        let files = |written: &[(String, String); 4]| {
            written
                .iter()
                .flat_map(|(option, path)| [option.clone(), path.clone()])
                .collect::<Vec<_>>()
        };
        let (ours, theirs) = (written("run"), written("replay"));
        let said = sim(&[&["run", "--record", &recording], options].concat())
            .args(files(&ours))
            .output()
            .expect("it runs");
        let again = sim(&["replay", &recording])
            .args(files(&theirs))
            .output()
            .expect("it runs");
        assert!(!said.stdout.is_empty());
        assert_eq!(
            String::from_utf8_lossy(&again.stdout),
            String::from_utf8_lossy(&said.stdout)
        );
        assert_eq!(String::from_utf8_lossy(&again.stderr), "");
        for ((_, ours), (_, theirs)) in ours.iter().zip(&theirs).take(3) {
            assert_eq!(read(ours), read(theirs), "{ours}");
        }
        let reports = [&ours, &theirs].map(|written| {
            let mut report = json(&read(&written[3].1));
            report["wall_us"] = 0.into();
            report
        });
        assert_eq!(reports[0], reports[1]);
    }
}

#[test]
fn two_recordings_of_a_run_are_the_same_octets() {
    let folder = Folder::new();
    let files = ["a", "b"].map(|name| folder.path(name));
    for file in &files {
        printed(&["--loss", "0.3", "--record", file]);
    }
    assert!(read(&files[0]) == read(&files[1]));
    assert!(printed(&["diff", &files[0], &files[1]]).starts_with("the same: "));
}

#[test]
fn the_first_difference_is_told() {
    let folder = Folder::new();
    let files = ["1", "2", "3"].map(|seed| {
        let file = folder.path(seed);
        printed(&[
            "--demo",
            "hello-unicast",
            "--loss",
            "0.3",
            "--record",
            &file,
            "--seed",
            seed,
        ]);
        file
    });
    let ended = run(&["diff", &files[0], &files[1]]);
    assert_eq!((ended.code, &*ended.stderr), (Some(1), ""));
    let lines: Vec<_> = ended.stdout.lines().collect();
    assert!(lines[0].starts_with("different from 0."), "{}", ended.stdout);
    assert!(
        ended
            .stdout
            .contains("octets       differ before: 0.000260 sender tx frame 0"),
        "{}",
        ended.stdout
    );
    assert!(ended.stdout.contains("  seeds        1 and 2"), "{}", ended.stdout);
    let words = |start: &str| lines.iter().find_map(|line| line.trim_start().strip_prefix(start));
    let (first, second) = (words("first"), words("second"));
    assert!(
        first.is_some() && second.is_some() && first != second,
        "{}",
        ended.stdout
    );

    let octets = fs::read(&files[0]).expect("a recording");
    let cut = folder.write("cut", &octets[..octets.len() - 20]);
    let ended = run(&["diff", &files[0], &cut]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stdout.contains("the recording is cut off"), "{}", ended.stdout);
    let complaint = complaint(&ended, 1);
    assert!(complaint.contains("is cut off: the run was killed"), "{complaint}");

    let other = folder.path("other");
    printed(&["--demo", "pair", "--for", "1ms", "--record", &other]);
    let ended = run(&["diff", &files[0], &other]);
    assert!(ended.stdout.contains("board 0 is sender"), "{}", ended.stdout);
}

#[test]
fn a_cut_recording_is_shown_up_to_its_cut() {
    let folder = Folder::new();
    let file = folder.path("run.rec");
    let whole = printed(&["--record", &file]);
    let octets = fs::read(&file).expect("a recording");
    let cut = folder.write("cut", &octets[..octets.len() - 1]);
    let ended = run(&["replay", &cut]);
    assert!(
        complaint(&ended, 0).contains("What is shown ends at 0.614518 s"),
        "{ended:?}"
    );
    assert!(ended.stdout.lines().count() > 10 && whole.starts_with(&ended.stdout));
    let refused = refusal(&["replay", &cut, "--report", "-"]);
    assert!(refused.contains("leave them out"), "{refused}");
}

#[test]
fn what_is_no_recording_is_refused() {
    let folder = Folder::new();
    let file = folder.write("text", "no recording");
    for command in [
        &["replay", &*file][..],
        &["diff", &file, &file],
        &["replay", &file, "--headless"],
    ] {
        let refused = refusal(command);
        assert!(
            refused.contains("is no recording: `sim run --record FILE` writes one"),
            "{refused}"
        );
    }
    assert!(refusal(&["replay", &folder.path("nothing")]).contains("can't read"));
    assert!(refusal(&["replay", &file, "--at", "noon"]).contains("write seconds or a time"));
    let same = refusal(&["--record", &file, "--trace", &file]);
    assert!(same.contains("--trace and --record both want"), "{same}");
}
