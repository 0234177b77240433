//! Reading the air.

use protocol::frame::Mpdu;

/// Reads a frame off the air.
#[inline(never)]
#[must_use]
pub fn parse(octets: &[u8]) -> Option<Mpdu<'_>> {
    Mpdu::parse(octets).ok()
}
