//! What comes in: the filters of the component's receive callback, in its order.

use super::{Ack, Messenger, OnAir, Owner, Stage};
use crate::espnow::Received;
use crate::message::group::GroupChange;
use crate::message::slot::Course;
use crate::message::wire::{HEADER_LEN, Message};
use crate::message::{Dropped, FrameHead, Kind, MAX_COUNT, SendChannel};
use crate::service::{Incoming, Outcome};
use crate::time::Instant;
use crate::{Channel, MacAddress};

impl<const SLOTS: usize, const LENGTH: usize> Messenger<SLOTS, LENGTH> {
    /// A raw message came in: `octets` on `channel`. Gives the message if it is for a service of this board.
    ///
    /// # Errors
    /// Why it is not, which the statistics count.
    pub fn handle_received<'a>(
        &mut self,
        received: &Received,
        channel: Channel,
        octets: &'a mut [u8],
    ) -> Result<Incoming<'a>, Dropped> {
        let result = self.filter(received, channel, octets);
        match &result {
            Ok(_) => self.statistics.delivered += 1,
            Err(dropped) => self.statistics.count(*dropped),
        }
        result
    }

    fn filter<'a>(
        &mut self,
        received: &Received,
        channel: Channel,
        octets: &'a mut [u8],
    ) -> Result<Incoming<'a>, Dropped> {
        let message = Message::parse(octets).map_err(Dropped::NotAMessage)?;
        let Message {
            kind,
            head,
            destination,
            source,
            ..
        } = message;
        let (address, rssi_dbm) = (self.config.address, received.rssi_dbm);
        if source == address {
            return Err(Dropped::Echo);
        }
        let is_own = matches!(kind, Kind::Ack | Kind::Group);
        let wanted = is_own || self.wanted.contains(kind);
        let travels = self.config.forward && head.broadcast && head.forward_ttl > 0;
        if !wanted && !travels {
            return Err(Dropped::Unwanted);
        }
        if head.filter_adjacent_channel && head.channel != SendChannel::On(channel) {
            return Err(Dropped::AdjacentChannel);
        }
        if head.filter_weak_signal && rssi_dbm < head.forward_rssi {
            return Err(Dropped::Weak);
        }
        // The component: not while security is off. A board without a key passes it on, but hears nothing of it.
        if head.security && self.key.is_none() && !travels {
            return Err(Dropped::Unreadable);
        }
        if wanted && !is_own && head.ack && destination == address {
            self.owe_ack(&message);
        }
        if self.recent.contains(head.security, kind, head.magic) {
            return Err(Dropped::Repetition);
        }
        self.recent.remember(head.security, kind, head.magic);
        if travels && rssi_dbm >= head.forward_rssi && destination != address {
            self.forward(&message, received.at);
        }
        if !wanted {
            return Err(Dropped::Unwanted);
        }
        match kind {
            // An ack to nobody in particular answers a service, not a message of this layer (control's channel search).
            Kind::Ack if message.destination != MacAddress::BROADCAST || !self.wanted.contains(kind) => {
                Err(self.take_ack(&message))
            }
            Kind::Group => Err(self.change_groups(&message)),
            _ if !self.is_for_this_board(&message) => Err(Dropped::Foreign),
            _ => Ok(Incoming {
                message: Message {
                    kind,
                    head,
                    destination,
                    source,
                    payload: self.open(head.security, &mut octets[HEADER_LEN..])?,
                },
                secured: head.security,
                transmitter: received.source,
                rssi_dbm,
                channel: match head.channel {
                    // What a neighbouring channel's frame says is truer than where it was heard.
                    SendChannel::On(sent_on) => sent_on,
                    SendChannel::Current | SendChannel::All => channel,
                },
                at: received.at,
            }),
        }
    }

    fn open<'a>(&self, sealed: bool, payload: &'a mut [u8]) -> Result<&'a [u8], Dropped> {
        if !sealed {
            return Ok(payload);
        }
        let key = self.key.as_ref().ok_or(Dropped::Unreadable)?;
        key.open(payload).map(|plain| &*plain).map_err(|_| Dropped::Unreadable)
    }

    fn is_for_this_board(&self, message: &Message<'_>) -> bool {
        if message.head.group {
            return self.groups.contains(message.destination);
        }
        // As in the component, the destination of a raw unicast frame is not looked at: it came to this board.
        !message.head.broadcast
            || message.destination == MacAddress::BROADCAST
            || message.destination == self.config.address
    }

    fn owe_ack(&mut self, message: &Message<'_>) {
        let ack = Ack {
            head: FrameHead {
                broadcast: true,
                retransmit_count: 1,
                ..message.head
            },
            destination: message.source,
        };
        if self.acks.push_back(ack).is_err() {
            self.statistics.acks_missed += 1;
        }
    }

    /// An ack for another board is passed on by the way of every message; here it ends.
    fn take_ack(&mut self, message: &Message<'_>) -> Dropped {
        if message.destination != self.config.address {
            return Dropped::Foreign;
        }
        let magic = message.head.magic;
        let answered = (0..SLOTS).find(|&index| {
            self.slots[index].as_ref().is_some_and(|slot| {
                matches!(slot.owner, Owner::Own(_))
                    && slot.magic == magic
                    && slot.course.awaits_ack()
                    && slot.course.stage != Stage::Ready
            })
        });
        let Some(index) = answered else {
            return Dropped::LateAck;
        };
        self.finish(index, Outcome::Acknowledged);
        if self.on_air == OnAir::Slot(index) {
            // What the radio says of it concerns nobody any more; the slot may be filled anew before that.
            self.on_air = OnAir::Ack;
        }
        Dropped::Handled
    }

    fn change_groups(&mut self, message: &Message<'_>) -> Dropped {
        let Ok(change) = GroupChange::parse(message.payload) else {
            return Dropped::Malformed;
        };
        if change.concerns(self.config.address) {
            if !change.join() {
                self.groups.leave(change.group());
            } else if !self.groups.join(change.group()) {
                return Dropped::TooManyGroups;
            }
        }
        Dropped::Handled
    }

    fn forward(&mut self, message: &Message<'_>, at: Instant) {
        let mut head = message.head;
        if head.forward_ttl < MAX_COUNT {
            head.forward_ttl -= 1;
        }
        let onward = Message { head, ..*message };
        let until = at + self.config.patience;
        let course = Course::forwarding(&head, message.destination, self.config.forward_on_all_channels, until);
        if self.fill(Owner::Forwarded, &onward, course).is_some() {
            self.statistics.forwarded += 1;
        } else {
            self.statistics.forwards_missed += 1;
        }
    }
}
