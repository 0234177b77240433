//! How fast virtual time runs against the wall clock.

use std::fmt;
use std::str::FromStr;

/// How fast virtual time runs against the wall clock.
///
/// ```
/// use sim::pace::Pace;
///
/// assert_eq!("0.5".parse(), Ok(Pace::Times(0.5)));
/// assert_eq!("max".parse(), Ok(Pace::Max));
/// assert_eq!(Pace::Times(0.5).faster(), Pace::Times(1.0));
/// # Ok::<(), sim::pace::ParsePaceError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// It stands.
    Paused,
    /// So many virtual seconds a second: finite and above zero.
    Times(f64),
    /// As fast as the host can.
    Max,
}

impl Pace {
    /// What [`Pace::faster`] and [`Pace::slower`] go through. At 0.01, a full frame at 1 Mbit/s lasts a quarter of a second.
    pub const STEPS: [Self; 12] = [
        Self::Times(0.01),
        Self::Times(0.02),
        Self::Times(0.05),
        Self::Times(0.1),
        Self::Times(0.2),
        Self::Times(0.5),
        Self::Times(1.0),
        Self::Times(2.0),
        Self::Times(5.0),
        Self::Times(10.0),
        Self::Times(100.0),
        Self::Max,
    ];

    /// The next step up; the same at the top, or paused.
    #[must_use]
    pub fn faster(self) -> Self {
        if self == Self::Paused {
            return self;
        }
        let mut steps = Self::STEPS.into_iter();
        steps.find(|step| step.factor() > self.factor()).unwrap_or(self)
    }

    /// The next step down; the same at the bottom, or paused.
    #[must_use]
    pub fn slower(self) -> Self {
        let mut steps = Self::STEPS.into_iter().rev();
        steps.find(|step| step.factor() < self.factor()).unwrap_or(self)
    }

    /// Virtual seconds a second: 0 when paused, infinity at [`Pace::Max`].
    #[must_use]
    pub const fn factor(self) -> f64 {
        match self {
            Self::Paused => 0.0,
            Self::Times(factor) => factor,
            Self::Max => f64::INFINITY,
        }
    }
}

impl Default for Pace {
    /// As the wall clock.
    fn default() -> Self {
        Self::Times(1.0)
    }
}

impl fmt::Display for Pace {
    /// `paused`, `0.5x` or `max`, which [`Pace::from_str`] reads back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Paused => f.write_str("paused"),
            Self::Times(factor) => write!(f, "{factor}x"),
            Self::Max => f.write_str("max"),
        }
    }
}

/// The text is no pace.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("pace {0:?} is not known: write virtual seconds a second above 0, as in 0.5 or 2x, or max, or paused")]
pub struct ParsePaceError(String);

impl FromStr for Pace {
    type Err = ParsePaceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "paused" => return Ok(Self::Paused),
            "max" => return Ok(Self::Max),
            _ => {}
        }
        match text.strip_suffix('x').unwrap_or(text).parse::<f64>() {
            Ok(factor) if factor.is_finite() && factor > 0.0 => Ok(Self::Times(factor)),
            _ => Err(ParsePaceError(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_are_read() {
        assert_eq!("2x".parse(), Ok(Pace::Times(2.0)));
        assert_eq!("0.25".parse(), Ok(Pace::Times(0.25)));
        assert_eq!("paused".parse(), Ok(Pace::Paused));
        for text in ["", "x", "0", "-1", "inf", "NaN", "1e999", "fast", "2 x"] {
            let error = text.parse::<Pace>().expect_err(text);
            assert!(error.to_string().contains(&format!("{text:?}")));
        }
    }

    #[test]
    fn steps_lead_from_end_to_end() {
        let mut pace = Pace::STEPS[0];
        for step in Pace::STEPS {
            assert_eq!(pace, step);
            assert_eq!(step.to_string().parse(), Ok(step));
            pace = pace.faster();
        }
        assert_eq!(pace, Pace::Max);
        for step in Pace::STEPS.into_iter().rev() {
            assert_eq!(pace, step);
            pace = pace.slower();
        }
        assert_eq!(pace, Pace::STEPS[0]);
        assert_eq!(Pace::Paused.faster(), Pace::Paused);
        assert_eq!(Pace::Paused.slower(), Pace::Paused);
        assert_eq!(Pace::Times(3.0).faster(), Pace::Times(5.0));
        assert_eq!(Pace::Times(3.0).slower(), Pace::Times(2.0));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn text_round_trips(factor in 1e-9..1e9) {
            let pace = Pace::Times(factor);
            prop_assert_eq!(pace.to_string().parse(), Ok(pace));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            let _ = text.parse::<Pace>();
        }
    }
}
