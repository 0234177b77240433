//! How far a chip's Wi-Fi driver is believed.
//!
//! Espressif's driver is a closed library, and people have seen it break its own rules: a call that a frame is done is missing, comes twice or
//! late; the counter that stamps messages stands still or begins anew. What follows from its words is worked out here, for the firmware on a chip and for
//! virtual boards whose driver is told to misbehave alike.
//!
//! - [`sends`]: how frames fared, from calls that may be lost.
//! - [`arrival`]: when a message came, from the radio's 32 bits.

pub mod arrival;
pub mod sends;
