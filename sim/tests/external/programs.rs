//! What MicroPython programs see of a board: every folder in `programs/` is a lab, a script a board, in the order of their names;
//! `expected` is what their consoles and pixels show on an ESP32-S3, the same on every interpreter. Where there is an
//! `expected-esp32` or `expected-esp32-c3` as well, the same programs run on that chip, too.
//!
//! `BLESS=1` writes what is seen on Python into those files.

use std::fs;
use std::path::{Path, PathBuf};

use sim::board::Profile;
use sim::kernel::Time;

use crate::desk::{Desk, interpreters};

/// Programs that go on for ever are looked at for so long.
const LONG_ENOUGH: Time = Time::from_micros(700_000_000);

/// What is expected of which chip.
const CHIPS: [(&str, Profile); 3] = [
    ("expected", Profile::ESP32_S3),
    ("expected-esp32", Profile::ESP32),
    ("expected-esp32-c3", Profile::ESP32_C3),
];

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    paths
}

fn seen(folder: &Path, mut desk: Desk) -> String {
    for path in entries(folder) {
        if path.is_dir() || path.extension().is_some_and(|extension| extension == "py") {
            desk = desk.path(&path);
        }
    }
    let (mut lab, record) = desk.lab();
    lab.run_until(LONG_ENOUGH);
    let mut lines = record.lines();
    // Board by board: what happened first on another one is a matter of microseconds.
    lines.sort_by_key(|line| line.split(' ').next().and_then(|board| board.parse::<u32>().ok()));
    lines.into_iter().map(|line| line + "\n").collect()
}

#[test]
fn programs_see_what_they_see_on_a_board() {
    let folders = entries(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/external/programs"));
    assert!(!folders.is_empty());
    let mut wrong = Vec::new();
    for folder in folders {
        for (file, chip) in &CHIPS {
            let file = folder.join(file);
            if !file.is_file() && chip.chip != Profile::ESP32_S3.chip {
                continue;
            }
            for interpreter in interpreters() {
                let seen = seen(&folder, Desk::new(&interpreter).chip(*chip));
                if std::env::var_os("BLESS").is_some() && !interpreter.is_micropython() {
                    fs::write(&file, &seen).expect("room");
                }
                let expected = fs::read_to_string(&file).unwrap_or_default();
                if seen != expected {
                    let (file, here) = (file.display(), interpreter.path().display());
                    wrong.push(format!("{file} on {here}:\n{seen}\nshould be:\n{expected}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn programs_see_the_same_where_there_are_many() {
    // Whose modules are compiled beforehand then: these look at where their errors come from, and at most modules.
    for name in [
        "traceback_places",
        "tracebacks",
        "small_modules",
        "machine_words",
        "asyncio_tasks",
    ] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/external/programs")
            .join(name);
        for interpreter in interpreters() {
            let expected = fs::read_to_string(folder.join("expected")).expect("what is expected");
            assert_eq!(seen(&folder, Desk::new(&interpreter).of_many()), expected, "{name}");
        }
    }
}
