//! Everybody says something now and then: what a field of sensors does.

use core::convert::Infallible;

use rand_core::Rng as _;

use super::stream::add_peer;
use crate::MacAddress;
use crate::board::{Board, Clock, Parts, Radio};
use crate::espnow::{Error, Peer, Version};
use crate::time::Duration;

/// How often a period the queue is read. A default queue holds 38 messages of 64 octets; in a crowd, make it larger.
const READS_A_PERIOD: u32 = 2;

/// Broadcasts `payload` octets once every `period`, for the first time after `phase`, or after a random part of the period.
/// What others say is read twice a period, as a program does that has other things to do.
///
/// # Errors
/// What the radio refuses; [`Error::Arg`] if no frame takes `payload` octets.
pub async fn beacon<B: Board>(
    board: &mut B,
    period: Duration,
    phase: Option<Duration>,
    payload: usize,
) -> Result<Infallible, Error> {
    let Parts {
        radio, clock, random, ..
    } = board.parts();
    add_peer(radio, Peer::new(MacAddress::BROADCAST))?;
    let octets = [0x55; Version::V1.max_payload()];
    let data = octets.get(..payload).ok_or(Error::Arg)?;
    let micros = u64::try_from(period.as_micros()).unwrap_or(u64::MAX).max(1);
    let mut next = clock.now() + phase.unwrap_or_else(|| Duration::from_micros(random.next_u64() % micros));
    loop {
        for reads_left in (0..READS_A_PERIOD).rev() {
            // The last read is due when the next message is.
            let ahead = period / READS_A_PERIOD * reads_left;
            clock.sleep_until(next - ahead).await;
            // What a message says is not looked at.
            while radio.try_receive(&mut []).is_some() {}
        }
        match radio.enqueue(MacAddress::BROADCAST, data) {
            // So crowded an air that the last 32 are still waiting: this one is left out.
            Ok(()) | Err(Error::NoMem) => {}
            Err(error) => return Err(error),
        }
        next = next + period;
    }
}
