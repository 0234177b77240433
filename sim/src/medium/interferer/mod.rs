//! Sources of energy that no board decodes: a Wi-Fi network, Bluetooth, a microwave oven.
//!
//! ```text
//!   Source ─► Pattern: silent, on here, silent, on there …  ─► Spectrum ─► gain into a receiver's channel
//!   Emitter: place, power ─► whom it reaches ─► their energy rises and falls; busy and idle edges
//! ```
//!
//! To a receiver an interferer is noise: it costs signal-to-noise ratio, and from the energy-detect threshold on it makes the
//! air busy. A frame lost to it counts as lost to noise, unless another frame disturbed it, too.
//!
//! | room | what it holds |
//! |---|---|
//! | [`wifi`], [`ble`], [`microwave`], [`jammer`] | when and where each kind of source is on, and where that is known from |
//! | [`spectrum`] | how much of it a receiver's channel lets in |
//! | `emitter` | what it does to the receivers |
//!
//! A Wi-Fi network listens before it speaks, and waits for boards that it hears; Bluetooth and ovens don't.
//!
//! Left out for all of them: fading (an interferer arrives with its mean power), and that they are disturbed themselves. A
//! source that goes on or changes its frequency does so at once, without ramps.

pub mod ble;
mod emitter;
pub mod jammer;
pub mod microwave;
pub mod spectrum;
pub mod wifi;

use std::fmt::Debug;

pub use ble::Ble;
pub use emitter::InterfererStatistics;
pub(super) use emitter::Interferers;
pub use jammer::Jammer;
pub use microwave::{Mains, MicrowaveOven};
use spectrum::Spectrum;
pub use wifi::WifiNetwork;

use protocol::Channel;

use super::propagation::Position;
use crate::kernel::{Generator, Span};

/// A source of energy at a place.
///
/// ```
/// use protocol::Channel;
/// use sim::medium::interferer::{Interferer, WifiNetwork};
/// use sim::medium::propagation::Position;
///
/// let channel = Channel::new(6).unwrap();
/// let network = WifiNetwork::new(channel, 0.4)?;
/// let next_door = Interferer::new(network, 20.0)?.at(Position::on_ground(5.0, 0.0));
/// assert_eq!(next_door.position().x_m, 5.0);
/// # Ok::<(), sim::medium::interferer::InterfererError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interferer {
    source: Source,
    power_dbm: f64,
    position: Position,
}

/// The kinds of sources.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Source {
    /// A Wi-Fi network.
    Wifi(WifiNetwork),
    /// A Bluetooth Low Energy device or connection.
    Ble(Ble),
    /// A microwave oven.
    Microwave(MicrowaveOven),
    /// A jammer.
    Jammer(Jammer),
}

/// Why there is no such interferer.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum InterfererError {
    /// A share of time that is none.
    #[error("a duty cycle is from 0 to 1, not {0}")]
    Duty(f64),
    /// A power far from what anybody radiates.
    #[error("a power is from {least} to {most} dBm, not {0}", least = POWER_DBM.0, most = POWER_DBM.1)]
    Power(f64),
    /// An interval that Bluetooth does not know.
    #[error("Bluetooth {what} come every {least_us} to {most_us} µs, not every {interval_us}")]
    Interval {
        /// What has the interval.
        what: &'static str,
        /// The shortest, µs.
        least_us: u64,
        /// The longest, µs.
        most_us: u64,
        /// The one given, µs.
        interval_us: u64,
    },
}

/// The powers that make sense, dBm.
const POWER_DBM: (f64, f64) = (-100.0, 60.0);

impl Interferer {
    /// An interferer at the origin that radiates this power while it is on: dBm, the antenna's gain included (EIRP).
    ///
    /// # Errors
    /// If the power is not from −100 to 60 dBm.
    pub fn new(source: impl Into<Source>, power_dbm: f64) -> Result<Self, InterfererError> {
        if !(POWER_DBM.0..=POWER_DBM.1).contains(&power_dbm) {
            return Err(InterfererError::Power(power_dbm));
        }
        Ok(Self {
            source: source.into(),
            power_dbm,
            position: Position::default(),
        })
    }

