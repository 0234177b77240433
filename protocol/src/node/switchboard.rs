//! Who of several services is asked, and who is told.

use rand_core::Rng;

use crate::espnow::{self, Delivery, Received};
use crate::message::{AppKey, Dropped, Kinds, Messenger, MessengerConfig, Transmit};
use crate::service::{ImageTask, Input, Outcome, Output, SendError, Service};
use crate::time::Instant;
use crate::{Channel, MacAddress};

/// Services and their messenger, without the board: asks each what it wants until all want to wait.
#[derive(Debug)]
pub struct Switchboard<const SLOTS: usize, const LENGTH: usize> {
    messenger: Messenger<SLOTS, LENGTH>,
    /// Whom to ask next.
    turn: usize,
    /// The earliest moment that one of those asked wants to wait for.
    earliest: Option<Instant>,
    /// What the messenger did not take: service, tag, why.
    refused: Option<(usize, u16, SendError)>,
}

/// What the board is to do next.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "as Output has them; `service` is whom to tell the result")]
pub enum Step<'a> {
    /// Something was done within: ask again.
    Again,
    /// A service was told something: ask again. It may have an event.
    Told,
    /// A frame for the radio; [`Switchboard::handle_sent`] must follow.
    Transmit(Transmit<'a>),
    Tune(Channel),
    Load {
        service: usize,
        key: &'static str,
    },
    Store {
        service: usize,
        key: &'static str,
        value: &'a [u8],
    },
    Remove {
        service: usize,
        key: &'static str,
    },
    Image {
        service: usize,
        task: ImageTask<'a>,
    },
    Restart,
    /// Nothing until a message comes, or this moment.
    Wait(Option<Instant>),
}

impl<const SLOTS: usize, const LENGTH: usize> Switchboard<SLOTS, LENGTH> {
    /// A switchboard with nothing on its way.
    #[must_use]
    pub const fn new(config: MessengerConfig) -> Self {
        Self {
            messenger: Messenger::new(config),
            turn: 0,
            earliest: None,
            refused: None,
        }
    }

    /// The message layer.
    #[must_use]
    pub const fn messenger(&self) -> &Messenger<SLOTS, LENGTH> {
        &self.messenger
    }

    /// Joins a group. Returns whether there was room.
    pub fn join(&mut self, group: MacAddress) -> bool {
        self.messenger.join(group)
    }

    /// Sets the key that secured messages are sealed and opened under, or forgets it.
    pub fn set_key(&mut self, key: Option<AppKey>) {
        self.messenger.set_key(key);
    }

    /// Lets the board listen there from now on.
    pub const fn set_channel(&mut self, channel: Channel) {
        self.messenger.set_channel(channel);
    }

