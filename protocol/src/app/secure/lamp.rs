//! The board that takes a key, and commands from who has it.

use core::convert::Infallible;

use super::line::Line;
use super::{KEYED, NO_KEY, WRONG_PROOF, command};
use crate::board::{Board, Console as _, Pixels, Radio as _};
use crate::node::Node;
use crate::service::security::{GuardStatistics, Modes, ProofOfPossession, Responder, ResponderEvent};

/// Takes a key from whoever knows `proof`, in one of these modes, and then does what it is told under that key.
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
        node.turn(&mut parts, &mut [&mut responder, plain, guarded], None).await;
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
