//! The board's pins, as far as a program can see them.
//!
//! ```text
//!   program ── mode, pull, level ──►  pin  ◄── level, button, sensor's value ── the world
//!                                      │
//!                                      └──► edges that somebody watches for
//! ```

use std::collections::{BTreeMap, VecDeque};

use protocol::time::Instant;

/// The pin that the button pulls low while it is pressed.
pub(crate) const BUTTON: u8 = 0;

/// Edges kept until they are read; what comes after them is lost, as an interrupt that is not served.
const KEPT_EDGES: usize = 256;

/// What drives a pin from inside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    #[default]
    Input,
    Output,
    OpenDrain,
}

/// The resistor that holds a pin that nobody drives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Pull {
    #[default]
    None,
    Up,
    Down,
}

/// Which edges of a pin are watched for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Edges {
    pub(crate) rising: bool,
    pub(crate) falling: bool,
}

/// A pin's level changed, and somebody had asked to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    pub(crate) pin: u8,
    pub(crate) level: bool,
    pub(crate) at: Instant,
}

#[derive(Clone, Copy, Debug, Default)]
struct Pin {
    mode: Mode,
    pull: Pull,
    /// What the program wrote last.
    latch: bool,
    /// What the world drives it with.
    outside: Option<bool>,
    watched: Edges,
}

impl Pin {
    fn level(&self) -> bool {
        let held = self.outside.unwrap_or(self.pull == Pull::Up);
        match self.mode {
            Mode::Output => self.latch,
            Mode::OpenDrain => self.latch && held,
            Mode::Input => held,
        }
    }
}

/// All pins of a board.
#[derive(Debug, Default)]
pub(crate) struct Pins {
    pins: BTreeMap<u8, Pin>,
    analogue: BTreeMap<u8, u16>,
    edges: VecDeque<Edge>,
}

impl Pins {
    /// Whether there are edges to be read.
    pub(crate) fn has_edges(&self) -> bool {
        !self.edges.is_empty()
    }

    pub(crate) fn take_edges(&mut self) -> impl Iterator<Item = Edge> {
        self.edges.drain(..)
    }

    /// What the program drives a pin to; `None` where it does not.
    pub(crate) fn driven(&self, pin: u8) -> Option<bool> {
        let pin = self.pins.get(&pin)?;
        (pin.mode != Mode::Input).then_some(pin.latch)
    }

    /// The resistor that the program has set.
    pub(crate) fn pull(&self, pin: u8) -> Pull {
        self.pins.get(&pin).map_or(Pull::None, |pin| pin.pull)
    }

    /// What the world drives a pin with; `None` where it does not.
    pub(crate) fn outside(&self, pin: u8) -> Option<bool> {
        self.pins
            .get(&pin)
            .map_or_else(|| Self::untouched(pin).outside, |pin| pin.outside)
    }

    pub(crate) fn level(&self, pin: u8) -> bool {
        self.pins
            .get(&pin)
            .map_or_else(|| Self::untouched(pin).level(), Pin::level)
    }

    /// What a converter reads there, if that was set; 65535 is full scale.
    pub(crate) fn analogue(&self, pin: u8) -> Option<u16> {
        self.analogue.get(&pin).copied()
    }

    pub(crate) fn set_analogue(&mut self, pin: u8, value: u16) {
        self.analogue.insert(pin, value);
    }

    pub(crate) fn set_mode(&mut self, pin: u8, mode: Mode, pull: Pull, now: Instant) {
        self.change(pin, now, |pin| (pin.mode, pin.pull) = (mode, pull));
    }

    pub(crate) fn write(&mut self, pin: u8, level: bool, now: Instant) {
        self.change(pin, now, |pin| pin.latch = level);
    }

    /// The world drives a pin, or leaves it alone.
    pub(crate) fn drive(&mut self, pin: u8, level: Option<bool>, now: Instant) {
        self.change(pin, now, |pin| pin.outside = level);
    }

    pub(crate) fn watch(&mut self, pin: u8, edges: Edges, now: Instant) {
        self.change(pin, now, |pin| pin.watched = edges);
    }

    /// The program is gone: what it had set is as after a reset, what the world does stays.
    pub(crate) fn reset(&mut self) {
        for pin in self.pins.values_mut() {
            *pin = Pin {
                outside: pin.outside,
                ..Pin::default()
            };
        }
        self.edges.clear();
    }

    /// A pin as nobody has touched it. The button has a resistor of its own.
    fn untouched(pin: u8) -> Pin {
        Pin {
            outside: (pin == BUTTON).then_some(true),
            ..Pin::default()
        }
    }

    fn change(&mut self, number: u8, now: Instant, change: impl FnOnce(&mut Pin)) {
        let pin = self.pins.entry(number).or_insert_with(|| Self::untouched(number));
        let before = pin.level();
        change(pin);
        let level = pin.level();
        let watched = if level { pin.watched.rising } else { pin.watched.falling };
        if level != before && watched && self.edges.len() < KEPT_EDGES {
            self.edges.push_back(Edge {
                pin: number,
                level,
                at: now,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_micros(7);

    #[test]
    fn levels_are_what_drives_the_pin() {
        let mut pins = Pins::default();
        assert!(!pins.level(4), "nobody drives it");
        pins.set_mode(4, Mode::Input, Pull::Up, NOW);
        assert!(pins.level(4));
        pins.drive(4, Some(false), NOW);
        assert!(!pins.level(4));
        pins.set_mode(4, Mode::Output, Pull::None, NOW);
        pins.write(4, true, NOW);
        assert!(pins.level(4), "a strong output");
        pins.set_mode(4, Mode::OpenDrain, Pull::Up, NOW);
        assert!(!pins.level(4), "the world pulls it down");
        assert!(pins.level(BUTTON));
    }

    #[test]
    fn edges_are_those_that_were_asked_for() {
        let mut pins = Pins::default();
        let falling = Edges {
            falling: true,
            ..Edges::default()
        };
        pins.drive(BUTTON, Some(false), NOW);
        pins.watch(BUTTON, falling, NOW);
        pins.drive(BUTTON, Some(true), NOW);
        pins.drive(BUTTON, Some(false), NOW);
        pins.drive(BUTTON, Some(false), NOW);
        let edges: Vec<_> = pins.take_edges().collect();
        let edge = Edge {
            pin: BUTTON,
            level: false,
            at: NOW,
        };
        assert_eq!(edges, [edge]);
        pins.reset();
        assert!(!pins.level(BUTTON), "somebody's finger is still on it");
    }
}
