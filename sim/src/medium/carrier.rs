//! Carrier sense: what a station is told of the air.

use super::Back;
use super::receiver::Receiver;
use crate::kernel::Time;

/// The air as one station senses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Carrier {
    /// Whether it is busy now.
    pub(crate) busy: bool,
    /// Since when it has been idle; until when it was, if it is busy.
    pub(crate) idle_since: Time,
    /// Somebody else's exchange goes on until then, by its duration field (NAV).
    pub(crate) reserved_until: Time,
    /// Whether the last frame came in broken: the next space is EIFS instead of DIFS (clause 10.3.2.3.7).
    pub(crate) broken: bool,
}

impl Carrier {
    /// The air at a receiver that is idle, or was until now.
    pub(super) fn idle(receiver: &Receiver, back: &Back) -> Self {
        Self {
            busy: false,
            idle_since: receiver.idle_since,
            reserved_until: back.reserved_until,
            broken: receiver.broken,
        }
    }
}
