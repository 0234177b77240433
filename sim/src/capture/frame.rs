//! From a packet of a capture file to an 802.11 frame.

use protocol::frame::{FCS_LEN, Mpdu, Refusal, check_fcs, fcs};
use serde::Serialize;

use super::CaptureError;
use crate::record::radiotap::{Header, flags};

/// An 802.11 frame from a capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapturedFrame {
    /// Its number in the capture, counted from 1 as Wireshark does.
    pub index: u64,
    /// ns since 1970, if the capture says when.
    pub timestamp_ns: Option<u64>,
    /// How it was on the air, if the capture says so.
    pub radiotap: Option<Header>,
    /// What became of its FCS; `None` if the capture has none.
    pub fcs: Option<FcsStatus>,
    /// Octets at its end that the capture left out (its snapshot length).
    pub cut_off: usize,
    /// The MPDU without its FCS.
    pub mpdu: Vec<u8>,
}

/// Whether a frame's FCS is that of its octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FcsStatus {
    /// It is.
    Good,
    /// It is, with its most significant octet first: what some sniffers write, and no receiver takes.
    GoodReversed,
    /// It is not: the frame was damaged on the air, and every receiver drops it.
    Bad,
}

/// What stands in front of the frame in a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LinkType(pub(super) u32);

impl LinkType {
    /// `LINKTYPE_IEEE802_11`: nothing.
    pub(super) const IEEE802_11: Self = Self(105);
    /// `LINKTYPE_IEEE802_11_RADIOTAP`.
    pub(super) const RADIOTAP: Self = Self(127);
}

/// A packet as the file formats know it.
pub(super) struct Packet {
    pub(super) timestamp_ns: Option<u64>,
    pub(super) link_type: LinkType,
    /// Octets it had before the capture cut it.
    pub(super) original_len: usize,
    pub(super) data: Vec<u8>,
    /// Somebody pasted it, and may have left out its end.
    pub(super) is_pasted: bool,
}

impl Packet {
    pub(super) fn into_frame(self, index: u64) -> Result<CapturedFrame, CaptureError> {
        let (radiotap, mut octets) = match self.link_type {
            LinkType::IEEE802_11 => (None, self.data.as_slice()),
            LinkType::RADIOTAP => {
                let (header, octets) =
                    Header::parse(&self.data).map_err(|reason| CaptureError::Radiotap { packet: index, reason })?;
                (Some(header), octets)
            }
            LinkType(link_type) => {
                return Err(CaptureError::LinkType {
                    packet: index,
                    link_type,
                });
            }
        };
        let has = |flag| radiotap.is_some_and(|header| header.has_flag(flag));
        let cut_off = self.original_len.saturating_sub(self.data.len());
        let fcs = if cut_off > 0 {
            if has(flags::FCS_AT_END) {
                // Less than four octets cut off: the rest of the FCS is no part of the MPDU.
                let rest_of_fcs = FCS_LEN.saturating_sub(cut_off);
                octets = octets
                    .get(..octets.len().saturating_sub(rest_of_fcs))
                    .unwrap_or_default();
            }
            None
        } else if let Some((mpdu, status)) = split_fcs(octets) {
            // Captures without radiotap don't say whether there is an FCS, and some with it say wrong. Four octets that
            // are right by accident are one in 2³².
            octets = mpdu;
            Some(status)
        } else if self.is_pasted
            && has(flags::FCS_AT_END)
            && let Some(mpdu) = cut(octets)
        {
            octets = mpdu;
            None
        } else if has(flags::FCS_AT_END) {
            octets = octets.get(..octets.len().saturating_sub(FCS_LEN)).unwrap_or_default();
            Some(FcsStatus::Bad)
        } else if let Some(mpdu) = without_wrong_fcs(octets) {
            octets = mpdu;
            Some(FcsStatus::Bad)
        } else {
            has(flags::BAD_FCS).then_some(FcsStatus::Bad)
        };
        Ok(CapturedFrame {
            index,
            timestamp_ns: self.timestamp_ns,
            radiotap,
            fcs,
            cut_off,
            mpdu: octets.to_vec(),
        })
    }
}

/// The MPDU without its FCS, if it ends in one, in either order of octets.
pub(super) fn split_fcs(octets: &[u8]) -> Option<(&[u8], FcsStatus)> {
    if let Ok(mpdu) = check_fcs(octets) {
        return Some((mpdu, FcsStatus::Good));
    }
    let (mpdu, check) = octets.split_last_chunk::<FCS_LEN>()?;
    let reversed = u32::from_be_bytes(*check) == fcs(mpdu);
    reversed.then_some((mpdu, FcsStatus::GoodReversed))
}

/// The MPDU, or what there is of it, if the octets end before its FCS does.
fn cut(octets: &[u8]) -> Option<&[u8]> {
    let without = |length: usize| octets.get(..octets.len().checked_sub(length)?);
    // What is encrypted does not say how long it is.
    let is_mpdu = |octets: &&[u8]| matches!(Mpdu::parse(octets), Ok(Mpdu::Plain(_) | Mpdu::Ack(_)));
    // Some octets of the FCS, or none.
    if let Some(mpdu) = (0..FCS_LEN).filter_map(without).find(is_mpdu) {
        return Some(mpdu);
    }
    let ends_early = matches!(Mpdu::parse(octets), Err(Refusal::TooShort { .. }));
    ends_early.then_some(octets)
}

/// The MPDU, if it is one of ESP-NOW's as soon as its last four octets are left out: they are an FCS, and wrong.
fn without_wrong_fcs(octets: &[u8]) -> Option<&[u8]> {
    let (mpdu, _wrong) = octets.split_last_chunk::<FCS_LEN>()?;
    (Mpdu::parse(octets).is_err() && Mpdu::parse(mpdu).is_ok()).then_some(mpdu)
}
