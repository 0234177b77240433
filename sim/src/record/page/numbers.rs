//! Numbers as people read them.

use crate::kernel::Span;

/// The sum. Where it is larger than any number, the largest stands for it: a page shows what a recording claims.
pub(super) fn sum(numbers: impl IntoIterator<Item = u64>) -> u64 {
    numbers.into_iter().fold(0, u64::saturating_add)
}

/// Thousands apart: 12 345.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// `part` of `whole` in per cent; a dash where there is nothing.
pub(super) fn share(part: u64, whole: u64) -> String {
    match whole {
        0 => "–".to_owned(),
        _ => percent(part as f64 / whole as f64),
    }
}

/// A share, 0 to 1, in per cent. Only all is 100 %, and only nothing 0 %.
pub(super) fn percent(share: f64) -> String {
    let tenths = (share * 1_000.0).round();
    let tenths = match share {
        _ if share >= 1.0 => 1_000.0,
        _ if share <= 0.0 => 0.0,
        _ => tenths.clamp(1.0, 999.0),
    };
    if tenths % 10.0 == 0.0 {
        format!("{:.0} %", tenths / 10.0)
    } else {
        format!("{:.1} %", tenths / 10.0)
    }
}

/// µs in the unit that fits.
pub(super) fn micros(micros: u64) -> String {
    let scaled = |number: f64| match number {
        ..10.0 => format!("{number:.2}"),
        ..100.0 => format!("{number:.1}"),
        _ => format!("{number:.0}"),
    };
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..1_000_000 => format!("{} ms", scaled(micros as f64 / 1e3)),
        _ => format!("{} s", scaled(micros as f64 / 1e6)),
    }
}

/// The same of a span.
pub(super) fn span(span: Span) -> String {
    micros(span.as_micros())
}

/// Bit/s in the unit that fits.
pub(super) fn bits_per_second(bits: f64) -> String {
    match bits {
        ..1e3 => format!("{bits:.0} bit/s"),
        ..1e6 => format!("{:.1} kbit/s", bits / 1e3),
        _ => format!("{:.2} Mbit/s", bits / 1e6),
    }
}

/// A coordinate in a picture.
pub(super) fn place(number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!([0, 999, 1_000].map(count), ["0", "999", "1\u{202f}000"]);
        assert_eq!(share(1, 3), "33.3 %");
        assert_eq!(share(99_999, 100_000), "99.9 %");
        assert_eq!([share(0, 5), share(5, 5), share(0, 0)], ["0 %", "100 %", "–"]);
        assert_eq!(
            [999, 3_036, 25_000, 1_214_204].map(micros),
            ["999 µs", "3.04 ms", "25.0 ms", "1.21 s"]
        );
        assert_eq!(bits_per_second(1_500.0), "1.5 kbit/s");
        assert_eq!([place(1.0), place(-0.25)], ["1", "-0.2"]);
    }
}
