//! What the world does to a board's pins and console.

use super::Lab;
use crate::board::Hardware;
use crate::observe::BoardId;

impl Lab {
    /// Types at a board's console. What its program does not read is lost when it is too much.
    pub fn type_in(&mut self, board: BoardId, octets: &[u8]) {
        self.touch_from_outside(board, |hardware| {
            hardware.disturb(|peripherals, _| peripherals.type_in(octets));
        });
    }

    /// Takes what a board has said at its console since the last time. The first time, that is nothing: nobody listened.
    pub fn take_output(&mut self, board: BoardId) -> Vec<u8> {
        if board.index() >= self.seats.len() {
            return Vec::new();
        }
        let take = |hardware: &mut Hardware| std::mem::take(hardware.peripherals().output.get_or_insert_default());
        self.touch(self.queue.now(), board.0, take)
    }

    /// Wants a board's program interrupted: Ctrl-C at its console.
    pub fn interrupt(&mut self, board: BoardId) {
        self.touch_from_outside(board, Hardware::interrupt);
    }

    /// Drives a pin of a board high or low, or leaves it alone.
    pub fn drive_pin(&mut self, board: BoardId, pin: u8, level: Option<bool>) {
        self.touch_from_outside(board, |hardware| {
            hardware.disturb(|peripherals, now| peripherals.pins.drive(pin, level, now));
        });
    }

    /// Gives a sensor another value: what a converter reads at this pin, 65535 being full scale.
    pub fn set_analogue(&mut self, board: BoardId, pin: u8, value: u16) {
        self.touch_from_outside(board, |hardware| {
            hardware.disturb(|peripherals, _| peripherals.pins.set_analogue(pin, value));
        });
    }
}
