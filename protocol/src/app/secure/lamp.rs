//! The board that takes a key, and commands from who has it.

use core::convert::Infallible;

use super::line::Line;
use super::{KEYED, NO_KEY, WRONG_PROOF, command};
use crate::board::{Board, Console as _, Pixels, Radio as _};
use crate::node::Node;
use crate::service::Service;
use crate::service::security::{GuardStatistics, Modes, ProofOfPossession, Responder, ResponderEvent};

/// Takes a key from whoever knows `proof`, in one of these modes, and then does what it is told under that key. If what it keeps can't
/// be read or was changed, it obeys nobody; a press of its button makes it forget that.
pub async fn lamp<B: Board>(board: &mut B, proof: &[u8], modes: Modes) -> Infallible {
    let mut parts = board.parts();
    let address = parts.radio.address();
    let mut node = Node::<8, 250>::of(&mut parts);
    let mut responder = Responder::new(address, ProofOfPossession::new(proof), modes);
    let mut line = Line::new(address);
    let mut refused = GuardStatistics::default();
    parts.pixels.paint(NO_KEY).await;
    loop {
        let [plain, guarded] = line.services();
        let mut services: [&mut dyn Service; 3] = [&mut responder, plain, guarded];
        let pressed =
            !node.work(&mut parts, &mut services).await && node.wait_for_press(&mut parts, &mut services, None).await;
        // The way back is for whoever holds the board in the hand.
        if pressed && responder.is_shut().is_some() {
            responder.erase();
        }
        if pressed && line.is_shut() {
            line.forget_all();
        }
        while let Some(event) = line.poll_guard() {
            parts.console.line(format_args!("{event}"));
        }
        while let Some(event) = responder.poll_event() {
            parts.console.line(format_args!("{event}"));
            match event {
                ResponderEvent::Keyed { .. } => {
                    line.set_key(&mut node, responder.key());
                    parts.pixels.paint(KEYED).await;
                }
                ResponderEvent::Erased => {
                    line.set_key(&mut node, None);
                    parts.pixels.paint(NO_KEY).await;
                }
                ResponderEvent::WrongProof { .. } => parts.pixels.paint(WRONG_PROOF).await,
                _ => {}
            }
        }
        while let Some(datum) = line.poll() {
            let Some((name, colour)) = command(&datum.payload) else {
                continue;
            };
            let source = datum.source;
            parts.console.line(format_args!("{name}, says {source}"));
            parts.pixels.paint(colour).await;
        }
        let statistics = *line.statistics();
        if statistics.repeated > refused.repeated {
            parts.console.line(format_args!("refused: it was said before"));
        }
        if statistics.forged > refused.forged {
            parts
                .console
                .line(format_args!("refused: changed, or said without the key"));
        }
        refused = statistics;
    }
}
