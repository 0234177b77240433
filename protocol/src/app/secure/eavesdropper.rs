//! Somebody without the key, who hears what everybody hears and says it again.

use core::convert::Infallible;

use crate::MacAddress;
use crate::board::{Board, Clock as _, Console as _, Parts, Radio, receive_until};
use crate::espnow::Peer;
use crate::message::{FrameHead, Kind, Message};
use crate::time::{Duration, Instant};

/// After the second message it lets so much time go by.
const PATIENCE: Duration = Duration::from_secs(1);

/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(800);

/// A message is said so often in a row, as honest ones are.
const REPETITIONS: u8 = 5;

/// Octets of the longest message that it records.
const LONGEST: usize = 250;

const SOMEBODY: MacAddress = MacAddress([0x24, 0x6f, 0x28, 0x66, 0x66, 0x66]);

/// What it tries, in this order.
#[derive(Clone, Copy)]
enum Attempt {
    AsHeard,
    AnotherMagic,
    AnotherName,
    MadeUp,
}

impl Attempt {
    const ALL: [Self; 4] = [Self::AsHeard, Self::AnotherMagic, Self::AnotherName, Self::MadeUp];

    const fn text(self) -> &'static str {
        match self {
            Self::AsHeard => "as I heard it",
            Self::AnotherMagic => "with another magic",
            Self::AnotherName => "in somebody else's name",
            Self::MadeUp => "made up, without the key",
        }
    }
}

/// Records the first secured message that it hears, waits until another one was said, and then says the first again: as
/// it was, with another magic, in another's name; and one that it made up.
pub async fn eavesdropper<B: Board>(board: &mut B) -> Infallible {
    let mut parts = board.parts();
    let mut recorded = [0; LONGEST];
    let length = record(&mut parts, &mut recorded).await;
    // It was a message a moment ago; it is not empty.
    let _ = parts.radio.add_peer(Peer::new(MacAddress::BROADCAST));
    for attempt in Attempt::ALL {
        parts.console.line(format_args!("I say it again, {}", attempt.text()));
        let mut octets = recorded;
        change(attempt, &mut octets[..length], &mut *parts.random);
        for _ in 0..REPETITIONS {
            // Whether it works, the lamps show.
            let _ = parts.radio.send(MacAddress::BROADCAST, &octets[..length]).await;
        }
        parts.clock.sleep(PAUSE).await;
    }
    // What it hears from now on is of no use to it.
    loop {
        parts.radio.receive(&mut recorded).await;
    }
}

/// Where in a message what stands: magic 2 to 3, source 14 to 19, payload from 20 on.
fn change(attempt: Attempt, octets: &mut [u8], random: &mut dyn rand_core::Rng) {
    match attempt {
        Attempt::AsHeard => {}
        Attempt::AnotherMagic => random.fill_bytes(&mut octets[2..4]),
        Attempt::AnotherName => {
            random.fill_bytes(&mut octets[2..4]);
            octets[14..20].copy_from_slice(&SOMEBODY.octets());
        }
        Attempt::MadeUp => {
            random.fill_bytes(&mut octets[2..4]);
            // In the strong mode kind and version stay, so that it is looked at.
            random.fill_bytes(&mut octets[21..]);
        }
    }
}

/// Whether somebody without the key has a use for it.
fn is_secured(message: &Message<'_>) -> bool {
    let FrameHead {
        security, broadcast, ..
    } = message.head;
    broadcast && (security || message.kind == Kind::SecurityData)
}

/// Gives the length of what it recorded, after a second message was heard and some time is gone by.
async fn record<B: Board + ?Sized>(parts: &mut Parts<'_, B>, recorded: &mut [u8; LONGEST]) -> usize {
    let mut first: Option<(u16, usize)> = None;
    let mut begin = Instant::from_micros(u64::MAX);
    loop {
        let mut octets = [0; LONGEST];
        let Some(received) = receive_until(parts.radio, parts.clock, begin, &mut octets).await else {
            return first.map_or(0, |(_, length)| length);
        };
        let Some(octets) = octets.get(..received.length) else {
            continue;
        };
        let Ok(message) = Message::parse(octets) else { continue };
        if !is_secured(&message) {
            continue;
        }
        match first {
            None => {
                recorded[..octets.len()].copy_from_slice(octets);
                first = Some((message.head.magic, octets.len()));
                let (source, length) = (message.source, octets.len());
                parts
                    .console
                    .line(format_args!("{source} said something, {length} octets: I keep that"));
            }
            Some((magic, _)) if magic != message.head.magic && begin == Instant::from_micros(u64::MAX) => {
                begin = parts.clock.now() + PATIENCE;
            }
            Some(_) => {}
        }
    }
}
