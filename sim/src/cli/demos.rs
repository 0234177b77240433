//! `sim demos`.

use std::io::{self, Write};
use std::process::ExitCode;

use super::CliError;
use crate::demo::Demo;

pub(super) fn list() -> Result<ExitCode, CliError> {
    write(&mut io::stdout().lock()).map_err(|source| CliError::Write {
        what: "the list".to_owned(),
        source,
    })?;
    Ok(ExitCode::SUCCESS)
}

fn write(out: &mut impl Write) -> io::Result<()> {
    let width = Demo::ALL.iter().map(|demo| demo.name.len()).max().unwrap_or_default();
    for demo in Demo::ALL {
        writeln!(out, "{:width$}  {}", demo.name, demo.summary)?;
        for parameter in demo.parameters {
            let default = if parameter.default.is_empty() {
                "none"
            } else {
                parameter.default
            };
            writeln!(
                out,
                "{:width$}    --set {}={default}  {}",
                "", parameter.name, parameter.summary
            )?;
        }
    }
    Ok(())
}
