//! What services share.

use core::mem::size_of;
use core::sync::atomic::AtomicU8;

use protocol::Channel;
use protocol::espnow::{Delivery, Error, Received};
use protocol::message::{AppKey, Dropped};
use protocol::node::{Step, Switchboard};
use protocol::service::Service;
use protocol::time::Instant;
use rand_core::Rng;

/// Eight messages under way, of a v1 frame's length.
type Shared = Switchboard<8, 250>;

/// The messages under way, and all else.
pub static MEMORY: [AtomicU8; size_of::<Shared>()] = [const { AtomicU8::new(0) }; size_of::<Shared>()];

/// Sets the key that messages are sealed under.
#[inline(never)]
pub fn set_key(shared: &mut Shared, key: Option<AppKey>) {
    shared.set_key(key);
}

/// Does what is next.
#[inline(never)]
pub fn step<'a>(
    shared: &'a mut Shared,
    now: Instant,
    services: &'a mut [&mut dyn Service],
    random: &mut dyn Rng,
) -> Step<'a> {
    shared.step(now, services, random)
}

/// Hears how a frame went.
#[inline(never)]
pub fn settle(shared: &mut Shared, now: Instant, result: Result<Delivery, Error>) {
    shared.handle_sent(now, result);
}

/// Takes a frame's octets in.
#[inline(never)]
pub fn take(
    shared: &mut Shared,
    now: Instant,
    received: &Received,
    channel: Channel,
    octets: &mut [u8],
    services: &mut [&mut dyn Service],
) -> Option<Dropped> {
    shared.handle_received(now, received, channel, octets, services)
}
