//! The seam is the only place where a chip and the simulator differ.
//!
//! What is below `protocol` can't be seen from it, and what runs over `protocol` can't bring a protocol of its own. Both are
//! shown from the sources: `protocol` has no switch by which it could be another crate on a chip, and names nobody who
//! implements the seam; those who do implement it are where applications and formats are not.

use std::fs;
use std::path::{Path, PathBuf};

use protocol::board::TRANSMIT_POWER_DBM;
use sim::board::Profile;

/// The project.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests is a room of the project")
        .to_path_buf()
}

/// The Rust sources below a directory, in order.
fn sources(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let entries = fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    for entry in entries {
        let path = entry.expect("a directory that can be listed").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Lines of code with their places: no comments, and nothing from a file's `#[cfg(test)]` on, where its tests are.
fn code(directory: &str) -> Vec<(String, String)> {
    let directory = root().join(directory);
    let files = sources(&directory);
    assert!(!files.is_empty(), "{} has no sources", directory.display());
    let mut lines = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("a source is text");
        let body = text.lines().take_while(|line| *line != "#[cfg(test)]");
        for (number, line) in body.enumerate() {
            let line = line.split("//").next().unwrap_or_default().trim();
            if !line.is_empty() {
                lines.push((format!("{}:{}", file.display(), number + 1), line.to_owned()));
            }
        }
    }
    lines
}

/// The sections of a manifest, each a heading and its lines.
fn sections(manifest: &str) -> Vec<(String, Vec<String>)> {
    let text = fs::read_to_string(root().join(manifest)).expect("a manifest is text");
    let mut sections: Vec<(String, Vec<String>)> = Vec::new();
    for line in text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        if let Some(heading) = line.strip_prefix('[') {
            sections.push((heading.trim_end_matches(']').to_owned(), Vec::new()));
        } else if let Some((_, lines)) = sections.last_mut() {
            lines.push(line.to_owned());
        }
    }
    sections
}

/// Whether `line` names a crate whose name begins like this, as a path or in a `use`.
fn names(line: &str, prefix: &str) -> bool {
    line.match_indices(prefix).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let name = line[at..]
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .next()
            .unwrap_or_default();
        let after = &line[at + name.len()..];
        !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '"' | '.')) && after.starts_with("::")
    })
}

#[test]
fn the_core_is_the_same_crate_everywhere() {
    for (place, line) in code("protocol/src") {
        for switch in [
            "cfg(",
            "cfg!(",
            "cfg_attr(",
            "cfg_select!",
            "option_env!(",
            "env!(",
            "include!(",
        ] {
            assert!(
                !line.contains(switch),
                "{place}: `{switch}` lets the core differ from board to board"
            );
        }
    }
    for (heading, lines) in sections("protocol/Cargo.toml") {
        assert_ne!(
            heading, "features",
            "a feature lets the core differ from board to board: {lines:?}"
        );
        let is_target = heading.starts_with("target.");
        assert!(
            !is_target || heading.ends_with(".dev-dependencies"),
            "{heading} lets the core differ from board to board"
        );
    }
    assert!(
        !root().join("protocol/build.rs").exists(),
        "a build script lets the core differ from board to board"
    );
}

#[test]
fn the_core_names_nobody_who_implements_the_seam() {
    let dependencies = sections("protocol/Cargo.toml")
        .into_iter()
        .filter(|(heading, _)| heading == "dependencies")
        .flat_map(|(_, lines)| lines);
    let implements = |name: &str| name == "sim" || name.starts_with("esp") || name.starts_with("embassy-executor");
    for line in dependencies {
        let name = line.split([' ', '.', '=']).next().unwrap_or_default();
        assert!(!implements(name), "protocol depends on {name}");
    }
    for (place, line) in code("protocol/src") {
        for prefix in [
            "sim",
            "esp_hal",
            "esp_radio",
            "esp_rtos",
            "esp_wifi",
            "firmware_shim",
            "std",
        ] {
            assert!(!names(&line, prefix), "{place} names {prefix}: {line}");
        }
    }
}

/// What firmware brings along is devices: no frame is built, parsed or sealed there, and no application is written there.
#[test]
fn firmware_has_no_protocol_and_no_application_of_its_own() {
    let code = code("firmware-shim/src");
    for (place, line) in &code {
        for own in [
            "protocol::frame",
            "Endpoint",
            "Board>",
            "dyn Board",
            "impl Board)",
            "impl Board,",
        ] {
            assert!(!line.contains(own), "{place} has `{own}`: that belongs to protocol");
        }
        // Of a frame's formats, that is; of addresses and images it may know.
        for format in ["0x18, 0xfe, 0x34", "Ccm<", "aes::"] {
            assert!(
                !line.contains(format),
                "{place} has `{format}`: that belongs to protocol"
            );
        }
    }
    // The test looks where the seam is: it is implemented there once, for one board.
    let implementations: Vec<_> = code
        .iter()
        .filter(|(_, line)| line.starts_with("impl Board for"))
        .collect();
    assert_eq!(implementations.len(), 1, "{implementations:?}");
}

/// What a driver does by itself is not what virtual boards do: it is told.
#[test]
fn chips_are_told_to_send_and_hear_as_virtual_boards_do() {
    for profile in [Profile::ESP32_S3, Profile::ESP32_C3, Profile::ESP32] {
        assert_eq!(profile.power_dbm, TRANSMIT_POWER_DBM, "{}", profile.chip);
    }
    let code = code("firmware-shim/src");
    for (what, told) in [
        (
            "the power, which esp-radio sets to 5 dBm",
            "set_max_tx_power(MAX_TX_POWER)",
        ),
        ("its power in quarters", "MAX_TX_POWER: i8 = TRANSMIT_POWER_DBM * 4;"),
        ("Long Range, which a station does not hear", "Protocol::LR"),
    ] {
        assert!(
            code.iter().any(|(_, line)| line.contains(told)),
            "firmware does not set {what}: no `{told}`"
        );
    }
}

/// Every application is offered by both, under one name each.
#[test]
fn every_application_runs_on_chips() {
    let apps = fs::read_to_string(root().join("firmware-shim/src/apps.rs")).expect("a source is text");
    let missing: Vec<_> = code("protocol/src/app")
        .into_iter()
        .filter_map(|(place, line)| {
            let rest = line.strip_prefix("pub async fn ")?;
            let name = rest.split(['<', '(']).next()?;
            // An application's rooms are its own: what it offers has its name before it.
            let module = place.split("protocol/src/app/").nth(1)?.split(['/', '.']).next()?;
            Some(format!("{module}::{name}("))
        })
        .filter(|call| !apps.contains(call.as_str()))
        .collect();
    assert!(
        missing.is_empty(),
        "firmware does not run {missing:?}: add them to firmware-shim/src/apps.rs"
    );
}
