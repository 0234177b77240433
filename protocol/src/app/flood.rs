//! How much one link carries: full frames back to back.

use core::convert::Infallible;

use crate::MacAddress;
use crate::board::{Board, Clock, Console as _, Parts, Radio};
use crate::espnow::{Delivery, Error, Peer};
use crate::time::{Duration, Instant};

/// A full v1 frame.
const PAYLOAD: [u8; 250] = [0x55; 250];

const REPORT_EVERY: Duration = Duration::from_secs(1);

/// Sends full frames to `peer` for ever, each as soon as the MAC is done with the one before.
///
/// # Errors
/// What the radio refuses.
pub async fn source<B: Board>(board: &mut B, peer: MacAddress) -> Result<Infallible, Error> {
    let Parts {
        radio, clock, console, ..
    } = board.parts();
    radio.add_peer(Peer::new(peer))?;
    let mut report_at = clock.now() + REPORT_EVERY;
    let (mut sent, mut unacknowledged) = (0_u32, 0_u32);
    loop {
        match radio.send(peer, &PAYLOAD).await? {
            Delivery::Acknowledged => {}
            Delivery::Unacknowledged => unacknowledged += 1,
        }
        sent += 1;
        if due(clock, &mut report_at) {
            console.line(format_args!(
                "{sent} frames/s sent, {unacknowledged} without an acknowledgement"
            ));
            (sent, unacknowledged) = (0, 0);
        }
    }
}

/// Counts what comes.
///
/// # Errors
/// None; the type is that of the other applications.
pub async fn sink<B: Board>(board: &mut B) -> Result<Infallible, Error> {
    let Parts {
        radio, clock, console, ..
    } = board.parts();
    let mut buffer = [0; 250];
    let mut report_at = clock.now() + REPORT_EVERY;
    let (mut frames, mut octets) = (0_u32, 0_usize);
    loop {
        let received = radio.receive(&mut buffer).await;
        frames += 1;
        octets += received.length;
        if due(clock, &mut report_at) {
            console.line(format_args!("{frames} frames/s received, {} kbit/s", octets * 8 / 1000));
            (frames, octets) = (0, 0);
        }
    }
}

fn due<C: Clock>(clock: &C, at: &mut Instant) -> bool {
    let due = clock.now() >= *at;
    if due {
        *at = *at + REPORT_EVERY;
    }
    due
}
