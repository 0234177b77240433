//! When frames were on the air, as far as a capture tells.

use protocol::frame::Ack;
use protocol::{MacAddress, Rate};

use super::spread::Spread;

/// An ACK that comes later is another frame's, µs.
const ACK_WITHIN_US: i64 = 2_000;

/// The airtime of what was captured, and how soon ACKs came.
#[derive(Debug, Default)]
pub(super) struct Air {
    /// Of frames whose rate is known, ns.
    pub(super) airtime_ns: u64,
    /// From a frame's end to its ACK's beginning, µs, if the MAC stamps ends.
    at_ends: Spread,
    /// The same, if it stamps the first bit behind the preamble.
    at_beginnings: Spread,
    last: Option<Stamped>,
}

/// A frame that an ACK may follow.
#[derive(Debug)]
struct Stamped {
    source: MacAddress,
    tsft_us: Option<u64>,
    rate: Option<Rate>,
    octets: usize,
}

/// A frame's time on the air without the silence at its end, µs.
fn airtime_us(rate: Rate, octets: usize) -> i64 {
    let energy = rate.airtime(octets).saturating_sub(rate.signal_extension());
    i64::try_from(energy.as_micros()).unwrap_or(i64::MAX)
}

impl Air {
    /// A frame of so many octets with its FCS. One to a group has no `source` that an ACK could be for.
    pub(super) fn frame(
        &mut self,
        source: Option<MacAddress>,
        rate: Option<Rate>,
        tsft_us: Option<u64>,
        octets: usize,
    ) {
        self.occupy(rate, octets);
        self.last = source.map(|source| Stamped {
            source,
            tsft_us,
            rate,
            octets,
        });
    }

    /// An ACK. Returns whether it may be for the last frame.
    pub(super) fn ack(&mut self, receiver: MacAddress, rate: Option<Rate>, tsft_us: Option<u64>) -> bool {
        self.occupy(rate, Ack::LEN_WITH_FCS);
        let Some(frame) = self.last.take().filter(|frame| frame.source == receiver) else {
            return false;
        };
        let stamps = tsft_us.zip(frame.tsft_us);
        let Some(apart) = stamps.and_then(|(ack, frame)| i64::try_from(ack.checked_sub(frame)?).ok()) else {
            return true;
        };
        if let (Some(rate), Some(frame_rate)) = (rate, frame.rate)
            && apart <= ACK_WITHIN_US + airtime_us(frame_rate, frame.octets)
        {
            let silence = frame_rate.signal_extension().as_micros() as i64;
            self.at_ends.note(apart - airtime_us(rate, Ack::LEN_WITH_FCS) - silence);
            let behind_preamble = airtime_us(frame_rate, frame.octets) - frame_rate.preamble().as_micros() as i64;
            self.at_beginnings
                .note(apart - behind_preamble - silence - rate.preamble().as_micros() as i64);
        }
        true
    }

    /// Something else: what follows is not an ACK to the last frame.
    pub(super) fn other(&mut self) {
        self.last = None;
    }

    fn occupy(&mut self, rate: Option<Rate>, octets: usize) {
        let airtime = rate.map_or(0, |rate| {
            u64::try_from(rate.airtime(octets).as_nanos()).unwrap_or(u64::MAX)
        });
        self.airtime_ns = self.airtime_ns.saturating_add(airtime);
    }

    /// How soon ACKs came, by the reading of the stamps that makes it a short interframe space.
    pub(super) fn gap(&self) -> Option<String> {
        const SIFS_US: i64 = 10;
        let off = |spread: &Spread| {
            spread
                .median()
                .map_or(i64::MAX, |median| (median - SIFS_US).saturating_abs())
        };
        let (spread, stamped) = if off(&self.at_ends) <= off(&self.at_beginnings) {
            (&self.at_ends, "at their ends")
        } else {
            (&self.at_beginnings, "at their beginnings")
        };
        let gap = spread.words(|value| value, " µs")?;
        Some(format!(
            "{gap} after the frame's end (SIFS is 10), if frames are stamped {stamped}"
        ))
    }
}
