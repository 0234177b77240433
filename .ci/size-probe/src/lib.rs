//! Roots for a linker: what they reach is what a use of `protocol` costs a chip.
//!
//! ```text
//!    parse                    octets ──► MPDU                  reading the air, without keys
//!    start, transmit, take    octets ◄─► Endpoint              peers, keys, CCMP, receive queue
//!    ENDPOINT                 the memory of one Endpoint       its receive queue is on the heap and not in it
//! ```
//!
//! A library can't be weighed by itself: generic code is compiled only where it is used, and what nobody calls is
//! thrown away when a firmware is linked. All arguments come from outside, so that nothing can be computed in advance.
//! Neither allocator nor panic handler is here: every firmware has its own, and they are not the protocol's weight.

#![no_std]

use core::mem::size_of;
use core::sync::atomic::AtomicU8;

use protocol::MacAddress;
use protocol::espnow::{Delivery, Endpoint, Error, Key, Outgoing, Peer, Received};
use protocol::frame::Mpdu;
use protocol::time::Instant;

/// As large as an endpoint, in memory that starts as zero.
pub static ENDPOINT: [AtomicU8; size_of::<Endpoint>()] = [const { AtomicU8::new(0) }; size_of::<Endpoint>()];

/// Reads a frame off the air.
#[inline(never)]
#[must_use]
pub fn parse(octets: &[u8]) -> Option<Mpdu<'_>> {
    Mpdu::parse(octets).ok()
}

/// Brings ESP-NOW up with one peer.
///
/// # Errors
/// The endpoint's.
#[inline(never)]
pub fn start(endpoint: &mut Endpoint, pmk: Key, peer: Peer) -> Result<(), Error> {
    endpoint.init();
    endpoint.set_pmk(pmk)?;
    endpoint.add_peer(peer)
}

/// Sends a message and settles its account.
///
/// # Errors
/// The endpoint's.
#[inline(never)]
pub fn transmit(
    endpoint: &mut Endpoint,
    to: MacAddress,
    data: &[u8],
    random: [u8; 4],
    air: &mut [u8],
) -> Result<(Outgoing, Delivery), Error> {
    let outgoing = endpoint.send(to, data, random, air)?;
    Ok((outgoing, endpoint.handle_sent(true)))
}

/// Takes a frame in and hands its message out.
#[inline(never)]
pub fn take(endpoint: &mut Endpoint, octets: &[u8], now: Instant, buffer: &mut [u8]) -> Option<Received> {
    endpoint.handle_frame(&parse(octets)?, -40, now).ok()?;
    endpoint.receive(buffer)
}
