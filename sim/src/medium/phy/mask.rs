//! What a frame does on the channels beside its own.
//!
//! Channels are 5 MHz apart and 22 MHz wide, so neighbours overlap. The gain from a transmitter's channel into a
//! receiver's, by the distance of their centres:
//!
//! | MHz | 0 to 5 | 10 | 15 | 20 | more |
//! |---|--:|--:|--:|--:|---|
//! | dB | 0 | −12 | −30 | −50 | nothing |
//!
//! Between these points it is a straight line in dB, which only channel 14 needs: it lies 12 MHz above 13. −30 dB and
//! −50 dB are the steps of the DSSS transmit mask at 11 and 22 MHz (IEEE 802.11-2020, clause 16.3.7.4); −12 dB is what the
//! overlap of transmit and receive filter leaves two channels off. One table serves all rates: OFDM's mask has wider
//! shoulders, which are left out.
//!
//! # Decoding one channel off
//!
//! Receivers on a neighbour channel at times take in frames at 1 and 2 Mbit/s from boards close by: beacons of one access
//! point show up in scans of three channels. No figure is published. Assumed: it takes 15 dB more, and only at the two
//! rates with Barker's code and in Long Range. At 5 MHz off, OFDM's subcarriers are 16 places from where the receiver
//! expects them, and CCK's phases turn through a circle within few chips.

use protocol::{Channel, Rate};

/// What decoding costs one channel off, dB. Assumed; see the module's head.
const ONE_CHANNEL_OFF_DB: f64 = 15.0;

/// MHz between centres, and the gain there in dB.
const POINTS: [(f64, f64); 5] = [(0.0, 0.0), (5.0, 0.0), (10.0, -12.0), (15.0, -30.0), (20.0, -50.0)];

/// The gain in dB, at most 0, with which a frame on one channel is heard on another; `None` where nothing is.
///
/// ```
/// use protocol::Channel;
/// use sim::medium::phy::leakage_db;
///
/// let [one, three, six] = [1, 3, 6].map(|number| Channel::new(number).unwrap());
/// assert_eq!(leakage_db(one, three), Some(-12.0));
/// assert_eq!(leakage_db(one, six), None);
/// ```
#[must_use]
pub fn leakage_db(transmitter: Channel, receiver: Channel) -> Option<f64> {
    let distance = f64::from(transmitter.centre_mhz().abs_diff(receiver.centre_mhz()));
    POINTS.windows(2).find_map(|pair| match *pair {
        [(from, at_from), (to, at_to)] if distance <= to => {
            Some(at_from + (at_to - at_from) * (distance - from) / (to - from))
        }
        _ => None,
    })
}

/// What to take off the SINR, dB, of a frame that is decoded on a channel not its own; 0 on its own, `None` where it can't
/// be decoded however strong it is.
#[must_use]
pub fn decoding_penalty_db(rate: Rate, transmitter: Channel, receiver: Channel) -> Option<f64> {
    match transmitter.centre_mhz().abs_diff(receiver.centre_mhz()) {
        0 => Some(0.0),
        5 => match rate {
            Rate::Dsss1M | Rate::Dsss2M(_) | Rate::LongRange250K | Rate::LongRange500K => Some(ONE_CHANNEL_OFF_DB),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::rate::Ofdm;

    fn channel(number: u8) -> Channel {
        Channel::new(number).expect("1 to 14")
    }

    #[test]
    fn neighbours_hear_what_the_table_says() {
        let by_distance = [Some(0.0), Some(0.0), Some(-12.0), Some(-30.0), Some(-50.0), None];
        for (distance, expected) in (0..).zip(by_distance) {
            assert_eq!(leakage_db(channel(6), channel(6 + distance)), expected);
            assert_eq!(leakage_db(channel(6), channel(6 - distance)), expected);
        }
    }

    #[test]
    fn channel_14_goes_by_its_frequency() {
        let heard = |number| leakage_db(channel(14), channel(number));
        assert!((heard(13).expect("12 MHz off") + 19.2).abs() < 1e-9);
        assert!((heard(12).expect("17 MHz off") + 38.0).abs() < 1e-9);
        assert_eq!(heard(11), None);
        assert_eq!(heard(14), Some(0.0));
    }

    #[test]
    fn leakage_is_mutual_and_falls_with_distance() {
        for a in 1..=14 {
            for b in 1..=14 {
                assert_eq!(leakage_db(channel(a), channel(b)), leakage_db(channel(b), channel(a)));
            }
            let heard = (a..=14).map(|b| leakage_db(channel(a), channel(b)).unwrap_or(f64::NEG_INFINITY));
            assert!(heard.is_sorted_by(|near, far| near >= far));
        }
    }

    #[test]
    fn only_spread_frames_are_decoded_one_off() {
        let penalty = |rate, number| decoding_penalty_db(rate, channel(6), channel(number));
        assert_eq!(penalty(Rate::Dsss1M, 6), Some(0.0));
        assert_eq!(penalty(Rate::Dsss1M, 5), Some(15.0));
        assert_eq!(penalty(Rate::Dsss1M, 8), None);
        assert_eq!(penalty(Rate::Ofdm(Ofdm::M6), 6), Some(0.0));
        assert_eq!(penalty(Rate::Ofdm(Ofdm::M6), 7), None);
        assert_eq!(decoding_penalty_db(Rate::Dsss1M, channel(13), channel(14)), None);
    }
}
