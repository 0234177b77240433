//! A line of a log, as ESP-IDF's logging library writes it.

use core::fmt;
use core::str::FromStr;

use crate::time::Instant;

/// How much a line matters (`esp_log_level_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Level {
    /// Something went wrong for good.
    Error = 1,
    /// Something went wrong and was mended.
    Warn = 2,
    /// What is normal.
    Info = 3,
    /// What only somebody who looks for a fault wants to know.
    Debug = 4,
    /// Everything.
    Verbose = 5,
}

impl Level {
    /// All of them, what matters most first.
    pub const ALL: [Self; 5] = [Self::Error, Self::Warn, Self::Info, Self::Debug, Self::Verbose];

    /// The letter that a line begins with.
    #[must_use]
    pub const fn letter(self) -> char {
        match self {
            Self::Error => 'E',
            Self::Warn => 'W',
            Self::Info => 'I',
            Self::Debug => 'D',
            Self::Verbose => 'V',
        }
    }

    fn from_letter(letter: char) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.letter() == letter)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Verbose => "verbose",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Up to which level lines are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Threshold(Option<Level>);

impl Threshold {
    /// No line.
    pub const NONE: Self = Self(None);

    /// Lines of this level and of those that matter more.
    #[must_use]
    pub const fn up_to(level: Level) -> Self {
        Self(Some(level))
    }

    /// Whether lines of this level are taken.
    #[must_use]
    pub fn takes(self, level: Level) -> bool {
        self.0.is_some_and(|most| level <= most)
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0.map_or("none", Level::name))
    }
}

impl FromStr for Threshold {
    type Err = UnknownLevel;

    fn from_str(text: &str) -> Result<Self, UnknownLevel> {
        if text.eq_ignore_ascii_case("none") {
            return Ok(Self::NONE);
        }
        Level::ALL
            .into_iter()
            .find(|level| level.name().eq_ignore_ascii_case(text))
            .map(Self::up_to)
            .ok_or(UnknownLevel)
    }
}

/// The word is no level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownLevel;

impl fmt::Display for UnknownLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("levels are none, error, warn, info, debug, verbose")
    }
}

impl core::error::Error for UnknownLevel {}

/// A line: `I (4711) light: power on`. What of it is not so was not written by ESP-IDF, and is text.
///
/// ```
/// use protocol::service::debug::{Level, Line};
///
/// let line = Line::parse("\x1b[0;32mI (4711) light: power on\x1b[0m\n\0".as_bytes());
/// assert_eq!((line.level, line.at_ms, line.text), (Some(Level::Info), Some(4711), "light: power on"));
/// assert_eq!(line.to_string(), "I (4711) light: power on");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// How much it matters.
    pub level: Option<Level>,
    /// When the board wrote it, ms after its start.
    pub at_ms: Option<u64>,
    /// Who says what.
    pub text: &'a str,
}

impl<'a> Line<'a> {
    /// Reads what came over the air: up to a NUL, without colours and the end of line. What is not UTF-8 is cut off.
    #[must_use]
    pub fn parse(octets: &'a [u8]) -> Self {
        let octets = octets.split(|&octet| octet == 0).next().unwrap_or_default();
        let text = octets.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        let text = without_colour(text);
        let end = text.find('\x1b').unwrap_or(text.len());
        let text = text[..end].trim_end();
        let unread = Self {
            level: None,
            at_ms: None,
            text,
        };
        let mut characters = text.chars();
        let Some(level) = characters.next().and_then(Level::from_letter) else {
            return unread;
        };
        let Some((at, text)) = characters
            .as_str()
            .strip_prefix(" (")
            .and_then(|rest| rest.split_once(')'))
            .and_then(|(at, rest)| Some((at, rest.strip_prefix(' ')?)))
        else {
            return unread;
        };
        // `parse` alone would take "+1".
        let digits = !at.is_empty() && at.bytes().all(|octet| octet.is_ascii_digit());
        match at.parse() {
            Ok(at_ms) if digits => Self {
                level: Some(level),
                at_ms: Some(at_ms),
                text,
            },
            _ => unread,
        }
    }
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Some(level), Some(at_ms)) = (self.level, self.at_ms) {
            write!(f, "{} ({at_ms}) ", level.letter())?;
        }
        f.write_str(self.text)
    }
}

/// The text behind a sequence of ANSI's at its beginning.
fn without_colour(text: &str) -> &str {
    match text.strip_prefix("\x1b[").and_then(|rest| rest.split_once('m')) {
        Some((_, rest)) => rest,
        None => text,
    }
}

/// A text of at most `N` octets; what is more is cut off between two characters.
#[derive(Clone, Debug, Default)]
pub(super) struct Text<const N: usize>(heapless::String<N>);

impl<const N: usize> Text<N> {
    pub(super) fn new(arguments: fmt::Arguments<'_>) -> Self {
        let mut text = Self::default();
        // It never fails.
        let _ = fmt::Write::write_fmt(&mut text, arguments);
        text
    }

    /// A whole line with its head.
    pub(super) fn line(now: Instant, level: Level, tag: &str, arguments: fmt::Arguments<'_>) -> Self {
        Self::new(format_args!(
            "{} ({}) {tag}: {arguments}",
            level.letter(),
            now.as_millis()
        ))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const N: usize> fmt::Write for Text<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = N - self.0.len();
        // There is room for that.
        let _ = self.0.push_str(&text[..text.floor_char_boundary(room)]);
        Ok(())
    }
}
