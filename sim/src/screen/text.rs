//! Text in cells: cleaned, measured, cut and wrapped.

use ratatui::style::Style;
use ratatui::text::Span;

use super::palette::Charset;
use crate::legible::is_legible;

/// Longer texts are cut, so that one line can't fill the memory.
const MAX_CHARS: usize = 2_000;

/// `text` without anything that would move the cursor: ESP-IDF's log colours and other escape sequences, control
/// characters, and marks that turn the direction of writing.
pub(super) fn clean(text: &str, charset: Charset) -> String {
    let mut cleaned = String::with_capacity(text.len().min(MAX_CHARS));
    let mut chars = text.chars().take(MAX_CHARS);
    while let Some(char) = chars.next() {
        match char {
            '\x1b' => {
                // A control sequence ends with a character of 0x40 to 0x7e (ECMA-48, 5.4); others are one character long.
                if chars.next() == Some('[') {
                    chars.by_ref().find(|char| ('\x40'..='\x7e').contains(char));
                }
            }
            '\t' => cleaned.push_str("    "),
            char if !is_legible(char) => {}
            char if char.is_ascii() || charset == Charset::Unicode => cleaned.push(char),
            _ => cleaned.push('?'),
        }
    }
    cleaned
}

/// Cells that `text` takes.
pub(super) fn width(text: &str) -> usize {
    Span::raw(text).width()
}

/// As much of `text` as `cells` cells hold, and the octets that are left over.
fn split_at_width(text: &str, cells: usize) -> (&str, &str) {
    let (mut taken, mut used) = (0, 0);
    for grapheme in Span::raw(text).styled_graphemes(Style::new()) {
        used += width(grapheme.symbol);
        if used > cells {
            break;
        }
        taken += grapheme.symbol.len();
    }
    text.split_at_checked(taken).unwrap_or((text, ""))
}

/// `text` in at most `cells` cells; `ellipsis` stands for an end that was cut off.
pub(super) fn fit(text: &str, cells: usize, ellipsis: &str) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    let (head, _) = split_at_width(text, cells.saturating_sub(width(ellipsis)));
    let (end, _) = split_at_width(ellipsis, cells);
    format!("{head}{end}")
}

/// As [`fit`], but it is the beginning that is cut off: an address's end tells more.
pub(super) fn fit_end(text: &str, cells: usize, ellipsis: &str) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    let (start, _) = split_at_width(ellipsis, cells);
    let room = cells - width(start);
    let tails = text.char_indices().map(|(index, _)| &text[index..]);
    let tail = tails.into_iter().find(|tail| width(tail) <= room).unwrap_or_default();
    format!("{start}{tail}")
}

/// `text` cut into rows of at most `cells` cells: after a space in a row's second half, or else wherever it ends. Spaces stay
/// as they are, except for the one that a row would begin with. At least one row.
pub(super) fn chop(text: &str, cells: usize) -> Vec<&str> {
    let mut rows = Vec::new();
    let mut rest = text;
    loop {
        let (mut row, mut left) = split_at_width(rest, cells);
        if left.is_empty() || row.is_empty() {
            // What does not fit into a whole row never will: a wide character in one cell.
            rows.push(if row.is_empty() { "" } else { rest });
            return rows;
        }
        if let Some(next) = left.strip_prefix(' ') {
            left = next;
        } else if let Some(space) = row.rfind(' ').filter(|space| *space >= row.len() / 2) {
            (row, left) = rest.split_at(space + 1);
        }
        rows.push(row);
        rest = left;
    }
}

/// `text` wrapped between words into rows of at most `cells` cells; longer words are cut.
pub(super) fn wrap(text: &str, cells: usize) -> Vec<String> {
    let mut rows = Vec::new();
    let mut row = String::new();
    for word in text.split_whitespace() {
        if !row.is_empty() && width(&row) + 1 + width(word) > cells {
            rows.push(std::mem::take(&mut row));
        }
        if !row.is_empty() {
            row.push(' ');
        }
        let mut pieces = chop(word, cells);
        let last = if row.is_empty() { pieces.pop() } else { None };
        match last {
            Some(last) => {
                rows.extend(pieces.into_iter().map(str::to_owned));
                row.push_str(last);
            }
            None => row.push_str(word),
        }
    }
    if !row.is_empty() {
        rows.push(row);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escape_sequences_and_controls_are_dropped() {
        let log = "\x1b[0;32mI (312) wifi: up\x1b[0m\r\n";
        assert_eq!(clean(log, Charset::Unicode), "I (312) wifi: up");
        assert_eq!(clean("a\tb\u{202e}c\x1b", Charset::Unicode), "a    bc");
        assert_eq!(clean("21 °C", Charset::Ascii), "21 ?C");
        assert_eq!(clean(&"x".repeat(9_000), Charset::Unicode).len(), MAX_CHARS);
    }

    #[test]
    fn what_does_not_fit_is_marked() {
        assert_eq!(fit("sender", 6, "…"), "sender");
        assert_eq!(fit("sender", 5, "…"), "send…");
        assert_eq!(fit("sender", 0, "…"), "");
        assert_eq!(fit("温度計", 4, "…"), "温…");
        assert_eq!(fit_end("24:0a:c4:00:00:02", 6, "…"), "…00:02");
    }

    #[test]
    fn words_stay_together_where_they_can() {
        assert_eq!(wrap("a long word", 6), ["a long", "word"]);
        assert_eq!(wrap("a longword", 4), ["a", "long", "word"]);
        assert_eq!(wrap("", 4), [""; 0]);
        assert_eq!(chop("  indented", 6), ["  inde", "nted"]);
        assert_eq!(chop("", 6), [""]);
        assert_eq!(chop("in all five attempts", 9), ["in all ", "five ", "attempts"]);
        assert_eq!(chop("in all five", 6), ["in all", "five"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn nothing_is_wider_than_asked(text in ".{0,60}", cells in 0_usize..20) {
            let text = clean(&text, Charset::Unicode);
            prop_assert!(width(&fit(&text, cells, "…")) <= cells);
            prop_assert!(width(&fit_end(&text, cells, "…")) <= cells);
            prop_assert!(chop(&text, cells).iter().all(|row| width(row) <= cells));
            prop_assert!(wrap(&text, cells).iter().all(|row| width(row) <= cells));
        }
    }
}
