//! What a NeoPixel shows.

use std::fmt;
use std::str::FromStr;

use protocol::board::Rgb;

use super::written_as_text;

/// A colour to look for. A name stands for every brightness of it, as programs light NeoPixels dimly; `#rrggbb` for these values alone.
///
/// | name | red | green | blue |
/// |---|---|---|---|
/// | `off` | 0 | 0 | 0 |
/// | `red`, `green`, `blue` | one of them above 0 | | |
/// | `yellow`, `cyan`, `magenta` | two of them above 0 | | |
/// | `white` | above 0 | above 0 | above 0 |
/// | `lit` | any above 0 | | |
///
/// ```
/// use protocol::board::Rgb;
/// use sim::scenario::Colour;
///
/// let green: Colour = "green".parse()?;
/// assert!(green.is(Rgb::new(0, 25, 0)) && !green.is(Rgb::new(25, 25, 0)));
/// let exact: Colour = "#001900".parse()?;
/// assert!(exact.is(Rgb::new(0, 25, 0)) && !exact.is(Rgb::new(0, 26, 0)));
/// # Ok::<(), sim::scenario::ParseColourError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Any light.
    Lit,
    /// Which of red, green and blue are above 0.
    Hue([bool; 3]),
    /// These values.
    Exactly(Rgb),
}

const NAMES: [(&str, [bool; 3]); 8] = [
    ("off", [false, false, false]),
    ("red", [true, false, false]),
    ("green", [false, true, false]),
    ("blue", [false, false, true]),
    ("yellow", [true, true, false]),
    ("cyan", [false, true, true]),
    ("magenta", [true, false, true]),
    ("white", [true, true, true]),
];

impl Colour {
    /// Nothing.
    pub const OFF: Self = Self::Hue([false; 3]);
    /// Green alone.
    pub const GREEN: Self = Self::Hue([false, true, false]);

    /// Whether a pixel shows it.
    #[must_use]
    pub fn is(self, shown: Rgb) -> bool {
        match self {
            Self::Lit => shown != Rgb::OFF,
            Self::Hue(lit) => [shown.red > 0, shown.green > 0, shown.blue > 0] == lit,
            Self::Exactly(colour) => shown == colour,
        }
    }
}

impl From<Rgb> for Colour {
    fn from(colour: Rgb) -> Self {
        Self::Exactly(colour)
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lit => f.write_str("lit"),
            Self::Hue(lit) => {
                let name = NAMES.iter().find(|(_, of)| of == lit).map_or("off", |(name, _)| name);
                f.write_str(name)
            }
            Self::Exactly(Rgb { red, green, blue }) => write!(f, "#{red:02x}{green:02x}{blue:02x}"),
        }
    }
}

/// The text is no colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a colour is \"#00ff00\", off, lit, red, green, blue, yellow, cyan, magenta or white")]
pub struct ParseColourError;

impl FromStr for Colour {
    type Err = ParseColourError;

    fn from_str(text: &str) -> Result<Self, ParseColourError> {
        if text == "lit" {
            return Ok(Self::Lit);
        }
        if let Some(hue) = NAMES.iter().find(|(name, _)| *name == text) {
            return Ok(Self::Hue(hue.1));
        }
        let digits = text.strip_prefix('#').ok_or(ParseColourError)?;
        let mut octets = [0; 3];
        hex::decode_to_slice(digits, &mut octets).map_err(|_| ParseColourError)?;
        let [red, green, blue] = octets;
        Ok(Self::Exactly(Rgb::new(red, green, blue)))
    }
}

written_as_text!(
    Colour,
    "Colour",
    "a colour: \"#00ff00\" for these values, or off, lit, red, green, blue, yellow, cyan, magenta or white for any brightness",
    "^(#[0-9a-fA-F]{6}|off|lit|red|green|blue|yellow|cyan|magenta|white)$"
);
