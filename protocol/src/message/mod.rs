//! The message layer of Espressif's `esp-now` component (v2.6): what its services ride on, octet by octet.
//!
//! ```text
//!   raw ESP-NOW payload = header 20 (kind, frame head, destination, source) │ payload
//!
//!   submit ─► a slot each ─► poll_transmit: repetitions, channels, ack and its waits ─► radio
//!   radio  ─► handle_received: version, wanted kind, channel, RSSI, security ─► ack ─► seen before?
//!                              ─► delivered: to this board, everybody, a group of mine ─► passed on
//! ```

mod group;
mod head;
mod kind;
mod messenger;
mod recent;
mod secured;
mod slot;
mod statistics;
mod wire;

pub use group::{GroupChange, GroupTooShort, MAX_MEMBERS, PROVISIONING_GROUP, SECURITY_GROUP, UPGRADE_GROUP};
pub use head::{FrameHead, MAX_COUNT, SendChannel};
pub use kind::{Kind, Kinds};
pub use messenger::{Messenger, MessengerConfig, Transmit};
pub use secured::{AppKey, NotOpened, SEAL_LEN};
pub use slot::Country;
pub use statistics::{Dropped, MessageStatistics};
pub use wire::{HEADER_LEN, Message, NotAMessage};
