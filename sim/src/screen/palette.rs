//! What the terminal can show: colours and characters.

use ratatui::style::{Color, Modifier, Style};

/// How many colours the terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColourDepth {
    /// 24 bits.
    TrueColour,
    /// xterm's 256: a cube of 6×6×6, 24 greys and the sixteen.
    Ansi256,
    /// The sixteen, as the user's theme has them.
    Ansi16,
    /// None, or none are wanted.
    None,
}

/// Which characters the terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// UTF-8.
    Unicode,
    /// Nothing but ASCII is sure.
    Ascii,
}

/// What the terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// Its colours.
    pub depth: ColourDepth,
    /// Its characters.
    pub charset: Charset,
}

/// What a piece of text is for; [`Palette::style`] says how that looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    /// To be read, but not first.
    Dim,
    /// Lines and dots that only guide the eye.
    Faint,
    Good,
    Bad,
    Warning,
    /// A key in the hints.
    Key,
    /// A whole row that stands out.
    Bar,
    /// What belongs to the board of this index.
    Board(usize),
}

/// Terminals of 24 bits that don't say so over ssh, where `COLORTERM` gets lost.
const TRUE_COLOUR_TERMS: [&str; 6] = ["-direct", "kitty", "alacritty", "ghostty", "wezterm", "foot"];

/// Green and red are kept for outcomes.
const BOARD_COLOURS: [Color; 4] = [
    Color::LightCyan,
    Color::LightMagenta,
    Color::LightYellow,
    Color::LightBlue,
];

/// #585858, whatever the theme.
const DARK_GREY: Color = Color::Indexed(240);

impl Palette {
    /// Reads the terminal's abilities from the environment: `env` gives a variable's value.
    ///
    /// `NO_COLOR` (no-color.org: set and not empty), then `COLORTERM`, then `TERM` decide the colours; the first of `LC_ALL`,
    /// `LC_CTYPE` and `LANG` that is not empty decides the characters, as in POSIX. The Linux console is taken as ASCII,
    /// since its fonts lack the marks.
    ///
    /// ```
    /// use sim::screen::{Charset, ColourDepth, Palette};
    ///
    /// let palette = Palette::detect(|name| match name {
    ///     "TERM" => Some("xterm-256color".to_owned()),
    ///     "LANG" => Some("de_AT.UTF-8".to_owned()),
    ///     _ => None,
    /// });
    /// assert_eq!(palette.depth, ColourDepth::Ansi256);
    /// assert_eq!(palette.charset, Charset::Unicode);
    /// ```
    #[must_use]
    pub fn detect(env: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name| env(name).filter(|value| !value.is_empty());
        let term = set("TERM").unwrap_or_default();
        let depth = match set("COLORTERM").as_deref() {
            _ if set("NO_COLOR").is_some() => ColourDepth::None,
            _ if matches!(term.as_str(), "" | "dumb" | "vt100" | "vt102" | "vt220" | "vt320") => ColourDepth::None,
            Some("truecolor" | "24bit") => ColourDepth::TrueColour,
            _ if TRUE_COLOUR_TERMS.iter().any(|name| term.contains(name)) => ColourDepth::TrueColour,
            _ if term.contains("256color") => ColourDepth::Ansi256,
            _ => ColourDepth::Ansi16,
        };
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .into_iter()
            .find_map(set)
            .unwrap_or_default();
        let locale = locale.to_ascii_lowercase();
        let charset = match locale.contains("utf-8") || locale.contains("utf8") {
            true if term != "linux" => Charset::Unicode,
            _ => Charset::Ascii,
        };
        Self { depth, charset }
    }

