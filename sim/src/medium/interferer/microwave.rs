//! A microwave oven for the kitchen.
//!
//! Its magnetron gets the mains' voltage through a transformer and a rectifier that lets one half-wave in two pass, without a
//! capacitor worth the name, and starts only at a part of the peak voltage: it is on for the middle of every other half-wave,
//! 8 of 20 ms at 50 Hz or 6.7 of 16.7 ms at 60 Hz, and silent for the rest. While it is on it is a narrow tone, whose frequency
//! the voltage pushes up and lets fall again. T is the pulse's length, t the time since its start:
//!
//! ```text
//!   f(t) = 2450 MHz + 15 MHz · sin(π·t/T)        in 16 steps
//! ```
//!
//! All ovens of a run are on the same mains, which crosses zero when the run starts; which of the two half-waves is an oven's
//! is left to chance. So however many there are, around every crossing there are 2 ms (50 Hz) or 1.7 ms in which none of
//! them is on, and they can't keep a station from its turn for ever.
//!
//! - P. E. Gawthrop, F. H. Sanders, K. B. Nebbia and J. J. Sell, "Radio spectrum measurements of individual microwave ovens",
//!   NTIA reports 94-303-1 and -2, 1994: waveforms and spectra of 13 ovens from 2.3 to 2.6 GHz.
//! - A. Kamerman and N. Erkoçevič, "Microwave oven interference on wireless LANs operating in the 2.4 GHz ISM band", PIMRC
//!   1997: ovens with one tube are like a continuous wave near 2.45 GHz, once a period of the mains.
//! - T. M. Taher, M. J. Misurac, J. L. LoCicero and D. R. Ucci, "Microwave oven signal modelling", WCNC 2008: amplitude and
//!   frequency follow the half-wave.
//!
//! Assumed: that a pulse takes four fifths of its half-wave; the sweep's width, its place, which holds channels 9 to 11, and its
//! sine; each oven's are its own. Also what leaks:
//! 16 to 20 dBm EIRP. IEC 60335-2-25 lets 50 W/m² pass 5 cm before the door, through a door of 0.1 m² that would be 5 W; 20 dBm
//! are a fiftieth of it.
//!
//! Left out: the amplitude's rise and fall; mains of three phases, on which ovens may take turns without a gap; the wide-band sparks at a pulse's start and end; that a meal turns and lower power settings pause for
//! seconds; ovens with an inverter, and with two tubes.

use core::f64::consts::PI;

use super::spectrum::Spectrum;
use super::{Pattern, Phase};
use crate::kernel::{Generator, Span, chance};

const LOWEST_MHZ: f64 = 2450.0;
const SWEEP_MHZ: f64 = 15.0;

/// In so many steps the frequency follows the sine.
const STEPS: u8 = 16;

/// A microwave oven that is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MicrowaveOven {
    /// What it is plugged in.
    pub mains: Mains,
}

/// The mains' frequency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mains {
    /// As in Europe.
    Hz50,
    /// As in North America.
    Hz60,
}

impl Mains {
    const fn half_period_nanos(self) -> u64 {
        match self {
            Self::Hz50 => 10_000_000,
            Self::Hz60 => 8_333_333,
        }
    }
}

/// The oven's pulses.
#[derive(Debug)]
pub(super) struct HalfWaves {
    half_period_nanos: u64,
    /// Which step of the pulse is next; `None` before the first pulse.
    step: Option<u8>,
}

impl HalfWaves {
    pub(super) fn new(oven: MicrowaveOven) -> Self {
        Self {
            half_period_nanos: oven.mains.half_period_nanos(),
            step: None,
        }
    }
}

impl Pattern for HalfWaves {
    fn next(&mut self, generator: &mut Generator) -> Phase {
        let half_period = self.half_period_nanos;
        // Before the pulse and behind it.
        let margin = half_period / 10;
        let pulse = half_period - 2 * margin;
        let Some(step) = self.step else {
            self.step = Some(0);
            let waits = u64::from(chance(generator, 0.5));
            return Phase::silent(Span::from_nanos(waits * half_period + margin));
        };
        match step {
            STEPS.. => {
                self.step = Some(0);
                Phase::silent(Span::from_nanos(2 * half_period - pulse))
            }
            _ => {
                self.step = Some(step + 1);
                let mhz = LOWEST_MHZ + SWEEP_MHZ * libm::sin(PI * (f64::from(step) + 0.5) / f64::from(STEPS));
                // Steps are cut so that they add up to the pulse.
                let edge = |step: u8| pulse * u64::from(step) / u64::from(STEPS);
                let span = Span::from_nanos(edge(step + 1) - edge(step));
                Phase::on(Spectrum::Narrow { mhz }, span)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{phases, share_on};
    use super::*;

    #[test]
    fn it_is_on_for_two_fifths_of_the_mains_period() {
        for (mains, period_us) in [(Mains::Hz50, 20_000), (Mains::Hz60, 16_666)] {
            // Without the wait for the first pulse.
            let phases = phases(MicrowaveOven { mains }, 1 + 17 * 100).split_off(1);
            let period: u64 = phases[..17]
                .iter()
                .filter_map(|phase| phase.span)
                .map(Span::as_nanos)
                .sum();
            assert_eq!(period / 1000, period_us);
            for channel in [10, 11] {
                let share = share_on(&phases, channel);
                assert!((share - 0.4).abs() < 0.01, "{share} on channel {channel}");
            }
            // The top of the sweep is just beyond channel 9.
            assert!(share_on(&phases, 9) > 0.2);
            assert_eq!(share_on(&phases, 5), 0.0);
        }
    }

    #[test]
    fn it_never_leaves_its_range() {
        for phase in phases(MicrowaveOven { mains: Mains::Hz50 }, 100) {
            if let Some(Spectrum::Narrow { mhz }) = phase.spectrum {
                assert!((2450.0..=2465.0).contains(&mhz), "{mhz}");
            }
        }
    }
}
