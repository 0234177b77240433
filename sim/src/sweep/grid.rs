//! Which values parameters take: `loss=0..0.5/0.05`, `boards=10,20,50`, `mode=strong`.

use std::fmt;
use std::str::FromStr;

/// A parameter and its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axis {
    name: String,
    values: Vec<String>,
}

/// The text is no axis.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AxisError {
    /// No `=`, or nothing before it.
    #[error("write KEY=VALUES, as in loss=0..0.5/0.05 or boards=10,20,50")]
    Form,
    /// Two commas with nothing between them, or no value at all.
    #[error("{key}: there is an empty value; write VALUE,VALUE or FIRST..LAST/STEP")]
    Empty {
        /// The key.
        key: String,
    },
    /// A range that is none.
    #[error(
        "{key}={range}: a range is FIRST..LAST/STEP in decimals with the same unit, as in 0..0.5/0.05 or 10ms..50ms/10ms"
    )]
    Range {
        /// The key.
        key: String,
        /// What was written.
        range: String,
    },
    /// A range that has no end, or whose end is before its start.
    #[error("{key}={range}: FIRST is above LAST, or STEP is not above 0")]
    Direction {
        /// The key.
        key: String,
        /// What was written.
        range: String,
    },
    /// More values than make sense.
    #[error("{key}={range}: more than {MOST} values")]
    TooMany {
        /// The key.
        key: String,
        /// What was written.
        range: String,
    },
    /// The same value twice, which would be the same rows twice.
    #[error("{key}: {value} is given twice")]
    Twice {
        /// The key.
        key: String,
        /// The value.
        value: String,
    },
}

/// No axis has more values.
const MOST: usize = 100_000;

impl Axis {
    /// The parameter.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its values, in their order.
    #[must_use]
    pub fn values(&self) -> &[String] {
        &self.values
    }
}

impl fmt::Display for Axis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.values.join(","))
    }
}

impl FromStr for Axis {
    type Err = AxisError;

    fn from_str(text: &str) -> Result<Self, AxisError> {
        let (key, values) = text.split_once('=').ok_or(AxisError::Form)?;
        let key = key.trim();
        if key.is_empty() {
            return Err(AxisError::Form);
        }
        let mut all = Vec::new();
        for value in values.split(',').map(str::trim) {
            match value {
                "" => return Err(AxisError::Empty { key: key.to_owned() }),
                range if range.contains("..") => all.extend(steps(key, range)?),
                value => all.push(value.to_owned()),
            }
        }
        let mut sorted: Vec<_> = all.iter().collect();
        sorted.sort_unstable();
        if let Some(value) = sorted
            .windows(2)
            .find(|pair| pair[0] == pair[1])
            .and_then(|pair| pair.first())
        {
            return Err(AxisError::Twice {
                key: key.to_owned(),
                value: (*value).clone(),
            });
        }
        Ok(Self {
            name: key.to_owned(),
            values: all,
        })
    }
}

/// A decimal as a whole number of its last places, so that 0.1 added ten times is 1.
struct Decimal {
    digits: i128,
    places: u32,
}

