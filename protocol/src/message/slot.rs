//! A message on its way out: how often, on which channels, and what it waits for.

use super::FrameHead;
use super::head::SendChannel;
use crate::espnow::Delivery;
use crate::time::{Duration, Instant};
use crate::{Channel, MacAddress};

/// The first channels of a country and how many there are (`wifi_country_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Country {
    /// The lowest channel.
    pub first: Channel,
    /// How many there are from it on.
    pub count: u8,
}

impl Country {
    /// Channels 1 to 13, the world but America and Japan; the chips' default, too.
    pub const WORLD: Self = Self {
        first: Channel::DEFAULT,
        count: 13,
    };

    /// Whether one may send there.
    #[must_use]
    pub fn allows(self, channel: Channel) -> bool {
        self.channels().any(|allowed| allowed == channel)
    }

    /// The channels, the lowest first.
    pub fn channels(self) -> impl Iterator<Item = Channel> {
        let first = self.first.number();
        (first..first.saturating_add(self.count)).map_while(Channel::new)
    }
}

impl Default for Country {
    fn default() -> Self {
        Self::WORLD
    }
}

/// How long the component waits for an ack message after the `transmission`th transmission, counted from 0: 2, 4, 8, 16, 32, 64,
/// and then always 100 ms (`espnow_send_process` in `espnow.c`).
pub(super) const fn ack_wait(transmission: u8) -> Duration {
    Duration::from_millis(if transmission < 6 { 2 << transmission } else { 100 })
}

/// What a message does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// It wants to go out.
    Ready,
    /// The radio has it.
    OnAir,
    /// Its ack message may come until then; it is sent again after that.
    AwaitsAck(Instant),
    /// It was sent as often as it may be. Its ack message may still come until then.
    LastChance(Instant),
}

/// What follows a transmission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The message is as it says in its stage.
    GoesOn,
    /// The message is done.
    Done { acknowledged: bool },
}

/// How a message's transmissions follow each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Course {
    /// To whom the raw frame goes.
    pub(super) raw_destination: MacAddress,
    pub(super) stage: Stage,
    /// Of the ones that the head asks for; at least one.
    repetitions: u8,
    /// How many went out on this channel, for a message that waits for an ack; how many rounds over all channels, for one that doesn't.
    transmission: u8,
    /// Which of the country's channels, where all are meant.
    channel_index: u8,
    channel: SendChannel,
    awaits_ack: bool,
    last_chance: Duration,
    /// No transmission after that.
    until: Instant,
}

impl Course {
    pub(super) fn new(head: &FrameHead, destination: MacAddress, last_chance: Duration) -> Self {
        Self {
            raw_destination: if head.broadcast {
                MacAddress::BROADCAST
            } else {
                destination
            },
            stage: Stage::Ready,
            repetitions: head.retransmit_count.max(1),
            transmission: 0,
            channel_index: 0,
            channel: head.channel,
            // Nobody in particular answers for everybody.
            awaits_ack: head.ack && destination != MacAddress::BROADCAST,
            last_chance,
            until: Instant::from_micros(u64::MAX),
        }
    }

    /// The course of somebody else's message: on the current channel unless `all_channels`, without a wait for its ack, and
    /// not after `until`.
    pub(super) fn forwarding(head: &FrameHead, destination: MacAddress, all_channels: bool, until: Instant) -> Self {
        let channel = match head.channel {
            SendChannel::All if all_channels => SendChannel::All,
            _ => SendChannel::Current,
        };
        Self {
            channel,
            awaits_ack: false,
            until,
            ..Self::new(head, destination, Duration::ZERO)
        }
    }

    /// Sends it wherever the board listens, though its head says where that was.
    pub(super) const fn stay_at_home(&mut self) {
        self.channel = SendChannel::Current;
    }

    pub(super) const fn awaits_ack(&self) -> bool {
        self.awaits_ack
    }

    /// The channel of the next transmission.
    pub(super) fn channel(&self, home: Channel, country: Country) -> Channel {
        match self.channel {
            SendChannel::Current => home,
            SendChannel::On(channel) => channel,
            SendChannel::All => country.channels().nth(usize::from(self.channel_index)).unwrap_or(home),
        }
    }

    /// Whether the radio must not go elsewhere while the message waits.
    pub(super) fn holds_channel(&self) -> bool {
        self.channel != SendChannel::Current && matches!(self.stage, Stage::AwaitsAck(_))
    }

    /// Whether it was interrupted between two of its transmissions.
    pub(super) const fn has_begun(&self) -> bool {
        self.transmission > 0 || self.channel_index > 0
    }

    /// When time alone changes something.
    pub(super) const fn deadline(&self) -> Option<Instant> {
        match self.stage {
            Stage::AwaitsAck(until) | Stage::LastChance(until) => Some(until),
            Stage::Ready | Stage::OnAir => None,
        }
    }

