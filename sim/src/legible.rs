//! Text from outside, shown to people: one function that escapes, and one that says which names are taken.
//!
//! Names, console lines, file names and other programs' words may hold anything. What a terminal obeys (control characters), what
//! turns the direction of writing, and what can't be seen would show something else than what is there: two names that look
//! alike, a line that seems to be the simulator's. Such characters are written as `\u{202e}`. Letters of all scripts pass.

use std::io;

use serde::Serialize;

/// The longest name of a board, in octets: that of a file, since boards are called after their programs' files.
const LONGEST_NAME: usize = 255;

/// Whether a person sees the character and a terminal does not obey it.
///
/// What is not: control characters, the line and paragraph separators, and Unicode's properties `Bidi_Control` and
/// `Default_Ignorable_Code_Point` (zero-width characters, fillers, tags), with what no text has: noncharacters and interlinear
/// annotations. The two variation selectors that choose between text and emoji pass, as they change a character that is seen.
pub(crate) fn is_legible(character: char) -> bool {
    !(character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fdd0}'..='\u{fdef}'
                | '\u{fe00}'..='\u{fe0d}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
        || (character as u32) & 0xfffe == 0xfffe)
}

/// `text` on one line: line ends and everything else that is not legible become escapes.
pub(crate) fn one_line(text: &str) -> String {
    escape(text, is_legible)
}

/// `text` of several lines: as [`one_line`], but line ends stay. For texts whose parts that came from outside are one line each.
pub(crate) fn lines(text: &str) -> String {
    escape(text, |character| character == '\n' || is_legible(character))
}

fn escape(text: &str, stays: impl Fn(char) -> bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if stays(character) {
            escaped.push(character);
        } else {
            escaped.extend(character.escape_default());
        }
    }
    escaped
}

/// Writes JSON in one line that means the same and can be shown: what is not legible in its texts has JSON's own escapes.
pub(crate) fn json(out: impl io::Write, value: &impl Serialize) -> serde_json::Result<()> {
    value.serialize(&mut serde_json::Serializer::with_formatter(out, Json))
}

/// The same as a text.
pub(crate) fn json_text(value: &impl Serialize) -> serde_json::Result<String> {
    let mut octets = Vec::new();
    json(&mut octets, value)?;
    String::from_utf8(octets).map_err(serde::ser::Error::custom)
}

struct Json;

impl serde_json::ser::Formatter for Json {
    fn write_string_fragment<W: io::Write + ?Sized>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, character)) = rest.char_indices().find(|(_, character)| !is_legible(*character)) {
            out.write_all(rest[..at].as_bytes())?;
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = &rest[at + character.len_utf8()..];
        }
        out.write_all(rest.as_bytes())
    }
}

/// Whether a board can be called so, in a scenario and in a recording. The error says what a name is.
pub(crate) fn check_name(name: &str) -> Result<(), &'static str> {
    if name.trim().is_empty() || name.len() > LONGEST_NAME || !name.chars().all(is_legible) {
        return Err("a board's name has 1 to 255 octets, and no control, invisible or direction-turning characters");
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod testing {
    use proptest::prelude::*;

    /// Texts that are full of what must not be shown.
    pub(crate) fn hostile() -> impl Strategy<Value = String> {
        let character = prop_oneof![
            any::<char>(),
            prop::char::range('\0', '\u{ff}'),
            prop::char::range('\u{2000}', '\u{206f}'),
            prop::char::range('\u{e0000}', '\u{e01ff}'),
            Just('\u{feff}'),
        ];
        prop::collection::vec(character, 0..24).prop_map(String::from_iter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_read_stays() {
        for text in ["naïve", "e\u{301}", "漢字", "שלום", "مرحبا", "⚠\u{fe0f} 21 °C", "a b"] {
            assert_eq!(one_line(text), text);
            assert_eq!(check_name(text), Ok(()));
        }
    }

    #[test]
    fn what_is_obeyed_or_not_seen_is_escaped() {
        assert_eq!(one_line("a\n\u{1b}[2J"), "a\\n\\u{1b}[2J");
        assert_eq!(lines("a\n\u{1b}[2J"), "a\n\\u{1b}[2J");
        for character in [
            '\0',
            '\r',
            '\u{7f}',
            '\u{9b}',
            '\u{ad}',
            '\u{61c}',
            '\u{200b}',
            '\u{200d}',
            '\u{200f}',
            '\u{2028}',
            '\u{2029}',
            '\u{202a}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{2069}',
            '\u{feff}',
            '\u{fffe}',
            '\u{e0041}',
            '\u{10ffff}',
        ] {
            let shown = one_line(&format!("a{character}b"));
            assert!(shown.starts_with("a\\") && shown.ends_with('b'), "{shown}");
            assert!(check_name(&format!("a{character}b")).is_err(), "{shown}");
        }
        for name in ["", "  ", &"x".repeat(256)] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn nothing_else_comes_through(text in testing::hostile()) {
            prop_assert!(one_line(&text).chars().all(is_legible));
            prop_assert!(lines(&text).chars().all(|character| character == '\n' || is_legible(character)));
            prop_assert_eq!(one_line(&one_line(&text)), one_line(&text));
            let json = json_text(&text).expect("it is a text");
            prop_assert!(json.chars().all(is_legible));
            prop_assert_eq!(serde_json::from_str::<String>(&json).expect("JSON"), text);
        }
    }
}
