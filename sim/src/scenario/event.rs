//! `[[event]]`: what is done to a run, and when.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::link::{self, LinkRule, LinkSettings};
use super::scalar::{Period, Place, Selector, WifiChannel};

/// Something that is done to a run at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Written", into = "Written")]
#[schemars(with = "Written")]
pub struct Event {
    /// When.
    pub at: Period,
    /// A name, which expectations refer to.
    pub name: Option<String>,
    /// What.
    pub fault: Fault,
}

/// What is done.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// Boards' buttons are pressed.
    Press(Selector),
    /// Boards' reset buttons are pressed.
    Reboot(Selector),
    /// Boards' programs crash, upon which the chips reset themselves.
    Crash(Selector),
    /// Boards lose their power.
    PowerOff(Selector),
    /// They get it back.
    PowerOn(Selector),
    /// Boards are put elsewhere.
    Move {
        /// Which.
        boards: Selector,
        /// Where.
        to: Place,
    },
    /// Boards' radios are tuned, as their programs could have.
    Channel {
        /// Which.
        boards: Selector,
        /// Where.
        to: WifiChannel,
    },
    /// Boards' sensors show something else.
    Sensor {
        /// Whose.
        boards: Selector,
        /// Which sensor.
        name: String,
        /// What it shows.
        value: f64,
    },
    /// Links change.
    Link(LinkRule),
    /// Boards of different lists do not hear each other; those in no list are together.
    Partition(Vec<Selector>),
    /// The partition is over.
    Heal,
    /// What links bring is acknowledged, but kept from the driver.
    Hold {
        /// From which boards.
        from: Selector,
        /// To which boards.
        to: Selector,
    },
    /// What was kept comes through, and all that follows.
    Release {
        /// From which boards.
        from: Selector,
        /// To which boards.
        to: Selector,
    },
    /// A channel is full of energy.
    Jam(JamRule),
    /// Nothing: the time has a name.
    Nothing,
}

/// A channel full of energy.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JamRule {
    /// The channel; the air's unless set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<WifiChannel>,
    /// For how long.
    #[serde(rename = "for")]
    pub length: Period,
    /// EIRP in dBm; 20 unless set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -100.0, max = 60.0))]
    pub power: Option<f64>,
    /// From where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// An event as it is written: `at`, and one thing that is done, or a name, or both.
#[derive(Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Event")]
struct Written {
    /// When, from the run's start.
    at: Period,
    /// A name, which `after` in an `[[expect]]` refers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The buttons of these boards are pressed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    press: Option<Selector>,
    /// The reset buttons of these boards are pressed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reboot: Option<Selector>,
    /// The programs of these boards crash, upon which the chips reset themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    crash: Option<Selector>,
    /// These boards lose their power.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    power_off: Option<Selector>,
    /// These boards get their power back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    power_on: Option<Selector>,
    /// Boards are put elsewhere.
    #[serde(default, rename = "move", skip_serializing_if = "Option::is_none")]
    movement: Option<Movement>,
    /// Boards' radios are tuned, as their programs could have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    channel: Option<Tuning>,
    /// Boards' sensors show something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sensor: Option<Sensing>,
    /// Links change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    link: Option<link::Written>,
    /// Boards of different lists do not hear each other; those in no list are together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    partition: Option<Vec<Selector>>,
    /// The partition is over: `heal = true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    heal: Option<bool>,
    /// What these links bring is acknowledged, but kept from the driver.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hold: Option<Way>,
    /// What these links bring comes through again, and what was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    release: Option<Way>,
    /// A channel is full of energy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    jam: Option<JamRule>,
}

/// Boards are put elsewhere.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Movement {
    /// Which.
    board: Selector,
    /// Where.
    to: Place,
}

/// Boards' radios are tuned.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Tuning {
    /// Which.
    board: Selector,
    /// Where.
    to: WifiChannel,
}

/// A sensor shows something else.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Sensing {
    /// Whose.
    board: Selector,
    /// Which sensor.
    name: String,
    /// What it shows.
    value: f64,
}

/// From boards to boards.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Way {
    /// From which boards.
    from: Selector,
    /// To which boards.
    to: Selector,
}

/// What an event may be.
const VERBS: &str =
    "press, reboot, crash, power-off, power-on, move, channel, sensor, link, partition, heal, hold, release or jam";