impl Decimal {
    fn parse(text: &str) -> Option<Self> {
        let (sign, number) = match text.strip_prefix('-') {
            Some(number) => (-1, number),
            None => (1, text),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let is_number = |digits: &str| digits.bytes().all(|digit| digit.is_ascii_digit());
        if whole.is_empty() || !is_number(whole) || !is_number(fraction) || whole.len() + fraction.len() > 18 {
            return None;
        }
        let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
        Some(Self {
            digits: sign * digits,
            places: u32::try_from(fraction.len()).ok()?,
        })
    }

    fn scaled(&self, places: u32) -> i128 {
        self.digits * 10_i128.pow(places - self.places)
    }
}

/// A number of last places as people write it.
fn written(digits: i128, places: u32) -> String {
    let (sign, digits) = (if digits < 0 { "-" } else { "" }, digits.unsigned_abs());
    let scale = 10_u128.pow(places);
    let (whole, fraction) = (digits / scale, digits % scale);
    if fraction == 0 {
        return format!("{sign}{whole}");
    }
    let fraction = format!("{fraction:0width$}", width = places as usize);
    format!("{sign}{whole}.{}", fraction.trim_end_matches('0'))
}

/// The number at a text's start, and its unit.
fn split_unit(text: &str) -> (&str, &str) {
    let end = text.find(|letter: char| !(letter.is_ascii_digit() || "+-.".contains(letter)));
    text.split_at(end.unwrap_or(text.len()))
}

/// All values of a range, its end included if a step leads there.
fn steps(key: &str, range: &str) -> Result<Vec<String>, AxisError> {
    let told = || (key.to_owned(), range.to_owned());
    let error = || {
        let (key, range) = told();
        AxisError::Range { key, range }
    };
    let (first, rest) = range.split_once("..").ok_or_else(error)?;
    let (last, step) = match rest.split_once('/') {
        Some((last, step)) => (last, Some(step)),
        None => (rest, None),
    };
    let parts = [first, last, step.unwrap_or("1")].map(|part| split_unit(part.trim()));
    let unit = parts[1].1;
    // `0..50ms/10ms` is clear enough, and so is a step of 1 that was left out.
    let alike =
        |(number, own): (&str, &str), lenient: bool| own == unit || (own.is_empty() && (lenient || number == "0"));
    if !alike(parts[0], false) || !alike(parts[2], step.is_none()) {
        return Err(error());
    }
    let numbers = parts.map(|(number, _)| Decimal::parse(number));
    let [Some(first), Some(last), Some(step_by)] = numbers else {
        return Err(error());
    };
    // Whole numbers go by ones; for others somebody has to say how finely.
    if step.is_none() && first.places + last.places > 0 {
        return Err(error());
    }
    let places = first.places.max(last.places).max(step_by.places);
    let (first, last, step) = (first.scaled(places), last.scaled(places), step_by.scaled(places));
    let (key, range) = told();
    if step <= 0 || first > last {
        return Err(AxisError::Direction { key, range });
    }
    let count = usize::try_from((last - first) / step).unwrap_or(MOST);
    if count >= MOST {
        return Err(AxisError::TooMany { key, range });
    }
    let value = |index: usize| format!("{}{unit}", written(first + step * index as i128, places));
    Ok((0..=count).map(value).collect())
}

/// All combinations of some parameters' values; the last parameter changes fastest. Without parameters there is one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grid {
    axes: Vec<Axis>,
}

/// A combination: parameters with their values.
pub type Point<'a> = Vec<(&'a str, &'a str)>;

impl Grid {
    /// The combinations of these.
    ///
    /// # Errors
    /// If a parameter is there twice.
    pub fn new(axes: Vec<Axis>) -> Result<Self, AxisError> {
        for (index, axis) in axes.iter().enumerate() {
            if axes.iter().take(index).any(|other| other.name == axis.name) {
                return Err(AxisError::Twice {
                    key: axis.name.clone(),
                    value: "the parameter".to_owned(),
                });
            }
        }
        Ok(Self { axes })
    }

    /// The parameters.
    #[must_use]
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// How many combinations there are; the most that fit if they are more.
    #[must_use]
    pub fn len(&self) -> u64 {
        let lengths = self.axes.iter().map(|axis| axis.values.len() as u64);
        lengths.fold(1, u64::saturating_mul)
    }

    /// Whether there is none, which can't be.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The combination of this number.
    pub(super) fn point(&self, mut number: u64) -> Point<'_> {
        let mut point: Vec<_> = self
            .axes
            .iter()
            .rev()
            .filter_map(|axis| {
                let values = axis.values.len() as u64;
                let value = usize::try_from(number % values)
                    .ok()
                    .and_then(|place| axis.values.get(place));
                number /= values;
                value.map(|value| (axis.name.as_str(), value.as_str()))
            })
            .collect();
        point.reverse();
        point
    }
}
