//! Messages over many hops: a caller, boards that pass on, and somebody far away who answers.
//!
//! ```text
//!    caller ──► relay ──► relay ──► … ──► relay that is called     the message: everybody passes it on while its ttl lasts
//!    caller ◄── relay ◄── relay ◄── … ◄── relay that is called     its ack, by the same way
//! ```
//!
//! Nobody has a route. A board passes a message on that it has not passed on before (Espressif's component, `espnow.c`), so that it
//! reaches everybody whom it can, and the ack finds its way back just so. Each hop is sent as often as the head asks for, not until it is
//! heard: where all of them are lost, the message ends there, and the caller learns it from the ack that never comes.

use core::convert::Infallible;
use core::fmt::{self, Write as _};

use crate::MacAddress;
use crate::board::{Board, Clock, Console as _, Parts, Pixels, Rgb};
use crate::message::{FrameHead, MAX_COUNT};
use crate::node::Node;
use crate::service::Outcome;
use crate::service::data::{Data, Datum, Event};
use crate::time::Duration;

/// Hops that a message may take, and its ack with what is left of them: twice as many as it needs.
const TTL: u8 = 30;

/// How long a pixel shows that a message went by.
const BLINK: Duration = Duration::from_millis(150);

/// How long the caller waits for an answer: somewhat longer than the message layer does.
const PATIENCE: Duration = Duration::from_millis(3500);

const QUEUE: usize = 4;
const PASSED_ON: Rgb = Rgb::new(0, 0, 40);
const ANSWERED: Rgb = Rgb::new(0, 40, 0);
const LOST: Rgb = Rgb::new(40, 0, 0);
const CALLING: Rgb = Rgb::new(30, 20, 0);

/// What the caller does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// Who is to answer.
    pub answerer: MacAddress,
    /// How many messages.
    pub messages: u16,
    /// From one to the next, if the answer does not take longer.
    pub period: Duration,
    /// How often each board sends a message, 1 to 31.
    pub repetitions: u8,
    /// What it waits for.
    pub answer: Answer,
}

/// How the called board answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Its message layer acknowledges, as in Espressif's component: every board on the way back sends the ack once, so that one lost frame
    /// loses it.
    Ack,
    /// Its program sends a message back, as often repeated as the one that came.
    Message,
}

impl Call {
    fn head(&self) -> FrameHead {
        FrameHead {
            ack: self.answer == Answer::Ack,
            broadcast: true,
            retransmit_count: self.repetitions.clamp(1, MAX_COUNT),
            forward_ttl: TTL,
            forward_rssi: i8::MIN,
            ..FrameHead::UNICAST
        }
    }
}

/// Calls, waits for each answer, and says how long they took.
pub async fn caller<B: Board>(board: &mut B, call: Call) {
    let mut parts = board.parts();
    let mut node = Node::<8, 250>::of(&mut parts);
    let mut data = Data::<QUEUE>::new();
    let mut times = Times::default();
    let mut next = parts.clock.now();
    for number in 1..=call.messages {
        while parts.clock.now() < next {
            node.turn(&mut parts, &mut [&mut data], Some(next)).await;
        }
        next = next + call.period;
        parts.pixels.paint(CALLING).await;
        let mut text = heapless::String::<16>::new();
        // It has eight letters and five digits at most.
        let _ = write!(text, "message {number}");
        // What came too late for the last call.
        while data.poll_event().is_some() {}
        let began = parts.clock.now();
        let took = match data.send(call.answerer, call.head(), text.as_bytes()) {
            Ok(tag) => answer(&mut node, &mut parts, &mut data, &call, tag, &text)
                .await
                .then(|| parts.clock.now() - began),
            Err(_) => None,
        };
        match took {
            Some(took) => {
                times.add(took);
                let (ms, tenths) = (took.as_millis(), took.as_micros() / 100 % 10);
                parts
                    .console
                    .line(format_args!("{text}: answered after {ms}.{tenths} ms"));
            }
            None => parts.console.line(format_args!("{text}: no answer")),
        }
        parts.pixels.paint(if took.is_some() { ANSWERED } else { LOST }).await;
    }
    parts
        .console
        .line(format_args!("{} of {} answered{times}", times.count, call.messages));
}

/// Waits for the answer to a message; whether it came.
async fn answer<B: Board + ?Sized>(
    node: &mut Node<8, 250>,
    parts: &mut Parts<'_, B>,
    data: &mut Data<QUEUE>,
    call: &Call,
    tag: u16,
    text: &str,
) -> bool {
    let deadline = parts.clock.now() + PATIENCE;
    while parts.clock.now() < deadline {
        node.turn(parts, &mut [data], Some(deadline)).await;
        while let Some(event) = data.poll_event() {
            match event {
                Event::Sent(sent, outcome) if sent == tag && call.answer == Answer::Ack => {
                    return outcome == Outcome::Acknowledged;
                }
                Event::Received(datum) if datum.source == call.answerer && datum.payload == text.as_bytes() => {
                    return true;
                }
                _ => {}
            }
        }
    }
    false
}

/// Passes on what comes by, and takes what is for this board: the message layer answers. Pixels show both. Goes on for ever.
pub async fn relay<B: Board>(board: &mut B) -> Infallible {
    let mut parts = board.parts();
    let mut node = Node::<8, 250>::of(&mut parts);
    let mut data = Data::<QUEUE>::new();
    let mut passed_on = 0;
    let mut dark_at = None;
    loop {
        node.turn(&mut parts, &mut [&mut data], dark_at).await;
        let mut colour = None;
        if node.statistics().forwarded != passed_on {
            passed_on = node.statistics().forwarded;
            colour = Some(PASSED_ON);
        }
        while let Some(event) = data.poll_event() {
            let Event::Received(Datum {
                source,
                head,
                rssi_dbm,
                payload,
                ..
            }) = event
            else {
                continue;
            };
            let hops = TTL.saturating_sub(head.forward_ttl) + 1;
            let text = core::str::from_utf8(&payload).unwrap_or("(no text)");
            parts
                .console
                .line(format_args!("{source} {text}, {hops} hops, the last at {rssi_dbm} dBm"));
            if !head.ack {
                let answer = FrameHead {
                    magic: 0,
                    forward_ttl: TTL,
                    ..head
                };
                // Where four answers wait already, this one is not missed more than they are.
                let _ = data.send(source, answer, &payload);
            }
            colour = Some(ANSWERED);
        }
        let now = parts.clock.now();
        if let Some(colour) = colour {
            parts.pixels.paint(colour).await;
            dark_at = Some(now + BLINK);
        } else if dark_at.is_some_and(|at| at <= now) {
            parts.pixels.paint(Rgb::OFF).await;
            dark_at = None;
        }
    }
}

/// How long answers took.
#[derive(Debug, Default)]
struct Times {
    count: u32,
    sum: Duration,
    slowest: Duration,
}

impl Times {
    fn add(&mut self, took: Duration) {
        self.count += 1;
        self.sum += took;
        self.slowest = self.slowest.max(took);
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(mean) = self.sum.checked_div(self.count) else {
            return Ok(());
        };
        write!(
            f,
            ", after {} ms in the mean, {} at most",
            mean.as_millis(),
            self.slowest.as_millis()
        )
    }
}
