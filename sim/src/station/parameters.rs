//! The constants of the MAC and of the host behind it.

use protocol::Rate;
use protocol::frame::Ack;
use protocol::rate::{Ofdm, Preamble};

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
    /// How long after its first attempt a unicast frame is still sent again.
    pub lifetime: Span,
    /// At which rates unicast frames go out, whatever was asked for: so many attempts at each, the last for all further
    /// ones. Empty where the rate is the one that was asked for.
    pub fallback: &'static [(u8, Rate)],
    /// What the host needs to hand a frame to the MAC. It works on the next frame while one is on the air, so it limits
    /// the rate of frames that are otherwise short.
    pub host_per_frame: Span,
    /// What the host needs for the end of an acknowledged frame, likewise beside the air.
    pub host_per_ack: Span,
}

impl MacParameters {
    /// Espressif's chips since the ESP32, as their measured frame rates show: short slot, CWmin 15, and a host that needs
    /// about 260 µs a frame and 60 µs more where an ACK came (at 54 Mbit/s two boards exchange 3852 broadcast and 3114
    /// unicast frames of 250 octets a second, fewer than the air would carry).
    ///
    /// No API sets the number of attempts and no page names it; users count 5 to 7 and about 20 ms. Seven here, and none
    /// begun later than 20 ms after the first.
    pub const ESP32: Self = Self {
        sifs: Span::from_micros(10),
        slot: Span::from_micros(9),
        cw_min: 15,
        cw_max: 1023,
        attempts: 7,
        lifetime: Span::from_micros(20_000),
        fallback: &[],
        host_per_frame: Span::from_micros(260),
        host_per_ack: Span::from_micros(60),
    };

    /// ESP8266, as captured with 250 octets to nobody (<https://hackaday.io/project/161896/log/154698>): two attempts at
    /// 6 Mbit/s, two at 2, then seven at 1 Mbit/s, for about 20 ms.
    ///
    /// These eleven take 20.6 ms to the start of the last without any backoff, so the window can't have grown. That time
    /// and not number ends them is the capture's author's guess; 22 ms is the round figure that makes them eleven.
    pub const ESP8266: Self = Self {
        cw_max: Self::ESP32.cw_min,
        attempts: u8::MAX,
        lifetime: Span::from_micros(22_000),
        fallback: &[
            (2, Rate::Ofdm(Ofdm::M6)),
            (2, Rate::Dsss2M(Preamble::Long)),
            (u8::MAX, Rate::Dsss1M),
        ],
        ..Self::ESP32
    };

    /// 802.11b as textbooks and ns-3 have it: long slot, CWmin 31, no host.
    pub const IEEE_80211B: Self = Self {
        slot: Span::from_micros(20),
        cw_min: 31,
        lifetime: Span::from_micros(u64::MAX / 1_000),
        host_per_frame: Span::ZERO,
        host_per_ack: Span::ZERO,
        ..Self::ESP32
    };

    /// DIFS: SIFS and two slots.
    #[must_use]
    pub fn difs(&self) -> Span {
        self.sifs + self.slot * 2
    }

    /// EIFS: what a frame that came in broken asks for, as if it were answered at the lowest rate (IEEE 802.11-2020,
    /// clause 10.3.2.3.7).
    #[must_use]
    pub fn eifs(&self) -> Span {
        self.sifs + self.ack_airtime(Rate::Dsss1M) + self.difs()
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

    /// The rate of a unicast frame's attempt, counted from 1, for which `asked` was asked.
    #[must_use]
    pub fn rate_of_attempt(&self, attempt: u8, asked: Rate) -> Rate {
        let mut left = attempt;
        for &(attempts, rate) in self.fallback {
            if left <= attempts {
                return rate;
            }
            left -= attempts;
        }
        asked
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
    fn spaces_are_those_of_the_slot() {
        assert_eq!(MacParameters::ESP32.difs(), Span::from_micros(28));
        assert_eq!(MacParameters::ESP32.eifs(), Span::from_micros(10 + 304 + 28));
        assert_eq!(MacParameters::IEEE_80211B.difs(), Span::from_micros(50));
        assert_eq!(MacParameters::ESP32.ack_timeout(Rate::Dsss1M), Span::from_micros(211));
        assert_eq!(MacParameters::ESP32.ack_airtime(Rate::Dsss1M), Span::from_micros(304));
    }

    #[test]
    fn rates_fall_back_where_the_chip_does() {
        let asked = Rate::Ofdm(Ofdm::M54);
        let rates: Vec<_> = (1..=6)
            .map(|attempt| MacParameters::ESP8266.rate_of_attempt(attempt, asked))
            .collect();
        let (six, two) = (Rate::Ofdm(Ofdm::M6), Rate::Dsss2M(Preamble::Long));
        assert_eq!(rates, [six, six, two, two, Rate::Dsss1M, Rate::Dsss1M]);
        assert_eq!(MacParameters::ESP32.rate_of_attempt(3, asked), asked);
    }
}
