//! NeoPixels in the terminal's colours.
//!
//! A NeoPixel's brightness is linear in its value and it is very bright: (0, 25, 0) lights up a desk, while a terminal that is
//! given these numbers shows black. So a lit pixel is mapped in three steps:
//!
//! 1. Its largest channel, `m`, becomes 110 + 145 · (m / 255)^(1/2.2): a gamma for the eye, with a floor.
//! 2. The other channels keep their share of it, through the same gamma, so that the hue stays.
//! 3. Colours darker than luma 64 (ITU-R BT.601), which is to say blue, are mixed with white up to there.
//!
//! With few colours the nearest one is taken; with none, a letter: R, G, B, Y, C, M or W, small when dim.

use protocol::board::Rgb;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};

use super::palette::{ColourDepth, Palette, Tone};

/// Values from here on count as bright where a colour has only two shades.
const BRIGHT: u8 = 64;

const GAMMA: f32 = 1.0 / 2.2;

/// The luma below which a colour is hard to see on black.
const DARKEST: f32 = 64.0;

/// The channel values of xterm's colour cube.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The side of the matrix that so many pixels are sold as: 5×5, 8×8, 16×16. Fewer are a strip or a ring.
pub(super) fn matrix_side(pixels: usize) -> Option<u16> {
    match pixels {
        25 => Some(5),
        64 => Some(8),
        256 => Some(16),
        _ => None,
    }
}

/// The pixel that shines most; for boards that are drawn in one line.
pub(super) fn brightest(pixels: &[Rgb]) -> Option<Rgb> {
    let light = |colour: &Rgb| u32::from(colour.red) + u32::from(colour.green) + u32::from(colour.blue);
    pixels.iter().copied().max_by_key(light)
}

fn largest(colour: Rgb) -> u8 {
    colour.red.max(colour.green).max(colour.blue)
}

fn luma([red, green, blue]: [f32; 3]) -> f32 {
    0.299 * red + 0.587 * green + 0.114 * blue
}

/// What the eye would see of a lit pixel: see the module.
fn perceived(colour: Rgb) -> [u8; 3] {
    let largest = f32::from(largest(colour));
    let level = 110.0 + 145.0 * (largest / 255.0).powf(GAMMA);
    let mut channels =
        [colour.red, colour.green, colour.blue].map(|channel| level * (f32::from(channel) / largest).powf(GAMMA));
    let luma = luma(channels);
    if luma < DARKEST {
        let white = (DARKEST - luma) / (255.0 - luma);
        channels = channels.map(|channel| channel + (255.0 - channel) * white);
    }
    // Casts from float saturate.
    channels.map(|channel| channel.round() as u8)
}

/// Which LEDs dominate: those of at least half the largest value.
fn dominant(colour: Rgb) -> (bool, bool, bool) {
    let on = |channel: u8| u16::from(channel) * 2 >= u16::from(largest(colour));
    (on(colour.red), on(colour.green), on(colour.blue))
}

fn nearest_of_256(colour: [u8; 3]) -> Color {
    let [red, green, blue] = colour.map(|channel| {
        let distance = |index: &u8| CUBE[usize::from(*index)].abs_diff(channel);
        (0..6_u8).min_by_key(distance).unwrap_or(0)
    });
    Color::Indexed(16 + 36 * red + 6 * green + blue)
}

fn nearest_of_16(colour: Rgb) -> Color {
    let bright = largest(colour) >= BRIGHT;
    match (dominant(colour), bright) {
        ((true, true, true), true) => Color::White,
        ((true, true, true), false) => Color::Gray,
        ((true, true, false), true) => Color::LightYellow,
        ((true, true, false), false) => Color::Yellow,
        ((true, false, true), true) => Color::LightMagenta,
        ((true, false, true), false) => Color::Magenta,
        ((false, true, true), true) => Color::LightCyan,
        ((false, true, true), false) => Color::Cyan,
        ((false, true, false), true) => Color::LightGreen,
        ((false, true, false), false) => Color::Green,
        // Most themes' blue can't be told from black.
        ((false, false, _), _) => Color::LightBlue,
        ((true, false, false), true) => Color::LightRed,
        ((true, false, false), false) => Color::Red,
    }
}

fn letter(colour: Rgb) -> &'static str {
    let bright = largest(colour) >= BRIGHT;
    match (dominant(colour), bright) {
        ((true, true, true), true) => "W",
        ((true, true, true), false) => "w",
        ((true, true, false), true) => "Y",
        ((true, true, false), false) => "y",
        ((true, false, true), true) => "M",
        ((true, false, true), false) => "m",
        ((false, true, true), true) => "C",
        ((false, true, true), false) => "c",
        ((true, false, false), true) => "R",
        ((true, false, false), false) => "r",
        ((false, true, false), true) => "G",
        ((false, true, false), false) => "g",
        ((false, false, _), true) => "B",
        ((false, false, _), false) => "b",
    }
}

