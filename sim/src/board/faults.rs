//! How a chip's driver may break its own rules, when it is asked to.
//!
//! Each has been seen on chips, or follows from the driver's machine code; how often is unknown, so that it is set and not assumed. What the firmware makes of it
//! (`protocol::driver`), a virtual board with such a driver makes of it as well.

use crate::kernel::Span;

/// What a driver does wrong. By default nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DriverFaults {
    /// The part of all frames whose send callback never comes.
    pub callbacks_lost: f64,
    /// The part whose callback comes twice.
    pub callbacks_doubled: f64,
    /// The part whose callback comes late.
    pub callbacks_late: f64,
    /// How late.
    pub callbacks_late_by: Span,
    /// What the counter does by which received messages are stamped.
    pub timestamps: Timestamps,
    /// By how much each interval of a radio that sleeps by wake windows is too long.
    pub wake_interval_late_by: Span,
}

impl DriverFaults {
    /// Whether there are any of them that a board's program meets at its driver.
    pub(super) fn concern_the_program(&self) -> bool {
        let callbacks = self.callbacks_lost + self.callbacks_doubled + self.callbacks_late;
        callbacks > 0.0 || self.timestamps != Timestamps::Running
    }
}

/// The counter of the MAC by which received messages are stamped, while the radio sleeps by wake windows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Timestamps {
    /// It runs.
    #[default]
    Running,
    /// It stands still while the radio sleeps.
    Stalled,
    /// It begins anew with each window.
    Restarted,
}
