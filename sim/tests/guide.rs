//! The walk in the guide, step by step: its files are written, its commands run, and end as it says.

use std::path::Path;
use std::process::Command;

const GUIDE: &str = include_str!("../GUIDE.md");

/// A fenced block: what it is, and its lines.
fn blocks(text: &str) -> Vec<(String, Vec<String>)> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, Vec<String>)> = None;
    for line in text.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(kind), None) => open = Some((kind.to_owned(), Vec::new())),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some((_, lines))) => lines.push(line.to_owned()),
            (None, None) => {}
        }
    }
    blocks
}

/// Runs a line of a console block. Returns what it printed.
fn run(line: &str, folder: &Path) -> String {
    let (command, comment) = line.split_once(" # ").unwrap_or((line, ""));
    let expected: i32 = comment
        .trim()
        .strip_prefix("exit code ")
        .map_or(0, |code| code.parse().expect("a code"));
    let words = command
        .trim()
        .strip_prefix("$ sim ")
        .expect("every command is sim's")
        .split_whitespace();
    let output = Command::new(env!("CARGO_BIN_EXE_sim"))
        .args(words)
        .current_dir(folder)
        .output()
        .expect("it can be run");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(expected), "{line}\n{printed}");
    printed
}

#[test]
fn the_walk_goes_as_it_says() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let mut printed = Vec::new();
    for (kind, lines) in blocks(GUIDE) {
        match kind.as_str() {
            "toml" => {
                let name = lines[0].strip_prefix("# file: ").expect("a file's name");
                std::fs::write(folder.path().join(name), lines.join("\n")).expect("room");
            }
            "console" => printed.extend(lines.iter().map(|line| (line.clone(), run(line, folder.path())))),
            _ => {}
        }
    }
    let of = |start: &str| {
        let found = printed.iter().find(|(line, _)| line.starts_with(start));
        &found.unwrap_or_else(|| panic!("no {start}")).1
    };
    // The text between the commands is true.
    assert!(of("$ sim run bell.toml").contains("met: bell: pixel 0 green by 2s"));
    let failed = of("$ sim test bell.toml --seeds 1..100 ");
    let shown = failed
        .lines()
        .find_map(|line| line.trim().strip_prefix("see it: "))
        .expect("a command");
    let replay = printed
        .iter()
        .find(|(line, _)| line.starts_with("$ sim run bell.toml --seed"))
        .expect("a replay");
    assert_eq!(
        replay.0.trim_start_matches("$ "),
        shown,
        "the first failing run is shown"
    );
    assert!(
        replay.1.contains("advice: bb:bb:bb:bb:bb:bb is a group address"),
        "{}",
        replay.1
    );
    assert!(replay.1.contains("not met: bell: pixel 0 green by 2s"), "{}", replay.1);
    assert!(of("$ sim test bell.toml --junit").contains("1 of 1 scenarios passed, 100 runs"));
    let xml = std::fs::read_to_string(folder.path().join("bell.xml")).expect("a report");
    assert!(
        xml.contains("<testsuite name=\"bell\" tests=\"2\"") && xml.contains("failures=\"0\""),
        "{xml}"
    );
    let json = std::fs::read_to_string(folder.path().join("bell.json")).expect("a report");
    assert!(json.starts_with("{\"interrupted\":false,\"passed\":true"), "{json}");
}
