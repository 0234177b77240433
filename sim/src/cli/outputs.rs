//! Where a run is written to: files, and standard output for one of them.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::CliError;
use super::recorders::OutputArgs;

/// Where a recorder writes to.
pub(super) type Output = BufWriter<Box<dyn Write>>;

/// Whether an output takes standard output.
///
/// # Errors
/// If two outputs want the same place.
pub(super) fn take_stdout(args: &OutputArgs, record: Option<&Path>) -> Result<bool, CliError> {
    let outputs = [
        ("--pcap", args.pcap.as_deref()),
        ("--report", args.report.as_deref()),
        ("--html", args.html.as_deref()),
        ("--trace", args.trace.as_deref()),
        ("--record", record),
    ];
    let outputs: Vec<_> = outputs
        .into_iter()
        .filter_map(|(option, path)| Some((option, path?)))
        .collect();
    for (index, (first, path)) in outputs.iter().enumerate() {
        for (second, other) in outputs.iter().skip(index + 1) {
            match (is_stdout(path), is_stdout(other)) {
                (true, true) => return Err(CliError::StandardOutputTwice { first, second }),
                (false, false) if is_same_file(path, other) => {
                    return Err(CliError::SameFile {
                        first,
                        second,
                        path: other.to_path_buf(),
                    });
                }
                _ => {}
            }
        }
    }
    Ok(outputs.iter().any(|(_, path)| is_stdout(path)))
}

/// Opens a place to write to. A file that is there already is emptied.
pub(super) fn create(path: &Path) -> Result<Output, CliError> {
    let out: Box<dyn Write> = if is_stdout(path) {
        Box::new(io::stdout())
    } else {
        Box::new(File::create(path).map_err(|source| CliError::Create {
            path: PathBuf::from(path),
            source,
        })?)
    };
    Ok(BufWriter::new(out))
}

/// What a place is called where [`CliError::Write`] names it.
pub(super) fn name(path: &Path) -> String {
    if is_stdout(path) {
        "to standard output".to_owned()
    } else {
        path.display().to_string()
    }
}

fn is_stdout(path: &Path) -> bool {
    path == Path::new("-")
}

fn is_same_file(path: &Path, other: &Path) -> bool {
    match (resolve(path), resolve(other)) {
        (Some(path), Some(other)) => path == other,
        _ => path == other && !is_device(path),
    }
}

/// The file that a path leads to, which need not be there yet. `None` where that can't be told.
fn resolve(path: &Path) -> Option<PathBuf> {
    if is_device(path) {
        return None;
    }
    if let Ok(path) = path.canonicalize() {
        return Some(path);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new(".")).canonicalize().ok()?;
    Some(folder.join(path.file_name()?))
}

/// Whether it takes what two writers give it, as `/dev/null` does.
fn is_device(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| !found.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_has_many_names() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let file = |name| folder.path().join(name);
        for _ in ["not there yet", "there"] {
            assert!(is_same_file(&file("air"), &file("air")));
            assert!(is_same_file(
                &file("./air"),
                &folder.path().join("../").join(file("air"))
            ));
            assert!(!is_same_file(&file("air"), &file("events")));
            fs::write(file("air"), "").expect("room for nothing");
        }
        assert!(is_same_file(&file("no/air"), &file("no/air")));
        assert!(is_same_file(Path::new("air"), Path::new("./air")));
        assert!(!is_same_file(folder.path(), folder.path()), "no file at all");
    }
}
