//! Data rates of the chips' PHY and how long a frame lasts at each.
//!
//! | PHY | rates | airtime of an MPDU of L octets, FCS included |
//! |---|---|---|
//! | DSSS/CCK (802.11b) | 1, 2, 5.5, 11 Mbit/s | preamble and header 192 µs (short: 96 µs) + ⌈8·L / rate⌉ |
//! | OFDM (802.11g) | 6 to 54 Mbit/s | 20 µs + 4 µs · ⌈(22 + 8·L) / N_DBPS⌉ + 6 µs |
//! | HT20 (802.11n) | MCS 0 to 7 | 36 µs + symbols + 6 µs; a symbol is 4 µs, 3.6 µs with the short guard interval |
//! | Espressif Long Range | 250, 500 kbit/s | not published; see [`Rate::airtime`] |
//!
//! IEEE 802.11-2020: clauses 15.3 and 16.3 (DSSS, CCK), 17.4.3 with 18.3.2.4's signal extension (OFDM), 19.4.3 (HT).

mod code;

use core::fmt;
use core::str::FromStr;
use core::time::Duration;

/// The PLCP preamble of a DSSS or CCK frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Preamble {
    /// 144 µs and a header of 48 µs.
    Long,
    /// 72 µs and a header of 24 µs.
    Short,
}

/// An OFDM rate in Mbit/s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say all")]
pub enum Ofdm {
    M6,
    M9,
    M12,
    M18,
    M24,
    M36,
    M48,
    M54,
}

/// The guard interval between HT symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GuardInterval {
    /// 800 ns; a symbol lasts 4 µs.
    Long,
    /// 400 ns; a symbol lasts 3.6 µs.
    Short,
}

/// An HT modulation and coding scheme for one spatial stream, 0 to 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mcs(u8);

impl Mcs {
    /// The scheme with this index; `None` above 7.
    #[must_use]
    pub const fn new(index: u8) -> Option<Self> {
        match index {
            0..=7 => Some(Self(index)),
            _ => None,
        }
    }

    /// 0 to 7.
    #[must_use]
    pub const fn index(self) -> u8 {
        self.0
    }
}

/// A data rate with its PHY, as `wifi_phy_rate_t` of ESP-IDF lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rate {
    /// 1 Mbit/s DSSS; always with the long preamble. ESP-NOW's default.
    Dsss1M,
    /// 2 Mbit/s DSSS.
    Dsss2M(Preamble),
    /// 5.5 Mbit/s CCK.
    Cck5M5(Preamble),
    /// 11 Mbit/s CCK.
    Cck11M(Preamble),
    /// 6 to 54 Mbit/s OFDM.
    Ofdm(Ofdm),
    /// HT20, one spatial stream.
    Ht20(Mcs, GuardInterval),
    /// Espressif's Long Range mode, 250 kbit/s.
    LongRange250K,
    /// Espressif's Long Range mode, 500 kbit/s.
    LongRange500K,
}

/// Preamble and PLCP header: µs.
const fn dsss_overhead_micros(preamble: Preamble) -> u64 {
    match preamble {
        Preamble::Long => 192,
        Preamble::Short => 96,
    }
}

/// Data bits per 4 µs symbol.
const fn ofdm_bits_per_symbol(rate: Ofdm) -> u64 {
    match rate {
        Ofdm::M6 => 24,
        Ofdm::M9 => 36,
        Ofdm::M12 => 48,
        Ofdm::M18 => 72,
        Ofdm::M24 => 96,
        Ofdm::M36 => 144,
        Ofdm::M48 => 192,
        Ofdm::M54 => 216,
    }
}

const HT20_BITS_PER_SYMBOL: [u64; 8] = [26, 52, 78, 104, 156, 208, 234, 260];

/// 16 SERVICE bits and 6 tail bits around an OFDM or HT frame's octets.
const SERVICE_AND_TAIL_BITS: u64 = 22;

