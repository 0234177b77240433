//! Why a board started.

use core::fmt;

/// Why a board started, as far as its chip knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResetCause {
    /// Its power came, or somebody pressed RESET: a chip can't tell one from the other.
    PowerOn,
    /// A host reset it over USB, as programs that flash do.
    Usb,
    /// Its program wanted it, or ended in a panic.
    Software,
    /// Its program was silent for longer than a watchdog allows.
    Watchdog,
    /// Its supply was too weak for a moment.
    BrownOut,
    /// It slept deeply, and woke.
    DeepSleep,
    /// The chip says something else, or nothing.
    Unknown,
}

impl fmt::Display for ResetCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PowerOn => "power on",
            Self::Usb => "USB",
            Self::Software => "restart",
            Self::Watchdog => "watchdog",
            Self::BrownOut => "brown-out",
            Self::DeepSleep => "deep sleep",
            Self::Unknown => "unknown",
        })
    }
}
