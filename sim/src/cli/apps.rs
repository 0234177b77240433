//! `sim apps`.

use std::io::{self, Write};
use std::process::ExitCode;

use super::CliError;
use crate::scenario::App;

pub(super) fn list() -> Result<ExitCode, CliError> {
    write(&mut io::stdout().lock()).map_err(|source| CliError::Write {
        what: "the list".to_owned(),
        source,
    })?;
    Ok(ExitCode::SUCCESS)
}

fn write(out: &mut impl Write) -> io::Result<()> {
    let width = App::ALL.iter().map(|app| app.name.len()).max().unwrap_or_default();
    for app in App::ALL {
        writeln!(out, "{:width$}  {}", app.name, app.summary)?;
        for parameter in app.parameters {
            let default = match parameter.default {
                None => "has to be given; ".to_owned(),
                Some("") => String::new(),
                Some(default) => format!("{default} unless given; "),
            };
            let (name, summary, kind) = (parameter.name, parameter.summary, parameter.kind);
            writeln!(out, "{:width$}    {name}: {summary} ({default}{kind})", "")?;
        }
    }
    Ok(())
}
