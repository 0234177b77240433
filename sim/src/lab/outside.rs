//! What the world does to a board's pins and console.

use protocol::time::Instant;

use super::{Happening, Lab};
use crate::board::Peripherals;
use crate::observe::BoardId;

impl Lab {
    /// Types at a board's console. What its program does not read is lost when it is too much.
    pub fn type_in(&mut self, board: BoardId, octets: &[u8]) {
        self.disturb(board, |peripherals, _| peripherals.type_in(octets));
    }

    /// Takes what a board has said at its console since the last time. The first time, that is nothing: nobody listened.
    pub fn take_output(&mut self, board: BoardId) -> Vec<u8> {
        let Some(seat) = self.seats.get(board.index()) else {
            return Vec::new();
        };
        let mut hardware = seat.hardware.borrow_mut();
        std::mem::take(hardware.peripherals().output.get_or_insert_default())
    }

    /// Wants a board's program interrupted: Ctrl-C at its console.
    pub fn interrupt(&mut self, board: BoardId) {
        self.disturb(board, |peripherals, _| peripherals.interrupted = true);
    }

    /// Drives a pin of a board high or low, or leaves it alone.
    pub fn drive_pin(&mut self, board: BoardId, pin: u8, level: Option<bool>) {
        self.disturb(board, |peripherals, now| peripherals.pins.drive(pin, level, now));
    }

    /// Gives a sensor another value: what a converter reads at this pin, 65535 being full scale.
    pub fn set_analogue(&mut self, board: BoardId, pin: u8, value: u16) {
        self.disturb(board, |peripherals, _| peripherals.pins.set_analogue(pin, value));
    }

    /// Has a board's program polled at once: somebody outside has something for it.
    pub(crate) fn poll_soon(&mut self, board: BoardId) {
        if board.index() < self.seats.len() {
            let now = self.queue.now();
            self.tasks.wake(board.0);
            self.queue.schedule(now, Happening::Wake(board.0));
            self.over &= now >= self.limit;
        }
    }

    fn disturb(&mut self, board: BoardId, what: impl FnOnce(&mut Peripherals, Instant)) {
        let now = self.queue.now();
        let Some(seat) = self.seats.get(board.index()) else {
            return;
        };
        let is_awaited = {
            let mut hardware = seat.hardware.borrow_mut();
            hardware.now = now;
            hardware.disturb(what)
        };
        self.last_seen = now;
        if is_awaited {
            self.poll_soon(board);
        }
    }
}
