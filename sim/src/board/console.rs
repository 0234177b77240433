//! The board's USB serial port, outward only for now.

use std::fmt;

use super::Shared;

/// Takes what the program prints; the lab sees it line by line.
#[derive(Debug)]
pub struct VirtualConsole {
    hardware: Shared,
}

impl VirtualConsole {
    pub(super) fn new(hardware: Shared) -> Self {
        Self { hardware }
    }
}

impl fmt::Write for VirtualConsole {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.hardware.borrow_mut().print(text);
        Ok(())
    }
}
