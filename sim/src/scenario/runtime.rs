//! What runs boards' scripts.

use std::path::PathBuf;
use std::time::Duration;

#[cfg(unix)]
use crate::external::Confinement;

/// How programs in files are run. It is no part of a scenario's file: it differs from machine to machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runtime {
    /// MicroPython's Unix port, or Python 3.9 or newer; `None` for what the PATH has.
    pub interpreter: Option<PathBuf>,
    /// How much real time a program may compute without a pause before it is ended, as one that hangs.
    pub patience: Duration,
    /// Whether and by what programs are confined. There is no default: whoever runs programs decides.
    #[cfg(unix)]
    pub confinement: Option<Confinement>,
}

impl Default for Runtime {
    fn default() -> Self {
        Self {
            interpreter: None,
            patience: Duration::from_secs(10),
            #[cfg(unix)]
            confinement: None,
        }
    }
}