impl Rate {
    /// kbit/s of data.
    #[must_use]
    pub const fn kilobits_per_second(self) -> u32 {
        match self {
            Self::Dsss1M => 1_000,
            Self::Dsss2M(_) => 2_000,
            Self::Cck5M5(_) => 5_500,
            Self::Cck11M(_) => 11_000,
            Self::Ofdm(rate) => (ofdm_bits_per_symbol(rate) * 250) as u32,
            Self::Ht20(mcs, GuardInterval::Long) => (HT20_BITS_PER_SYMBOL[mcs.0 as usize] * 250) as u32,
            Self::Ht20(mcs, GuardInterval::Short) => (HT20_BITS_PER_SYMBOL[mcs.0 as usize] * 10_000 / 36) as u32,
            Self::LongRange250K => 250,
            Self::LongRange500K => 500,
        }
    }

    /// How long an MPDU of `octets` (FCS included) occupies the air, preamble and signal extension included.
    ///
    /// Long Range: Espressif publishes no frame format. Assumed here: the long preamble and header of 802.11b at 250 kbit/s'
    /// quarter of its rate (768 µs), then the octets at the data rate.
    ///
    /// ```
    /// use protocol::Rate;
    ///
    /// // 250 octets of payload: 293 octets on the air.
    /// assert_eq!(Rate::Dsss1M.airtime(293).as_micros(), 2536);
    /// ```
    #[must_use]
    pub const fn airtime(self, octets: usize) -> Duration {
        let bits = 8 * octets as u64;
        match self {
            Self::Dsss1M => Duration::from_micros(dsss_overhead_micros(Preamble::Long) + bits),
            Self::Dsss2M(preamble) => Duration::from_micros(dsss_overhead_micros(preamble) + bits.div_ceil(2)),
            Self::Cck5M5(preamble) => Duration::from_micros(dsss_overhead_micros(preamble) + (2 * bits).div_ceil(11)),
            Self::Cck11M(preamble) => Duration::from_micros(dsss_overhead_micros(preamble) + bits.div_ceil(11)),
            Self::Ofdm(rate) => {
                let symbols = (SERVICE_AND_TAIL_BITS + bits).div_ceil(ofdm_bits_per_symbol(rate));
                Duration::from_micros(20 + 4 * symbols).saturating_add(self.signal_extension())
            }
            Self::Ht20(mcs, guard) => {
                let symbols = (SERVICE_AND_TAIL_BITS + bits).div_ceil(HT20_BITS_PER_SYMBOL[mcs.0 as usize]);
                let symbol_nanos = match guard {
                    GuardInterval::Long => 4_000,
                    GuardInterval::Short => 3_600,
                };
                Duration::from_nanos(36_000 + symbols * symbol_nanos).saturating_add(self.signal_extension())
            }
            Self::LongRange250K => Duration::from_micros(768 + bits * 4),
            Self::LongRange500K => Duration::from_micros(768 + bits * 2),
        }
    }

    /// The silence that ends every OFDM and HT frame in the 2.4 GHz band (clause 18.3.2.4), part of [`Rate::airtime`]; zero
    /// for the other rates.
    ///
    /// ```
    /// use protocol::Rate;
    /// use core::time::Duration;
    ///
    /// let rate: Rate = "54M".parse()?;
    /// assert_eq!(rate.signal_extension(), Duration::from_micros(6));
    /// assert_eq!(Rate::Dsss1M.signal_extension(), Duration::ZERO);
    /// # Ok::<(), protocol::rate::ParseRateError>(())
    /// ```
    #[must_use]
    pub const fn signal_extension(self) -> Duration {
        match self {
            Self::Ofdm(_) | Self::Ht20(..) => Duration::from_micros(6),
            Self::Dsss1M
            | Self::Dsss2M(_)
            | Self::Cck5M5(_)
            | Self::Cck11M(_)
            | Self::LongRange250K
            | Self::LongRange500K => Duration::ZERO,
        }
    }

