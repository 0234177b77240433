//! What MicroPython programs see of a board: every folder in `programs/` is a lab, a script a board, in the order of their names;
//! `expected` is what their consoles and pixels show, the same on every interpreter.
//!
//! `BLESS=1` writes what is seen on Python into `expected`.

use std::fs;
use std::path::{Path, PathBuf};

use sim::external::Interpreter;
use sim::kernel::Time;

use crate::desk::{Desk, interpreters};

/// Programs that go on for ever are looked at for so long.
const LONG_ENOUGH: Time = Time::from_micros(700_000_000);

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    paths
}

fn seen(folder: &Path, interpreter: &Interpreter) -> String {
    let mut desk = Desk::new(interpreter);
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
        for interpreter in interpreters() {
            let seen = seen(&folder, &interpreter);
            if std::env::var_os("BLESS").is_some() && !interpreter.is_micropython() {
                fs::write(folder.join("expected"), &seen).expect("room");
            }
            let expected = fs::read_to_string(folder.join("expected")).unwrap_or_default();
            if seen != expected {
                let here = interpreter.path().display();
                wrong.push(format!(
                    "{} on {here}:\n{seen}\nshould be:\n{expected}",
                    folder.display()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
