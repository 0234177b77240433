//! What the chips' datasheets promise, and how far the error curves are from it.
//!
//! | figure | ESP32-S3 | ESP32-C3 | ESP8266 |
//! |---|---|---|---|
//! | sensitivity | series datasheet v2.2, table 6-4 | family datasheet v1.0, table 21 | ESP8266EX datasheet v7.0, table 1-1; v4.3 for 1 and 6 Mbit/s |
//! | transmit power | v2.2, table 6-2 | v1.0, table 19 | v7.0, table 1-1 |
//!
//! All are typical values. Sensitivity is the signal at which so many frames are lost as IEEE 802.11-2020 allows: 8 % of
//! 1024 octets for DSSS and CCK (clauses 15.4.6, 16.3.8), 10 % of 1000 octets for OFDM and HT (17.3.10, 19.3.19).
//!
//! ESP8266's datasheet gives sensitivity for 1, 11, 6 and 54 Mbit/s and MCS 7. Between these it is assumed to lie above
//! ESP32-S3's by a straight line along the list of rates (DSSS: to lie on one itself), and MCS 0 as far above it as 6 Mbit/s.
//!
//! Datasheets give transmit power only for 1, 11, 6 and 54 Mbit/s, MCS 0 and 7; what is between is interpolated along the
//! list of rates. Long Range is in no datasheet: assumed are the power of 1 Mbit/s and a sensitivity 6 dB (250 kbit/s) or
//! 3 dB (500 kbit/s) below its.
//!
//! The noise floor is thermal noise at 290 K and a noise figure of 5 dB. No datasheet states a noise figure; 5 dB gives
//! the floor of about −96 dBm that the chips themselves report, and lets the ideal curve of 1 Mbit/s meet the datasheet
//! within half a decibel.
//!
//! Left out: spread between boards, temperature, maximum input level (5 dBm, 0 dBm at the fastest rates).

use std::sync::OnceLock;

use protocol::Rate;
use protocol::rate::Ofdm;

use super::decibel::{from_db, to_db};
use super::error_rate::Curve;

/// A receiver's noise figure, dB. Assumed; see the module's head.
pub const NOISE_FIGURE_DB: f64 = 5.0;

/// Thermal noise at 290 K, dBm in 1 Hz.
const THERMAL_DBM_PER_HZ: f64 = -173.975;

/// Energy of any kind that makes the medium busy, dBm: IEEE 802.11-2020, clause 19.3.19.5, for 20 MHz.
/// A frame whose preamble can be decoded does so from [`Chip::sensitivity_dbm`] of its header's rate on.
pub const ENERGY_DETECTION_DBM: f64 = -62.0;

/// MHz over which the SINR at this rate is measured: 22 for DSSS, CCK and Long Range, 20 for OFDM and HT20.
#[must_use]
pub const fn bandwidth_mhz(rate: Rate) -> f64 {
    match rate {
        Rate::Ofdm(_) | Rate::Ht20(..) => 20.0,
        _ => 22.0,
    }
}

/// The noise in a receiver's channel at this rate, dBm.
///
/// ```
/// use protocol::Rate;
/// use sim::medium::phy::noise_floor_dbm;
///
/// assert!((noise_floor_dbm(Rate::Dsss1M) + 95.6).abs() < 0.1);
/// ```
#[must_use]
pub fn noise_floor_dbm(rate: Rate) -> f64 {
    THERMAL_DBM_PER_HZ + 60.0 + to_db(bandwidth_mhz(rate)) + NOISE_FIGURE_DB
}

/// The probability that a frame of `octets` is lost at this SINR (a ratio, not dB), the same from its first bit to its last.
#[must_use]
pub fn packet_error_rate(rate: Rate, sinr: f64, octets: u32) -> f64 {
    -libm::expm1(-8.0 * f64::from(octets) * Curve::of(rate).hazard(sinr))
}

/// The frame by which the standard defines sensitivity at a rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReferenceFrame {
    /// Its PSDU.
    pub octets: u32,
    /// How much of them may be lost.
    pub packet_error_rate: f64,
}

/// The reference frame of a rate: 1024 octets and 8 % for DSSS and CCK, 1000 octets and 10 % for OFDM and HT.
/// Long Range: as DSSS (assumed).
#[must_use]
pub const fn reference_frame(rate: Rate) -> ReferenceFrame {
    match rate {
        Rate::Ofdm(_) | Rate::Ht20(..) => ReferenceFrame {
            octets: 1_000,
            packet_error_rate: 0.10,
        },
        _ => ReferenceFrame {
            octets: 1_024,
            packet_error_rate: 0.08,
        },
    }
}

