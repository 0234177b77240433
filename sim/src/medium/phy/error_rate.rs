//! The bit error probability of each rate over a channel with white Gaussian noise.
//!
//! The argument is always the SINR over the channel: signal power by the power of noise and interference in 22 MHz
//! (DSSS, CCK, Long Range) or 20 MHz (OFDM, HT20).
//!
//! | rate | bit error probability | source |
//! |---|---|---|
//! | 1 Mbit/s | ½·exp(−Eb/N0), Eb/N0 = 22·SINR | differential BPSK, Proakis; so in ns-3's `DsssErrorRateModel` |
//! | 2 Mbit/s | (√2+1)/√(8√2·π·x) · exp(−(2−√2)·x), x = Eb/N0 = 11·SINR | differential QPSK, the usual asymptote; so in ns-3 |
//! | 5.5, 11 Mbit/s | union over the code words' distances, coherent, Ec/N0 = 2·SINR | as in IEEE 802.15.2-2003 and 802.15.4-2006 annex E, whose SNR is our Ec/N0 |
//! | OFDM, HT20 | bit error rate of the constellation, then the union bound of the K = 7 code | Miller, "Validation of 802.11a/UWB coexistence simulation", NIST 2003; ns-3's `NistErrorRateModel` |
//! | Long Range | 1 Mbit/s' curve with 4 (250 kbit/s) or 2 (500 kbit/s) times the SINR | assumed, see below |
//!
//! A union bound grows beyond all measure when the signal drowns. It is bent to ½ with ½·tanh(2·bound), which changes
//! less than 0.4 % where the bound is below 0.05, and nothing that a frame could survive.
//!
//! The code's weights: Haccoun and Bégin, "High-rate punctured convolutional codes for Viterbi and sequential decoding",
//! 1989 (rates 2/3, 3/4 and 5/6 of the generators 133 and 171, octal).
//!
//! Left out: frequency-selective fading, carrier offset, phase noise. Errors are taken as independent from bit to bit,
//! although a Viterbi decoder makes them in bursts. The NIST bound is for hard decisions; real receivers decide softly
//! and are some 2 dB better, which [`implementation_loss_db`](super::Chip::implementation_loss_db) takes up. HT20 spreads
//! its power over 56 subcarriers instead of 52 (0.3 dB); left out too.
//!
//! Long Range: Espressif publishes neither modulation nor coding. Assumed is that each bit of 1 Mbit/s is spread over four
//! or two of them, so that 6 dB or 3 dB are gained. ESP-IDF's guide ("LR Transmission Distance") speaks of about 4 dB.

use core::f64::consts::{PI, SQRT_2};

use protocol::Rate;
use protocol::rate::{Ofdm, Preamble};

/// A subcarrier's constellation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Constellation {
    Bpsk,
    Qpsk,
    Qam16,
    Qam64,
}

/// How much of the convolutional code is data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CodeRate {
    Half,
    TwoThirds,
    ThreeQuarters,
    FiveSixths,
}

/// A bit error curve. Several rates share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Curve {
    Dbpsk,
    Dqpsk,
    Cck5M5,
    Cck11M,
    Bpsk12,
    Bpsk34,
    Qpsk12,
    Qpsk34,
    Qam16R12,
    Qam16R34,
    Qam64R23,
    Qam64R34,
    Qam64R56,
    LongRange250K,
    LongRange500K,
}

impl Curve {
    pub(super) const ALL: [Self; 15] = [
        Self::Dbpsk,
        Self::Dqpsk,
        Self::Cck5M5,
        Self::Cck11M,
        Self::Bpsk12,
        Self::Bpsk34,
        Self::Qpsk12,
        Self::Qpsk34,
        Self::Qam16R12,
        Self::Qam16R34,
        Self::Qam64R23,
        Self::Qam64R34,
        Self::Qam64R56,
        Self::LongRange250K,
        Self::LongRange500K,
    ];

