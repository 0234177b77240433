//! Messages under the application's key, in the mode that it was given in.

use super::Mode;
use crate::MacAddress;
use crate::message::{AppKey, FrameHead};
use crate::node::Node;
use crate::service::data::{Data, Datum, Event};
use crate::service::security::{GuardConfig, GuardEvent, GuardStatistics, Guarded};
use crate::service::{SendError, Service};

const QUEUE: usize = 2;

/// Whose messages a lamp remembers: its switch's, through three losses of what that counts.
const SENDERS: usize = 4;

/// Both ways of sending, of which the key's mode chooses one.
pub(super) struct Line {
    mode: Option<Mode>,
    plain: Data<QUEUE>,
    guarded: Guarded<Data<QUEUE>, SENDERS, 230>,
}

impl Line {
    pub(super) const fn new(address: MacAddress) -> Self {
        Self {
            mode: None,
            plain: Data::new(),
            guarded: Guarded::new(Data::new(), GuardConfig::new(address)),
        }
    }

    pub(super) fn services(&mut self) -> [&mut dyn Service; 2] {
        [&mut self.plain, &mut self.guarded]
    }

    /// Takes the key into use in its mode and in no other; or takes it away.
    pub(super) fn set_key<const SLOTS: usize, const LENGTH: usize>(
        &mut self,
        node: &mut Node<SLOTS, LENGTH>,
        key: Option<(&AppKey, Mode)>,
    ) {
        let of = |mode| key.filter(|(_, given)| *given == mode).map(|(key, _)| key);
        self.mode = key.map(|(_, mode)| mode);
        node.switchboard().set_key(of(Mode::Compatible).cloned());
        self.guarded.set_key(of(Mode::Strong));
    }

    /// To everybody, ten times.
    pub(super) fn broadcast(&mut self, text: &[u8]) -> Result<(), SendError> {
        let head = FrameHead {
            security: self.mode == Some(Mode::Compatible),
            ..FrameHead::BROADCAST
        };
        let data = match self.mode {
            Some(Mode::Strong) => self.guarded.get_mut(),
            Some(Mode::Compatible) | None => &mut self.plain,
        };
        if self.mode.is_none() {
            return Err(SendError::NoKey);
        }
        data.send(MacAddress::BROADCAST, head, text).map(|_| ())
    }

    /// The next message that came under the key; others are dropped.
    pub(super) fn poll(&mut self) -> Option<Datum> {
        loop {
            let event = match self.guarded.get_mut().poll_event() {
                Some(event) => event,
                None => self.plain.poll_event()?,
            };
            match event {
                Event::Received(datum) if datum.secured => return Some(datum),
                _ => {}
            }
        }
    }

    /// What has happened to the guard itself.
    pub(super) fn poll_guard(&mut self) -> Option<GuardEvent> {
        self.guarded.poll_guard_event()
    }

    /// Makes the guard forget what it keeps, the way back if that can't be read.
    pub(super) fn forget_all(&mut self) {
        self.guarded.forget_all();
    }

    /// Whether the guard takes nothing, as what it took before is unknown.
    pub(super) const fn is_shut(&self) -> bool {
        self.guarded.is_shut().is_some()
    }

    pub(super) const fn statistics(&self) -> &GuardStatistics {
        self.guarded.statistics()
    }
}
