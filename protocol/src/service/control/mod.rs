//! Control: switches and lights, and which switch commands which light (`espnow_ctrl.c` of the component).
//!
//! ```text
//!    switch (initiator)                                            light (responder)
//!                                                                  open_window: for so long, this near
//!    bind(key 1)         ── everybody: bind, key 1 ──────────►     in time, near enough, room on the list?
//!                                                                      (address, key 1) is kept in flash
//!    send(key 1, power)  ── everybody: key 1, power = 1 ─────►     on the list? ── event: power = 1
//!    unbind(key 1)       ── everybody: unbind, key 1 ────────►     off the list
//! ```
//!
//! All is said to everybody, and the lights' lists decide: one key commands as many lights as have bound it, a light listens to up to
//! [`MAX_BINDINGS`] keys. Nobody answers. A switch says everything ten times on every channel of its country, so that it need not
//! know the lights' channel; boards that hear it strongly pass it on.
//!
//! **Automatic channel search** ([`Search`]) is the component's other way, for switches that run on a coin cell: one transmission on the
//! channel of last time, 40 ms for an ack, six times; then likewise on every other channel. The head is in the payload once
//! more, so that the responder can answer with it. A repetition is the same message, and a responder that has seen it does not answer
//! again: if the one ack is lost, the search goes on in vain although the light is on. [`ResponderConfig::ack_repetitions`] above 1
//! mends that and is understood by the component's switches.
//!
//! **Who is believed.** A plain command is obeyed if its sender's address is on the list, and addresses can be forged: [`ResponderConfig::secured`]
//! obeys only what is sealed under the application's key, and [`Guarded`](crate::service::security::Guarded) only what was not said before.
//! [`Verdict::Heard`] comes from a plain ack, as the component's are: it is a hint where the lights are, and no success.
//!
//! What the machines keep: the light its list under `bindlist`, the switch in a search its channel under `ch_key`.

mod attribute;
mod bindings;
mod command;
mod initiator;
mod responder;

pub use attribute::Attribute;
pub use bindings::{Binding, Bindings, MAX_BINDINGS};
pub use command::{Command, MAX_PAYLOAD, MAX_TEXT, NotACommand, Value};
pub use initiator::{CommandError, Initiator, InitiatorConfig, InitiatorEvent, Search, Verdict};
pub use responder::{BindError, BindWindow, Responder, ResponderConfig, ResponderEvent};
