//! Command lines.

use core::fmt;

use super::line::Threshold;
use crate::time::Duration;
use crate::{Channel, MacAddress};

/// Where lines go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sink {
    /// The board's own console.
    Console,
    /// Everybody, or a chosen board.
    Air,
    /// The storage.
    Flash,
}

impl Sink {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Console, Self::Air, Self::Flash];

    const fn name(self) -> &'static str {
        match self {
            Self::Console => "console",
            Self::Air => "air",
            Self::Flash => "flash",
        }
    }
}

impl fmt::Display for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a board can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Which commands there are.
    Help,
    /// What runs there. `beacon` is the component's word for it, with which its boards look for others.
    Version,
    /// Who its peers are.
    Peers,
    /// What it has counted.
    Stats,
    /// To start anew.
    Reboot,
    /// Which channel it is on, or to go to another one.
    Channel(Option<Channel>),
    /// To ask another board, so often, with so many octets.
    Ping {
        /// Whom.
        to: MacAddress,
        /// How often.
        count: u32,
        /// Octets.
        length: u16,
    },
    /// To load the link to another board.
    Throughput {
        /// To whom.
        to: MacAddress,
        /// For how long.
        duration: Duration,
        /// Octets of each message.
        length: u16,
    },
    /// To end ping or throughput.
    Stop,
    /// Which lines go where, or to change it.
    Log(Option<(Sink, Threshold)>),
    /// To read out the lines that it has kept.
    History,
}

/// Name, arguments, and what it does.
const COMMANDS: [(&str, &str, &str); 12] = [
    ("help", "", "this list"),
    ("version", "", "what runs here"),
    ("beacon", "", "the same; Espressif's boards ask so"),
    ("peers", "", "whom this board can send to"),
    ("stats", "", "what this board has counted"),
    ("channel", "[1-14]", "show or change the channel"),
    (
        "ping",
        "ADDRESS [COUNT] [OCTETS]",
        "how long another board's answer takes",
    ),
    (
        "throughput",
        "ADDRESS [SECONDS] [OCTETS]",
        "how much the link to another board carries",
    ),
    ("stop", "", "end ping or throughput"),
    (
        "log",
        "[console|air|flash LEVEL]",
        "which lines go where; none, error, warn, info, debug, verbose",
    ),
    ("history", "", "read out the lines kept in flash"),
    ("reboot", "", "start anew"),
];

const OCTETS: core::ops::RangeInclusive<u32> = 8..=230;

impl Command {
    /// Reads a line.
    ///
    /// ```
    /// use protocol::service::debug::Command;
    ///
    /// assert_eq!(Command::parse("stats"), Ok(Command::Stats));
    /// let error = Command::parse("pnig 24:0a:c4:00:00:01").expect_err("there is no such command");
    /// assert_eq!(error.to_string(), "there is no command \"pnig\"; did you mean ping? `help` lists all");
    /// ```
    ///
    /// # Errors
    /// [`CommandLineError`], which says how to mend it.
    pub fn parse(line: &str) -> Result<Self, CommandLineError<'_>> {
        let mut words = line.split_ascii_whitespace();
        let Some(name) = words.next() else {
            return Err(CommandLineError::Empty);
        };
        let mut arguments = Arguments { name, words };
        let command = match name {
            "help" | "?" => Self::Help,
            "version" | "beacon" => Self::Version,
            "peers" => Self::Peers,
            "stats" => Self::Stats,
            "reboot" | "restart" => Self::Reboot,
            "stop" => Self::Stop,
            "history" => Self::History,
            "channel" => Self::Channel(arguments.optional(|word| word.parse().ok().and_then(Channel::new))?),
            "ping" => Self::Ping {
                to: arguments.board()?,
                count: arguments.number(1..=1000)?.unwrap_or(4),
                length: arguments.octets(64)?,
            },
            "throughput" => Self::Throughput {
                to: arguments.board()?,
                duration: Duration::from_secs(arguments.number(1..=60)?.unwrap_or(5).into()),
                length: arguments.octets(230)?,
            },
            "log" => Self::Log(arguments.log()?),
            _ => return Err(CommandLineError::Unknown { name }),
        };
        arguments.end()?;
        Ok(command)
    }

    /// The lines that `help` answers with.
    pub fn help() -> impl Iterator<Item = HelpLine> {
        COMMANDS
            .into_iter()
            .map(|(name, _, summary)| HelpLine { name, summary })
    }
}

/// A line of `help`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HelpLine {
    name: &'static str,
    summary: &'static str,
}

impl fmt::Display for HelpLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", Usage(self.name), self.summary)
    }
}

struct Arguments<'a> {
    name: &'a str,
    words: core::str::SplitAsciiWhitespace<'a>,
}

