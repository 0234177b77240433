//! Applications: `async fn` over a [`Board`](crate::board::Board), the same on a chip and on a virtual board.
//!
//! - [`hello`]: the product page's sender and receiver.
//! - [`stream`]: how much a link carries.
//! - [`echo`]: how long a message and its answer take.
//! - [`antenna`]: lends the board's antenna to a simulator.
//! - [`light`]: a switch and lights.
//! - [`provision`]: new devices learn the Wi-Fi.
//! - [`console`]: an operator looks at boards that nobody can plug a cable into.
//! - [`beacon`]: everybody says something now and then.
//! - [`relay`]: messages over many hops.
//! - [`secure`]: a key for all boards, and somebody who listens.
//! - [`clock`]: boards blink in step.
//! - [`sleep`]: boards whose radios sleep, and when they are called.
//! - [`mod@file`]: a file to one board or to several, whole.
//! - [`upgrade`]: new firmware for all boards in reach.
//! - [`self_test`]: what of two boards works as it should.

pub mod antenna;
pub mod beacon;
pub mod clock;
pub mod console;
pub mod echo;
pub mod file;
pub mod hello;
pub mod light;
pub mod provision;
pub mod relay;
pub mod secure;
pub mod self_test;
pub mod sleep;
pub mod stream;
pub mod upgrade;

mod bar;
mod text;
