//! `sim check` and `sim new`.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::CliError;
use super::args::{CheckArgs, NewArgs};
use super::error;
use crate::scenario::Scenario;
use crate::scenario::starter::STARTER;

pub(super) fn check(args: &CheckArgs) -> Result<ExitCode, CliError> {
    let mut wrong = false;
    for path in files(&args.paths)? {
        match Scenario::load(&path, &args.set) {
            Ok(scenario) => {
                let boards = scenario.board_names()?.len();
                let expectations = scenario.expectations.len();
                print(&format!(
                    "{}: ok, {boards} boards, {expectations} expectations\n",
                    path.display()
                ))?;
            }
            Err(error) => {
                // The others are looked at all the same.
                error::complain(&error.to_string());
                wrong = true;
            }
        }
    }
    Ok(ExitCode::from(if wrong { 2 } else { 0 }))
}

pub(super) fn new(args: &NewArgs) -> Result<ExitCode, CliError> {
    // As for all outputs, `-` is standard output.
    let Some(path) = args.file.as_deref().filter(|path| *path != Path::new("-")) else {
        print(STARTER)?;
        return Ok(ExitCode::SUCCESS);
    };
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    let written = file.and_then(|mut file| file.write_all(STARTER.as_bytes()));
    match written {
        Ok(()) => {
            let path = path.display();
            print(&format!("{path}: now try sim run {path}, and sim test {path}\n"))?;
            Ok(ExitCode::SUCCESS)
        }
        Err(source) if source.kind() == io::ErrorKind::AlreadyExists => Err(CliError::Exists { path: path.to_owned() }),
        Err(source) => Err(CliError::Create {
            path: path.to_owned(),
            source,
        }),
    }
}

fn print(text: &str) -> Result<(), CliError> {
    io::stdout()
        .write_all(text.as_bytes())
        .map_err(|source| CliError::Write {
            what: "to standard output".to_owned(),
            source,
        })
}

/// The files that are named, and those in folders that are named, in order.
pub(super) fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, CliError> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = files.len();
            enter(path, &mut files)?;
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
    Ok(files)
}

fn enter(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), CliError> {
    let read = |source| CliError::Read {
        path: folder.to_owned(),
        source,
    };
    let entries: Result<Vec<_>, _> = fs::read_dir(folder).map_err(read)?.collect();
    let mut paths: Vec<_> = entries.map_err(read)?.into_iter().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            enter(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    Ok(())
}
