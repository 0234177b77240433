//! How a moment of a recording is written.

use std::str::FromStr;
use std::time::Duration;

use crate::kernel::{Span, Time};

/// A moment of a recording.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Moment {
    /// So much virtual time after the start.
    At(Time),
    /// So much later than now.
    Later(Span),
    /// So much earlier than now.
    Earlier(Span),
    /// A share of the whole, 0 to 1.
    Share(f64),
}

/// The text is no moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write seconds or a time, as in 1.5, 250ms or 2min, with + or - for later or earlier, or 50%")]
pub struct ParseMomentError;

impl Moment {
    /// The moment in a recording that ends at `end`, seen from `now`.
    #[must_use]
    pub fn resolve(self, now: Time, end: Time) -> Time {
        let at = match self {
            Self::At(at) => at,
            Self::Later(by) => now + by,
            Self::Earlier(by) => Time::from_nanos(now.as_nanos().saturating_sub(by.as_nanos())),
            // Casts from float saturate.
            Self::Share(share) => Time::from_nanos((end.as_nanos() as f64 * share) as u64),
        };
        at.min(end)
    }
}

/// Seconds, or a time with its unit.
fn span(text: &str) -> Option<Span> {
    let seconds = text.parse::<f64>().ok();
    if let Some(seconds) = seconds {
        return Duration::try_from_secs_f64(seconds).ok().map(Span::from);
    }
    humantime::parse_duration(text).ok().map(Span::from)
}

impl FromStr for Moment {
    type Err = ParseMomentError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let moment = if let Some(percent) = text.strip_suffix('%') {
            let share = percent.trim().parse::<f64>().map_err(|_| ParseMomentError)? / 100.0;
            (0.0..=1.0).contains(&share).then_some(Self::Share(share))
        } else if let Some(later) = text.strip_prefix('+') {
            span(later.trim()).map(Self::Later)
        } else if let Some(earlier) = text.strip_prefix('-') {
            span(earlier.trim()).map(Self::Earlier)
        } else {
            span(text).map(|span| Self::At(Time::ZERO + span))
        };
        moment.ok_or(ParseMomentError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn moments_are_read() {
        let (now, end) = (Time::from_micros(2_000_000), Time::from_micros(10_000_000));
        let cases = [
            ("1.5", 1_500_000),
            ("250ms", 250_000),
            (" 3s ", 3_000_000),
            ("+1", 3_000_000),
            ("-500ms", 1_500_000),
            ("-9", 0),
            ("50%", 5_000_000),
            ("2min", 10_000_000),
        ];
        for (text, micros) in cases {
            let moment: Moment = text.parse().expect(text);
            assert_eq!(moment.resolve(now, end), Time::from_micros(micros), "{text}");
        }
        for text in ["", "x", "--1", "101%", "NaN", "inf", "1 lightyear"] {
            assert_eq!(text.parse::<Moment>(), Err(ParseMomentError), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,20}", now: u64, end: u64) {
            if let Ok(moment) = text.parse::<Moment>() {
                prop_assert!(moment.resolve(Time::from_nanos(now), Time::from_nanos(end)) <= Time::from_nanos(end));
            }
        }
    }
}
