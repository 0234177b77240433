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
const EXCEPTIONS: [(&str, &str); 10] = [
    ("intake/", "the door itself"),
    (
        "decode/command.rs",
        "captures, frame by frame: they may come from a pipe, and each length in them is checked",
    ),
    (
        "sweep/journal.rs",
        "the journal that the sweep itself has written, under a lock",
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
    ("external/temporary.rs", "folders that the lab has made, to remove them"),
    ("external/sandbox/", "what the kernel says of itself"),
    ("signals/stuck.rs", "what the kernel says of this program's own threads"),
];

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

#[test]
fn files_come_in_through_one_door() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sim/src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    assert!(files.len() > 100, "the sources are not where they were");
    let mut used = [false; EXCEPTIONS.len()];
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
        let code = text.lines().take_while(|line| *line != "#[cfg(test)]");
        for (number, line) in (1..).zip(code) {
            let line = line.split("//").next().unwrap_or_default();
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
