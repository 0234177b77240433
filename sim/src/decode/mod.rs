//! Explaining captured ESP-NOW frames, layer by layer.
//!
//! ```text
//!    CapturedFrame  ──►  explain(keys)  ──►  Explanation  ──►  text, or JSON by serde
//! ```
//!
//! The frame codec is [`protocol::frame`]; this room only puts its findings into words.

mod command;
mod component;
mod explanation;
mod keys;
mod report;
mod strangers;
mod summary;
mod text;

pub use command::{DecodeArgs, DecodeError, decode, run};
pub use component::{ComponentLayer, Said, Seal};
pub use explanation::{
    ActionLayer, CcmpLayer, Content, ElementLayer, Explanation, MacLayer, Message, PayloadLayer, RadioLayer, explain,
};
pub use keys::{KeyPair, Keys, ParseKeyError, parse_app_key, parse_key};
pub use summary::Summary;

#[cfg(test)]
mod tests;
