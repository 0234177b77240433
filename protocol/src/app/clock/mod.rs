//! Boards that blink in step: one tells the time, the others take it, and a referee finds out how well.
//!
//! ```text
//!    initiator  ▓░░░░░░░░░▓░░░░░░░░░▓      each lights its pixels for a tenth of every second
//!    responder  ░░░▓░░░▓░░▓░░░░░░░░░▓      of the initiator's time, as far as it knows that
//! ```

mod witness;

use core::convert::Infallible;

use crate::board::{Board, Clock, Console as _, Parts, Pixels, Rgb};
use crate::node::Node;
use crate::service::time::{Event, Initiator, InitiatorConfig, Responder, ResponderConfig};
use crate::time::{Duration, Instant};
use witness::{Role, Witness};

const SECOND_US: i64 = 1_000_000;
const LIT_US: i64 = 100_000;

const BEFORE_TELLING: Duration = Duration::from_millis(300);

const TEACHES: Rgb = Rgb::new(30, 20, 0);
const IN_STEP: Rgb = Rgb::new(0, 40, 0);
const ALONE: Rgb = Rgb::new(40, 0, 0);

/// Tells the time and blinks by it. Goes on for ever.
pub async fn initiator<B: Board>(board: &mut B, config: InitiatorConfig) -> Infallible {
    let mut parts = board.parts();
    let mut node = Node::<8, 250>::of(&mut parts);
    let mut initiator = Initiator::new(config);
    let mut witness = Witness::new(Role::Answers);
    let mut lit = false;
    // Between two blinks, which a broadcast at the same moment would delay.
    parts.clock.sleep(BEFORE_TELLING).await;
    initiator.broadcast();
    loop {
        let time_us = i64::try_from(parts.clock.now().as_micros()).unwrap_or(i64::MAX);
        blink(&mut parts, &mut lit, time_us, TEACHES).await;
        let next = Instant::from_micros(u64::try_from(next_change(time_us)).unwrap_or(u64::MAX));
        node.turn(&mut parts, &mut [&mut initiator, &mut witness], Some(next))
            .await;
    }
}

/// Takes the time and blinks by it; says how wrong it was whenever it finds out. Goes on for ever.
pub async fn responder<B: Board>(board: &mut B, config: ResponderConfig) -> Infallible {
    let mut parts = board.parts();
    let mut node = Node::<8, 250>::of(&mut parts);
    let mut responder = Responder::new(config);
    let mut witness = Witness::new(Role::Compares);
    let mut lit = false;
    responder.request();
    loop {
        while let Some(event) = responder.poll_event() {
            match event {
                Event::Synchronised {
                    drift_us,
                    adjusted: true,
                    ..
                } => {
                    let ppb = responder.rate_ppb();
                    parts
                        .console
                        .line(format_args!("adjusted by {drift_us} us, rate {ppb} ppb"));
                }
                Event::Synchronised { .. } => {}
                Event::Unanswered => {
                    parts.console.line(format_args!("nobody tells the time"));
                    responder.request();
                }
            }
        }
        while let Some(comparison) = witness.poll_event() {
            let reference_us = i64::try_from(comparison.reference_us).unwrap_or(i64::MAX);
            let error_us = responder.network_us(comparison.at) - reference_us;
            if responder.is_synchronised() {
                parts.console.line(format_args!("error {error_us} us"));
            }
        }
        let time_us = responder.network_us(parts.clock.now());
        let colour = if responder.is_synchronised() { IN_STEP } else { ALONE };
        blink(&mut parts, &mut lit, time_us, colour).await;
        let next = responder.local(next_change(time_us)).max(parts.clock.now());
        node.turn(&mut parts, &mut [&mut responder, &mut witness], Some(next))
            .await;
    }
}

/// Not the period of anything else, so that calls come at all times between two messages of the initiator, and seldom at once.
const CALL_EVERY: Duration = Duration::from_millis(1013);

/// Calls now and then, so that the others can compare. Goes on for ever.
pub async fn referee<B: Board>(board: &mut B) -> Infallible {
    let mut parts = board.parts();
    let mut node = Node::<8, 250>::of(&mut parts);
    let mut witness = Witness::new(Role::Calls(CALL_EVERY));
    loop {
        node.turn(&mut parts, &mut [&mut witness], None).await;
    }
}

/// When pixels go on or off next.
const fn next_change(time_us: i64) -> i64 {
    let second = time_us - time_us.rem_euclid(SECOND_US);
    if time_us - second < LIT_US {
        second.saturating_add(LIT_US)
    } else {
        second.saturating_add(SECOND_US)
    }
}

async fn blink<B: Board + ?Sized>(parts: &mut Parts<'_, B>, lit: &mut bool, time_us: i64, colour: Rgb) {
    let is_lit = time_us.rem_euclid(SECOND_US) < LIT_US;
    if *lit == is_lit {
        return;
    }
    *lit = is_lit;
    parts.pixels.paint(if is_lit { colour } else { Rgb::OFF }).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_change_at_seconds_and_a_tenth_after() {
        assert_eq!(next_change(0), 100_000);
        assert_eq!(next_change(99_999), 100_000);
        assert_eq!(next_change(100_000), 1_000_000);
        assert_eq!(next_change(-1), 0);
    }
}
