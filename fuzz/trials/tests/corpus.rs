//! Every input that is kept, through the trial that it was found with.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use trials::TRIALS;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn names(folder: &str) -> BTreeSet<String> {
    fs::read_dir(fuzz().join(folder))
        .unwrap_or_else(|error| panic!("{folder}: {error}"))
        .map(|entry| entry.expect("a folder can be read").path())
        .map(|path| {
            path.file_stem()
                .expect("entries have names")
                .to_string_lossy()
                .into_owned()
        })
        .collect()
}

#[test]
fn every_trial_has_a_target_and_a_corpus() {
    let trials: BTreeSet<_> = TRIALS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(trials.len(), TRIALS.len(), "names are distinct");
    assert_eq!(names("fuzz_targets"), trials);
    assert_eq!(names("corpus"), trials);
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).expect("it is there");
    for name in trials {
        assert!(
            manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")),
            "{name} is not built"
        );
        let target = fs::read_to_string(fuzz().join(format!("fuzz_targets/{name}.rs"))).expect("it is there");
        assert!(
            target.contains(&format!("trials::{name}(")),
            "{name} tries something else"
        );
    }
}

#[test]
fn nothing_kept_breaks_a_promise() {
    for (name, trial) in TRIALS {
        let folder = fuzz().join("corpus").join(name);
        let mut paths: Vec<_> = fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
            .map(|entry| entry.expect("a folder can be read").path())
            .collect();
        paths.sort();
        assert!(!paths.is_empty(), "nothing is kept for {name}");
        for path in paths {
            // The panic's own message follows it; captured unless the test fails.
            println!("{}", path.display());
            trial(&fs::read(&path).expect("files can be read"));
        }
    }
}

#[test]
fn no_trial_minds_what_everybody_could_send() {
    for (_, trial) in TRIALS {
        trial(&[]);
        for octet in [0, 1, 0x7f, 0xff] {
            trial(&[octet; 300]);
        }
    }
}
