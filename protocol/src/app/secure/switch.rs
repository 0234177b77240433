//! The board that gives the key, and commands.

use super::line::Line;
use super::{COMMANDS, KEYED};
use crate::MacAddress;
use crate::board::{Board, Clock as _, Console as _, Parts, Pixels, Radio as _};
use crate::message::AppKey;
use crate::node::Node;
use crate::service::security::{
    BoardResult, Initiator, InitiatorError, InitiatorEvent, MAX_BOARDS, Mode, ProofOfPossession, Terms,
};
use crate::time::{Duration, Instant};

/// The lamps have started by then.
const BEGIN: Duration = Duration::from_millis(50);

/// From one command to the next. Before the last, the eavesdropper has its time.
const PAUSES: [Duration; 3] = [
    Duration::from_millis(1500),
    Duration::from_millis(1500),
    Duration::from_millis(5000),
];

/// What the switch does.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// Who gets the key; [`MAX_BOARDS`] at most.
    pub boards: &'a [MacAddress],
    /// How.
    pub mode: Mode,
    /// What the boards know.
    pub proof: &'a [u8],
}

/// Makes a key, gives it to the boards, says how that went, and then commands: green, off, and later blue.
///
/// # Errors
/// [`InitiatorError`] where the plan's boards are too many, or none.
pub async fn switch<B: Board>(board: &mut B, plan: Plan<'_>) -> Result<(), InitiatorError> {
    let mut parts = board.parts();
    let mut node = Node::<8, 250>::of(&mut parts);
    let mut line = Line::new(parts.radio.address());
    let key = AppKey::generate(&mut *parts.random);
    let begin = parts.clock.now() + BEGIN;
    listen(&mut node, &mut parts, &mut line, begin).await;
    give(&mut node, &mut parts, &plan, &key).await?;
    line.set_key(&mut node, Some((&key, plan.mode)));
    parts.pixels.paint(KEYED).await;
    for ((name, colour), pause) in COMMANDS.into_iter().zip(PAUSES) {
        let at = parts.clock.now() + pause;
        listen(&mut node, &mut parts, &mut line, at).await;
        match line.broadcast(name.as_bytes()) {
            Ok(()) => parts.console.line(format_args!("all: {name}!")),
            Err(error) => parts.console.line(format_args!("{name} can't be said: {error}")),
        }
        parts.pixels.paint(colour).await;
    }
    let end = parts.clock.now() + Duration::from_secs(1);
    listen(&mut node, &mut parts, &mut line, end).await;
    Ok(())
}

/// Lets the services work until then.
async fn listen<B: Board + ?Sized>(node: &mut Node<8, 250>, parts: &mut Parts<'_, B>, line: &mut Line, until: Instant) {
    while parts.clock.now() < until {
        node.turn(parts, &mut line.services(), Some(until)).await;
    }
}

async fn give<B: Board + ?Sized>(
    node: &mut Node<8, 250>,
    parts: &mut Parts<'_, B>,
    plan: &Plan<'_>,
    key: &AppKey,
) -> Result<(), InitiatorError> {
    let mut initiator = Initiator::<MAX_BOARDS>::new(parts.radio.address());
    let terms = Terms {
        mode: plan.mode,
        proof: &ProofOfPossession::new(plan.proof),
        key,
    };
    initiator.give(&terms, plan.boards)?;
    let (count, mode) = (plan.boards.len(), plan.mode);
    parts
        .console
        .line(format_args!("a key for {count} boards, in the {mode} mode"));
    let begin = parts.clock.now();
    loop {
        node.turn(parts, &mut [&mut initiator], None).await;
        while let Some(event) = initiator.poll_event() {
            match event {
                InitiatorEvent::Board {
                    result: BoardResult::Succeeded,
                    ..
                } => {}
                InitiatorEvent::Board { address, result } => parts.console.line(format_args!("{address} {result}")),
                InitiatorEvent::Finished { succeeded, asked } => {
                    let took = parts.clock.now() - begin;
                    let ms = took.as_millis();
                    parts.console.line(format_args!(
                        "{succeeded} of {asked} boards have the key, after {ms} ms"
                    ));
                    return Ok(());
                }
                _ => {}
            }
        }
    }
}
