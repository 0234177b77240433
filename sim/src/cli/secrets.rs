//! Keys on the command line, which no complaint repeats: complaints end in logs, tickets and screenshots.

use std::ffi::OsString;

/// Options that take keys.
const OPTIONS: [&str; 3] = ["--pmk", "--lmk", "--app-key"];

/// A complaint about these arguments without the keys that are among them. Whatever complains puts words in quotes.
pub(super) fn hide(complaint: &str, args: &[OsString]) -> String {
    let mut hidden = complaint.to_owned();
    for word in keys(args) {
        for quoted in [format!("'{word}'"), format!("'-- {word}'")] {
            hidden = hidden.replace(&quoted, "'…'");
        }
    }
    hidden
}

/// Words that are keys, or parts of one that has spaces and no quotes around it.
fn keys(args: &[OsString]) -> Vec<&str> {
    let mut keys = Vec::new();
    let (mut is_value, mut may_be_part) = (false, false);
    for arg in args.iter().map(|arg| arg.to_str().unwrap_or_default()) {
        let of_option = OPTIONS.iter().find_map(|option| arg.strip_prefix(option));
        match of_option {
            Some("") => is_value = true,
            Some(value) if value.starts_with('=') => {
                keys.push(&value[1..]);
                may_be_part = true;
            }
            _ if std::mem::take(&mut is_value) || (may_be_part && is_part(arg)) => {
                keys.push(arg);
                may_be_part = true;
            }
            _ => may_be_part = false,
        }
    }
    // What begins with a hyphen is taken for short options, of which the first is named.
    let named = |key: &&str| key.starts_with('-').then(|| key.char_indices().nth(2)).flatten();
    let first: Vec<_> = keys.iter().filter_map(|key| key.get(..named(key)?.0)).collect();
    keys.extend(first);
    keys.retain(|key| !key.is_empty());
    keys
}

fn is_part(arg: &str) -> bool {
    arg.chars()
        .all(|c| c.is_ascii_hexdigit() || matches!(c, 'x' | 'X' | ':' | '-' | ','))
}

#[cfg(test)]
mod tests {
    use crate::cli::check;

    #[test]
    fn no_complaint_repeats_a_key() {
        let key = "0x7a6b5c4d3e2f1a0b7a6b5c4d3e2f1a";
        let lines: [&[&str]; 9] = [
            &["--pmk", key],
            &["--pmk", key, "--lmk", key],
            &["--lmk", "7a6b5c4d", "--pmk=7a6b5c4d"],
            &["--app-key", "7a6b5c4d"],
            &["--app-key=7a6b5c4d"],
            &["--app-key", "7a6b", "5c4d", "3e2f"],
            &["--app-key=7a6b", "5c4d", "0x3e2f"],
            &["--app-key", "-7a6b5c4d"],
            &["--pmk", "7a6b5c4d3e2f1a0b7a6b5c4d3e2f1a0z", "--lmk", "7a6b"],
        ];
        for line in lines {
            let words = ["sim", "decode", "x"].iter().chain(line);
            let complaint = check(words.map(Into::into)).expect_err("no such key");
            for part in ["7a", "6b", "5c4d", "3e2f", "0z"] {
                assert!(!complaint.contains(part), "{line:?}: {complaint}");
            }
        }
    }

    #[test]
    fn what_is_no_key_is_repeated() {
        let words = ["sim", "decode", "--app-key", "00", "x", "other"].map(Into::into);
        let complaint = check(words).expect_err("no such key");
        assert!(complaint.contains("--app-key <KEY>"), "{complaint}");
        let words = ["sim", "decode", "x", "other"].map(Into::into);
        assert!(check(words).expect_err("two files").contains("'other'"));
    }
}
