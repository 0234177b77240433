//! `sim check` and `sim new`.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::CliError;
use super::args::{CheckArgs, NewArgs};
use super::error;
use super::printer::{self, Printer};
use crate::intake::Folders;
use crate::scenario::starter::STARTER;
use crate::scenario::{Scenario, is_scenario};

pub(super) fn check(args: &CheckArgs) -> Result<ExitCode, CliError> {
    let mut printer = Printer::default();
    let mut wrong = false;
    for path in files(&args.paths)? {
        match Scenario::load(&path, &args.set) {
            Ok(scenario) => {
                let boards = scenario.board_names()?.len();
                let expectations = scenario.expectations.len();
                printer.line(&format!(
                    "{}: ok, {boards} boards, {expectations} expectations",
                    path.display()
                ));
            }
            Err(error) => {
                // The others are looked at all the same.
                error::complain(&error.to_string());
                wrong = true;
            }
        }
    }
    Ok(printer.finish(if wrong { 2 } else { 0 }))
}

pub(super) fn new(args: &NewArgs) -> Result<ExitCode, CliError> {
    // As for all outputs, `-` is standard output.
    let Some(path) = args.file.as_deref().filter(|path| *path != Path::new("-")) else {
        printer::say(STARTER)?;
        return Ok(ExitCode::SUCCESS);
    };
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    let written = file.and_then(|mut file| file.write_all(STARTER.as_bytes()));
    match written {
        Ok(()) => {
            let path = path.display();
            printer::say(&format!("{path}: now try sim run {path}, and sim test {path}\n"))?;
            Ok(ExitCode::SUCCESS)
        }
        Err(source) if source.kind() == io::ErrorKind::AlreadyExists => Err(CliError::Exists { path: path.to_owned() }),
        Err(source) => Err(CliError::Create {
            path: path.to_owned(),
            source,
        }),
    }
}

/// The files that are named, and those in folders that are named, in order.
pub(super) fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, CliError> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = files.len();
            enter(path, &mut Folders::default(), &mut BTreeSet::new(), &mut files)?;
            if files.len() == before {
                return Err(CliError::NothingToTest(format!(
                    "no file in {} ends in .toml",
                    path.display()
                )));
            }
        } else {
            files.push(path.clone());
        }
    }
    // The names of those in folders are whatever they are.
    if let Some(path) = files.iter().find(|path| path.to_str().is_none()) {
        return Err(CliError::NotText(path.clone().into()));
    }
    Ok(files)
}

/// Each file is there once, by the first way that leads to it.
fn enter(
    folder: &Path,
    folders: &mut Folders,
    seen: &mut BTreeSet<PathBuf>,
    files: &mut Vec<PathBuf>,
) -> Result<(), CliError> {
    let read = |source| CliError::Read {
        path: folder.to_owned(),
        source,
    };
    let Some(paths) = folders.enter(folder).map_err(read)? else {
        return Ok(());
    };
    for path in paths {
        // What leads nowhere is complained about when it is read.
        let real = path.canonicalize().unwrap_or_else(|_| path.clone());
        if path.is_dir() {
            if seen.insert(real) {
                enter(&path, folders, seen, files)?;
            }
        } else if is_scenario(&path) && seen.insert(real) {
            files.push(path);
        }
    }
    folders.leave();
    Ok(())
}