    /// The time from a frame's first energy to its first MPDU bit.
    #[must_use]
    pub const fn preamble(self) -> Duration {
        match self {
            Self::Dsss1M => Duration::from_micros(dsss_overhead_micros(Preamble::Long)),
            Self::Dsss2M(preamble) | Self::Cck5M5(preamble) | Self::Cck11M(preamble) => {
                Duration::from_micros(dsss_overhead_micros(preamble))
            }
            Self::Ofdm(_) => Duration::from_micros(20),
            Self::Ht20(..) => Duration::from_micros(36),
            Self::LongRange250K | Self::LongRange500K => Duration::from_micros(768),
        }
    }

    /// The rate at which the header in front of the MPDU is sent, the most robust of the PHY.
    ///
    /// The short DSSS header goes out at 2 Mbit/s behind a preamble at 1 Mbit/s; 1 Mbit/s is given for both.
    #[must_use]
    pub const fn header_rate(self) -> Self {
        match self {
            Self::Dsss1M | Self::Dsss2M(_) | Self::Cck5M5(_) | Self::Cck11M(_) => Self::Dsss1M,
            Self::Ofdm(_) | Self::Ht20(..) => Self::Ofdm(Ofdm::M6),
            Self::LongRange250K | Self::LongRange500K => Self::LongRange250K,
        }
    }

    /// The rate of the ACK to a frame sent at this rate: the highest basic rate of the same PHY not above it.
    ///
    /// Basic are 1, 2, 5.5 and 11 Mbit/s for DSSS and CCK, 6, 12 and 24 Mbit/s for OFDM and HT (IEEE 802.11-2020,
    /// clause 10.6.6.5.2). Long Range is answered at its own rate (assumed).
    #[must_use]
    pub const fn ack_rate(self) -> Self {
        match self {
            Self::Ofdm(Ofdm::M6 | Ofdm::M9) => Self::Ofdm(Ofdm::M6),
            Self::Ofdm(Ofdm::M12 | Ofdm::M18) => Self::Ofdm(Ofdm::M12),
            Self::Ofdm(Ofdm::M24 | Ofdm::M36 | Ofdm::M48 | Ofdm::M54) => Self::Ofdm(Ofdm::M24),
            // The non-HT reference rates: MCS 0 is BPSK 1/2, 1 and 2 are QPSK, from 3 on 16-QAM and more.
            Self::Ht20(Mcs(0), _) => Self::Ofdm(Ofdm::M6),
            Self::Ht20(Mcs(1 | 2), _) => Self::Ofdm(Ofdm::M12),
            Self::Ht20(..) => Self::Ofdm(Ofdm::M24),
            same => same,
        }
    }
}

impl Default for Rate {
    /// 1 Mbit/s, as ESP-NOW unless told otherwise.
    fn default() -> Self {
        Self::Dsss1M
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kilobits = self.kilobits_per_second();
        match self {
            Self::LongRange250K | Self::LongRange500K => write!(f, "LR {kilobits} kbit/s"),
            Self::Ht20(mcs, guard) => {
                let guard = match guard {
                    GuardInterval::Long => "",
                    GuardInterval::Short => " short GI",
                };
                write!(f, "MCS{}{guard}", mcs.0)
            }
            _ if kilobits.is_multiple_of(1_000) => write!(f, "{} Mbit/s", kilobits / 1_000),
            _ => write!(f, "{}.{} Mbit/s", kilobits / 1_000, kilobits % 1_000 / 100),
        }
    }
}

/// The text is not a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseRateError;

impl fmt::Display for ParseRateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a rate is written 1M, 2M, 5.5M, 11M, 6M to 54M, mcs0 to mcs7, lr250k or lr500k")
    }
}

impl core::error::Error for ParseRateError {}

impl FromStr for Rate {
    type Err = ParseRateError;

