//! Frames that came while a board slept.

use std::rc::Rc;

use protocol::MacAddress;
use protocol::frame::Header;

use crate::kernel::Time;

/// A plain frame to a group, taken in by somebody and kept once for all who have yet to look at it.
#[derive(Debug)]
pub(crate) struct Landed {
    pub(crate) header: Header,
    pub(crate) payload: Vec<u8>,
    pub(crate) at: Time,
}

/// Such a frame at one board.
#[derive(Debug)]
pub(crate) struct Letter {
    pub(crate) frame: Rc<Landed>,
    pub(crate) rssi_dbm: i8,
}

impl Default for Landed {
    /// Nobody's, until it is filled.
    fn default() -> Self {
        Self {
            header: Header::new(MacAddress::BROADCAST, MacAddress::BROADCAST),
            payload: Vec::new(),
            at: Time::ZERO,
        }
    }
}
