//! What a board's receiver can do.

use protocol::Rate;

use super::phy::{Chip, from_db, required_sinr_db};
use super::power::Power;

/// A receiver's constants, a property of the chip profile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RadioParameters {
    /// Thermal noise and the receiver's own over one channel, dBm.
    pub noise_dbm: f64,
    /// Boards at which a frame has this signal or more are in its range, dBm. At most the sensitivity; what is above counts as
    /// that.
    pub range_dbm: f64,
    /// The weakest frame whose preamble is taken up, and that makes the air busy, dBm.
    pub sensitivity_dbm: f64,
    /// What is weaker than this disturbs nobody, dBm.
    pub floor_dbm: f64,
    /// Signal over noise and interference that a preamble needs to be taken up, dB.
    pub detection_sinr_db: f64,
    /// The air counts as busy when all that is on it sums up to this, dBm.
    pub energy_detect_dbm: f64,
    /// The antenna's gain, dBi.
    pub antenna_gain_dbi: f64,
    /// The chip whose datasheet says how much signal each rate needs; `None` for what theory asks for.
    pub chip: Option<Chip>,
}

impl RadioParameters {
    /// An ESP32-S3: each rate needs the signal of its datasheet. Preambles are found, and frames sensed, half a decibel below
    /// what 1 Mbit/s needs, so that bits and not preambles decide; other energy is sensed from −62 dBm on (IEEE 802.11-2020,
    /// clause 17.3.10.6).
    pub const ESP32_S3: Self = Self {
        noise_dbm: -103.0,
        range_dbm: -99.0,
        sensitivity_dbm: -99.0,
        floor_dbm: -109.0,
        detection_sinr_db: 4.0,
        energy_detect_dbm: -62.0,
        antenna_gain_dbi: 0.0,
        chip: Some(Chip::Esp32S3),
    };

    /// An ESP8266EX, likewise.
    pub const ESP8266: Self = Self {
        chip: Some(Chip::Esp8266),
        ..Self::ESP32_S3
    };

    /// The receiver of ns-3 3.37 with a sensitivity of −98 dBm, for comparisons: preambles of 4 dB over noise of −102 dBm,
    /// energy detection at −98 dBm, theory's bit errors.
    ///
    /// Two things in it are ns-3's choice. It takes a sensitivity to be meant for 20 MHz, and for the 22 MHz of DSSS makes it
    /// 10·log₁₀(22/20) dB worse: boards between −98 and −97.59 dBm are in range and hear nothing. And what is below the
    /// sensitivity does not disturb.
    pub const NS3: Self = Self {
        noise_dbm: -102.0,
        range_dbm: -98.0,
        sensitivity_dbm: -97.586,
        floor_dbm: -97.586,
        energy_detect_dbm: -98.0,
        chip: None,
        ..Self::ESP32_S3
    };
}

impl RadioParameters {
    /// By how much the receiver is worse than theory at a rate, dB: so much that it needs the datasheet's signal over its
    /// noise for the datasheet's error rate.
    pub(super) fn loss_db(&self, rate: Rate) -> f64 {
        self.chip.map_or(0.0, |chip| {
            chip.sensitivity_dbm(rate) - self.noise_dbm - required_sinr_db(rate)
        })
    }
}

/// The same in linear units, for the hot path.
#[derive(Clone, Copy, Debug)]
pub(super) struct Thresholds {
    pub(super) noise: Power,
    pub(super) range: Power,
    pub(super) sensitivity: Power,
    /// Preambles that are weaker are not found, however quiet the air is.
    pub(super) detectable: Power,
    pub(super) floor: Power,
    pub(super) detection_sinr: f32,
    pub(super) energy_detect: Power,
}

impl From<&RadioParameters> for Thresholds {
    fn from(parameters: &RadioParameters) -> Self {
        let noise = Power::from_dbm(parameters.noise_dbm);
        let sensitivity = Power::from_dbm(parameters.sensitivity_dbm);
        let detection_sinr = from_db(parameters.detection_sinr_db) as f32;
        Self {
            noise,
            // Whatever can be locked on has to be concluded.
            range: Power::from_dbm(parameters.range_dbm.min(parameters.sensitivity_dbm)),
            sensitivity,
            detectable: sensitivity.max(noise.at_least(detection_sinr)),
            floor: Power::from_dbm(parameters.floor_dbm),
            detection_sinr,
            energy_detect: Power::from_dbm(parameters.energy_detect_dbm),
        }
    }
}
