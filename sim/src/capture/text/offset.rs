//! The offset that a line of a dump begins with.

/// What a dump's offsets are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Radix {
    Hexadecimal,
    Decimal,
    Octal,
}

/// An offset as it is written: most tools write hexadecimal digits, od octal ones unless it is told otherwise, od -A d and xxd -d decimal
/// ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offset {
    hexadecimal: u64,
    decimal: Option<u64>,
    octal: Option<u64>,
    /// How many digits it has.
    pub(super) digits: usize,
    pub(super) has_colon: bool,
    /// It begins with `0x`.
    pub(super) is_prefixed: bool,
}

impl Offset {
    pub(super) fn parse(token: &str) -> Option<Self> {
        let (token, has_colon) = match token.strip_suffix(':') {
            Some(token) => (token, true),
            None => (token, false),
        };
        let (token, is_prefixed) = match token.strip_prefix("0x") {
            Some(token) => (token, true),
            None => (token, false),
        };
        let in_base = |base| u64::from_str_radix(token, base).ok();
        // A sign is no digit.
        if !(4..=16).contains(&token.len()) || token.starts_with('+') {
            return None;
        }
        let may_be_other = !is_prefixed && token.len() >= 6;
        Some(Self {
            hexadecimal: in_base(16)?,
            decimal: in_base(10).filter(|_| may_be_other),
            octal: in_base(8).filter(|_| may_be_other && !has_colon),
            digits: token.len(),
            has_colon,
            is_prefixed,
        })
    }

    /// In hexadecimal digits.
    pub(super) const fn hexadecimal(&self) -> u64 {
        self.hexadecimal
    }

    /// Whether a frame begins here: at 0, or at an address in a chip's memory.
    pub(super) const fn begins(&self) -> bool {
        self.hexadecimal == 0 || (self.is_prefixed && !self.has_colon)
    }

    /// Where in a frame this is that begins at `base`, as far as it can be read in each radix.
    pub(super) fn within(&self, base: u64) -> impl Iterator<Item = (Radix, usize)> + use<> {
        let values = [
            (Radix::Hexadecimal, Some(self.hexadecimal)),
            (Radix::Decimal, self.decimal),
            (Radix::Octal, self.octal),
        ];
        values
            .into_iter()
            .filter_map(move |(radix, value)| Some((radix, usize::try_from(value?.checked_sub(base)?).ok()?)))
    }
}
