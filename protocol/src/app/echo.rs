//! How long a message and its answer take.

use core::convert::Infallible;

use super::stream::add_peer;
use crate::board::{Board, Clock, Console as _, Parts, Radio, receive_within};
use crate::espnow::{Error, Peer, Version};
use crate::time::Duration;

/// An answer that takes longer than this is taken for lost.
const PATIENCE: Duration = Duration::from_millis(500);

const REPORT_EVERY: Duration = Duration::from_secs(1);

/// Sends `payload` octets to `peer`, waits for the same to come back, and so on. Prints the times every second.
///
/// # Errors
/// What the radio refuses; [`Error::Arg`] if no frame takes `payload` octets.
pub async fn caller<B: Board>(board: &mut B, peer: Peer, payload: usize) -> Result<Infallible, Error> {
    let Parts {
        radio, clock, console, ..
    } = board.parts();
    let address = peer.address;
    add_peer(radio, peer)?;
    let octets = [0x55; Version::V2.max_payload()];
    let data = octets.get(..payload).ok_or(Error::Arg)?;
    let mut round_trips = RoundTrips::default();
    let mut report_at = clock.now() + REPORT_EVERY;
    loop {
        let asked = clock.now();
        radio.send(address, data).await?;
        match receive_within(radio, clock, PATIENCE, &mut [0; 0]).await {
            Some(received) => round_trips.add(received.at - asked),
            None => round_trips.lost += 1,
        }
        if clock.now() >= report_at {
            console.line(format_args!("{round_trips}"));
            round_trips = RoundTrips::default();
            report_at = clock.now() + REPORT_EVERY;
        }
    }
}

/// Sends every message back to whom it came from.
///
/// # Errors
/// What the radio refuses.
pub async fn answerer<B: Board>(board: &mut B, peer: Peer) -> Result<Infallible, Error> {
    let Parts { radio, .. } = board.parts();
    let address = peer.address;
    add_peer(radio, peer)?;
    let mut buffer = [0; Version::V2.max_payload()];
    loop {
        let received = radio.receive(&mut buffer).await;
        if received.source == address {
            radio.send(address, &buffer[..received.length]).await?;
        }
    }
}

/// Times of a second.
#[derive(Debug)]
struct RoundTrips {
    count: u32,
    lost: u32,
    sum: Duration,
    shortest: Duration,
    longest: Duration,
}

impl Default for RoundTrips {
    fn default() -> Self {
        Self {
            count: 0,
            lost: 0,
            sum: Duration::ZERO,
            shortest: Duration::MAX,
            longest: Duration::ZERO,
        }
    }
}

impl RoundTrips {
    fn add(&mut self, took: Duration) {
        self.count += 1;
        self.sum += took;
        self.shortest = self.shortest.min(took);
        self.longest = self.longest.max(took);
    }
}

impl core::fmt::Display for RoundTrips {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Some(mean) = self.sum.checked_div(self.count) else {
            return write!(f, "no answer to {} messages", self.lost);
        };
        let [mean, shortest, longest] = [mean, self.shortest, self.longest].map(|time| time.as_micros());
        write!(
            f,
            "{} round trips, mean {mean} µs, {shortest} to {longest} µs, {} lost",
            self.count, self.lost
        )
    }
}
