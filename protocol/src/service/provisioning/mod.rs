//! Provisioning: a new device learns the Wi-Fi from one that knows it (`espnow_prov.c` of the component).
//!
//! ```text
//!    device (initiator)                                     responder: knows a Wi-Fi
//!    scan: 110 ms on each channel    ◄──── everybody ────   beacon every 100 ms: product, name
//!    stays on the first one's channel
//!    request                         ──── unicast ──────►   device record: product, name, secret, custom
//!                                                               its application decides: accept, or silence
//!    Wi-Fi                           ◄── to the device ──   Wi-Fi record: name, password, token, custom
//! ```
//!
//! The Wi-Fi record has ESP-IDF's own structure in it, so that its layout depends on the version that a board was built with.
//! [`Wifi`] says which is written, and which are read.
//!
//! **Who is believed.** A device takes the Wi-Fi of the responder that it asked, by its address, which anybody can forge: whoever answers first
//! leads it into a network of his. A new device shares no secret with anybody that it could check an answer by. One that
//! has the application's key can ([`InitiatorConfig::secured`], and the responder likewise): then all is sealed, and nothing else is heard.
//!
//! Both sides wipe their secrets: the responder when its time is over or it is stopped, the device when its request is. What the
//! component does and this does not: it sends what stands in memory behind a device record, and takes a Wi-Fi from anybody.

mod field;
mod initiator;
mod record;
mod responder;
mod wifi;

pub use field::{Field, Secret};
pub use initiator::{Busy, Found, Initiator, InitiatorConfig, InitiatorEvent, ProvisioningError};
pub use record::{AuthMode, BEACON_LEN, Beacon, Custom, Device, MAX_CUSTOM, MAX_DEVICE_LEN, Record, RecordError};
pub use responder::{BEACON_INTERVAL, Request, Responder, ResponderEvent};
pub use wifi::{MAX_WIFI_LEN, Wifi, WifiMode, WifiRecordError};
