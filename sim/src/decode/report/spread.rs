//! Many values in a few words.

use std::fmt::Display;

/// Values that are kept for the median; of more than so many it is that of the first.
const KEPT: usize = 100_000;

/// The least, the middle and the greatest of many values.
#[derive(Debug, Default)]
pub(super) struct Spread {
    kept: Vec<i64>,
    least: Option<i64>,
    most: Option<i64>,
}

impl Spread {
    pub(super) fn note(&mut self, value: i64) {
        if self.kept.len() < KEPT {
            self.kept.push(value);
        }
        self.least = Some(self.least.map_or(value, |least| least.min(value)));
        self.most = Some(self.most.map_or(value, |most| most.max(value)));
    }

    /// The value that half of the others are below.
    pub(super) fn median(&self) -> Option<i64> {
        let mut sorted = self.kept.clone();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).copied()
    }

    /// `mostly 10 µs (10 to 12)`, with each value as `show` has it; `None` of no values.
    pub(super) fn words<D: Display>(&self, show: impl Fn(i64) -> D, unit: &str) -> Option<String> {
        let (least, median, most) = (self.least?, self.median()?, self.most?);
        Some(if least == most {
            format!("{}{unit}", show(least))
        } else {
            format!("{}{unit} ({} to {})", show(median), show(least), show(most))
        })
    }

    /// `10 to 60 octets`.
    pub(super) fn range(&self, unit: &str) -> Option<String> {
        let (least, most) = (self.least?, self.most?);
        Some(if least == most {
            format!("{least}{unit}")
        } else {
            format!("{least} to {most}{unit}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_in_a_few_words() {
        let mut spread = Spread::default();
        assert_eq!(spread.words(|value| value, " µs"), None);
        spread.note(7);
        assert_eq!(spread.words(|value| value, " µs").as_deref(), Some("7 µs"));
        spread.note(-3);
        spread.note(9);
        assert_eq!(spread.words(|value| value, " µs").as_deref(), Some("7 µs (-3 to 9)"));
        assert_eq!(spread.range(" octets").as_deref(), Some("-3 to 9 octets"));
    }
}
