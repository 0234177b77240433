//! How much of an interferer a receiver's channel lets in.
//!
//! A Wi-Fi frame is as wide as a receiver's channel: [`leakage_db`] says how much gets in. A narrow source, a megahertz or two
//! wide, is either inside the 22 MHz around a channel's centre or beside them:
//!
//! | MHz from the centre | 0 to 11 | to 22 | more |
//! |---|--:|--:|---|
//! | dB | 0 | −30 | nothing |
//!
//! The −30 dB stand for a receiver's filter: IEEE 802.11-2020 asks a DSSS receiver for 35 dB against a channel 25 MHz or more
//! away (clause 16.3.8.4), and the chips' datasheets give 31 to 35 dB for slow rates.
//!
//! Left out: what a narrow source does to OFDM. It covers a few subcarriers and leaves the others alone; here its power counts
//! as noise over all of them.

use protocol::Channel;

use crate::medium::phy::leakage_db;

/// Where in the band a source's energy is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Spectrum {
    /// As wide as a channel.
    Channel(Channel),
    /// A megahertz or two around this frequency.
    Narrow {
        /// The centre, MHz.
        mhz: f64,
    },
}

/// MHz from the centre, and the gain up to there in dB.
const FILTER: [(f64, f64); 2] = [(11.0, 0.0), (22.0, -30.0)];

impl Spectrum {
    /// The middle of it, to the MHz.
    #[must_use]
    pub fn centre_mhz(self) -> u16 {
        match self {
            Self::Channel(channel) => channel.centre_mhz(),
            // A cast from float saturates.
            Self::Narrow { mhz } => mhz.round() as u16,
        }
    }

    /// The gain in dB, at most 0, with which a receiver on `channel` takes the source in; `None` where it does not.
    #[must_use]
    pub fn gain_db(self, channel: Channel) -> Option<f64> {
        match self {
            Self::Channel(source) => leakage_db(source, channel),
            Self::Narrow { mhz } => {
                let distance = (mhz - f64::from(channel.centre_mhz())).abs();
                FILTER
                    .iter()
                    .find(|(to, _)| distance <= *to)
                    .map(|&(_, gain_db)| gain_db)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_source_is_inside_or_beside_a_channel() {
        let channel = |number| Channel::new(number).expect("1 to 14");
        let tone = Spectrum::Narrow { mhz: 2426.0 };
        let gains: Vec<_> = (1..=14).map(|number| tone.gain_db(channel(number))).collect();
        let (inside, beside) = (Some(0.0), Some(-30.0));
        assert_eq!(
            gains[..8],
            [beside, inside, inside, inside, inside, inside, beside, beside]
        );
        assert!(gains[8..].iter().all(Option::is_none));
        assert_eq!(Spectrum::Channel(channel(6)).gain_db(channel(8)), Some(-12.0));
    }
}