    /// What to do next. The services are always the same, in the same order.
    pub fn step<'a>(
        &'a mut self,
        now: Instant,
        services: &'a mut [&mut dyn Service],
        random: &mut dyn Rng,
    ) -> Step<'a> {
        // First, as it lets time pass for the messages, and those that end with it have outcomes.
        let wants_to_transmit = self.messenger.wants_to_transmit(now);
        if self.tell_outcomes(now, services) {
            return Step::Told;
        }
        if let Some((service, tag, error)) = self.refused.take() {
            let outcome = Outcome::Refused(error);
            self.tell(now, service, Input::Sent { tag, outcome }, services);
            return Step::Told;
        }
        if wants_to_transmit {
            return self.messenger.poll_transmit(now).map_or(Step::Again, Step::Transmit);
        }
        let service = self.turn;
        if service >= services.len() || !self.messenger.has_room() {
            self.turn = 0;
            let deadline = earlier(self.earliest.take(), self.messenger.poll_timeout());
            return Step::Wait(deadline);
        }
        match services[service].poll(now, random) {
            Output::Send(send) => {
                let tag = send.tag;
                let result = self.messenger.submit(join(service, tag), send, random);
                self.refused = result.err().map(|error| (service, tag, error));
                Step::Again
            }
            Output::Wait(deadline) => {
                self.earliest = earlier(self.earliest, deadline);
                self.turn += 1;
                Step::Again
            }
            Output::Tune(channel) => Step::Tune(channel),
            Output::Load { key } => Step::Load { service, key },
            Output::Store { key, value } => Step::Store { service, key, value },
            Output::Remove { key } => Step::Remove { service, key },
            Output::Image(task) => Step::Image { service, task },
            Output::Restart => Step::Restart,
        }
    }

    /// Tells the services how their messages went, of those that are done. Returns whether there was one.
    pub fn tell_outcomes(&mut self, now: Instant, services: &mut [&mut dyn Service]) -> bool {
        let mut told = false;
        while let Some((number, outcome)) = self.messenger.poll_outcome() {
            let (service, tag) = split(number);
            self.tell(now, service, Input::Sent { tag, outcome }, services);
            told = true;
        }
        told
    }

    /// The radio is done with a frame, or refused it.
    pub fn handle_sent(&mut self, now: Instant, result: Result<Delivery, espnow::Error>) {
        self.begin_again();
        self.messenger.handle_sent(now, result);
    }

    /// A raw message came in on `channel`. Returns why no service was told, if none was.
    pub fn handle_received(
        &mut self,
        now: Instant,
        received: &Received,
        channel: Channel,
        octets: &mut [u8],
        services: &mut [&mut dyn Service],
    ) -> Option<Dropped> {
        self.begin_again();
        let wanted = services
            .iter()
            .fold(Kinds::NONE, |kinds, service| kinds.union(service.kinds()));
        self.messenger.set_wanted(wanted);
        let incoming = match self.messenger.handle_received(received, channel, octets) {
            Ok(incoming) => incoming,
            Err(dropped) => return Some(dropped),
        };
        for service in services {
            if service.kinds().contains(incoming.message.kind) {
                service.handle(now, Input::Message(incoming));
            }
        }
        None
    }

    fn tell(&mut self, now: Instant, service: usize, input: Input<'_>, services: &mut [&mut dyn Service]) {
        self.begin_again();
        if let Some(service) = services.get_mut(service) {
            service.handle(now, input);
        }
    }

    /// Everybody is asked anew.
    const fn begin_again(&mut self) {
        self.turn = 0;
        self.earliest = None;
    }
}

/// A messenger's number for a service's tag.
const fn join(service: usize, tag: u16) -> u32 {
    (service as u32) << 16 | tag as u32
}

const fn split(number: u32) -> (usize, u16) {
    ((number >> 16) as usize, number as u16)
}

fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    one.into_iter().chain(other).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::FrameHead;
    use crate::service::data::{Data, Event};

    /// Draws the same number always.
    struct Same;

    impl rand_core::TryRng for Same {
        type Error = core::convert::Infallible;

        fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
            Ok(7)
        }

        fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
            Ok(7)
        }

        fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Self::Error> {
            octets.fill(7);
            Ok(())
        }
    }

    #[test]
    fn a_message_that_ends_with_time_while_all_slots_are_taken_has_its_outcome() {
        let [here, there] = [1, 2].map(|number| MacAddress([2, 0, 0, 0, 0, number]));
        let mut switchboard = Switchboard::<1, 250>::new(MessengerConfig::new(here));
        let mut data = Data::<2>::new();
        let head = FrameHead {
            ack: true,
            ..FrameHead::UNICAST
        };
        let number = data.send(there, head, b"hello").expect("there is room");
        let mut now = Instant::START;
        for _ in 0..20 {
            match switchboard.step(now, &mut [&mut data], &mut Same) {
                Step::Transmit(_) => switchboard.handle_sent(now, Ok(Delivery::Acknowledged)),
                Step::Wait(Some(deadline)) => now = deadline,
                Step::Wait(None) => break,
                _ => {}
            }
        }
        assert_eq!(data.poll_event(), Some(Event::Sent(number, Outcome::Unacknowledged)));
    }

    #[test]
    fn numbers_keep_service_and_tag() {
        assert_eq!(split(join(3, 0xfffe)), (3, 0xfffe));
    }
}
