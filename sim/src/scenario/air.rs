//! `[air]`: what lies between the boards.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::scalar::{Period, Place, Share, WifiChannel};
use crate::kernel::Span;
use crate::medium::interferer::{Ble, Interferer, InterfererError, Mains, MicrowaveOven, Source, WifiNetwork};
use crate::medium::propagation::{self, LogDistance, PathLoss, Shadowing, Wall};
use crate::medium::{Burst, Link};

/// What lies between the boards. The links' settings hold for all that no `[[link]]` sets otherwise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Air {
    /// What distance costs.
    #[serde(default, skip_serializing_if = "is_default")]
    pub environment: Environment,
    /// The exponent of the path loss indoors: 2 in the open, 3 to 4 among buildings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1.0, max = 10.0))]
    pub exponent: Option<f64>,
    /// How much pairs differ for good, standard deviation in dB: 4 in an office, 8 between houses.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(range(min = 0.0, max = 20.0))]
    pub shadowing: f64,
    /// How frames of a pair differ.
    #[serde(default, skip_serializing_if = "is_default")]
    pub fading: Fading,
    /// The channel that boards are on from their start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<WifiChannel>,
    /// The probability that a link loses a frame, for each attempt and each ACK.
    #[serde(default, skip_serializing_if = "is_default")]
    pub loss: Share,
    /// Losses that come in bursts, on each link for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub burst: Option<BurstRule>,
    /// Between a receiver's MAC and its driver. The ACK is not delayed by it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub latency: Period,
    /// Up to this much more latency, drawn for each frame.
    #[serde(default, skip_serializing_if = "is_default")]
    pub jitter: Period,
    /// By how many parts in a million boards' crystals are wrong at most.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(range(min = 0.0, max = 1000.0))]
    pub crystals: f64,
    /// Walls, seen from above.
    #[serde(default, rename = "wall", skip_serializing_if = "Vec::is_empty")]
    pub walls: Vec<WallRule>,
    /// Energy on the air that no board sent.
    #[serde(default, rename = "interferer", skip_serializing_if = "Vec::is_empty")]
    pub interferers: Vec<InterfererRule>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// What distance costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Environment {
    /// Nothing: everybody hears everybody equally well, as on a desk.
    #[default]
    Desk,
    /// Free space.
    Open,
    /// A power law of the distance, 3 unless `exponent` says otherwise.
    Indoors,
}

/// How frames of a pair differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fading {
    /// They don't.
    #[default]
    None,
    /// A direct path and echoes, K = 6 dB.
    Rician,
    /// Echoes only.
    Rayleigh,
}

/// Losses that come in bursts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BurstRule {
    /// The share of time that is burst. All frames are lost then.
    pub loss: Share,
    /// How long a burst lasts in the mean.
    pub length: Period,
}

impl BurstRule {
    pub(super) fn burst(self) -> Burst {
        Burst::new(self.loss.get(), self.length.span())
    }
}

/// A straight wall, in metres, seen from above.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WallRule {
    /// One end.
    pub from: Place,
    /// The other.
    pub to: Place,
    /// What it takes off a signal, dB: 3 for plasterboard, 6 to 10 for brick, 10 to 20 for concrete.
    #[schemars(range(min = 0.0, max = 200.0))]
    pub loss: f64,
}

/// Energy on the air that no board sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InterfererRule {
    /// What it is.
    pub kind: InterfererKind,
    /// A Wi-Fi network's channel; 1 unless set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<WifiChannel>,
    /// The share of time that a Wi-Fi network is on the air; 0.3 unless set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duty: Option<Share>,
    /// Between a Bluetooth device's advertisements or a connection's events; 100 ms unless set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Period>,
    /// An oven's mains, 50 or 60 Hz; 50 unless set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mains: Option<u32>,
    /// EIRP in dBm; 20 unless set, 0 for Bluetooth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -100.0, max = 60.0))]
    pub power: Option<f64>,
    /// Where it is.
    #[serde(default, skip_serializing_if = "is_default")]
    pub place: Place,
}

/// What an interferer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum InterfererKind {
    /// A Wi-Fi network: `channel`, `duty`.
    Wifi,
    /// A Bluetooth Low Energy device: `interval`.
    Ble,
    /// A Bluetooth Low Energy connection: `interval`.
    BleConnection,
    /// A microwave oven: `mains`.
    Microwave,
}