/// A pixel's glyph and style, and whether the glyph fills its cell.
fn pixel(colour: Rgb, palette: Palette) -> (&'static str, Style, bool) {
    let glyphs = palette.charset.glyphs();
    if colour == Rgb::OFF {
        return (glyphs.off, palette.style(Tone::Faint), false);
    }
    let shown = match palette.depth {
        ColourDepth::TrueColour => {
            let [red, green, blue] = perceived(colour);
            Color::Rgb(red, green, blue)
        }
        ColourDepth::Ansi256 => nearest_of_256(perceived(colour)),
        ColourDepth::Ansi16 => nearest_of_16(colour),
        ColourDepth::None => return (letter(colour), palette.style(Tone::Key), false),
    };
    (glyphs.lit, Style::new().fg(shown), true)
}

/// Draws one pixel `cells` cells wide.
pub(super) fn draw_pixel(colour: Rgb, palette: Palette, x: u16, y: u16, cells: u16, buffer: &mut Buffer) {
    let (glyph, style, fills) = pixel(colour, palette);
    for cell in 0..if fills { cells } else { cells.min(1) } {
        if let Some(cell) = buffer.cell_mut((x.saturating_add(cell), y)) {
            cell.set_symbol(glyph).set_style(style);
        }
    }
}

/// Draws `pixels` row by row from the top left: as a matrix if `area` is as wide as its rows, else as a strip that goes on in
/// the next row. Two cells a pixel if they all fit so. What does not fit is not drawn.
pub(super) fn draw(pixels: &[Rgb], palette: Palette, area: Rect, buffer: &mut Buffer) {
    let area = area.intersection(buffer.area);
    if area.is_empty() {
        return;
    }
    let room = area.area() as usize;
    let cells = if pixels.len() * 2 <= room && area.width >= 2 {
        2
    } else {
        1
    };
    let columns = usize::from(area.width / cells);
    for (row, pixels) in (0..area.height).zip(pixels.chunks(columns)) {
        for (column, colour) in (0..area.width).zip(pixels) {
            draw_pixel(*colour, palette, area.x + column * cells, area.y + row, cells, buffer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::palette::Charset;
    use proptest::prelude::*;

    fn shown(colour: Rgb, depth: ColourDepth) -> (&'static str, Option<Color>) {
        let palette = Palette {
            depth,
            charset: Charset::Unicode,
        };
        let (glyph, style, _) = pixel(colour, palette);
        (glyph, style.fg)
    }

    #[test]
    fn dim_green_is_clearly_green() {
        let green = Rgb::new(0, 25, 0);
        assert_eq!(
            shown(green, ColourDepth::TrueColour),
            ("█", Some(Color::Rgb(0, 160, 0)))
        );
        assert_eq!(shown(green, ColourDepth::Ansi256), ("█", Some(Color::Indexed(34))));
        assert_eq!(shown(green, ColourDepth::Ansi16), ("█", Some(Color::Green)));
        assert_eq!(shown(green, ColourDepth::None), ("g", None));
    }

    #[test]
    fn dim_blue_is_lifted_off_black() {
        let blue = Rgb::new(0, 0, 25);
        assert_eq!(
            shown(blue, ColourDepth::TrueColour),
            ("█", Some(Color::Rgb(49, 49, 179)))
        );
        assert_eq!(shown(blue, ColourDepth::Ansi256), ("█", Some(Color::Indexed(61))));
        assert_eq!(shown(blue, ColourDepth::Ansi16), ("█", Some(Color::LightBlue)));
        assert_eq!(shown(blue, ColourDepth::None), ("b", None));
    }

    #[test]
    fn off_is_a_dark_dot() {
        assert_eq!(
            shown(Rgb::OFF, ColourDepth::TrueColour),
            ("·", Some(Color::Indexed(240)))
        );
        assert_eq!(shown(Rgb::OFF, ColourDepth::None), ("·", None));
    }

    #[test]
    fn mixtures_have_their_letter() {
        let letters = [
            (Rgb::new(255, 255, 255), "W"),
            (Rgb::new(20, 20, 20), "w"),
            (Rgb::new(255, 160, 0), "Y"),
            (Rgb::new(80, 0, 80), "M"),
            (Rgb::new(0, 30, 30), "c"),
            (Rgb::new(255, 90, 30), "R"),
        ];
        for (colour, expected) in letters {
            assert_eq!(shown(colour, ColourDepth::None).0, expected, "{colour:?}");
        }
    }

    #[test]
    fn a_matrix_has_two_cells_a_pixel() {
        let palette = Palette {
            depth: ColourDepth::None,
            charset: Charset::Ascii,
        };
        let mut pixels = [Rgb::OFF; 25];
        pixels[6] = Rgb::new(255, 0, 0);
        let area = Rect::new(0, 0, 10, 5);
        let mut buffer = Buffer::empty(area);
        draw(&pixels, palette, area, &mut buffer);
        assert_eq!(buffer.cell((2, 1)).map(ratatui::buffer::Cell::symbol), Some("R"));
        assert_eq!(buffer.cell((8, 4)).map(ratatui::buffer::Cell::symbol), Some("."));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn lit_pixels_are_visible_and_keep_their_order(red: u8, green: u8, blue: u8) {
            let colour = Rgb::new(red, green, blue);
            prop_assume!(colour != Rgb::OFF);
            let [r, g, b] = perceived(colour);
            prop_assert!(luma([r, g, b].map(f32::from)) >= DARKEST - 1.0);
            prop_assert!((red <= green) || r >= g);
            prop_assert!((green <= blue) || g >= b);
        }
    }
}