    /// How `tone` looks. Colours are the sixteen of the user's theme; without colours, bold, dim and reversed have to do.
    pub(super) fn style(self, tone: Tone) -> Style {
        let plain = Style::new();
        if tone == Tone::Bar {
            return plain.add_modifier(Modifier::REVERSED);
        }
        if self.depth == ColourDepth::None {
            return match tone {
                Tone::Dim | Tone::Faint => plain.add_modifier(Modifier::DIM),
                Tone::Bad | Tone::Warning | Tone::Key | Tone::Board(_) => plain.add_modifier(Modifier::BOLD),
                Tone::Plain | Tone::Good | Tone::Bar => plain,
            };
        }
        match tone {
            Tone::Plain | Tone::Bar => plain,
            // Not dark grey, which some themes have made the background's colour.
            Tone::Dim => plain.add_modifier(Modifier::DIM),
            Tone::Faint if self.depth == ColourDepth::Ansi16 => plain.fg(Color::DarkGray),
            Tone::Faint => plain.fg(DARK_GREY),
            Tone::Good => plain.fg(Color::Green),
            Tone::Bad => plain.fg(Color::LightRed),
            Tone::Warning => plain.fg(Color::Yellow),
            Tone::Key => plain.add_modifier(Modifier::BOLD),
            Tone::Board(index) => plain.fg(BOARD_COLOURS[index % BOARD_COLOURS.len()]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(environment: &[(&str, &str)]) -> Palette {
        Palette::detect(|name| {
            let entry = environment.iter().find(|(key, _)| *key == name);
            entry.map(|(_, value)| (*value).to_owned())
        })
    }

    fn depth(environment: &[(&str, &str)]) -> ColourDepth {
        detect(environment).depth
    }

    #[test]
    fn colours_are_read_from_the_environment() {
        assert_eq!(depth(&[]), ColourDepth::None);
        assert_eq!(
            depth(&[("TERM", "dumb"), ("COLORTERM", "truecolor")]),
            ColourDepth::None
        );
        assert_eq!(depth(&[("TERM", "vt100")]), ColourDepth::None);
        assert_eq!(depth(&[("TERM", "linux")]), ColourDepth::Ansi16);
        assert_eq!(depth(&[("TERM", "xterm")]), ColourDepth::Ansi16);
        assert_eq!(depth(&[("TERM", "tmux-256color")]), ColourDepth::Ansi256);
        assert_eq!(
            depth(&[("TERM", "xterm-256color"), ("COLORTERM", "yes")]),
            ColourDepth::Ansi256
        );
        for value in ["truecolor", "24bit"] {
            assert_eq!(
                depth(&[("TERM", "xterm"), ("COLORTERM", value)]),
                ColourDepth::TrueColour
            );
        }
        assert_eq!(depth(&[("TERM", "xterm-kitty")]), ColourDepth::TrueColour);
        assert_eq!(depth(&[("TERM", "xterm-direct")]), ColourDepth::TrueColour);
    }

    #[test]
    fn no_color_counts_only_when_it_says_something() {
        let colourful = [("TERM", "xterm-256color"), ("COLORTERM", "truecolor")];
        assert_eq!(
            depth(&[&colourful[..], &[("NO_COLOR", "1")]].concat()),
            ColourDepth::None
        );
        assert_eq!(
            depth(&[&colourful[..], &[("NO_COLOR", "")]].concat()),
            ColourDepth::TrueColour
        );
    }

    #[test]
    fn the_first_locale_that_is_set_decides() {
        let charset = |environment: &[(&str, &str)]| detect(environment).charset;
        assert_eq!(charset(&[]), Charset::Ascii);
        assert_eq!(charset(&[("LANG", "C.UTF-8")]), Charset::Unicode);
        assert_eq!(charset(&[("LANG", "en_GB.utf8")]), Charset::Unicode);
        assert_eq!(charset(&[("LANG", "C.UTF-8"), ("LC_ALL", "C")]), Charset::Ascii);
        assert_eq!(
            charset(&[("LANG", "C"), ("LC_CTYPE", "C.UTF-8"), ("LC_ALL", "")]),
            Charset::Unicode
        );
        assert_eq!(charset(&[("LANG", "C.UTF-8"), ("TERM", "linux")]), Charset::Ascii);
    }

    #[test]
    fn without_colours_no_tone_has_one() {
        let palette = Palette {
            depth: ColourDepth::None,
            charset: Charset::Unicode,
        };
        for tone in [
            Tone::Plain,
            Tone::Dim,
            Tone::Faint,
            Tone::Good,
            Tone::Bad,
            Tone::Warning,
            Tone::Key,
            Tone::Bar,
            Tone::Board(7),
        ] {
            let style = palette.style(tone);
            assert_eq!((style.fg, style.bg), (None, None), "{tone:?}");
        }
    }
}
