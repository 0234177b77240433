//! An application's arguments, read one by one.

use std::time::Duration;

use protocol::{MacAddress, Rate};

use super::super::cast::{Cast, Member};
use super::super::source::suggest;
use super::super::{Argument, Arguments, Selector};
use super::{Kind, Parameter};

/// An application is started on a board with these arguments.
pub(in crate::scenario) struct Call<'a> {
    pub(in crate::scenario) parameters: &'static [Parameter],
    pub(in crate::scenario) arguments: &'a Arguments,
    pub(in crate::scenario) cast: &'a Cast,
    pub(in crate::scenario) member: &'a Member,
    pub(in crate::scenario) seed: u64,
    pub(in crate::scenario) image_chip: protocol::image::ChipId,
}

/// An argument that an application does not take.
#[derive(Debug)]
pub(in crate::scenario) struct Refusal {
    /// Which; `None` if one is missing.
    pub(in crate::scenario) key: Option<String>,
    pub(in crate::scenario) message: String,
}

impl Call<'_> {
    /// Checks that all arguments are known, and that none is missing.
    pub(in crate::scenario) fn check_names(&self) -> Result<(), Refusal> {
        let known = |key: &str| self.parameters.iter().any(|parameter| parameter.name == key);
        if let Some(key) = self.arguments.keys().find(|key| !known(key)) {
            let names: Vec<_> = self.parameters.iter().map(|parameter| parameter.name).collect();
            let message = match names.is_empty() {
                true => "the app takes no arguments".to_owned(),
                false => format!("the app does not take it; {}", suggest(key, &names)),
            };
            return Err(Refusal {
                key: Some(key.clone()),
                message,
            });
        }
        let missing =
            |parameter: &&Parameter| parameter.default.is_none() && !self.arguments.contains_key(parameter.name);
        match self.parameters.iter().find(missing) {
            None => Ok(()),
            Some(parameter) => Err(Refusal {
                key: None,
                message: format!("the app needs {}: {}", parameter.name, parameter.kind),
            }),
        }
    }

    fn parameter(&self, name: &'static str) -> &'static Parameter {
        let found = self.parameters.iter().find(|parameter| parameter.name == name);
        found.expect("the app's own parameter")
    }

    /// The argument as it is written, or its default.
    fn text(&self, name: &'static str) -> String {
        match self.arguments.get(name) {
            Some(argument) => argument.to_string(),
            None => self.parameter(name).default.unwrap_or_default().to_owned(),
        }
    }

    fn refuse(&self, name: &'static str) -> Refusal {
        let (text, kind) = (self.text(name), self.parameter(name).kind);
        Refusal {
            key: Some(name.to_owned()),
            message: format!("{text:?} is not {kind}"),
        }
    }

    fn read<T>(&self, name: &'static str, read: impl FnOnce(Kind, &str) -> Option<T>) -> Result<T, Refusal> {
        read(self.parameter(name).kind, &self.text(name)).ok_or_else(|| self.refuse(name))
    }

    pub(super) fn count(&self, name: &'static str) -> Result<usize, Refusal> {
        self.read(name, |kind, text| match (kind, text.parse::<u64>()) {
            (Kind::Count(least, most), Ok(count)) if (least..=most).contains(&count) => usize::try_from(count).ok(),
            _ => None,
        })
    }

    pub(super) fn real(&self, name: &'static str) -> Result<f64, Refusal> {
        self.read(name, |kind, text| match (kind, text.parse::<f64>()) {
            (Kind::Real(least, most), Ok(number)) if (least..=most).contains(&number) => Some(number),
            _ => None,
        })
    }

    pub(super) fn time(&self, name: &'static str) -> Result<Duration, Refusal> {
        self.read(name, |_, text| {
            let time = humantime::parse_duration(text).ok();
            time.filter(|time| *time >= Duration::from_micros(1))
        })
    }

    /// `None` where it is not given.
    pub(super) fn time_if_given(&self, name: &'static str) -> Result<Option<Duration>, Refusal> {
        match self.arguments.contains_key(name) {
            true => self.time(name).map(Some),
            false => Ok(None),
        }
    }

    pub(super) fn rate(&self, name: &'static str) -> Result<Rate, Refusal> {
        self.read(name, |_, text| text.parse().ok())
    }

    pub(super) fn word(&self, name: &'static str) -> Result<&'static str, Refusal> {
        self.read(name, |kind, text| match kind {
            Kind::Word(words) => words.iter().copied().find(|word| *word == text),
            _ => None,
        })
    }

    pub(super) fn switch(&self, name: &'static str) -> Result<bool, Refusal> {
        self.read(name, |_, text| text.parse().ok())
    }

    /// A text that is taken as it is, if the application can use it.
    pub(super) fn text_as<T>(
        &self,
        name: &'static str,
        what: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Refusal> {
        let text = self.text(name);
        read(&text).ok_or_else(|| Refusal {
            key: Some(name.to_owned()),
            message: format!("{text:?} is not {what}"),
        })
    }

    /// The address of a board, anybody's, or of everybody.
    pub(super) fn board(&self, name: &'static str) -> Result<MacAddress, Refusal> {
        let text = self.text(name);
        self.address_of(name, &text)
    }

    fn address_of(&self, name: &'static str, text: &str) -> Result<MacAddress, Refusal> {
        if text == "everybody" {
            return Ok(MacAddress::BROADCAST);
        }
        if let Some(member) = self.cast.named(text) {
            return Ok(member.address);
        }
        text.parse().map_err(|_| {
            let mut names = self.cast.names();
            names.push("everybody");
            Refusal {
                key: Some(name.to_owned()),
                message: format!("{text:?} is no board's name and no address; {}", suggest(text, &names)),
            }
        })
    }

    /// The addresses of several boards.
    pub(super) fn boards(&self, name: &'static str) -> Result<Vec<MacAddress>, Refusal> {
        let mut addresses = Vec::new();
        for pattern in self.lines(name) {
            if pattern.contains('*') {
                let found = self.cast.select(&Selector::from(pattern.as_str()));
                let members = found.iter().map(|board| &self.cast.members()[board.index()]);
                addresses.extend(
                    members
                        .filter(|member| member.name != self.member.name)
                        .map(|member| member.address),
                );
            } else {
                addresses.push(self.address_of(name, &pattern)?);
            }
        }
        match addresses.is_empty() {
            true => Err(Refusal {
                key: Some(name.to_owned()),
                message: format!("{:?} names no board", self.text(name)),
            }),
            false => Ok(addresses),
        }
    }

    /// Each of a list, or one alone.
    pub(super) fn lines(&self, name: &'static str) -> Vec<String> {
        match self.arguments.get(name) {
            Some(Argument::List(list)) => list.iter().map(ToString::to_string).collect(),
            _ => vec![self.text(name)],
        }
    }
}
