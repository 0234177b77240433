//! The characters that the screen draws with: each one cell wide.

use ratatui::symbols::border;

use super::palette::Charset;

/// The characters of a [`Charset`].
#[derive(Debug)]
pub(super) struct Glyphs {
    /// An LED that is lit.
    pub(super) lit: &'static str,
    /// An LED that is off.
    pub(super) off: &'static str,
    /// Nothing on a lane.
    pub(super) idle: &'static str,
    /// A frame on a lane.
    pub(super) data: &'static str,
    /// A repeated frame on a lane.
    pub(super) retry: &'static str,
    /// An ACK on a lane.
    pub(super) ack: &'static str,
    /// Energy on a lane that no board sent.
    pub(super) interference: &'static str,
    pub(super) lost: &'static str,
    pub(super) received: &'static str,
    pub(super) arrow: &'static str,
    pub(super) selected: &'static str,
    pub(super) separator: &'static str,
    /// What stands for text that was cut off.
    pub(super) ellipsis: &'static str,
    pub(super) border: border::Set<'static>,
    pub(super) selected_border: border::Set<'static>,
}

const UNICODE: Glyphs = Glyphs {
    lit: "█",
    off: "·",
    idle: "─",
    data: "█",
    retry: "▓",
    ack: "▄",
    interference: "░",
    lost: "✗",
    received: "✓",
    arrow: "→",
    selected: "▸",
    separator: "│",
    ellipsis: "…",
    border: border::ROUNDED,
    selected_border: border::THICK,
};

const ASCII_BORDER: border::Set<'static> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

const ASCII: Glyphs = Glyphs {
    lit: "#",
    off: ".",
    idle: "-",
    data: "#",
    retry: "%",
    ack: "a",
    interference: ":",
    lost: "x",
    received: "+",
    arrow: ">",
    selected: ">",
    separator: "|",
    ellipsis: "~",
    border: ASCII_BORDER,
    selected_border: border::Set {
        horizontal_top: "=",
        horizontal_bottom: "=",
        ..ASCII_BORDER
    },
};

impl Charset {
    pub(super) const fn glyphs(self) -> &'static Glyphs {
        match self {
            Self::Unicode => &UNICODE,
            Self::Ascii => &ASCII,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::text;

    fn all(glyphs: &Glyphs) -> Vec<&str> {
        let border = |set: &border::Set<'static>| {
            [
                set.top_left,
                set.top_right,
                set.bottom_left,
                set.bottom_right,
                set.vertical_left,
                set.vertical_right,
                set.horizontal_top,
                set.horizontal_bottom,
            ]
        };
        let mut all = vec![
            glyphs.lit,
            glyphs.off,
            glyphs.idle,
            glyphs.data,
            glyphs.retry,
            glyphs.ack,
            glyphs.interference,
            glyphs.lost,
            glyphs.received,
            glyphs.arrow,
            glyphs.selected,
            glyphs.separator,
            glyphs.ellipsis,
        ];
        all.extend(border(&glyphs.border));
        all.extend(border(&glyphs.selected_border));
        all
    }

    #[test]
    fn every_glyph_is_one_cell_wide() {
        for charset in [Charset::Unicode, Charset::Ascii] {
            for glyph in all(charset.glyphs()) {
                assert_eq!(text::width(glyph), 1, "{glyph}");
            }
        }
    }

    #[test]
    fn ascii_is_ascii() {
        assert!(all(Charset::Ascii.glyphs()).iter().all(|glyph| glyph.is_ascii()));
    }
}