impl TryFrom<Written> for Event {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let Written {
            at,
            name,
            press,
            reboot,
            crash,
            power_off,
            power_on,
            movement,
            channel,
            sensor,
            link,
            partition,
            heal,
            hold,
            release,
            jam,
        } = written;
        if heal == Some(false) {
            return Err("heal = false does nothing; leave it out".to_owned());
        }
        let link = link.map(LinkRule::try_from).transpose()?;
        let faults = [
            press.map(Fault::Press),
            reboot.map(Fault::Reboot),
            crash.map(Fault::Crash),
            power_off.map(Fault::PowerOff),
            power_on.map(Fault::PowerOn),
            movement.map(|Movement { board: boards, to }| Fault::Move { boards, to }),
            channel.map(|Tuning { board: boards, to }| Fault::Channel { boards, to }),
            sensor.map(|Sensing { board, name, value }| Fault::Sensor {
                boards: board,
                name,
                value,
            }),
            link.map(Fault::Link),
            partition.map(Fault::Partition),
            heal.map(|_| Fault::Heal),
            hold.map(|Way { from, to }| Fault::Hold { from, to }),
            release.map(|Way { from, to }| Fault::Release { from, to }),
            jam.map(Fault::Jam),
        ];
        let mut faults = faults.into_iter().flatten();
        match (faults.next(), faults.next()) {
            (Some(fault), None) => Ok(Self { at, name, fault }),
            (None, _) if name.is_some() => Ok(Self {
                at,
                name,
                fault: Fault::Nothing,
            }),
            (None, _) => Err(format!("the event does nothing: give {VERBS}, or at least a name")),
            (Some(_), Some(_)) => Err("an event does one thing; make two events of it".to_owned()),
        }
    }
}

impl From<Event> for Written {
    fn from(event: Event) -> Self {
        let mut written = Self {
            at: event.at,
            name: event.name,
            ..Self::default()
        };
        match event.fault {
            Fault::Press(boards) => written.press = Some(boards),
            Fault::Reboot(boards) => written.reboot = Some(boards),
            Fault::Crash(boards) => written.crash = Some(boards),
            Fault::PowerOff(boards) => written.power_off = Some(boards),
            Fault::PowerOn(boards) => written.power_on = Some(boards),
            Fault::Move { boards: board, to } => written.movement = Some(Movement { board, to }),
            Fault::Channel { boards: board, to } => written.channel = Some(Tuning { board, to }),
            Fault::Sensor { boards, name, value } => {
                written.sensor = Some(Sensing {
                    board: boards,
                    name,
                    value,
                });
            }
            Fault::Link(rule) => written.link = Some(rule.into()),
            Fault::Partition(parts) => written.partition = Some(parts),
            Fault::Heal => written.heal = Some(true),
            Fault::Hold { from, to } => written.hold = Some(Way { from, to }),
            Fault::Release { from, to } => written.release = Some(Way { from, to }),
            Fault::Jam(jam) => written.jam = Some(jam),
            Fault::Nothing => {}
        }
        written
    }
}

impl Event {
    /// Something is done then.
    #[must_use]
    pub fn at(time: Duration, fault: Fault) -> Self {
        Self {
            at: Period(time),
            name: None,
            fault,
        }
    }

    /// The same with a name, which expectations refer to.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }
}

impl Fault {
    /// Boards of different lists do not hear each other.
    #[must_use]
    pub fn partition<const N: usize>(parts: [impl Into<Selector>; N]) -> Self {
        Self::Partition(parts.map(Into::into).into())
    }

    /// The links between these boards change, in both directions.
    #[must_use]
    pub fn link(from: impl Into<Selector>, to: impl Into<Selector>, settings: LinkSettings) -> Self {
        Self::Link(LinkRule {
            from: from.into(),
            to: to.into(),
            both: true,
            settings,
        })
    }

    /// The way of its key in the file, and which boards it names there.
    pub(super) fn selectors(&self) -> Vec<(&'static [&'static str], &Selector)> {
        match self {
            Self::Press(boards) => vec![(&["press"], boards)],
            Self::Reboot(boards) => vec![(&["reboot"], boards)],
            Self::Crash(boards) => vec![(&["crash"], boards)],
            Self::PowerOff(boards) => vec![(&["power-off"], boards)],
            Self::PowerOn(boards) => vec![(&["power-on"], boards)],
            Self::Move { boards, .. } => vec![(&["move", "board"], boards)],
            Self::Channel { boards, .. } => vec![(&["channel", "board"], boards)],
            Self::Sensor { boards, .. } => vec![(&["sensor", "board"], boards)],
            Self::Link(LinkRule { from, to, .. }) => vec![(&["link", "from"], from), (&["link", "to"], to)],
            Self::Partition(parts) => parts.iter().map(|part| (&["partition"][..], part)).collect(),
            Self::Hold { from, to } => vec![(&["hold", "from"], from), (&["hold", "to"], to)],
            Self::Release { from, to } => vec![(&["release", "from"], from), (&["release", "to"], to)],
            Self::Heal | Self::Jam(_) | Self::Nothing => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_complaint_lists_all_that_an_event_may_be() {
        let schema = schemars::schema_for!(Written);
        let properties = schema.get("properties").and_then(|properties| properties.as_object());
        let mut keys: Vec<_> = properties.expect("an object").keys().map(String::as_str).collect();
        keys.retain(|key| !matches!(*key, "at" | "name"));
        let mut listed: Vec<_> = VERBS
            .split([',', ' '])
            .filter(|word| !matches!(*word, "" | "or"))
            .collect();
        keys.sort_unstable();
        listed.sort_unstable();
        assert_eq!(listed, keys);
    }
}
