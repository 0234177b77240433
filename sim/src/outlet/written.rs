//! What kinds of file commands write, and how such a file is told from one of the user's own.
//!
//! `sim run --html mine.py` has forgotten the page's name: it would replace the program by a page.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use strum::{EnumIter, IntoEnumIterator as _};

use super::Place;

/// Octets at a file's beginning that are looked at.
const LOOK: u64 = 128;

/// pcapng's section header with an option that names the program.
const CAPTURED_BY_SIM: &[u8] = b"\x04\0\x03\0sim";

/// A kind of file that commands write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter)]
pub(crate) enum Written {
    Capture,
    Recording,
    Page,
    Report,
    Trace,
    JUnit,
    TestReport,
    Table,
}

impl Written {
    /// The kind, with its article.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Capture => "a capture",
            Self::Recording => "a recording",
            Self::Page => "a page",
            Self::Report => "a run's report",
            Self::Trace => "a trace",
            Self::JUnit => "a JUnit report",
            Self::TestReport => "a report of tests",
            Self::Table => "a sweep's table",
        }
    }

    /// What a file is that a command has written; `None` if none has.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let first = beginning_of(path).ok()??;
        Self::iter().find(|kind| kind.begins(&first))
    }

    /// Whether a path can be written without a loss: nothing is there, or nothing in it, or a file of this kind that a command has written.
    ///
    /// # Errors
    /// If the file that is there can't be read. One that is not there is no error.
    pub(crate) fn may_replace(self, path: &Path) -> io::Result<bool> {
        let Place::File(path) = Place::of(path) else {
            return Ok(true);
        };
        let first = match beginning_of(&path) {
            Ok(Some(first)) => first,
            // Whoever opens it to write says what is wrong with a folder.
            Ok(None) => return Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
            Err(error) => return Err(error),
        };
        Ok(first.is_empty() || self.begins(&first))
    }

    fn begins(self, first: &[u8]) -> bool {
        match self {
            Self::Capture => {
                first.starts_with(b"\x0a\x0d\x0d\x0a")
                    && first
                        .windows(CAPTURED_BY_SIM.len())
                        .any(|octets| octets == CAPTURED_BY_SIM)
            }
            Self::Recording => first.starts_with(b"sim rec"),
            Self::Page => first.starts_with(b"<!DOCTYPE html><html lang=\"en\"><head><meta charset"),
            Self::Report => first.starts_with(b"{\"scenario\":\""),
            Self::Trace => {
                let mut words = first.split(|octet| *octet == b'.');
                let (whole, rest) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
                let is_number = |digits: &[u8]| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
                is_number(whole.trim_ascii_start())
                    && rest.get(..6).is_some_and(is_number)
                    && rest.get(6) == Some(&b' ')
            }
            Self::JUnit => first.starts_with(b"<?xml") && first.windows(11).any(|octets| octets == b"\n<testsuite"),
            // Older ones begin with the second word.
            Self::TestReport => first.starts_with(b"{\"interrupted\":") || first.starts_with(b"{\"passed\":"),
            Self::Table => first.starts_with(b"row,") || first.starts_with(b"PAR1"),
        }
    }
}

/// The first octets of a file; `None` if it is another thing than a file.
fn beginning_of(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Ok(None);
    }
    let mut first = Vec::new();
    file.take(LOOK).read_to_end(&mut first)?;
    Ok(Some(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_users_own_files_are_none_of_ours() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        for kind in Written::iter() {
            assert!(kind.may_replace(&path).expect("nothing there"), "{kind:?}");
        }
        for own in [
            "import espnow\n",
            "version = 1\n",
            "{\n  \"name\": \"package\"\n}\n",
            "<!DOCTYPE html>\n<html>\n",
            "<?xml version=\"1.0\"?>\n<svg/>\n",
            "a,b\n1,2\n",
            "1.5 volts\n",
            "\x0a\x0d\x0d\x0a",
        ] {
            std::fs::write(&path, own).expect("room");
            for kind in Written::iter() {
                assert!(!kind.may_replace(&path).expect("a file"), "{kind:?}: {own:?}");
            }
        }
        std::fs::write(&path, "").expect("room");
        assert!(Written::Page.may_replace(&path).expect("a file"));
        assert!(
            Written::Page
                .may_replace(folder.path())
                .expect("a folder is told elsewhere")
        );
    }
}
