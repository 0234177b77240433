//! Roots for a linker: what they reach is what a use of `protocol` costs a chip.
//!
//! ```text
//!    frames      octets ──► MPDU                  reading the air, without keys
//!    endpoint    octets ◄─► Endpoint              peers, keys, CCMP, receive queue: a chip's driver has its own
//!    messages    octets ◄─► Switchboard           what services share: message layer, its key, who is asked next
//!    services    Input ──► Service ──► Output     one module each; `weigh!` makes a row of the table
//! ```
//!
//! A library can't be weighed by itself: generic code is compiled only where it is used, and what nobody calls is
//! thrown away when a firmware is linked. All arguments come from outside, so that nothing can be computed in advance.
//! `MEMORY` is as large as the thing, and starts as zero. Neither allocator nor panic handler is here: every firmware has
//! its own, and they are not the protocol's weight.

#![no_std]

pub mod endpoint;
pub mod frames;
pub mod messages;
pub mod services;
