//! What the line writers share: a sink that remembers its first error, and the boards' names.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

use protocol::MacAddress;
use protocol::board::Rgb;

use crate::legible::is_legible;
pub(crate) use crate::legible::one_line;
use crate::observe::{BoardId, BoardInfo, name_of};

/// Writes lines about boards until the first error, which it keeps.
pub(super) struct Lines<W: Write> {
    pub(super) names: Names,
    writer: W,
    outcome: io::Result<()>,
}

impl<W: Write> Lines<W> {
    pub(super) fn new(writer: W, boards: Vec<BoardInfo>) -> Self {
        Self {
            names: Names::new(boards),
            writer,
            outcome: Ok(()),
        }
    }

    /// Writes one line; what follows an error is dropped.
    pub(super) fn line(&mut self, text: fmt::Arguments<'_>) {
        if self.outcome.is_ok() {
            self.outcome = self.writer.write_fmt(text).and_then(|()| self.writer.write_all(b"\n"));
        }
    }

    pub(super) const fn has_failed(&self) -> bool {
        self.outcome.is_err()
    }

    pub(super) fn finish(self) -> io::Result<W> {
        self.outcome.map(|()| self.writer)
    }
}

/// Longer names are not padded to.
const WIDEST: usize = 255;

/// Board names, escaped, and padded to the longest so that what follows stands in one column.
pub(crate) struct Names {
    names: Vec<Arc<str>>,
    by_address: BTreeMap<MacAddress, u32>,
    width: usize,
}

impl Names {
    pub(crate) fn new(boards: Vec<BoardInfo>) -> Self {
        let mut by_address = BTreeMap::new();
        for (number, board) in (0..).zip(&boards) {
            by_address.entry(board.address).or_insert(number);
        }
        let shown = |board: BoardInfo| match board.name.chars().all(is_legible) {
            true => board.name,
            false => one_line(&board.name).into(),
        };
        let names: Vec<_> = boards.into_iter().map(shown).collect();
        let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        Self {
            names,
            by_address,
            width: width.min(WIDEST),
        }
    }

    /// A board's name; "?" for one that is not in the list.
    pub(crate) fn name(&self, board: BoardId) -> &str {
        self.names.get(board.index()).map_or("?", |name| name)
    }

    /// Its name, padded; a dash for what concerns no board alone.
    pub(crate) fn column(&self, board: Option<BoardId>) -> String {
        let name = board.map_or("-", |board| self.name(board));
        format!("{name:width$}", width = self.width)
    }

    /// The name of the board with this address, "everybody" for broadcast, or the address itself.
    pub(super) fn of_address(&self, address: MacAddress) -> String {
        if address == MacAddress::BROADCAST {
            return "everybody".to_owned();
        }
        let station = |station| self.by_address.get(&station);
        name_of(address, |address| {
            station(address).map(|&number| self.name(BoardId(number)))
        })
    }
}

/// That a board's program has begun.
pub(super) fn started(version: &str, on_trial: bool) -> String {
    let trial = if on_trial { ", on trial" } else { "" };
    format!("started version {}{trial}", one_line(version))
}

/// That an output pin changed.
pub(super) fn pin(pin: u8, level: bool) -> String {
    format!("pin {pin} {}", if level { "high" } else { "low" })
}

/// Pixels that are named one by one; more are counted.
const NAMED_PIXELS: usize = 8;

/// What a strip shows, in a few words: "off", "all (0, 25, 0)", "#0 (0, 25, 0) #3 (25, 0, 0)".
pub(super) fn pixels(colours: &[Rgb]) -> String {
    let triple = |colour: &Rgb| format!("({}, {}, {})", colour.red, colour.green, colour.blue);
    let lit = |(_, colour): &(usize, &Rgb)| **colour != Rgb::OFF;
    let count = colours.iter().enumerate().filter(lit).count();
    match colours {
        _ if count == 0 => "off".to_owned(),
        [first, _, ..] if colours.iter().all(|colour| colour == first) => format!("all {}", triple(first)),
        _ => {
            let mut words: Vec<String> = colours
                .iter()
                .enumerate()
                .filter(lit)
                .take(NAMED_PIXELS)
                .map(|(index, colour)| format!("#{index} {}", triple(colour)))
                .collect();
            if count > NAMED_PIXELS {
                words.push(format!("and {} more", count - NAMED_PIXELS));
            }
            words.join(" ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strips_are_told_in_a_few_words() {
        let green = Rgb::new(0, 25, 0);
        assert_eq!(pixels(&[Rgb::OFF; 3]), "off");
        assert_eq!(pixels(&[]), "off");
        assert_eq!(pixels(&[green]), "#0 (0, 25, 0)");
        assert_eq!(pixels(&[green; 64]), "all (0, 25, 0)");
        assert_eq!(
            pixels(&[Rgb::OFF, green, Rgb::new(1, 2, 3)]),
            "#1 (0, 25, 0) #2 (1, 2, 3)"
        );
        let mut matrix = [green; 64];
        matrix[0] = Rgb::OFF;
        assert!(pixels(&matrix).ends_with("#8 (0, 25, 0) and 55 more"));
    }

    #[test]
    fn the_first_error_is_kept() {
        let mut space = [0_u8; 4];
        let mut lines = Lines::new(&mut space[..], Vec::new());
        lines.line(format_args!("abc"));
        lines.line(format_args!("d"));
        lines.line(format_args!(""));
        let error = lines.finish().expect_err("four octets are too few");
        assert_eq!(error.kind(), io::ErrorKind::WriteZero);
    }
}
