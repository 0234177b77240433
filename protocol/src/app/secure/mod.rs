//! A key for all boards, commands under it, and somebody who listens and has no key.
//!
//! ```text
//!    switch ──► key, to each lamp by hand                    lamps: amber without a key, red after a wrong proof,
//!    switch ──► green! … off! ……………………………… blue! ──► lamps            white with one, then what they are told
//!                 └──► eavesdropper: green! green! … ──► lamps
//! ```
//!
//! In [`Mode::Compatible`] the eavesdropper, who never learns the key, lights the lamps with what it heard: nothing
//! that Espressif's component sends says when it was said, or by whom. In [`Mode::Strong`] they stay dark, and say why.

mod eavesdropper;
mod lamp;
mod line;
mod switch;

pub use eavesdropper::eavesdropper;
pub use lamp::lamp;
pub use switch::{Plan, switch};

use crate::board::Rgb;
use crate::service::security::Mode;

/// What lamps are told, and how they say it.
const COMMANDS: [(&str, Rgb); 3] = [
    ("green", Rgb::new(0, 80, 0)),
    ("off", Rgb::OFF),
    ("blue", Rgb::new(0, 0, 120)),
];

const NO_KEY: Rgb = Rgb::new(12, 6, 0);
const WRONG_PROOF: Rgb = Rgb::new(60, 0, 0);
const KEYED: Rgb = Rgb::new(6, 6, 6);

/// The name of a command's colour.
fn command(text: &[u8]) -> Option<(&'static str, Rgb)> {
    COMMANDS.into_iter().find(|(name, _)| name.as_bytes() == text)
}