impl<'a> Arguments<'a> {
    const fn wrong(&self, word: &'a str) -> CommandLineError<'a> {
        CommandLineError::Argument { name: self.name, word }
    }

    fn optional<T>(&mut self, parse: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, CommandLineError<'a>> {
        match self.words.next() {
            None => Ok(None),
            Some(word) => parse(word).map(Some).ok_or(self.wrong(word)),
        }
    }

    fn number(&mut self, range: core::ops::RangeInclusive<u32>) -> Result<Option<u32>, CommandLineError<'a>> {
        self.optional(|word| word.parse().ok().filter(|number| range.contains(number)))
    }

    fn octets(&mut self, default: u16) -> Result<u16, CommandLineError<'a>> {
        let octets = self.number(OCTETS)?;
        // At most 230.
        Ok(octets.map_or(default, |octets| octets as u16))
    }

    /// A single board: a group does not answer.
    fn board(&mut self) -> Result<MacAddress, CommandLineError<'a>> {
        let missing = CommandLineError::Missing { name: self.name };
        self.optional(|word| word.parse().ok().filter(|address: &MacAddress| !address.is_group()))?
            .ok_or(missing)
    }

    fn log(&mut self) -> Result<Option<(Sink, Threshold)>, CommandLineError<'a>> {
        let sink = self.optional(|word| Sink::ALL.into_iter().find(|sink| sink.name() == word))?;
        let Some(sink) = sink else { return Ok(None) };
        let threshold = self.optional(|word| word.parse().ok())?;
        match threshold {
            Some(threshold) => Ok(Some((sink, threshold))),
            None => Err(CommandLineError::Missing { name: self.name }),
        }
    }

    fn end(mut self) -> Result<(), CommandLineError<'a>> {
        self.words.next().map_or(Ok(()), |word| Err(self.wrong(word)))
    }
}

/// Why a line is no command, and what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandLineError<'a> {
    /// There is nothing in it.
    Empty,
    /// There is no such command.
    Unknown {
        /// The word.
        name: &'a str,
    },
    /// An argument is missing.
    Missing {
        /// The command.
        name: &'a str,
    },
    /// An argument is wrong, or too much.
    Argument {
        /// The command.
        name: &'a str,
        /// The word.
        word: &'a str,
    },
}

impl fmt::Display for CommandLineError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Escaped, as words come from the air; by `escape_default`, as `{:?}` brings kilobytes of Unicode's tables.
        match self {
            Self::Empty => f.write_str("an empty line; `help` lists the commands"),
            Self::Unknown { name } => {
                write!(f, "there is no command \"{}\"", name.escape_default())?;
                if let Some(near) = nearest(name) {
                    write!(f, "; did you mean {near}?")?;
                } else {
                    f.write_str(";")?;
                }
                f.write_str(" `help` lists all")
            }
            Self::Missing { name } => write!(f, "an argument is missing: {}", Usage(name)),
            Self::Argument { name, word } => {
                write!(f, "\"{}\" does not fit: {}", word.escape_default(), Usage(name))
            }
        }
    }
}

impl core::error::Error for CommandLineError<'_> {}

/// A command with its arguments.
struct Usage<'a>(&'a str);

impl fmt::Display for Usage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)?;
        let known = COMMANDS.into_iter().find(|(name, ..)| *name == self.0);
        match known {
            Some((_, arguments, _)) if !arguments.is_empty() => write!(f, " {arguments}"),
            _ => Ok(()),
        }
    }
}

/// The command that the word was probably meant to be: one that begins so, or with two changes at most.
fn nearest(word: &str) -> Option<&'static str> {
    let names = COMMANDS.into_iter().map(|(name, ..)| name);
    let begins = |name: &&str| !word.is_empty() && name.starts_with(word);
    names.clone().find(begins).or_else(|| {
        names
            .filter(|name| changes(word, name) <= 2)
            .min_by_key(|name| changes(word, name))
    })
}

/// Letters to be changed, added, dropped or swapped to make one word the other; at least 3 for long words.
fn changes(one: &str, other: &str) -> usize {
    const MOST: usize = 12;
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() > MOST || other.len() > MOST {
        return MOST;
    }
    // Rows of the table of distances between beginnings (optimal string alignment): the last two and the new one.
    let [mut before, mut last] = [[0; MOST + 1]; 2];
    for (column, distance) in last.iter_mut().enumerate() {
        *distance = column;
    }
    for row in 1..=one.len() {
        let mut new = [row; MOST + 1];
        for column in 1..=other.len() {
            let differs = usize::from(one[row - 1] != other[column - 1]);
            let mut distance = (last[column] + 1)
                .min(new[column - 1] + 1)
                .min(last[column - 1] + differs);
            let swapped =
                row > 1 && column > 1 && one[row - 1] == other[column - 2] && one[row - 2] == other[column - 1];
            if swapped {
                distance = distance.min(before[column - 2] + 1);
            }
            new[column] = distance;
        }
        (before, last) = (last, new);
    }
    last[other.len()]
}