/// How much weaker than at 1 Mbit/s a preamble of this rate may be, dB: what Long Range's spreading gains.
#[must_use]
pub const fn preamble_gain_db(rate: Rate) -> f64 {
    match rate {
        Rate::LongRange250K => LONG_RANGE_250K_GAIN_DB,
        Rate::LongRange500K => LONG_RANGE_500K_GAIN_DB,
        _ => 0.0,
    }
}

/// The SINR in dB at which the rate's curve loses as much of its [`reference_frame`] as the standard allows.
#[must_use]
pub fn required_sinr_db(rate: Rate) -> f64 {
    static REQUIRED: [OnceLock<f64>; Curve::ALL.len()] = [const { OnceLock::new() }; Curve::ALL.len()];
    *REQUIRED[Curve::of(rate) as usize].get_or_init(|| {
        let frame = reference_frame(rate);
        let (mut too_little, mut enough) = (-40.0, 40.0);
        // Halved 50 times, 80 dB are less than a float's step.
        for _ in 0..50 {
            let middle = f64::midpoint(too_little, enough);
            if packet_error_rate(rate, from_db(middle), frame.octets) > frame.packet_error_rate {
                too_little = middle;
            } else {
                enough = middle;
            }
        }
        enough
    })
}

/// A chip with a datasheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Chip {
    /// ESP32-S3.
    Esp32S3,
    /// ESP32-C3.
    Esp32C3,
    /// ESP8266EX. It has no Long Range.
    Esp8266,
}

/// A chip's figures, dBm. Lists run from the slowest rate to the fastest.
struct Datasheet {
    sensitivity_dsss: [f64; 4],
    sensitivity_ofdm: [f64; 8],
    sensitivity_ht20: [f64; 8],
    power_dsss: f64,
    /// At the slowest rate and at the fastest.
    power_ofdm: [f64; 2],
    power_ht20: [f64; 2],
}

const ESP32_S3: Datasheet = Datasheet {
    sensitivity_dsss: [-98.4, -95.4, -93.0, -88.6],
    sensitivity_ofdm: [-93.2, -91.8, -91.2, -88.6, -86.0, -82.4, -78.2, -76.5],
    sensitivity_ht20: [-92.6, -91.0, -88.2, -85.0, -81.8, -77.4, -75.8, -74.2],
    power_dsss: 21.0,
    power_ofdm: [20.5, 19.0],
    power_ht20: [19.5, 18.5],
};

const ESP32_C3: Datasheet = Datasheet {
    sensitivity_dsss: [-98.4, -96.0, -93.0, -88.6],
    sensitivity_ofdm: [-93.8, -92.2, -91.0, -88.4, -85.8, -82.0, -78.0, -76.6],
    sensitivity_ht20: [-93.6, -90.8, -88.4, -85.0, -81.8, -77.8, -76.0, -74.8],
    power_dsss: 21.0,
    power_ofdm: [21.0, 19.0],
    power_ht20: [20.0, 18.5],
};

const ESP8266: Datasheet = Datasheet {
    sensitivity_dsss: [-98.0, -95.7, -93.3, -91.0],
    sensitivity_ofdm: [-93.0, -91.4, -90.6, -87.8, -85.1, -81.3, -76.9, -75.0],
    sensitivity_ht20: [-92.4, -90.5, -87.4, -83.9, -80.5, -75.8, -73.9, -72.0],
    power_dsss: 20.0,
    power_ofdm: [17.0, 17.0],
    power_ht20: [14.0, 14.0],
};

/// How much Long Range hears below 1 Mbit/s, dB.
const LONG_RANGE_250K_GAIN_DB: f64 = 6.020_6;
const LONG_RANGE_500K_GAIN_DB: f64 = 3.010_3;

const fn ofdm_index(rate: Ofdm) -> usize {
    rate as usize
}

