//! A file from one board to another, or to several at once, whole or not at all.
//!
//! ```text
//!    sender                                            receivers
//!    ▓▓▓▓▓▓░░░░  ─── segments, reports, repairs ───►   ▓▓▓▓▓░░░░░   as many pixels as there is of it
//!    "CRC-32 1234abcd"                                 "CRC-32 1234abcd"
//! ```
//!
//! [`service::reliable`](crate::service::reliable) carries it. The file is made up, octet by octet, so that none has to be kept.

use core::convert::Infallible;

use crc::{CRC_32_ISO_HDLC, Crc};

use super::bar::Bar;
use crate::MacAddress;
use crate::board::{Board, Clock, Console as _, Radio as _, Rgb};
use crate::node::Node;
use crate::service::reliable::{
    CommandError, Receiver, ReceiverConfig, ReceiverEvent, Sender, SenderConfig, SenderEvent,
};
use crate::time::Duration;

/// Receivers at most.
pub const MOST_RECEIVERS: usize = 8;

static CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

const SENDING: Rgb = Rgb::new(0, 0, 30);
const RECEIVING: Rgb = Rgb::new(25, 15, 0);
const WHOLE: Rgb = Rgb::new(0, 40, 0);
const BROKEN: Rgb = Rgb::new(40, 0, 0);

/// Octets that are made at a time.
const PIECE: usize = 200;

/// Sends a file of `length` octets to one board, or to all of `members` at once. Says what was measured, and returns.
///
/// # Errors
/// [`CommandError::Members`] if there are none, or more than [`MOST_RECEIVERS`].
pub async fn sender<B: Board>(board: &mut B, members: &[MacAddress], length: u32) -> Result<(), CommandError> {
    let mut parts = board.parts();
    let mut node = Node::<8, 250>::of(&mut parts);
    let mut sender: Sender<216, 16, MOST_RECEIVERS> = Sender::new(SenderConfig::new(parts.radio.address()));
    let began = parts.clock.now();
    match members {
        [only] => sender.open(began, *only)?,
        several => sender.open_group(began, MacAddress::BROADCAST, several)?,
    }
    sender.begin(length)?;
    let mut digest = CRC.digest();
    let mut written = 0;
    let mut bar = Bar::default();
    let segments = Sender::<216, 16, MOST_RECEIVERS>::segments(length);
    parts
        .console
        .line(format_args!("{length} octets for {} boards", members.len()));
    loop {
        while written < length {
            let mut piece = [0; PIECE];
            let octets = fill(&mut piece, written, length);
            let taken = sender.write(octets);
            if taken == 0 {
                break;
            }
            digest.update(&octets[..taken]);
            // A piece is short.
            written += taken as u32;
        }
        node.turn(&mut parts, &mut [&mut sender], None).await;
        while let Some(event) = sender.poll_event() {
            match event {
                SenderEvent::Opened => {
                    let took = parts.clock.now() - began;
                    parts
                        .console
                        .line(format_args!("all are there after {} ms", took.as_millis()));
                }
                SenderEvent::Delivered => {
                    let took = parts.clock.now() - began;
                    let crc = digest.clone().finalize();
                    parts.console.line(format_args!(
                        "delivered after {} ms, {} kbit/s, CRC-32 {crc:08x}",
                        took.as_millis(),
                        kbit_per_s(length, took),
                    ));
                    bar.show(parts.pixels, WHOLE, 1, 1).await;
                    sender.close();
                }
                SenderEvent::Lost { address, loss } => {
                    parts.console.line(format_args!("{address} is lost: {loss:?}"));
                }
                SenderEvent::Failed => {
                    parts.console.line(format_args!("nobody is left"));
                    bar.show(parts.pixels, BROKEN, 1, 1).await;
                    return Ok(());
                }
                SenderEvent::Closed => {
                    // The last word is still to be sent.
                    node.work(&mut parts, &mut [&mut sender]).await;
                    return Ok(());
                }
            }
        }
        if sender.is_open() && sender.acknowledged() < segments {
            bar.show(parts.pixels, SENDING, sender.acknowledged().into(), segments.into())
                .await;
        }
    }
}

/// Receives files, one after the other, and says what came. Goes on for ever.
pub async fn receiver<B: Board>(board: &mut B) -> Infallible {
    let mut parts = board.parts();
    let mut node = Node::<8, 250>::of(&mut parts);
    let mut receiver: Receiver = Receiver::new(ReceiverConfig::new(parts.radio.address()));
    let mut digest = CRC.digest();
    let mut bar = Bar::default();
    let (mut have, mut total) = (0, 0);
    let mut began = parts.clock.now();
    loop {
        node.turn(&mut parts, &mut [&mut receiver], None).await;
        let mut outcome = None;
        while let Some(event) = receiver.poll_event() {
            match event {
                ReceiverEvent::Began { source, length } => {
                    (have, total) = (0, length);
                    began = parts.clock.now();
                    digest = CRC.digest();
                    bar = Bar::default();
                    parts.console.line(format_args!("{source} sends {length} octets"));
                }
                ReceiverEvent::Octets { octets, .. } => {
                    digest.update(octets);
                    have += octets.len() as u32;
                }
                ReceiverEvent::Finished { length, .. } => {
                    let took = parts.clock.now() - began;
                    let crc = digest.clone().finalize();
                    parts.console.line(format_args!(
                        "whole after {} ms, {} kbit/s, CRC-32 {crc:08x}",
                        took.as_millis(),
                        kbit_per_s(length, took),
                    ));
                    outcome = Some(WHOLE);
                }
                ReceiverEvent::Abandoned { source } => {
                    parts
                        .console
                        .line(format_args!("{source} left it at {have} of {total} octets"));
                    outcome = Some(BROKEN);
                }
            }
        }
        match outcome {
            Some(colour) => bar.show(parts.pixels, colour, 1, 1).await,
            None if have < total => bar.show(parts.pixels, RECEIVING, have.into(), total.into()).await,
            None => {}
        }
    }
}

/// The octets of the file from `offset` on, as many as there are and fit.
fn fill(piece: &mut [u8; PIECE], offset: u32, length: u32) -> &[u8] {
    let count = usize::try_from(length - offset).unwrap_or(PIECE).min(PIECE);
    for (octet, place) in piece[..count].iter_mut().zip(offset..) {
        *octet = (place.wrapping_mul(2_654_435_761) >> 13) as u8 ^ place as u8;
    }
    &piece[..count]
}

fn kbit_per_s(octets: u32, time: Duration) -> u64 {
    u64::from(octets) * 8 * 1000 / u64::try_from(time.as_micros()).unwrap_or(u64::MAX).max(1)
}