/// Why there is no such interferer: the key, and what is wrong.
pub(super) type InterfererFault = (&'static str, String);

impl InterfererRule {
    pub(super) fn interferer(&self) -> Result<Interferer, InterfererFault> {
        let is_taken =
            |key: &'static str, given: bool, kinds: &[InterfererKind]| match given && !kinds.contains(&self.kind) {
                true => Err((key, "this kind of interferer does not take it".to_owned())),
                false => Ok(()),
            };
        is_taken("channel", self.channel.is_some(), &[InterfererKind::Wifi])?;
        is_taken("duty", self.duty.is_some(), &[InterfererKind::Wifi])?;
        is_taken("mains", self.mains.is_some(), &[InterfererKind::Microwave])?;
        let bluetooth = [InterfererKind::Ble, InterfererKind::BleConnection];
        is_taken("interval", self.interval.is_some(), &bluetooth)?;
        let interval = self
            .interval
            .map_or(Span::from(Duration::from_millis(100)), Period::span);
        let within = |key: &'static str| move |error: InterfererError| (key, error.to_string());
        let source: Source = match self.kind {
            InterfererKind::Wifi => {
                let channel = self.channel.map(|channel| channel.0).unwrap_or_default();
                let duty = self.duty.map_or(0.3, Share::get);
                WifiNetwork::new(channel, duty).map_err(within("duty"))?.into()
            }
            InterfererKind::Ble => Ble::advertising(interval).map_err(within("interval"))?.into(),
            InterfererKind::BleConnection => Ble::connection(interval).map_err(within("interval"))?.into(),
            InterfererKind::Microwave => {
                let mains = match self.mains {
                    None | Some(50) => Mains::Hz50,
                    Some(60) => Mains::Hz60,
                    Some(other) => return Err(("mains", format!("{other} is not 50 or 60 (Hz)"))),
                };
                MicrowaveOven { mains }.into()
            }
        };
        let default_dbm = if bluetooth.contains(&self.kind) { 0.0 } else { 20.0 };
        let interferer = Interferer::new(source, self.power.unwrap_or(default_dbm)).map_err(within("power"))?;
        Ok(interferer.at(self.place.0))
    }
}

impl Air {
    /// Loses this share of frames on every link.
    #[must_use]
    pub const fn loss(mut self, loss: Share) -> Self {
        self.loss = loss;
        self
    }

    /// What distance costs.
    #[must_use]
    pub const fn environment(mut self, environment: Environment) -> Self {
        self.environment = environment;
        self
    }

    /// Frames take so long from a receiver's MAC to its driver.
    #[must_use]
    pub const fn latency(mut self, latency: Duration) -> Self {
        self.latency = Period(latency);
        self
    }

    pub(super) fn is_default(&self) -> bool {
        is_default(self)
    }

    /// The link of all pairs that are not set otherwise.
    pub(super) fn link(&self) -> Link {
        Link {
            loss: self.loss.get(),
            burst: self.burst.map(BurstRule::burst),
            latency: self.latency.span(),
            jitter: self.jitter.span(),
            ..Link::default()
        }
    }

    /// The surroundings.
    pub(super) fn surroundings(&self) -> propagation::Environment {
        let path_loss = match (self.environment, self.exponent) {
            (Environment::Desk, _) => propagation::Environment::desk().path_loss,
            (Environment::Open, _) => PathLoss::Friis,
            (Environment::Indoors, exponent) => PathLoss::LogDistance(LogDistance::from_1_m(exponent.unwrap_or(3.0))),
        };
        let wall = |wall: &WallRule| {
            let end = |place: Place| [place.0.x_m, place.0.y_m];
            Wall {
                from: end(wall.from),
                to: end(wall.to),
                loss_db: wall.loss,
            }
        };
        propagation::Environment {
            path_loss,
            shadowing: Shadowing {
                sigma_db: self.shadowing,
            },
            fading: match self.fading {
                Fading::None => propagation::Fading::None,
                Fading::Rician => propagation::Fading::Rician { k_db: 6.0 },
                Fading::Rayleigh => propagation::Fading::Rayleigh,
            },
            walls: self.walls.iter().map(wall).collect(),
        }
    }
}
