//! The applications that a scenario can name, and what each takes.
//!
//! They are `protocol::app`'s, the same that run on chips; here is how a file starts them.

mod call;
mod lights;
mod links;
mod services;
mod sleep;

use std::rc::Rc;

use bytes::Bytes;

pub(super) use call::{Call, Refusal};

use crate::board::VirtualBoard;
use crate::kernel::TaskFuture;
use crate::observe::Ending;

/// An application that a scenario can name.
#[derive(Clone, Copy)]
pub struct App {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
    /// What it takes.
    pub parameters: &'static [Parameter],
    build: fn(&Call<'_>) -> Result<Started, Refusal>,
}

/// Something that an application takes.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its key among the arguments.
    pub name: &'static str,
    /// What it says, in half a line.
    pub summary: &'static str,
    /// Its value unless it is given, as it is written; `None` if it has to be given.
    pub default: Option<&'static str>,
    /// Which values it takes.
    pub kind: Kind,
}

/// Which values an application takes.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A whole number in this range.
    Count(u64, u64),
    /// A time above zero.
    Time,
    /// A data rate.
    Rate,
    /// One of these words.
    Word(&'static [&'static str]),
    /// `true` or `false`.
    Switch,
    /// A number in this range.
    Real(f64, f64),
    /// A board by name or address, or `everybody`.
    Board,
    /// Boards by name.
    Boards,
    /// Any text.
    Text,
    /// Lines of text.
    Lines,
}

/// What a board begins with.
pub(super) struct Started {
    pub(super) program: Box<dyn Fn(VirtualBoard) -> TaskFuture>,
    /// What is in its running slot, if not the default.
    pub(super) image: Option<Bytes>,
}

impl Started {
    pub(super) fn new(program: impl AsyncFn(VirtualBoard) -> Ending + 'static) -> Self {
        let program = Rc::new(program);
        Self {
            program: Box::new(move |board| {
                let program = Rc::clone(&program);
                Box::pin(async move { program(board).await })
            }),
            image: None,
        }
    }
}

impl App {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        links::IDLE,
        links::HELLO_SENDER,
        links::HELLO_RECEIVER,
        links::STREAM_SOURCE,
        links::STREAM_SINK,
        links::ECHO_CALLER,
        links::ECHO_ANSWERER,
        links::BEACON,
        links::RELAY_CALLER,
        links::RELAY,
        lights::LIGHT_SWITCH,
        lights::LIGHT_LAMP,
        services::PROVISION_RESPONDER,
        services::PROVISION_DEVICE,
        services::CONSOLE_OPERATOR,
        services::CONSOLE_SUBJECT,
        lights::SECURE_SWITCH,
        lights::SECURE_LAMP,
        lights::SECURE_EAVESDROPPER,
        services::CLOCK_INITIATOR,
        services::CLOCK_RESPONDER,
        services::CLOCK_REFEREE,
        sleep::SLEEP_CALLER,
        sleep::SLEEP_SLEEPER,
        services::FILE_SENDER,
        services::FILE_RECEIVER,
        services::UPGRADE_INITIATOR,
        services::UPGRADE_RESPONDER,
        links::SELF_TEST,
        links::SELF_TEST_RESPONDER,
    ];

    /// The one with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|app| app.name == name).copied()
    }

    pub(super) fn start(&self, call: &Call<'_>) -> Result<Started, Refusal> {
        (self.build)(call)
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("App").field(&self.name).finish()
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Count(least, most) => write!(f, "a whole number from {least} to {most}"),
            Self::Time => f.write_str("a time of 1us or more, as in \"100ms\""),
            Self::Rate => f.write_str("a rate: \"1M\", \"2M\", \"5.5M\", \"11M\", \"6M\" to \"54M\", \"mcs0\" to \"mcs7\", \"lr250k\" or \"lr500k\""),
            Self::Word(words) => write!(f, "one of {}", words.join(", ")),
            Self::Switch => f.write_str("true or false"),
            Self::Real(least, most) => write!(f, "a number from {least} to {most}"),
            Self::Board => f.write_str("a board's name, an address as in \"34:85:18:00:00:02\", or \"everybody\""),
            Self::Boards => f.write_str("boards' names, in which * stands for anything"),
            Self::Text => f.write_str("a text"),
            Self::Lines => f.write_str("a text or a list of texts"),
        }
    }
}

/// A parameter that may be left out.
const fn optional(name: &'static str, default: &'static str, kind: Kind, summary: &'static str) -> Parameter {
    Parameter {
        name,
        summary,
        default: Some(default),
        kind,
    }
}

/// A parameter that has to be given.
const fn required(name: &'static str, kind: Kind, summary: &'static str) -> Parameter {
    Parameter {
        name,
        summary,
        default: None,
        kind,
    }
}

/// How a program's result looks from outside.
fn ending<T, E: std::fmt::Display>(result: Result<T, E>) -> Ending {
    match result {
        Ok(_) => Ending::Finished,
        Err(error) => Ending::Failed(error.to_string()),
    }
}
