//! Lengths of time.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::written_as_text;
use crate::kernel::{Span, Time};

/// A length of virtual time, written as `2s`, `1500us` or `1m 30s`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period(pub Duration);

impl Period {
    /// As the kernel counts.
    #[must_use]
    pub fn span(self) -> Span {
        Span::from(self.0)
    }

    /// So long after the run's start.
    #[must_use]
    pub fn time(self) -> Time {
        Time::ZERO + self.span()
    }
}

impl From<Duration> for Period {
    fn from(duration: Duration) -> Self {
        Self(duration)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        humantime::format_duration(self.0).fmt(f)
    }
}

impl FromStr for Period {
    type Err = humantime::DurationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        humantime::parse_duration(text).map(Self)
    }
}

written_as_text!(
    Period,
    "Period",
    "a time, as in \"2s\", \"500ms\" or \"1m 30s\"",
    r"^\s*([0-9.]+\s*[a-zµ]+\s*)+$"
);
