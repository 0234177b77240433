//! `sim demos`.

use std::io::{self, Write as _};
use std::process::ExitCode;

use super::CliError;
use crate::demo::Demo;

pub(super) fn list() -> Result<ExitCode, CliError> {
    let width = Demo::ALL.iter().map(|demo| demo.name.len()).max().unwrap_or_default();
    let mut out = io::stdout().lock();
    for demo in Demo::ALL {
        writeln!(out, "{:width$}  {}", demo.name, demo.summary).map_err(|source| CliError::Write {
            what: "the list".to_owned(),
            source,
        })?;
    }
    Ok(ExitCode::SUCCESS)
}