    /// The same, there.
    #[must_use]
    pub const fn at(mut self, position: Position) -> Self {
        self.position = position;
        self
    }

    /// What kind it is, in a word: `wifi`, `ble`, `microwave` or `jammer`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self.source {
            Source::Wifi(_) => "wifi",
            Source::Ble(_) => "ble",
            Source::Microwave(_) => "microwave",
            Source::Jammer(_) => "jammer",
        }
    }

    /// What it is.
    #[must_use]
    pub const fn source(&self) -> Source {
        self.source
    }

    /// EIRP while it is on, dBm.
    #[must_use]
    pub const fn power_dbm(&self) -> f64 {
        self.power_dbm
    }

    /// Where it is.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.position
    }
}

impl Source {
    fn pattern(self) -> Box<dyn Pattern> {
        match self {
            Self::Wifi(network) => Box::new(wifi::Traffic::new(network)),
            Self::Ble(ble) => Box::new(ble::Events::new(ble)),
            Self::Microwave(oven) => Box::new(microwave::HalfWaves::new(oven)),
            Self::Jammer(jammer) => Box::new(jammer::Burst::new(jammer)),
        }
    }
}

impl From<WifiNetwork> for Source {
    fn from(network: WifiNetwork) -> Self {
        Self::Wifi(network)
    }
}

impl From<Ble> for Source {
    fn from(ble: Ble) -> Self {
        Self::Ble(ble)
    }
}

impl From<MicrowaveOven> for Source {
    fn from(oven: MicrowaveOven) -> Self {
        Self::Microwave(oven)
    }
}

impl From<Jammer> for Source {
    fn from(jammer: Jammer) -> Self {
        Self::Jammer(jammer)
    }
}

/// What a source does, phase by phase, from the run's start on.
trait Pattern: Debug {
    fn next(&mut self, generator: &mut Generator) -> Phase;

    /// The channel that has to be free before the next phase begins; `None` where it begins in any case.
    fn waits_for(&self) -> Option<Channel> {
        None
    }
}

/// A time in which a source does the same.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Phase {
    /// What it radiates; `None` while it is silent.
    spectrum: Option<Spectrum>,
    /// How long; `None` for good.
    span: Option<Span>,
}

impl Phase {
    const fn silent(span: Span) -> Self {
        Self {
            spectrum: None,
            span: Some(span),
        }
    }

    const SILENT_FOR_GOOD: Self = Self {
        spectrum: None,
        span: None,
    };

    const fn on(spectrum: Spectrum, span: Span) -> Self {
        Self {
            spectrum: Some(spectrum),
            span: Some(span),
        }
    }
}

#[cfg(test)]
mod testing {
    use super::*;
    use crate::kernel::{Concern, stream};

    /// The first so many phases.
    pub(super) fn phases(source: impl Into<Source>, count: usize) -> Vec<Phase> {
        let mut pattern = source.into().pattern();
        let mut generator = stream(1, Concern::Interferer, 0);
        (0..count).map(|_| pattern.next(&mut generator)).collect()
    }

    /// The share of time in which a channel gets all of the power.
    pub(super) fn share_on(phases: &[Phase], channel: u8) -> f64 {
        let channel = Channel::new(channel).expect("1 to 14");
        let (mut on, mut all) = (0, 0);
        for phase in phases {
            let nanos = phase.span.expect("an end").as_nanos();
            all += nanos;
            if phase.spectrum.and_then(|spectrum| spectrum.gain_db(channel)) == Some(0.0) {
                on += nanos;
            }
        }
        on as f64 / all as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_that_nobody_radiates_are_refused() {
        let oven = MicrowaveOven { mains: Mains::Hz50 };
        for power_dbm in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 61.0, -101.0] {
            let error = Interferer::new(oven, power_dbm).expect_err("refused");
            assert!(error.to_string().contains("from -100 to 60 dBm"), "{error}");
        }
        assert_eq!(Interferer::new(oven, 60.0).map(|oven| oven.power_dbm()), Ok(60.0));
    }
}
