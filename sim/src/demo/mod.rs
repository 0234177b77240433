//! The scenarios that come with the simulator.

mod clock;
mod console;
mod field;
mod file;
mod hello;
mod light;
mod pair;
mod parameter;
mod provision;
mod relay;
mod saturation;
mod secure;
mod sleep;
mod surroundings;
mod upgrade;

use protocol::MacAddress;
use protocol::espnow::Error;

pub use field::FieldError;
pub use parameter::{Kind, Parameter, ParameterError, Parameters};

use crate::kernel::Time;
use crate::lab::LabBuilder;
use crate::medium::Links;
use crate::observe::{BoardId, Ending};
use crate::record::Responses;

/// What a run can be told from outside.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Where all random numbers come from.
    pub seed: u64,
    /// What is set by hand for links.
    pub links: Links,
    /// When the run ends, unless the demo knows better.
    pub until: Option<Time>,
    /// The demo's own parameters, where they differ from their defaults.
    pub parameters: Parameters,
}

/// A scenario that comes with the simulator.
#[derive(Clone, Copy)]
pub struct Demo {
    /// What `--demo` takes.
    pub name: &'static str,
    /// What one sees, in a line.
    pub summary: &'static str,
    /// Virtual seconds per second at which it is good to watch.
    pub watch_at: f64,
    /// What `--set` takes.
    pub parameters: &'static [Parameter],
    build: fn(&Self, Settings) -> Result<LabBuilder, ParameterError>,
}

impl Demo {
    /// All of them; the first is the default.
    pub const ALL: &'static [Self] = &[
        hello::PLACEHOLDER,
        hello::UNICAST,
        pair::FLOOD,
        pair::PAIR,
        field::FIELD,
        saturation::SATURATION,
        relay::RELAY,
        light::LIGHT,
        provision::PROVISION,
        console::CONSOLE,
        secure::SECURE,
        clock::CLOCK,
        sleep::SLEEP,
        file::FILE,
        upgrade::UPGRADE,
    ];

    /// The demo with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|demo| demo.name == name).copied()
    }

    /// Describes a run.
    ///
    /// # Errors
    /// If a parameter is not this demo's, or its value is not one that it takes.
    pub fn builder(&self, settings: Settings) -> Result<LabBuilder, ParameterError> {
        (self.build)(self, settings)
    }

    /// Whether a parameter of it is a file to be read.
    #[must_use]
    pub fn reads(&self, key: &str) -> bool {
        let is_file = |parameter: &&Parameter| parameter.name == key && matches!(parameter.kind, Kind::File);
        self.parameters.iter().any(|parameter| is_file(&parameter))
    }

    /// Who watches how soon commands are obeyed, where one board commands others.
    #[must_use]
    pub fn responses(&self) -> Option<Responses> {
        // The switch is the first board.
        (self.name == light::LIGHT.name).then(|| Responses::to(BoardId(0)))
    }
}

impl std::fmt::Debug for Demo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Demo").field(&self.name).finish()
    }
}

/// The address of the board with this number, in a demo that needs no other.
const fn address(index: usize) -> MacAddress {
    address_of(0, index)
}

/// As [`address`], for a demo whose boards are to be told from others'.
const fn address_of(demo: u8, index: usize) -> MacAddress {
    let [.., high, low] = index.to_be_bytes();
    MacAddress([0x34, 0x85, 0x18, demo, high, low])
}

/// How a program's result looks from outside.
fn ending<T>(result: Result<T, Error>) -> Ending {
    match result {
        Ok(_) => Ending::Finished,
        Err(error) => Ending::Failed(format!("OSError: ({}, '{}')", error.code(), error.name())),
    }
}
