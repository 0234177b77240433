//! A switch and its lights: the component's control example, and what one would build of it.
//!
//! ```text
//!    switch: pressed for the first time, or its script begins ── bind ──►  lights with an open window, near enough
//!            pressed again, or the script goes on ── power, hue, … ─────►  lights that have bound the key show it
//! ```
//!
//! Each key of the switch has lights of its own: the first commands all, the others those that accept them. A light's pixels
//! show what it was told; while it can be bound, its first one is blue.

mod lamp;
mod script;
mod switch;

pub use lamp::{LampConfig, lamp};
pub use script::{Script, Step};
pub use switch::{SwitchConfig, switch};
