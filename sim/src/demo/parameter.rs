//! What can be set about a demo, and how it is written.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use protocol::{Channel, MacAddress, Rate};

/// Something about a demo that can be set.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// The key.
    pub name: &'static str,
    /// What it says, in half a line.
    pub summary: &'static str,
    /// The value unless it is set; empty for none.
    pub default: &'static str,
    /// Which values it takes.
    pub kind: Kind,
}

/// Which values a parameter takes.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A whole number in this range.
    Count(u64, u64),
    /// A number in this range.
    Real(f64, f64),
    /// A time above zero: `100ms`.
    Time,
    /// A data rate: `1M`, `5.5M`, `54M`, `mcs7`, `lr250k`.
    Rate,
    /// A Wi-Fi channel.
    Channel,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A board's address: `34:85:18:00:00:02`.
    Address,
    /// A file.
    File,
}

/// Why a parameter can't be had.
#[derive(Debug, thiserror::Error)]
pub enum ParameterError {
    /// No such key.
    #[error("demo {demo} has no parameter {key:?}; it has {known}")]
    Unknown {
        /// The demo.
        demo: &'static str,
        /// The key.
        key: String,
        /// The keys there are.
        known: String,
    },
    /// A value that the key does not take.
    #[error("{key}={value}: {expected}")]
    Value {
        /// The key.
        key: &'static str,
        /// The value.
        value: String,
        /// What is.
        expected: String,
    },
    /// A file that a parameter names is wrong.
    #[error(transparent)]
    Field(#[from] super::FieldError),
}

/// Keys and values as they were written.
#[derive(Clone, Debug, Default)]
pub struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Sets a key; the last one counts.
    pub fn set(&mut self, key: &str, value: &str) {
        self.0.insert(key.to_owned(), value.to_owned());
    }

    /// Checks that all keys are among `known`.
    pub(super) fn check(&self, demo: &super::Demo) -> Result<Checked<'_>, ParameterError> {
        for key in self.0.keys() {
            if !demo.parameters.iter().any(|parameter| parameter.name == key) {
                let names: Vec<_> = demo.parameters.iter().map(|parameter| parameter.name).collect();
                let known = if names.is_empty() {
                    "none".to_owned()
                } else {
                    names.join(", ")
                };
                return Err(ParameterError::Unknown {
                    demo: demo.name,
                    key: key.clone(),
                    known,
                });
            }
        }
        Ok(Checked {
            values: &self.0,
            known: demo.parameters,
        })
    }
}

/// Parameters of a demo whose keys are known.
pub(super) struct Checked<'a> {
    values: &'a BTreeMap<String, String>,
    known: &'static [Parameter],
}

impl Checked<'_> {
    fn find(&self, name: &'static str) -> (&'static Parameter, &str) {
        let parameter = self
            .known
            .iter()
            .find(|parameter| parameter.name == name)
            .expect("the demo's own parameter");
        (
            parameter,
            self.values.get(name).map_or(parameter.default, String::as_str),
        )
    }

    fn parse<T>(&self, name: &'static str, parse: impl FnOnce(Kind, &str) -> Option<T>) -> Result<T, ParameterError> {
        let (parameter, value) = self.find(name);
        parse(parameter.kind, value).ok_or_else(|| ParameterError::Value {
            key: name,
            value: value.to_owned(),
            expected: parameter.kind.to_string(),
        })
    }

    pub(super) fn count(&self, name: &'static str) -> Result<usize, ParameterError> {
        self.parse(name, |kind, value| match (kind, value.parse::<u64>()) {
            (Kind::Count(least, most), Ok(count)) if (least..=most).contains(&count) => usize::try_from(count).ok(),
            _ => None,
        })
    }

    pub(super) fn real(&self, name: &'static str) -> Result<f64, ParameterError> {
        self.parse(name, |kind, value| match (kind, value.parse::<f64>()) {
            (Kind::Real(least, most), Ok(number)) if (least..=most).contains(&number) => Some(number),
            _ => None,
        })
    }

    pub(super) fn time(&self, name: &'static str) -> Result<Duration, ParameterError> {
        self.parse(name, |_, value| {
            humantime::parse_duration(value)
                .ok()
                .filter(|time| *time >= Duration::from_micros(1))
        })
    }

    pub(super) fn rate(&self, name: &'static str) -> Result<Rate, ParameterError> {
        self.parse(name, |_, value| value.parse().ok())
    }

    pub(super) fn address(&self, name: &'static str) -> Result<MacAddress, ParameterError> {
        self.parse(name, |_, value| {
            value.parse().ok().filter(|address: &MacAddress| !address.is_group())
        })
    }

    /// `None` where the parameter has no value unless it is set.
    pub(super) fn channel(&self, name: &'static str) -> Result<Option<Channel>, ParameterError> {
        self.parse(name, |_, value| match value {
            "" => Some(None),
            _ => value.parse().ok().and_then(Channel::new).map(Some),
        })
    }

    pub(super) fn word(&self, name: &'static str) -> Result<&'static str, ParameterError> {
        self.parse(name, |kind, value| match kind {
            Kind::Word(words) => words.iter().copied().find(|word| *word == value),
            _ => None,
        })
    }

    pub(super) fn file(&self, name: &'static str) -> Option<PathBuf> {
        let (_, value) = self.find(name);
        (!value.is_empty()).then(|| PathBuf::from(value))
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Count(least, most) => write!(f, "a whole number from {least} to {most}"),
            Self::Real(least, most) => write!(f, "a number from {least} to {most}"),
            Self::Time => f.write_str("a time of 1us or more, as in 100ms"),
            Self::Rate => f.write_str("a rate: 1M, 2M, 5.5M, 11M, 6M to 54M, mcs0 to mcs7, lr250k or lr500k"),
            Self::Channel => f.write_str("a channel from 1 to 14"),
            Self::Word(words) => write!(f, "one of {}", words.join(", ")),
            Self::Address => f.write_str("a board's address, as in 34:85:18:00:00:02"),
            Self::File => f.write_str("a file"),
        }
    }
}