    pub(super) const fn of(rate: Rate) -> Self {
        match rate {
            Rate::Dsss1M => Self::Dbpsk,
            Rate::Dsss2M(_) => Self::Dqpsk,
            Rate::Cck5M5(_) => Self::Cck5M5,
            Rate::Cck11M(_) => Self::Cck11M,
            Rate::Ofdm(Ofdm::M6) => Self::Bpsk12,
            Rate::Ofdm(Ofdm::M9) => Self::Bpsk34,
            Rate::Ofdm(Ofdm::M12) => Self::Qpsk12,
            Rate::Ofdm(Ofdm::M18) => Self::Qpsk34,
            Rate::Ofdm(Ofdm::M24) => Self::Qam16R12,
            Rate::Ofdm(Ofdm::M36) => Self::Qam16R34,
            Rate::Ofdm(Ofdm::M48) => Self::Qam64R23,
            Rate::Ofdm(Ofdm::M54) => Self::Qam64R34,
            Rate::Ht20(mcs, _) => match mcs.index() {
                0 => Self::Bpsk12,
                1 => Self::Qpsk12,
                2 => Self::Qpsk34,
                3 => Self::Qam16R12,
                4 => Self::Qam16R34,
                5 => Self::Qam64R23,
                6 => Self::Qam64R34,
                _ => Self::Qam64R56,
            },
            Rate::LongRange250K => Self::LongRange250K,
            Rate::LongRange500K => Self::LongRange500K,
        }
    }

    /// The bit error probability at this SINR.
    pub(super) fn bit_error_probability(self, sinr: f64) -> f64 {
        use CodeRate::{FiveSixths, Half, ThreeQuarters, TwoThirds};
        use Constellation::{Bpsk, Qam16, Qam64, Qpsk};

        // Not a number and negative count as no signal.
        let sinr = sinr.max(0.0);
        match self {
            Self::Dbpsk => dbpsk(sinr),
            Self::LongRange500K => dbpsk(2.0 * sinr),
            Self::LongRange250K => dbpsk(4.0 * sinr),
            Self::Dqpsk => dqpsk(sinr),
            Self::Cck5M5 => cck_5m5(sinr),
            Self::Cck11M => cck_11m(sinr),
            Self::Bpsk12 => coded(Bpsk, Half, sinr),
            Self::Bpsk34 => coded(Bpsk, ThreeQuarters, sinr),
            Self::Qpsk12 => coded(Qpsk, Half, sinr),
            Self::Qpsk34 => coded(Qpsk, ThreeQuarters, sinr),
            Self::Qam16R12 => coded(Qam16, Half, sinr),
            Self::Qam16R34 => coded(Qam16, ThreeQuarters, sinr),
            Self::Qam64R23 => coded(Qam64, TwoThirds, sinr),
            Self::Qam64R34 => coded(Qam64, ThreeQuarters, sinr),
            Self::Qam64R56 => coded(Qam64, FiveSixths, sinr),
        }
    }

    /// −ln(1 − bit error probability): what a bit takes off the logarithm of a frame's chance to survive.
    pub(super) fn hazard(self, sinr: f64) -> f64 {
        -libm::log1p(-self.bit_error_probability(sinr))
    }
}

/// The probability, 0 to ½, that a bit sent at `rate` is wrong at this SINR (a ratio, not dB; see the module's head for the
/// bandwidth it is measured in). It never rises with the SINR.
///
/// ```
/// use protocol::Rate;
/// use sim::medium::phy::bit_error_probability;
///
/// assert_eq!(bit_error_probability(Rate::Dsss1M, 0.0), 0.5);
/// assert!(bit_error_probability(Rate::Dsss1M, 1.0) < 1e-9);
/// ```
#[must_use]
pub fn bit_error_probability(rate: Rate, sinr: f64) -> f64 {
    Curve::of(rate).bit_error_probability(sinr)
}

