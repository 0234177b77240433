//! Ranges of seeds.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use super::written_as_text;

/// Seeds from one to another, both included: `1..1000`, or one alone: `7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seeds {
    first: u64,
    last: u64,
}

impl Seeds {
    /// How many there are; the most that fit, if it is all of them.
    #[must_use]
    pub const fn count(self) -> u64 {
        (self.last - self.first).saturating_add(1)
    }

    /// Each.
    #[must_use]
    pub const fn range(self) -> RangeInclusive<u64> {
        self.first..=self.last
    }
}

impl From<u64> for Seeds {
    fn from(seed: u64) -> Self {
        Self {
            first: seed,
            last: seed,
        }
    }
}

impl From<RangeInclusive<u64>> for Seeds {
    /// A range that is empty has its start alone.
    fn from(range: RangeInclusive<u64>) -> Self {
        let (first, last) = range.into_inner();
        Self {
            first,
            last: last.max(first),
        }
    }
}

/// The text is no range of seeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("seeds are a range, both ends included, as in 1..1000, or one, as in 7")]
pub struct ParseSeedsError;

impl FromStr for Seeds {
    type Err = ParseSeedsError;

    fn from_str(text: &str) -> Result<Self, ParseSeedsError> {
        let number = |text: &str| text.trim().parse::<u64>().map_err(|_| ParseSeedsError);
        let Some((first, last)) = text.split_once("..") else {
            return number(text).map(Self::from);
        };
        let (first, last) = (number(first)?, number(last.strip_prefix('=').unwrap_or(last))?);
        (first <= last).then_some(Self { first, last }).ok_or(ParseSeedsError)
    }
}

impl fmt::Display for Seeds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            self.first.fmt(f)
        } else {
            write!(f, "{}..{}", self.first, self.last)
        }
    }
}

written_as_text!(
    Seeds,
    "Seeds",
    "a range of seeds, both ends included, as in \"1..1000\", or one, as in \"7\"",
    r"^\s*[0-9]+(\.\.=?[0-9]+)?\s*$"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_are_included() {
        for (text, count) in [("1..1000", 1000), ("7", 1), ("3..3", 1), ("0..=9", 10)] {
            assert_eq!(text.parse::<Seeds>().map(Seeds::count), Ok(count), "{text}");
        }
        let all: Seeds = "0..18446744073709551615".parse().expect("a range");
        assert_eq!(all.count(), u64::MAX);
        for text in ["", "..", "1..", "..5", "5..1", "-1..5", "a"] {
            assert_eq!(text.parse::<Seeds>(), Err(ParseSeedsError), "{text}");
        }
    }
}
