//! String literals with escapes, as C and Python write them.

/// The literals on a line. Several that follow each other are one string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::capture) struct Literal {
    /// What the string begins with comes before them: `frame =`, or a parenthesis.
    pub(super) opens: bool,
    pub(super) octets: Vec<u8>,
    pub(super) then: Then,
}

/// What becomes of a string behind a line's last literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::capture) enum Then {
    /// It ends: a semicolon, a parenthesis, a comment.
    Ends,
    /// Nothing says whether it goes on.
    Open,
    /// It goes on in the next line: a backslash or a plus.
    NextLine,
    /// It goes on until it ends: a parenthesis is open, or C has seen no semicolon.
    UntilItEnds,
}

/// Reads a line's literals. `in_literal` is whether the line before goes on: then they may do without escapes.
pub(super) fn read(text: &str, in_literal: bool) -> Option<Literal> {
    let start = text.find(['\'', '"'])?;
    let before = without_prefix(text.get(..start)?).trim();
    let opens = !before.is_empty();
    let mut octets = Vec::new();
    let mut has_escapes = false;
    let mut rest = text.get(start..)?;
    let is_c = rest.starts_with('"');
    // Behind each literal: another one, or what ends the string.
    loop {
        let quote = rest.chars().next()?;
        let (after, escapes) = string(rest.get(1..)?, quote, &mut octets)?;
        has_escapes |= escapes;
        rest = after.trim_start();
        let next = rest
            .find(['\'', '"'])
            .and_then(|next| Some((without_prefix(rest.get(..next)?), next)));
        match next {
            Some((between, next)) if between.trim_end_matches(['+', ' ']).is_empty() => rest = rest.get(next..)?,
            _ => break,
        }
    }
    // Another string, which nothing here would take.
    if rest.starts_with(',') && rest.contains(quote_marks) {
        return None;
    }
    if !has_escapes && (opens || !in_literal) {
        return None;
    }
    let tail = rest.trim_end();
    let then = match tail {
        "" | "\\" | "+" if before.ends_with('(') || (is_c && opens) => Then::UntilItEnds,
        "\\" | "+" => Then::NextLine,
        "" => Then::Open,
        _ => Then::Ends,
    };
    Some(Literal { opens, octets, then })
}

const fn quote_marks(character: char) -> bool {
    matches!(character, '\'' | '"')
}

/// What stands before a literal without the letters that belong to it, as in `b'…'` and `u8"…"`.
fn without_prefix(before: &str) -> &str {
    let trimmed = before.trim_end_matches(|c: char| c.is_ascii_alphanumeric());
    let prefix = before.get(trimmed.len()..).unwrap_or_default();
    match ["b", "B", "rb", "Rb", "br", "u8", "u", "U", "L", "r"].contains(&prefix) {
        true => trimmed,
        false => before,
    }
}

/// Reads a string up to its quote. Returns what comes behind it, and whether it had escapes for octets.
fn string<'a>(text: &'a str, quote: char, octets: &mut Vec<u8>) -> Option<(&'a str, bool)> {
    let mut has_escapes = false;
    let mut rest = text;
    loop {
        let mut characters = rest.chars();
        let character = characters.next()?;
        rest = characters.as_str();
        match character {
            end if end == quote => return Some((rest, has_escapes)),
            '\\' => {
                let (octet, after) = escape(rest)?;
                has_escapes |= rest.starts_with(['x', '0', '1', '2', '3']);
                octets.push(octet);
                rest = after;
            }
            other => octets.push(u8::try_from(other).ok().filter(u8::is_ascii)?),
        }
    }
}

/// The octet that an escape stands for, and what comes behind it.
fn escape(text: &str) -> Option<(u8, &str)> {
    let kind = text.chars().next()?;
    let after = text.get(kind.len_utf8()..)?;
    let octet = match kind {
        'x' => {
            let digits = after
                .get(..2)
                .filter(|digits| digits.chars().all(|c| c.is_ascii_hexdigit()))?;
            return Some((u8::from_str_radix(digits, 16).ok()?, after.get(2..)?));
        }
        '0'..='7' => {
            let length = text.chars().take(3).take_while(|c| matches!(c, '0'..='7')).count();
            let (digits, after) = text.split_at_checked(length)?;
            return Some((u8::from_str_radix(digits, 8).ok()?, after));
        }
        'a' => 7,
        'b' => 8,
        't' => b'\t',
        'n' => b'\n',
        'v' => 11,
        'f' => 12,
        'r' => b'\r',
        'e' => 27,
        '\\' | '\'' | '"' | '?' => u8::try_from(kind).ok()?,
        _ => return None,
    };
    Some((octet, after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn octets(text: &str) -> Option<Vec<u8>> {
        read(text, false).map(|literal| literal.octets)
    }

    #[test]
    fn literals_are_joined() {
        let expected = Some(vec![0xd0, 0, b'a', 0x7f]);
        for text in [
            "const char f[] = \"\\xd0\" \"\\x00\" \"a\\177\";",
            "f = b'\\xd0\\0' b'a\\x7f'",
            "f = b'\\xd0\\0' + b\"a\\x7f\"",
            "f = (b'\\xd0' b'\\0a' rb'' b'\\177')",
            "\"\\320\\000a\\177\"",
            "b'\\xd0\\x00a\\x7f' # a frame's beginning",
        ] {
            assert_eq!(octets(text), expected, "{text}");
        }
    }

    #[test]
    fn a_string_says_whether_it_goes_on() {
        let of = |text: &str| {
            let literal = read(text, true).expect("a literal");
            (literal.opens, literal.then)
        };
        assert_eq!(of("f = (b'\\xd0'"), (true, Then::UntilItEnds));
        assert_eq!(of("  b'a'"), (false, Then::Open));
        assert_eq!(of("  b'a')"), (false, Then::Ends));
        assert_eq!(of("char f[] = \"\\xd0\""), (true, Then::UntilItEnds));
        assert_eq!(of("\"\\xd0\";"), (false, Then::Ends));
        assert_eq!(of("'\\xd0' \\"), (false, Then::NextLine));
        assert_eq!(of("f = '\\xd0'"), (true, Then::Open));
    }

    #[test]
    fn what_is_no_literal_is_none() {
        for text in [
            "f = {'\\xd0', '\\xd1'}",
            "b'no escape'",
            "\"\\xd\"",
            "'\\q'",
            "'\\xd0",
            "don't",
            "'é\\xd0'",
            "'\\400'",
            "hello",
        ] {
            assert_eq!(octets(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_not(text in ".*", in_literal: bool) {
            let _ = read(&text, in_literal);
        }

        #[test]
        fn what_looks_like_literals_is_read_or_not(text in "[bx0-9a\\\\'\"=(); +]{0,60}", in_literal: bool) {
            let _ = read(&text, in_literal);
        }
    }
}
