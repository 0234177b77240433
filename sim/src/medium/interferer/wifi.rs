//! A Wi-Fi network.
//!
//! Frames and gaps take turns. A frame with what belongs to it (a burst of subframes, its acknowledgement) is uniform between
//! 0.2 and 2 ms; a gap is exponential, with the mean that makes the duty cycle d hold in the long run:
//!
//! ```text
//!   mean gap = mean frame · (1 − d) / d,   mean frame = 1.1 ms
//! ```
//!
//! On and off in turn with such lengths is the usual picture of a network's channel occupancy (S. Geirhofer, L. Tong and
//! B. M. Sadler, "Dynamic spectrum access in the time domain: modeling and exploiting white space", IEEE Communications
//! Magazine, 2007; they find gaps with a heavier tail). The lengths are assumed: 2 ms is what OFDM at a few Mbit/s or an A-MPDU takes, and an
//! airtime of a duty cycle of 0.3 is a busy evening.
//!
//! It listens: a frame that is due while boards are heard waits for the end of theirs, DIFS, and a backoff of 0 to 15 slots, and
//! looks again. It hears frames of its own channel from −82 dBm on, others from −62 dBm on, by what leaks over (IEEE
//! 802.11-2020, clause 17.3.10.6). Where boards take much of the air, the network gets less of it than its duty cycle says.
//!
//! Left out: that the network's backoff is frozen and doubled, that it hears other networks, and that a network which is always
//! on ever stops. A real board waits for a network's frames down to its sensitivity since it knows their preambles; here boards
//! wait for what passes their energy-detect threshold. Also left out: beacons at 1 Mbit/s, several senders at several places,
//! 40 MHz.

use protocol::Channel;

use super::spectrum::Spectrum;
use super::{InterfererError, Pattern, Phase};
use crate::kernel::{Generator, Span, chance, unit};

const SHORTEST_FRAME: Span = Span::from_micros(200);
const LONGEST_FRAME: Span = Span::from_micros(2_000);

/// A Wi-Fi network on 20 MHz.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WifiNetwork {
    channel: Channel,
    duty: f64,
}

impl WifiNetwork {
    /// A network that is on the air for this share of time, 0 to 1. With 1 it never stops.
    ///
    /// # Errors
    /// If the duty cycle is not from 0 to 1.
    pub fn new(channel: Channel, duty: f64) -> Result<Self, InterfererError> {
        if !(0.0..=1.0).contains(&duty) {
            return Err(InterfererError::Duty(duty));
        }
        Ok(Self { channel, duty })
    }

    /// Its channel.
    #[must_use]
    pub const fn channel(&self) -> Channel {
        self.channel
    }

    /// The share of time that it is on the air.
    #[must_use]
    pub const fn duty(&self) -> f64 {
        self.duty
    }
}

/// The network's frames and gaps.
#[derive(Debug)]
pub(super) struct Traffic {
    network: WifiNetwork,
    /// `None` before the first phase.
    sending: Option<bool>,
}

impl Traffic {
    pub(super) fn new(network: WifiNetwork) -> Self {
        Self { network, sending: None }
    }
}

impl Pattern for Traffic {
    fn next(&mut self, generator: &mut Generator) -> Phase {
        let WifiNetwork { channel, duty } = self.network;
        let sending = match self.sending {
            Some(was_sending) => !was_sending,
            None => chance(generator, duty),
        };
        self.sending = Some(sending);
        let spectrum = sending.then_some(Spectrum::Channel(channel));
        if duty <= 0.0 || duty >= 1.0 {
            return Phase { spectrum, span: None };
        }
        let [shortest, longest] = [SHORTEST_FRAME, LONGEST_FRAME].map(|span| span.as_nanos() as f64);
        let nanos = if sending {
            shortest + (longest - shortest) * unit(generator)
        } else {
            let mean = (shortest + longest) / 2.0 * (1.0 - duty) / duty;
            // From 1 − u, which is never 0.
            -mean * libm::log(1.0 - unit(generator))
        };
        let span = Some(Span::from_nanos(nanos as u64));
        Phase { spectrum, span }
    }

    fn waits_for(&self) -> Option<Channel> {
        (self.sending == Some(false)).then_some(self.network.channel)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{phases, share_on};
    use super::*;

    fn network(duty: f64) -> WifiNetwork {
        WifiNetwork::new(Channel::new(6).expect("1 to 14"), duty).expect("0 to 1")
    }

    #[test]
    fn the_duty_cycle_holds() {
        for duty in [0.05, 0.4, 0.9] {
            let phases = phases(network(duty), 100_000);
            let share = share_on(&phases, 6);
            assert!((share - duty).abs() < 0.02 * duty, "{share} for {duty}");
            assert_eq!(share_on(&phases, 11), 0.0);
        }
    }

    #[test]
    fn frames_and_gaps_take_turns() {
        for pair in phases(network(0.3), 1000).windows(2) {
            assert_ne!(pair[0].spectrum.is_some(), pair[1].spectrum.is_some());
            if let Phase {
                spectrum: Some(_),
                span: Some(span),
            } = pair[0]
            {
                assert!((SHORTEST_FRAME..=LONGEST_FRAME).contains(&span));
            }
        }
    }

    #[test]
    fn always_and_never_need_no_second_phase() {
        let always = phases(network(1.0), 1)[0];
        assert!(always.spectrum.is_some() && always.span.is_none());
        let never = phases(network(0.0), 1)[0];
        assert!(never.spectrum.is_none() && never.span.is_none());
        for duty in [-0.1, 1.1, f64::NAN] {
            assert!(WifiNetwork::new(Channel::DEFAULT, duty).is_err(), "{duty}");
        }
    }
}
