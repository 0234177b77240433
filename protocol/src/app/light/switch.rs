//! The switch.

use super::script::{Script, Step};
use crate::board::{Board, Clock, Console as _, Pixels, Rgb};
use crate::node::Node;
use crate::service::control::{Attribute, Initiator, InitiatorConfig, InitiatorEvent, Verdict};
use crate::time::{Duration, Instant};

const SPEAKING: Rgb = Rgb::new(30, 20, 0);
const UNHEARD: Rgb = Rgb::new(40, 0, 0);

/// Until the script begins: lights that were switched on with it have read their lists.
const SETTLE: Duration = Duration::from_millis(200);

/// What a switch does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SwitchConfig {
    /// How it speaks.
    pub control: InitiatorConfig,
    /// What it says of itself; without, only its button speaks.
    pub script: Option<Script>,
}

/// Says what the script has, and what its button means: bind the first key, then all lights the other way round, again and again. Ends
/// with its script; without one it goes on for ever.
pub async fn switch<B: Board>(board: &mut B, config: SwitchConfig) {
    let mut parts = board.parts();
    let mut node = Node::<4, 250>::of(&mut parts);
    let mut control = Initiator::new(config.control);
    let mut script = config.script.map_or(&[][..], |script| script.steps).iter();
    let mut next = config.script.map(|_| parts.clock.now() + SETTLE);
    let mut is_bound = config.script.is_some();
    loop {
        if next.is_some_and(|next| next <= parts.clock.now()) {
            let Some(step) = script.next() else { return };
            next = next.zip(config.script).map(|(at, script)| at + script.period);
            say(&mut parts, &mut node, &mut control, *step).await;
        }
        node.work(&mut parts, &mut [&mut control]).await;
        if node.wait_for_press(&mut parts, &mut [&mut control], next).await {
            let step = if is_bound {
                Step::Set(Attribute::KEY_1, Attribute::POWER_ADD, 1)
            } else {
                Step::Bind(Attribute::KEY_1)
            };
            is_bound = true;
            say(&mut parts, &mut node, &mut control, step).await;
        }
    }
}

/// Says something and waits until it is said.
async fn say<B: Board>(
    parts: &mut crate::board::Parts<'_, B>,
    node: &mut Node<4, 250>,
    control: &mut Initiator,
    step: Step,
) {
    parts.console.line(format_args!("{step}"));
    parts.pixels.paint(SPEAKING).await;
    let began: Instant = parts.clock.now();
    // It has waited for the one before.
    if step.say(control).is_err() {
        return;
    }
    let verdict = loop {
        node.work(parts, &mut [&mut *control]).await;
        match control.poll_event() {
            Some(InitiatorEvent::Done { verdict, .. }) => break verdict,
            Some(InitiatorEvent::Damaged) | None => {}
        }
        node.wait(parts, &mut [&mut *control], None).await;
    };
    let took = (parts.clock.now() - began).as_millis();
    let colour = match verdict {
        Verdict::Said => Rgb::OFF,
        Verdict::Heard { by, channel } => {
            parts
                .console
                .line(format_args!("  heard by {by} on channel {channel} after {took} ms"));
            Rgb::OFF
        }
        Verdict::Unheard => {
            parts.console.line(format_args!("  nobody answered in {took} ms"));
            UNHEARD
        }
        Verdict::Refused(error) => {
            parts.console.line(format_args!("  not sent: {error:?}"));
            UNHEARD
        }
    };
    parts.pixels.paint(colour).await;
}
