//! The line that runs a run again.

use std::ffi::OsString;

use super::args::RunArgs;

/// Options that are left out: what a run is written to, and where it is watched.
const DROPPED: [&str; 7] = [
    "--pcap", "--report", "--html", "--trace", "--show", "--record", "--speed",
];
const DROPPED_ALONE: [&str; 1] = ["--headless"];

/// Options that keys on the screen change.
const REPLACED: [&str; 2] = ["--seed", "--loss"];

/// What was typed after the program's name.
#[derive(Clone, Debug, Default)]
pub(super) struct Typed(Vec<String>);

impl Typed {
    pub(super) fn new(args: &[OsString]) -> Self {
        let words = args.iter().skip(1).map(|word| word.to_string_lossy().into_owned());
        Self(words.collect())
    }

    /// The words that say what is run.
    fn kept(&self) -> impl Iterator<Item = &str> {
        let takes_value = |word: &str| DROPPED.contains(&word) || REPLACED.contains(&word);
        let mut words = self.0.iter().map(String::as_str).peekable();
        words.next_if_eq(&"run");
        std::iter::from_fn(move || {
            loop {
                let word = words.next()?;
                let option = word.split_once('=').map_or(word, |(option, _)| option);
                match word {
                    _ if takes_value(word) => {
                        words.next();
                    }
                    _ if takes_value(option) || DROPPED_ALONE.contains(&word) => {}
                    _ => return Some(word),
                }
            }
        })
    }
}

impl RunArgs {
    /// What is typed to have the same run again with this seed, without the files that it writes.
    pub(super) fn again(&self, seed: u64) -> String {
        let mut line = "sim run".to_owned();
        for word in self.typed.kept() {
            line.push(' ');
            line += &quoted(word);
        }
        if let Some(loss) = self.loss {
            line += &format!(" --loss {loss}");
        }
        line + &format!(" --seed {seed}")
    }
}

/// A word as a shell takes it.
pub(super) fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_=.,:/+%@".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, CommandFactory as _};

    use super::*;
    use crate::cli::recorders::OutputArgs;

    fn kept(line: &str) -> String {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        Typed::new(&words).kept().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn files_and_what_keys_change_are_left_out() {
        assert_eq!(kept("sim"), "");
        assert_eq!(
            kept(
                "/usr/bin/sim run --demo pair --loss=0.3 --pcap a.pcapng --set distance=20 --seed 4 --headless --trace=-"
            ),
            "--demo pair --set distance=20"
        );
    }

    #[test]
    fn what_is_left_out_is_an_option_and_all_outputs_are() {
        let command = super::super::args::Cli::command();
        let run = command.find_subcommand("run").expect("it is a command");
        let options: Vec<_> = run
            .get_arguments()
            .filter_map(|option| Some(format!("--{}", option.get_long()?)))
            .collect();
        for option in DROPPED.iter().chain(&DROPPED_ALONE).chain(&REPLACED) {
            assert!(options.iter().any(|known| known == option), "{option}");
        }
        let outputs = OutputArgs::augment_args(clap::Command::new("outputs"));
        for option in outputs.get_arguments().filter_map(clap::Arg::get_long) {
            assert!(DROPPED.contains(&&*format!("--{option}")), "{option}");
        }
    }

    #[test]
    fn words_are_quoted_where_a_shell_would_split_them() {
        assert_eq!(quoted("distance=20"), "distance=20");
        assert_eq!(quoted("it's"), "'it'\\''s'");
        assert_eq!(quoted(""), "''");
    }
}