    /// The radio is done with a transmission.
    pub(super) fn handle_sent(&mut self, now: Instant, delivery: Delivery, country: Country) -> Next {
        let to_everybody = self.raw_destination == MacAddress::BROADCAST;
        if self.awaits_ack {
            let wait = ack_wait(self.transmission);
            self.transmission = self.transmission.saturating_add(1);
            // The message layer of a board whose MAC heard nothing can't answer: the next one goes out at once.
            let heard = to_everybody || delivery == Delivery::Acknowledged;
            self.stage = Stage::AwaitsAck(if heard { now + wait } else { now });
            return Next::GoesOn;
        }
        if !to_everybody && delivery == Delivery::Acknowledged {
            return Next::Done { acknowledged: true };
        }
        if !self.next_channel(country) {
            self.channel_index = 0;
            self.transmission = self.transmission.saturating_add(1);
        }
        if self.transmission >= self.repetitions || now > self.until {
            return Next::Done {
                acknowledged: to_everybody,
            };
        }
        self.stage = Stage::Ready;
        Next::GoesOn
    }

    /// Its deadline has come.
    pub(super) fn handle_deadline(&mut self, now: Instant, country: Country) -> Next {
        match self.stage {
            Stage::AwaitsAck(until) if until <= now => {
                self.stage = if self.transmission < self.repetitions {
                    Stage::Ready
                } else if self.next_channel(country) {
                    self.transmission = 0;
                    Stage::Ready
                } else {
                    Stage::LastChance(now + self.last_chance)
                };
                Next::GoesOn
            }
            Stage::LastChance(until) if until <= now => Next::Done { acknowledged: false },
            _ => Next::GoesOn,
        }
    }

    fn next_channel(&mut self, country: Country) -> bool {
        if self.channel != SendChannel::All {
            return false;
        }
        let next = self.channel_index + 1;
        let there_is = country.channels().nth(usize::from(next)).is_some();
        if there_is {
            self.channel_index = next;
        }
        there_is
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOARD: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);

    /// Lets nobody answer; the moment of each transmission in ms, and its channel.
    fn transmissions(head: FrameHead, destination: MacAddress, delivery: Delivery) -> (std::vec::Vec<(u64, u8)>, u64) {
        let country = Country {
            first: Channel::DEFAULT,
            count: 3,
        };
        let mut course = Course::new(&head, destination, Duration::from_secs(3));
        let mut now = Instant::START;
        let mut sent = std::vec::Vec::new();
        loop {
            let next = match course.stage {
                Stage::Ready => {
                    sent.push((now.as_millis(), course.channel(Channel::DEFAULT, country).number()));
                    course.handle_sent(now, delivery, country)
                }
                _ => {
                    now = course.deadline().expect("it waits");
                    course.handle_deadline(now, country)
                }
            };
            if let Next::Done { .. } = next {
                return (sent, now.as_millis());
            }
        }
    }

    extern crate std;

    #[test]
    fn the_waits_are_the_components() {
        let head = FrameHead {
            ack: true,
            retransmit_count: 8,
            ..FrameHead::BROADCAST
        };
        let (sent, end) = transmissions(head, BOARD, Delivery::Acknowledged);
        let moments: std::vec::Vec<_> = sent.into_iter().map(|(at, _)| at).collect();
        assert_eq!(moments, [0, 2, 6, 14, 30, 62, 126, 226]);
        assert_eq!(end, 326 + 3000);
    }

    #[test]
    fn repetitions_go_round_the_channels() {
        let head = FrameHead {
            channel: SendChannel::All,
            retransmit_count: 2,
            ..FrameHead::BROADCAST
        };
        let (sent, end) = transmissions(head, BOARD, Delivery::Acknowledged);
        assert_eq!(sent, [(0, 1), (0, 2), (0, 3), (0, 1), (0, 2), (0, 3)]);
        assert_eq!(end, 0);
    }

    #[test]
    fn a_message_with_an_ack_stays_on_a_channel_until_it_gives_it_up() {
        let head = FrameHead {
            channel: SendChannel::All,
            retransmit_count: 2,
            ack: true,
            ..FrameHead::BROADCAST
        };
        let (sent, end) = transmissions(head, BOARD, Delivery::Acknowledged);
        assert_eq!(sent, [(0, 1), (2, 1), (6, 2), (8, 2), (12, 3), (14, 3)]);
        assert_eq!(end, 18 + 3000);
    }

    #[test]
    fn unicast_stops_at_the_first_acknowledgement() {
        let head = FrameHead {
            retransmit_count: 5,
            ..FrameHead::UNICAST
        };
        assert_eq!(transmissions(head, BOARD, Delivery::Acknowledged).0.len(), 1);
        assert_eq!(transmissions(head, BOARD, Delivery::Unacknowledged).0.len(), 5);
    }
}
