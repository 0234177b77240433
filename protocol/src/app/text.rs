//! Octets as MicroPython prints them.

use core::fmt::{self, Write as _};

/// Shows octets as a Python literal: `b'end'`.
pub(super) struct PythonBytes<'a>(pub(super) &'a [u8]);

impl fmt::Display for PythonBytes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Python prefers single quotes, unless that would cost a backslash and double quotes would not.
        let quote = if self.0.contains(&b'\'') && !self.0.contains(&b'"') {
            '"'
        } else {
            '\''
        };
        write!(f, "b{quote}")?;
        for &octet in self.0 {
            match octet {
                b'\\' => f.write_str("\\\\")?,
                b'\n' => f.write_str("\\n")?,
                b'\r' => f.write_str("\\r")?,
                b'\t' => f.write_str("\\t")?,
                b'\'' if quote == '\'' => f.write_str("\\'")?,
                b' '..=b'~' => f.write_char(char::from(octet))?,
                _ => write!(f, "\\x{octet:02x}")?,
            }
        }
        f.write_char(quote)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::ToString;

    #[test]
    fn literals_are_those_of_python() {
        for (octets, literal) in [
            (&b"end"[..], "b'end'"),
            (b"", "b''"),
            (b"\0\x7f\xff\n\\", r"b'\x00\x7f\xff\n\\'"),
            (b"it's", r#"b"it's""#),
            (br#"it's "so""#, r#"b'it\'s "so"'"#),
        ] {
            assert_eq!(PythonBytes(octets).to_string(), literal);
        }
    }
}
