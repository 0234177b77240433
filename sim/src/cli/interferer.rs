//! How interferers are written: `wifi:channel=6,duty=0.4,power=20,x=5,y=0`.

use std::time::Duration;

use protocol::Channel;

use super::args::probability;
use crate::kernel::Span;
use crate::medium::interferer::{Ble, Interferer, InterfererError, Mains, MicrowaveOven, Source, WifiNetwork};
use crate::medium::propagation::Position;

/// What `--help` says.
pub(super) const HELP: &str = "\
Energy on the air that no board sent; may be given several times. Boards wait for it where it is strong, and lose frames to it \
as to noise.

  wifi:channel=1,duty=0.3     a Wi-Fi network, on the air 30% of the time
  ble:interval=100ms          a beacon on 2402, 2426 and 2480 MHz
  microwave:mains=50          an oven around channels 9 to 11

These are the defaults, so `wifi` alone will do. With ble:mode=connection two devices hop from 2404 to 2478 MHz. All take power=DBM (default 20, for ble 0) and a place in metres, x=, y= and z= \
(default 0). The demos hello, hello-unicast, flood and saturation have no distances: there an interferer is as near as the \
other boards.";

/// Why a text is no interferer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(super) enum InterfererTextError {
    #[error("there is no interferer {0:?}; there are {known}", known = KINDS.map(|kind| kind.name).join(", "))]
    Kind(String),
    #[error("{0:?} is no setting: write KEY=VALUE, with commas between")]
    Form(String),
    #[error("{kind} has no {key:?}; it has {known}")]
    Key {
        kind: &'static str,
        key: String,
        known: String,
    },
    #[error("{key} is given twice")]
    Twice { key: &'static str },
    #[error("{key}={value}: expected {expected}")]
    Value {
        key: &'static str,
        value: String,
        expected: &'static str,
    },
    #[error(transparent)]
    Interferer(#[from] InterfererError),
}

/// A kind of interferer, and the keys that only it has.
struct Kind {
    name: &'static str,
    keys: &'static [&'static str],
    power_dbm: f64,
    source: fn(&Settings<'_>) -> Result<Source, InterfererTextError>,
}

const KINDS: [Kind; 3] = [
    Kind {
        name: "wifi",
        keys: &["channel", "duty"],
        power_dbm: 20.0,
        source: wifi,
    },
    Kind {
        name: "ble",
        keys: &["mode", "interval"],
        power_dbm: 0.0,
        source: ble,
    },
    Kind {
        name: "microwave",
        keys: &["mains"],
        power_dbm: 20.0,
        source: microwave,
    },
];

const COMMON_KEYS: [&str; 4] = ["power", "x", "y", "z"];

pub(super) fn parse(text: &str) -> Result<Interferer, InterfererTextError> {
    let (name, rest) = text.split_once(':').unwrap_or((text, ""));
    let kind = KINDS
        .iter()
        .find(|kind| kind.name == name.trim())
        .ok_or_else(|| InterfererTextError::Kind(name.trim().to_owned()))?;
    let settings = Settings::parse(kind, rest)?;
    let metres = |key| settings.number(key, 0.0, "a number of metres");
    let position = Position {
        x_m: metres("x")?,
        y_m: metres("y")?,
        z_m: metres("z")?,
    };
    let power_dbm = settings.number("power", kind.power_dbm, "a number of dBm")?;
    let source = (kind.source)(&settings)?;
    Ok(Interferer::new(source, power_dbm)?.at(position))
}

fn wifi(settings: &Settings<'_>) -> Result<Source, InterfererTextError> {
    let channel = settings.value("channel", "a channel from 1 to 14", |value| {
        value.parse().ok().and_then(Channel::new)
    })?;
    let duty = settings.value("duty", "a share of time from 0 to 1, or from 0% to 100%", |value| {
        probability(value).ok()
    })?;
    let network = WifiNetwork::new(channel.unwrap_or(Channel::DEFAULT), duty.unwrap_or(0.3))?;
    Ok(network.into())
}

fn ble(settings: &Settings<'_>) -> Result<Source, InterfererTextError> {
    let mode = settings.value("mode", "advertising or connection", |value| {
        ["advertising", "connection"].into_iter().find(|mode| *mode == value)
    })?;
    let interval = settings.value("interval", "a time, as in 100ms", |value| {
        humantime::parse_duration(value).ok()
    })?;
    let interval = Span::from(interval.unwrap_or(Duration::from_millis(100)));
    let ble = match mode {
        Some("connection") => Ble::connection(interval),
        _ => Ble::advertising(interval),
    }?;
    Ok(ble.into())
}

fn microwave(settings: &Settings<'_>) -> Result<Source, InterfererTextError> {
    let mains = settings.value("mains", "50 or 60 (Hz)", |value| match value {
        "50" => Some(Mains::Hz50),
        "60" => Some(Mains::Hz60),
        _ => None,
    })?;
    let mains = mains.unwrap_or(Mains::Hz50);
    Ok(MicrowaveOven { mains }.into())
}

/// Keys that the kind has, each once, with their values.
struct Settings<'a>(Vec<(&'static str, &'a str)>);

impl<'a> Settings<'a> {
    fn parse(kind: &Kind, text: &'a str) -> Result<Self, InterfererTextError> {
        let mut settings = Vec::new();
        if text.trim().is_empty() {
            return Ok(Self(settings));
        }
        for setting in text.split(',') {
            let (key, value) = setting
                .split_once('=')
                .map(|(key, value)| (key.trim(), value.trim()))
                .ok_or_else(|| InterfererTextError::Form(setting.to_owned()))?;
            let key = kind
                .keys
                .iter()
                .chain(&COMMON_KEYS)
                .copied()
                .find(|known| *known == key)
                .ok_or_else(|| InterfererTextError::Key {
                    kind: kind.name,
                    key: key.to_owned(),
                    known: kind
                        .keys
                        .iter()
                        .chain(&COMMON_KEYS)
                        .copied()
                        .collect::<Vec<_>>()
                        .join(", "),
                })?;
            if settings.iter().any(|(other, _)| *other == key) {
                return Err(InterfererTextError::Twice { key });
            }
            settings.push((key, value));
        }
        Ok(Self(settings))
    }

    /// The value of a key, if it is given.
    fn value<T>(
        &self,
        key: &'static str,
        expected: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, InterfererTextError> {
        let Some(&(_, value)) = self.0.iter().find(|(given, _)| *given == key) else {
            return Ok(None);
        };
        match parse(value) {
            Some(parsed) => Ok(Some(parsed)),
            None => Err(InterfererTextError::Value {
                key,
                value: value.to_owned(),
                expected,
            }),
        }
    }

    fn number(&self, key: &'static str, default: f64, expected: &'static str) -> Result<f64, InterfererTextError> {
        let number = self.value(key, expected, |value| {
            value.parse::<f64>().ok().filter(|number| number.is_finite())
        })?;
        Ok(number.unwrap_or(default))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn channel(number: u8) -> Channel {
        Channel::new(number).expect("1 to 14")
    }

    #[test]
    fn all_that_is_written_is_heeded() {
        let network = WifiNetwork::new(channel(6), 0.4).expect("0 to 1");
        let expected = Interferer::new(network, 17.5).map(|interferer| {
            interferer.at(Position {
                x_m: 5.0,
                y_m: -2.0,
                z_m: 1.0,
            })
        });
        for text in [
            "wifi:channel=6,duty=0.4,power=17.5,x=5,y=-2,z=1",
            "wifi: z=1, y=-2, x=5, power=17.5, duty=40%, channel=6",
        ] {
            assert_eq!(parse(text).ok(), expected.ok(), "{text:?}");
        }
    }

    #[test]
    fn a_kind_alone_is_enough() {
        let wifi = Interferer::new(WifiNetwork::new(channel(1), 0.3).expect("0 to 1"), 20.0);
        let ble = Interferer::new(Ble::advertising(Span::from_micros(100_000)).expect("legal"), 0.0);
        let oven = Interferer::new(MicrowaveOven { mains: Mains::Hz50 }, 20.0);
        for (text, expected) in [("wifi", wifi), ("ble:", ble), ("microwave", oven)] {
            assert_eq!(parse(text).ok(), expected.ok(), "{text}");
        }
        let connection = Ble::connection(Span::from_micros(7_500)).expect("legal");
        let parsed = parse("ble:mode=connection,interval=7500us").map(|interferer| interferer.source());
        assert_eq!(parsed, Ok(connection.into()));
        let oven = parse("microwave:mains=60").map(|interferer| interferer.source());
        assert_eq!(oven, Ok(MicrowaveOven { mains: Mains::Hz60 }.into()));
    }

    #[test]
    fn anything_else_is_refused_with_what_is_right() {
        for (text, because) in [
            ("", "wifi, ble, microwave"),
            ("radar", "wifi, ble, microwave"),
            ("wifi:channel", "KEY=VALUE"),
            ("wifi:channel=6,", "KEY=VALUE"),
            ("wifi:mains=50", "channel, duty, power, x, y, z"),
            ("microwave:duty=0.5", "mains, power, x, y, z"),
            ("wifi:channel=15", "1 to 14"),
            ("wifi:channel=0", "1 to 14"),
            ("wifi:duty=1.5", "0 to 1"),
            ("wifi:x=inf", "metres"),
            ("wifi:power=nan", "dBm"),
            ("wifi:power=100", "from -100 to 60 dBm"),
            ("wifi:power=1,power=2", "twice"),
            ("ble:mode=classic", "advertising or connection"),
            ("ble:interval=1ms", "20000 to 10485759375"),
            ("ble:mode=connection,interval=5s", "7500 to 4000000"),
            ("ble:interval=x", "100ms"),
            ("microwave:mains=400", "50 or 60"),
        ] {
            let error = parse(text).expect_err(text).to_string();
            assert!(error.contains(because) && !error.contains('\n'), "{text:?}: {error}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_text_panics(text in ".*", settings in "(wifi|ble|microwave):[a-z]*=.*") {
            let _ = parse(&text);
            let _ = parse(&settings);
        }
    }
}
