//! Where a command writes to: that no two of its outputs, and none of its inputs, are the same file.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::CliError;
use super::recorders::OutputArgs;
use crate::outlet::{Place, Whole, Written, stream};

/// Where a recorder writes to.
pub(super) type Output = BufWriter<Box<dyn Write>>;

/// The files that a command is going to write.
#[derive(Debug, Default)]
pub(super) struct Outputs(Vec<Wanted>);

#[derive(Debug)]
struct Wanted {
    option: &'static str,
    path: PathBuf,
    place: Place,
    kind: Option<Written>,
}

impl Outputs {
    /// Those of a run.
    ///
    /// # Errors
    /// If two want the same place.
    pub(super) fn of_run(args: &OutputArgs, record: Option<&Path>) -> Result<Self, CliError> {
        [
            ("--pcap", args.pcap.as_deref(), Written::Capture),
            ("--report", args.report.as_deref(), Written::Report),
            ("--html", args.html.as_deref(), Written::Page),
            ("--trace", args.trace.as_deref(), Written::Trace),
            ("--record", record, Written::Recording),
        ]
        .into_iter()
        .try_fold(Self::default(), |outputs, (option, path, kind)| {
            outputs.and(option, path, Some(kind))
        })
    }

    /// One more, if it is wanted. With a kind, what is there already is replaced only if it is of that kind.
    ///
    /// # Errors
    /// If another one wants the same place.
    pub(super) fn and(
        mut self,
        option: &'static str,
        path: Option<&Path>,
        kind: Option<Written>,
    ) -> Result<Self, CliError> {
        let Some(path) = path else { return Ok(self) };
        let place = Place::of(path);
        if let Some(first) = self.0.iter().find(|wanted| wanted.place.is_same(&place)) {
            return Err(match place {
                Place::Stdout => CliError::StandardOutputTwice {
                    first: format!("{} {}", first.option, first.path.display()),
                    second: format!("{option} {}", path.display()),
                },
                _ => CliError::SameFile {
                    first: first.option,
                    second: option,
                    path: path.to_owned(),
                },
            });
        }
        self.0.push(Wanted {
            option,
            path: path.to_owned(),
            place,
            kind,
        });
        Ok(self)
    }

    /// Whether one of them takes standard output.
    pub(super) fn take_stdout(&self) -> bool {
        self.0.iter().any(|wanted| wanted.place == Place::Stdout)
    }

    /// That none of them is a file that the command reads, or is in a folder whose files it reads, or has the name of a file of the user's own.
    ///
    /// # Errors
    /// If one is or has.
    pub(super) fn spare<'a>(&self, inputs: impl IntoIterator<Item = &'a Path>) -> Result<(), CliError> {
        // Standard input is nobody's file.
        for input in inputs.into_iter().filter(|input| *input != Path::new("-")) {
            let read = Place::of(input);
            for Wanted {
                option, path, place, ..
            } in &self.0
            {
                if place.is_same(&read) {
                    return Err(CliError::OutputIsInput {
                        option,
                        path: path.clone(),
                    });
                }
                if place.is_in(input) {
                    return Err(CliError::OutputInInput {
                        option,
                        path: path.clone(),
                        folder: input.to_owned(),
                    });
                }
            }
        }
        for Wanted { option, path, kind, .. } in &self.0 {
            if let Some(kind) = kind
                && !kind.may_replace(path).map_err(cannot_write(path))?
            {
                return Err(CliError::NotReplaced {
                    option,
                    path: path.clone(),
                    kind: kind.name(),
                });
            }
        }
        Ok(())
    }
}

/// Opens a place to be written to while the run goes on. A file that is there already is emptied.
pub(super) fn create(path: &Path) -> Result<Output, CliError> {
    stream(path).map(BufWriter::new).map_err(cannot_write(path))
}

/// A place to be written to when all is known. A file that is there already stays until then.
pub(super) fn prepare(path: &Path) -> Result<Whole, CliError> {
    Whole::prepare(path).map_err(cannot_write(path))
}

fn cannot_write(path: &Path) -> impl Fn(io::Error) -> CliError + use<> {
    let path = path.to_owned();
    move |source| CliError::Create {
        path: path.clone(),
        source,
    }
}

/// What a place is called where [`CliError::Write`] names it.
pub(super) fn name(path: &Path) -> String {
    match Place::of(path) {
        Place::Stdout => "to standard output".to_owned(),
        _ => path.display().to_string(),
    }
}
