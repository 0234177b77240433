//! Files come in through one door, which has limits: no other room of the simulator opens or reads one.

use std::fs;
use std::path::{Path, PathBuf};

/// Ways to read a file or a folder.
const READS: [&str; 10] = [
    "File::open(",
    "File::options(",
    "OpenOptions::new(",
    "fs::read(",
    "fs::read_to_string(",
    "fs::read_dir(",
    "fs::read_link(",
    "fs::copy(",
    "from_path(",
    ".read_dir(",
];

/// Rooms that read nonetheless, and what.
const EXCEPTIONS: [(&str, &str); 9] = [
    ("intake/", "the door itself"),
    (
        "decode/command.rs",
        "captures, frame by frame: they may come from a pipe, and each length in them is checked",
    ),
    (
        "cli/check.rs",
        "`sim new` makes a file that is not there yet, and reads nothing",
    ),
    (
        "sweep/identity.rs",
        "this program itself, whose octets are part of what a sweep depends on",
    ),
    ("outlet/", "where outputs go"),
    ("own_folder.rs", "links that the lab has made, to remove them"),
    ("temporary.rs", "folders that the lab has made, to remove them"),
    ("external/sandbox/", "what the kernel says of itself"),
    ("signals/stuck.rs", "what the kernel says of this program's own threads"),
];

/// Ways to read as much as there is, whatever was opened.
const TO_AN_END: [&str; 4] = [".read_to_end(", ".read_to_string(", ".read_until(", ".read_line("];

/// What says in the lines before how much that is at most.
const BOUNDS: [&str; 3] = [".take(", "Bounded::new(", "intake::open("];

/// So many lines before.
const BEFORE: usize = 8;

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder that can be listed") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The sources of the simulator, but for tests: their names and their lines without comments.
fn code() -> Vec<(String, Vec<String>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sim/src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    assert!(files.len() > 100, "the sources are not where they were");
    let mut all = Vec::new();
    for file in files {
        let name = file
            .strip_prefix(&root)
            .expect("it is below")
            .to_string_lossy()
            .replace('\\', "/");
        if name.ends_with("tests.rs") || name.contains("/tests/") {
            continue;
        }
        let text = fs::read_to_string(&file).expect("a source is text");
        let lines = text.lines().take_while(|line| *line != "#[cfg(test)]");
        let lines = lines.map(|line| line.split("//").next().unwrap_or_default().to_owned());
        all.push((name, lines.collect()));
    }
    all
}

#[test]
fn files_come_in_through_one_door() {
    let mut used = [false; EXCEPTIONS.len()];
    for (name, lines) in code() {
        for (number, line) in (1..).zip(lines) {
            if !READS.iter().any(|read| line.contains(read)) {
                continue;
            }
            let exception = EXCEPTIONS.iter().position(|(room, _)| name.starts_with(room));
            match exception.and_then(|exception| used.get_mut(exception)) {
                Some(used) => *used = true,
                None => panic!(
                    "{name}, line {number} reads a file past the room `intake`: {}",
                    line.trim()
                ),
            }
        }
    }
    for ((room, why), used) in EXCEPTIONS.iter().zip(used) {
        assert!(used, "{room} reads nothing any more ({why})");
    }
}

#[test]
fn nothing_is_read_to_an_end_that_may_not_come() {
    let mut found = 0;
    for (name, lines) in code() {
        for (place, line) in lines.iter().enumerate() {
            // A file by its name is the law's above.
            if !TO_AN_END.iter().any(|read| line.contains(read)) {
                continue;
            }
            found += 1;
            let near = lines.get(place.saturating_sub(BEFORE)..=place).unwrap_or_default();
            let is_bounded = near.iter().any(|line| BOUNDS.iter().any(|bound| line.contains(bound)));
            assert!(
                is_bounded || name == "intake/file.rs",
                "{name}, line {} reads without a limit: {}",
                place + 1,
                line.trim()
            );
        }
    }
    assert!(found > 3, "the ways to read are called otherwise now");
}

/// A path that is no text can't be serialised, and a run must not panic because of a file's name. So a report has it as it is displayed.
#[test]
fn no_path_is_serialised_as_it_is() {
    for (name, lines) in code() {
        let mut is_serialised = false;
        for (place, line) in lines.iter().enumerate() {
            let line = line.trim();
            if line.starts_with("#[derive(") {
                is_serialised = line.contains("Serialize");
            } else if line == "}" {
                is_serialised = false;
            }
            let before = place.checked_sub(1).and_then(|place| lines.get(place));
            let is_skipped = before.is_some_and(|line| line.contains("serde(skip)"));
            let is_field = line.contains(": ") && line.ends_with(',') && line.contains("Path") && !line.contains('(');
            let is_key = line.starts_with('"') && line.contains("\": ") && line.contains("path");
            let is_text = ["display()", "to_string", "one_line", "shown"]
                .iter()
                .any(|way| line.contains(way));
            let offends = (is_serialised && is_field && !is_skipped) || (is_key && !is_text && !line.contains('{'));
            assert!(!offends, "{name}, line {} serialises a path: {line}", place + 1);
        }
    }
}