/// The part of a frame between synchronisation and MPDU that has to be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Its rate.
    pub rate: Rate,
    /// Its length.
    pub bits: u32,
}

/// The header of a frame sent at `rate`: DSSS and CCK have 48 bits at 1 Mbit/s, or 2 Mbit/s with the short preamble
/// (IEEE 802.11-2020, clause 16.2.2); OFDM has 24 bits at 6 Mbit/s (clause 17.3.4), HT 48 more (clause 19.3.9.4).
/// Long Range: assumed to be as 1 Mbit/s', at 250 kbit/s.
#[must_use]
pub const fn header(rate: Rate) -> Header {
    let (rate, bits) = match rate {
        Rate::Dsss1M => (Rate::Dsss1M, 48),
        Rate::Dsss2M(preamble) | Rate::Cck5M5(preamble) | Rate::Cck11M(preamble) => match preamble {
            Preamble::Long => (Rate::Dsss1M, 48),
            Preamble::Short => (Rate::Dsss2M(Preamble::Short), 48),
        },
        Rate::Ofdm(_) => (Rate::Ofdm(Ofdm::M6), 24),
        Rate::Ht20(..) => (Rate::Ofdm(Ofdm::M6), 72),
        Rate::LongRange250K | Rate::LongRange500K => (Rate::LongRange250K, 48),
    };
    Header { rate, bits }
}

/// Every rate once; guard interval and preamble do not change a curve.
#[cfg(test)]
pub(super) fn every_rate() -> impl Iterator<Item = Rate> {
    use protocol::rate::{GuardInterval, Mcs};

    let ofdm = [
        Ofdm::M6,
        Ofdm::M9,
        Ofdm::M12,
        Ofdm::M18,
        Ofdm::M24,
        Ofdm::M36,
        Ofdm::M48,
        Ofdm::M54,
    ];
    let dsss = [
        Rate::Dsss1M,
        Rate::Dsss2M(Preamble::Long),
        Rate::Cck5M5(Preamble::Long),
        Rate::Cck11M(Preamble::Long),
    ];
    let ht20 = (0..8)
        .filter_map(Mcs::new)
        .map(|mcs| Rate::Ht20(mcs, GuardInterval::Long));
    dsss.into_iter()
        .chain(ofdm.map(Rate::Ofdm))
        .chain(ht20)
        .chain([Rate::LongRange250K, Rate::LongRange500K])
}

fn dbpsk(sinr: f64) -> f64 {
    0.5 * libm::exp(-22.0 * sinr)
}

fn dqpsk(sinr: f64) -> f64 {
    let bit = 11.0 * sinr;
    let front = (SQRT_2 + 1.0) / (8.0 * SQRT_2 * PI * bit).sqrt();
    at_most_half(front * libm::exp(-(2.0 - SQRT_2) * bit))
}

/// 16 code words of 8 chips; 8 of the 15 wrong ones get a given bit wrong.
fn cck_5m5(sinr: f64) -> f64 {
    let chip = 2.0 * sinr;
    let symbol = 14.0 * tail(8.0 * chip) + tail(16.0 * chip);
    at_most_half(8.0 / 15.0 * symbol)
}

/// 256 code words of 8 chips; 128 of the 255 wrong ones get a given bit wrong.
fn cck_11m(sinr: f64) -> f64 {
    let chip = 2.0 * sinr;
    let symbol = 24.0 * tail(4.0 * chip)
        + 16.0 * tail(6.0 * chip)
        + 174.0 * tail(8.0 * chip)
        + 16.0 * tail(10.0 * chip)
        + 24.0 * tail(12.0 * chip)
        + tail(16.0 * chip);
    at_most_half(128.0 / 255.0 * symbol)
}

/// Q(√x): the probability that a standard normal variable exceeds √x.
fn tail(x: f64) -> f64 {
    0.5 * libm::erfc((x / 2.0).sqrt())
}