impl Chip {
    const fn datasheet(self) -> &'static Datasheet {
        match self {
            Self::Esp32S3 => &ESP32_S3,
            Self::Esp32C3 => &ESP32_C3,
            Self::Esp8266 => &ESP8266,
        }
    }

    /// The weakest signal, dBm, of which frames at this rate are taken in as the standard demands.
    #[must_use]
    pub const fn sensitivity_dbm(self, rate: Rate) -> f64 {
        let sheet = self.datasheet();
        match rate {
            Rate::Dsss1M => sheet.sensitivity_dsss[0],
            Rate::Dsss2M(_) => sheet.sensitivity_dsss[1],
            Rate::Cck5M5(_) => sheet.sensitivity_dsss[2],
            Rate::Cck11M(_) => sheet.sensitivity_dsss[3],
            Rate::Ofdm(rate) => sheet.sensitivity_ofdm[ofdm_index(rate)],
            Rate::Ht20(mcs, _) => sheet.sensitivity_ht20[mcs.index() as usize],
            Rate::LongRange250K => sheet.sensitivity_dsss[0] - LONG_RANGE_250K_GAIN_DB,
            Rate::LongRange500K => sheet.sensitivity_dsss[0] - LONG_RANGE_500K_GAIN_DB,
        }
    }

    /// The power, dBm, that the chip puts out at this rate unless told to save.
    #[must_use]
    pub fn power_dbm(self, rate: Rate) -> f64 {
        let sheet = self.datasheet();
        let between = |[slowest, fastest]: [f64; 2], index: usize| slowest + (fastest - slowest) * index as f64 / 7.0;
        match rate {
            Rate::Ofdm(rate) => between(sheet.power_ofdm, ofdm_index(rate)),
            Rate::Ht20(mcs, _) => between(sheet.power_ht20, usize::from(mcs.index())),
            _ => sheet.power_dsss,
        }
    }

    /// What to take off a signal's SINR, dB, before it is looked up on a curve, so that curve and datasheet agree.
    ///
    /// It stands for everything in which a receiver differs from its curve, so it is negative where the chip is better:
    /// the curves of OFDM assume hard decisions, that of 2 Mbit/s differential detection.
    #[must_use]
    pub fn implementation_loss_db(self, rate: Rate) -> f64 {
        self.sensitivity_dbm(rate) - noise_floor_dbm(rate) - required_sinr_db(rate)
    }
}

#[cfg(test)]
mod tests {
    use super::super::error_rate::every_rate;
    use super::*;
    use crate::medium::phy::HazardTable;
    use protocol::rate::{GuardInterval, Mcs, Preamble};

    const CHIPS: [Chip; 3] = [Chip::Esp32S3, Chip::Esp32C3, Chip::Esp8266];

    #[test]
    fn curve_and_datasheet_agree() {
        for (chip, rate) in CHIPS
            .into_iter()
            .flat_map(|chip| every_rate().map(move |rate| (chip, rate)))
        {
            let snr_db = chip.sensitivity_dbm(rate) - noise_floor_dbm(rate) - chip.implementation_loss_db(rate);
            let frame = reference_frame(rate);
            let lost = packet_error_rate(rate, from_db(snr_db), frame.octets);
            assert!((lost - frame.packet_error_rate).abs() < 1e-6, "{chip:?} {rate}: {lost}");
            // And with the table that frames are judged by.
            let hazard = HazardTable::for_rate(rate).hazard(from_db(snr_db) as f32);
            let lost = 1.0 - libm::exp(-8.0 * f64::from(frame.octets) * f64::from(hazard));
            assert!((lost - frame.packet_error_rate).abs() < 2e-3, "{chip:?} {rate}: {lost}");
            // A decibel more or less decides.
            assert!(
                packet_error_rate(rate, from_db(snr_db - 1.5), frame.octets) > 0.3,
                "{chip:?} {rate}"
            );
            assert!(
                packet_error_rate(rate, from_db(snr_db + 1.5), frame.octets) < 0.02,
                "{chip:?} {rate}"
            );
        }
    }

    #[test]
    fn losses_are_small() {
        for (chip, rate) in CHIPS
            .into_iter()
            .flat_map(|chip| every_rate().map(move |rate| (chip, rate)))
        {
            let loss = chip.implementation_loss_db(rate);
            assert!((-4.0..4.0).contains(&loss), "{chip:?} {rate}: {loss}");
        }
        assert!(Chip::Esp32S3.implementation_loss_db(Rate::Dsss1M).abs() < 0.5);
    }

    #[test]
    fn slower_rates_reach_further() {
        for chip in CHIPS {
            let reach = |rates: &[Rate]| rates.iter().map(|rate| chip.sensitivity_dbm(*rate)).collect::<Vec<_>>();
            let all: Vec<_> = every_rate().collect();
            assert!(reach(&all[..4]).is_sorted());
            assert!(reach(&all[4..12]).is_sorted());
            assert!(reach(&all[12..20]).is_sorted());
            assert!(chip.sensitivity_dbm(Rate::LongRange250K) < chip.sensitivity_dbm(Rate::LongRange500K));
            assert!(chip.sensitivity_dbm(Rate::LongRange500K) < chip.sensitivity_dbm(Rate::Dsss1M));
        }
    }

    #[test]
    fn power_is_the_datasheets_at_the_ends() {
        let chip = Chip::Esp32S3;
        let mcs7 = Mcs::new(7).expect("7 is a scheme");
        assert_eq!(chip.power_dbm(Rate::Cck11M(Preamble::Long)), 21.0);
        assert_eq!(chip.power_dbm(Rate::Ofdm(Ofdm::M6)), 20.5);
        assert_eq!(chip.power_dbm(Rate::Ofdm(Ofdm::M54)), 19.0);
        assert_eq!(chip.power_dbm(Rate::Ht20(mcs7, GuardInterval::Short)), 18.5);
    }
}
