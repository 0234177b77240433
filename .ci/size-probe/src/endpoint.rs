//! The raw service, as the simulator has it.

use core::mem::size_of;
use core::sync::atomic::AtomicU8;

use protocol::MacAddress;
use protocol::espnow::{Delivery, Endpoint, Error, Key, Outgoing, Peer, Received};
use protocol::time::Instant;

use crate::frames::parse;

/// Its receive queue is on the heap and not in it.
pub static MEMORY: [AtomicU8; size_of::<Endpoint>()] = [const { AtomicU8::new(0) }; size_of::<Endpoint>()];

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
