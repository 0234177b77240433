//! What a board's program prints and shows.

use protocol::board::Rgb;

use super::Hardware;

/// A console line longer than this is broken, so that a program without line ends can't fill the memory.
const LONGEST_LINE: usize = 4096;

impl Hardware {
    pub(crate) fn print(&mut self, text: &str) {
        if let Some(peripherals) = &mut self.peripherals {
            peripherals.say(text);
        }
        for piece in text.split_inclusive('\n') {
            match piece.strip_suffix('\n') {
                Some(end) => {
                    self.line.push_str(end);
                    self.end_line();
                }
                None => self.line.push_str(piece),
            }
            if self.line.len() > LONGEST_LINE {
                self.end_line();
            }
        }
    }

    fn end_line(&mut self) {
        self.requests.lines.push(self.line.trim_end_matches('\r').into());
        self.line.clear();
    }

    /// Whether the program has begun a line.
    pub(crate) fn has_unfinished_line(&self) -> bool {
        !self.line.is_empty()
    }

    /// The program ended: what it printed without a line end is a line.
    pub(crate) fn flush_console(&mut self) {
        if !self.line.is_empty() {
            self.end_line();
        }
    }

    pub(crate) fn pixel_count(&self) -> usize {
        self.colours.len()
    }

    pub(crate) fn set_pixel(&mut self, index: usize, colour: Rgb) {
        if let Some(pixel) = self.colours.get_mut(index) {
            *pixel = colour;
        }
    }

    pub(crate) fn show_pixels(&mut self) {
        self.lit = self.colours.iter().any(|&colour| colour != Rgb::OFF);
        self.requests.colours = Some(self.colours.as_slice().into());
    }
}