fn at_most_half(bound: f64) -> f64 {
    0.5 * libm::tanh(2.0 * bound)
}

/// The union bound for a Viterbi decoder with hard decisions.
fn coded(constellation: Constellation, code: CodeRate, sinr: f64) -> f64 {
    let raw = match constellation {
        Constellation::Bpsk => 0.5 * libm::erfc(sinr.sqrt()),
        Constellation::Qpsk => 0.5 * libm::erfc((sinr / 2.0).sqrt()),
        Constellation::Qam16 => 3.0 / 8.0 * libm::erfc((sinr / 10.0).sqrt()),
        Constellation::Qam64 => 7.0 / 24.0 * libm::erfc((sinr / 42.0).sqrt()),
    };
    let distance = (4.0 * raw * (1.0 - raw)).sqrt();
    // Of each code: the data bits a period takes, the free distance, by how much distances grow, and how many data bits
    // are wrong on all paths of that distance together.
    let (data_bits, free_distance, growth, weights): (f64, f64, f64, &[f64]) = match code {
        CodeRate::Half => (1.0, 10.0, 2.0, &WEIGHTS_1_2),
        CodeRate::TwoThirds => (2.0, 6.0, 1.0, &WEIGHTS_2_3),
        CodeRate::ThreeQuarters => (3.0, 5.0, 1.0, &WEIGHTS_3_4),
        CodeRate::FiveSixths => (5.0, 4.0, 1.0, &WEIGHTS_5_6),
    };
    let step = libm::pow(distance, growth);
    // Horner's scheme, from the longest distance down.
    let sum = weights.iter().rev().fold(0.0, |sum, weight| sum * step + weight);
    at_most_half(sum * libm::pow(distance, free_distance) / (2.0 * data_bits))
}

