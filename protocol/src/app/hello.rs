//! The product page's two programs, step by step.
//!
//! ```text
//!    sender                                   receiver
//!    "Starting..."            ──────────►     prints (host, msg)
//!    "0000…", "1111…", … "9999…"  ──────►     prints each
//!    b"end"                   ──────────►     adds the host as a peer
//!    pixel 0 blue for 0.5 s   ◄──────────     "All received."; pixel 0 green for 0.5 s
//! ```
//!
//! Nothing repeats a message that is lost. The page's sender uses `bb:bb:bb:bb:bb:bb` as the receiver's address, which is a
//! group address, so that not even the MAC repeats it; if `end` is lost, both boards wait for five minutes.

use core::fmt::Write as _;

use super::text::PythonBytes;
use crate::MacAddress;
use crate::board::{Board, Clock, Console as _, Parts, Pixels, Radio, Rgb, receive_within};
use crate::espnow::{Delivery, Error, Peer};
use crate::time::Duration;

/// The placeholder that the product page, and half of the web, has for the receiver's address.
pub const PLACEHOLDER: MacAddress = MacAddress([0xbb; 6]);

/// How long MicroPython's `recv` waits unless told otherwise.
const RECEIVE_TIMEOUT: Duration = Duration::from_secs(300);

const BLINK: Duration = Duration::from_millis(500);

/// Dim enough to look at.
const BLUE: Rgb = Rgb::new(0, 0, 25);
const GREEN: Rgb = Rgb::new(0, 25, 0);

const ANSWER: &[u8] = b"All received.";

/// Sends 102 messages to `peer`, waits for the answer, blinks blue.
///
/// # Errors
/// What the radio refuses, as an uncaught `OSError` ends the page's program.
pub async fn sender<B: Board>(board: &mut B, peer: MacAddress) -> Result<(), Error> {
    let Parts {
        radio,
        clock,
        pixels,
        console,
        ..
    } = board.parts();
    radio.add_peer(Peer::new(peer))?;
    let delivery = radio.send(peer, b"Starting...").await?;
    console.line(format_args!("{}", python_bool(delivery)));
    for number in 0..100_u8 {
        let message = Repeated::new(number);
        let delivery = radio.send(peer, message.octets()).await?;
        console.line(format_args!("{}", python_bool(delivery)));
    }
    let delivery = radio.send(peer, b"end").await?;
    console.line(format_args!("{}", python_bool(delivery)));

    let mut buffer = [0; 250];
    let Some(received) = receive_within(radio, clock, RECEIVE_TIMEOUT, &mut buffer).await else {
        console.line(format_args!("no answer in {} s", RECEIVE_TIMEOUT.as_secs()));
        return Ok(());
    };
    let message = &buffer[..received.length.min(buffer.len())];
    console.line(format_args!("{} {}", received.source, PythonBytes(message)));
    if message == ANSWER {
        blink(pixels, clock, BLUE).await;
    }
    Ok(())
}

/// Prints every message; answers `end` and blinks green. Goes on for ever.
///
/// # Errors
/// What the radio refuses.
pub async fn receiver<B: Board>(board: &mut B) -> Result<core::convert::Infallible, Error> {
    let Parts {
        radio,
        clock,
        pixels,
        console,
        ..
    } = board.parts();
    let mut buffer = [0; 250];
    loop {
        let Some(received) = receive_within(radio, clock, RECEIVE_TIMEOUT, &mut buffer).await else {
            continue;
        };
        let host = received.source;
        let message = &buffer[..received.length.min(buffer.len())];
        console.line(format_args!("{host} {}", PythonBytes(message)));
        if message == b"end" {
            match radio.add_peer(Peer::new(host)) {
                // The page's program ignores OSError here: the peer may be there from the last time.
                Ok(()) | Err(Error::Exist) => {}
                Err(error) => return Err(error),
            }
            let delivery = radio.send(host, ANSWER).await?;
            console.line(format_args!("{}", python_bool(delivery)));
            blink(pixels, clock, GREEN).await;
        }
    }
}

async fn blink<P: Pixels, C: Clock>(pixels: &mut P, clock: &mut C, colour: Rgb) {
    pixels.set(0, colour);
    pixels.write().await;
    clock.sleep(BLINK).await;
    pixels.set(0, Rgb::OFF);
    pixels.write().await;
}

const fn python_bool(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::Acknowledged => "True",
        Delivery::Unacknowledged => "False",
    }
}

/// Python's `str(number) * 20`.
struct Repeated(heapless::String<60>);

impl Repeated {
    fn new(number: u8) -> Self {
        let mut text = heapless::String::new();
        for _ in 0..20 {
            // Three digits at most, twenty times: it always fits.
            let _ = write!(text, "{number}");
        }
        Self(text)
    }

    fn octets(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_repeated_twenty_times() {
        assert_eq!(Repeated::new(7).octets(), [b'7'; 20]);
        assert_eq!(Repeated::new(42).octets().len(), 40);
        assert_eq!(Repeated::new(255).octets().len(), 60);
    }
}
