//! How a frame's bits lie in time, and how vulnerable they are.

use protocol::Rate;

use super::phy::{HazardTable, from_db, header, preamble_gain_db};
use super::radio::{RadioParameters, Thresholds};
use crate::kernel::Span;

/// A frame's two parts at one rate: the PLCP preamble and header, and the MPDU. Made once for a rate and a kind of radio.
#[derive(Clone, Copy, Debug)]
pub(super) struct Modulation {
    pub(super) rate: Rate,
    pub(super) header_span: Span,
    pub(super) header: Part,
    pub(super) mpdu: Part,
    /// From this SINR on no bit is lost in a thousand years.
    clean_sinr: f32,
    /// How much of the signal its preamble needs that one of 1 Mbit/s does, a factor.
    preamble_need: f32,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    table: &'static HazardTable,
    bits_per_nano: f32,
    /// What the receiver loses against theory, as a factor of the SINR.
    loss: f32,
}

impl Part {
    fn clean_sinr(&self) -> f32 {
        let quarters = (-80..=160).map(|quarter| from_db(f64::from(quarter) / 4.0) as f32);
        let clean = |sinr: &f32| self.table.hazard(sinr * self.loss) < 1e-12;
        quarters.into_iter().find(clean).unwrap_or(f32::INFINITY)
    }

    /// The hazard of the bits in a stretch of this length, at this SINR.
    #[inline]
    pub(super) fn hazard(&self, span: Span, sinr: f32) -> f32 {
        self.table.hazard(sinr * self.loss) * self.bits_per_nano * span.as_nanos() as f32
    }
}

impl Modulation {
    pub(super) fn new(rate: Rate, radio: &RadioParameters) -> Self {
        let header = header(rate);
        let header_span = Span::from(rate.preamble());
        let loss = |rate| from_db(-radio.loss_db(rate)) as f32;
        let header = Part {
            table: HazardTable::for_rate(header.rate),
            bits_per_nano: header.bits as f32 / header_span.as_nanos() as f32,
            loss: loss(header.rate),
        };
        let mpdu = Part {
            table: HazardTable::for_rate(rate),
            bits_per_nano: rate.kilobits_per_second() as f32 * 1e-6,
            loss: loss(rate),
        };
        Self {
            rate,
            header_span,
            header,
            mpdu,
            clean_sinr: header.clean_sinr().max(mpdu.clean_sinr()),
            preamble_need: from_db(-preamble_gain_db(rate)) as f32,
        }
    }

    /// The SINR that its preamble needs to be taken up.
    #[inline]
    pub(super) fn detection_sinr(&self, thresholds: &Thresholds) -> f32 {
        thresholds.detection_sinr * self.preamble_need
    }

    /// From this SINR on its preamble is taken up, and no bit lost.
    #[inline]
    pub(super) fn certain_sinr(&self, thresholds: &Thresholds) -> f32 {
        self.clean_sinr.max(self.detection_sinr(thresholds))
    }
}
