//! How much a link carries: frames back to back.

use core::convert::Infallible;

use crate::MacAddress;
use crate::board::{Board, Clock, Console as _, Parts, Radio};
use crate::espnow::{Error, Peer, Version};
use crate::time::{Duration, Instant};

const REPORT_EVERY: Duration = Duration::from_secs(1);

/// A driver's queue holds 16 frames at least, of a quarter of a millisecond at least: it never runs empty in this time.
const REFILL_EVERY: Duration = Duration::from_millis(2);

/// Sends frames of `payload` octets to `peer` for ever. The driver's queue is kept full, so that the MAC always has a next
/// frame.
///
/// # Errors
/// What the radio refuses; [`Error::Arg`] if no frame takes `payload` octets.
pub async fn source<B: Board>(board: &mut B, peer: Peer, payload: usize) -> Result<Infallible, Error> {
    let Parts { radio, clock, .. } = board.parts();
    let address = peer.address;
    add_peer(radio, peer)?;
    let octets = [0x55; Version::V2.max_payload()];
    let data = octets.get(..payload).ok_or(Error::Arg)?;
    loop {
        match radio.enqueue(address, data) {
            Ok(()) => {}
            Err(Error::NoMem) => clock.sleep(REFILL_EVERY).await,
            Err(error) => return Err(error),
        }
    }
}

/// Counts what comes and prints it every second.
///
/// # Errors
/// None; the type is that of the other applications.
pub async fn sink<B: Board>(board: &mut B) -> Result<Infallible, Error> {
    let Parts {
        radio, clock, console, ..
    } = board.parts();
    // What a message says is not looked at.
    let mut buffer = [0; 0];
    let mut report_at = clock.now() + REPORT_EVERY;
    let (mut frames, mut octets) = (0_u32, 0_usize);
    loop {
        let received = radio.receive(&mut buffer).await;
        if received.at >= report_at {
            console.line(format_args!("{frames} frames/s, {} kbit/s", octets * 8 / 1000));
            (frames, octets) = (0, 0);
            report_at = next_report(report_at, received.at);
        }
        frames += 1;
        octets += received.length;
    }
}

/// The end of the second that `now` is in, counted from the one that ended at `last`.
fn next_report(last: Instant, now: Instant) -> Instant {
    let mut next = last;
    while next <= now {
        next = next + REPORT_EVERY;
    }
    next
}

/// Adds a peer. A chip's driver may have the broadcast address from the start.
pub(super) fn add_peer<R: Radio>(radio: &mut R, peer: Peer) -> Result<(), Error> {
    let broadcast = peer.address == MacAddress::BROADCAST;
    match radio.add_peer(peer) {
        Err(Error::Exist) if broadcast => Ok(()),
        result => result,
    }
}