    /// Long preamble and long guard interval; an `s` at the end asks for the short ones: `11Ms`, `mcs7s`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, short) = match text.strip_suffix('s') {
            Some(name) => (name, true),
            None => (text, false),
        };
        let preamble = if short { Preamble::Short } else { Preamble::Long };
        let guard = if short {
            GuardInterval::Short
        } else {
            GuardInterval::Long
        };
        Ok(match name {
            "2M" => Self::Dsss2M(preamble),
            "5.5M" => Self::Cck5M5(preamble),
            "11M" => Self::Cck11M(preamble),
            _ if name.starts_with("mcs") => {
                let index = name.strip_prefix("mcs").and_then(|digits| digits.parse().ok());
                Self::Ht20(index.and_then(Mcs::new).ok_or(ParseRateError)?, guard)
            }
            _ if short => return Err(ParseRateError),
            "1M" => Self::Dsss1M,
            "6M" => Self::Ofdm(Ofdm::M6),
            "9M" => Self::Ofdm(Ofdm::M9),
            "12M" => Self::Ofdm(Ofdm::M12),
            "18M" => Self::Ofdm(Ofdm::M18),
            "24M" => Self::Ofdm(Ofdm::M24),
            "36M" => Self::Ofdm(Ofdm::M36),
            "48M" => Self::Ofdm(Ofdm::M48),
            "54M" => Self::Ofdm(Ofdm::M54),
            "lr250k" => Self::LongRange250K,
            "lr500k" => Self::LongRange500K,
            _ => return Err(ParseRateError),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An ACK is 14 octets.
    fn ack_micros(rate: Rate) -> u128 {
        rate.ack_rate().airtime(14).as_micros()
    }

    #[test]
    fn acks_last_as_the_standard_says() {
        assert_eq!(ack_micros(Rate::Dsss1M), 304);
        assert_eq!(ack_micros(Rate::Cck11M(Preamble::Long)), 203);
        assert_eq!(ack_micros(Rate::Ofdm(Ofdm::M6)), 50);
        assert_eq!(ack_micros(Rate::Ofdm(Ofdm::M54)), 34);
    }

    #[test]
    fn full_frames_last_as_the_standard_says() {
        assert_eq!(Rate::Dsss1M.airtime(293).as_micros(), 2536);
        assert_eq!(Rate::Cck11M(Preamble::Long).airtime(293).as_micros(), 406);
        assert_eq!(Rate::Cck11M(Preamble::Short).airtime(293).as_micros(), 310);
        assert_eq!(Rate::Ofdm(Ofdm::M54).airtime(293).as_micros(), 70);
        let mcs7 = Mcs::new(7).expect("7 is a scheme");
        assert_eq!(Rate::Ht20(mcs7, GuardInterval::Long).airtime(293).as_micros(), 82);
        assert_eq!(
            Rate::Ht20(mcs7, GuardInterval::Short).airtime(293).as_nanos(),
            42_000 + 10 * 3_600
        );
    }

    #[test]
    fn rates_are_read_as_they_are_written() {
        assert_eq!("1M".parse(), Ok(Rate::Dsss1M));
        assert_eq!("11Ms".parse(), Ok(Rate::Cck11M(Preamble::Short)));
        assert_eq!("54M".parse(), Ok(Rate::Ofdm(Ofdm::M54)));
        assert_eq!("mcs7s".parse(), Ok(Rate::Ht20(Mcs(7), GuardInterval::Short)));
        assert_eq!("lr250k".parse(), Ok(Rate::LongRange250K));
        for text in ["", "s", "1Ms", "54Ms", "mcs8", "mcs", "mcs-1", "1m", "7M"] {
            assert_eq!(text.parse::<Rate>(), Err(ParseRateError), "{text:?}");
        }
    }

    #[test]
    fn rates_are_what_they_are_called() {
        assert_eq!(Rate::Ofdm(Ofdm::M54).kilobits_per_second(), 54_000);
        let mcs7 = Mcs::new(7).expect("7 is a scheme");
        assert_eq!(Rate::Ht20(mcs7, GuardInterval::Long).kilobits_per_second(), 65_000);
        assert_eq!(Rate::Ht20(mcs7, GuardInterval::Short).kilobits_per_second(), 72_222);
        assert_eq!(Mcs::new(8), None);
    }
}