const WEIGHTS_1_2: [f64; 9] = [
    36.0,
    211.0,
    1_404.0,
    11_633.0,
    77_433.0,
    502_690.0,
    3_322_763.0,
    21_292_910.0,
    134_365_911.0,
];
const WEIGHTS_2_3: [f64; 10] = [
    3.0,
    70.0,
    285.0,
    1_276.0,
    6_160.0,
    27_128.0,
    117_019.0,
    498_860.0,
    2_103_891.0,
    8_784_123.0,
];
const WEIGHTS_3_4: [f64; 10] = [
    42.0,
    201.0,
    1_492.0,
    10_469.0,
    62_935.0,
    379_644.0,
    2_253_373.0,
    13_073_811.0,
    75_152_755.0,
    428_005_675.0,
];
const WEIGHTS_5_6: [f64; 10] = [
    92.0,
    528.0,
    8_694.0,
    79_453.0,
    792_114.0,
    7_375_573.0,
    67_884_974.0,
    610_875_423.0,
    5_427_275_376.0,
    47_664_215_639.0,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::medium::phy::from_db;

    #[test]
    fn differential_bpsk_has_its_textbook_value() {
        // At Eb/N0 = 8 dB.
        let error = bit_error_probability(Rate::Dsss1M, from_db(8.0) / 22.0);
        assert!((error / 9.0940e-4 - 1.0).abs() < 1e-4, "{error}");
    }

    #[test]
    fn differential_qpsk_is_near_its_textbook_value() {
        // Eb/N0 = 12 dB: 10⁻⁵ within a factor of 1.3.
        let error = bit_error_probability(Rate::Dsss2M(Preamble::Long), from_db(12.0) / 11.0);
        assert!((0.77e-5..1.3e-5).contains(&error), "{error}");
    }

    #[test]
    fn a_coded_bit_costs_what_its_shortest_paths_cost() {
        // Raw error rate 0.1 %: D² = 4·10⁻³·0.999, and 18·D¹⁰ is all but the whole sum.
        let sinr = 2.0 * 3.0902_f64.powi(2) / 2.0;
        let error = bit_error_probability(Rate::Ofdm(Ofdm::M12), sinr);
        let shortest = 18.0 * (4.0 * 1e-3 * 0.999_f64).powi(5);
        assert!((1.0..1.05).contains(&(error / shortest)), "{error} {shortest}");
    }

    #[test]
    fn complementary_codes_are_told_apart_by_their_nearest_neighbours() {
        let error = bit_error_probability(Rate::Cck11M(Preamble::Long), 3.0);
        let nearest = 128.0 / 255.0 * 24.0 * tail(24.0);
        assert!((1.0..1.1).contains(&(error / nearest)), "{error} {nearest}");
    }

    /// A code word's chips in quarter turns (IEEE 802.11-2020, clause 16.3.6.6).
    fn code_word([p1, p2, p3, p4]: [i32; 4]) -> [i32; 8] {
        [
            p1 + p2 + p3 + p4,
            p1 + p3 + p4,
            p1 + p2 + p4,
            p1 + p4 + 2,
            p1 + p2 + p3,
            p1 + p3,
            p1 + p2 + 2,
            p1,
        ]
    }

    /// How many code words there are at each squared distance from the first, in units of a chip's energy.
    fn distances(words: &[[i32; 8]]) -> std::collections::BTreeMap<i32, u32> {
        let mut counts = std::collections::BTreeMap::new();
        for word in &words[1..] {
            let turns = word.iter().zip(words[0]).map(|(a, b)| (a - b).rem_euclid(4));
            *counts
                .entry(turns.map(|turn| [0, 2, 4, 2][turn as usize]).sum())
                .or_default() += 1;
        }
        counts
    }

    #[test]
    fn code_words_are_as_far_apart_as_the_unions_say() {
        let quarters = |word: i32| [0, 2, 4, 6].map(|shift| word >> shift & 3);
        let words: Vec<_> = (0..256).map(|word| code_word(quarters(word))).collect();
        // tail(4·chip) belongs to a squared distance of 8, and so on.
        let expected = [(8, 24), (12, 16), (16, 174), (20, 16), (24, 24), (32, 1)];
        assert_eq!(distances(&words), expected.into());

        let words = (0..16).map(|word| code_word([word & 3, 2 * (word >> 2 & 1) + 1, 0, 2 * (word >> 3)]));
        assert_eq!(distances(&words.collect::<Vec<_>>()), [(16, 14), (32, 1)].into());
    }

    #[test]
    fn no_signal_is_a_coin_and_more_signal_never_hurts() {
        for rate in every_rate() {
            for nothing in [0.0, -1.0, f64::NAN, f64::NEG_INFINITY] {
                let error = bit_error_probability(rate, nothing);
                assert!((error - 0.5).abs() < 1e-3, "{rate}: {error}");
            }
            let mut last = 0.5;
            for tenth in -400..400 {
                let error = bit_error_probability(rate, from_db(f64::from(tenth) / 10.0));
                assert!((0.0..=last).contains(&error), "{rate} at {tenth}: {error} after {last}");
                last = error;
            }
            assert!(last < 1e-9, "{rate}: {last}");
            assert_eq!(bit_error_probability(rate, f64::INFINITY), 0.0);
        }
    }

    #[test]
    fn faster_rates_of_a_kind_need_more() {
        let ofdm = [
            Ofdm::M6,
            Ofdm::M12,
            Ofdm::M18,
            Ofdm::M24,
            Ofdm::M36,
            Ofdm::M48,
            Ofdm::M54,
        ];
        for tenth in 0..300 {
            let sinr = from_db(f64::from(tenth) / 10.0);
            let errors = ofdm.map(|rate| bit_error_probability(Rate::Ofdm(rate), sinr));
            assert!(errors.is_sorted(), "{tenth}: {errors:?}");
        }
    }

    #[test]
    fn curves_are_listed_in_their_order() {
        for (index, curve) in Curve::ALL.into_iter().enumerate() {
            assert_eq!(curve as usize, index);
        }
    }
}
