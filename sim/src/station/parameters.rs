//! The constants of the MAC.

use protocol::Rate;
use protocol::frame::Ack;

use crate::kernel::Span;

/// The MAC's constants, a property of the chip profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MacParameters {
    /// Time between a frame and its ACK.
    pub sifs: Span,
    /// A backoff slot.
    pub slot: Span,
    /// The first contention window, in slots: 2ⁿ − 1.
    pub cw_min: u16,
    /// The largest contention window, in slots: 2ⁿ − 1.
    pub cw_max: u16,
    /// How often a unicast frame is sent before the MAC gives it up.
    pub attempts: u8,
}

impl MacParameters {
    /// Espressif's chips among themselves: short slot and CWmin 15, as their measured frame rates show; CWmax 1023.
    ///
    /// No API sets the number of attempts and no page names it; users count 5 to 7 and about 20 ms. Seven here.
    pub const ESP32: Self = Self {
        sifs: Span::from_micros(10),
        slot: Span::from_micros(9),
        cw_min: 15,
        cw_max: 1023,
        attempts: 7,
    };

    /// DIFS: SIFS and two slots.
    #[must_use]
    pub fn difs(&self) -> Span {
        self.sifs + self.slot * 2
    }

    /// From the end of a frame to the moment when its ACK must have been detected: SIFS, a slot, and the time a preamble
    /// takes to be recognised (aRxPHYStartDelay, IEEE 802.11-2020, clause 10.3.2.11).
    #[must_use]
    pub fn ack_timeout(&self, rate: Rate) -> Span {
        self.sifs + self.slot + Span::from(rate.ack_rate().preamble())
    }

    /// How long an ACK to a frame at `rate` is on the air.
    #[must_use]
    pub fn ack_airtime(&self, rate: Rate) -> Span {
        Span::from(rate.ack_rate().airtime(Ack::LEN_WITH_FCS))
    }

    /// The contention window after a failure: doubled, up to the largest.
    #[must_use]
    pub const fn next_window(&self, window: u16) -> u16 {
        let doubled = window.saturating_mul(2).saturating_add(1);
        if doubled < self.cw_max { doubled } else { self.cw_max }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_double_up_to_the_largest() {
        let mut window = MacParameters::ESP32.cw_min;
        let mut seen = vec![window];
        for _ in 0..8 {
            window = MacParameters::ESP32.next_window(window);
            seen.push(window);
        }
        assert_eq!(seen, [15, 31, 63, 127, 255, 511, 1023, 1023, 1023]);
    }

    #[test]
    fn spaces_are_those_of_the_short_slot() {
        assert_eq!(MacParameters::ESP32.difs(), Span::from_micros(28));
        assert_eq!(MacParameters::ESP32.ack_timeout(Rate::Dsss1M), Span::from_micros(211));
        assert_eq!(MacParameters::ESP32.ack_airtime(Rate::Dsss1M), Span::from_micros(304));
    }
}
